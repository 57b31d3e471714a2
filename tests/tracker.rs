//! The tracker decides what a fresh plan decides, whatever happened before.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::rollout::Backoff;
use daemonset::template::revision_data;
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Cluster, Options, Plan, Planner};
use proptest::prelude::*;
use serde_json::{Value, json};

/// One thing that happens to a cluster. Names are drawn from few, so that things meet.
#[derive(Clone, Debug)]
enum Change {
    PutNode(Node),
    RemoveNode(u8),
    /// The node goes and comes back under another name, as after a repair.
    RenameNode(u8, u8),
    PutPod(Pod),
    RemovePod(u8, u8),
    /// Another set becomes the pod's controller.
    MovePod(u8, u8),
    PutSet(u8, Value),
    RemoveSet(u8),
    /// Seconds, forth or back.
    Clock(i64),
    /// The waits of the last plan begin.
    BeginWaits(u8),
    RemoveEverything,
}

/// The cluster as plain lists, from which a fresh plan is made.
#[derive(Default)]
struct Lists {
    nodes: Vec<Node>,
    pods: Vec<Pod>,
    sets: Vec<(u8, DaemonSet, SetId, Backoff, Option<Plan>)>,
    now: Option<Timestamp>,
}

fn node_name(at: u8) -> String {
    format!("node-{at}")
}

fn uid(set: u8) -> String {
    format!("uid-{set}")
}

fn node() -> impl Strategy<Value = Node> {
    let label = prop_oneof![Just("a"), Just("b"), Just("")];
    let taint = prop_oneof![
        Just(None),
        Just(Some(("gpu", "NoSchedule"))),
        Just(Some(("gpu", "NoExecute"))),
        Just(Some(("node.kubernetes.io/not-ready", "NoExecute"))),
        Just(Some(("gpu", "PreferNoSchedule"))),
    ];
    (0..6_u8, proptest::option::of(label), taint, 0..3_u8).prop_map(|(name, zone, taint, other)| {
        let mut labels = json!({"kubernetes.io/hostname": node_name(name), "other": other.to_string()});
        if let Some(zone) = zone {
            labels["zone"] = zone.into();
        }
        let taints: Vec<Value> = taint
            .into_iter()
            .map(|(key, effect)| json!({"key": key, "effect": effect, "timeAdded": "2026-03-01T11:00:00Z"}))
            .collect();
        read(json!({
            "metadata": {"name": node_name(name), "labels": labels},
            "spec": {"taints": taints},
        }))
    })
}

fn pod() -> impl Strategy<Value = Pod> {
    let phase = prop_oneof![
        6 => Just("Running"), 1 => Just("Failed"), 1 => Just("Succeeded"), 1 => Just("Pending")
    ];
    let hash = prop_oneof![
        3 => Just("current"), 2 => Just("old"), 1 => Just("unknown"), 1 => Just("twin"), 1 => Just("")
    ];
    let owner = prop_oneof![6 => (0..3_u8).prop_map(Some), 1 => Just(None)];
    (
        (0..2_u8, 0..8_u8, 0..7_u8, owner, phase, hash),
        (any::<bool>(), any::<bool>(), 0..90_i64, 0..3_u8, any::<bool>()),
    )
        .prop_map(
            |((namespace, name, node, owner, phase, hash), (app, ready, since, bound, terminating))| {
                let owners: Vec<Value> = owner
                    .map(|set| json!({"uid": uid(set), "controller": true}))
                    .into_iter()
                    .collect();
                let since = now().plus_seconds(-since);
                let mut pod = json!({
                    "metadata": {
                        "namespace": format!("ns-{namespace}"),
                        "name": format!("pod-{name}"),
                        "creationTimestamp": now().plus_seconds(-i64::from(name) * 60),
                        "labels": {"app": if app { "agent" } else { "other" }, "controller-revision-hash": hash},
                        "ownerReferences": owners,
                    },
                    "status": {
                        "phase": phase,
                        "conditions": [{
                            "type": "Ready",
                            "status": if ready { "True" } else { "False" },
                            "lastTransitionTime": since,
                        }],
                    },
                });
                match bound {
                    0 => {}
                    1 => pod["spec"] = json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{"matchFields": [
                            {"key": "metadata.name", "operator": "In", "values": [node_name(node)]},
                        ]}],
                    }}}}),
                    _ => pod["spec"] = json!({"nodeName": node_name(node)}),
                }
                if terminating {
                    pod["metadata"]["deletionTimestamp"] = json!(now());
                }
                read(pod)
            },
        )
}

