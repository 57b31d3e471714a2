//! The nodes that a DaemonSet leaves out: counted by reason, with the nearest miss.

use std::collections::BTreeMap;

use daemonset::api::Node;

use crate::caveats::short;
use crate::finding::LeftOut;
use crate::near::miss;
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
        let why: Vec<String> = placement.obstacles.iter().map(short).collect();
        let near = placement
            .obstacles
            .iter()
            .find_map(|obstacle| miss(obstacle, rules, tolerations, node, round.cluster));
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
    all
}
