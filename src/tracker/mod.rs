//! Nodes and pods that are kept from round to round, for as many sets as there are.
//!
//! A controller that watches a cluster tells the tracker of every node and pod as it is added,
//! changed or removed, and asks for plans. What a plan costs then is what has changed since the
//! last one, and the actions in it, whatever the size of the cluster; the decisions are those of
//! [`Planner::plan`](crate::Planner::plan), made by the same code.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::tracker::Tracker;
//! use daemonset::{Action, Planner};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "agent", "namespace": "infra"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//! }))?;
//! let now = "2026-03-01T12:00:00Z".parse()?;
//! let mut tracker = Tracker::new();
//! let set = tracker.put_set(Planner::new(&agent)?);
//!
//! let mut node = Node::default();
//! node.metadata.name = "node-a".into();
//! tracker.put_node(&node);
//! let plan = tracker.plan(set, now).unwrap();
//! assert!(plan.actions.iter().any(|action| matches!(action, Action::CreatePod { .. })));
//!
//! tracker.remove_node("node-a");
//! let plan = tracker.plan(set, now).unwrap();
//! assert!(!plan.actions.iter().any(|action| matches!(action, Action::CreatePod { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod interner;
mod place;
mod remembered;
mod set;
mod store;
#[cfg(test)]
mod tests;
mod uid;

pub(crate) use uid::Uid;

use crate::api::{DaemonSetStatus, Timestamp};
use crate::outcome::Plan;
use crate::placement::Verdict;
use crate::planner::Planner;
use crate::rollout::{BegunWait, PodId};
use crate::view::{NodeView, PodView};
use set::SetState;
use store::{PlaceId, PodRecord, Store};

/// Nodes and pods in a compact form, and each set's view of them.
///
/// Strings, label sets and taints are stored once; a node with its pod takes some 450 bytes,
/// and each further set some 90 bytes for every node.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    store: Store,
    slots: Vec<Slot>,
}

/// A place for a set, which may be used again.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// How many sets have had this place before.
    generation: u32,
    set: Option<Box<SetState>>,
}

/// A set that a tracker keeps. Good for the tracker that gave it, until the set is removed: after
/// that it stands for no set, even if its place is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetId {
    slot: u32,
    generation: u32,
}

impl Tracker {
    /// Without nodes, pods and sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a node over, new or changed. One of the same name is replaced, unless it is known to
    /// be newer by its [resource version](NodeView::resource_version).
    pub fn put_node(&mut self, node: &impl NodeView) {
        if let Some(place) = self.store.put_node(node) {
            self.place_anew(place);
        }
    }

