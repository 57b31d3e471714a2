//! The nodes that a DaemonSet leaves out: counted by reason, with the nearest miss.

use std::collections::BTreeMap;

use daemonset::api::Node;
use daemonset::placement::Obstacle;
use daemonset::well_known::{NETWORK_UNAVAILABLE, NOT_READY};

use super::caveats::short;
use crate::finding::LeftOut;
use crate::health::{is_of_network, message::core};
use crate::near::{MOST_OBSTACLES, MeantLabel, is_missed_alike, meant_label, miss};
use crate::round::Round;

/// How many reasons are told.
const MOST_REASONS: usize = 4;

/// So many obstacles are told once for all nodes that have them.
const MOST_KNOWN: usize = 16;

/// What is told of obstacles that nodes before had too.
struct Told<'r, 'a> {
    round: &'r Round<'a>,
    /// Each in short, and how the first node misses what is wanted.
    known: Vec<(Obstacle, String, Option<String>)>,
}

impl Told<'_, '_> {
    /// An obstacle in short, and how this node, if it is asked, misses what is wanted by little.
    fn of(&mut self, obstacle: &Obstacle, node: Option<&Node>) -> (String, Option<String>) {
        if let Some((_, short, near)) = self.known.iter().find(|(known, ..)| known == obstacle) {
            let near = node.and_then(|node| {
                if is_missed_alike(obstacle) {
                    near.clone()
                } else {
                    self.near(obstacle, node)
                }
            });
            return (short.clone(), near);
        }
        let told = (
            short(obstacle),
            node.and_then(|node| self.near(obstacle, node)),
        );
        // What only some nodes were asked is not known of the others.
        if self.known.len() < MOST_KNOWN && node.is_some() {
            let (short, near) = told.clone();
            self.known.push((obstacle.clone(), short, near));
        }
        told
    }

    fn near(&self, obstacle: &Obstacle, node: &Node) -> Option<String> {
        let rules = self.round.planner.rules();
        let tolerations = &self.round.daemon_set().spec.template.spec().tolerations;
        miss(obstacle, rules, tolerations, node, self.round.cluster)
    }
}

/// The nodes that should not run the daemon and have no pod of it, by why, the most first. Those
/// that miss what is wanted by little come first of as many.
pub(crate) fn left_out(round: &Round<'_>) -> Vec<LeftOut> {
    let mut told = Told {
        round,
        known: Vec::new(),
    };
    let mut groups: BTreeMap<(String, Option<String>), Vec<String>> = BTreeMap::new();
    let verdicts = round.cluster.nodes().iter().zip(&round.view.plan.verdicts);
    let left_out = verdicts.filter(|(_, verdict)| !verdict.should_run());
    for (&node, _) in left_out {
        let node: &Node = node;
        let placement = round.planner.place(node);
        let mut why = Vec::new();
        let mut near = None;
        for (at, obstacle) in placement.obstacles.iter().enumerate() {
            let is_missed = at < MOST_OBSTACLES && near.is_none();
            let (short, missed) = told.of(obstacle, is_missed.then_some(node));
            why.push(short);
            near = near.or(missed);
        }
        let network = (placement.obstacles.iter())
            .find_map(|obstacle| without_network(round, node, obstacle));
        why.extend(network.clone());
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
