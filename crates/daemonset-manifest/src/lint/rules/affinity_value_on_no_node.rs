//! One of several values in a requirement of node affinity is on no node. Needs nodes.

use daemonset::api::NodeSelectorRequirement;

use super::affinity_matches_no_node::Terms;
use super::node_selector_matches_no_node::values_meant;
use crate::path::FieldPath;
use crate::words::{bare, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("affinity-value-on-no-node"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity",
    what: "One of several values in a requirement of node affinity is on no node. Needs nodes.",
    why: "The other values decide. A value that no node has is often misspelt, or left over. Values of `kubernetes.io/os` and `kubernetes.io/arch` are passed over: they say what the image is built for.",
    example: r"spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - {key: disk, operator: In, values: [ssd, nvme]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {disk: ssd}}
",
    instead: "Leave the value out, unless nodes with it are to come.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for term in Terms::of(look).all.iter().filter(|term| term.matched > 0) {
        let lists = [
            ("matchExpressions", &term.written.match_expressions),
            ("matchFields", &term.written.match_fields),
        ];
        for (list, requirements) in lists {
            for (at, requirement) in requirements.iter().enumerate() {
                let path = term.path().field(list).index(at).field("values");
                unused(look, list, requirement, path, found);
            }
        }
    }
}

fn unused(
    look: &Look<'_>,
    list: &str,
    requirement: &NodeSelectorRequirement,
    path: FieldPath,
    found: &mut OfRule<'_>,
) {
    let key = requirement.key.as_str();
    if requirement.operator != "In" || matches!(key, "kubernetes.io/os" | "kubernetes.io/arch") {
        return;
    }
    let is_unused = |value: &str| match list {
        "matchFields" => !look.around.has_node(value),
        _ => !look.around.has_value(key, value),
    };
    let values = requirement.values.iter().enumerate();
    let unused: Vec<_> = values.filter(|(_, value)| is_unused(value)).collect();
    let Some((first, value)) = unused.first() else {
        return;
    };
    let shown = unused.iter().map(|(_, value)| bare(value));
    let message = format!("no node has {}={}", bare(key), some(shown, unused.len()));
    let meant = values_meant(look, key, value);
    let meant = meant
        .into_iter()
        .filter(|it| !requirement.values.iter().any(|v| v == it));
    found.add_suggesting(path.index(*first), message, meant);
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd, nvme]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[1]",
        "no node has disk=nvme",
    ),
    // Several are told at once.
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [a, ssd, b, c, d]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]",
        "no node has disk=a, b, c and 1 more",
    ),
    miss_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux, windows]}]}]}}}",
    ),
];
