//! What would help pods that start and miss something, or do not stay ready.

use super::command::{debug_node, namespace, word};
use super::stuck::Stuck;
use super::{ContainerRepair, Fix, NodeRepair, Repair, advice, lacking};
use crate::cause::changes::Changes;
use crate::diagnosis::so_far::{ready_ahead, troubled, wavering};
use crate::round::Round;
use crate::signs::missing::missing;
use crate::signs::quoted::words;

impl Stuck<'_, '_> {
    /// What pods that start miss does not come by waiting: it is to be created, or to go back to the
    /// revision that did without. A container that has ended has a log that says why.
    pub(super) fn of_troubled(&self) -> Vec<Fix> {
        let round = self.round;
        let stalls = self.stalls();
        let said = troubled(round, &stalls);
        let spec = round.daemon_set().spec.template.spec_as_json();
        let Some(first) = (said.iter()).find(|said| missing(&words(round, said), spec).is_some())
        else {
            let ended = said.iter().find(|said| advice::ended_early(said));
            let logs = ended.and_then(|said| advice::logs_of(said, round.daemon_set()));
            return logs.into_iter().collect();
        };
        let mut fixes = lacking::of_missing(first, round);
        let changes = Changes::of(round).filter(|_| first.is_new);
        if changes.is_some_and(|changes| changes.explain(round, first)) {
            fixes.extend(self.roll_back());
        }
        fixes
    }
}

/// To read why a pod that is ready may not stay so, or to set the clock right by which it is ready in the future.
pub(super) fn of_wavering(round: &Round<'_>) -> Option<Fix> {
    if let Some((_, node, _)) = ready_ahead(round) {
        let command = debug_node(&word(node), "date -u");
        let node = node.to_owned();
        return Some(Fix::outside(
            Repair::Node(NodeRepair::ClockAhead { node }),
            vec![command],
        ));
    }
    let wavering = wavering(round)?;
    let command = format!(
        "kubectl logs {} -n {} -c {}",
        wavering.pod,
        namespace(round.daemon_set()),
        wavering.container
    );
    Some(Fix::outside(
        Repair::Container(ContainerRepair::Wavering),
        vec![command],
    ))
}
