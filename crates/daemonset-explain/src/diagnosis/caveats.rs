//! What is amiss although no node is out: pods of another template that count as updated, crash
//! loops while up, pods where they should not be, pods of an earlier DaemonSet of the name.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Action;
use daemonset::api::Taint;
use daemonset::placement::{Obstacle, Placement};
use daemonset::revision::Version;

use crate::cause::changes::Changes;
use crate::cause::told_apart::told_apart_while_up;
use crate::evidence::ContainerState;
use crate::finding::{Finding, Goes, Misplaced, RestartingWhileUp, UnhealthyNode, new_revision};
use crate::health::{LastEnd, PodProblem, comes_with_a_condition};
use crate::round::{NodeSeen, PodRevision, Round, node_of, staying_of};
use crate::stall::{MANY_RESTARTS, STUCK_SECONDS, Said};
use crate::words::list;

/// A restart is news for so long, in seconds.
const RECENT: i64 = 3600;

/// A restart at the memory limit is news for so long, in seconds.
const RECENT_OF_A_LEAK: i64 = 24 * 3600;

/// Pods that count as updated by their generation label alone, and are of another template.
pub(crate) fn generation_only(round: &Round<'_>) -> Option<Finding> {
    let mut by_template: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pod in round.view.nodes.iter().flat_map(NodeSeen::staying) {
        if let Some(template) = round.other_template(pod) {
            let name = pod.pod.metadata.name.clone();
            by_template.entry(template).or_default().push(name);
        }
    }
    if by_template.is_empty() {
        return None;
    }
    let revisions: Vec<String> = by_template.keys().cloned().collect();
    let pods: Vec<String> = by_template.into_values().flatten().collect();
    let set = &round.daemon_set().metadata;
    let all = || round.view.nodes.iter().flat_map(|node| &node.pods);
    let current = || all().filter(|pod| pod.fact.version == Version::Current);
    let leaving = current().filter(|pod| pod.fact.terminating).count();
    let none_stays = current().count() == leaving;
    Some(Finding::GenerationOnly {
        pods,
        revisions,
        leaving: if none_stays { leaving } else { 0 },
        namespace: set.namespace.clone(),
        name: set.name.clone(),
    })
}

/// By how many times a container has to run longer than the last time to have got over what ended it.
const GOT_OVER: i64 = 10;

/// After so many seconds kubelets take a container to have got over it, and forget how long it waited before.
///
/// Source: [container restarts](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy).
const FORGOTTEN: i64 = 600;

/// So many changes of a revision are told beside pods that are up.
const MOST_CHANGES: usize = 3;

/// Pods that are up, and were started again and again until a moment ago.
///
/// One that runs so many times as long as before, and passes its readiness probe or has run for longer than kubelets
/// remember, has got over it.
pub(crate) fn restarting(round: &Round<'_>) -> Option<Finding> {
    let evidence = round.evidence?;
    let now = round.view.now;
    let (mut pods, mut nodes) = (Vec::new(), Vec::new());
    let mut worst: Option<(i32, String, Option<LastEnd>, Option<i64>)> = None;
    let (mut fewest, mut longest) = (i32::MAX, 0);
    for node in &round.view.nodes {
        for pod in node
            .staying()
            .filter(|pod| pod.fact.readiness.is_available())
        {
            let metadata = &pod.pod.metadata;
            let Some(said) = evidence.pod(&metadata.namespace, &metadata.name) else {
                continue;
            };
            let restarted = said
                .containers
                .iter()
                .filter(|it| it.restarts >= MANY_RESTARTS);
            let Some(container) = restarted.max_by_key(|container| container.restarts) else {
                continue;
            };
            let up_since = match container.state {
                ContainerState::Running { since } => since,
                _ => None,
            };
            let up = up_since.map(|since| now.seconds_since(since));
            // It is well for much longer than it ran before, by its readiness probe or by the time.
            let ran = container
                .last
                .as_deref()
                .and_then(|last| LastEnd::of(last).ran);
            let has_got_over = up
                .zip(ran)
                .is_some_and(|(up, ran)| up > GOT_OVER * (ran + 1));
            let is_forgotten = up.is_some_and(|up| up > FORGOTTEN);
            if has_got_over && (is_forgotten || has_readiness_probe(round, &container.name)) {
                continue;
            }
            // A leak takes hours to come to the limit again.
            let is_leak =
                (container.last.as_deref()).is_some_and(|last| &*last.reason == "OOMKilled");
            let recent = if is_leak { RECENT_OF_A_LEAK } else { RECENT };
            if up.is_none_or(|up| up > recent) {
                continue;
            }
            nodes.push(node.name.to_owned());
            fewest = fewest.min(container.restarts);
            longest = longest.max(up.unwrap_or(0));
            let is_worse = worst
                .as_ref()
                .is_none_or(|(restarts, ..)| container.restarts > *restarts);
            // The worst stands first, since its figures are told.
            let at = if is_worse { 0 } else { pods.len() };
            pods.insert(at, metadata.name.clone());
            if is_worse {
                let last = container.last.as_deref().map(LastEnd::of);
                worst = Some((container.restarts, container.name.to_string(), last, up));
            }
        }
    }
    let (restarts, container, last, up) = worst?;
    let has_probe = has_readiness_probe(round, &container);
    let brought = last
        .as_ref()
        .and_then(|last| brought_by(round, &pods, (&container, last, restarts)));
    Some(Finding::RestartingWhileUp(RestartingWhileUp {
        pods,
        container,
        restarts,
        last,
        longest: (fewest == restarts).then_some(longest),
        up: up.unwrap_or(0),
        has_probe,
        notes: told_apart_while_up(round, &nodes)
            .into_iter()
            .chain(brought)
            .collect(),
    }))
}

