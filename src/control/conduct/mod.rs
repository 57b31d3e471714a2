//! Rolling updates under a policy, carried out over Kubernetes's own DaemonSets.
//!
//! A [`Conductor`] runs beside the DaemonSet controller of an unchanged cluster. A DaemonSet with the
//! annotation [`POLICY`] gets the strategy `OnDelete`, so that Kubernetes replaces none of its pods
//! but creates new ones where old ones are gone; and the conductor deletes the old ones, when and
//! where the policy lets it.
//!
//! # What it keeps
//!
//! All that it has to remember stands in the annotation [`MEMORY`] of the DaemonSet, written before a
//! pod is deleted on its account and only over the very version of the DaemonSet that was planned
//! from. So it may be killed at any moment, and a change of the template, of the policy or by another
//! conductor that it has not seen makes its write fail and nothing happen.
//!
//! # What it leaves alone
//!
//! DaemonSets without a policy, and those with `maxSurge`, which `OnDelete` cannot carry out: that is
//! reported. One whose policy does not read is held: no pod is replaced until it does.

mod entry;
mod landing;
mod note;
mod round;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::by_name::ByName;
use super::lists::Lists;
use super::stored::{StoredRevision, StoredSet};
use super::{Counts, Key, Kind, ReadError};
use crate::api::Timestamp;
use crate::policy::{Held, Policy, Signals};
use crate::view::{NodeView, PodView};
use entry::{Entry, Flight};

/// The annotation in which a DaemonSet's policy stands.
pub const POLICY: &str = "daemonset-policy/rollout";

/// The annotation in which people approve waves with a manual gate, by name, with commas between.
/// It is taken away once it is taken in.
pub const APPROVE: &str = "daemonset-policy/approve";

/// The annotation in which a conductor keeps what it has to remember.
pub const MEMORY: &str = "daemonset-policy/memory";

/// How a policy's text is read.
type ReadPolicy = fn(&str) -> Result<Policy, String>;

/// Carries policies out over DaemonSets with `OnDelete`, but for the connection to the API server.
///
/// It is driven by the same [loop](super#the-loop) as a [`Controller`](super::Controller), and does
/// not take the place of one. Nodes and pods are kept as they are given, in any type that has a view;
/// `S` says what the policy reads of them besides.
///
/// ```
/// use daemonset::api::{Node, Pod, Timestamp};
/// use daemonset::control::{Answer, Conductor, Kind, POLICY};
/// use daemonset::policy::FromApi;
/// use serde_json::json;
///
/// let mut conductor: Conductor<Node, Pod, FromApi> = Conductor::new(FromApi);
/// for kind in Kind::ALL {
///     conductor.begin_list(kind);
/// }
/// conductor.put_set(&json!({
///     "metadata": {
///         "name": "agent", "namespace": "infra", "uid": "1", "resourceVersion": "7",
///         "annotations": {POLICY: r#"{"paused": true}"#},
///     },
///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
/// }))?;
/// for kind in Kind::ALL {
///     conductor.end_list(kind);
/// }
/// let now = Timestamp::from_unix_millis(1_772_366_400_000);
/// let due = conductor.due(now);
/// let requests = conductor.begin(&due[0], now);
/// assert_eq!(
///     requests[0].to_string(),
///     "PATCH /apis/apps/v1/namespaces/infra/daemonsets/agent: \
///      take the rolling update over: strategy OnDelete, and the policy decides",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Conductor<N, P, S = ()> {
    nodes: BTreeMap<String, N>,
    pods: ByName<P>,
    sets: ByName<Entry>,
    revisions: ByName<StoredRevision>,
    lists: Lists,
    flights: BTreeMap<Key, Flight>,
    signals: S,
    read_policy: ReadPolicy,
    reporter: String,
    counts: Counts,
}

impl<N, P, S: fmt::Debug> fmt::Debug for Conductor<N, P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conductor")
            .field("signals", &self.signals)
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}

