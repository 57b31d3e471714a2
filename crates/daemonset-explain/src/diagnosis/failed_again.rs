//! A loop between two failed pods: the last one is gone, and events tell of it.

use std::collections::BTreeMap;

use daemonset::Action;
use daemonset::well_known::CONTROLLER_REVISION_HASH;

use super::preempted::preempted;
use super::refusal::begins_before;
use crate::cause::changes::Changes;
use crate::cause::symptoms::grouped;
use crate::evidence::{Event, Evidence, is_generated};
use crate::finding::{Finding, Symptom, UnhealthyNode};
use crate::health::{NodeProblem, PodProblem, message};
use crate::round::Round;
use crate::stall::Said;

/// So many pods that failed one after the other on a node are a loop; where that is short of something, two are.
const MANY: usize = 3;

/// The controller waits for a quarter of an hour at the longest until it replaces a failed pod: what failed before that is over.
const RECENT: i64 = 1200;

/// That pods fail one after the other on nodes that have none at the moment, as the controller's events tell.
pub(crate) fn failed_again(round: &Round<'_>) -> Option<Finding> {
    let counts = failed_on(round);
    let created = round.pod_actions().filter_map(|action| match action {
        Action::CreatePod { node, .. } => round.view.node(node),
        _ => None,
    });
    let nodes: Vec<UnhealthyNode> = created
        .filter(|seen| seen.pods.is_empty())
        .filter_map(|seen| {
            let failed = counts.get(seen.name).copied().unwrap_or(0);
            let problems = round.node_problems(seen);
            let is_short = problems.iter().any(NodeProblem::is_pressure);
            let enough = if is_short { MANY - 1 } else { MANY };
            (failed >= enough).then(|| UnhealthyNode {
                node: seen.name.to_owned(),
                problems,
                pod: None,
            })
        })
        .collect();
    // What is preempted is told as that.
    if nodes.is_empty() || preempted(round).is_some() {
        return None;
    }
    let failed = round.failed_pod_events();
    let looping = |symptoms, reasons, (revision, changes)| Finding::Looping {
        nodes: nodes.clone(),
        symptoms,
        reasons,
        failed,
        lived: None,
        left: None,
        revision,
        changes,
    };
    if let Some(said) = nodes
        .iter()
        .find_map(|node| being_deleted(round, &node.node))
    {
        let behind = Changes::shown(round).and_then(|it| it.behind(round, &said));
        let reasons = vec![said.problem.word()];
        let symptoms = grouped(round, &[said]);
        return Some(looping(symptoms, reasons, behind.unwrap_or_default()));
    }
    let Some(event) = last_words(round) else {
        let symptom =
            "the last one is gone, and no event that was given says why it failed".to_owned();
        let symptoms = vec![Symptom { symptom, pods: 1 }];
        return Some(looping(symptoms, Vec::new(), (None, Vec::new())));
    };
    let symptom = format!("{}: {}", event.reason, message::core(&event.message));
    let symptoms = vec![Symptom { symptom, pods: 1 }];
    let changes = Changes::shown(round);
    let told = changes.map_or_else(Vec::new, |it| it.told_if_quoted(&event.message));
    let revision = changes.and_then(|it| it.revision);
    let behind = (revision.filter(|_| !told.is_empty()), told);
    Some(looping(symptoms, vec![event.reason.to_string()], behind))
}

/// The failed pod of a node that is being deleted, which no round looks at any more.
fn being_deleted<'r, 'a>(round: &'r Round<'a>, node: &str) -> Option<Said<'r, 'a>> {
    let set = &round.daemon_set().metadata;
    let seen = round.view.node(node)?;
    let mut own = round
        .cluster
        .pods_controlled_by(&set.namespace, Some(&set.uid));
    own.find_map(|pod| {
        let is_meant = pod.is_terminal() && pod.spec.node_name == node;
        let mut problems = round.problems_of(pod).into_iter().filter(|_| is_meant);
        let problem = problems.find(|it| matches!(it, PodProblem::Phase { .. }))?;
        let hash = pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
        let is_new = hash.is_some() && hash == round.current_hash();
        Some(Said::new(seen, pod, problem, is_new))
    })
}

/// How many pods of the newest template failed on each node of late: `Found failed daemon pod infra/agent-x2k4d on node a,
/// will try to kill it`.
fn failed_on<'r>(round: &'r Round<'_>) -> BTreeMap<&'r str, usize> {
    let since = round.current_revision_created();
    let mut counts: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for event in round.failed_events() {
        let Some((_, rest)) = event.message.split_once(" on node ") else {
            continue;
        };
        let at = event.time();
        let is_of_it = at.zip(since).is_none_or(|(at, since)| at >= since);
        if !is_of_it || begins_before(round, event) {
            continue;
        }
        let node = rest.split([',', ' ']).next().unwrap_or_default();
        let is_recent = at.is_some_and(|at| round.view.now.seconds_since(at) <= RECENT);
        let known = counts.entry(node).or_default();
        known.0 += usize::try_from(event.count).unwrap_or(1);
        known.1 |= is_recent;
    }
    let recent = counts.into_iter().filter(|(_, (_, is_recent))| *is_recent);
    recent.map(|(node, (count, _))| (node, count)).collect()
}

/// What was said last of a pod of the set that is gone, as it failed.
fn last_words<'a>(round: &Round<'a>) -> Option<&'a Event> {
    let set = &round.daemon_set().metadata;
    let events = round.evidence.into_iter().flat_map(Evidence::all_events);
    let is_of_gone = |event: &&Event| {
        let of = &event.regarding;
        event.warning
            && &*of.kind == "Pod"
            && *of.namespace == *set.namespace
            && is_generated(&of.name, &set.name)
            && is_end(&event.reason)
            && (event.time()).is_some_and(|at| round.view.now.seconds_since(at) <= RECENT)
    };
    events.filter(is_of_gone).max_by_key(|event| event.time())
}

/// Whether a kubelet gives this as the reason for which it evicts or rejects a pod.
///
/// Source: [Node-pressure Eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/) and
/// the kubelet's admission handlers.
fn is_end(reason: &str) -> bool {
    const ENDS: [&str; 5] = [
        "Evicted",
        "SysctlForbidden",
        "UnexpectedAdmissionError",
        "NodeAffinity",
        "TopologyAffinityError",
    ];
    ENDS.contains(&reason) || reason.starts_with("OutOf") || reason.ends_with("NotSupported")
}
