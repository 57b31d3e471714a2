//! Preferred node affinity decides nothing for a DaemonSet.

use serde_json::Value;

use crate::lint::template::pod_spec_path;
use crate::lint::template::{at, list_in, pod_spec};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("preferred-affinity-ignored"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled",
    what: "Preferred node affinity decides nothing for a DaemonSet.",
    why: "Every pod is created for one node, so that there is nothing to prefer.",
    example: r"spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 1
            preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}
",
    instead: "Require what must hold, and leave out the rest.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let field = "preferredDuringSchedulingIgnoredDuringExecution";
    let affinity = at(
        pod_spec(&look.set.spec.template),
        &["affinity", "nodeAffinity"],
    );
    if !list_in(affinity.and_then(Value::as_object), field).is_empty() {
        found.add(
            pod_spec_path("affinity.nodeAffinity").field(field),
            "decides nothing for a DaemonSet: every pod is created for one node; what must hold \
             is required",
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {}}]}}",
        "spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution",
        "decides nothing for a DaemonSet: every pod is created for one node; what must hold is required",
    ),
    miss("affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}"),
    miss(
        "affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1}]}}",
    ),
];
