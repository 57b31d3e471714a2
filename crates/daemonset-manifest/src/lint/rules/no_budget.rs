//! Both `maxUnavailable` and `maxSurge` are zero.

use daemonset::api::IntOrString;
use daemonset::rollout::Strategy;

use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("no-budget"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec",
    what: "Both `maxUnavailable` and `maxSurge` are zero.",
    why: "The API server refuses that. Where it is stored all the same, the controller takes it for `maxUnavailable: 1`.",
    example: r"spec:
  updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}
",
    instead: "Set one of them to 1 or more. To update no pod before it is deleted by hand, use the strategy `OnDelete`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if is_zero(look) {
        found.add(
            FieldPath::parse(MAX_UNAVAILABLE),
            "both budgets are zero: the API server refuses that, and the controller takes it for \
             maxUnavailable 1",
        );
    }
}

pub(super) const MAX_UNAVAILABLE: &str = "spec.updateStrategy.rollingUpdate.maxUnavailable";

/// Whether both budgets are zero, however many nodes there are.
pub(super) fn is_zero(look: &Look<'_>) -> bool {
    // Rounding up, only nothing at all comes to zero of a node.
    let is_zero = |budget: &IntOrString| budget.scaled(1) == Ok(0);
    match &look.strategy {
        Strategy::RollingUpdate {
            max_unavailable,
            max_surge,
        } => is_zero(max_unavailable) && is_zero(max_surge),
        Strategy::OnDelete => false,
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0}}}",
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        "both budgets are zero: the API server refuses that, and the controller takes it for maxUnavailable 1",
    ),
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0%, maxSurge: 0%}}}",
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        "both budgets are zero: the API server refuses that, and the controller takes it for maxUnavailable 1",
    ),
    miss("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}}"),
    miss("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 1%}}}"),
];
