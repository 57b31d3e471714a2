//! Why something is done.

use std::fmt;

use serde::Serialize;

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
