//! Who replaces old pods under `OnDelete`.

use std::collections::BTreeMap;

use daemonset::rollout::Strategy;

use crate::finding::{Finding, NodesInState, ReplacedBy};
use crate::round::{NodeSeen, Round, labels};
use crate::stall::Stalls;

/// How the key of a label ends in which a controller of drivers keeps how far it is with a node: such a controller takes the
/// label away where it is switched off.
///
/// Source: [k8s-operator-libs](https://github.com/NVIDIA/k8s-operator-libs/tree/main/pkg/upgrade), which the operators of
/// several vendors use.
const STATE: &str = "-upgrade-state";

/// How the key of the label ends that leaves a node out.
const SKIP: &str = "-upgrade.skip";

const DONE: &str = "upgrade-done";
const FAILED: &str = "upgrade-failed";
const REQUIRED: &str = "upgrade-required";

/// For so many seconds after the newest revision was made the controller may only be about to begin.
const BEGINS: i64 = 3600;

/// That old pods stay until they are deleted, and by whom.
pub(super) fn on_delete(
    round: &Round<'_>,
    stalls: &Stalls<'_, '_>,
    found: &[Finding],
) -> Option<Finding> {
    let is_by_hand = *round.planner.strategy() == Strategy::OnDelete;
    let nodes: Vec<_> = round.outdated().map(|node| node.name.to_owned()).collect();
    (is_by_hand && !nodes.is_empty()).then(|| Finding::OnDelete {
        nodes,
        none_follows: found.iter().any(Finding::stops_creation),
        by: replaced_by(round),
        is_at_it: is_at_it(round, stalls),
    })
}

/// Who may replace the old pods: the owner of the DaemonSet, and the controller that keeps in a label of their nodes how far it
/// is with them.
fn replaced_by(round: &Round<'_>) -> Option<ReplacedBy> {
    let owner = round.daemon_set().metadata.controller();
    let owner = owner.map(|it| format!("{} {}", it.kind, it.name));
    let label = label(round);
    if owner.is_none() && label.is_none() {
        return None;
    }
    let mut states: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for node in round.outdated() {
        if let Some(state) = label.and_then(|key| value(node, key)) {
            states.entry(state).or_default().push(node.name.to_owned());
        }
    }
    let mut states: Vec<NodesInState> = states
        .into_iter()
        .map(|(state, nodes)| NodesInState {
            state: state.to_owned(),
            nodes,
        })
        .collect();
    // What is at work comes before what waits for it.
    states.sort_by_key(|it| it.state == REQUIRED);
    Some(ReplacedBy {
        owner,
        label: label.map(str::to_owned),
        states,
    })
}

/// Whether the controller is at it, so that the old pods are replaced with time: it has failed on no node, leaves none of
/// them out, and is in the middle of one, or may only be about to begin.
pub(super) fn is_at_it(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> bool {
    let fails = !stalls.failing.is_empty()
        || !stalls.failing_new.is_empty()
        || !stalls.unscheduled.is_empty()
        || !stalls.looping.is_empty()
        || !stalls.stuck.is_empty()
        || !stalls.unhealthy.is_empty();
    let Some(key) = label(round).filter(|_| !fails) else {
        return false;
    };
    let mut states = round.view.nodes.iter().filter_map(|node| value(node, key));
    let has_failed = states.clone().any(|it| it == FAILED);
    let is_amid = states.any(|it| !matches!(it, DONE | FAILED | REQUIRED));
    let skip = key.replace(STATE, SKIP);
    let skips = |node: &NodeSeen<'_>| value(node, &skip) == Some("true");
    let is_new = || {
        let made = round.current_revision_created();
        made.is_some_and(|made| round.view.now.seconds_since(made) <= BEGINS)
    };
    !has_failed && !round.outdated().any(skips) && (is_amid || is_new())
}

/// The label by which all nodes with an old pod are still to be upgraded.
fn label<'r>(round: &'r Round<'_>) -> Option<&'r str> {
    let first = round.outdated().next()?;
    let keys = labels(first).map(|(key, _)| key);
    let mut keys = keys.filter(|key| key.ends_with(STATE));
    keys.find(|key| {
        let mut outdated = round.outdated();
        outdated.all(|node| value(node, key).is_some_and(|it| !it.is_empty() && it != DONE))
    })
}

fn value<'n>(node: &NodeSeen<'n>, key: &str) -> Option<&'n str> {
    node.node?.metadata.labels.get(key)
}
