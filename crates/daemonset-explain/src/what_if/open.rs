//! What the order decides in which nodes are updated, where some have no room for the new pod.

use std::collections::BTreeSet;

use daemonset::Reason;
use daemonset::rollout::{Limits, Strategy};

use super::forecast::{Forecast, Restarted};

/// The nodes whose pods restart or would.
struct Nodes {
    /// Their old pod is not available, so it goes at once, whatever the limits.
    at_once: usize,
    /// All others.
    in_turn: usize,
    /// Those of the others that have no room for the new pod.
    without_room: usize,
    /// So many of the limit are used up by what is none of the others.
    down: usize,
}

/// Over every order of the nodes.
fn over_every_order(nodes: &Nodes, limits: Limits, surges: bool) -> Restarted {
    let limit = if surges {
        limits.max_surge
    } else {
        limits.max_unavailable
    };
    let limit = usize::try_from(limit).unwrap_or(0);
    let (free, full) = (limit.saturating_sub(nodes.down), nodes.without_room);
    let all = nodes.at_once + nodes.in_turn;
    let (least, most) = if surges {
        // The old pod stays until the new one beside it is available.
        let least = if full >= free {
            0
        } else {
            nodes.in_turn - full
        };
        (least, nodes.in_turn - full)
    } else if free == 0 {
        (0, 0)
    } else if full < free {
        (nodes.in_turn, nodes.in_turn)
    } else {
        (free.min(nodes.in_turn), nodes.in_turn - (full - free))
    };
    Restarted {
        least: nodes.at_once + least,
        most: nodes.at_once + most,
        all,
    }
}

/// How many pods restart, whichever nodes come first. Pods of `visited` nodes wait for room.
pub(super) fn restarted_in_any_order(
    forecast: &Forecast,
    strategy: &Strategy,
    visited: &BTreeSet<String>,
) -> Option<Restarted> {
    let desired = usize::try_from(forecast.status.desired_number_scheduled).ok()?;
    let available = usize::try_from(forecast.status.number_available).ok()?;
    let limits = strategy.limits(desired).ok()??;
    let surges = strategy.surges();
    let at_once = (forecast.restarted.iter()).filter(|it| it.reason == Reason::OutdatedUnavailable);
    let at_once: BTreeSet<&str> = at_once.map(|it| it.node.as_str()).collect();
    let restarted = forecast.restarted.iter().map(|it| it.node.as_str());
    let outdated = forecast.outdated.iter().map(|it| it.node.as_str());
    let in_turn: BTreeSet<&str> = restarted
        .chain(outdated)
        .filter(|node| !at_once.contains(node))
        .collect();
    let without = forecast.without_room.iter().map(|it| it.node.as_str());
    let without: Vec<&str> = without
        .filter(|node| at_once.contains(node) || in_turn.contains(node))
        .collect();
    if without.is_empty() {
        return None;
    }
    let waiting = visited
        .iter()
        .filter(|node| in_turn.contains(node.as_str()));
    let down = if surges {
        0
    } else {
        desired
            .saturating_sub(available)
            .saturating_sub(waiting.count())
    };
    let nodes = Nodes {
        at_once: at_once.len(),
        without_room: without.iter().filter(|it| in_turn.contains(*it)).count(),
        in_turn: in_turn.len(),
        down,
    };
    Some(over_every_order(&nodes, limits, surges))
}
