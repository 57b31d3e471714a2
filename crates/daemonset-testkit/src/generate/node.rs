//! Nodes: their labels and taints, and what they say of their health.

use daemonset::api::Node;
use serde_json::{Map, Value, json};

use super::{ago, read};
use crate::draw::Draw;

pub(super) const KEYS: [&str; 5] = ["zone", "disk", "kubernetes.io/os", "cores", "empty"];
pub(super) const VALUES: [&str; 7] = ["a", "b", "", "5", "08", "+8", "-3"];

pub(super) fn labels(draw: &mut Draw<'_>) -> Value {
    let labels = draw.list(3, |draw| {
        let key = draw.one_of(&KEYS).to_owned();
        (key, Value::from(draw.one_of(&VALUES)))
    });
    labels.into_iter().collect::<Map<_, _>>().into()
}

/// A taint: one that Kubernetes itself sets, or another.
pub fn taint(draw: &mut Draw<'_>) -> Value {
    let keys = [
        "dedicated",
        "gpu",
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
        "node.kubernetes.io/disk-pressure",
        "node.kubernetes.io/memory-pressure",
        "node.kubernetes.io/pid-pressure",
        "node.kubernetes.io/network-unavailable",
        "",
    ];
    let effects = ["NoSchedule", "NoExecute", "PreferNoSchedule", ""];
    let (key, value) = (draw.one_of(&keys), draw.one_of(&["", "a", "5"]));
    json!({"key": key, "value": value, "effect": draw.one_of(&effects)})
}

/// A node of this name.
pub fn node(draw: &mut Draw<'_>, name: &str) -> Node {
    let labels = labels(draw);
    let taints = if draw.chance(40) {
        [vec![taint(draw)], draw.list(1, taint)].concat()
    } else {
        Vec::new()
    };
    let unschedulable = draw.chance(10);
    let ready = draw.weighted(&[(6, "True"), (1, "False"), (1, "Unknown")]);
    let pressure = draw.weighted(&[(7, "False"), (1, "True")]);
    read(json!({
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints, "unschedulable": unschedulable},
        "status": {"conditions": [
            {"type": "Ready", "status": ready, "lastTransitionTime": ago(3600)},
            {"type": "DiskPressure", "status": pressure},
        ]},
    }))
}
