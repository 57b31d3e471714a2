//! What would help where nodes are down: to repair them, their way to the API server, and what a rollback does for
//! those that a revision took down.

use super::command::{undo_command, word};
use super::look::at_nodes;
use super::looping::of_pressure;
use super::stuck::Stuck;
use super::{Applicability, Caution, Effect, Fix, NodeRepair, Repair, RolloutRepair};
use crate::diagnosis::Diagnosis;
use crate::diagnosis::nodes_down::down_right_after;
use crate::edit::Edit;
use crate::finding::{Finding, UnhealthyNode, together_down};
use crate::health::NodeProblem;
use crate::round::Round;

/// Whether all that the next round does of a fix is on these nodes.
pub(super) fn is_all_on(fix: &Fix, silent: &[String]) -> bool {
    match &fix.effect {
        Some(
            Effect::Continues {
                nodes,
                of_others: 0,
            }
            | Effect::LeavesOut { nodes },
        ) => nodes.iter().all(|node| silent.contains(node)),
        _ => false,
    }
}

/// The way back, which does nothing yet on the nodes that the revision took down.
pub(super) fn only_once_back(mut back: Fix, stopped: Vec<String>, hung: Vec<String>) -> Fix {
    if !stopped.is_empty() {
        back.cautions.push(Caution::OnlyOnceBack { nodes: stopped });
    }
    if !hung.is_empty() {
        back.cautions.push(Caution::MayHang { nodes: hung });
    }
    back
}

/// To go back before nodes are repaired that went down right after they got the revision: they may have for it, and once they
/// are well again the rollout goes on to the next.
pub(super) fn back_before_repair(stuck: &Stuck<'_, '_>) -> Option<Fix> {
    let round = stuck.round;
    let (nodes, within) = down_right_after(round)?;
    let (revision, ..) = stuck.back()?;
    let commands = vec![undo_command(round.daemon_set(), revision)];
    let are_down = nodes
        .iter()
        .all(|node| round.has_problem(node, NodeProblem::is_down));
    let repair = Repair::Rollout(RolloutRepair::BackBeforeRepair {
        revision,
        nodes,
        within,
        are_down,
    });
    Some(Fix::outside(repair, commands))
}

/// Whether a zone is out, or nodes fell silent together, or while no controller marked them.
pub(super) fn is_outage(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::UnhealthyNodes { nodes, only_there, .. }
            if !only_there.is_empty()
                || together_down(nodes).is_some()
                || nodes.iter().any(UnhealthyNode::is_marked_late)
    )
}

/// To get the nodes back that the revision took down.
pub(super) fn nodes_that_went(nodes: Vec<String>, round: &Round<'_>) -> Option<Fix> {
    let commands = at_nodes(&nodes, round);
    (!nodes.is_empty())
        .then(|| Fix::outside(Repair::Node(NodeRepair::NodesThatWent { nodes }), commands))
}

/// The nodes whose kubelets do not answer.
pub(super) fn silent(nodes: &[UnhealthyNode]) -> Vec<String> {
    there_with(nodes, NodeProblem::is_dead)
}

/// Those where no pod ends or starts: their kubelets do not answer, or have no container runtime.
pub(super) fn stopped(nodes: &[UnhealthyNode]) -> Vec<String> {
    there_with(nodes, |it| it.is_dead() || it.is_of_runtime())
}

/// Those on which the kernel reports a process that hangs, which no signal ends.
pub(super) fn hung(nodes: &[UnhealthyNode]) -> Vec<String> {
    there_with(nodes, NodeProblem::is_hang)
}

/// Those that are not there any more.
pub(super) fn gone(nodes: &[UnhealthyNode]) -> Vec<String> {
    with_problem(nodes, |it| *it == NodeProblem::Missing)
}

/// Those that are there, and have such a problem.
fn there_with(nodes: &[UnhealthyNode], is_meant: impl Fn(&NodeProblem) -> bool) -> Vec<String> {
    let mut all = with_problem(nodes, is_meant);
    let gone = gone(nodes);
    all.retain(|node| !gone.contains(node));
    all
}

/// The nodes of a revision that fails or takes them down, with what is wrong with each.
pub(super) fn nodes_of(finding: &Finding, round: &Round<'_>) -> Vec<UnhealthyNode> {
    match finding {
        Finding::RevisionEndsNodes { nodes, .. } => nodes.clone(),
        Finding::FailingRevision { failing, .. } => {
            let seen = failing.iter().filter_map(|node| round.view.node(node));
            let with_problems = seen.map(|seen| UnhealthyNode {
                node: seen.name.to_owned(),
                problems: round.node_problems(seen),
                pod: None,
            });
            with_problems.collect()
        }
        _ => Vec::new(),
    }
}

