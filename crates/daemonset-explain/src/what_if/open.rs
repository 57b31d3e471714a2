//! What the order decides in which nodes are updated, where some have no room for the new pod.

use std::collections::BTreeSet;
use std::fmt;

use daemonset::Reason;
use daemonset::rollout::{Limits, Strategy};
use serde::{Deserialize, Serialize};

use super::forecast::Forecast;
use crate::words::count;

/// How many pods restart, by which nodes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Restarted {
    /// Where the nodes without room come first.
    pub least: usize,
    /// Where they come last.
    pub most: usize,
    /// How many would restart if there were room everywhere.
    pub all: usize,
}

impl Restarted {
    /// Over every order of the nodes.
    fn of(nodes: &Nodes, limits: Limits, surges: bool) -> Self {
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
        Self {
            least: nodes.at_once + least,
            most: nodes.at_once + most,
            all,
        }
    }

    /// How it ends, as a clause.
    #[must_use]
    pub fn end(&self) -> &'static str {
        if self.least == self.all {
            "in the end every pod is up to date, and those without room are not available"
        } else if self.most == self.all {
            "it stops when nodes without room for the new pod use up the budget, unless these come last; which \
             nodes come first is open"
        } else if self.least == self.most {
            "it does not finish: pods without room use up the whole budget"
        } else {
            "it does not finish: nodes without room for the new pod use up the budget, and which nodes come first \
             is open"
        }
    }
}

/// `1 to 4 pods`
impl fmt::Display for Restarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most {
            f.write_str(&count(self.most, "pod"))
        } else {
            write!(f, "{} to {}", self.least, count(self.most, "pod"))
        }
    }
}

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

impl Forecast {
    /// How many pods restart, whichever nodes come first. Pods of `visited` nodes wait for room.
    pub(super) fn restarted_in_any_order(
        &self,
        strategy: &Strategy,
        visited: &BTreeSet<String>,
    ) -> Option<Restarted> {
        let desired = usize::try_from(self.status.desired_number_scheduled).ok()?;
        let available = usize::try_from(self.status.number_available).ok()?;
        let limits = strategy.limits(desired).ok()??;
        let surges = strategy.surges();
        let at_once = (self.restarted.iter()).filter(|it| it.reason == Reason::OutdatedUnavailable);
        let at_once: BTreeSet<&str> = at_once.map(|it| it.node.as_str()).collect();
        let restarted = self.restarted.iter().map(|it| it.node.as_str());
        let outdated = self.outdated.iter().map(|it| it.node.as_str());
        let in_turn: BTreeSet<&str> = restarted
            .chain(outdated)
            .filter(|node| !at_once.contains(node))
            .collect();
        let without = self.without_room.iter().map(|it| it.node.as_str());
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
        Some(Restarted::of(&nodes, limits, surges))
    }
}
