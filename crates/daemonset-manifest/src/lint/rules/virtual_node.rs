//! The DaemonSet runs on virtual nodes, which have no machine to run it on. Needs nodes.

use daemonset::view::NodeView;

use crate::lint::template::{in_some_terms, pod_spec_path};
use crate::words::{bare, count};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("virtual-node"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity",
    what: "The DaemonSet runs on virtual nodes, which have no machine to run it on. Needs nodes.",
    why: "A virtual node stands for a service that runs pods, such as AWS Fargate: it has room for the pods that were meant for it and for no daemon, so the DaemonSet's pod stays Pending there or fails. A toleration without a key tolerates the taint that should keep daemons off.",
    example: r"spec:
  template:
    spec: {tolerations: [{operator: Exists}]}
---
apiVersion: v1
kind: Node
metadata: {name: fargate-a, labels: {eks.amazonaws.com/compute-type: fargate}}
spec: {taints: [{key: eks.amazonaws.com/compute-type, value: fargate, effect: NoSchedule}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
",
    instead: "Keep the DaemonSet off them by required node affinity: the label with the operator `NotIn`.",
};

/// The labels of virtual nodes.
///
/// Source: [AWS Fargate](https://docs.aws.amazon.com/eks/latest/userguide/fargate.html),
/// [Virtual Kubelet](https://virtual-kubelet.io/docs/).
const LABELS: [(&str, &str); 2] = [
    ("eks.amazonaws.com/compute-type", "fargate"),
    ("type", "virtual-kubelet"),
];

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let tolerations = &look.set.spec.template.spec().tolerations;
    let blanket = (tolerations.iter())
        .position(|it| it.key.is_empty() && it.operator == "Exists" && it.effect != "NoExecute");
    for (key, value) in LABELS {
        let mut virtual_nodes = (look.run.iter()).filter(|node| node.label(key) == Some(value));
        let Some(first) = virtual_nodes.next() else {
            continue;
        };
        let nodes = match virtual_nodes.count() {
            0 => format!("the virtual node {}", bare(first.name)),
            more => format!(
                "{}, {} for one",
                count(more + 1, "virtual node"),
                bare(first.name)
            ),
        };
        let advice = in_some_terms(look.set, key, value).unwrap_or_else(|| {
            format!("keep it off by required node affinity, {key} NotIn {value}")
        });
        let advice = format!("where a daemon's pod stays Pending or fails: {advice}");
        match blanket {
            Some(index) => {
                let effect = tolerations.get(index).map_or("", |it| &*it.effect);
                let taint = if effect.is_empty() {
                    "taint".to_owned()
                } else {
                    format!("{effect} taint")
                };
                found.add(
                    pod_spec_path("tolerations").index(index),
                    format!(
                        "the toleration of every {taint} lets the DaemonSet run on {nodes}, {advice}"
                    ),
                );
            }
            None => found.add(
                pod_spec_path(""),
                format!("the DaemonSet runs on {nodes}, {advice}"),
            ),
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "tolerations: [{operator: Exists}]\n---\n{kind: Node, metadata: {name: fargate-a, labels: {eks.amazonaws.com/compute-type: fargate}}, spec: {taints: [{key: eks.amazonaws.com/compute-type, value: fargate, effect: NoSchedule}]}}",
        "spec.template.spec.tolerations[0]",
        "the toleration of every taint lets the DaemonSet run on the virtual node fargate-a, where a daemon's pod stays Pending or fails: keep it off by required node affinity, eks.amazonaws.com/compute-type NotIn fargate",
    ),
    hit_with_nodes(
        "{}\n---\n{kind: Node, metadata: {name: v-a, labels: {type: virtual-kubelet}}}\n---\n{kind: Node, metadata: {name: v-b, labels: {type: virtual-kubelet}}}",
        "spec.template.spec",
        "the DaemonSet runs on 2 virtual nodes, v-a for one, where a daemon's pod stays Pending or fails: keep it off by required node affinity, type NotIn virtual-kubelet",
    ),
    hit_with_nodes(
        "tolerations: [{operator: Exists, effect: NoSchedule}]\naffinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: type, operator: NotIn, values: [virtual-kubelet]}]}, {matchExpressions: [{key: pool, operator: In, values: [burst]}]}]}}}\n---\n{kind: Node, metadata: {name: v-a, labels: {type: virtual-kubelet, pool: burst}}, spec: {taints: [{key: virtual-kubelet.io/provider, value: azure, effect: NoSchedule}]}}",
        "spec.template.spec.tolerations[0]",
        "the toleration of every NoSchedule taint lets the DaemonSet run on the virtual node v-a, where a daemon's pod stays Pending or fails: type NotIn virtual-kubelet stands in nodeSelectorTerms[0] alone, and one term that fits is enough: put it into every term",
    ),
    // The taint keeps it off.
    miss_with_nodes(
        "{}\n---\n{kind: Node, metadata: {name: fargate-a, labels: {eks.amazonaws.com/compute-type: fargate}}, spec: {taints: [{key: eks.amazonaws.com/compute-type, value: fargate, effect: NoSchedule}]}}",
    ),
];
