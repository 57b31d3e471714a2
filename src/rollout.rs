//! The rolling update: counts over all nodes, the budget, and who goes next.

use std::ops::{AddAssign, SubAssign};

use serde::Serialize;

use crate::action::Reason;
use crate::api::{DaemonSetSpec, DaemonSetUpdateStrategy, IntOrString, ScaleError};
use crate::node_state::{Counts, Home, NodeState, Shape};

/// How pods of an older template are replaced.
///
/// Source: [Updating a DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// By the planner, within a budget.
    RollingUpdate {
        /// How many nodes may be without an available pod.
        max_unavailable: IntOrString,
        /// How many nodes may run a new pod beside the old one.
        max_surge: IntOrString,
    },
    /// By somebody who deletes them.
    OnDelete,
}

/// A budget that is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// `maxUnavailable` does not read.
    #[error("spec.updateStrategy.rollingUpdate.maxUnavailable: {0}")]
    MaxUnavailable(#[source] ScaleError),
    /// `maxSurge` does not read.
    #[error("spec.updateStrategy.rollingUpdate.maxSurge: {0}")]
    MaxSurge(#[source] ScaleError),
}

/// What the two budgets come to for a number of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// `maxUnavailable` in nodes.
    pub max_unavailable: i64,
    /// `maxSurge` in nodes.
    pub max_surge: i64,
}

impl Strategy {
    /// The strategy of a spec, defaults applied. A type that Kubernetes does not know replaces
    /// nothing, as `OnDelete` does.
    #[must_use]
    pub fn new(spec: &DaemonSetSpec) -> Self {
        let DaemonSetUpdateStrategy {
            type_,
            rolling_update,
        } = &spec.update_strategy;
        match type_.as_str() {
            "" | "RollingUpdate" => {
                let written = rolling_update.clone().unwrap_or_default();
                Self::RollingUpdate {
                    max_unavailable: written.max_unavailable.unwrap_or(IntOrString::Int(1)),
                    max_surge: written.max_surge.unwrap_or(IntOrString::Int(0)),
                }
            }
            _ => Self::OnDelete,
        }
    }

    /// Whether a new pod may stand beside an old one: `maxSurge`, taken of one node, is above
    /// zero. One that does not read means no.
    #[must_use]
    pub fn surges(&self) -> bool {
        match self {
            Self::RollingUpdate { max_surge, .. } => max_surge.scaled(1).is_ok_and(|n| n > 0),
            Self::OnDelete => false,
        }
    }

    /// What the budgets come to when this many nodes should run the daemon; `None` without a
    /// rolling update.
    ///
    /// Percentages are rounded up. Where both come to zero and there is a node at all,
    /// `maxUnavailable` is 1.
    ///
    /// # Errors
    /// A budget that is neither a number nor a percentage.
    ///
    /// ```
    /// use daemonset::rollout::{Limits, Strategy};
    ///
    /// let strategy = Strategy::RollingUpdate {
    ///     max_unavailable: "25%".into(),
    ///     max_surge: 0.into(),
    /// };
    /// assert_eq!(strategy.limits(11)?, Some(Limits { max_unavailable: 3, max_surge: 0 }));
    /// # Ok::<(), daemonset::rollout::BudgetError>(())
    /// ```
    pub fn limits(&self, desired: usize) -> Result<Option<Limits>, BudgetError> {
        let Self::RollingUpdate {
            max_unavailable,
            max_surge,
        } = self
        else {
            return Ok(None);
        };
        let mut limits = Limits {
            max_unavailable: max_unavailable
                .scaled(desired)
                .map_err(BudgetError::MaxUnavailable)?,
            max_surge: max_surge.scaled(desired).map_err(BudgetError::MaxSurge)?,
        };
        if desired > 0 && limits.max_unavailable == 0 && limits.max_surge == 0 {
            limits.max_unavailable = 1;
        }
        Ok(Some(limits))
    }
}

/// Counts over all nodes: a plain sum of node states, so that one node's change is one
/// subtraction and one addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub desired: u32,
    pub current: u32,
    pub misscheduled: u32,
    pub ready: u32,
    pub available: u32,
    pub updated: u32,
    /// Nodes that need a pod made whatever the rollout says.
    pub creates: u32,
    /// Pods that have to go whatever the rollout says.
    pub deletes: u32,
    /// Of those, the ones that have ended by themselves.
    pub ended: u32,
    /// Failed pods that wait for their node's back-off.
    pub held: u32,
    /// Pods bound to a node that does not exist.
    pub stranded: u32,
    empty: u32,
    crowded: u32,
    updated_available: u32,
    updated_unavailable: u32,
    old_available: u32,
    old_unavailable: u32,
    /// Both an old and an updated pod.
    both: u32,
    /// Of those, the ones whose updated pod is not available.
    both_waiting: u32,
    /// Of those, the ones whose old pod is available.
    both_old_available: u32,
}

impl AddAssign<&NodeState> for Tally {
    #[inline]
    fn add_assign(&mut self, state: &NodeState) {
        self.count(state, 1);
    }
}

