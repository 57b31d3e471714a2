//! Nodes on which there are pods, and that are not among those given: gone, or only not given.

use daemonset::api::Pod;
use daemonset::round::PodInRound;

use super::failing_pods::failing_on;
use super::manager::manager_down;
use crate::evidence::Event;
use crate::finding::Finding;
use crate::round::{NodeSeen, Round};

/// So many nodes with pods do not go at once while a status of an earlier spec still counts them.
const LAGS: usize = 2;

/// One of so many nodes may just have gone, and a status counts it for some seconds more.
const ONE_OF: usize = 5;

/// The nodes with pods that are not among those given.
fn missing<'r, 'a>(round: &'r Round<'a>) -> impl Iterator<Item = &'r NodeSeen<'a>> + Clone {
    let all = round.notable();
    all.filter(|seen| seen.node.is_none() && !seen.pods.is_empty())
}

/// How many more nodes with pods the written status counts than were given: some of them should run the daemon, and some
/// keep a pod all the same. A controller that works counts all there are.
fn counted_besides(round: &Round<'_>) -> usize {
    let (written, found) = (&round.daemon_set().status, &round.view.plan.status);
    let desired = (written.desired_number_scheduled).saturating_sub(found.desired_number_scheduled);
    let misscheduled = (written.number_misscheduled).saturating_sub(found.number_misscheduled);
    usize::try_from(desired.saturating_add(misscheduled)).unwrap_or(0)
}

/// Whether the written status is of a controller that works, and of this spec: then it counts the nodes that are there.
pub(super) fn is_status_of_now(round: &Round<'_>) -> bool {
    let is_observed = round.daemon_set().status.observed_generation > 0 && !round.is_unobserved();
    is_observed && manager_down(round).is_none()
}

/// Whether the node lifecycle controller has removed the node, by its newest event about it.
fn is_removed(round: &Round<'_>, node: &str) -> bool {
    let events = round
        .evidence
        .map_or(&[][..], |it| it.events("Node", "", node));
    let comes_or_goes =
        |event: &&Event| matches!(&*event.reason, "RemovingNode" | "RegisteredNode");
    let newest = events
        .iter()
        .filter(comes_or_goes)
        .max_by_key(|event| event.time());
    newest.is_some_and(|event| &*event.reason == "RemovingNode")
}

/// Whether a node that is not among those given is known not to exist: it was removed, or the controller does not count it.
pub(crate) fn is_gone(round: &Round<'_>, seen: &NodeSeen<'_>) -> bool {
    let look = || is_status_of_now(round) && counted_besides(round) == 0;
    let counts_no_others = || *round.counts_no_others.get_or_init(look);
    seen.node.is_none() && (counts_no_others() || is_removed(round, seen.name))
}

/// Whether pods are on nodes that may well be there, and were not given.
pub(crate) fn has_unseen(round: &Round<'_>) -> bool {
    missing(round).any(|seen| !is_gone(round, seen))
}

/// Whether nodes were not given on which the set has pods: its status counts them.
pub(super) fn some_not_given(round: &Round<'_>) -> bool {
    let unknown = missing(round).filter(|seen| !is_removed(round, seen.name));
    let nodes = unknown.clone().count();
    if nodes == 0 || counted_besides(round) < nodes {
        return false;
    }
    let is_in_trouble = |seen: &NodeSeen<'_>| {
        let mut pods = seen.pods.iter();
        pods.any(|pod| pod.fact.terminating) || failing_on(round, seen).next().is_some()
    };
    let written = round.daemon_set().status.desired_number_scheduled;
    let desired = usize::try_from(written).unwrap_or(0);
    let may_just_have_gone = || {
        let are_few = nodes <= LAGS && nodes.saturating_mul(ONE_OF) <= desired;
        are_few && !unknown.clone().any(is_in_trouble)
    };
    if is_status_of_now(round) {
        !may_just_have_gone()
    } else {
        nodes > LAGS
    }
}

/// Pods on nodes that are not among those given, or meant for such.
pub(super) fn on_missing_nodes(round: &Round<'_>) -> Option<Finding> {
    let pods = || missing(round).flat_map(|seen| &seen.pods);
    let names = |is_meant: fn(&PodInRound<'_, Pod>) -> bool| -> Vec<String> {
        let meant = pods().filter(|pod| is_meant(pod));
        meant.map(|pod| pod.fact.name.to_owned()).collect()
    };
    let nodes: Vec<String> = missing(round).map(|seen| seen.name.to_owned()).collect();
    (!nodes.is_empty()).then(|| Finding::PodsOnMissingNodes {
        pods: names(|_| true),
        nodes,
        terminating: names(|pod| pod.fact.terminating),
        unbound: names(|pod| pod.fact.unbound),
        are_gone: missing(round).all(|seen| is_gone(round, seen)),
    })
}
