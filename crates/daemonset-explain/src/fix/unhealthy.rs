//! What would help where nodes are unhealthy or pods stay terminating.

use std::collections::BTreeSet;

use daemonset::api::{Pod, Timestamp};

use super::command::{commands, debug_node_as_root, pods_like, word};
use super::dead_nodes::of_unhealthy;
use super::finalizers::removed_by;
use super::look::{MOST_NODES, at_kubelets, at_nodes};
use super::stuck::Stuck;
use super::{Caution, Fix, NodeRepair, Repair, minimal};
use crate::edit::Edit;
use crate::edit::edited::Step;
use crate::finding::HeldPod;
use crate::health::NodeProblem;
use crate::round::{NodeSeen, Round};
use crate::stall::{Stall, stuck, unended};

/// How many nodes and pods a fix may remove; beyond them it is no small edit.
const MOST_REMOVED: usize = 16;

/// What becomes of an unhealthy node.
#[derive(Clone, Copy)]
pub(super) enum Unhealthy {
    Repaired,
    Deleted,
}

impl Stuck<'_, '_> {
    /// The fewest nodes to repair or delete, and pods to remove, that get it moving.
    pub(super) fn nodes_and_pods(&mut self, unhealthy: Unhealthy) -> Option<Fix> {
        let round = self.round;
        let stalls = self.stalls();
        // Where its pod failed before, it does so again once the node is well, and so may the next without the node.
        let failed: BTreeSet<&str> = stalls.all_failing().map(|said| said.node.name).collect();
        let is_unhealthy = |(node, stall): &(&NodeSeen<'_>, &Stall)| {
            let Stall::UnhealthyNode(problems) = stall else {
                return false;
            };
            if failed.contains(node.name) {
                return false;
            }
            if (problems.iter()).any(|it| matches!(it, NodeProblem::Terminating { .. })) {
                return false;
            }
            let may_go = match unhealthy {
                Unhealthy::Repaired => true,
                Unhealthy::Deleted => {
                    problems.iter().any(NodeProblem::is_dead)
                        && !problems.iter().any(NodeProblem::is_in_work)
                        && !problems.iter().any(|it| is_news(it, round.view.now))
                }
            };
            node.node.is_some() && may_go
        };
        let nodes = round.stalled_nodes().filter(is_unhealthy);
        let nodes = nodes.take(MOST_REMOVED).map(|(node, _)| {
            let node = node.name.to_owned();
            match unhealthy {
                Unhealthy::Repaired => Step::Repair { node },
                Unhealthy::Deleted => Step::Edit(Edit::DeleteNode { node }),
            }
        });
        let mut steps: Vec<_> = nodes.collect();
        let room = MOST_REMOVED - steps.len();
        steps.extend(stuck_pods(round).take(room).map(Step::Edit));
        let fewest = self.shortest_prefix(&steps)?;
        steps.truncate(fewest);
        let steps = minimal(steps, |steps| self.effect(steps).is_some())?;
        let effect = self.effect(&steps)?;
        let mut cautions = self.unproven();
        let is = |wanted: fn(&Edit) -> bool| {
            let mut all = steps.iter();
            all.any(|step| matches!(step, Step::Edit(edit) if wanted(edit)))
        };
        if is(|edit| matches!(edit, Edit::DeleteNode { .. })) {
            cautions.push(Caution::OnlyIfGone);
        }
        let hung = steps.iter().filter_map(|step| match step {
            Step::Repair { node } if round.has_problem(node, NodeProblem::is_hang) => Some(node),
            _ => None,
        });
        let nodes: Vec<String> = hung.cloned().collect();
        if !nodes.is_empty() {
            cautions.push(Caution::RebootAlone { nodes });
        }
        if is(|edit| matches!(edit, Edit::RemoveFinalizers { .. })) {
            cautions.push(Caution::SkipsFinalizer);
        }
        Some(self.fix(steps, effect, cautions))
    }

    /// To let pods go that a set which is being deleted waits for: by the controllers of their finalizers, or
    /// without; or by their kubelets.
    pub(super) fn of_held(&self, held: &[HeldPod]) -> Vec<Fix> {
        let finalizers: BTreeSet<&String> = held.iter().flat_map(|pod| &pod.finalizers).collect();
        let finalizers: Vec<String> = finalizers.into_iter().cloned().collect();
        let of_nodes = |is_dead: bool| -> Vec<String> {
            let silent = held.iter().filter(|pod| pod.finalizers.is_empty());
            let silent = silent.filter(|pod| pod.node_is.is_some() == is_dead);
            let nodes: BTreeSet<&String> = silent.map(|pod| &pod.node).collect();
            nodes.into_iter().take(MOST_REMOVED).cloned().collect()
        };
        let (silent, dead) = (of_nodes(false), of_nodes(true));
        let mut fixes = Vec::new();
        if !finalizers.is_empty() {
            let edits: Vec<Edit> = (held.iter())
                .filter(|pod| !pod.finalizers.is_empty())
                .take(MOST_REMOVED)
                .map(|pod| Edit::RemoveFinalizers {
                    pod: pod.pod.clone(),
                    node: pod.node.clone(),
                    finalizers: pod.finalizers.clone(),
                })
                .collect();
            let start = removed_by(finalizers, self.round);
            let mut by_hand = start.clone();
            by_hand.commands = commands(&edits, self.round.daemon_set(), None);
            by_hand.cautions.push(Caution::SkipsFinalizer);
            by_hand.edits = edits;
            fixes.extend([start, by_hand]);
        }
        if !silent.is_empty() {
            fixes.push(of_kubelets(silent, self.round));
        }
        if !dead.is_empty() {
            let there = dead
                .iter()
                .filter(|node| self.round.cluster.node(node).is_some());
            let edits: Vec<Edit> = there
                .map(|node| Edit::DeleteNode { node: node.clone() })
                .collect();
            let repair = of_unhealthy(dead, self.round);
            let mut gone = repair.clone();
            fixes.push(repair);
            if !edits.is_empty() {
                gone.commands = commands(&edits, self.round.daemon_set(), None);
                gone.cautions.push(Caution::OnlyIfGone);
                gone.edits = edits;
                fixes.push(gone);
            }
        }
        fixes
    }