fn spec() -> impl Strategy<Value = Value> {
    let placement = prop_oneof![
        Just(json!({})),
        Just(json!({"nodeSelector": {"zone": "a"}})),
        Just(json!({"nodeName": "node-1"})),
        Just(
            json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]},
                    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-2"]}]},
                ],
            }}}})
        ),
    ];
    let rolling = prop_oneof![
        Just(json!({"maxUnavailable": 1})),
        Just(json!({"maxUnavailable": "34%"})),
        Just(json!({"maxUnavailable": 0, "maxSurge": 1})),
        Just(json!({"maxUnavailable": 0, "maxSurge": "50%"})),
        Just(json!({"maxUnavailable": "x"})),
    ];
    let kind = prop_oneof![5 => Just("RollingUpdate"), 1 => Just("OnDelete")];
    let odd = prop_oneof![8 => Just("fine"), 1 => Just("deleting"), 1 => Just("everything")];
    (
        placement,
        rolling,
        kind,
        prop_oneof![Just(0), Just(20)],
        odd,
        0..2_u8,
    )
        .prop_map(|(placement, rolling, kind, min_ready, odd, image)| {
            let mut spec = placement;
            spec["containers"] = json!([{"name": "agent", "image": format!("agent:{image}")}]);
            let selector = if odd == "everything" {
                json!({})
            } else {
                json!({"matchLabels": {"app": "agent"}})
            };
            json!({
                "deleting": odd == "deleting",
                "selector": selector,
                "template": {"metadata": {"labels": {"app": "agent"}}, "spec": spec},
                "updateStrategy": {"type": kind, "rollingUpdate": rolling},
                "minReadySeconds": min_ready,
                "revisionHistoryLimit": 1,
            })
        })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => node().prop_map(Change::PutNode),
        2 => (0..6_u8).prop_map(Change::RemoveNode),
        1 => (0..6_u8, 0..6_u8).prop_map(|(from, to)| Change::RenameNode(from, to)),
        10 => pod().prop_map(Change::PutPod),
        2 => (0..2_u8, 0..8_u8).prop_map(|(namespace, pod)| Change::RemovePod(namespace, pod)),
        2 => (0..20_u8, 0..3_u8).prop_map(|(pod, set)| Change::MovePod(pod, set)),
        3 => (0..3_u8, spec()).prop_map(|(set, spec)| Change::PutSet(set, spec)),
        1 => (0..3_u8).prop_map(Change::RemoveSet),
        3 => (-40..90_i64).prop_map(Change::Clock),
        2 => (0..3_u8).prop_map(Change::BeginWaits),
        1 => Just(Change::RemoveEverything),
    ]
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// Sets 0 and 1 share a namespace, so that they can adopt the same orphans.
fn daemon_set(set: u8, spec: &Value) -> DaemonSet {
    let mut object = json!({
        "metadata": {"name": format!("set-{set}"), "namespace": format!("ns-{}", set / 2), "uid": uid(set), "generation": 1},
        "spec": spec,
    });
    if spec["deleting"] == true {
        object["metadata"]["deletionTimestamp"] = json!(now());
    }
    read(object)
}

/// A current, an old and sometimes a second current revision.
fn revisions(set: &DaemonSet) -> Vec<ControllerRevision> {
    let current: Value = serde_json::from_str(&revision_data(&set.spec.template)).unwrap();
    let old = json!({"spec": {"template": {"$patch": "replace", "metadata": {"labels": {"app": "agent"}}}}});
    let twin = set.spec.min_ready_seconds > 0;
    [
        ("current", 3, &current, true),
        ("old", 1, &old, true),
        ("twin", 2, &current, twin),
    ]
    .into_iter()
    .filter(|(.., there)| *there)
    .map(|(hash, number, data, _)| {
        read(json!({
            "metadata": {
                "name": format!("{}-{hash}", set.metadata.name),
                "namespace": set.metadata.namespace,
                "labels": {"app": "agent", "controller-revision-hash": hash},
                "ownerReferences": [{"uid": set.metadata.uid, "controller": true}],
            },
            "revision": number,
            "data": data,
        }))
    })
    .collect()
}

fn planner(set: &DaemonSet, backoff: &Backoff) -> Planner {
    let options = Options::default()
        .with_backoff(backoff.clone())
        .with_burst_replicas(2);
    Planner::with_options(set, options)
        .unwrap()
        .with_revisions(&revisions(set))
}

impl Lists {
    fn put_node(&mut self, tracker: &mut Tracker, node: Node) {
        tracker.put_node(&node);
        self.nodes
            .retain(|other| other.metadata.name != node.metadata.name);
        self.nodes.push(node);
    }

    fn remove_node(&mut self, tracker: &mut Tracker, name: &str) {
        tracker.remove_node(name);
        self.nodes.retain(|node| node.metadata.name != name);
    }