/// The way to the API server of nodes that fell silent together.
pub(super) fn way_to_api(finding: &Finding) -> Option<Fix> {
    let Finding::UnhealthyNodes {
        nodes, only_there, ..
    } = finding
    else {
        return None;
    };
    together_down(nodes).filter(|_| only_there.is_empty())?;
    let nodes = with_problem(nodes, NodeProblem::is_dead);
    let first = word(nodes.first()?);
    let commands = vec![
        format!("ssh {first} curl -k -m 5 https://API-SERVER:6443/livez"),
        format!("ssh {first} sudo journalctl -u kubelet -n 50 --no-pager"),
    ];
    Some(Fix::outside(
        Repair::Node(NodeRepair::WayToApi { nodes }),
        commands,
    ))
}

/// Whether the nodes that a fix assumes to recover are those of which the way to the API server is told.
pub(super) fn is_way_to(fix: &Fix, fixes: &[Fix]) -> bool {
    let is_told = |node: &String| {
        fixes.iter().any(|fix| {
            matches!(
                &fix.applicability,
                Applicability::Outside { repair: Repair::Node(NodeRepair::WayToApi { nodes }) } if nodes.contains(node)
            )
        })
    };
    !fix.repaired().is_empty() && fix.edits.is_empty() && fix.repaired().iter().all(is_told)
}

/// Whether a fix is about the node.
fn is_told(node: &str, fixes: &[Fix]) -> bool {
    fixes.iter().any(|fix| match &fix.applicability {
        Applicability::IfRepaired { nodes }
        | Applicability::Outside {
            repair:
                Repair::Node(
                    NodeRepair::UnhealthyNodes { nodes }
                    | NodeRepair::NodesThatWent { nodes }
                    | NodeRepair::WayToApi { nodes }
                    | NodeRepair::Pressure { nodes, .. }
                    | NodeRepair::NodeDeletion { nodes, .. },
                ),
        } => nodes.iter().any(|it| it == node),
        _ => (fix.edits.iter())
            .any(|edit| matches!(edit, Edit::DeleteNode { node: gone } if gone == node)),
    })
}

/// To free what nodes ran short of for the revision; of those whose pods are evicted that is told with these.
pub(super) fn of_short_nodes(
    nodes: &[UnhealthyNode],
    diagnosis: &Diagnosis,
    round: &Round<'_>,
) -> Option<Fix> {
    let is_short = nodes
        .iter()
        .any(|node| node.problems.iter().any(NodeProblem::is_pressure));
    let mut findings = diagnosis.findings();
    let loops = findings.any(|it| matches!(it, Finding::Looping { .. }));
    (is_short && !loops).then(|| of_pressure(nodes, false, round))
}

/// To free what nodes are short of that should run the daemon, where no other fix is about them.
pub(super) fn of_pressed(diagnosis: &Diagnosis, fixes: &[Fix], round: &Round<'_>) -> Option<Fix> {
    let found = diagnosis.findings().filter_map(|finding| match finding {
        Finding::UnhealthyNodes { nodes, .. } => Some(nodes),
        _ => None,
    });
    let is_wanted = |name: &str| {
        let seen = round.view.node(name);
        seen.is_some_and(|seen| seen.state.counts.desired)
    };
    let pressed = found.flatten().filter(|node| {
        let mut problems = node.problems.iter();
        problems.any(NodeProblem::is_pressure)
            && !node.problems.iter().any(NodeProblem::is_dead)
            && is_wanted(&node.node)
            && !is_told(&node.node, fixes)
    });
    let nodes: Vec<UnhealthyNode> = pressed.cloned().collect();
    (!nodes.is_empty()).then(|| of_pressure(&nodes, false, round))
}

/// To repair the nodes that are down, but not for want of the pod network, where no other fix is about them.
pub(super) fn of_dead_nodes(
    diagnosis: &Diagnosis,
    fixes: &[Fix],
    round: &Round<'_>,
) -> Option<Fix> {
    let nodes = diagnosis.findings().filter_map(|finding| match finding {
        Finding::UnhealthyNodes { nodes, .. } | Finding::RevisionEndsNodes { nodes, .. } => {
            Some(nodes)
        }
        _ => None,
    });
    let dead = (nodes.flatten())
        .filter(|node| {
            node.problems
                .iter()
                .any(|it| it.is_down() && !it.is_of_network())
        })
        .filter(|node| !node.problems.contains(&NodeProblem::Missing))
        .map(|node| node.node.clone())
        .filter(|node| !is_told(node, fixes));
    let nodes: Vec<String> = dead.collect();
    (!nodes.is_empty()).then(|| of_unhealthy(nodes, round))
}

/// To repair nodes, with what leads to their trouble.
pub(super) fn of_unhealthy(nodes: Vec<String>, round: &Round<'_>) -> Fix {
    let commands = at_nodes(&nodes, round);
    Fix::outside(Repair::Node(NodeRepair::UnhealthyNodes { nodes }), commands)
}

/// Those that have a problem of this kind.
fn with_problem(nodes: &[UnhealthyNode], is_meant: impl Fn(&NodeProblem) -> bool) -> Vec<String> {
    let meant = nodes.iter().filter(|it| it.problems.iter().any(&is_meant));
    meant.map(|it| it.node.clone()).collect()
}
