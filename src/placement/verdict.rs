//! The verdict on a node.

use serde::Serialize;

/// Whether a node runs the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Verdict {
    /// It does not, and pods of the daemon there are removed.
    Exclude,
    /// It gets no new pod, and a pod that is there stays.
    KeepExisting,
    /// It does.
    Run,
}

impl Verdict {
    /// Whether a pod is made where there is none.
    #[must_use]
    pub fn should_run(self) -> bool {
        self == Self::Run
    }

    /// Whether a pod that is there stays.
    #[must_use]
    pub fn should_continue_running(self) -> bool {
        self >= Self::KeepExisting
    }
}
