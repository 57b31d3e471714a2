//! The DaemonSet controller as a state machine: what a watch shows goes in, requests come out.
//!
//! [`Controller`] does all that a controller does but the talking: it knows which DaemonSets have
//! something to do, which requests that takes and in which order, and what the answers mean. There
//! is no I/O in it, no clock, no thread and no randomness; the same calls give the same requests.
//!
//! ```
//! use daemonset::api::{Node, Timestamp};
//! use daemonset::control::{Answer, Controller, Kind};
//! use serde_json::json;
//!
//! let mut control = Controller::new();
//! for kind in Kind::ALL {
//!     control.begin_list(kind);
//! }
//! let mut node = Node::default();
//! node.metadata.name = "node-a".into();
//! control.put_node(&node);
//! control.put_set(&json!({
//!     "metadata": {"name": "agent", "namespace": "infra", "uid": "1", "resourceVersion": "7"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//! }))?;
//! for kind in Kind::ALL {
//!     control.end_list(kind);
//! }
//!
//! let now = Timestamp::from_unix_millis(1_772_366_400_000);
//! let due = control.due(now);
//! assert_eq!(due[0].to_string(), "infra/agent");
//! let requests = control.begin(&due[0], now);
//! assert_eq!(requests[0].path, "/apis/apps/v1/namespaces/infra/controllerrevisions");
//! assert!(control.due(now).is_empty(), "until the answers are there");
//!
//! let answers = [Answer::Received { code: 201, body: requests[0].body.clone().into_bytes() }];
//! control.end(&due[0], &answers, now);
//! let requests = control.begin(&due[0], now);
//! assert_eq!(requests[0].path, "/api/v1/namespaces/infra/pods");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The loop
//!
//! 1. Hand over what the watches of nodes, pods, DaemonSets and ControllerRevisions show:
//!    [`begin_list`](Controller::begin_list), the `put_` methods and
//!    [`end_list`](Controller::end_list) for a list, the `put_` methods and
//!    [`remove`](Controller::remove) for what follows. Nothing is decided before each kind was
//!    listed once.
//! 2. For each DaemonSet that is [`due`](Controller::due), [`begin`](Controller::begin) a stage and
//!    send its requests, all at once if you like.
//! 3. When they are answered, [`end`](Controller::end) the stage. Stages of different DaemonSets
//!    may be under way at the same time.
//! 4. Sleep until a watch shows something, a stage is answered, or [`wait`](Controller::wait) is
//!    over.
//!
//! # What it takes care of
//!
//! - A write counts from its answer on, not from when a watch shows it: a pod that was created is
//!   not created again, and one that was deleted counts as unavailable at once. What no watch shows
//!   within five minutes does not count any more, as in Kubernetes.
//! - A request without an answer may have been carried out. A pod is created under the same name
//!   again, so that there is one in the end; a deletion is sent again, or counts for thirty seconds.
//! - Every write names the UID of its object, and the version where it depends on it. What has
//!   changed meanwhile is read, and planned again.
//! - Before anything is adopted the API server is asked whether the DaemonSet is there to stay.
//! - Pods are created one, two, four at a time. What is refused is tried again after 5 ms, and
//!   doubling, up to a minute; nothing is created in a namespace that is being deleted.
//! - A DaemonSet that is being deleted is left alone, whether foreground, background or orphan: the
//!   garbage collector does the rest.
//! - The status is written when it changed, and at most about twice a second; events are counted
//!   together as Kubernetes counts them.
//!
//! # What it leaves to you
//!
//! One controller at a time: leader election. The Go controller has to be switched off
//! (`kube-controller-manager --controllers=*,-daemonset-controller`). After either of them the other
//! goes on where it left off, and no pod restarts for that.
//!
//! # Sets and revisions are JSON
//!
//! Hand nodes and pods over in any type that has a view; but hand DaemonSets and
//! ControllerRevisions over as the API server sent them, in JSON or in a dynamic object. A type that
//! was generated for another version of Kubernetes drops the fields that it does not know. The
//! template would then differ from the stored one, a new revision would be made of it, and every pod
//! would be replaced.

