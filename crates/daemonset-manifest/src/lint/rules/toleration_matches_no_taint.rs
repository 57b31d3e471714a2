//! A toleration tolerates no taint of any node. Needs nodes.

use daemonset::api::Toleration;

use crate::lint::names;
use crate::lint::template::pod_spec_path;
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("toleration-matches-no-taint"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
    what: "A toleration tolerates no taint of any node. Needs nodes.",
    why: "It does nothing today. Taints that Kubernetes sets and removes itself are passed over.",
    example: r"spec:
  template:
    spec: {tolerations: [{key: spot, operator: Exists}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
",
    instead: "Leave it out, unless nodes with the taint are to come.",
};

/// So many tolerations are held against the taints that nodes have.
const COMPARED: usize = 16;

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let mut asked = 0;
    for (index, toleration) in look.set.spec.template.spec().tolerations.iter().enumerate() {
        if is_asked(look, toleration) && look.around.taints_of(&toleration.key).is_none() {
            let key = bare(&toleration.key);
            let message = format!("tolerates nothing here: no node has a taint {key}");
            let meant = (asked < COMPARED).then(|| look.around.near_taint(&toleration.key));
            let meant = meant.flatten().map(str::to_owned);
            asked += 1;
            let path = pod_spec_path("tolerations").index(index);
            found.add_suggesting(path, message, meant);
        }
    }
}

/// Whether a toleration is held against the nodes: it is about one key, and not one that comes and
/// goes or that every DaemonSet may expect.
pub(super) fn is_asked(look: &Look<'_>, toleration: &Toleration) -> bool {
    let key = toleration.key.as_str();
    look.around.has_nodes()
        && !key.is_empty()
        && !names::is_expected_taint(key)
        && names::retired(key, names::What::Taint).is_none()
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "tolerations: [{key: spot, operator: Exists}]",
        "spec.template.spec.tolerations[0]",
        "tolerates nothing here: no node has a taint spot",
    ),
    miss("tolerations: [{key: spot, operator: Exists}]"),
    miss_with_nodes(
        "tolerations: [{key: gpu, value: a100, effect: NoSchedule}, {operator: Exists, effect: NoExecute}, {key: node.kubernetes.io/unreachable, operator: Exists}, {key: node-role.kubernetes.io/control-plane, operator: Exists}, {key: CriticalAddonsOnly, operator: Exists}]",
    ),
];
