//! Whether a DaemonSet is still there.
//!
//! Its watch may be later than that of its pods. What goes without having been deleted here may be
//! the garbage collector's work, after a deletion that is not shown yet; and what has no owner may have
//! been let go by it. So the API server is asked before anything is adopted, as by Kubernetes, and before
//! what has gone is made again: what is made for a set that is gone is collected, and would be made
//! again without end.

use std::collections::BTreeSet;

use super::Kind;
use super::retry::Hold;
use crate::api::Timestamp;

/// How long an answer counts for pods that go after it, in milliseconds. Where pods are deleted one after
/// the other, it is asked once in that time.
const COUNTS_MILLIS: i64 = 500;

/// An object to be adopted: a pod, or a revision.
pub(super) type Orphan = (Kind, String);

/// What the API server has said of a set, and what gives reason to ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Whether a pod has gone since the set was known to be there.
    pod_is_lost: bool,
    revision: Loss,
    /// Until when it counts that the set was there.
    there: Option<Hold>,
    /// What the question under way is asked for, or the last one was.
    asked: BTreeSet<Orphan>,
    /// What may be adopted, because the set was there after it was seen without an owner.
    adoptable: BTreeSet<Orphan>,
}

/// Whether a revision has gone. New pods of another hash would be rolled out for that, so that an answer
/// only counts where it was asked for afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Loss {
    #[default]
    None,
    Seen,
    Asked,
}

impl Standing {
    /// A pod of the set goes, and was not deleted here.
    pub(super) fn loses_pod(&mut self) {
        self.pod_is_lost = true;
    }

    /// A revision of the set goes, and was not deleted here.
    pub(super) fn loses_revision(&mut self) {
        self.revision = Loss::Seen;
    }

    /// The API server is asked for the set, among others to adopt these.
    pub(super) fn asks(&mut self, orphans: BTreeSet<Orphan>) {
        self.asked = orphans;
        if self.revision == Loss::Seen {
            self.revision = Loss::Asked;
        }
    }

    /// The API server has answered: whether the set is there to stay.
    pub(super) fn answered(&mut self, is_there: bool, now: Timestamp) {
        let asked = std::mem::take(&mut self.asked);
        if is_there {
            self.adoptable = asked;
            self.there = Some(Hold::millis(now, COUNTS_MILLIS));
        }
        if self.revision == Loss::Asked {
            self.revision = if is_there { Loss::None } else { Loss::Seen };
        }
    }

    /// Whether what has gone may be made again; otherwise it is to be asked first.
    pub(super) fn allows_creation(&mut self, now: Timestamp) -> bool {
        self.pod_is_lost &= !self.counts(now);
        !self.pod_is_lost && self.revision == Loss::None
    }

    /// What may be adopted now, and not any more later.
    pub(super) fn take_adoptable(&mut self, now: Timestamp) -> BTreeSet<Orphan> {
        let adoptable = std::mem::take(&mut self.adoptable);
        if self.counts(now) {
            adoptable
        } else {
            BTreeSet::new()
        }
    }

    fn counts(&self, now: Timestamp) -> bool {
        self.there.is_some_and(|there| !there.is_over(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_000_000 + millis)
    }

    #[test]
    fn a_pod_that_is_lost_is_asked_for_twice_a_second() {
        let mut standing = Standing::default();
        assert!(standing.allows_creation(at(0)));
        standing.loses_pod();
        assert!(!standing.allows_creation(at(0)));
        standing.asks(BTreeSet::new());
        standing.loses_pod();
        standing.answered(true, at(0));
        assert!(standing.allows_creation(at(0)));
        standing.loses_pod();
        assert!(standing.allows_creation(at(499)));
        assert!(
            standing.allows_creation(at(10_000)),
            "that one was looked at"
        );
        standing.loses_pod();
        assert!(!standing.allows_creation(at(10_000)));
        standing.asks(BTreeSet::new());
        standing.answered(false, at(10_000));
        assert!(!standing.allows_creation(at(10_000)));
    }

    #[test]
    fn a_revision_that_is_lost_is_asked_for_afterwards() {
        let mut standing = Standing::default();
        standing.answered(true, at(0));
        standing.loses_revision();
        assert!(!standing.allows_creation(at(0)));
        standing.asks(BTreeSet::new());
        standing.answered(false, at(0));
        assert!(!standing.allows_creation(at(0)));
        standing.asks(BTreeSet::new());
        standing.loses_revision();
        standing.answered(true, at(0));
        assert!(
            !standing.allows_creation(at(0)),
            "asked for before it was lost"
        );
        standing.asks(BTreeSet::new());
        standing.answered(true, at(0));
        assert!(standing.allows_creation(at(0)));
    }

    #[test]
    fn what_was_asked_for_may_be_adopted_at_once() {
        let orphan = || BTreeSet::from([(Kind::Pod, "a".to_owned())]);
        let mut standing = Standing::default();
        standing.answered(true, at(0));
        assert!(standing.take_adoptable(at(0)).is_empty());
        standing.asks(orphan());
        standing.answered(false, at(0));
        assert!(standing.take_adoptable(at(0)).is_empty());
        standing.asks(orphan());
        standing.answered(true, at(0));
        assert_eq!(standing.take_adoptable(at(0)), orphan());
        assert!(standing.take_adoptable(at(0)).is_empty(), "once");
        standing.asks(orphan());
        standing.answered(true, at(0));
        assert!(standing.take_adoptable(at(2000)).is_empty(), "too late");
    }
}
