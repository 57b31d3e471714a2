//! How often what was done.

use std::fmt;

/// How often a controller did what, since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Plans that were made.
    pub plans: u64,
    /// Requests that were given out.
    pub requests: u64,
    /// Requests that the API server refused or failed to carry out.
    pub refused: u64,
    /// Requests that came too late: the object had changed, or its name was taken.
    pub conflicts: u64,
    /// Requests without an answer.
    pub unanswered: u64,
    /// Pods that were created.
    pub pods_created: u64,
    /// Pods that were deleted.
    pub pods_deleted: u64,
    /// Statuses that were written.
    pub statuses_written: u64,
}

/// Prints them in one line, as logs have it: `plans=12 requests=40 refused=0 …`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            plans,
            requests,
            refused,
            conflicts,
            unanswered,
            pods_created,
            pods_deleted,
            statuses_written,
        } = self;
        write!(f, "plans={plans} requests={requests} refused={refused} ")?;
        write!(f, "conflicts={conflicts} unanswered={unanswered} ")?;
        write!(f, "podsCreated={pods_created} podsDeleted={pods_deleted} ")?;
        write!(f, "statusesWritten={statuses_written}")
    }
}
