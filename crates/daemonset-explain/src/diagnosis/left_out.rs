//! The nodes that a DaemonSet leaves out: counted by reason, with the nearest miss.

use std::collections::BTreeMap;

use daemonset::api::Node;
use daemonset::placement::Obstacle;
use daemonset::well_known::{NETWORK_UNAVAILABLE, NOT_READY};

use super::caveats::short;
use crate::finding::LeftOut;
use crate::health::{is_of_network, message::core};
use crate::near::{MOST_OBSTACLES, MeantLabel, meant_label, miss};
use crate::round::Round;

/// How many reasons are told.
const MOST_REASONS: usize = 4;

/// The nodes that should not run the daemon and have no pod of it, by why, the most first. Those
/// that miss what is wanted by little come first of as many.
pub(crate) fn left_out(round: &Round<'_>) -> Vec<LeftOut> {
    let rules = round.planner.rules();
    let tolerations = &round.daemon_set().spec.template.spec().tolerations;
    let mut groups: BTreeMap<(String, Option<String>), Vec<String>> = BTreeMap::new();
    let verdicts = round.cluster.nodes().iter().zip(&round.view.plan.verdicts);
    let left_out = verdicts.filter(|(_, verdict)| !verdict.should_run());
    for (&node, _) in left_out {
        let node: &Node = node;
        let placement = round.planner.place(node);
        let mut why: Vec<String> = placement.obstacles.iter().map(short).collect();
        let network = (placement.obstacles.iter())
            .find_map(|obstacle| without_network(round, node, obstacle));
        why.extend(network.clone());
        let near = placement
            .obstacles
            .iter()
            .take(MOST_OBSTACLES)
            .find_map(|obstacle| miss(obstacle, rules, tolerations, node, round.cluster));
        let brings_it = round.daemon_set().spec.template.spec().host_network;
        let near = near.or_else(|| {
            (network.is_some() && brings_it).then(|| {
                "if this DaemonSet is what sets the network up, each waits for the other: it has to tolerate \
                 that taint"
                    .to_owned()
            })
        });
        let nodes = groups.entry((why.join(", "), near)).or_default();
        nodes.push(node.metadata.name.clone());
    }
    let mut all: Vec<LeftOut> = groups
        .into_iter()
        .map(|((why, near), mut nodes)| {
            nodes.sort();
            LeftOut { why, near, nodes }
        })
        .collect();
    all.sort_by_key(|group| (std::cmp::Reverse(group.nodes.len()), group.near.is_none()));
    all.truncate(MOST_REASONS);
    for group in &mut all {
        if let Some(meant) = meant_by_label(round, group) {
            group.near = Some(meant.to_string());
        }
    }
    all
}

/// The label that these nodes were probably meant to have, where others have it.
pub(crate) fn meant_by_label(round: &Round<'_>, group: &LeftOut) -> Option<MeantLabel> {
    let node = round.cluster.node(group.nodes.first()?)?;
    let rules = round.planner.rules();
    let placement = round.planner.place(node);
    let mut obstacles = placement.obstacles.iter().take(MOST_OBSTACLES);
    obstacles.find_map(|obstacle| meant_label(obstacle, rules, node, round.cluster))
}

/// That the node is not ready for want of a network, where its taint for that is in the way.
fn without_network(round: &Round<'_>, node: &Node, obstacle: &Obstacle) -> Option<String> {
    let Obstacle::Taint { taint } = obstacle else {
        return None;
    };
    if !matches!(taint.key.as_str(), NOT_READY | NETWORK_UNAVAILABLE) {
        return None;
    }
    let said = round.evidence?.node(&node.metadata.name)?;
    let of_ready = said.message("Ready").filter(|it| is_of_network(it));
    let message = of_ready.or_else(|| said.message("NetworkUnavailable"))?;
    Some(format!("the node says: {}", core(message)))
}
