//! An update strategy that was changed while the rollout goes on.

use serde_json::json;

use super::command::{target, word};
use super::{Fix, Repair, RolloutRepair};
use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::round::Round;

/// `RollingUpdate` again, where `OnDelete` was set since the newest revision came.
pub(super) fn rolling_again(diagnosis: &Diagnosis, round: &Round<'_>) -> Option<Fix> {
    diagnosis.findings().find_map(|finding| {
        let Finding::StrategyWritten {
            manager,
            at,
            fields,
        } = finding
        else {
            return None;
        };
        let is_of_type = fields.iter().any(|it| it == "type");
        let patch = json!({"spec": {"updateStrategy": {"type": "RollingUpdate"}}}).to_string();
        let command = format!(
            "kubectl patch {} -p {}",
            target(round.daemon_set()),
            word(&patch)
        );
        let manager = manager.clone();
        let repair = Repair::Rollout(RolloutRepair::RollingAgain { manager, at: *at });
        is_of_type.then(|| Fix::outside(repair, vec![command]))
    })
}
