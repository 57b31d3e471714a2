//! What is found of pods that fail or wait for a place, and of unhealthy nodes.

use std::collections::BTreeSet;

use daemonset::well_known::CONTROLLER_REVISION_HASH;

use super::missing_nodes::is_gone;
use crate::cause::blame::blame;
use crate::cause::changes::Changes;
use crate::cause::ports::port_held_there;
use crate::cause::symptoms::{grouped, names, notes, only_there};
use crate::cause::told_apart::{
    devices_elsewhere, ready_since, rebooted, started_apart, told_apart, told_apart_of_all,
};
use crate::finding::{Blame, Finding, UnhealthyNode};
use crate::health::{NodeProblem, PodProblem};
use crate::round::Round;
use crate::signs::outside::is_from_outside;
use crate::signs::quoted::{of_platform, words};
use crate::stall::{Said, Stalls};
use crate::words::agree;

/// What is found of failing and of unscheduled pods.
pub(super) fn failing<'r, 'a>(round: &'r Round<'a>, stalls: &Stalls<'r, 'a>) -> Vec<Finding> {
    let is_none = stalls.failing_new.is_empty()
        && stalls.failed_on_gone.is_empty()
        && stalls.unscheduled.is_empty();
    let changes = if is_none { None } else { Changes::shown(round) };
    let old: Vec<&Said<'_, '_>> = (stalls.failing.iter())
        .chain(&stalls.failing_leaving)
        .filter(|said| !said.is_new)
        .collect();
    let available = round.available_updated();
    // What nodes share explains nothing that is told to be about something else.
    let shared = |nodes: &[String], blame: Option<&Blame>| match blame {
        Some(blame) if blame.is_elsewhere() => Vec::new(),
        _ => only_there(round, nodes),
    };
    let (waiting_new, waiting_old): (Vec<_>, Vec<_>) =
        stalls.unscheduled.iter().cloned().partition(|it| it.is_new);
    let (of_failing, new) = of_new(round, stalls, &old, changes);
    let old_waiting: Vec<&Said<'_, '_>> = waiting_old.iter().collect();
    let of_waiting = blame(round, &waiting_new, &old_waiting, changes);
    let mut all = Vec::new();
    let fails = of_failing.as_ref().is_some_and(Blame::is_revision);
    let waits = of_waiting == Some(Blame::Changed) && waiting_new.len() > available;
    let mut blamed: Vec<Said<'_, '_>> = Vec::new();
    if fails {
        blamed.extend(new.iter().cloned());
    }
    if waits {
        blamed.extend(waiting_new.iter().cloned());
    }
    let of = if fails { &of_failing } else { &of_waiting };
    all.extend(failing_revision(round, &blamed, of.as_ref(), changes));
    let mut failing: Vec<Said<'_, '_>> = stalls.failing.clone();
    if round.view.plan.status.number_available == 0 {
        // Nothing is left: then those that leave are news too.
        failing.extend(stalls.failing_leaving.iter().cloned());
    }
    if !fails {
        failing.extend(stalls.failing_new.iter().cloned());
    }
    failing.sort_by_key(|said| said.node.name);
    if !failing.is_empty() {
        let may_be = matches!(of_failing, Some(Blame::OneNode | Blame::ByItsWords));
        let told = changes
            .filter(|_| may_be)
            .map_or_else(Vec::new, |it| it.told(None, ""));
        let told = match stalls.failing_new.first() {
            Some(first) if of_failing == Some(Blame::RunsElsewhere) => {
                in_flight(round, first, changes).unwrap_or(told)
            }
            _ => told,
        };
        let nodes = names(&failing);
        let only_there = shared(&nodes, of_failing.as_ref());
        let is_started_anew = matches!(of_failing, Some(Blame::RanBefore { .. }))
            && nodes.iter().all(|node| rebooted(round, node).is_some());
        let may_be = is_started_anew || Blame::may_be_the_node(of_failing.as_ref());
        let apart = of_nodes(
            round,
            &failing,
            of_failing.as_ref(),
            may_be && only_there.is_empty(),
        );
        let devices = may_be.then(|| devices_elsewhere(round, &nodes));
        let runs_elsewhere = of_failing == Some(Blame::RunsElsewhere);
        let held = changes
            .filter(|_| runs_elsewhere && failing.iter().all(|said| said.is_new))
            .map(|changes| port_held_there(round, &failing, changes));
        let started = runs_elsewhere
            .then(|| started_apart(round, &stalls.failing_new))
            .flatten();
        // Those run another template.
        let is_other = matches!(of_failing, Some(Blame::OtherTemplate { .. }));
        all.push(Finding::FailingPods {
            symptoms: grouped(round, &failing),
            available: if is_other { 0 } else { available },
            only_there,
            blame: of_failing.filter(|_| !fails),
            changes: told,
            notes: (fails
                .then(|| of_older(round, &failing))
                .flatten()
                .into_iter())
            .chain(before_silence(round, &failing))
            .chain(notes(round, &failing, changes))
            .chain(held.flatten())
            .chain(started.map(|it| it.to_string()))
            .chain(apart)
            .chain(devices.flatten())
            .collect(),
            nodes,
        });
    }
    let mut unscheduled: Vec<Said<'_, '_>> = waiting_old;
    if !waits {
        unscheduled.extend(waiting_new);
    }
    all.extend(of_unscheduled(round, unscheduled, changes));
    all
}

