//! What to do next.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Reason;
use crate::api::DaemonSetStatus;
use crate::ids::ids;

/// One thing to do. All names are of objects in the DaemonSet's namespace.
///
/// Exhaustive on purpose: whoever carries actions out must not overlook a new one.
///
/// ```
/// use daemonset::{Action, Reason};
///
/// let action = Action::CreatePod { node: "node-a".into(), reason: Reason::NoDaemonPod };
/// assert_eq!(action.to_string(), "create a pod on node-a: the node should run the daemon and has no pod of it");
///
/// let json = serde_json::to_string(&action)?;
/// assert_eq!(json, r#"{"action":"createPod","node":"node-a","reason":"noDaemonPod"}"#);
/// assert_eq!(serde_json::from_str::<Action>(&json)?, action);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "action",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Action {
    /// Make the DaemonSet the controller of a pod that has none.
    AdoptPod {
        /// The pod's name.
        pod: String,
        /// The pod's UID, to act on this very pod and not on a later one of the same name; empty
        /// where it is not known.
        uid: String,
    },
    /// Take the DaemonSet's owner reference off a pod that the selector no longer matches.
    ReleasePod {
        /// The pod's name.
        pod: String,
        /// The pod's UID, to act on this very pod and not on a later one of the same name; empty
        /// where it is not known.
        uid: String,
    },
    /// Make the DaemonSet the controller of a ControllerRevision that has none.
    AdoptRevision {
        /// The revision.
        name: String,
    },
    /// Take the DaemonSet's owner reference off a ControllerRevision that the selector no longer matches.
    ReleaseRevision {
        /// The revision.
        name: String,
    },
    /// Store the DaemonSet's template as a new ControllerRevision;
    /// [`Planner::revision_manifest`](crate::Planner::revision_manifest) gives its manifest.
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
        /// The pod's name.
        pod: String,
        /// The pod's UID, to act on this very pod and not on a later one of the same name; empty
        /// where it is not known.
        uid: String,
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
    /// Create a pod for a node; [`Planner::pod_for`](crate::Planner::pod_for) gives its manifest.
    CreatePod {
        /// The node.
        node: String,
        /// Why.
        reason: Reason,
    },
    /// Delete a pod.
    DeletePod {
        /// The pod's name.
        pod: String,
        /// The pod's UID, to act on this very pod and not on a later one of the same name; empty
        /// where it is not known.
        uid: String,
        /// The node it belongs to.
        node: String,
        /// Why.
        reason: Reason,
    },
    /// Report an event on the DaemonSet.
    Event {
        /// `Normal` or `Warning`.
        kind: EventType,
        /// The event's reason, one word.
        event: EventReason,
        /// The event's message.
        message: String,
    },
    /// Write the DaemonSet's status.
    UpdateStatus {
        /// The new status.
        status: DaemonSetStatus,
    },
}

/// How grave an event is, in the words of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// Nothing is wrong.
    Normal,
    /// Something may be wrong.
    Warning,
}

ids! {
    EventType {
        Normal => "Normal",
        Warning => "Warning",
    }
}

/// Prints it as the API spells it.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What an event is about: the word in its field `reason`.
///
/// ```
/// use daemonset::outcome::EventReason;
///
/// assert_eq!(EventReason::FailedDaemonPod.to_string(), "FailedDaemonPod");
/// assert_eq!("FailedDaemonPod".parse(), Ok(EventReason::FailedDaemonPod));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventReason {
    /// The selector selects every pod, so nothing is decided.
    SelectingAll,
    /// The selector does not parse, so nothing is decided. Kubernetes reports no event then; it
    /// fails to sync.
    InvalidSelector,
    /// A pod has failed and is deleted.
    FailedDaemonPod,
    /// A pod has succeeded and is deleted.
    SucceededDaemonPod,
}

ids! {
    EventReason {
        SelectingAll => "SelectingAll",
        InvalidSelector => "InvalidSelector",
        FailedDaemonPod => "FailedDaemonPod",
        SucceededDaemonPod => "SucceededDaemonPod",
    }
}

/// Prints it as the API spells it.
impl fmt::Display for EventReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
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
            Self::AdoptPod { pod, .. } => write!(f, "adopt pod {pod}"),
            Self::ReleasePod { pod, .. } => write!(f, "release pod {pod}"),
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
            Self::RelabelPod { pod, hash, .. } => write!(f, "relabel pod {pod} to hash {hash}"),
            Self::DeleteRevision { name, reason } => write!(f, "delete revision {name}: {reason}"),
            Self::CreatePod { node, reason } => write!(f, "create a pod on {node}: {reason}"),
            Self::DeletePod {
                pod, node, reason, ..
            } => {
                write!(f, "delete pod {pod} on {node}: {reason}")
            }
            Self::Event {
                kind,
                event,
                message,
            } => write!(f, "event {kind} {event}: {message}"),
            Self::UpdateStatus { .. } => f.write_str("update the status"),
        }
    }
}
