//! A label or taint that nearly is a well-known one.

use crate::lint::names::{meant, retired, uses};
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("misspelt-name"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    what: "A label or taint that nearly is a well-known one.",
    why: "No node gets a name that Kubernetes does not know, unless somebody sets it. A name that nodes have is passed over.",
    example: r"spec:
  template:
    spec: {nodeSelector: {topology.kubernetes.io/zonee: a}}
",
    instead: "Write the well-known name.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for it in uses(look.set) {
        if look.around.knows(it.key) || retired(it.key, it.what).is_some() {
            continue;
        }
        if let Some(meant) = meant(it.key, it.what) {
            let message = format!("{} is no well-known name", bare(it.key));
            found.add_suggesting(it.path, message, [meant]);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostnam}]}}",
        "spec.template.spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
        "kubernetes.io/hostnam is no well-known name, did you mean kubernetes.io/hostname?",
    ),
    hit(
        "nodeSelector: {kubernetes.io/OS: linux}",
        "spec.template.spec.nodeSelector[kubernetes.io/OS]",
        "kubernetes.io/OS is no well-known name, did you mean kubernetes.io/os?",
    ),
    hit(
        "nodeSelector: {topology.kubernetes.io/zonee: a}",
        "spec.template.spec.nodeSelector[topology.kubernetes.io/zonee]",
        "topology.kubernetes.io/zonee is no well-known name, did you mean topology.kubernetes.io/zone?",
    ),
    hit(
        "tolerations: [{key: node-role.kubernetes.io/control-plan, operator: Exists}]",
        "spec.template.spec.tolerations[0].key",
        "node-role.kubernetes.io/control-plan is no well-known name, did you mean node-role.kubernetes.io/control-plane?",
    ),
    // Names of distributions of Kubernetes, and ones too far from any.
    miss("tolerations: [{key: node-role.kubernetes.io/controlplane, operator: Exists}]"),
    miss("nodeSelector: {node-role.kubernetes.io/controlplane: 'true'}"),
    miss("nodeSelector: {node-role.kubernetes.io/worker: ''}"),
    miss("nodeSelector: {topology.kubernetes.io/rack: '1'}"),
    miss("nodeSelector: {kubernetes.io/ip: '1'}"),
    miss("nodeSelector: {example.com/zone: a}"),
    miss("nodeSelector: {os: linux}"),
    // What a node has is not misspelt.
    miss(
        "nodeSelector: {topology.kubernetes.io/zonee: a}\n---\n{kind: Node, metadata: {name: a, labels: {topology.kubernetes.io/zonee: a}}}",
    ),
];
