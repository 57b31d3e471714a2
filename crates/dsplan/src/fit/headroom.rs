//! How much more a pod may ask for, in words.

use std::collections::BTreeSet;

use daemonset::fit::{Headroom, NodeRaise, Obstacle, PodNeeds, amount_text};
use daemonset_explain::words::{agree, count, list};

use super::{Found, IN_THE_WAY, SHOWN};

/// The largest raise of a resource, and who is in its way.
pub(super) fn told(needs: &PodNeeds, headroom: &Headroom, found: &Found<'_>) -> Vec<String> {
    let resource = &headroom.resource;
    let asked = needs.requests().get(resource);
    let text = |amount: i128| amount_text(resource, amount);
    let mut lines = Vec::new();
    let nodes = headroom.raises.len();
    let evicts = found.evicts_on().next().is_some();
    let is_blocked = |node: &str| headroom.blocked.iter().any(|it| it.node == node);
    let evicts_on_others = found.evicts_on().any(|node| !is_blocked(node));
    let by = |raise: i128| match raise {
        0 => format!("{resource}: no more"),
        more if more > 0 => format!(
            "{resource}: {} more ({} in all)",
            text(more),
            text(asked + more)
        ),
        less => format!(
            "{resource}: {} less ({} in all)",
            text(-less),
            text(asked + less)
        ),
    };
    let where_ = match headroom.blocked.len() {
        0 if evicts => "everywhere without an eviction".to_owned(),
        0 => "everywhere".to_owned(),
        some => format!(
            "on {}{}, while on {} {}",
            match nodes {
                1 => "the other node".to_owned(),
                others => format!("the other {others} nodes"),
            },
            if evicts_on_others {
                " without an eviction"
            } else {
                ""
            },
            count(some, "node"),
            others_in_the_way(headroom, found)
        ),
    };
    let Some(smallest) = headroom.raises.first() else {
        return lines;
    };
    lines.push(format!("{} fits {where_}", by(smallest.raise)));
    if let Some(most) = headroom.largest(99).filter(|most| *most > smallest.raise) {
        lines.push(format!("{} fits on 99 % of the nodes", by(most)));
    }
    let limit = headroom.raises.iter().find(|it| it.raise > smallest.raise);
    let tight: Vec<&NodeRaise> = match limit {
        Some(next) => headroom.in_the_way(next.raise).collect(),
        None => Vec::new(),
    };
    if let Some(next) = limit {
        let names: Vec<&str> = tight.iter().map(|node| node.node.as_str()).collect();
        let first = tight.first();
        let who = first.and_then(|it| found.room.holders(&it.node, resource));
        let who = match (who, first) {
            (Some(who), Some(first)) if tight.len() > 1 => {
                format!(" (on {} held by {who})", first.node)
            }
            (Some(who), _) => format!(" (held by {who})"),
            (None, _) => String::new(),
        };
        let (more, then) = match next.raise {
            less if less <= 0 => (
                "",
                format!("{} less ({} in all)", text(-less), text(asked + less)),
            ),
            more => ("more ", format!("{} more", text(more))),
        };
        lines.push(format!(
            "{} in the way of {more}{resource}{}: {}{who}; without {} {then} would fit",
            are(tight.len()),
            if evicts { " without an eviction" } else { "" },
            list(&names, IN_THE_WAY),
            if tight.len() == 1 { "it" } else { "them" },
        ));
    }
    lines
}

/// What stands against the pod where it is not the resource, as far as that is known.
fn others_in_the_way(headroom: &Headroom, found: &Found<'_>) -> String {
    let resource = &headroom.resource;
    let is_blocked = |node: &str| headroom.blocked.iter().any(|it| it.node == node);
    let helps = if found.evicts_on().any(is_blocked) {
        "helps without an eviction"
    } else {
        "helps"
    };
    if headroom.blocked.iter().any(|node| !node.missing.is_empty()) {
        let all = (headroom.blocked.iter()).all(|node| node.obstacles.is_empty());
        return if all {
            "that cannot be told".to_owned()
        } else {
            format!("no amount of {resource} {helps}, or it cannot be told")
        };
    }
    let mut short = BTreeSet::new();
    let mut why = BTreeSet::new();
    for obstacle in headroom.blocked.iter().flat_map(|node| &node.obstacles) {
        match obstacle {
            Obstacle::Insufficient(it) => _ = short.insert(it.resource.as_str()),
            Obstacle::TooManyPods { .. } => _ = why.insert("the number of pods is full".to_owned()),
            Obstacle::HostPorts { .. } => _ = why.insert("a host port is taken".to_owned()),
            _ => _ = why.insert("something else is in the way".to_owned()),
        }
    }
    let short: Vec<&str> = short.into_iter().collect();
    if !short.is_empty() {
        let are = agree(short.len(), "is", "are");
        why.insert(format!("{} {are} short", list(&short, SHOWN)));
    }
    let why: Vec<String> = why.into_iter().collect();
    let why = match why.as_slice() {
        [] => "something else is in the way".to_owned(),
        why => list(why, SHOWN),
    };
    format!("no amount of {resource} {helps}: {why}")
}

fn are(nodes: usize) -> String {
    match nodes {
        1 => "1 node is".to_owned(),
        some => format!("{some} nodes are"),
    }
}
