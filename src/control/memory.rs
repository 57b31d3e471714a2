//! What is remembered of one DaemonSet between stages.

use std::collections::{BTreeMap, BTreeSet};

use super::doubt::Doubts;
use super::events::EventLog;
use super::retry::{Hold, Retry, SlowStart};
use super::standing::Standing;
use super::status_gate::StatusGate;
use super::stored::StoredSet;
use crate::api::Timestamp;
use crate::outcome::{Action, Plan};
use crate::tracker::SetId;

/// A DaemonSet, and what is remembered of it.
#[derive(Clone, Debug)]
pub(super) struct SetEntry {
    pub stored: StoredSet,
    /// Its place in the tracker; `None` until it is compiled, and where it cannot be.
    pub id: Option<SetId>,
    /// Whether it or its revisions have changed since it was compiled.
    pub uncompiled: bool,
    /// Whether to look again at once.
    pub again: bool,
    /// When to look again, whatever happens.
    pub look_at: Option<Timestamp>,
    pub memory: Memory,
}

/// What was tried and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// Claims on owners and labels.
    pub claims: Retry,
    /// Pods to create.
    pub creates: Retry,
    /// Pods to delete.
    pub deletes: Retry,
    /// The status, and revisions to delete.
    pub rest: Retry,
    /// The connection.
    pub link: Retry,
    /// How many pods are created, and deleted, at a time.
    pub create_window: SlowStart,
    pub delete_window: SlowStart,
    /// Since nothing can be created in the namespace.
    pub namespace: Option<Hold>,
    /// Writes that no watch has shown yet, and until when they count.
    pub written: BTreeMap<(Deed, String), Timestamp>,
    pub doubts: Doubts,
    /// Objects to read before anything else.
    pub reads: BTreeSet<Read>,
    pub standing: Standing,
    /// How many pods were named.
    pub named: u64,
    pub status: StatusGate,
    pub events: EventLog,
}

/// A write that a watch shows sooner or later, after which no plan contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    RelabelPod,
    DeleteRevision,
}

/// An object that the API server is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Read {
    Set,
    Revision(String),
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            claims: Retry::default(),
            creates: Retry::default(),
            deletes: Retry::default(),
            rest: Retry::default(),
            link: Retry::default(),
            create_window: SlowStart::ONE,
            delete_window: SlowStart::UNLIMITED,
            namespace: None,
            written: BTreeMap::new(),
            doubts: Doubts::default(),
            reads: BTreeSet::new(),
            standing: Standing::default(),
            named: 0,
            status: StatusGate::default(),
            events: EventLog::default(),
        }
    }
}

impl SetEntry {
    pub(super) fn new(stored: StoredSet) -> Self {
        Self {
            stored,
            id: None,
            uncompiled: true,
            again: false,
            look_at: None,
            memory: Memory::default(),
        }
    }
}

impl Deed {
    /// The deed of an action, and what it is done to.
    pub(super) fn of(action: &Action) -> Option<(Self, &str)> {
        match action {
            Action::RelabelPod { pod, .. } => Some((Self::RelabelPod, pod)),
            Action::DeleteRevision { name, .. } => Some((Self::DeleteRevision, name)),
            _ => None,
        }
    }
}

impl Memory {
    /// The spec has changed: what failed may go well now.
    pub(super) fn try_anew(&mut self) {
        self.tries().into_iter().for_each(Retry::succeed);
    }

    /// The set has changed in some other way. Somebody may have touched it so that it is tried again.
    pub(super) fn try_now(&mut self) {
        self.tries().into_iter().for_each(Retry::try_now);
    }

    fn tries(&mut self) -> [&mut Retry; 4] {
        let Self {
            claims,
            creates,
            deletes,
            rest,
            ..
        } = self;
        [claims, creates, deletes, rest]
    }

    /// Forgets the writes that a new plan does without: a watch has shown them.
    pub(super) fn forget_shown(&mut self, plan: &Plan, now: Timestamp) {
        if self.written.is_empty() {
            return;
        }
        let planned: BTreeSet<(Deed, &str)> = plan.actions.iter().filter_map(Deed::of).collect();
        self.written
            .retain(|(deed, on), until| *until > now && planned.contains(&(*deed, on.as_str())));
    }

    /// Until when a write counts that no watch shows.
    pub(super) fn is_written(&self, action: &Action) -> Option<Timestamp> {
        let (deed, on) = Deed::of(action)?;
        self.written.get(&(deed, on.to_owned())).copied()
    }
}