fn from_json(text: &str) -> Result<Policy, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Conductor<N, P, S> {
    /// A conductor that knows nothing yet, reads policies as JSON and reports as `daemonset-policy`.
    #[must_use]
    pub fn new(signals: S) -> Self {
        Self {
            nodes: BTreeMap::new(),
            pods: ByName::default(),
            sets: ByName::default(),
            revisions: ByName::default(),
            lists: Lists::default(),
            flights: BTreeMap::new(),
            signals,
            read_policy: from_json,
            reporter: "daemonset-policy".to_owned(),
            counts: Counts::default(),
        }
    }

    /// Reads policies in another way, such as from YAML. The error is reported in an event.
    #[must_use]
    pub fn reading(mut self, read_policy: fn(&str) -> Result<Policy, String>) -> Self {
        self.read_policy = read_policy;
        self
    }

    /// Sets the component that events name as their source.
    #[must_use]
    pub fn reporting_as(mut self, component: &str) -> Self {
        component.clone_into(&mut self.reporter);
        self
    }

    /// How often what was done so far. It creates no pods and writes no status.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// What the policy of a DaemonSet held back when it was looked at last, and why; nothing where
    /// there is no such DaemonSet, or no policy.
    #[must_use]
    pub fn held(&self, key: &Key) -> &[Held] {
        let entry = self.sets.get(&key.namespace, &key.name);
        entry.map_or(&[], |entry| &entry.held)
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
        // The API server answers, so it is back if it was away.
        for entry in self.sets.values_mut() {
            entry.link.succeed();
        }
        let known: Vec<(String, String)> = match kind {
            Kind::Node => {
                let names = self.nodes.keys();
                names.map(|name| (String::new(), name.clone())).collect()
            }
            Kind::Pod => names(&self.pods),
            Kind::DaemonSet => names(&self.sets),
            Kind::ControllerRevision => names(&self.revisions),
        };
        for (namespace, name) in known {
            if !listed.contains(&namespace, &name) {
                self.forget(kind, &namespace, &name);
            }
        }
    }

    /// A watch or a list shows a node.
    pub fn put_node(&mut self, node: N) {
        let name = node.name().to_owned();
        self.lists.put(Kind::Node, "", &name);
        let known = self.nodes.get(&name);
        if known.is_some_and(|known| is_older(node.resource_version(), known.resource_version())) {
            return;
        }
        // Kubelets report every few seconds, and mostly nothing that a plan reads.
        let same = known.is_some_and(|known| {
            let signals = &self.signals;
            known.labels().eq(node.labels())
                && known.taints().eq(node.taints())
                && signals.in_maintenance(known) == signals.in_maintenance(&node)
        });
        self.nodes.insert(name, node);
        if !same {
            self.touch_all();
        }
    }

    /// A watch or a list shows a pod.
    pub fn put_pod(&mut self, pod: P) {
        let (namespace, name) = (pod.namespace().to_owned(), pod.name().to_owned());
        self.lists.put(Kind::Pod, &namespace, &name);
        let known = self.pods.get(&namespace, &name);
        let is_old = known.is_some_and(|known| {
            known.uid() == pod.uid() && is_older(pod.resource_version(), known.resource_version())
        });
        if !is_old {
            self.pods.insert(&namespace, &name, pod);
            self.touch(&namespace);
        }
    }

    /// A watch or a list shows a DaemonSet: as JSON or as a dynamic object, not as a generated type.
    ///
    /// # Errors
    /// What does not read as a DaemonSet; the version that was there before stays.
    pub fn put_set(&mut self, set: &impl Serialize) -> Result<(), ReadError> {
        self.take_set(StoredSet::of(set)?);
        Ok(())
    }

    pub(super) fn take_set(&mut self, stored: StoredSet) {
        let meta = &stored.object.metadata;
        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
        self.lists.put(Kind::DaemonSet, &namespace, &name);
        let read = self.read_policy;
        match self.sets.get_mut(&namespace, &name) {
            Some(entry) if entry.stored.object.metadata.uid == meta.uid => {
                entry.renew(stored, read);
            }
            _ => {
                let entry = Entry::new(stored, read);
                self.sets.insert(&namespace, &name, entry);
            }
        }
    }

    /// A watch or a list shows a ControllerRevision: as JSON or as a dynamic object.
    ///
    /// # Errors
    /// What does not read as a ControllerRevision; the version that was there before stays.
    pub fn put_revision(&mut self, revision: &impl Serialize) -> Result<(), ReadError> {
        self.take_revision(StoredRevision::of(revision)?);
        Ok(())
    }

    pub(super) fn take_revision(&mut self, stored: StoredRevision) {
        let meta = &stored.object.metadata;
        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
        self.lists.put(Kind::ControllerRevision, &namespace, &name);
        let known = self.revisions.get(&namespace, &name);
        if known.is_none_or(|known| !known.is_newer_than(&stored)) {
            self.revisions.insert(&namespace, &name, stored);
            self.recompile(&namespace);
        }
    }

    /// A watch shows that an object is gone: the one of this UID. Another one of the same name stays.
    /// Without a UID, whatever has the name is gone. Nodes have no namespace: give an empty one.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
        let known = match kind {
            Kind::Node => None,
            Kind::Pod => self.pods.get(namespace, name).map(PodView::uid),
            Kind::DaemonSet => (self.sets.get(namespace, name))
                .map(|entry| entry.stored.object.metadata.uid.as_str()),
            Kind::ControllerRevision => (self.revisions.get(namespace, name))
                .map(|stored| stored.object.metadata.uid.as_str()),
        };
        if uid.is_empty() || known.is_none_or(|known| known == uid || known.is_empty()) {
            self.forget(kind, namespace, name);
        }
    }

    fn forget(&mut self, kind: Kind, namespace: &str, name: &str) {
        match kind {
            Kind::Node => {
                self.nodes.remove(name);
                self.touch_all();
            }
            Kind::Pod => {
                self.pods.remove(namespace, name);
                self.touch(namespace);
            }
            Kind::DaemonSet => {
                self.sets.remove(namespace, name);
            }
            Kind::ControllerRevision => {
                self.revisions.remove(namespace, name);
                self.recompile(namespace);
            }
        }
    }

    fn touch(&mut self, namespace: &str) {
        for (_, entry) in self.sets.in_namespace_mut(namespace) {
            entry.again = true;
        }
    }

    fn touch_all(&mut self) {
        let namespaces: BTreeSet<String> = (self.sets.iter())
            .map(|(namespace, ..)| namespace.to_owned())
            .collect();
        for namespace in namespaces {
            self.touch(&namespace);
        }
    }

    fn recompile(&mut self, namespace: &str) {
        for (_, entry) in self.sets.in_namespace_mut(namespace) {
            entry.planner = None;
            entry.again = true;
        }
    }

    /// The DaemonSets for which a stage can begin that may have something in it, by namespace and
    /// name. None before each kind was listed once.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<Key> {
        if !self.lists.are_complete() {
            return Vec::new();
        }
        let due = self.resting().filter(|(_, entry)| {
            let at = entry.next_look(now);
            at.is_some_and(|at| at <= now)
        });
        due.map(|(key, _)| key).collect()
    }

    /// How long there is nothing to do if no watch shows anything and no stage is answered: `None`
    /// where that is until then. Ten seconds at most, since the clock may jump meanwhile.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        if !self.lists.are_complete() {
            return None;
        }
        let looks = self.resting().filter_map(|(_, entry)| entry.next_look(now));
        Some(super::due::until(looks.min()?, now))
    }

    /// The sets of which no stage is under way.
    fn resting(&self) -> impl Iterator<Item = (Key, &Entry)> {
        let sets = self.sets.iter().map(|(namespace, name, entry)| {
            let key = Key {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            };
            (key, entry)
        });
        sets.filter(|(key, _)| !self.flights.contains_key(key))
    }

    /// Takes over what an answer shows of a set.
    fn show_answer(&mut self, key: &Key, set: &Value) {
        let Ok(stored) = StoredSet::read(set) else {
            return;
        };
        let known = self.sets.get(&key.namespace, &key.name);
        if known.is_some_and(|known| {
            !stored.object.metadata.uid.is_empty()
                && known.stored.object.metadata.uid == stored.object.metadata.uid
        }) {
            self.take_set(stored);
        }
    }
}

fn is_older(version: Option<u64>, known: Option<u64>) -> bool {
    version
        .zip(known)
        .is_some_and(|(version, known)| version < known)
}

fn names<T>(kept: &ByName<T>) -> Vec<(String, String)> {
    let names = kept.iter();
    names
        .map(|(namespace, name, _)| (namespace.to_owned(), name.to_owned()))
        .collect()
}
