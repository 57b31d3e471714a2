//! The status that the controller writes, and what `kubectl rollout status` says of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::{DaemonSet, DaemonSetStatus};
use crate::rollout::{Strategy, Tally};

/// The status that these counts make.
pub(crate) fn status(set: &DaemonSet, tally: &Tally) -> DaemonSetStatus {
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    DaemonSetStatus {
        current_number_scheduled: count(tally.current),
        number_misscheduled: count(tally.misscheduled),
        desired_number_scheduled: count(tally.desired),
        number_ready: count(tally.ready),
        observed_generation: set.metadata.generation,
        updated_number_scheduled: count(tally.updated),
        number_available: count(tally.available),
        number_unavailable: count(tally.desired) - count(tally.available),
        collision_count: set.status.collision_count,
        conditions: set.status.conditions.clone(),
    }
}

/// Whether writing `new` would change nothing: the figures are the same, and no newer generation
/// would be observed.
pub(crate) fn is_unchanged(old: &DaemonSetStatus, new: &DaemonSetStatus) -> bool {
    old.observed_generation >= new.observed_generation
        && DaemonSetStatus {
            observed_generation: new.observed_generation,
            ..old.clone()
        } == *new
}

/// How far a rollout is, as `kubectl rollout status` tells from the set alone.
///
/// Exhaustive: these are the states that kubectl knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "state",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum RolloutStatus {
    /// The strategy is not `RollingUpdate`: there is nothing to wait for.
    NoRollout,
    /// The controller has not yet seen the newest generation of the set.
    WaitingForObservation,
    /// Not all nodes have a pod of the current template.
    WaitingForUpdatedPods {
        /// Nodes that have one.
        updated: i32,
        /// Nodes that should.
        desired: i32,
    },
    /// All pods are of the current template, and not all are available.
    WaitingForAvailablePods {
        /// Nodes whose pod is available.
        available: i32,
        /// Nodes that should have one.
        desired: i32,
    },
    /// Nothing is left to wait for.
    Complete,
}

impl RolloutStatus {
    /// The rollout status of a set, from its spec and its stored status.
    ///
    /// ```
    /// use daemonset::api::DaemonSet;
    /// use daemonset::outcome::RolloutStatus;
    ///
    /// let mut agent = DaemonSet::default();
    /// agent.status.desired_number_scheduled = 12;
    /// agent.status.updated_number_scheduled = 1;
    /// let status = RolloutStatus::of(&agent);
    /// assert_eq!(status, RolloutStatus::WaitingForUpdatedPods { updated: 1, desired: 12 });
    /// assert!(!status.is_done());
    /// ```
    #[must_use]
    pub fn of(set: &DaemonSet) -> Self {
        let DaemonSetStatus {
            desired_number_scheduled: desired,
            updated_number_scheduled: updated,
            number_available: available,
            observed_generation,
            ..
        } = set.status;
        if Strategy::new(&set.spec) == Strategy::OnDelete {
            Self::NoRollout
        } else if set.metadata.generation > observed_generation {
            Self::WaitingForObservation
        } else if updated < desired {
            Self::WaitingForUpdatedPods { updated, desired }
        } else if available < desired {
            Self::WaitingForAvailablePods { available, desired }
        } else {
            Self::Complete
        }
    }

    /// Whether there is nothing left to wait for.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::NoRollout | Self::Complete)
    }
}

/// Prints what is waited for, with the figures.
impl fmt::Display for RolloutStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRollout => f.write_str("no rollout: the update strategy is not RollingUpdate"),
            Self::WaitingForObservation => {
                f.write_str("waiting: the controller has not observed the newest spec yet")
            }
            Self::WaitingForUpdatedPods { updated, desired } => {
                write!(f, "waiting: {updated} of {desired} pods are updated")
            }
            Self::WaitingForAvailablePods { available, desired } => {
                write!(
                    f,
                    "waiting: {available} of {desired} updated pods are available"
                )
            }
            Self::Complete => f.write_str("complete"),
        }
    }
}
