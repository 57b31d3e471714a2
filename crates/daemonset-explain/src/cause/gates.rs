//! Readiness gates that no controller has set: whether it sets them of other pods, and whether the revision is to blame.

use daemonset::api::{ConditionStatus, ConditionType, Timestamp};
use serde_json::Value;

use super::changes::{Changes, is_of_ports};
use crate::finding::Blame;
use crate::health::PodProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::Said;
use crate::words::{agree, count};

/// The other pods of the set that were given a readiness gate's condition.
#[derive(Default)]
pub(crate) struct SetElsewhere {
    /// How many have it True.
    pub pods: usize,
    /// How many of them are of the current revision.
    pub updated: usize,
    /// When that was last set.
    pub last: Option<Timestamp>,
}

/// The gate that a pod waits for that has no condition of it.
pub(super) fn gate_of<'s>(said: &'s Said<'_, '_>) -> Option<&'s str> {
    match &said.problem {
        PodProblem::ReadinessGate {
            gate,
            is_set: false,
            ..
        } => Some(gate),
        _ => None,
    }
}

/// Which pods have the condition True; one that waits for it has none.
pub(crate) fn set_elsewhere(round: &Round<'_>, gate: &str) -> SetElsewhere {
    let kind = ConditionType::from(gate);
    let mut found = SetElsewhere::default();
    for node in &round.view.nodes {
        for revision in [PodRevision::New, PodRevision::Old, PodRevision::Unknown] {
            for pod in staying_of(node, revision) {
                let condition = pod.pod.condition(&kind);
                let is_true = condition.filter(|it| it.status == ConditionStatus::True);
                let Some(condition) = is_true else {
                    continue;
                };
                found.pods += 1;
                found.updated += usize::from(revision == PodRevision::New);
                found.last = found.last.max(condition.last_transition_time);
            }
        }
    }
    found
}

/// That other pods have the condition, as a clause.
pub(super) fn told_elsewhere(round: &Round<'_>, gate: &str) -> Option<String> {
    let found = set_elsewhere(round, gate);
    let last = (found.last).map_or_else(String::new, |at| format!(", set last at {at}"));
    (found.pods > 0).then(|| {
        format!(
            "{} of it {} that condition True{last}",
            count(found.pods, "other pod"),
            agree(found.pods, "has", "have"),
        )
    })
}

/// That the gate which its controller has not set is asked for by the template before too, unless the revision changed what a
/// controller may go by: ports and labels.
pub(super) fn gate_in_both(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    changes: Option<&Changes>,
) -> Option<Blame> {
    let gate = gate_of(said)?;
    let gates = |template: &Value| {
        let gates = template["spec"]["readinessGates"].as_array();
        let mut gates = gates.into_iter().flatten();
        gates.any(|it| it["conditionType"] == gate)
    };
    let changes = changes.filter(|it| !it.is_partial)?;
    let mut paths = changes.differences.iter().map(|it| it.path.to_string());
    let is_moved = paths.any(|path| is_of_ports(&path) || path.starts_with("metadata.labels"));
    let is_in_both = gates(&changes.before) && gates(&changes.after);
    (is_in_both && !is_moved).then(|| Blame::GateBefore {
        gate: gate.to_owned(),
        updated: set_elsewhere(round, gate).updated,
    })
}
