//! Clusters of any size for benches, with the labels, taints and pods that a cloud provider's have.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, PodTemplate, Timestamp};
use daemonset::template::revision_data;
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Cluster, Planner};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How far the daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No pod is there yet.
    Empty,
    /// Every other pod is of the old revision, and the budget is spent.
    Halfway,
    /// Every node that should run the daemon has an available pod of the current revision.
    Steady,
}

/// A DaemonSet and the cluster that it runs in.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The DaemonSet.
    pub set: DaemonSet,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The pods of the set, one on each node that runs the daemon.
    pub pods: Vec<Pod>,
    /// The current revision of the set and an old one.
    pub revisions: Vec<ControllerRevision>,
    /// The present.
    pub now: Timestamp,
}

/// The hash that pods of the current template carry.
pub const CURRENT: &str = "7c6d8f5b9";
const OLD: &str = "5d8f7c9b4";

/// A fleet of this many nodes, of which some 95 % run the daemon.
///
/// # Panics
/// Never: everything that is made is valid.
#[must_use]
pub fn fleet(size: usize, stage: Stage) -> Fleet {
    let set = daemon_set(0, stage);
    Fleet {
        nodes: (0..size).map(node).collect(),
        pods: match stage {
            Stage::Empty => Vec::new(),
            _ => (0..size)
                .filter(|&at| runs(at))
                .map(|at| pod(at, 0, stage))
                .collect(),
        },
        revisions: vec![
            revision(&set, CURRENT, 2, &template("2.0")),
            revision(&set, OLD, 1, &template("1.9")),
        ],
        now: read(json!("2026-03-01T12:00:00Z")),
        set,
    }
}

impl Fleet {
    /// The objects, each once, and the present.
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        Cluster::new(&self.nodes, &self.pods)
            .with_revisions(&self.revisions)
            .with_now(self.now)
    }

    /// The compiled set, with its revisions.
    ///
    /// # Panics
    /// Never: the selector parses.
    #[must_use]
    pub fn planner(&self) -> Planner {
        let planner = Planner::new(&self.set).expect("the selector parses");
        planner.with_revisions(&self.revisions)
    }

    /// The same set with one more requirement in its selector, which all of its pods meet.
    ///
    /// # Panics
    /// Never: the selector parses.
    #[must_use]
    pub fn planner_that_asks_more(&self) -> Planner {
        let mut set = self.set.clone();
        set.spec.selector = Some(read(json!({
            "matchLabels": {"app": set.metadata.name},
            "matchExpressions": [{"key": "component", "operator": "Exists"}],
        })));
        let planner = Planner::new(&set).expect("the selector parses");
        planner.with_revisions(&self.revisions)
    }

    /// A tracker that knows all of it and has planned once.
    ///
    /// # Panics
    /// Never: the set is there.
    #[must_use]
    pub fn tracker(&self) -> (Tracker, SetId) {
        let mut tracker = Tracker::new();
        for node in &self.nodes {
            tracker.put_node(node);
        }
        for pod in &self.pods {
            tracker.put_pod(pod);
        }
        let set = tracker.put_set(self.planner());
        tracker.plan(set, self.now).expect("the set is there");
        (tracker, set)
    }
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("what is made here is valid")
}

fn name(at: usize) -> String {
    format!(
        "ip-10-{}-{}-{}.eu-west-1.compute.internal",
        at >> 16,
        (at >> 8) & 255,
        at & 255
    )
}

/// Whether the generated node at this place runs the daemon.
fn runs(at: usize) -> bool {
    at % 50 != 7 && at % 50 != 31 && at % 100 != 3
}

/// The node at this place.
#[must_use]
pub fn node(at: usize) -> Node {
    let taints = match at % 100 {
        3 => json!([{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]),
        11 => json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]),
        42 if at % 1000 == 42 => json!([
            {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "timeAdded": "2026-03-01T11:00:00Z"},
            {"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule", "timeAdded": "2026-03-01T11:00:00Z"},
        ]),
        _ => json!([]),
    };
    let zone = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][at % 3];
    let name = name(at);
    read(json!({
        "metadata": {
            "name": name,
            "labels": {
                "beta.kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/instance-type": "m6i.2xlarge",
                "beta.kubernetes.io/os": if at % 50 == 7 { "windows" } else { "linux" },
                "eks.amazonaws.com/capacityType": if at.is_multiple_of(4) { "SPOT" } else { "ON_DEMAND" },
                "eks.amazonaws.com/nodegroup": if at % 50 == 31 { "edge" } else { "workers" },
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": if at % 50 == 7 { "windows" } else { "linux" },
                "node.kubernetes.io/instance-type": "m6i.2xlarge",
                "topology.ebs.csi.aws.com/zone": zone,
                "topology.kubernetes.io/region": "eu-west-1",
                "topology.kubernetes.io/zone": zone,
            },
        },
        "spec": {"taints": taints},
    }))
}

