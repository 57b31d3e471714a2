//! Nodes that went down soon after they got a pod of the new revision: they may have for it.

use std::collections::BTreeMap;

use daemonset::api::{Pod, Timestamp};

use super::given::marked_since;
use crate::cause::changes::Changes;
use crate::cause::symptoms::only_there;
use crate::evidence::{CertificateRequest, Event, Evidence, is_generated};
use crate::finding::{Finding, UnhealthyNode};
use crate::health::{NodeProblem, Pressure};
use crate::round::{NodeSeen, Round, new_of};

/// A node that went down so many seconds after it got a pod may have gone down for it.
const SOON: i64 = 600;

/// So it is of one that runs out of something: what fills a disk or takes memory takes its time.
const USES_UP: i64 = 86_400;

/// That the nodes with new pods went down for them, ran out of something, or began to report something, as far as that
/// can be seen.
pub(crate) fn nodes_that_went_down(round: &Round<'_>) -> Option<Finding> {
    nodes_that(round, SOON, |seen| Some(down(round, seen)?.since()))
        .or_else(|| {
            let mut all = Pressure::ALL.iter();
            all.find_map(|it| {
                nodes_that(round, USES_UP, |seen| {
                    Some(it.said_by(seen.node?)?.last_transition_time)
                })
            })
        })
        .or_else(|| nodes_that(round, SOON, |seen| Some(reported(round, seen)?.since())))
}

/// That a node reports a condition for which pods may fail.
fn reported(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<NodeProblem> {
    let reports = |problem: &NodeProblem| {
        matches!(problem, NodeProblem::Condition { .. }) && problem.hinders_pods()
    };
    round.node_problems(seen).into_iter().find(reports)
}

/// That all nodes with new pods have a problem since soon after they got them, and no other has; `since` tells since when a
/// node has it, if it does.
fn nodes_that(
    round: &Round<'_>,
    soon: i64,
    since: impl Fn(&NodeSeen<'_>) -> Option<Option<Timestamp>>,
) -> Option<Finding> {
    // A node that is down is tainted, so that it should not run the daemon.
    let is_meant = |node: &&NodeSeen<'_>| node.state.counts.desired || !node.pods.is_empty();
    let looked_at = round.view.nodes.iter().filter(is_meant);
    let looked_at: Vec<_> = looked_at.map(|seen| (seen, since(seen))).collect();
    if looked_at
        .iter()
        .filter(|(_, since)| since.is_some())
        .count()
        < 2
    {
        return None;
    }
    let scheduled = first_scheduled(round);
    let mut nodes = Vec::new();
    let mut after: Vec<i64> = Vec::new();
    let mut spared: Vec<i64> = Vec::new();
    let mut well = 0;
    let came = first_new_pod(round, &scheduled)?;
    for (seen, since) in looked_at {
        if soon == SOON && since.is_some_and(|since| is_earlier(since, came)) {
            continue;
        }
        match (new_of(seen), since) {
            (Some(pod), Some(since)) => {
                let lasted = since?.seconds_since(first_got(&scheduled, seen, pod.pod)?);
                if !(0..=soon).contains(&lasted) {
                    return None;
                }
                after.push(lasted);
                nodes.push(UnhealthyNode {
                    node: seen.name.to_owned(),
                    problems: problems_of(round, seen),
                    pod: None,
                });
            }
            (Some(pod), None) => {
                let created = pod.pod.metadata.creation_timestamp?;
                spared.push(round.view.now.seconds_since(created));
            }
            (None, None) if seen.runs_old() => well += 1,
            (None, None) => {}
            (None, Some(_)) => return None,
        }
    }
    // On those that got it last it may be still to come.
    let soonest = after.iter().min().copied()?;
    if spared.iter().any(|age| *age >= soonest) {
        return None;
    }
    let gone: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    let is_zone = |label: &String| label.contains("/zone=");
    if nodes.len() < 2 || well == 0 || only_there(round, &gone).iter().any(is_zone) {
        return None;
    }
    let changes = Changes::shown(round);
    Some(Finding::RevisionEndsNodes {
        hash: round.current_hash().map(str::to_owned),
        revision: changes.and_then(|changes| changes.revision),
        nodes,
        last: spared.len(),
        well,
        within: after.iter().max().copied().unwrap_or(soonest),
        changes: changes.map_or_else(Vec::new, |changes| changes.told(None, "")),
    })
}

/// When the first node got a pod of the new revision.
fn first_new_pod(round: &Round<'_>, scheduled: &Scheduled<'_>) -> Option<Timestamp> {
    let nodes = round.view.nodes.iter();
    let pods = nodes.filter_map(|seen| Some((seen, new_of(seen)?)));
    pods.filter_map(|(seen, pod)| first_got(scheduled, seen, pod.pod))
        .min()
}

/// What is wrong with a node; of one that is gone, that it fell silent before.
fn problems_of(round: &Round<'_>, seen: &NodeSeen<'_>) -> Vec<NodeProblem> {
    let mut problems = round.node_problems(seen);
    if seen.node.is_none() {
        problems.splice(0..0, down(round, seen));
    }
    problems
}

/// Whether what a node has since then is older than the revision, whose first pod came at `came`: then it says
/// nothing of it. What began shortly before has one cause with what came after, for all that is known.
fn is_earlier(since: Option<Timestamp>, came: Timestamp) -> bool {
    since.is_some_and(|since| came.seconds_since(since) > SOON)
}

/// When each node was first given a pod of the set, as the scheduler's events since the revision was made tell.
type Scheduled<'a> = BTreeMap<&'a str, Timestamp>;

fn first_scheduled<'a>(round: &Round<'a>) -> Scheduled<'a> {
    let mut first = Scheduled::new();
    let Some(begun) = round.current_revision_created() else {
        return first;
    };
    let set = &round.daemon_set().metadata;
    let events = round.evidence.into_iter().flat_map(Evidence::all_events);
    let is_own = |event: &&Event| {
        let of = &event.regarding;
        &*event.reason == "Scheduled"
            && &*of.kind == "Pod"
            && *of.namespace == *set.namespace
            && is_generated(&of.name, &set.name)
    };
    for event in events.filter(is_own) {
        let node = event.message.split_whitespace().next_back();
        let at = event.time().filter(|at| *at > begun);
        if let Some((node, at)) = node.zip(at) {
            let known = first.entry(node).or_insert(at);
            *known = at.min(*known);
        }
    }
    first
}

