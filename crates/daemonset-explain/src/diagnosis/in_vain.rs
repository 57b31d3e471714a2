//! What goes on in vain: pods that fail as fast as they are made, and deletions that do not end.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::Pod;

use daemonset::api::Timestamp;

use super::failed_on::Failed;
use crate::cause::changes::Changes;
use crate::cause::symptoms::grouped;
use crate::finding::{Finding, HeldPod, UnhealthyNode};
use crate::health::{NodeProblem, PodProblem};
use crate::round::Round;
use crate::stall::{STUCK_SECONDS, Said, Stalls, stuck, unended};

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
    let all = Failed::of(round, said.iter().map(|said| said.pod));
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
        failed: all.count(),
        failed_on: all.nodes(),
        running: all.running(round),
        lived: said.iter().map(|said| lived(round, said)).min().flatten(),
        left: said.iter().map(|said| left(round, said)).min().flatten(),
        revision,
        changes,
    })
}

/// A pod that was there for so many seconds did not fail as it was created.
const LIVED: i64 = 300;

/// For how long a pod was there before it failed; nothing where that is no time at all.
fn lived(round: &Round<'_>, said: &Said<'_, '_>) -> Option<i64> {
    let created = said.pod.metadata.creation_timestamp?;
    let lived = ended(round, said)?.seconds_since(created);
    (lived >= LIVED).then_some(lived)
}

/// When a pod failed, by the newest time that its conditions or events tell.
fn ended(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Timestamp> {
    let conditions = &said.pod.status.conditions;
    let events = round
        .events_of(said.pod)
        .iter()
        .filter_map(|event| event.last);
    let times = conditions.iter().filter_map(|it| it.last_transition_time);
    times.chain(events).max()
}

/// The controller deletes a failed pod within its longest back-off, a quarter of an hour: one that has been there for longer,
/// in seconds, and a few minutes more, it leaves.
const LEFT: i64 = 1200;

/// For how long a failed pod has been left where it is; nothing where the controller may yet delete it.
fn left(round: &Round<'_>, said: &Said<'_, '_>) -> Option<i64> {
    // What a kubelet rejects has failed as it was created.
    let rejected = || {
        let is_rejected = |problem: &PodProblem| {
            matches!(problem, PodProblem::Phase { reason, message, .. }
                if reason != "Evicted" || message.contains("was rejected"))
        };
        let created = said.pod.metadata.creation_timestamp;
        created.filter(|_| is_rejected(&said.problem))
    };
    let ended = ended(round, said).or_else(rejected)?;
    let left = round.view.now.seconds_since(ended);
    (left > LEFT).then_some(left)
}

/// Pods that are terminating for longer than their grace period; those that hang for different reasons apart.
pub(crate) fn stuck_terminating(round: &Round<'_>, stalls: &Stalls<'_, '_>) -> Vec<Finding> {
    let now = round.view.now;
    let mut groups: BTreeMap<(Vec<&str>, bool), Vec<Hanging<'_>>> = BTreeMap::new();
    for node in &stalls.stuck {
        for pod in stuck(node, now) {
            let said = unended(round, pod);
            let finalizers = pod.metadata.finalizers.iter().map(String::as_str);
            let finalizers: BTreeSet<&str> = finalizers.collect();
            let runs = finalizers.is_empty() || said.is_some();
            let group = (finalizers.into_iter().collect(), runs);
            let node = node.name;
            groups
                .entry(group)
                .or_default()
                .push(Hanging { node, pod, said });
        }
    }
    let findings = groups.into_iter().map(|((finalizers, runs), pods)| {
        let over = pods
            .iter()
            .filter_map(|it| it.pod.metadata.deletion_timestamp);
        let over = over.map(|until| now.seconds_since(until)).max();
        let telling = pods.iter().find(|it| it.said.is_some());
        let said = telling.and_then(|it| {
            let said = it.said.as_ref()?;
            Some(match pods.as_slice() {
                [_] => said.clone(),
                _ => format!("pod {}: {said}", it.pod.metadata.name),
            })
        });
        let nodes: BTreeSet<&str> = pods.iter().map(|it| it.node).collect();
        Finding::StuckTerminating {
            nodes: nodes.into_iter().map(str::to_owned).collect(),
            notes: (said.into_iter())
                .chain(of_network_volume(round).filter(|_| runs))
                .collect(),
            pods: pods.iter().map(|it| it.pod.metadata.name.clone()).collect(),
            finalizers: finalizers.into_iter().map(str::to_owned).collect(),
            runs,
            over: over.unwrap_or(0),
        }
    });
    findings.collect()
}

/// A pod that hangs in its termination.
struct Hanging<'r> {
    node: &'r str,
    pod: &'r Pod,
    /// What its kubelet says.
    said: Option<String>,
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
