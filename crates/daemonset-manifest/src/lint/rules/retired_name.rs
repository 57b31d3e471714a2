//! A label or taint that Kubernetes has retired.

use std::collections::HashSet;

use crate::lint::names::{What, retired, uses};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, hit_with_nodes, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("retired-name"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    what: "A label or taint that Kubernetes has retired.",
    why: "New nodes do not get it. A name that nodes still have is passed over, and so is a taint or an alternative of node affinity beside the name that replaced it.",
    example: r"spec:
  template:
    spec: {tolerations: [{key: node-role.kubernetes.io/master, effect: NoSchedule}]}
",
    instead: "Write the name that replaced it, or both where clusters old and new are to be served.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let uses = uses(look.set);
    let both: HashSet<(What, &str)> = uses.iter().map(|it| (it.what, it.key)).collect();
    for it in &uses {
        let Some((instead, since)) =
            retired(it.key, it.what).filter(|_| !look.around.knows(it.key))
        else {
            continue;
        };
        // One of each name is how to serve clusters old and new, where one is enough.
        if it.what != What::Label && both.contains(&(it.what, instead)) {
            continue;
        }
        let since = since.map_or_else(String::new, |since| format!(" since {since}"));
        let message = format!("{} is out of use{since}, write {instead}", it.key);
        found.add(it.path.clone(), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "tolerations: [{key: node-role.kubernetes.io/master, effect: NoSchedule}]",
        "spec.template.spec.tolerations[0].key",
        "node-role.kubernetes.io/master is out of use since 1.25, write node-role.kubernetes.io/control-plane",
    ),
    hit_with_nodes(
        "tolerations: [{key: node-role.kubernetes.io/master, effect: NoSchedule}]",
        "spec.template.spec.tolerations[0].key",
        "node-role.kubernetes.io/master is out of use since 1.25, write node-role.kubernetes.io/control-plane",
    ),
    miss(
        "tolerations: [{key: node-role.kubernetes.io/master, effect: NoSchedule}, {key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]",
    ),
    // The label went a release before the taint.
    hit(
        "nodeSelector: {node-role.kubernetes.io/master: ''}",
        "spec.template.spec.nodeSelector[node-role.kubernetes.io/master]",
        "node-role.kubernetes.io/master is out of use since 1.24, write node-role.kubernetes.io/control-plane",
    ),
    hit(
        "nodeSelector: {beta.kubernetes.io/os: linux}",
        "spec.template.spec.nodeSelector[beta.kubernetes.io/os]",
        "beta.kubernetes.io/os is out of use since 1.14, write kubernetes.io/os",
    ),
    hit(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: failure-domain.beta.kubernetes.io/zone, operator: Exists}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key",
        "failure-domain.beta.kubernetes.io/zone is out of use since 1.17, write topology.kubernetes.io/zone",
    ),
    // One term is enough.
    miss(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}, {matchExpressions: [{key: node-role.kubernetes.io/master, operator: Exists}]}]}}}",
    ),
    // What a node has is in use.
    miss(
        "nodeSelector: {beta.kubernetes.io/os: linux}\n---\n{kind: Node, metadata: {name: a, labels: {beta.kubernetes.io/os: linux}}}",
    ),
];