mod by_name;
mod choose;
mod compose;
mod doubt;
mod events;
mod land;
mod lists;
mod memory;
mod pod_name;
mod pod_views;
mod pods;
mod rate;
mod reply;
mod request;
mod retry;
mod stage;
mod status_gate;
mod stored;
mod unseen;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::api::{DaemonSetStatus, Timestamp};
use crate::cluster::Options;
use crate::matching::SelectorError;
use crate::planner::Planner;
use crate::tracker::{Tracker, Uid};
use crate::view::{NodeView, PodView};
use by_name::ByName;
use choose::Chooser;
use compose::Composer;
use land::Landing;
use lists::Lists;
use memory::{Memory, SetEntry};
use pod_views::Amended;
use reply::Reply;
use stage::{Flight, Purpose, Stage};
use stored::{StoredRevision, StoredSet};
use unseen::{Shown, Unseen};

pub use request::{Answer, Method, Request};
pub use stored::ReadError;

/// The kinds of object that a controller watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nodes.
    Node,
    /// Pods, those of other owners too: some may be adopted.
    Pod,
    /// DaemonSets.
    DaemonSet,
    /// ControllerRevisions, those of other owners too.
    ControllerRevision,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Node,
        Self::Pod,
        Self::DaemonSet,
        Self::ControllerRevision,
    ];
}

/// A DaemonSet, by namespace and name; prints as `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

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

/// The DaemonSet controller, but for its connection to the API server. See the [module](self).
#[derive(Clone, Debug)]
pub struct Controller {
    tracker: Tracker,
    sets: ByName<SetEntry>,
    revisions: ByName<StoredRevision>,
    unseen: Unseen,
    lists: Lists,
    flights: BTreeMap<Key, Flight>,
    options: Options,
    reporter: String,
    counts: Counts,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            tracker: Tracker::new(),
            sets: ByName::default(),
            revisions: ByName::default(),
            unseen: Unseen::default(),
            lists: Lists::default(),
            flights: BTreeMap::new(),
            options: Options::default(),
            reporter: "daemonset-controller".to_owned(),
            counts: Counts::default(),
        }
    }
}

impl Controller {
    /// A controller that knows nothing yet and reports as `daemonset-controller`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets feature gates and the cap on creates and deletes.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets the component that events name as their source.
    #[must_use]
    pub fn reporting_as(mut self, component: &str) -> Self {
        component.clone_into(&mut self.reporter);
        self
    }