/// What the nodes are of pods that fail, and since when they are ready, where others are not and that may be why: where both
/// revisions fail alike too, but by the words of what is outside.
fn of_nodes(
    round: &Round<'_>,
    failing: &[Said<'_, '_>],
    blame: Option<&Blame>,
    may_be: bool,
) -> Vec<String> {
    let nodes = names(failing);
    // Where the words are of the machine, it is told with them.
    let of_machine = |said: &Said<'_, '_>| of_platform(round, said, nodes.len()).is_some();
    if failing.iter().any(of_machine) {
        return Vec::new();
    }
    let is_outside = |said: &Said<'_, '_>| is_from_outside(round, &words(round, said));
    let are_alike =
        matches!(blame, Some(Blame::OldFailAlike { .. })) && !failing.iter().any(is_outside);
    let apart = match (may_be, are_alike) {
        (true, _) => told_apart(round, &nodes),
        (_, true) => told_apart_of_all(round, &nodes),
        _ => return Vec::new(),
    };
    // That they were rebooted is told then.
    let is_told = matches!(blame, Some(Blame::RanBefore { .. }));
    let ready = ready_since(round, &nodes).filter(|_| !is_told);
    apart.into_iter().chain(ready).collect()
}

/// Who is to blame for the failing pods of the new revision, and these pods: those that failed on nodes that are gone among
/// them where with these it is the revision.
fn of_new<'r, 'a>(
    round: &'r Round<'a>,
    stalls: &Stalls<'r, 'a>,
    old: &[&Said<'r, 'a>],
    changes: Option<&Changes>,
) -> (Option<Blame>, Vec<Said<'r, 'a>>) {
    let mut new = stalls.failing_new.clone();
    if !stalls.failed_on_gone.is_empty() {
        new.extend(stalls.failed_on_gone.iter().cloned());
        let by_all = blame(round, &new, old, changes).filter(Blame::is_revision);
        if by_all.is_some() {
            return (by_all, new);
        }
        new.truncate(stalls.failing_new.len());
    }
    (blame(round, &new, old, changes), new)
}

/// That the revision is to blame for these pods, if there are any.
fn failing_revision(
    round: &Round<'_>,
    blamed: &[Said<'_, '_>],
    of: Option<&Blame>,
    changes: Option<&Changes>,
) -> Option<Finding> {
    let first = blamed.first()?;
    let told = changes.map_or_else(Vec::new, |it| it.told_of(round, first));
    let came = matches!(of, Some(Blame::CameToNodes { .. }));
    let told = match changes.filter(|_| came) {
        Some(changes) => changes.placement_first(told),
        None => told,
    };
    Some(Finding::FailingRevision {
        hash: round.current_hash().map(str::to_owned),
        revision: changes.and_then(|changes| changes.revision),
        failing: names(blamed),
        symptoms: grouped(round, blamed),
        available: round.available_updated(),
        old_available: round.nodes_with_available_old(),
        blame: of.cloned().unwrap_or(Blame::Changed),
        changes: told,
        notes: (before_silence(round, blamed).into_iter())
            .chain(notes(round, blamed, changes))
            .chain(of.into_iter().filter_map(Blame::of_kind))
            .collect(),
    })
}

/// What the revision changed, where its rollout goes on, or where it is what a pod wants for that runs elsewhere: it may need
/// both, what the revision brought and a node that does not take it.
fn in_flight(
    round: &Round<'_>,
    first: &Said<'_, '_>,
    changes: Option<&Changes>,
) -> Option<Vec<String>> {
    let changes = changes.filter(|changes| {
        let is_wanted = || matches!(first.problem, PodProblem::NotSetUp { .. });
        round.has_outdated() || is_wanted() && changes.explain(round, first)
    });
    let killed = (first.problem.last_end()).is_some_and(|end| end.reason == "OOMKilled");
    // The limit at which it was killed is told with that.
    let is_told = |change: &String| killed && change.contains(".resources.limits[memory]");
    let mut told = changes?.told_of(round, first);
    told.retain(|change| !is_told(change));
    Some(told)
}

