//! What holds for every field of every type.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::*;

fn text(text: &str) -> String {
    text.to_owned()
}

fn time(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second)
}

// No `..Default::default()` in what follows: a new field does not compile until it is filled here.

fn metadata() -> ObjectMeta {
    ObjectMeta {
        name: text("name"),
        namespace: text("namespace"),
        uid: text("uid"),
        generation: 3,
        creation_timestamp: Some(time(1)),
        deletion_timestamp: Some(time(2)),
        labels: Labels::from([("app", "agent")]),
        annotations: Labels::from([("note", "")]),
        owner_references: vec![OwnerReference {
            api_version: text("apps/v1"),
            kind: text("DaemonSet"),
            name: text("agent"),
            uid: text("u"),
            controller: true,
            block_owner_deletion: true,
        }]
        .into(),
        finalizers: vec![text("finalizer")].into(),
    }
}

fn affinity() -> Affinity {
    let requirement = NodeSelectorRequirement {
        key: text("key"),
        operator: text("In"),
        values: vec![text("value")],
    };
    Affinity {
        node_affinity: Some(NodeAffinity {
            required_during_scheduling_ignored_during_execution: Some(NodeSelector {
                node_selector_terms: vec![NodeSelectorTerm {
                    match_expressions: vec![requirement.clone()],
                    match_fields: vec![requirement],
                }],
            }),
        }),
    }
}

fn node() -> Node {
    Node {
        metadata: metadata(),
        spec: NodeSpec {
            taints: vec![Taint {
                key: text("key"),
                value: text("value"),
                effect: text("NoExecute"),
                time_added: Some(time(3)),
            }],
            unschedulable: true,
        },
        status: NodeStatus {
            conditions: vec![NodeCondition {
                type_: ConditionType::DiskPressure,
                status: ConditionStatus::True,
                reason: text("reason"),
                last_heartbeat_time: Some(time(4)),
                last_transition_time: Some(time(5)),
            }],
        },
    }
}

fn pod() -> Pod {
    Pod {
        metadata: metadata(),
        spec: PodSpec {
            node_name: text("node-a"),
            affinity: Some(affinity()),
        },
        status: PodStatus {
            phase: PodPhase::Running,
            reason: text("reason"),
            conditions: vec![PodCondition {
                type_: ConditionType::Ready,
                status: ConditionStatus::True,
                reason: text("reason"),
                message: text("message"),
                last_transition_time: Some(time(6)),
            }],
        },
    }
}

fn template() -> PodTemplate {
    let toleration = Toleration {
        key: text("key"),
        operator: text("Equal"),
        value: text("value"),
        effect: text("NoSchedule"),
        toleration_seconds: Some(30),
    };
    let template = json!({
        "metadata": {"labels": {"app": "agent"}},
        "spec": {
            "nodeName": "node-a",
            "nodeSelector": {"disk": "ssd"},
            "affinity": affinity(),
            "tolerations": [toleration],
            "hostNetwork": true,
            "restartPolicy": "Always",
            "activeDeadlineSeconds": 5,
            "unread": {"a": null},
        },
    });
    PodTemplate::try_from(template).expect("it reads")
}

fn daemon_set() -> DaemonSet {
    DaemonSet {
        metadata: metadata(),
        spec: DaemonSetSpec {
            selector: Some(LabelSelector {
                match_labels: Labels::from([("app", "agent")]),
                match_expressions: vec![LabelSelectorRequirement {
                    key: text("key"),
                    operator: text("Exists"),
                    values: vec![text("value")],
                }],
            }),
            template: template(),
            update_strategy: DaemonSetUpdateStrategy {
                type_: text("OnDelete"),
                rolling_update: Some(RollingUpdateDaemonSet {
                    max_unavailable: Some(IntOrString::Int(2)),
                    max_surge: Some(IntOrString::String(text("10%"))),
                }),
            },
            min_ready_seconds: 9,
            revision_history_limit: Some(3),
        },
        status: DaemonSetStatus {
            current_number_scheduled: 1,
            number_misscheduled: 2,
            desired_number_scheduled: 3,
            number_ready: 4,
            observed_generation: 5,
            updated_number_scheduled: 6,
            number_available: 7,
            number_unavailable: 8,
            collision_count: Some(9),
            conditions: vec![json!({"type": "Stalled"})],
        },
    }
}

