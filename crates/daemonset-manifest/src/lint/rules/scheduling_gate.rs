//! Scheduling gates, which keep every pod from being scheduled until something lifts them.

use crate::lint::template::pod_spec_path;
use crate::lint::template::{list_in, pod_spec};
use crate::words::{bare, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("scheduling-gate"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/",
    what: "Scheduling gates, which keep every pod from being scheduled until something lifts them.",
    why: "The controller creates the pods and waits for them. Unless a controller of the cluster lifts the gates of every new pod, they stay Pending.",
    example: r"spec:
  template:
    spec: {schedulingGates: [{name: example.com/wait}]}
",
    instead: "Leave the gates out, unless a controller lifts them.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let gates = list_in(pod_spec(&look.set.spec.template), "schedulingGates");
    let names = gates.iter().filter_map(|gate| gate.get("name")?.as_str());
    if !gates.is_empty() {
        let message = format!(
            "no pod is scheduled until something lifts {}",
            some(names.map(bare), gates.len())
        );
        found.add(pod_spec_path("schedulingGates"), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "schedulingGates: [{name: example.com/wait}]",
        "spec.template.spec.schedulingGates",
        "no pod is scheduled until something lifts example.com/wait",
    ),
    miss("schedulingGates: []"),
];
