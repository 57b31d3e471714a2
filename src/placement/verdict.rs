//! The verdict on a node.

use std::fmt;

use crate::ids::ids;

/// Whether a node runs the daemon.
///
/// ```
/// use daemonset::placement::Verdict;
///
/// assert_eq!("keepExisting".parse(), Ok(Verdict::KeepExisting));
/// assert_eq!(Verdict::KeepExisting.id(), "keepExisting");
/// assert_eq!(Verdict::Run.to_string(), "runs the daemon");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It does not, and pods of the daemon there are deleted.
    Exclude,
    /// No new pod is created there, and an existing one stays.
    KeepExisting,
    /// It does.
    Run,
}

ids! {
    Verdict {
        Run => "run",
        KeepExisting => "keepExisting",
        Exclude => "exclude",
    }
}

impl Verdict {
    /// Whether a pod is created where there is none.
    #[must_use]
    pub fn should_run(self) -> bool {
        self == Self::Run
    }

    /// Whether a pod that is there stays.
    #[inline]
    #[must_use]
    pub fn should_continue_running(self) -> bool {
        self >= Self::KeepExisting
    }
}

/// Prints what follows the name of a node in a sentence.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Run => "runs the daemon",
            Self::KeepExisting => "gets no new pod, and an existing one stays",
            Self::Exclude => "does not run the daemon",
        })
    }
}
