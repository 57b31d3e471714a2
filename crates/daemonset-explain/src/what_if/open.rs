//! What the order decides in which nodes are updated, where some have no room for the new pod.

use std::collections::BTreeSet;
use std::fmt;

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
    /// With these nodes to update, of which some have no room, as far as the limits allow. `down` other
    /// nodes are without an available pod in the end.
    fn bounds(limits: Limits, surges: bool, down: usize, all: usize, without_room: usize) -> Self {
        let nodes = |limit: i64| usize::try_from(limit).unwrap_or(0);
        if surges {
            // The old pod stays until the new one beside it is available.
            let holds = without_room >= nodes(limits.max_surge);
            let most = all - without_room;
            return Self {
                least: if holds { 0 } else { most },
                most,
                all,
            };
        }
        let free = nodes(limits.max_unavailable).saturating_sub(down);
        if without_room < free {
            return Self {
                least: all,
                most: all,
                all,
            };
        }
        Self {
            least: free.min(all),
            most: all - (without_room - free),
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
        let restarted = self.restarted.iter().map(|it| it.node.as_str());
        let outdated = self.outdated.iter().map(|it| it.node.as_str());
        let nodes: BTreeSet<&str> = restarted.chain(outdated).collect();
        let without = (self.without_room.iter()).filter(|it| nodes.contains(it.node.as_str()));
        let without = without.count();
        let surges = strategy.surges();
        let waiting = visited.iter().filter(|node| nodes.contains(node.as_str()));
        let waiting = if surges { 0 } else { waiting.count() };
        let down = desired.saturating_sub(available).saturating_sub(waiting);
        (without > 0).then(|| Restarted::bounds(limits, surges, down, nodes.len(), without))
    }
}
