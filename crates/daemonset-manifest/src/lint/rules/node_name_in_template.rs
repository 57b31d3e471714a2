//! The template names a node.

use crate::lint::template::pod_spec_path;
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("node-name-in-template"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",
    what: "The template names a node.",
    why: "The DaemonSet then runs on this node or on none, whatever else it says of nodes.",
    example: r"spec:
  template:
    spec: {nodeName: node-a}
",
    instead: "Select nodes by `nodeSelector` or by required node affinity.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let name = &look.set.spec.template.spec().node_name;
    if !name.is_empty() {
        let message = format!(
            "the DaemonSet runs on no node but {}, whatever else it says; use nodeSelector or \
             affinity",
            bare(name)
        );
        found.add(pod_spec_path("nodeName"), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "nodeName: node-a",
        "spec.template.spec.nodeName",
        "the DaemonSet runs on no node but node-a, whatever else it says; use nodeSelector or affinity",
    ),
    miss("nodeName: ''"),
];
