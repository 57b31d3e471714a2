//! The result of a round.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::action::{Action, EventReason, EventType};
use crate::api::{DaemonSetStatus, Timestamp};
use crate::placement::Verdict;
use crate::revision::KnownRevision;
use crate::rollout::{BegunWait, Budget, BudgetError};

/// What Kubernetes would do next, and what it would report.
///
/// ```
/// use daemonset::api::{DaemonSet, Node, Pod};
/// use daemonset::outcome::Outcome;
/// use daemonset::{Cluster, Plan, Planner};
///
/// let (nodes, pods): ([Node; 0], [Pod; 0]) = ([], []);
/// let plan = Planner::new(&DaemonSet::default())?.plan(&Cluster::new(&nodes, &pods));
/// assert_eq!(plan.outcome, Outcome::Complete);
/// assert!(plan.actions.is_empty());
///
/// let json = serde_json::to_string(&plan)?;
/// assert_eq!(serde_json::from_str::<Plan>(&json)?, plan);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// How far the round went.
    pub outcome: Outcome,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// The status that the round counts, whether it needs writing or not. Where pods are left
    /// alone as [`undecided`](Deferred::undecided), how many are updated is not known; the set's own
    /// figure stands for it, and no status is written.
    pub status: DaemonSetStatus,
    /// The revision that pods should be of.
    pub current_revision: KnownRevision,
    /// The verdict on each node, in the order of [`Cluster::nodes`](crate::Cluster::nodes).
    pub verdicts: Vec<Verdict>,
    /// The rolling update's budget; `None` where there is no rolling update or the round did not
    /// get there.
    pub budget: Option<Budget>,
    /// The waits that deletions of failed pods begin; hand them to
    /// [`Backoff::advance`](crate::rollout::Backoff::advance).
    pub begun_waits: Vec<BegunWait>,
    /// The earliest moment at which time alone may change the plan: a pod becomes available, or a
    /// wait is over.
    pub look_again_at: Option<Timestamp>,
    /// What this round leaves for later, or alone.
    pub deferred: Deferred,
}

/// How far a round went.
///
/// ```
/// use daemonset::outcome::Outcome;
///
/// assert!(Outcome::Deleting.is_idle());
/// assert_eq!(Outcome::Deleting.to_string(), "nothing is decided: the DaemonSet is being deleted");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing is decided: the selector would select every pod there is.
    SelectingAll,
    /// Nothing is decided: the DaemonSet is being deleted.
    Deleting,
    /// The round ends early: the name of the new revision is taken by another template.
    Collision,
    /// A node lacks its pod or has one too many, so a rolling update waits for the next round.
    Managed,
    /// The rolling update's budget is neither a number nor a percentage; what was decided before it
    /// stands.
    InvalidBudget(BudgetError),
    /// The round went all the way.
    Complete,
}

impl Outcome {
    /// Whether the round ended before any pod was looked at.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self, Self::SelectingAll | Self::Deleting | Self::Collision)
    }
}

/// Prints how far the round went, as a sentence.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelectingAll => f.write_str("nothing is decided: the selector selects every pod"),
            Self::Deleting => f.write_str("nothing is decided: the DaemonSet is being deleted"),
            Self::Collision => f.write_str(
                "the round ends early: the name of the new revision is taken by another template",
            ),
            Self::Managed => f.write_str(
                "a node lacks its pod or has one too many, so a rolling update waits for the next round",
            ),
            Self::InvalidBudget(error) => write!(f, "no rolling update: {error}"),
            Self::Complete => f.write_str("the round is complete"),
        }
    }
}

/// What a round leaves for later, or alone, in pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Deferred {
    /// Not created now because of the cap on creates.
    pub creates: usize,
    /// Not deleted now because of the cap on deletes.
    pub deletes: usize,
    /// Failed pods that wait for their node's back-off.
    pub backing_off: usize,
    /// Pods whose hash no known revision has. Where revisions were given, all of them are outdated.
    pub unknown_hash: usize,
    /// Pods that are left alone because it is not known whether they are outdated: no
    /// ControllerRevisions were given, and their generation label does not tell.
    pub undecided: usize,
    /// Pods bound to nodes that do not exist; they are left to the garbage collector.
    pub on_missing_nodes: usize,
}

impl Plan {
    /// Whether the plan leaves pods alone that may be outdated, because the set's
    /// ControllerRevisions were not given.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        self.deferred.undecided > 0
    }

    /// The plan of a round that ends before any pod is looked at.
    pub(crate) fn idle(
        outcome: Outcome,
        actions: Vec<Action>,
        status: DaemonSetStatus,
        current_revision: KnownRevision,
        verdicts: Vec<Verdict>,
    ) -> Self {
        Self {
            outcome,
            actions,
            status,
            current_revision,
            verdicts,
            budget: None,
            begun_waits: Vec::new(),
            look_again_at: None,
            deferred: Deferred::default(),
        }
    }
}

impl Action {
    /// The event of a set whose selector selects every pod.
    pub(crate) fn selecting_all() -> Self {
        Self::Event {
            kind: EventType::Warning,
            event: EventReason::SelectingAll,
            message: "This daemon set is selecting all pods. A non-empty selector is required."
                .to_owned(),
        }
    }
}
