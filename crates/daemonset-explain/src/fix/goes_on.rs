//! A rollout that goes on, and takes available pods, though the pods of its revision fail.

use daemonset::Action;

use super::Fix;
use super::stuck::Stuck;
use crate::diagnosis::Diagnosis;
use crate::edit::Edit;
use crate::round::{NodeSeen, Round};

/// Whether the round takes available pods for the newest revision.
pub(super) fn goes_on(round: &Round<'_>) -> bool {
    let deleted = round.pod_actions().filter_map(|action| match action {
        Action::DeletePod { node, .. } => round.view.node(node),
        _ => None,
    });
    round.has_outdated() && { deleted }.any(NodeSeen::runs_old)
}

/// Whether an edit only makes room for the next pods.
fn gets_it_to_go_on(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::SetMaxUnavailable { .. }
            | Edit::SetMaxSurge { .. }
            | Edit::DeleteNode { .. }
            | Edit::ForceDeletePod { .. }
    )
}

impl Stuck<'_, '_> {
    /// What would help pods that fail or do not find room while the rollout goes on past them.
    pub(super) fn while_it_goes_on(&mut self, diagnosis: &Diagnosis) -> Vec<Fix> {
        let stalls = self.stalls();
        if stalls.in_vain().next().is_none() {
            return Vec::new();
        }
        // What would get it to go on is not asked.
        let is_of_pods =
            |fix: &Fix| fix.repaired().is_empty() && !fix.edits.iter().any(gets_it_to_go_on);
        let all = self.of_blocked(diagnosis).into_iter();
        all.filter(is_of_pods).collect()
    }
}