/// Of so many nodes it is told that they have fallen silent since.
const MOST_SILENT: usize = 3;

/// That pods failed before their nodes fell silent, or were deleted.
fn before_silence(round: &Round<'_>, said: &[Said<'_, '_>]) -> Vec<String> {
    let of = |one: &Said<'_, '_>| {
        let node = one.node.name;
        let problems = round.node_problems(one.node);
        match problems.iter().find(|it| it.is_dead())? {
            NodeProblem::Missing if is_gone(round, one.node) => {
                Some(format!("that was before {node} was deleted"))
            }
            NodeProblem::Unreachable {
                since: Some(since), ..
            } => Some(format!(
                "that was before {node} fell silent (marked at {since})"
            )),
            NodeProblem::Unreachable { .. } => Some(format!("that was before {node} fell silent")),
            _ => None,
        }
    };
    said.iter().filter_map(of).take(MOST_SILENT).collect()
}

/// What is found of pods that are not scheduled.
pub(super) fn of_unscheduled(
    round: &Round<'_>,
    mut unscheduled: Vec<Said<'_, '_>>,
    changes: Option<&Changes>,
) -> Option<Finding> {
    unscheduled.sort_by_key(|said| said.node.name);
    let first = unscheduled.first()?;
    let explained = changes.filter(|it| !it.explaining(&first.problem).is_empty());
    let told = explained.map_or_else(Vec::new, |it| it.told_of(round, first));
    let mut symptoms = grouped(round, &unscheduled);
    symptoms.retain(|said| !said.symptom.is_empty());
    Some(Finding::UnscheduledPods {
        nodes: names(&unscheduled),
        symptoms,
        only_there: only_there(round, &names(&unscheduled)),
        changes: told,
        notes: notes(round, &unscheduled, changes),
    })
}

/// That pods are of an older revision, where all of them are, beside those of the one that fails.
fn of_older(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<String> {
    if failing.iter().any(|said| said.is_new) {
        return None;
    }
    let hashes =
        (failing.iter()).map(|said| said.pod.metadata.labels.get(CONTROLLER_REVISION_HASH));
    let hashes: BTreeSet<Option<&str>> = hashes.collect();
    let old = round.planner.old_revisions();
    let number = match hashes.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(hash)] => old.iter().find(|it| it.hash == *hash),
        _ => None,
    };
    let which = number.map_or_else(
        || "an older revision".to_owned(),
        |it| format!("revision {}", it.revision),
    );
    Some(format!(
        "{} of {which}",
        agree(failing.len(), "it is", "they are")
    ))
}

/// What is found of unhealthy nodes, without those that are told of otherwise.
pub(super) fn unhealthy(
    round: &Round<'_>,
    stalls: &Stalls<'_, '_>,
    without: &BTreeSet<String>,
) -> Option<Finding> {
    let all = stalls.unhealthy.iter();
    let mut nodes: Vec<UnhealthyNode> = all
        .filter(|node| !without.contains(&node.node))
        // Told of their pods.
        .filter(|node| !node.problems.contains(&NodeProblem::Missing))
        .cloned()
        .collect();
    let on_host = round.daemon_set().spec.template.spec().host_network;
    // Of a pod network, a pod on the network of its node needs none: it may be what sets that up.
    let hinders =
        |problem: &NodeProblem| problem.hinders_pods() && !(on_host && problem.is_of_network());
    // A pod that starts on such a node may not get far, and one that was ready is not for it.
    let Stalls {
        starting, unready, ..
    } = stalls;
    let passing = starting.iter().chain(unready);
    for name in passing.filter(|name| !without.contains(*name)) {
        let seen = round.view.node(name);
        let problems = seen.map_or_else(Vec::new, |seen| round.node_problems(seen));
        if problems.iter().any(hinders) {
            nodes.push(UnhealthyNode {
                node: name.clone(),
                problems,
                pod: None,
            });
        }
    }
    if nodes.is_empty() {
        return None;
    }
    let gone: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    let mut labels = only_there(round, &gone);
    labels.retain(|label| label.contains("/zone=") || label.contains("/region="));
    let is_wanted = |node: &&UnhealthyNode| {
        let seen = round.view.node(&node.node);
        seen.is_some_and(|seen| seen.state.counts.desired)
    };
    let wanted = nodes.iter().filter(is_wanted).count();
    Some(Finding::UnhealthyNodes {
        besides: nodes.len() - wanted,
        nodes,
        only_there: labels,
    })
}
