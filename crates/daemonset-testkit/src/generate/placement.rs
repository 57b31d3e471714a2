//! Nodes, and templates that choose among them.

use daemonset::api::Node;
use proptest::collection::{btree_map, vec};
use proptest::option::{self, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::read;

const KEYS: [&str; 5] = ["zone", "disk", "kubernetes.io/os", "cores", "empty"];
const VALUES: [&str; 7] = ["a", "b", "", "5", "08", "+8", "-3"];

fn node_labels() -> impl Strategy<Value = Value> {
    btree_map(select(KEYS.as_slice()), select(VALUES.as_slice()), 0..=3).prop_map(|map| json!(map))
}

/// A taint: a well-known one, or one of somebody's own.
pub fn taints() -> impl Strategy<Value = Value> {
    let keys = vec![
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
    let effects = vec!["NoSchedule", "NoExecute", "PreferNoSchedule", ""];
    (select(keys), select(vec!["", "a", "5"]), select(effects))
        .prop_map(|(key, value, effect)| json!({"key": key, "value": value, "effect": effect}))
}

/// Nodes of one name, with labels and taints.
pub fn nodes() -> impl Strategy<Value = Node> {
    let taints = prop_oneof![3 => Just(Vec::new()), 2 => vec(taints(), 1..=2)];
    (node_labels(), taints, prop::bool::weighted(0.1)).prop_map(
        |(labels, taints, unschedulable)| {
            read(json!({
                "metadata": {"name": "node-0", "labels": labels},
                "spec": {"taints": taints, "unschedulable": unschedulable},
            }))
        },
    )
}

/// Tolerations, malformed ones among them.
pub fn tolerations() -> impl Strategy<Value = Value> {
    let keys = vec![
        "dedicated",
        "gpu",
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/not-ready",
        "",
    ];
    let operators = vec!["Exists", "Equal", "", "Gt", "Lt", "Near"];
    let effects = vec!["", "NoSchedule", "NoExecute"];
    (
        select(keys),
        select(operators),
        select(vec!["", "a", "5"]),
        select(effects),
        option::of(0_i64..100),
    )
        .prop_map(|(key, operator, value, effect, seconds)| {
            let mut written = json!({"key": key, "operator": operator});
            if !value.is_empty() {
                written["value"] = value.into();
            }
            if !effect.is_empty() {
                written["effect"] = effect.into();
            }
            if let Some(seconds) = seconds {
                written["tolerationSeconds"] = seconds.into();
            }
            written
        })
}

fn requirements() -> impl Strategy<Value = Value> {
    let keys: Vec<&str> = [KEYS.as_slice(), &["", "no key", "-x"]].concat();
    let values: Vec<&str> = [VALUES.as_slice(), &["no value", "x/y"]].concat();
    let operators = vec![
        "Exists",
        "In",
        "NotIn",
        "DoesNotExist",
        "Gt",
        "Lt",
        "Within",
    ];
    (select(keys), select(operators), vec(select(values), 0..=2)).prop_map(
        |(key, operator, values)| json!({"key": key, "operator": operator, "values": values}),
    )
}

fn fields() -> impl Strategy<Value = Value> {
    (
        prop_oneof![4 => Just("metadata.name"), 1 => Just("spec.nodeName")],
        prop_oneof![3 => Just("NotIn"), 2 => Just("In"), 1 => Just("Exists")],
        vec(select(vec!["node-0", "node-1", "node-2", ""]), 0..=2),
    )
        .prop_map(
            |(key, operator, values)| json!({"key": key, "operator": operator, "values": values}),
        )
}

fn affinities() -> impl Strategy<Value = Value> {
    let term = (vec(requirements(), 0..=2), vec(fields(), 0..=1))
        .prop_map(|(labels, fields)| json!({"matchExpressions": labels, "matchFields": fields}));
    let preferred = json!([{"weight": 1, "preference": {}}]);
    option::of(vec(term, 0..=3)).prop_map(move |terms| {
        let mut node_affinity =
            json!({"preferredDuringSchedulingIgnoredDuringExecution": preferred});
        if let Some(terms) = terms {
            node_affinity["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!({"nodeSelectorTerms": terms});
        }
        json!({"podAntiAffinity": {}, "nodeAffinity": node_affinity})
    })
}

/// JSON of any shape, a few levels deep.
pub fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-4_i64..=300).prop_map(Value::from),
        // Such as every JSON reader reads as they were written.
        (-8_000_i32..=8_000).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        "[a-z<&\u{2028}é]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..=3).prop_map(Value::from),
            vec(("[a-zA-Z$]{0,5}", inner), 0..=3).prop_map(Value::from_iter),
        ]
    })
}

/// A pod template whose labels are `app=agent` and sometimes more.
pub fn templates() -> impl Strategy<Value = Value> {
    (
        prop::bool::weighted(0.3),
        weighted(0.2, node_labels()),
        weighted(0.3, affinities()),
        vec(tolerations(), 0..=2),
        any::<bool>(),
        weighted(0.05, select(vec!["node-0", "node-9"])),
        weighted(0.2, any_json()),
    )
        .prop_map(
            |(tier, node_selector, affinity, tolerations, host_network, node_name, unknown)| {
                let mut labels = json!({"app": "agent"});
                if tier {
                    labels["tier"] = "edge".into();
                }
                let mut spec = json!({"containers": [{"name": "main", "image": "agent:1"}]});
                if let Some(unknown) = unknown {
                    spec["fieldOfTheFuture"] = unknown;
                }
                if let Some(node_selector) = node_selector {
                    spec["nodeSelector"] = node_selector;
                }
                if let Some(affinity) = affinity {
                    spec["affinity"] = affinity;
                }
                if !tolerations.is_empty() {
                    spec["tolerations"] = tolerations.into();
                }
                if host_network {
                    spec["hostNetwork"] = true.into();
                }
                if let Some(node_name) = node_name {
                    spec["nodeName"] = node_name.into();
                }
                json!({"metadata": {"labels": labels}, "spec": spec})
            },
        )
}
