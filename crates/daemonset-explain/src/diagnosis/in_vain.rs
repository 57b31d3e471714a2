//! What goes on in vain: pods that fail as fast as they are made, and deletions that do not end.

use std::collections::BTreeSet;

use crate::cause::changes::Changes;
use crate::cause::symptoms::grouped;
use crate::finding::{Finding, HeldPod, UnhealthyNode};
use crate::health::{NodeProblem, PodProblem, events};
use crate::round::Round;
use crate::stall::{STUCK_SECONDS, Said, Stalls, stuck};

/// Pods that are rejected or evicted as fast as they are made, and whether the revision changed what
/// for.
pub(crate) fn looping(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Finding> {
    let said: Vec<Said<'_, '_>> = stalls
        .looping
        .iter()
        .map(|(said, _)| said.clone())
        .collect();
    if said.is_empty() {
        return None;
    }
    let nodes = stalls.looping.iter().map(|(said, problems)| UnhealthyNode {
        node: said.node.name.to_owned(),
        problems: problems.clone(),
        pod: None,
    });
    let new = said.iter().find(|said| said.is_new);
    let changes = new.and_then(|new| Changes::shown(round)?.behind(round, new));
    let (revision, changes) = changes.unwrap_or_default();
    Some(Finding::Looping {
        nodes: nodes.collect(),
        symptoms: grouped(round, &said),
        reasons: (said.iter().map(|said| said.problem.word()))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        // Of those that are there now no event tells yet.
        failed: round.failed_pod_events() + said.len(),
        lived: said.iter().map(|said| lived(round, said)).min().flatten(),
        revision,
        changes,
    })
}

/// A pod that was there for so many seconds did not fail as it was created.
const LIVED: i64 = 300;

/// For how long a pod was there before it failed, by the newest time that its conditions or events tell; nothing where
/// that is no time at all.
fn lived(round: &Round<'_>, said: &Said<'_, '_>) -> Option<i64> {
    let created = said.pod.metadata.creation_timestamp?;
    let conditions = &said.pod.status.conditions;
    let events = round
        .events_of(said.pod)
        .iter()
        .filter_map(|event| event.last);
    let times = conditions.iter().filter_map(|it| it.last_transition_time);
    let ended = times.chain(events).max()?;
    let lived = ended.seconds_since(created);
    (lived >= LIVED).then_some(lived)
}

/// Pods that are terminating for longer than their grace period.
pub(crate) fn stuck_terminating(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Option<Finding> {
    if stalls.stuck.is_empty() {
        return None;
    }
    let now = round.view.now;
    let pods = || stalls.stuck.iter().flat_map(|node| stuck(node, now));
    let finalizers: BTreeSet<_> = pods()
        .flat_map(|pod| pod.metadata.finalizers.iter().cloned())
        .collect();
    let over = pods().filter_map(|pod| pod.metadata.deletion_timestamp);
    let over = over.map(|until| now.seconds_since(until)).max();
    let mut said = pods().filter_map(|pod| {
        let terminating = PodProblem::Terminating {
            until: pod.metadata.deletion_timestamp?,
            finalizers: Vec::new(),
        };
        events::told(&terminating, round.events_of(pod))
    });
    Some(Finding::StuckTerminating {
        nodes: (stalls.stuck.iter())
            .map(|node| node.name.to_owned())
            .collect(),
        notes: (said.next().into_iter())
            .chain(of_network_volume(round))
            .collect(),
        pods: pods().map(|pod| pod.metadata.name.clone()).collect(),
        finalizers: finalizers.into_iter().collect(),
        over: over.unwrap_or(0),
    })
}

/// The server of a volume whose processes cannot be ended while it does not answer.
fn of_network_volume(round: &Round<'_>) -> Option<String> {
    let spec = round.daemon_set().spec.template.spec_as_json();
    let nfs = spec["volumes"].as_array()?.iter().find_map(|volume| {
        let nfs = &volume["nfs"];
        Some(format!(
            "{}:{}",
            nfs["server"].as_str()?,
            nfs["path"].as_str()?
        ))
    })?;
    Some(format!(
        "it mounts {nfs} by NFS: while that server does not answer, a process that waits for it cannot be ended"
    ))
}

/// The finalizer of an object that waits for those that it owns.
///
/// Source: [Foreground cascading deletion](https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion).
const FOREGROUND: &str = "foregroundDeletion";

/// That the set is being deleted, and what holds it.
pub(crate) fn deleting(round: &Round<'_>) -> Finding {
    let set = &round.daemon_set().metadata;
    let pods = (round.cluster).pods_controlled_by(&set.namespace, Some(&set.uid));
    let staying = pods.filter(|pod| !pod.metadata.is_terminating() && !pod.is_terminal());
    Finding::Deleting {
        finalizers: set.finalizers.to_vec(),
        held: held_pods(round),
        since: set.deletion_timestamp,
        pods: staying.count(),
    }
}

/// The pods that do not go of a set that is being deleted and waits for them.
fn held_pods(round: &Round<'_>) -> Vec<HeldPod> {
    let set = &round.daemon_set().metadata;
    if !set.finalizers.iter().any(|it| it == FOREGROUND) {
        return Vec::new();
    }
    let pods = round
        .cluster
        .pods_controlled_by(&set.namespace, Some(&set.uid));
    let held = pods.filter_map(|pod| {
        let until = pod.metadata.deletion_timestamp?;
        let over = round.view.now.seconds_since(until);
        (over > STUCK_SECONDS).then(|| HeldPod {
            pod: pod.metadata.name.clone(),
            node: pod.spec.node_name.clone(),
            finalizers: pod.metadata.finalizers.to_vec(),
            over,
            node_is: dead(round, &pod.spec.node_name),
        })
    });
    held.collect()
}

/// What is wrong with a node whose kubelet does not answer.
fn dead(round: &Round<'_>, node: &str) -> Option<NodeProblem> {
    let said = round.evidence.and_then(|evidence| evidence.node(node));
    let problems = match round.cluster.node(node) {
        Some(node) => NodeProblem::of(node, said),
        None => vec![NodeProblem::Missing],
    };
    problems.into_iter().find(NodeProblem::is_dead)
}
