//! A rolling update's budget under another strategy, which does not read it.

use daemonset::rollout::Strategy;

use crate::path::FieldPath;
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("unused-budget"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/#daemonset-update-strategy",
    what: "A rolling update's budget under another strategy, which does not read it.",
    why: "With `OnDelete` pods are updated when they are deleted by hand, however many that are.",
    example: r"spec:
  updateStrategy: {type: OnDelete, rollingUpdate: {maxUnavailable: 1}}
",
    instead: "Leave the budget out, or the type.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let written = &look.set.spec.update_strategy;
    if look.strategy == Strategy::OnDelete && written.rolling_update.is_some() {
        let message = format!("is not read: the strategy is {}", bare(&written.type_));
        found.add(
            FieldPath::parse("spec.updateStrategy.rollingUpdate"),
            message,
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {updateStrategy: {type: OnDelete, rollingUpdate: {maxUnavailable: 1}}}",
        "spec.updateStrategy.rollingUpdate",
        "is not read: the strategy is OnDelete",
    ),
    miss("spec: {updateStrategy: {type: OnDelete}}"),
];