    /// Forgets a node; its pods stay until they are removed. Nothing happens where there is none
    /// of that name.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(place) = self.store.remove_node(name) {
            self.place_anew(place);
            self.store.tidy(place);
        }
    }

    /// Forgets the nodes that are not to be kept, such as those that a new list does not name, and
    /// says which.
    pub fn retain_nodes(&mut self, keep: impl Fn(&str) -> bool) -> Vec<String> {
        let gone: Vec<String> = (0..self.store.places())
            .filter_map(|id| self.store.place(id))
            .filter(|place| place.node.is_some() && !keep(&place.name))
            .map(|place| place.name.as_ref().to_owned())
            .collect();
        for name in &gone {
            self.remove_node(name);
        }
        gone
    }

    fn place_anew(&mut self, place: PlaceId) {
        for set in active(&mut self.slots) {
            set.replace(&self.store, place);
        }
    }

    /// Takes a pod over, new or changed. One of the same namespace and name is replaced, unless it
    /// is known to be newer by its [resource version](PodView::resource_version).
    pub fn put_pod(&mut self, pod: &impl PodView) {
        let record = self.store.record(pod);
        let known = self.store.find_pod_in(record.namespace, pod.name());
        let before = known.and_then(|id| Some((id, self.store.pod(id)?)));
        let Some((id, before)) = before else {
            let id = self.store.insert_pod(record);
            self.count(id, Change::Comes);
            return;
        };
        if record.is_older_than(before) {
            self.let_go(&record);
            return;
        }
        self.store.renew(id, record.version);
        if self.store.pod(id) == Some(&record) {
            self.store.release(&record);
            return;
        }
        self.replace_pod(id, record);
    }

    /// Puts a newer record of a pod in the place of the known one.
    fn replace_pod(&mut self, id: PodId, record: PodRecord) {
        self.count(id, Change::Goes);
        let before = self.store.replace_pod(id, record);
        self.count(id, Change::Comes);
        if let Some(before) = before {
            self.let_go(&before);
        }
    }

    /// Takes it that this is true of a pod, until it is put again.
    pub(crate) fn set_pod_facts(&mut self, namespace: &str, name: &str, facts: &PodFacts) {
        let Some(id) = self.store.find_pod(namespace, name) else {
            return;
        };
        if let Some(record) = self.store.with_facts(id, facts) {
            self.replace_pod(id, record);
        }
    }

    /// The UID of a pod, and what is known of it; `None` where there is none of that namespace and
    /// name.
    pub(crate) fn pod_facts(&self, namespace: &str, name: &str) -> Option<(Uid, PodFacts)> {
        let id = self.store.find_pod(namespace, name)?;
        let pod = self.store.pod(id)?;
        let controller = pod.controller.and_then(|key| self.store.strings.get(key));
        let facts = PodFacts {
            terminating: pod.terminating,
            controller: controller.map(|uid| uid.as_ref().to_owned()),
        };
        Some((pod.uid.clone(), facts))
    }

    /// The resource version of a pod, where it is known.
    pub(crate) fn pod_version(&self, namespace: &str, name: &str) -> Option<u64> {
        let id = self.store.find_pod(namespace, name)?;
        let version = self.store.pod(id)?.version;
        (version != 0).then_some(version)
    }

    /// Forgets a pod. Nothing happens where there is none of that namespace and name.
    pub fn remove_pod(&mut self, namespace: &str, name: &str) {
        let Some(id) = self.store.find_pod(namespace, name) else {
            return;
        };
        self.count(id, Change::Goes);
        if let Some(before) = self.store.remove_pod(id) {
            self.let_go(&before);
        }
    }

    /// Forgets the pods that are not to be kept, by namespace and name, such as those that a new
    /// list does not name, and says which.
    pub fn retain_pods(&mut self, keep: impl Fn(&str, &str) -> bool) -> Vec<(String, String)> {
        let gone: Vec<(String, String)> = (self.store.pods())
            .filter_map(|(_, pod)| Some((self.store.strings.get(pod.namespace)?, &pod.name)))
            .filter(|(namespace, name)| !keep(namespace, name))
            .map(|(namespace, name)| (namespace.as_ref().to_owned(), name.as_ref().to_owned()))
            .collect();
        for (namespace, name) in &gone {
            self.remove_pod(namespace, name);
        }
        gone
    }

    fn count(&mut self, id: PodId, change: Change) {
        let Some(pod) = self.store.pod(id) else {
            return;
        };
        for set in active(&mut self.slots) {
            set.count(&self.store, id, pod, change);
        }
    }

    fn let_go(&mut self, pod: &PodRecord) {
        self.store.release(pod);
        let Some(place) = pod.place.filter(|place| self.store.is_deserted(*place)) else {
            return;
        };
        // Before its number stands for another node.
        for set in active(&mut self.slots) {
            set.look_at(&self.store, place, &mut Vec::new());
        }
        self.store.tidy(place);
    }

    /// Takes a set over, compiled and with its revisions, or takes its newer version over. Looks at
    /// every node and pod once, unless the newer version asks the same of all of them as the earlier
    /// one, as where its budget, its status or an annotation is another. The waits of its earlier
    /// version go on, unless the planner was given others.
    pub fn put_set(&mut self, mut planner: Planner) -> SetId {
        let new = &planner.daemon_set().metadata;
        let same = |slot: &Slot| {
            let meta = (slot.set.as_ref()).map(|set| &set.planner.daemon_set().metadata);
            meta.is_some_and(|meta| (&meta.namespace, &meta.name) == (&new.namespace, &new.name))
        };
        let at = (self.slots.iter().position(same))
            .or_else(|| self.slots.iter().position(|slot| slot.set.is_none()))
            .unwrap_or(self.slots.len());
        if at == self.slots.len() {
            self.slots.push(Slot::default());
        }
        let before = self.slots.get_mut(at).and_then(|slot| slot.set.take());
        if let Some(before) = &before
            && planner.options().backoff.is_none()
            && before.planner.backoff().is_for(planner.daemon_set())
        {
            *planner.backoff_mut() = before.planner.backoff().clone();
        }
        let set = match before {
            Some(mut before) if before.is_alike(&planner) => {
                before.renew(&self.store, planner);
                before
            }
            before => {
                let set = Box::new(SetState::new(planner, &mut self.store));
                if let Some(before) = before {
                    before.let_go(&mut self.store);
                }
                set
            }
        };
        let slot = u32::try_from(at).unwrap_or(u32::MAX);
        let generation = self.slots.get_mut(at).map_or(0, |slot| {
            slot.set = Some(set);
            slot.generation
        });
        SetId { slot, generation }
    }

    /// Takes a newer status of a set over, where nothing else of it has changed and neither its
    /// observed generation nor its collision count, which decide.
    pub(crate) fn put_status(&mut self, set: SetId, status: &DaemonSetStatus) {
        if let Some((set, _)) = self.set_mut(set) {
            set.put_status(status);
        }
    }

    /// Forgets a set; its pods stay until they are removed.
    pub fn remove_set(&mut self, set: SetId) {
        let slot = (self.slots.get_mut(set.slot as usize))
            .filter(|slot| slot.generation == set.generation);
        if let Some(slot) = slot
            && let Some(before) = slot.set.take()
        {
            slot.generation = slot.generation.wrapping_add(1);
            before.let_go(&mut self.store);
        }
    }

    fn set(&self, id: SetId) -> Option<&SetState> {
        let slot = self.slots.get(id.slot as usize)?;
        let set = slot.set.as_deref();
        set.filter(|_| slot.generation == id.generation)
    }

    /// The set, and what to look it up in.
    fn set_mut(&mut self, id: SetId) -> Option<(&mut SetState, &Store)> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        let generation = slot.generation;
        let set = slot.set.as_deref_mut();
        let set = set.filter(|_| generation == id.generation)?;
        Some((set, &self.store))
    }

    /// The sets, in the order in which they were taken over but for places used again.
    pub fn sets(&self) -> impl Iterator<Item = (SetId, &Planner)> {
        (0..).zip(&self.slots).filter_map(|(at, slot)| {
            let id = SetId {
                slot: at,
                generation: slot.generation,
            };
            Some((id, &slot.set.as_ref()?.planner))
        })
    }

    /// The set of this namespace and name.
    #[must_use]
    pub fn find_set(&self, namespace: &str, name: &str) -> Option<SetId> {
        let mut sets = self.sets();
        let found = sets.find(|(_, planner)| {
            let meta = &planner.daemon_set().metadata;
            (meta.namespace.as_str(), meta.name.as_str()) == (namespace, name)
        });
        found.map(|(id, _)| id)
    }

    /// A set's planner, for its pods' manifests and the like; `None` where the set was removed.
    #[must_use]
    pub fn planner(&self, set: SetId) -> Option<&Planner> {
        Some(&self.set(set)?.planner)
    }

    /// Says what Kubernetes would do next for a set; `None` where the set was removed.
    ///
    /// It is the plan of [`Planner::plan`] for the same nodes and pods, but for
    /// [`Plan::verdicts`], which is empty here: ask [`verdict`](Self::verdict).
    pub fn plan(&mut self, set: SetId, now: Timestamp) -> Option<Plan> {
        let (set, store) = self.set_mut(set)?;
        Some(set.plan(store, now))
    }

    /// The sets whose plan may have changed since it was last asked for: a node or a pod of theirs
    /// has, or the time has come that their last plan named.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = SetId> {
        let sets = self.sets().map(|(id, _)| id);
        sets.filter(move |id| self.set(*id).is_some_and(|set| set.is_due(now)))
    }

    /// Whether the plan of a set may have changed since it was last asked for, as
    /// [`due`](Self::due) says of all sets.
    #[must_use]
    pub fn is_due(&self, set: SetId, now: Timestamp) -> bool {
        self.set(set).is_some_and(|set| set.is_due(now))
    }

    /// The earliest moment at which time alone may change the plan of this set.
    pub(crate) fn looks_again_at(&self, set: SetId) -> Option<Timestamp> {
        self.set(set)?.look_again_at()
    }

    /// The earliest moment at which time alone may change the plan of any set that was asked for a
    /// plan before.
    #[must_use]
    pub fn look_again_at(&self) -> Option<Timestamp> {
        let sets = self.slots.iter().filter_map(|slot| slot.set.as_ref());
        sets.filter_map(|set| set.look_again_at()).min()
    }

    /// Takes over the waits that a plan of this set began, once its deletions are carried out.
    pub fn begin_waits(&mut self, set: SetId, begun: &[BegunWait]) {
        if let Some((set, store)) = self.set_mut(set) {
            set.begin_waits(store, begun);
        }
    }

    /// The clock by which plans are asked for was set back by so many milliseconds. Waits that plans
    /// began are as long as before all the same.
    pub(crate) fn set_clock_back(&mut self, millis: i64) {
        let sets = self.slots.iter_mut().filter_map(|slot| slot.set.as_mut());
        for set in sets {
            set.set_clock_back(millis);
        }
    }

    /// Whether a node runs the daemon; `None` where there is no such set or node.
    pub fn verdict(&mut self, set: SetId, node: &str) -> Option<Verdict> {
        let place = self.store.find_place(node)?;
        let (set, store) = self.set_mut(set)?;
        set.verdict(store, place)
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        let places = 0..self.store.places();
        let is_node = |id: &PlaceId| self.store.place(*id).is_some_and(|p| p.node.is_some());
        places.filter(is_node).count()
    }

    /// How many pods there are.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.store.pods().count()
    }
}

/// What a controller itself changes of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PodFacts {
    /// Whether it is being deleted.
    pub terminating: bool,
    /// The UID of its controller.
    pub controller: Option<String>,
}

impl PodFacts {
    pub(crate) fn of(pod: &impl PodView) -> Self {
        Self {
            terminating: pod.is_terminating(),
            controller: pod.controller().map(str::to_owned),
        }
    }
}

/// Whether a pod is counted in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Comes,
    Goes,
}

/// The sets for which anything is decided.
fn active(slots: &mut [Slot]) -> impl Iterator<Item = &mut SetState> {
    let sets = slots.iter_mut().filter_map(|slot| slot.set.as_deref_mut());
    sets.filter(|set| set.planner.compiled().idle().is_none())
}
