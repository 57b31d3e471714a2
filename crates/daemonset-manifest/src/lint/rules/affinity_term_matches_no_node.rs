//! A term of the required node affinity matches no node, and others do. Needs nodes.

use super::affinity_matches_no_node::{Terms, why_not};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("affinity-term-matches-no-node"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity",
    what: "A term of the required node affinity matches no node, and others do. Needs nodes.",
    why: "One term is enough, so the others decide, and this one means nothing today. It may be written for nodes that are yet to come.",
    example: r"spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - {key: disk, operator: In, values: [ssd]}
            - matchExpressions:
              - {key: rack, operator: Exists}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {disk: ssd}}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
",
    instead: "Leave the term out, unless nodes for it are to come. Requirements that must all hold belong in one term.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let terms = Terms::of(look);
    if terms.any_matches() {
        for term in terms
            .all
            .iter()
            .filter(|term| term.requires && term.matched == 0)
        {
            let (why, meant) = why_not(look, term.written);
            let message = format!("{why}; the other terms decide");
            found.add_suggesting(term.path(), message, meant);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}, {matchExpressions: [{key: rack, operator: Exists}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[1]",
        "no node satisfies rack Exists; none has the label at all; the other terms decide",
    ),
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [node-c]}]}, {matchExpressions: [{key: disk, operator: Exists}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]",
        "no node is named node-c; the other terms decide",
    ),
];