impl SubAssign<&NodeState> for Tally {
    #[inline]
    fn sub_assign(&mut self, state: &NodeState) {
        self.count(state, u32::MAX);
    }
}

impl Tally {
    /// Adds the state `times` over, where `u32::MAX` stands for minus one.
    #[inline]
    fn count(&mut self, state: &NodeState, times: u32) {
        let add_many = |sum: &mut u32, count: u32| {
            *sum = sum.wrapping_add(times.wrapping_mul(count));
        };
        let add = |sum: &mut u32, counts: bool| add_many(sum, u32::from(counts));
        let Counts {
            desired,
            current,
            misscheduled,
            ready,
            available,
            updated,
        } = state.counts;
        add(&mut self.desired, desired);
        add(&mut self.current, current);
        add(&mut self.misscheduled, misscheduled);
        add(&mut self.ready, ready);
        add(&mut self.available, available);
        add(&mut self.updated, updated);
        add(&mut self.creates, state.create.is_some());
        if let Some(pending) = &state.pending {
            for (_, reason) in &pending.deletes {
                add(&mut self.deletes, true);
                add(&mut self.ended, reason.is_ended());
            }
            add_many(&mut self.held, pending.held);
            add_many(&mut self.stranded, pending.stranded);
        }
        match state.shape {
            Shape::Absent => {}
            Shape::Empty => add(&mut self.empty, true),
            Shape::Crowded => add(&mut self.crowded, true),
            Shape::Updated { available } => {
                add(&mut self.updated_available, available);
                add(&mut self.updated_unavailable, !available);
            }
            Shape::Old { available, .. } => {
                add(&mut self.old_available, available);
                add(&mut self.old_unavailable, !available);
            }
            Shape::Both {
                old_available,
                updated_available,
                ..
            } => {
                add(&mut self.both, true);
                add(&mut self.both_waiting, !updated_available);
                add(&mut self.both_old_available, old_available);
            }
        }
    }
}

/// A rolling update's budget in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "mode", rename_all_fields = "camelCase")]
pub enum Budget {
    /// Without surge: old pods make room for new ones.
    #[serde(rename = "unavailable")]
    Unavailable {
        /// How many nodes may be without an available pod.
        max_unavailable: i64,
        /// How many are.
        unavailable: i64,
        /// How many old, available pods may go now.
        remaining: i64,
    },
    /// With surge: new pods come first.
    #[serde(rename = "surge")]
    Surge {
        /// How many nodes may run a new pod beside the old one.
        max_surge: i64,
        /// How many do.
        surging: i64,
        /// How many nodes may begin to now.
        remaining: i64,
        /// How many available pods there are more than nodes that should run the daemon: so
        /// many old pods may go from nodes that should not run it.
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
                + i64::from(tally.old_unavailable);
            Self::Unavailable {
                max_unavailable: limits.max_unavailable,
                unavailable,
                remaining: limits.max_unavailable.saturating_sub(unavailable).max(0),
            }
        } else {
            let surging = i64::from(tally.crowded) + i64::from(tally.both_waiting);
            let available = i64::from(tally.updated_available)
                + i64::from(tally.old_available)
                + i64::from(tally.both_old_available);
            Self::Surge {
                max_surge: limits.max_surge,
                surging,
                remaining: limits.max_surge.saturating_sub(surging).max(0),
                spare: (available - i64::from(tally.desired)).max(0),
            }
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
    pub fn of(shape: Shape) -> Option<(Self, crate::node_state::PodId)> {
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
    /// What a round with this budget does, in order. Which nodes go first Kubernetes leaves open.
    pub(crate) fn steps(&self) -> Vec<Step> {
        const ALL: i64 = i64::MAX;
        use Home::{Excluded, Gone, Runs};
        use Queue::{OldAvailable, OldUnavailable, Superseded};
        let step = |queues, limit: i64, take| Step {
            queues,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            take,
        };
        match *self {
            Self::Unavailable { remaining, .. } => vec![
                step(
                    &[
                        OldUnavailable(Runs),
                        OldUnavailable(Excluded),
                        OldUnavailable(Gone),
                    ],
                    ALL,
                    Take::Delete(Reason::OutdatedUnavailable),
                ),
                step(
                    &[
                        OldAvailable(Runs),
                        OldAvailable(Excluded),
                        OldAvailable(Gone),
                    ],
                    remaining,
                    Take::Delete(Reason::Outdated),
                ),
            ],
            Self::Surge {
                remaining, spare, ..
            } => vec![
                step(&[Superseded], ALL, Take::Delete(Reason::Superseded)),
                step(
                    &[OldUnavailable(Excluded)],
                    ALL,
                    Take::Delete(Reason::NodeExcluded),
                ),
                step(
                    &[OldAvailable(Excluded)],
                    spare,
                    Take::Delete(Reason::Spare),
                ),
                step(
                    &[OldUnavailable(Runs)],
                    ALL,
                    Take::Create(Reason::SurgeBesideUnavailable),
                ),
                step(
                    &[OldAvailable(Runs)],
                    remaining,
                    Take::Create(Reason::Surge),
                ),
            ],
        }
    }
}
