//! Synthetic clusters of any size, with the labels, taints and pods that a cloud provider's have.

#![allow(dead_code)] // every bench uses a part of it

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, PodTemplate, Timestamp};
use serde_json::json;

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

pub struct Cluster {
    pub set: DaemonSet,
    pub nodes: Vec<Node>,
    pub pods: Vec<Pod>,
    pub revisions: Vec<ControllerRevision>,
    pub now: Timestamp,
}

const CURRENT: &str = "7c6d8f5b9";
const OLD: &str = "5d8f7c9b4";

/// A cluster of this many nodes, of which some 95 % run the daemon.
pub fn cluster(size: usize, stage: Stage) -> Cluster {
    let set = daemon_set(0, stage);
    Cluster {
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
        now: "2026-03-01T12:00:00Z".parse().unwrap(),
        set,
    }
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
    serde_json::from_value(json!({
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
    .unwrap()
}

fn template(version: &str) -> serde_json::Value {
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
pub fn daemon_set(number: usize, stage: Stage) -> DaemonSet {
    serde_json::from_value(json!({
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
    .unwrap()
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

fn revision(
    set: &DaemonSet,
    hash: &str,
    number: i64,
    template: &serde_json::Value,
) -> ControllerRevision {
    let template = PodTemplate::try_from(template.clone()).unwrap();
    let data: serde_json::Value =
        serde_json::from_str(&daemonset::revision::data(&template)).unwrap();
    serde_json::from_value(json!({
        "metadata": {
            "name": format!("{}-{hash}", set.metadata.name),
            "namespace": set.metadata.namespace,
            "labels": {"app": set.metadata.name, "component": "logs", "controller-revision-hash": hash},
            "ownerReferences": [owner(0)],
        },
        "revision": number,
        "data": data,
    }))
    .unwrap()
}

fn owner(number: usize) -> serde_json::Value {
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
pub fn pod(at: usize, set: usize, stage: Stage) -> Pod {
    let old = stage == Stage::Halfway && at.is_multiple_of(2);
    // One in a hundred of the new pods is still starting: that spends the whole budget.
    let starting = stage == Stage::Halfway && at % 100 == 1;
    let name_of_node = name(at);
    serde_json::from_value(json!({
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
    .unwrap()
}