/// What the revision changed that a container is about which ends again and again, where all of these pods are of it and older
/// ones wait for it.
fn brought_by(
    round: &Round<'_>,
    pods: &[String],
    (container, last, restarts): (&str, &LastEnd, i32),
) -> Option<String> {
    let nodes = round.view.nodes.iter();
    let new = nodes.flat_map(|node| staying_of(node, PodRevision::New).map(move |pod| (node, pod)));
    let new: Vec<_> = new
        .filter(|(_, pod)| pods.iter().any(|it| it == pod.fact.name))
        .collect();
    let (node, pod) = new
        .first()
        .filter(|_| new.len() == pods.len() && round.has_outdated())?;
    let problem = PodProblem::Terminated {
        container: container.to_owned(),
        init: false,
        end: last.clone(),
        restarts,
    };
    let said = Said::new(node, pod.pod, problem, true);
    let (revision, changes) = Changes::shown(round)?.behind(round, &said)?;
    Some(format!(
        "{} changed {}",
        new_revision(revision, None),
        list(&changes, MOST_CHANGES)
    ))
}

fn has_readiness_probe(round: &Round<'_>, container: &str) -> bool {
    let template = round.daemon_set().spec.template.as_json();
    let containers = template
        .get("spec")
        .and_then(|spec| spec.get("containers")?.as_array());
    let mut containers = containers.into_iter().flatten();
    containers.any(|it| it["name"] == container && it["readinessProbe"].is_object())
}

/// Pods on nodes that should not run the daemon. Of nodes that are told to be unhealthy, the taints
/// that come with that say nothing more.
pub(crate) fn misscheduled(round: &Round<'_>, unhealthy: &[UnhealthyNode]) -> Option<Finding> {
    let deleted: BTreeSet<&str> = (round.pod_actions())
        .filter(|action| matches!(action, Action::DeletePod { .. }))
        .filter_map(node_of)
        .collect();
    let told: BTreeSet<&str> = unhealthy.iter().map(|told| told.node.as_str()).collect();
    let mut pods = Vec::new();
    let mut nodes: Vec<Misplaced> = Vec::new();
    for seen in round.notable() {
        let Some(node) = seen.node.filter(|_| !seen.state.counts.desired) else {
            continue;
        };
        let here: BTreeSet<&str> = (seen.pods.iter())
            .filter(|pod| !pod.pod.is_terminal())
            .map(|pod| pod.fact.name)
            .collect();
        if here.is_empty() {
            continue;
        }
        let Placement { obstacles, .. } = round.planner.place(node);
        let comes_with_it = |obstacle: &Obstacle| match obstacle {
            Obstacle::Taint { taint } => comes_with_a_condition(&taint.key),
            _ => false,
        };
        if told.contains(seen.name) && obstacles.iter().all(comes_with_it) {
            continue;
        }
        pods.extend(here.into_iter().map(str::to_owned));
        let may_stay = seen.verdict == Some(daemonset::placement::Verdict::KeepExisting)
            && !deleted.contains(seen.name);
        let goes = goes(round, seen).filter(|_| may_stay);
        nodes.push(Misplaced {
            node: seen.name.to_owned(),
            why: obstacles.iter().map(short).collect(),
            stays: may_stay && goes.is_none(),
            goes,
        });
    }
    (!pods.is_empty()).then_some(Finding::Misscheduled { pods, nodes })
}

