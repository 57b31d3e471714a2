//! What to do next, as data.

use std::fmt;

use serde::Serialize;

use crate::api::DaemonSetStatus;

/// One thing to do. All names are of objects in the set's namespace.
///
/// Exhaustive on purpose: whoever carries actions out must not overlook a new one.
///
/// ```
/// use daemonset::{Action, Reason};
///
/// let action = Action::CreatePod { node: "node-a".into(), reason: Reason::NoDaemonPod };
/// assert_eq!(action.to_string(), "create a pod on node-a: the node should run the daemon and has no pod of it");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all_fields = "camelCase")]
pub enum Action {
    /// Make the set the controller of a pod that has none.
    AdoptPod {
        /// The pod.
        pod: String,
    },
    /// Take the set's owner reference off a pod that the selector no longer matches.
    ReleasePod {
        /// The pod.
        pod: String,
    },
    /// Make the set the controller of a ControllerRevision that has none.
    AdoptRevision {
        /// The revision.
        name: String,
    },
    /// Take the set's owner reference off a ControllerRevision that the selector no longer matches.
    ReleaseRevision {
        /// The revision.
        name: String,
    },
    /// Store the set's template as a new ControllerRevision.
    CreateRevision {
        /// Its name.
        name: String,
        /// Its number.
        revision: i64,
        /// Its hash, the value of its label `controller-revision-hash`.
        hash: String,
    },
    /// Write a number and a hash label into a ControllerRevision.
    UpdateRevision {
        /// The revision.
        name: String,
        /// Its number.
        revision: i64,
        /// The value of its label `controller-revision-hash`.
        hash: String,
        /// Why.
        reason: Reason,
    },
    /// Set a pod's label `controller-revision-hash`.
    RelabelPod {
        /// The pod.
        pod: String,
        /// The label's new value.
        hash: String,
    },
    /// Delete a ControllerRevision.
    DeleteRevision {
        /// The revision.
        name: String,
        /// Why.
        reason: Reason,
    },
    /// Make a pod for a node; `Planner::pod_for` makes its manifest.
    CreatePod {
        /// The node.
        node: String,
        /// Why.
        reason: Reason,
    },
    /// Delete a pod.
    DeletePod {
        /// The pod.
        pod: String,
        /// The node it belongs to.
        node: String,
        /// Why.
        reason: Reason,
    },
    /// Report an event on the set.
    Event {
        /// `Normal` or `Warning`.
        kind: EventType,
        /// The event's reason, one word.
        event: &'static str,
        /// The event's message.
        message: String,
    },
    /// Write the set's status.
    UpdateStatus {
        /// The new status.
        status: DaemonSetStatus,
    },
}

/// How grave an event is, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EventType {
    /// As it should be.
    Normal,
    /// Somebody should look.
    Warning,
}

/// Why something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The node should run the daemon and has no pod of it.
    NoDaemonPod,
    /// With surge: every pod on the node is being deleted or has failed, so the new one is made at
    /// once.
    NoRunningPod,
    /// With surge: a new pod beside an old one that is not available, whatever the budget says.
    SurgeBesideUnavailable,
    /// With surge: a new pod beside an old one, out of the budget.
    Surge,
    /// The pod has failed.
    FailedPod,
    /// The pod has run to its end, which a daemon should not.
    SucceededPod,
    /// An older pod of the daemon is on the node already.
    DuplicatePod,
    /// With surge: the old pod is not ready, and a new one stands beside it.
    OldPodNotReady,
    /// The new pod beside it is available.
    Superseded,
    /// The node should not run the daemon.
    NodeExcluded,
    /// The pod was never bound, and the node it is aimed at does not exist.
    NodeGone,
    /// The pod is of an older revision and not available, so the budget does not protect it.
    OutdatedUnavailable,
    /// The pod is of an older revision, and the budget has room.
    Outdated,
    /// With surge: the pod's node gets no new pods, and there are more available pods than needed.
    Spare,
    /// Another revision with the same template is kept.
    DuplicateRevision,
    /// More old revisions than `revisionHistoryLimit`, and no pod carries this one.
    HistoryLimit,
    /// The revision has no hash label.
    MissingHashLabel,
    /// The revision is current again and becomes the newest.
    CurrentRevision,
}

impl Reason {
    /// The reason as a sentence, without the names of the objects.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoDaemonPod => "the node should run the daemon and has no pod of it",
            Self::NoRunningPod => {
                "surge: all pods on the node are ending or have failed, so the next is made at once"
            }
            Self::SurgeBesideUnavailable => {
                "surge: the old pod is not available, so the budget does not matter"
            }
            Self::Surge => "surge: the old pod stays until the new one is available",
            Self::FailedPod => "the pod has failed",
            Self::SucceededPod => "the pod has ended, which a daemon should not",
            Self::DuplicatePod => "another pod of the daemon on the node comes first",
            Self::OldPodNotReady => "surge: the old pod is not ready and a new one is there",
            Self::Superseded => "surge: the new pod beside it is available",
            Self::NodeExcluded => "the node should not run the daemon",
            Self::NodeGone => "unscheduled, and its node does not exist",
            Self::OutdatedUnavailable => {
                "of an older revision and not available, so the budget does not matter"
            }
            Self::Outdated => "of an older revision, and the budget has room",
            Self::Spare => "the node takes no new pods, and enough others are available",
            Self::DuplicateRevision => "another revision with the same template is kept",
            Self::HistoryLimit => "beyond revisionHistoryLimit, and no pod carries it",
            Self::MissingHashLabel => "the revision has no hash label",
            Self::CurrentRevision => "the revision is current and becomes the newest",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Reason {
    /// Whether the pod goes because it has ended by itself.
    pub(crate) fn is_ended(self) -> bool {
        matches!(self, Self::FailedPod | Self::SucceededPod)
    }
}

impl Action {
    /// Why it is done, where the kind of action does not say so already.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::UpdateRevision { reason, .. }
            | Self::DeleteRevision { reason, .. }
            | Self::CreatePod { reason, .. }
            | Self::DeletePod { reason, .. } => Some(*reason),
            Self::AdoptPod { .. }
            | Self::ReleasePod { .. }
            | Self::AdoptRevision { .. }
            | Self::ReleaseRevision { .. }
            | Self::CreateRevision { .. }
            | Self::RelabelPod { .. }
            | Self::Event { .. }
            | Self::UpdateStatus { .. } => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AdoptPod { pod } => write!(f, "adopt pod {pod}"),
            Self::ReleasePod { pod } => write!(f, "release pod {pod}"),
            Self::AdoptRevision { name } => write!(f, "adopt revision {name}"),
            Self::ReleaseRevision { name } => write!(f, "release revision {name}"),
            Self::CreateRevision { name, revision, .. } => {
                write!(f, "create revision {name}, number {revision}")
            }
            Self::UpdateRevision {
                name,
                revision,
                hash,
                reason,
            } => write!(
                f,
                "update revision {name} to number {revision} and hash {hash}: {reason}"
            ),
            Self::RelabelPod { pod, hash } => write!(f, "relabel pod {pod} to hash {hash}"),
            Self::DeleteRevision { name, reason } => write!(f, "delete revision {name}: {reason}"),
            Self::CreatePod { node, reason } => write!(f, "create a pod on {node}: {reason}"),
            Self::DeletePod { pod, node, reason } => {
                write!(f, "delete pod {pod} on {node}: {reason}")
            }
            Self::Event {
                kind,
                event,
                message,
            } => write!(f, "event {kind:?} {event}: {message}"),
            Self::UpdateStatus { .. } => f.write_str("update the status"),
        }
    }
}