    fn put_pod(&mut self, tracker: &mut Tracker, pod: Pod) {
        tracker.put_pod(&pod);
        let same = |other: &Pod| {
            (&other.metadata.namespace, &other.metadata.name)
                == (&pod.metadata.namespace, &pod.metadata.name)
        };
        self.pods.retain(|other| !same(other));
        self.pods.push(pod);
    }

    fn remove_pod(&mut self, tracker: &mut Tracker, namespace: &str, name: &str) {
        tracker.remove_pod(namespace, name);
        self.pods
            .retain(|pod| pod.metadata.namespace != namespace || pod.metadata.name != name);
    }

    fn apply(&mut self, tracker: &mut Tracker, change: Change) {
        match change {
            Change::PutNode(node) => self.put_node(tracker, node),
            Change::RemoveNode(at) => self.remove_node(tracker, &node_name(at)),
            Change::RenameNode(from, to) => {
                let found = self
                    .nodes
                    .iter()
                    .find(|n| n.metadata.name == node_name(from));
                if let Some(mut node) = found.cloned() {
                    self.remove_node(tracker, &node_name(from));
                    node.metadata.name = node_name(to);
                    self.put_node(tracker, node);
                }
            }
            Change::PutPod(pod) => self.put_pod(tracker, pod),
            Change::RemovePod(namespace, name) => {
                self.remove_pod(tracker, &format!("ns-{namespace}"), &format!("pod-{name}"));
            }
            Change::MovePod(at, set) => {
                if let Some(mut pod) = self.pods.get(usize::from(at)).cloned() {
                    pod.metadata.owner_references =
                        vec![read(json!({"uid": uid(set), "controller": true}))];
                    self.put_pod(tracker, pod);
                }
            }
            Change::PutSet(number, spec) => {
                let set = daemon_set(number, &spec);
                let backoff = Backoff::new(&set);
                let id = tracker.put_set(planner(&set, &backoff));
                self.sets.retain(|(other, ..)| *other != number);
                self.sets.push((number, set, id, backoff, None));
            }
            Change::RemoveSet(number) => {
                for (_, _, id, ..) in self.sets.extract_if(.., |(other, ..)| *other == number) {
                    tracker.remove_set(id);
                }
            }
            Change::Clock(seconds) => {
                self.now = Some(self.now.unwrap_or(now()).plus_seconds(seconds));
            }
            Change::BeginWaits(number) => {
                for (other, _, id, backoff, last) in &mut self.sets {
                    if let Some(plan) = last.as_ref().filter(|_| *other == number) {
                        backoff.advance(&plan.begun_waits);
                        tracker.begin_waits(*id, &plan.begun_waits);
                    }
                }
            }
            Change::RemoveEverything => {
                for node in std::mem::take(&mut self.nodes) {
                    tracker.remove_node(&node.metadata.name);
                }
                for pod in std::mem::take(&mut self.pods) {
                    tracker.remove_pod(&pod.metadata.namespace, &pod.metadata.name);
                }
            }
        }
    }

    /// Compares every set's plan with a fresh one.
    fn check(&mut self, tracker: &mut Tracker) -> Result<(), TestCaseError> {
        let now = self.now.unwrap_or(now());
        prop_assert_eq!(tracker.node_count(), self.nodes.len());
        prop_assert_eq!(tracker.pod_count(), self.pods.len());
        for (_, set, id, backoff, last) in &mut self.sets {
            let fresh =
                planner(set, backoff).plan(&Cluster::new(&self.nodes, &self.pods).with_now(now));
            let mut kept = tracker.plan(*id, now).unwrap();
            kept.verdicts = self
                .nodes
                .iter()
                .map(|node| tracker.verdict(*id, &node.metadata.name).unwrap())
                .collect();
            prop_assert_eq!(&fresh, &kept);
            *last = Some(kept);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// After every change, each set's plan from the tracker is the plan made afresh.
    #[test]
    fn decides_as_a_fresh_plan_does(changes in proptest::collection::vec(change(), 1..60)) {
        let mut tracker = Tracker::new();
        let mut lists = Lists::default();
        for change in changes {
            lists.apply(&mut tracker, change);
            lists.check(&mut tracker)?;
        }
    }

    /// Plans asked for rarely are the same as plans asked for after every change.
    #[test]
    fn decides_alike_when_asked_rarely(changes in proptest::collection::vec(change(), 1..60)) {
        let mut tracker = Tracker::new();
        let mut lists = Lists::default();
        for (at, change) in changes.into_iter().enumerate() {
            lists.apply(&mut tracker, change);
            if at % 7 == 6 {
                lists.check(&mut tracker)?;
            }
        }
        lists.check(&mut tracker)?;
    }
}