/// How all pods go from a node on which they might stay.
fn goes(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<Goes> {
    let mut there = seen.pods.iter().filter(|pod| !pod.pod.is_terminal());
    if there.clone().all(|pod| pod.fact.terminating) {
        return Some(Goes::Terminating);
    }
    let is_old = there.all(|pod| pod.fact.version.is_old());
    (is_old && round.is_rolling_update()).then_some(Goes::WithTheRollout)
}

/// An obstacle in few words.
pub(crate) fn short(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Taint { taint } => {
            let taint = Taint {
                time_added: None,
                ..taint.clone()
            };
            format!("taint {taint}")
        }
        // Every node has another name.
        other => {
            let text = other.to_string();
            match text
                .find("metadata.name")
                .and_then(|at| Some(at + text[at..].find(", node has")?))
            {
                Some(end) => text[..end].to_owned(),
                None => text,
            }
        }
    }
}

/// Pods of the set that are terminating, and held by finalizers; those that are stuck are told of
/// elsewhere.
pub(crate) fn held_by_finalizers(round: &Round<'_>) -> Option<Finding> {
    let set = &round.daemon_set().metadata;
    let now = round.view.now;
    let own = (round.cluster).pods_controlled_by(&set.namespace, Some(&set.uid));
    let held = own.filter(|pod| {
        let metadata = &pod.metadata;
        let until = metadata.deletion_timestamp;
        let is_stuck = until.is_some_and(|until| now > until.plus_seconds(STUCK_SECONDS));
        let is_told = is_stuck && !pod.is_terminal() && !round.view.plan.outcome.is_idle();
        until.is_some() && !metadata.finalizers.is_empty() && !is_told
    });
    let (mut pods, mut finalizers) = (Vec::new(), BTreeSet::new());
    let mut until = None;
    for pod in held {
        let ends = pod.metadata.deletion_timestamp;
        until = until.into_iter().chain(ends).min();
        pods.push(pod.metadata.name.clone());
        finalizers.extend(pod.metadata.finalizers.iter().cloned());
    }
    pods.sort();
    let finalizers = finalizers.into_iter().collect();
    (!pods.is_empty()).then_some(Finding::HeldByFinalizers {
        pods,
        finalizers,
        until,
    })
}

/// Pods on the set's nodes whose owner is a DaemonSet of the same name and another uid.
pub(crate) fn earlier_set(round: &Round<'_>) -> Option<Finding> {
    let set = &round.daemon_set().metadata;
    if set.uid.is_empty() {
        return None;
    }
    let owner_of = |pod: &&daemonset::api::Pod| {
        pod.metadata.controller().is_some_and(|owner| {
            owner.kind == "DaemonSet" && owner.name == set.name && owner.uid != set.uid
        })
    };
    // A UID is one owner's: one of its pods tells of all. There may be very many pods of other sets.
    let owners = round.cluster.one_pod_of_each_controller(&set.namespace);
    let owners = owners
        .filter(owner_of)
        .filter_map(|pod| pod.metadata.controller());
    let of_owner = |owner: &'_ daemonset::api::OwnerReference| {
        (round.cluster)
            .pods_controlled_by(&set.namespace, Some(&owner.uid))
            .collect::<Vec<_>>()
    };
    let pods: Vec<_> = owners.flat_map(of_owner).collect();
    if pods.is_empty() {
        return None;
    }
    let terminating = pods
        .iter()
        .filter_map(|pod| pod.metadata.deletion_timestamp);
    let until = terminating.clone().max();
    let terminating = terminating.count();
    let mut names: Vec<String> = pods.iter().map(|pod| pod.metadata.name.clone()).collect();
    names.sort();
    let overdue = until.map(|until| round.view.now.seconds_since(until));
    Some(Finding::EarlierSet {
        pods: names,
        terminating,
        until,
        overdue: overdue.filter(|over| *over > STUCK_SECONDS),
    })
}
