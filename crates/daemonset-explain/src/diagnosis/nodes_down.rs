//! Nodes that went down soon after they got a pod of the new revision: they may have for it.

use daemonset::api::Timestamp;

use crate::cause::changes::Changes;
use crate::cause::symptoms::only_there;
use crate::evidence::CertificateRequest;
use crate::finding::{Finding, UnhealthyNode};
use crate::health::NodeProblem;
use crate::round::{NodeSeen, PodRevision, Round, staying_of};

/// A node that went down so many seconds after it got a pod may have gone down for it.
const SOON: i64 = 600;

/// That the nodes with new pods went down for them, or began to report something, as far as that can be seen.
pub(crate) fn nodes_that_went_down(round: &Round<'_>) -> Option<Finding> {
    let reports = |problem: &NodeProblem| {
        matches!(problem, NodeProblem::Condition { .. }) && problem.hinders_pods()
    };
    let reported = |seen: &NodeSeen<'_>| round.node_problems(seen).into_iter().find(reports);
    nodes_that(round, |seen| down(round, seen)).or_else(|| nodes_that(round, reported))
}

/// That all nodes with new pods have this problem since soon after they got them, and no other has.
fn nodes_that(
    round: &Round<'_>,
    problem: impl Fn(&NodeSeen<'_>) -> Option<NodeProblem>,
) -> Option<Finding> {
    let mut nodes = Vec::new();
    let mut within = 0;
    let mut well = 0;
    let came = first_new_pod(round)?;
    for seen in round
        .view
        .nodes
        .iter()
        // A node that is down is tainted, so that it should not run the daemon.
        .filter(|node| node.state.counts.desired || !node.pods.is_empty())
    {
        let down = problem(seen);
        if down
            .as_ref()
            .is_some_and(|down| is_earlier(down.since(), came))
        {
            continue;
        }
        let new = staying_of(seen, PodRevision::New).next();
        match (new, down) {
            (Some(pod), Some(down)) => {
                let created = pod.pod.metadata.creation_timestamp?;
                let after = down.since()?.seconds_since(created);
                if !(0..=SOON).contains(&after) {
                    return None;
                }
                within = within.max(after);
                nodes.push(UnhealthyNode {
                    node: seen.name.to_owned(),
                    problems: round.node_problems(seen),
                    pod: None,
                });
            }
            (None, None) if seen.runs_old() => well += 1,
            (None, None) => {}
            _ => return None,
        }
    }
    let gone: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    let is_zone = |label: &String| label.contains("/zone=");
    if nodes.len() < 2 || well == 0 || only_there(round, &gone).iter().any(is_zone) {
        return None;
    }
    let changes = Changes::of(round);
    Some(Finding::RevisionEndsNodes {
        hash: round.current_hash().map(str::to_owned),
        revision: changes.and_then(|changes| changes.revision),
        nodes,
        well,
        within,
        changes: changes.map_or_else(Vec::new, |changes| changes.told(None, "")),
    })
}

/// When the first of the pods of the new revision that are there came.
fn first_new_pod(round: &Round<'_>) -> Option<Timestamp> {
    let nodes = round.view.nodes.iter();
    let pods = nodes.flat_map(|seen| staying_of(seen, PodRevision::New));
    pods.filter_map(|pod| pod.pod.metadata.creation_timestamp)
        .min()
}

/// Whether what a node has since then is older than the revision, whose first pod came at `came`: then it says
/// nothing of it. What began shortly before has one cause with what came after, for all that is known.
fn is_earlier(since: Option<Timestamp>, came: Timestamp) -> bool {
    since.is_some_and(|since| came.seconds_since(since) > SOON)
}

/// That a node is down, where it exists and is.
fn down(round: &Round<'_>, seen: &NodeSeen<'_>) -> Option<NodeProblem> {
    let said = round.evidence.and_then(|it| it.node(seen.name));
    NodeProblem::down(seen.node?, said)
}

/// Whether the revision may be what takes nodes down, though that is not shown: all nodes that got it are down
/// since then; or several went down soon after they got it, and of the others none since it came.
pub(crate) fn may_end_nodes(round: &Round<'_>) -> bool {
    let Some(came) = first_new_pod(round) else {
        return false;
    };
    let (mut soon, mut later, mut well) = (0, 0, 0);
    let mut goes_elsewhere = false;
    for seen in &round.view.nodes {
        let down = down(round, seen);
        let new = staying_of(seen, PodRevision::New).next();
        match (down.map(|down| down.down_since()), new) {
            (None, Some(_)) => well += 1,
            (Some(since), _) if is_earlier(since, came) => {}
            (Some(since), Some(new)) => {
                let created = new.pod.metadata.creation_timestamp;
                let after = since
                    .zip(created)
                    .map(|(since, created)| since.seconds_since(created));
                match after {
                    Some(0..=SOON) => soon += 1,
                    Some(after) if after > SOON => later += 1,
                    _ => {}
                }
            }
            (Some(_), None) => goes_elsewhere |= !seen.pods.is_empty(),
            (None, None) => {}
        }
    }
    well == 0 && soon + later > 0 || soon > 1 && !goes_elsewhere
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
