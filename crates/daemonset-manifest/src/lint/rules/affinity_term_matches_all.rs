//! One of several terms of the required node affinity matches every node. Needs nodes.

use super::affinity_matches_no_node::Terms;
use crate::words::count;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("affinity-term-matches-all"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity",
    what: "One of several terms of the required node affinity matches every node. Needs nodes.",
    why: "One term is enough, so this one decides alone and the others mean nothing: the DaemonSet is kept off no node by its affinity. Requirements that were meant to hold together were probably written as terms of their own.",
    example: r#"spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - {key: node-role.kubernetes.io/control-plane, operator: Exists}
            - matchExpressions:
              - {key: kubernetes.io/os, operator: NotIn, values: [windows]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {node-role.kubernetes.io/control-plane: ""}}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
"#,
    instead: "Put requirements that must all hold into one term.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let nodes = look.around.nodes.len();
    let terms = Terms::of(look);
    let requiring = terms.all.iter().filter(|term| term.requires);
    let (all, some): (Vec<_>, Vec<_>) = requiring.partition(|term| term.matched == nodes);
    if let (Some(term), false) = (all.first(), some.is_empty()) {
        let message = format!(
            "matches each of the {} alone, so the other terms mean nothing: one term is enough, \
             and requirements that must all hold belong in one",
            count(nodes, "node")
        );
        found.add(term.path(), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}, {matchExpressions: [{key: kubernetes.io/os, operator: NotIn, values: [windows]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[1]",
        "matches each of the 3 nodes alone, so the other terms mean nothing: one term is enough, and requirements that must all hold belong in one",
    ),
    miss_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/os, operator: NotIn, values: [windows]}]}]}}}",
    ),
    miss_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}, {matchExpressions: [{key: disk, operator: In, values: [hdd]}]}]}}}",
    ),
];
