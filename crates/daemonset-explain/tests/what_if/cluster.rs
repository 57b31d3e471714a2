//! A small agent and the nodes it runs on.

use daemonset::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, OwnerReference, Pod};
use serde_json::{Map, Value, json};

/// The agent as a manifest: 25 % may be unavailable, and pods must be ready for 30 seconds.
pub fn agent() -> Value {
    json!({
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {
            "minReadySeconds": 30,
            "selector": {"matchLabels": {"app": "agent"}},
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {
                    "containers": [{
                        "name": "agent",
                        "image": "agent:1",
                        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
                    }],
                },
            },
        },
    })
}

/// The agent with one field changed.
pub fn agent_with(field: &str, value: Value) -> Value {
    let mut set = agent();
    set_at(&mut set, field, value);
    set
}

/// Sets the field that a JSON pointer names, objects and next items made where they are missing.
pub fn set_at(json: &mut Value, field: &str, value: Value) {
    let mut at = json;
    for step in field.split('/').skip(1) {
        at = match at {
            Value::Array(items) => {
                let index = step.parse::<usize>().unwrap();
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                let fields = other.as_object_mut().unwrap();
                fields.entry(step).or_insert(Value::Null)
            }
        };
    }
    *at = value;
}

pub fn node(name: &str) -> Node {
    let mut node = Node::default();
    node.metadata.name = name.into();
    node
}

pub fn nodes(count: usize) -> Vec<Node> {
    (0..count)
        .map(|at| node(&format!("node-{at:02}")))
        .collect()
}

/// The revision of the set's template as it is.
pub fn revision(set: &DaemonSet, number: i64) -> ControllerRevision {
    let hash = daemonset::revision::template_hash(&set.spec.template, None);
    let mut labels = set.spec.template.labels().clone();
    labels.insert("controller-revision-hash", hash.as_str());
    ControllerRevision {
        metadata: ObjectMeta {
            name: format!("{}-{hash}", set.metadata.name),
            namespace: set.metadata.namespace.clone(),
            labels,
            owner_references: vec![OwnerReference {
                uid: set.metadata.uid.clone(),
                controller: true,
                ..OwnerReference::default()
            }],
            ..ObjectMeta::default()
        },
        data: serde_json::from_str(&daemonset::revision::data(&set.spec.template)).unwrap(),
        revision: number,
    }
}

/// Marks a pod as being deleted.
pub fn gone(pod: &mut Pod) {
    pod.metadata.deletion_timestamp = Some("2026-03-01T12:00:00Z".parse().unwrap());
}
