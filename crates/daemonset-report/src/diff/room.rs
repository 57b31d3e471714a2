//! Where new pods of a version find no room, and what there is to do before.

use std::collections::BTreeSet;

use daemonset_explain::room::WayOut;
use daemonset_explain::what_if::{Comparison, NodeRoom};
use daemonset_explain::words::by_reason;

/// Fields of a template on which it depends whether a pod finds room.
const ROOM: [&str; 9] = [
    "resources",
    "Port",
    "ports",
    "hostNetwork",
    "volumes",
    "riority",
    "ffinity",
    "topologySpread",
    "runtimeClassName",
];

/// Where new pods find no room, whom they evict, and where that cannot be told.
pub(super) fn room(comparison: &Comparison) -> Vec<String> {
    let after = &comparison.after;
    let each = |nodes: &'_ [NodeRoom]| -> Vec<(String, String)> {
        let nodes = nodes.iter();
        nodes.map(|it| (it.node.clone(), it.why.clone())).collect()
    };
    let told = |before: &str, nodes: &[NodeRoom]| {
        let nodes = each(nodes);
        let nodes = nodes.iter();
        by_reason(
            before,
            nodes.map(|(node, why)| (node.as_str(), why.as_str())),
        )
    };
    let mut lines = told("no room for the new pod on", &after.without_room);
    let ways = after.without_room.iter().flat_map(|it| &it.ways_out);
    lines.extend(to_do_before(ways));
    lines.extend(told("to make room on", &after.preempting));
    // What the change does not touch was no question before it.
    let mut changed = comparison.differences.iter().map(ToString::to_string);
    if changed.any(|field| ROOM.iter().any(|name| field.contains(name))) {
        let unknown = each(&after.room_unknown);
        let unknown = unknown.iter().map(|(node, why)| {
            let why = why.strip_prefix("cannot tell ").unwrap_or(why);
            (node.as_str(), why)
        });
        lines.extend(by_reason(
            "cannot tell whether the new pod finds room on",
            unknown,
        ));
    }
    lines
}

/// What there is to do before, as far as that is plain.
pub(super) fn to_do_before<'w>(ways: impl Iterator<Item = &'w WayOut>) -> Vec<String> {
    let each: BTreeSet<&WayOut> = ways.collect();
    let lines = each.into_iter().map(|way| format!("to do before: {way}"));
    lines.collect()
}
