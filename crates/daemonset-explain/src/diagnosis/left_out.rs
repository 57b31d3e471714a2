//! The nodes that a DaemonSet leaves out: counted by reason, with the nearest miss.

use std::collections::BTreeMap;

use daemonset::api::{Labels, Node, Taint};
use daemonset::placement::Obstacle;
use daemonset::view::{NodeView, TaintView};

use super::caveats::short;
use crate::finding::LeftOut;
use crate::health::{comes_without_network, is_of_network, message::core};
use crate::near::{
    MOST_OBSTACLES, MeantLabel, has_key, is_missed_alike, meant_label, miss, near_label, set_by,
};
use crate::owner::UNINITIALIZED;
use crate::round::{NodeSeen, Round};
use crate::signs::cloud::{down, is_cloud_controller};

/// How many reasons are told.
const MOST_REASONS: usize = 4;

/// So many obstacles are told once for all nodes that have them, and so many kinds of nodes that are told apart
/// by as many labels.
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

    /// Why a node is left out, how it misses what is wanted by little, and whether it has words of its
    /// own for it.
    fn of_node(&mut self, node: &Node) -> (String, Option<String>, bool) {
        let round = self.round;
        let placement = round.planner.place(node);
        let mut why = Vec::new();
        let mut near = None;
        for (at, obstacle) in placement.obstacles.iter().enumerate() {
            let is_missed = at < MOST_OBSTACLES && near.is_none();
            let (short, missed) = self.of(obstacle, is_missed.then_some(node));
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
        let near = near.or_else(|| {
            let waits = placement.obstacles.iter().any(is_uninitialized);
            waits.then(|| uninitialized(round)).flatten()
        });
        let of_network = |obstacle: &Obstacle| taint_of_network(obstacle).is_some();
        let has_words = round.evidence.is_some() && placement.obstacles.iter().any(of_network);
        (why.join(", "), near, has_words)
    }

    fn near(&self, obstacle: &Obstacle, node: &Node) -> Option<String> {
        let rules = self.round.planner.rules();
        let tolerations = &self.round.daemon_set().spec.template.spec().tolerations;
        let cluster = self.round.cluster;
        // Where others have the label, whoever sets it does.
        let is_set_nowhere = |obstacle: &&Obstacle| match obstacle {
            Obstacle::NodeSelector { key, .. } => !has_key(cluster, key),
            _ => false,
        };
        let owner = || Some(obstacle).filter(is_set_nowhere).and_then(set_by);
        miss(obstacle, rules, tolerations, node, cluster).or_else(owner)
    }
}

/// What decides on a node, where that is told by the labels that are asked for, the taints, and which
/// other labels there are.
struct Kind<'r> {
    /// The values of the labels that are asked for.
    asked: Vec<Option<&'r str>>,
    taints: &'r [Taint],
    /// Where a label is missing: all that the node has, one of which may be meant.
    labels: Option<&'r Labels>,
    /// The place of the group that nodes of the kind are in.
    group: usize,
}

impl Kind<'_> {
    fn is_of(&self, node: &Node, asked: &[Option<&str>]) -> bool {
        let has_same_keys = |labels: &Labels| labels.keys().eq(node.metadata.labels.keys());
        let (own, taints) = (&self.taints, &node.spec.taints);
        own.len() == taints.len()
            && own
                .iter()
                .zip(taints)
                .all(|(a, b)| TaintView::from(a) == TaintView::from(b))
            && self.asked == asked
            && self.labels.is_none_or(has_same_keys)
    }
}

/// Nodes that are left out for the same.
struct Group<'r, 'a> {
    why: String,
    near: Option<String>,
    /// By name.
    nodes: Vec<&'r NodeSeen<'a>>,
}

impl Group<'_, '_> {
    fn told(self) -> LeftOut {
        LeftOut {
            why: self.why,
            near: self.near,
            nodes: self.nodes.iter().map(|node| node.name.to_owned()).collect(),
        }
    }
}

/// The nodes that should not run the daemon, by why, the most first. Those that miss what is wanted by
/// little come first of as many.
pub(crate) fn left_out(round: &Round<'_>) -> Vec<LeftOut> {
    groups(round).into_iter().map(Group::told).collect()
}

/// Those of them that have no pod of it and may be meant to have one: they miss what is wanted by little, or are
/// tainted. Those that have a pod are told of as misscheduled.
pub(crate) fn missed(round: &Round<'_>) -> Vec<LeftOut> {
    let mut all = groups(round);
    all.retain(|group| group.near.is_some() || group.why.starts_with("taint "));
    for group in &mut all {
        group.nodes.retain(|node| node.pods.is_empty());
    }
    all.retain(|group| !group.nodes.is_empty());
    all.into_iter().map(Group::told).collect()
}

