//! The budget of a rolling update, and who goes next.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::node::{Home, NodeState, PodId, Shape};
use super::{Limits, Tally};
use crate::action::Reason;

/// A rolling update's budget in one round.
///
/// ```
/// use daemonset::rollout::Budget;
///
/// let json = r#"{"mode": "unavailable", "maxUnavailable": 3, "unavailable": 1, "remaining": 2}"#;
/// let budget: Budget = serde_json::from_str(json)?;
/// assert_eq!(budget.to_string(), "maxUnavailable is 3: 1 used, 2 left");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Exhaustive, since a third way to update would be another algorithm; the figures of each may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "mode",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Budget {
    /// Without surge: old pods make room for new ones.
    #[non_exhaustive]
    Unavailable {
        /// How many nodes may be without an available pod.
        max_unavailable: i64,
        /// How many are.
        unavailable: i64,
        /// How many old, available pods may go now.
        remaining: i64,
    },
    /// With surge: new pods come first.
    #[non_exhaustive]
    Surge {
        /// How many nodes may run a new pod beside the old one.
        max_surge: i64,
        /// How many do.
        surging: i64,
        /// How many nodes may begin to now.
        remaining: i64,
        /// By how much the available pods outnumber the nodes that should run the daemon: as many
        /// old pods may go from nodes that should not run it.
        spare: i64,
    },
}

impl Budget {
    /// The budget that is left, given the counts.
    pub(crate) fn new(limits: Limits, tally: &Tally) -> Self {
        if limits.max_surge == 0 {
            let unavailable = i64::from(tally.empty)
                + i64::from(tally.crowded)
                + i64::from(tally.both)
                + i64::from(tally.updated_unavailable)
                + i64::from(tally.old_unavailable)
                + i64::from(tally.unknown_unavailable);
            Self::Unavailable {
                max_unavailable: limits.max_unavailable,
                unavailable,
                remaining: limits.max_unavailable.saturating_sub(unavailable).max(0),
            }
        } else {
            let surging = i64::from(tally.crowded)
                + i64::from(tally.both_waiting)
                + i64::from(tally.unknown_unavailable);
            let available = i64::from(tally.updated_available)
                + i64::from(tally.old_available)
                + i64::from(tally.both_old_available)
                + i64::from(tally.unknown_available);
            Self::Surge {
                max_surge: limits.max_surge,
                surging,
                remaining: limits.max_surge.saturating_sub(surging).max(0),
                spare: (available - i64::from(tally.desired)).max(0),
            }
        }
    }
}

/// Prints the limit, and how much of it is used and left.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable {
                max_unavailable,
                unavailable,
                remaining,
            } => write!(
                f,
                "maxUnavailable is {max_unavailable}: {unavailable} used, {remaining} left"
            ),
            Self::Surge {
                max_surge,
                surging,
                remaining,
                spare,
            } => write!(
                f,
                "maxSurge is {max_surge}: {surging} used, {remaining} left, {spare} spare"
            ),
        }
    }
}

/// A group of nodes that a rolling update treats alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Queue {
    /// Only an old pod, not available.
    OldUnavailable(Home),
    /// Only an old pod, available.
    OldAvailable(Home),
    /// An old pod beside an updated one that is available.
    Superseded,
}

impl Queue {
    /// The group that a node of this shape is in.
    #[inline]
    pub(crate) fn of(shape: Shape) -> Option<(Self, PodId)> {
        match shape {
            Shape::Old {
                pod,
                available,
                home,
            } => Some(if available {
                (Self::OldAvailable(home), pod)
            } else {
                (Self::OldUnavailable(home), pod)
            }),
            Shape::Both {
                old,
                updated_available: true,
                ..
            } => Some((Self::Superseded, old)),
            _ => None,
        }
    }
}

/// What to do with the nodes of some groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The groups, the first of them first; by node name within each.
    pub queues: &'static [Queue],
    /// How many nodes, of all these groups together.
    pub limit: usize,
    pub take: Take,
}

/// What is done with a node's old pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Take {
    /// A new pod is made beside it.
    Create(Reason),
    /// It is deleted.
    Delete(Reason),
}

impl Budget {
    /// Tells what a round with this budget does, in order. Which nodes go first Kubernetes leaves
    /// open.
    pub(crate) fn each_step(&self, mut tell: impl FnMut(Step)) {
        const ALL: i64 = i64::MAX;
        use Home::{Excluded, Gone, Runs};
        use Queue::{OldAvailable, OldUnavailable, Superseded};
        let mut step = |queues, limit: i64, take| {
            tell(Step {
                queues,
                limit: usize::try_from(limit).unwrap_or(usize::MAX),
                take,
            });
        };
        match *self {
            Self::Unavailable { remaining, .. } => {
                step(
                    &[
                        OldUnavailable(Runs),
                        OldUnavailable(Excluded),
                        OldUnavailable(Gone),
                    ],
                    ALL,
                    Take::Delete(Reason::OutdatedUnavailable),
                );
                step(
                    &[
                        OldAvailable(Runs),
                        OldAvailable(Excluded),
                        OldAvailable(Gone),
                    ],
                    remaining,
                    Take::Delete(Reason::Outdated),
                );
            }
            Self::Surge {
                remaining, spare, ..
            } => {
                step(&[Superseded], ALL, Take::Delete(Reason::Superseded));
                step(
                    &[OldUnavailable(Excluded)],
                    ALL,
                    Take::Delete(Reason::NodeExcluded),
                );
                step(
                    &[OldAvailable(Excluded)],
                    spare,
                    Take::Delete(Reason::Spare),
                );
                step(
                    &[OldUnavailable(Runs)],
                    ALL,
                    Take::Create(Reason::SurgeBesideUnavailable),
                );
                step(
                    &[OldAvailable(Runs)],
                    remaining,
                    Take::Create(Reason::Surge),
                );
            }
        }
    }
}

impl NodeState {
    /// Whether the node takes from a budget of these limits, by the very rule that sums it up: it
    /// counts as unavailable, or as surging.
    #[must_use]
    pub fn spends(&self, limits: Limits) -> bool {
        let mut alone = Tally::default();
        alone += self;
        match Budget::new(limits, &alone) {
            Budget::Unavailable { unavailable, .. } => unavailable > 0,
            Budget::Surge { surging, .. } => surging > 0,
        }
    }
}
