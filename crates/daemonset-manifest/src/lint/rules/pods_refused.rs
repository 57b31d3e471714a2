//! A field of the template for which the API server refuses every pod.

use serde_json::Value;

use crate::lint::template::pod_spec_path;
use crate::lint::template::{pod_spec, text_in};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("pods-refused"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/",
    what: "A field of the template for which the API server refuses every pod.",
    why: "The DaemonSet itself is taken, and then no pod can be created: a priority and a preemption policy come from a priority class, and overhead from a runtime class; a pod that brings others of its own is refused.",
    example: r"spec:
  template:
    spec: {priority: 1000}
",
    instead: "Name a `priorityClassName` or a `runtimeClassName` that has these values, and leave the fields out.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let Some(spec) = pod_spec(&look.set.spec.template) else {
        return;
    };
    let mut refused = |field: &'static str, why: &str| {
        let message = format!("the API server refuses every pod: {why}");
        found.add(pod_spec_path(field), message);
    };
    if text_in(spec, "priorityClassName").is_empty() {
        let priority = spec.get("priority").and_then(Value::as_i64);
        if let Some(priority) = priority.filter(|priority| *priority != 0) {
            let why = format!(
                "a priority comes from priorityClassName, and without one it is 0, or the default \
                 class's, and not {priority}"
            );
            refused("priority", &why);
        }
        if !matches!(
            text_in(spec, "preemptionPolicy"),
            "" | "PreemptLowerPriority"
        ) {
            refused(
                "preemptionPolicy",
                "the policy comes from priorityClassName, and without one it is \
                 PreemptLowerPriority, or the default class's",
            );
        }
    }
    let overhead = spec.get("overhead").and_then(Value::as_object);
    if overhead.is_some_and(|it| !it.is_empty()) && text_in(spec, "runtimeClassName").is_empty() {
        refused(
            "overhead",
            "overhead comes from runtimeClassName, and there is none",
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "priority: 1000",
        "spec.template.spec.priority",
        "the API server refuses every pod: a priority comes from priorityClassName, and without one it is 0, or the default class's, and not 1000",
    ),
    hit(
        "preemptionPolicy: Never",
        "spec.template.spec.preemptionPolicy",
        "the API server refuses every pod: the policy comes from priorityClassName, and without one it is PreemptLowerPriority, or the default class's",
    ),
    hit(
        "overhead: {cpu: 100m}",
        "spec.template.spec.overhead",
        "the API server refuses every pod: overhead comes from runtimeClassName, and there is none",
    ),
    miss("{priority: 1000, preemptionPolicy: Never, priorityClassName: agents}"),
    miss("{priority: 0, preemptionPolicy: PreemptLowerPriority, overhead: {}}"),
];
