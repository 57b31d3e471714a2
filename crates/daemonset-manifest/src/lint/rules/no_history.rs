//! `revisionHistoryLimit` is zero, so that there is nothing to roll back to.

use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("no-history"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/tasks/manage-daemon/rollback-daemon-set/",
    what: "`revisionHistoryLimit` is zero, so that there is nothing to roll back to.",
    why: "`kubectl rollout undo` needs an old revision.",
    example: r"spec:
  revisionHistoryLimit: 0
",
    instead: "Keep a few revisions; 10 is the default.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if look.set.spec.revision_history_limit == Some(0) {
        found.add(
            FieldPath::parse("spec.revisionHistoryLimit"),
            "no old revision is kept, so that there is nothing to roll back to",
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {revisionHistoryLimit: 0}",
        "spec.revisionHistoryLimit",
        "no old revision is kept, so that there is nothing to roll back to",
    ),
    miss("spec: {revisionHistoryLimit: 1}"),
];