/// When a node got its first pod of the revision: those before the one that is there may be gone, and only the scheduler's
/// events tell of them.
fn first_got(scheduled: &Scheduled<'_>, seen: &NodeSeen<'_>, pod: &Pod) -> Option<Timestamp> {
    let created = pod.metadata.creation_timestamp?;
    let first = scheduled.get(seen.name).copied();
    Some(first.map_or(created, |first| first.min(created)))
}

/// That a node is down. One that is gone was down before, where a pod of it is marked for that.
fn down(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<NodeProblem> {
    let said = round.evidence.and_then(|it| it.node(seen.name));
    let Some(node) = seen.node else {
        let pods = seen.pods.iter().map(|pod| pod.pod);
        let since = pods.filter_map(|pod| marked_since(round, pod)).min()?;
        // Whether it still answered, its pods do not tell.
        return Some(NodeProblem::NotReady {
            since: Some(since),
            message: String::new(),
        });
    };
    NodeProblem::down(node, said)
}

/// The nodes that are down or report something, by since when, and those that are well.
#[derive(Default)]
struct Since {
    /// Those that are so since right after they got the newest revision, with how many seconds after.
    soon: Vec<(String, i64)>,
    /// How many with the newest revision are so since later.
    later: usize,
    /// How many with the newest revision are well.
    well: usize,
    /// Whether one with an older pod is so too.
    goes_elsewhere: bool,
}

/// That a node is down, or reports something.
fn unwell(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<NodeProblem> {
    down(round, seen).or_else(|| reported(round, seen))
}

impl Since {
    fn of(round: &Round<'_>) -> Option<Self> {
        let mut nodes = round.view.nodes.iter();
        if nodes.all(|seen| unwell(round, seen).is_none()) {
            return None;
        }
        let came = first_new_pod(round, &first_scheduled(round))?;
        let mut all = Self::default();
        for seen in &round.view.nodes {
            let since = unwell(round, seen).map(|it| it.since());
            match (since, new_of(seen)) {
                // How a node was that is gone, nothing tells.
                (None, Some(_)) if seen.node.is_none() => {}
                (None, Some(_)) => all.well += 1,
                (Some(since), _) if is_earlier(since, came) => {}
                (Some(since), Some(new)) => {
                    let created = new.pod.metadata.creation_timestamp;
                    let after = since
                        .zip(created)
                        .map(|(since, created)| since.seconds_since(created));
                    match after {
                        Some(after @ 0..=SOON) => all.soon.push((seen.name.to_owned(), after)),
                        Some(after) if after > SOON => all.later += 1,
                        _ => {}
                    }
                }
                (Some(_), None) => all.goes_elsewhere |= !seen.pods.is_empty(),
                (None, None) => {}
            }
        }
        Some(all)
    }

    fn may_be_for_it(&self) -> bool {
        let soon = self.soon.len();
        self.well == 0 && soon + self.later > 0 || soon > 1 && !self.goes_elsewhere
    }
}

/// Whether the revision may be what takes nodes down, though that is not shown: all nodes that got it are down
/// since then; or several went down soon after they got it, and of the others none since it came.
pub(crate) fn may_end_nodes(round: &Round<'_>) -> bool {
    Since::of(round).is_some_and(|it| it.may_be_for_it())
}

/// The nodes that went down, or began to report something, right after they got the revision, and within how many seconds of
/// that, where no node that got it is well; not those that someone takes down on purpose.
pub(crate) fn down_right_after(round: &Round<'_>) -> Option<(Vec<String>, i64)> {
    let mut soon = Since::of(round).filter(|it| it.well == 0)?.soon;
    let is_known = |problem: &NodeProblem| {
        problem.is_in_work()
            || problem.is_shutdown()
            || matches!(
                problem,
                NodeProblem::MachineOff | NodeProblem::Terminating { .. }
            )
    };
    soon.retain(|(node, _)| {
        let seen = round.view.node(node);
        seen.is_some_and(|seen| !round.node_problems(seen).iter().any(is_known))
    });
    let within = soon.iter().map(|(_, after)| *after).max()?;
    Some((soon.into_iter().map(|(node, _)| node).collect(), within))
}

/// That kubelets wait for certificates, where one is silent.
pub(crate) fn certificates(round: &Round<'_>) -> Option<Finding> {
    let mut requests: Vec<&CertificateRequest> = round.evidence?.certificate_requests().collect();
    requests.sort_by(|a, b| (b.created, &b.name).cmp(&(a.created, &a.name)));
    let mut nodes = round.notable();
    let mut is_silent =
        || nodes.any(|node| round.node_problems(node).iter().any(NodeProblem::is_dead));
    (!requests.is_empty() && is_silent()).then(|| Finding::CertificatesPending {
        since: requests.iter().filter_map(|it| it.created).min(),
        requests: requests.iter().map(|it| it.name.to_string()).collect(),
    })
}