    /// How often what was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The nodes and pods as they are taken to be: as the watches show them, and what was written
    /// since.
    #[must_use]
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// Whether each kind was listed once, so that decisions are made.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.lists.are_complete()
    }

    /// A list of all objects of a kind begins, the first one or after a watch broke off. What is
    /// known stays until the list ends.
    pub fn begin_list(&mut self, kind: Kind) {
        self.lists.begin(kind);
    }

    /// The list is complete: objects of the kind that were not put since it began are gone.
    pub fn end_list(&mut self, kind: Kind) {
        let Some(listed) = self.lists.end(kind) else {
            return;
        };
        let gone: Vec<(String, String)> = match kind {
            Kind::Node => {
                self.tracker.retain_nodes(|name| listed.contains("", name));
                Vec::new()
            }
            Kind::Pod => {
                // A pod that was created a moment ago may be younger than the list.
                let unseen = &self.unseen;
                let gone = self.tracker.retain_pods(|namespace, name| {
                    listed.contains(namespace, name) || unseen.creation(namespace, name).is_some()
                });
                for (namespace, name) in gone {
                    self.unseen.removed(&namespace, &name);
                }
                Vec::new()
            }
            Kind::DaemonSet => missing(&self.sets, &listed),
            Kind::ControllerRevision => missing(&self.revisions, &listed),
        };
        // A list may be older than an answer: what it misses may be shown again.
        for (namespace, name) in gone {
            self.forget(kind, &namespace, &name);
        }
    }

    /// A watch or a list shows a node.
    pub fn put_node(&mut self, node: &impl NodeView) {
        self.lists.put(Kind::Node, "", node.name());
        self.tracker.put_node(node);
    }

    /// A watch or a list shows a pod.
    pub fn put_pod(&mut self, pod: &impl PodView) {
        self.lists.put(Kind::Pod, pod.namespace(), pod.name());
        match self.unseen.shown(pod) {
            Shown::AsItIs => self.tracker.put_pod(pod),
            Shown::But(facts) => self.tracker.put_pod(&Amended(pod, &facts)),
            Shown::Gone => {}
        }
    }

    /// A watch or a list shows a DaemonSet: the JSON as the API server sent it.
    ///
    /// # Errors
    /// JSON that does not read as a DaemonSet; the version that was there before stays.
    pub fn put_set(&mut self, set: &Value) -> Result<(), ReadError> {
        let stored = StoredSet::read(set)?;
        let meta = &stored.object.metadata;
        self.lists.put(Kind::DaemonSet, &meta.namespace, &meta.name);
        if self.unseen.is_gone(&meta.uid) {
            return Ok(());
        }
        let Some(entry) = self.sets.get_mut(&meta.namespace, &meta.name) else {
            let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
            self.sets.insert(&namespace, &name, SetEntry::new(stored));
            return Ok(());
        };
        let before = &entry.stored.object;
        if entry.stored.is_newer_than(&stored) {
            return Ok(());
        }
        if before.metadata.uid != meta.uid {
            entry.memory = Memory::default();
            entry.uncompiled = true;
        } else if before.metadata != *meta || before.spec != stored.object.spec {
            if before.metadata.generation != meta.generation {
                entry.memory.try_anew();
            }
            entry.uncompiled = true;
        } else if before.status != stored.object.status {
            match entry.id {
                Some(id) if !decides(&before.status, &stored.object.status) => {
                    self.tracker.put_status(id, &stored.object.status);
                }
                _ => entry.uncompiled = true,
            }
        }
        entry.stored = stored;
        Ok(())
    }

    /// A watch or a list shows a ControllerRevision: the JSON as the API server sent it.
    ///
    /// # Errors
    /// JSON that does not read as a ControllerRevision; the version that was there before stays.
    pub fn put_revision(&mut self, revision: &Value) -> Result<(), ReadError> {
        let stored = StoredRevision::read(revision)?;
        let meta = &stored.object.metadata;
        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
        self.lists.put(Kind::ControllerRevision, &namespace, &name);
        let before = self.revisions.get(&namespace, &name);
        if self.unseen.is_gone(&meta.uid)
            || before.is_some_and(|before| before.is_newer_than(&stored))
        {
            return Ok(());
        }
        let changed = before.is_none_or(|before| before.object != stored.object);
        let before = self.revisions.insert(&namespace, &name, stored);
        if changed {
            if let Some(before) = before {
                self.recompile_for(&before);
            }
            if let Some(now) = self.revisions.get(&namespace, &name).cloned() {
                self.recompile_for(&now);
            }
        }
        Ok(())
    }

    /// A watch shows that an object is gone: the one of this UID, which is never believed to be there
    /// again. Another one of the same name stays. Without a UID, which may be empty, whatever has the
    /// name is gone. Nodes have no namespace: give an empty one.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
        let uid = Uid::new(uid);
        let known = self.uid_of(kind, namespace, name);
        let is_it = uid.is_empty() || known.as_ref().is_none_or(|k| k.is_empty() || *k == uid);
        if is_it {
            self.forget(kind, namespace, name);
        }
        self.unseen.gone(uid);
        if let Some(known) = known.filter(|_| is_it) {
            self.unseen.gone(known);
        }
    }

    /// The UID of an object that is known; for nodes there is none.
    fn uid_of(&self, kind: Kind, namespace: &str, name: &str) -> Option<Uid> {
        let meta = match kind {
            Kind::Node => return None,
            Kind::Pod => {
                let known = self.tracker.pod_facts(namespace, name);
                return known.map(|(uid, _)| uid);
            }
            Kind::DaemonSet => &self.sets.get(namespace, name)?.stored.object.metadata,
            Kind::ControllerRevision => &self.revisions.get(namespace, name)?.object.metadata,
        };
        Some(Uid::new(&meta.uid))
    }

    fn forget(&mut self, kind: Kind, namespace: &str, name: &str) {
        match kind {
            Kind::Node => self.tracker.remove_node(name),
            Kind::Pod => {
                self.unseen.removed(namespace, name);
                self.tracker.remove_pod(namespace, name);
            }
            Kind::DaemonSet => {
                let entry = self.sets.remove(namespace, name);
                if let Some(id) = entry.and_then(|entry| entry.id) {
                    self.tracker.remove_set(id);
                }
            }
            Kind::ControllerRevision => {
                if let Some(gone) = self.revisions.remove(namespace, name) {
                    self.recompile_for(&gone);
                }
            }
        }
    }

    /// Marks the sets that a revision may count for, or whose next revision it stands in the way of.
    fn recompile_for(&mut self, revision: &StoredRevision) {
        let meta = &revision.object.metadata;
        let controller = meta.controller().map(|owner| owner.uid.as_str());
        for (name, entry) in self.sets.in_namespace_mut(&meta.namespace) {
            let set = &entry.stored.object.metadata;
            let concerns = match controller {
                None => true,
                Some(uid) => uid == set.uid || meta.name.starts_with(name),
            };
            entry.uncompiled |= concerns;
        }
    }

    /// Why nothing is decided for a DaemonSet, if its selector is malformed. The API server takes no
    /// such selector.
    #[must_use]
    pub fn fault(&self, key: &Key) -> Option<SelectorError> {
        let entry = self.sets.get(&key.namespace, &key.name)?;
        Planner::new(&entry.stored.object).err()
    }

    fn compile(&mut self, key: &Key) {
        let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) else {
            return;
        };
        if !std::mem::take(&mut entry.uncompiled) {
            return;
        }
        let planner = Planner::with_options(&entry.stored.object, self.options.clone());
        match planner {
            Ok(planner) => {
                let revisions = self.revisions.in_namespace(&key.namespace);
                let planner = planner.with_revisions(revisions.map(|(_, stored)| &stored.object));
                entry.id = Some(self.tracker.put_set(planner));
            }
            Err(_) => {
                if let Some(id) = entry.id.take() {
                    self.tracker.remove_set(id);
                }
            }
        }
    }

    /// The DaemonSets for which a stage can begin that may have something in it, by namespace and
    /// name. None before each kind was listed once.
    pub fn due(&mut self, now: Timestamp) -> Vec<Key> {
        if !self.is_synced() {
            return Vec::new();
        }
        self.unseen.expire(&mut self.tracker, now);
        let due = self.sets.iter().filter(|(_, _, entry)| {
            let at = self.next_look(entry, now);
            at.is_some_and(|at| at <= now)
        });
        let keys = due.map(|(namespace, name, _)| Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        });
        keys.filter(|key| !self.flights.contains_key(key)).collect()
    }

    /// When a set is to be looked at again, if nothing happens; now, where something has.
    fn next_look(&self, entry: &SetEntry, now: Timestamp) -> Option<Timestamp> {
        if let Some(until) = entry.memory.link.waits_until(now) {
            return Some(until);
        }
        if entry.uncompiled || entry.again {
            return Some(now);
        }
        let id = entry.id?;
        if self.tracker.is_due(id, now) {
            return Some(now);
        }
        let times = [entry.look_at, self.tracker.looks_again_at(id)];
        times.into_iter().flatten().min()
    }

    /// How long there is nothing to do if no watch shows anything and no stage is answered: `None`
    /// where that is until then.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        if !self.is_synced() {
            return None;
        }
        let sets = self.sets.iter().filter(|(namespace, name, _)| {
            !(self.flights.keys()).any(|key| key.namespace == *namespace && key.name == *name)
        });
        let looks = sets.filter_map(|(_, _, entry)| self.next_look(entry, now));
        let next = looks.chain(self.unseen.looks_again_at()).min()?;
        let millis = u64::try_from((next - now).as_millis()).unwrap_or(0);
        // Times may have fractions of a millisecond; waking too early would be for nothing.
        Some(Duration::from_millis(if next > now {
            millis + 1
        } else {
            0
        }))
    }

    /// Begins a stage for a DaemonSet: requests that may all be under way at once. Empty where there
    /// is nothing to do, or a stage is under way; otherwise [`end`](Self::end) it with the answers.
    pub fn begin(&mut self, key: &Key, now: Timestamp) -> Vec<Request> {
        if !self.is_synced() || self.flights.contains_key(key) {
            return Vec::new();
        }
        self.unseen.expire(&mut self.tracker, now);
        self.compile(key);
        let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) else {
            return Vec::new();
        };
        entry.again = false;
        entry.look_at = None;
        let Some(id) = entry.id else {
            return Vec::new();
        };
        if entry.memory.link.waits_until(now).is_some() {
            return Vec::new();
        }
        let Some(plan) = self.tracker.plan(id, now) else {
            return Vec::new();
        };
        self.counts.plans += 1;
        let stage = if entry.memory.link.is_failing() {
            Stage::probe()
        } else {
            Stage::new()
        };
        let Some(planner) = self.tracker.planner(id) else {
            return Vec::new();
        };
        let mut chooser = Chooser {
            composer: Composer {
                set: &entry.stored,
                planner,
            },
            plan: &plan,
            memory: &mut entry.memory,
            tracker: &self.tracker,
            unseen: &mut self.unseen,
            revisions: &self.revisions,
            now,
            stage,
            look_at: None,
            waits: Vec::new(),
        };
        chooser.choose();
        let Chooser {
            mut stage,
            look_at,
            waits,
            ..
        } = chooser;
        let events = &mut entry.memory.events;
        for (key, request) in events.requests(&entry.stored, &self.reporter, stage.room(), now) {
            stage.push(Purpose::Report(key), request);
        }
        entry.look_at = look_at;
        self.tracker.begin_waits(id, &waits);
        if stage.is_empty() {
            return Vec::new();
        }
        let flight = Flight {
            uid: entry.stored.object.metadata.uid.clone(),
            purposes: stage.purposes,
        };
        self.flights.insert(key.clone(), flight);
        self.counts.requests += stage.requests.len() as u64;
        stage.requests
    }

    /// Ends a stage with the answers to its requests, in their order; one that is missing counts as
    /// [lost](Answer::Lost). Nothing happens where no stage is under way.
    pub fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
        let Some(flight) = self.flights.remove(key) else {
            return;
        };
        let entry = self.sets.get_mut(&key.namespace, &key.name);
        let mut entry = entry.filter(|entry| entry.stored.object.metadata.uid == flight.uid);
        // Pods that were created count even if the set is another one by now.
        let mut nothing = Memory::default();
        let memory = match &mut entry {
            Some(entry) => {
                entry.again = true;
                &mut entry.memory
            }
            None => &mut nothing,
        };
        let mut landing = Landing {
            namespace: &key.namespace,
            uid: &flight.uid,
            memory,
            tracker: &mut self.tracker,
            unseen: &mut self.unseen,
            counts: &mut self.counts,
            now,
            shown: Vec::new(),
            tries: land::AllTries::default(),
        };
        let answers = answers.iter().chain(std::iter::repeat(&Answer::Lost));
        for (purpose, answer) in flight.purposes.into_iter().zip(answers) {
            landing.take(purpose, Reply::of(answer));
        }
        for shown in landing.conclude() {
            self.show(key, shown);
        }
    }

    /// Takes over what an answer shows. Where it does not read, or shows another DaemonSet of the
    /// same name, a watch will show it.
    fn show(&mut self, key: &Key, shown: land::Shown) {
        match shown {
            land::Shown::Set(set) => {
                let uid = set.pointer("/metadata/uid").and_then(Value::as_str);
                let known = self.sets.get(&key.namespace, &key.name);
                let known = known.map(|entry| entry.stored.object.metadata.uid.as_str());
                if uid.is_some() && uid == known {
                    let _ = self.put_set(&set);
                }
            }
            land::Shown::Revision(revision) => {
                let _ = self.put_revision(&revision);
            }
            land::Shown::NoRevision(name) => {
                let kind = Kind::ControllerRevision;
                self.forget(kind, &key.namespace, &name);
            }
        }
    }
}

/// Whether a status decides something, so that the set has to be compiled anew: the observed
/// generation begins waits anew, and the collision count is part of the hash.
fn decides(before: &DaemonSetStatus, after: &DaemonSetStatus) -> bool {
    before.observed_generation != after.observed_generation
        || before.collision_count != after.collision_count
}

/// What is kept and was not listed.
fn missing<T>(kept: &ByName<T>, listed: &ByName<()>) -> Vec<(String, String)> {
    let kept = kept.iter().map(|(namespace, name, _)| (namespace, name));
    let missing = kept.filter(|(namespace, name)| !listed.contains(namespace, name));
    missing
        .map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
        .collect()
}
