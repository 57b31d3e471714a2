//! A DaemonSet, its policy, and what is remembered of it.

use std::collections::{BTreeMap, BTreeSet};

use super::note::Note;
use super::{APPROVE, MEMORY, POLICY, ReadPolicy};
use crate::api::{DaemonSet, Timestamp};
use crate::control::events::{EventKey, EventLog};
use crate::control::retry::{Hold, Retry};
use crate::control::stored::StoredSet;
use crate::planner::Planner;
use crate::policy::{BudgetMode, Governor, Held, Policy};

/// A DaemonSet.
#[derive(Debug)]
pub(super) struct Entry {
    pub stored: StoredSet,
    /// The policy; `None` where there is none, an error where it does not read.
    pub policy: Option<Result<Governor, String>>,
    /// Compiled with the rolling update that is meant; `None` until it is asked for.
    pub planner: Option<Planner>,
    /// What is remembered now.
    pub note: Note,
    /// The note as it is written, and its text.
    pub written: Note,
    pub text: Option<String>,
    /// Whether a text was there that does not read.
    pub unreadable: bool,
    /// UIDs of pods of the current revision that are known, once they were looked at.
    pub known: Option<BTreeSet<String>>,
    /// Pods that were deleted, by UID, and until when they are not deleted again.
    pub deleted: BTreeMap<String, Hold>,
    /// Whether to ask the API server for the set before anything else.
    pub read: bool,
    pub again: bool,
    pub look_at: Option<Timestamp>,
    pub writes: Retry,
    pub deletes: Retry,
    pub link: Retry,
    pub events: EventLog,
    /// What was reported and is still so.
    pub said: BTreeSet<String>,
    pub held: Vec<Held>,
}

/// What a request is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    Read,
    /// To write a note, with this text, perhaps with the strategy.
    Remember(Box<Note>, String),
    /// To take the note away and give the strategy back.
    Release,
    /// To go back to the template of this revision.
    RollBack(i64),
    Delete {
        node: String,
        pod: String,
        uid: String,
        /// Only this version of it was to be deleted.
        in_version: bool,
    },
    Report(EventKey),
}

/// A stage that is under way.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    /// The UID of the set that it is for.
    pub uid: String,
    pub purposes: Vec<Purpose>,
}

impl Entry {
    pub(super) fn new(stored: StoredSet, read: ReadPolicy) -> Self {
        let mut entry = Self {
            policy: policy(&stored.object, read),
            stored,
            planner: None,
            note: Note::default(),
            written: Note::default(),
            text: None,
            unreadable: false,
            known: None,
            deleted: BTreeMap::new(),
            read: false,
            again: true,
            look_at: None,
            writes: Retry::default(),
            deletes: Retry::default(),
            link: Retry::default(),
            events: EventLog::default(),
            said: BTreeSet::new(),
            held: Vec::new(),
        };
        entry.recall();
        entry
    }

    /// Takes a version of the same set over, unless the known one is newer.
    pub(super) fn renew(&mut self, stored: StoredSet, read: ReadPolicy) {
        if self.stored.is_newer_than(&stored) {
            return;
        }
        let (before, now) = (&self.stored.object, &stored.object);
        let annotation =
            |set: &DaemonSet, key| set.metadata.annotations.get(key).map(str::to_owned);
        if annotation(before, POLICY) != annotation(now, POLICY) {
            self.policy = policy(now, read);
            self.writes.succeed();
        }
        let same_but_annotations = before.spec == now.spec
            && before.status == now.status
            && before.metadata.labels == now.metadata.labels
            && before.metadata.generation == now.metadata.generation
            && before.metadata.deletion_timestamp == now.metadata.deletion_timestamp;
        if !same_but_annotations {
            self.planner = None;
        }
        if before.metadata.generation != now.metadata.generation {
            self.writes.succeed();
            self.deletes.succeed();
        }
        self.stored = stored;
        self.again = true;
        self.recall();
    }

    /// Reads the note where it is not the one that was written or read last: another one wrote it.
    fn recall(&mut self) {
        let text = self.annotation(MEMORY).map(str::to_owned);
        if text == self.text {
            return;
        }
        let note = text.as_deref().map(serde_json::from_str::<Note>);
        self.unreadable = matches!(note, Some(Err(_)));
        self.written = note.and_then(Result::ok).unwrap_or_default();
        self.note = self.written.clone();
        self.text = text;
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.stored.object.metadata.annotations.get(key)
    }

    /// The waves that are approved and not taken in yet.
    pub(super) fn approvals(&self) -> Vec<String> {
        let names = self.annotation(APPROVE).unwrap_or_default().split(',');
        let names = names.map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    pub(super) fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// When the set is to be looked at again, if nothing happens; now, where something has.
    pub(super) fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        if self.policy.is_none() && self.text.is_none() {
            return None;
        }
        if let Some(until) = self.link.waits_until(now) {
            return Some(until);
        }
        if self.again {
            return Some(now);
        }
        self.look_at
    }
}

/// The policy of a set, compiled.
fn policy(set: &DaemonSet, read: ReadPolicy) -> Option<Result<Governor, String>> {
    let text = set.metadata.annotations.get(POLICY)?;
    let governor = read(text).and_then(|mut policy: Policy| {
        // Beside Kubernetes, what was begun and is not seen yet counts in any case.
        policy.budget = BudgetMode::Strict;
        Governor::new(policy).map_err(|faults| {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            faults.join("; ")
        })
    });
    Some(governor)
}
