//! A DaemonSet of `kube-system` without a priority class.

use crate::lint::template::pod_spec_path;
use crate::lint::template::{pod_spec, text_in};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("no-priority-class"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/",
    what: "A DaemonSet of `kube-system` without a priority class.",
    why: "On a full node its pod stays Pending, since no other pod is preempted for it. The cluster's own daemons have `system-node-critical`.",
    example: r"metadata: {namespace: kube-system}
",
    instead: "`priorityClassName: system-node-critical`, where every node needs the daemon.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let spec = pod_spec(&look.set.spec.template);
    let class = spec.map_or("", |spec| text_in(spec, "priorityClassName"));
    if look.set.metadata.namespace == "kube-system" && class.is_empty() {
        found.add(
            pod_spec_path("priorityClassName"),
            "on a full node the pod stays Pending, as no other pod is preempted for it; the \
             cluster's own daemons have system-node-critical",
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "metadata: {namespace: kube-system}",
        "spec.template.spec.priorityClassName",
        "on a full node the pod stays Pending, as no other pod is preempted for it; the cluster's own daemons have system-node-critical",
    ),
    miss(
        "{metadata: {namespace: kube-system}, spec: {template: {spec: {priorityClassName: system-node-critical}}}}",
    ),
];
