//! Nodes that wait for a pod network, and what brings it for them.

use std::collections::BTreeSet;

use daemonset::api::{Node, Taint};
use daemonset::placement::{Placement, Rules};

use super::left_out::taint_of_network;
use crate::finding::Finding;
use crate::health::{NodeProblem, message::core};
use crate::round::Round;
use crate::template::brings_pod_network;

/// A node that has been without network for so many seconds does not get one from what is on its way.
const WAITS: i64 = 300;

/// The nodes that are not ready for want of a pod network, where the DaemonSet seems to bring that and is kept off by the
/// taints of just that alone, as long as no other that seems to bring it runs there.
pub(crate) fn waits_for_itself(round: &Round<'_>) -> Option<Finding> {
    if !brings_pod_network(round.daemon_set()) || round.selects_nothing() {
        return None;
    }
    let mut found: Vec<(&Node, NodeProblem, Vec<Taint>)> = Vec::new();
    for seen in &round.view.nodes {
        let left_out = seen.verdict.is_some_and(|it| !it.should_run());
        let Some(node) = seen.node.filter(|_| left_out) else {
            continue;
        };
        let waits = |problem: &NodeProblem| {
            let since = problem.down_since();
            problem.is_of_network()
                && since.is_some_and(|since| round.view.now.seconds_since(since) > WAITS)
        };
        let Some(problem) = round.node_problems(seen).into_iter().find(waits) else {
            continue;
        };
        if let Some(taints) = taints_of_network(round, node).filter(|_| !is_brought(round, node)) {
            found.push((node, problem, taints));
        }
    }
    let first = found
        .iter()
        .min_by_key(|(_, problem, _)| problem.down_since())?;
    let NodeProblem::NotReady { since, message } = &first.1 else {
        return None;
    };
    let taints = found.iter().flat_map(|(.., taints)| taints);
    let taints: BTreeSet<String> = taints
        .map(|it| format!("{}:{}", it.key, it.effect))
        .collect();
    let mut nodes: Vec<String> = found
        .iter()
        .map(|(node, ..)| node.metadata.name.clone())
        .collect();
    nodes.sort();
    Some(Finding::WaitsForItself {
        nodes,
        since: *since,
        said: core(message),
        taints: taints.into_iter().collect(),
    })
}

/// The taints that keep the daemon off a node, where they are all for want of its network.
fn taints_of_network(round: &Round<'_>, node: &Node) -> Option<Vec<Taint>> {
    let Placement { obstacles, .. } = round.planner.place(node);
    let taints = obstacles.iter().map(|it| taint_of_network(it).cloned());
    let taints: Option<Vec<Taint>> = taints.collect();
    taints.filter(|all| !all.is_empty())
}

/// Whether another DaemonSet that seems to bring the network should run on the node.
fn is_brought(round: &Round<'_>, node: &Node) -> bool {
    let own = &round.daemon_set().metadata;
    let mut others = round.sets.iter().filter(|set| {
        let it = &set.metadata;
        (&it.namespace, &it.name) != (&own.namespace, &own.name) && brings_pod_network(set)
    });
    others.any(|set| Rules::new(&set.spec.template).verdict(node).should_run())
}