fn groups<'r, 'a>(round: &'r Round<'a>) -> Vec<Group<'r, 'a>> {
    let mut told = Told {
        round,
        known: Vec::new(),
    };
    let rules = round.planner.rules();
    let keys: Vec<&str> = rules.label_keys().take(MOST_KNOWN + 1).collect();
    let has_kinds = keys.len() <= MOST_KNOWN && !rules.reads_name();
    let mut kinds: Vec<Kind<'r>> = Vec::new();
    let mut asked: Vec<Option<&str>> = Vec::new();
    let mut all: Vec<Group<'r, 'a>> = Vec::new();
    let mut places: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let left_out = |seen: &&NodeSeen<'_>| seen.verdict.is_some_and(|it| !it.should_run());
    for seen in round.view.nodes.iter().filter(left_out) {
        let Some(node) = seen.node else { continue };
        if has_kinds {
            asked.clear();
            asked.extend(keys.iter().map(|key| node.metadata.labels.get(key)));
            let kind = kinds.iter().find(|kind| kind.is_of(node, &asked));
            if let Some(group) = kind.and_then(|kind| all.get_mut(kind.group)) {
                group.nodes.push(seen);
                continue;
            }
        }
        let (why, near, has_words) = told.of_node(node);
        let group = *places.entry((why, near)).or_insert_with_key(|(why, near)| {
            all.push(Group {
                why: why.clone(),
                near: near.clone(),
                nodes: Vec::new(),
            });
            all.len() - 1
        });
        if let Some(group) = all.get_mut(group) {
            group.nodes.push(seen);
        }
        let missing = || keys.iter().filter(|key| node.label(key).is_none());
        let is_kind =
            has_kinds && !has_words && missing().all(|key| near_label(node, key).is_none());
        if is_kind && kinds.len() < MOST_KNOWN {
            kinds.push(Kind {
                asked: asked.clone(),
                taints: &node.spec.taints,
                labels: missing().next().map(|_| &node.metadata.labels),
                group,
            });
        }
    }
    // Stable: otherwise by their words.
    all.sort_by(|a, b| (&a.why, &a.near).cmp(&(&b.why, &b.near)));
    all.sort_by_key(|group| (std::cmp::Reverse(group.nodes.len()), group.near.is_none()));
    all.truncate(MOST_REASONS);
    for group in &mut all {
        let first = group.nodes.first().and_then(|seen| seen.node);
        if let Some(meant) = first.and_then(|node| meant_on(round, node)) {
            group.near = Some(meant.to_string());
        }
    }
    all
}

/// The label that these nodes were probably meant to have, where others have it.
pub(crate) fn meant_by_label(round: &Round<'_>, group: &LeftOut) -> Option<MeantLabel> {
    meant_on(round, round.cluster.node(group.nodes.first()?)?)
}

fn meant_on(round: &Round<'_>, node: &Node) -> Option<MeantLabel> {
    let rules = round.planner.rules();
    let placement = round.planner.place(node);
    let mut obstacles = placement.obstacles.iter().take(MOST_OBSTACLES);
    obstacles.find_map(|obstacle| meant_label(obstacle, rules, node, round.cluster))
}

/// That the node is not ready for want of a network, where its taint for that is in the way.
fn without_network(round: &Round<'_>, node: &Node, obstacle: &Obstacle) -> Option<String> {
    taint_of_network(obstacle)?;
    let said = round.evidence?.node(&node.metadata.name)?;
    let of_ready = said.message("Ready").filter(|it| is_of_network(it));
    let message = of_ready.or_else(|| said.message("NetworkUnavailable"))?;
    Some(format!("the node says: {}", core(message)))
}

/// The taint of a node that has no network, where that is the obstacle.
pub(super) fn taint_of_network(obstacle: &Obstacle) -> Option<&Taint> {
    match obstacle {
        Obstacle::Taint { taint } => comes_without_network(&taint.key).then_some(taint),
        _ => None,
    }
}

/// Whether a node waits to be initialized.
fn is_uninitialized(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::Taint { taint } if taint.key == UNINITIALIZED)
}

/// Why the cloud controller manager does not initialize nodes, where that is known.
fn uninitialized(round: &Round<'_>) -> Option<String> {
    if is_cloud_controller(&round.daemon_set().metadata.name) {
        return Some(
            "if this DaemonSet is the cloud controller manager, which takes that taint off, each waits for the other: it has \
             to tolerate it"
                .to_owned(),
        );
    }
    let found = down(round)?;
    let waits = match found.awaited_taint() {
        Some(_) => ": each waits for the other",
        None => "",
    };
    Some(format!(
        "what takes it off does not run: {}{waits}",
        found.told(round)
    ))
}
