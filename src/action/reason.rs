//! Why something is done.

use std::fmt;

use crate::ids::ids;

/// Why something is done.
///
/// A reason has an id, which stays the same from release to release, and a sentence, whose words may
/// be improved.
///
/// ```
/// use daemonset::Reason;
///
/// let reason: Reason = "nodeExcluded".parse()?;
/// assert_eq!(reason, Reason::NodeExcluded);
/// assert_eq!(reason.id(), "nodeExcluded");
/// assert_eq!(reason.to_string(), "the node should not run the daemon");
/// # Ok::<(), daemonset::UnknownId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The node should run the daemon and has no pod of it.
    NoDaemonPod,
    /// With surge: every pod on the node is terminating or has ended, so the new one is created at
    /// once.
    NoRunningPod,
    /// With surge: a new pod beside an old one that is not available, whatever the budget says.
    SurgeBesideUnavailable,
    /// With surge: a new pod beside an old one, out of the budget.
    Surge,
    /// The pod's phase is `Failed`.
    FailedPod,
    /// The pod's phase is `Succeeded`, which a daemon's should never be.
    SucceededPod,
    /// Another pod of the daemon on the node comes first: bound before unbound, older before newer.
    DuplicatePod,
    /// With surge: the old pod is not ready, and a new one stands beside it.
    OldPodNotReady,
    /// With surge: the new pod beside the old one is available.
    Superseded,
    /// The node should not run the daemon.
    NodeExcluded,
    /// The pod was never bound, and the node that it is aimed at does not exist.
    NodeGone,
    /// The pod is outdated and not available, so the budget does not protect it.
    OutdatedUnavailable,
    /// The pod is outdated, and the budget has room.
    Outdated,
    /// With surge: no new pod is created on the pod's node, and there are more available pods than
    /// nodes that should run the daemon.
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

ids! {
    Reason {
        NoDaemonPod => "noDaemonPod",
        NoRunningPod => "noRunningPod",
        SurgeBesideUnavailable => "surgeBesideUnavailable",
        Surge => "surge",
        FailedPod => "failedPod",
        SucceededPod => "succeededPod",
        DuplicatePod => "duplicatePod",
        OldPodNotReady => "oldPodNotReady",
        Superseded => "superseded",
        NodeExcluded => "nodeExcluded",
        NodeGone => "nodeGone",
        OutdatedUnavailable => "outdatedUnavailable",
        Outdated => "outdated",
        Spare => "spare",
        DuplicateRevision => "duplicateRevision",
        HistoryLimit => "historyLimit",
        MissingHashLabel => "missingHashLabel",
        CurrentRevision => "currentRevision",
    }
}

impl Reason {
    /// The reason as a sentence, without the names of the objects.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoDaemonPod => "the node should run the daemon and has no pod of it",
            Self::NoRunningPod => {
                "surge: every pod on the node is terminating or has ended, so the new one is created at once"
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
                "not of the current revision and not available, so the budget does not matter"
            }
            Self::Outdated => "not of the current revision, and the budget has room",
            Self::Spare => {
                "surge: no new pod is created on the node, and enough others are available"
            }
            Self::DuplicateRevision => "another revision with the same template is kept",
            Self::HistoryLimit => "beyond revisionHistoryLimit, and no pod carries it",
            Self::MissingHashLabel => "the revision has no hash label",
            Self::CurrentRevision => "the revision is current and becomes the newest",
        }
    }

    /// Whether the pod goes because it has ended.
    pub(crate) fn is_ended(self) -> bool {
        matches!(self, Self::FailedPod | Self::SucceededPod)
    }
}

/// Prints the [sentence](Reason::sentence).
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_an_id_and_a_sentence_of_its_own() {
        for reason in Reason::ALL {
            assert_eq!(reason.id().parse(), Ok(*reason));
            let json = serde_json::to_string(reason).unwrap();
            assert_eq!(json, format!("{:?}", reason.id()));
            assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), *reason);
            let others = Reason::ALL.iter().filter(|other| *other != reason);
            let same =
                |other: &Reason| other.id() == reason.id() || other.sentence() == reason.sentence();
            assert!(!others.into_iter().any(same), "{reason:?}");
        }
    }
}