    /// That the deletion of unhealthy nodes that are being deleted is to be finished.
    pub(super) fn deletion_of_nodes(&self) -> Option<Fix> {
        let going = self.round.stalled_nodes().filter_map(|(seen, stall)| {
            let node = seen.node.filter(|node| node.metadata.is_terminating())?;
            matches!(stall, Stall::UnhealthyNode(_)).then_some(node)
        });
        let going: Vec<_> = going.take(MOST_REMOVED).collect();
        let nodes: Vec<String> = going
            .iter()
            .map(|node| node.metadata.name.clone())
            .collect();
        let finalizers: BTreeSet<&String> =
            (going.iter().flat_map(|node| &node.metadata.finalizers)).collect();
        // What has to finish it comes first.
        let of_controllers = finalizers.iter().filter_map(|it| pods_like(it)).take(1);
        let commands: Vec<String> = of_controllers.chain(at_nodes(&nodes, self.round)).collect();
        (!nodes.is_empty()).then(|| {
            let finalizers = finalizers.into_iter().cloned().collect();
            Fix::outside(
                Repair::Node(NodeRepair::NodeDeletion { nodes, finalizers }),
                commands,
            )
        })
    }

    /// How many of the steps it takes, from the first on: what helps still helps with more.
    fn shortest_prefix(&mut self, steps: &[Step]) -> Option<usize> {
        if steps.is_empty() || self.effect(steps).is_none() {
            return None;
        }
        let (mut too_few, mut enough) = (0, steps.len());
        while too_few + 1 < enough {
            let middle = usize::midpoint(too_few, enough);
            if self.effect(&steps[..middle]).is_some() {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        Some(enough)
    }
}

/// A node that is down for so many seconds may be on its way back, as after a reboot.
const MAY_COME_BACK: i64 = 900;

/// Whether a node went down a moment ago.
fn is_news(problem: &NodeProblem, now: Timestamp) -> bool {
    let since = problem.down_since();
    since.is_some_and(|since| now.seconds_since(since) < MAY_COME_BACK)
}

/// The edits that free pods that are stuck on healthy nodes for a finalizer alone. One that its kubelet
/// does not end is not deleted over its head: its processes may go on.
fn stuck_pods<'r>(round: &'r Round<'_>) -> impl Iterator<Item = Edit> + 'r {
    let nodes =
        (round.stalled_nodes()).filter(|(_, stall)| matches!(stall, Stall::StuckTerminating(_)));
    let now = round.view.now;
    let pods = nodes.flat_map(move |(node, _)| stuck(node, now).map(|pod| (node.name, pod)));
    let is_held = |pod: &Pod| !pod.metadata.finalizers.is_empty() && unended(round, pod).is_none();
    pods.filter(move |(_, pod)| is_held(pod))
        .map(|(node, pod)| Edit::RemoveFinalizers {
            pod: pod.metadata.name.clone(),
            node: node.to_owned(),
            finalizers: pod.metadata.finalizers.to_vec(),
        })
}

/// What shows the processes of a node that wait in the kernel, which no signal ends.
fn uninterruptible(node: &str) -> String {
    debug_node_as_root(&word(node), "sh -c 'ps axo stat,pid,args | grep ^D'")
}

/// To look why kubelets do not end pods.
pub(super) fn of_kubelets(nodes: Vec<String>, round: &Round<'_>) -> Fix {
    let mut commands = at_kubelets(&nodes, round);
    let mut stuck = nodes
        .iter()
        .filter_map(|name| round.view.node(name))
        .flat_map(|node| stuck(node, round.view.now))
        .peekable();
    // What still runs there is told apart by the kubelet: `KillContainerError`.
    let is_of_network = |pod: &Pod| {
        unended(round, pod).is_some_and(|said| {
            said.contains("failed to destroy network") && !said.contains("KillContainerError")
        })
    };
    let of_network = stuck.peek().is_some() && stuck.all(is_of_network);
    if !of_network {
        commands.extend(
            nodes
                .iter()
                .take(MOST_NODES)
                .map(|node| uninterruptible(node)),
        );
    }
    Fix::outside(
        Repair::Node(NodeRepair::Kubelet { nodes, of_network }),
        commands,
    )
}