fn revision() -> ControllerRevision {
    ControllerRevision {
        metadata: metadata(),
        data: json!({"spec": {"template": {"$patch": "replace"}}}),
        revision: 4,
    }
}

/// Every field of an object, and of the objects in it, set to null in one copy and missing in the
/// other.
fn without_a_field(object: &Map<String, Value>) -> Vec<(Value, Value)> {
    let mut pairs = Vec::new();
    for (name, value) in object {
        let put = |value: Value| {
            let mut copy = object.clone();
            copy.insert(name.clone(), value);
            Value::Object(copy)
        };
        let mut missing = object.clone();
        missing.remove(name);
        pairs.push((put(Value::Null), Value::Object(missing)));
        match value {
            Value::Object(inner) if !is_carried_whole(name) => {
                for (null, missing) in without_a_field(inner) {
                    pairs.push((put(null), put(missing)));
                }
            }
            Value::Array(items) if !is_carried_whole(name) => {
                for (at, item) in items.iter().enumerate() {
                    for (null, missing) in item.as_object().map(without_a_field).unwrap_or_default()
                    {
                        let put_item = |item: Value| {
                            let mut items = items.clone();
                            items[at] = item;
                            put(Value::Array(items))
                        };
                        pairs.push((put_item(null), put_item(missing)));
                    }
                }
            }
            _ => {}
        }
    }
    pairs
}

/// Whether what is in a field is kept as it is, or is a map in which null is an empty value.
fn is_carried_whole(field: &str) -> bool {
    const WHOLE: [&str; 6] = [
        "data",
        "template",
        "labels",
        "annotations",
        "matchLabels",
        "nodeSelector",
    ];
    WHOLE.contains(&field)
}

fn reads_and_writes<T>(filled: &T, fields: usize)
where
    T: Serialize + DeserializeOwned + Default + PartialEq + std::fmt::Debug,
{
    let json = serde_json::to_value(filled).unwrap();
    assert_eq!(serde_json::from_value::<T>(json.clone()).unwrap(), *filled);

    let object = json.as_object().unwrap();
    let pairs = without_a_field(object);
    for (null, missing) in &pairs {
        // The conditions of a DaemonSet's status are carried whole.
        if null.pointer("/status/conditions/0/type") == Some(&Value::Null)
            && json.pointer("/status/conditions/0") == Some(&json!({"type": "Stalled"}))
        {
            continue;
        }
        let read = serde_json::from_value::<T>(null.clone()).expect("null reads");
        let expected = serde_json::from_value::<T>(missing.clone()).expect("nothing reads");
        assert_eq!(read, expected, "{null}");
        assert_ne!(read, *filled, "{null}");
    }
    assert_eq!(pairs.len(), fields, "the fields that were tried");

    let empty: T = serde_json::from_str("{}").unwrap();
    assert_eq!(empty, T::default());
    let written = serde_json::to_value(&empty).unwrap();
    assert_eq!(serde_json::from_value::<T>(written).unwrap(), empty);
}

#[test]
fn null_is_the_zero_value_in_every_field() {
    reads_and_writes(&node(), 31);
    reads_and_writes(&pod(), 40);
    reads_and_writes(&daemon_set(), 44);
    reads_and_writes(&revision(), 19);
}

#[test]
fn null_is_the_zero_value_in_every_field_of_a_template_that_is_read() {
    let json = Value::from(template());
    let object = json.as_object().unwrap();
    let pairs = without_a_field(object);
    for (null, missing) in &pairs {
        let read = PodTemplate::try_from(null.clone()).expect("null reads");
        let expected = PodTemplate::try_from(missing.clone()).expect("nothing reads");
        assert_eq!(read.labels(), expected.labels(), "{null}");
        assert_eq!(read.spec(), expected.spec(), "{null}");
        assert_eq!(Value::from(read), *null, "carried as it was");
    }
    assert_eq!(pairs.len(), 28, "the fields that were tried");
}

#[test]
fn zero_figures_are_written() {
    let status = serde_json::to_value(DaemonSetStatus::default()).unwrap();
    for figure in [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
    ] {
        assert_eq!(status[figure], 0, "{figure}");
    }
}