fn template(version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "agent", "component": "logs"}},
        "spec": {
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [
                    {"key": "eks.amazonaws.com/nodegroup", "operator": "NotIn", "values": ["edge"]},
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
                ]}],
            }}},
            "tolerations": [
                {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"},
            ],
            "containers": [{"name": "agent", "image": format!("registry.example/agent:{version}")}],
        },
    })
}

/// A set like the first one, under another name.
#[must_use]
pub fn daemon_set(number: usize, stage: Stage) -> DaemonSet {
    read(json!({
        "metadata": {
            "name": set_name(number),
            "namespace": "infra",
            "uid": uid(number),
            "generation": 2,
        },
        "spec": {
            "selector": {"matchLabels": {"app": set_name(number)}},
            "template": {
                "metadata": {"labels": {"app": set_name(number), "component": "logs"}},
                "spec": template("2.0")["spec"],
            },
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": if stage == Stage::Halfway { "1%" } else { "10%" }},
            },
        },
    }))
}

fn set_name(number: usize) -> String {
    if number == 0 {
        "agent".to_owned()
    } else {
        format!("agent-{number}")
    }
}

fn uid(number: usize) -> String {
    format!("5f0c3a52-0000-4000-8000-{number:012}")
}

fn revision(set: &DaemonSet, hash: &str, number: i64, template: &Value) -> ControllerRevision {
    let template: PodTemplate = read(template.clone());
    let data: Value = serde_json::from_str(&revision_data(&template)).expect("JSON");
    read(json!({
        "metadata": {
            "name": format!("{}-{hash}", set.metadata.name),
            "namespace": set.metadata.namespace,
            "labels": {"app": set.metadata.name, "component": "logs", "controller-revision-hash": hash},
            "ownerReferences": [owner(0)],
        },
        "revision": number,
        "data": data,
    }))
}

fn owner(number: usize) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": set_name(number),
        "uid": uid(number),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// The pod of a set on the node at this place.
#[must_use]
pub fn pod(at: usize, set: usize, stage: Stage) -> Pod {
    let old = stage == Stage::Halfway && at.is_multiple_of(2);
    // One in a hundred of the new pods is still starting: that spends the whole budget.
    let starting = stage == Stage::Halfway && at % 100 == 1;
    let name_of_node = name(at);
    read(json!({
        "metadata": {
            "name": format!("{}-{at:06x}", set_name(set)),
            "namespace": "infra",
            "uid": format!("9b1d0e7a-{set:04}-4000-8000-{at:012}"),
            "creationTimestamp": "2026-03-01T09:00:00Z",
            "labels": {
                "app": set_name(set),
                "component": "logs",
                "controller-revision-hash": if old { OLD } else { CURRENT },
                "pod-template-generation": "1",
            },
            "ownerReferences": [owner(set)],
        },
        "spec": {
            "nodeName": name_of_node,
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [
                    {"key": "metadata.name", "operator": "In", "values": [name_of_node]},
                ]}],
            }}},
        },
        "status": {
            "phase": "Running",
            "conditions": [
                {"type": "PodReadyToStartContainers", "status": "True", "lastTransitionTime": "2026-03-01T09:00:01Z"},
                {"type": "Initialized", "status": "True", "lastTransitionTime": "2026-03-01T09:00:01Z"},
                {"type": "Ready", "status": if starting { "False" } else { "True" }, "lastTransitionTime": "2026-03-01T09:00:05Z"},
                {"type": "ContainersReady", "status": if starting { "False" } else { "True" }, "lastTransitionTime": "2026-03-01T09:00:05Z"},
                {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-03-01T09:00:00Z"},
            ],
        },
    }))
}
