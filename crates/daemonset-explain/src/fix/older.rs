//! Back to a revision that was not given, and of which pods run.

use daemonset::rollout::Strategy;
use daemonset::well_known::{
    CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION, TEMPLATE_GENERATION,
};

use super::command::{namespace, target, word};
use super::stuck::Stuck;
use super::{Fix, Repair, RolloutRepair, undo_command};
use crate::cause::by_pods::{ByPods, by_pods};
use crate::cause::shown::old_hash;
use crate::diagnosis::failing_pods::failing_pods;
use crate::round::{PodRevision, Round};

/// To go back to the revision that most available older pods are of, where no older one was given. `kubectl rollout undo`
/// goes to the one before, which another may be.
pub(super) fn back_to_older(round: &Round<'_>) -> Option<Fix> {
    let is_by_hand = *round.planner.strategy() == Strategy::OnDelete;
    if is_by_hand || !round.planner.old_revisions().is_empty() {
        return None;
    }
    let hash = old_hash(round)?;
    let set = round.daemon_set();
    let is_last = is_last(round, hash);
    let target = target(set);
    let commands = if is_last {
        vec![
            format!("kubectl rollout history {target}"),
            format!("kubectl rollout undo {target}"),
        ]
    } else {
        let name = word(&format!("{}-{hash}", set.metadata.name));
        vec![
            format!(
                "kubectl get controllerrevision {name} -n {}",
                namespace(set)
            ),
            format!("kubectl rollout undo {target} --to-revision=NUMBER"),
        ]
    };
    let hash = hash.to_owned();
    Some(Fix::outside(
        Repair::Rollout(RolloutRepair::OlderRevision { hash, is_last }),
        commands,
    ))
}

/// To go back where not all nodes were given, so that no copy shows what comes of it, and the pods that were tell that the
/// newest revision fails. Under `OnDelete` it replaces nothing.
pub(super) fn back_by_pods(stuck: &Stuck<'_, '_>) -> Option<Fix> {
    let round = stuck.round;
    let ByPods { failing, available } = by_pods(round, &failing_pods(round))?;
    if *round.planner.strategy() == Strategy::OnDelete {
        return None;
    }
    let Some((revision, ..)) = stuck.back() else {
        return back_to_older(round);
    };
    let commands = vec![undo_command(round.daemon_set(), revision)];
    Some(Fix::outside(
        Repair::Rollout(RolloutRepair::BackByPods {
            revision,
            failing,
            available,
        }),
        commands,
    ))
}

/// Whether pods of this hash are of the template before the current one, as their generation label tells.
fn is_last(round: &Round<'_>, hash: &str) -> bool {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let current = number(
        round
            .daemon_set()
            .metadata
            .annotations
            .get(TEMPLATE_GENERATION),
    );
    let of_hash = round.staying(PodRevision::Old).find(|pod| {
        let labels = &pod.pod.metadata.labels;
        labels.get(CONTROLLER_REVISION_HASH) == Some(hash)
    });
    let own = of_hash.and_then(|pod| number(pod.pod.metadata.labels.get(POD_TEMPLATE_GENERATION)));
    current
        .zip(own)
        .is_some_and(|(current, own)| own + 1 == current)
}
