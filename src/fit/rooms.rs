//! The rooms of all nodes, kept up to date.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashTable;

use super::facts::{NodeFacts, PodFacts};
use super::pods::{Pod, PodName, PodRoom, Resident};
use super::room::NodeRoom;
use crate::det_map::FixedState;

/// The rooms of all nodes: each pod in the one that it takes room of.
///
/// Filled in one pass over nodes and pods, in any order; a change afterwards costs no more than
/// itself. A pod that has run to its end takes no room, one that is not bound yet only where the
/// scheduler has made it some.
///
/// ```
/// use daemonset::fit::{NodeFacts, PodFacts, Rooms};
/// use serde_json::json;
///
/// let mut rooms = Rooms::default();
/// rooms.set_pod(&PodFacts::from_json(&json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [{"resources": {"requests": {"cpu": "1"}}}]},
/// }))?);
/// rooms.set_node(&NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "4", "pods": "110"}},
/// }))?);
/// assert_eq!(rooms.get("node-a").unwrap().free("cpu"), Some(3000));
/// rooms.remove_pod("shop", "db-0");
/// assert_eq!(rooms.get("node-a").unwrap().free("cpu"), Some(4000));
/// # Ok::<(), daemonset::fit::FactsError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Rooms {
    nodes: BTreeMap<Arc<str>, Box<Entry>>,
    /// Where each pod takes room; its name stands there.
    places: HashTable<Place>,
}

/// A pod's place, by the hash of its name.
#[derive(Clone, Debug)]
struct Place {
    hash: u64,
    node: Arc<str>,
}

fn hash_of(pod: &PodName) -> u64 {
    FixedState::default().hash_one((&*pod.namespace, &*pod.name))
}

/// Whether a place is that of a pod with this hash.
fn is_place_of(
    nodes: &BTreeMap<Arc<str>, Box<Entry>>,
    hash: u64,
    pod: &PodName,
) -> impl Fn(&Place) -> bool {
    move |place| {
        let entry = nodes.get(&place.node);
        place.hash == hash && entry.is_some_and(|entry| entry.room.has_pod(pod))
    }
}

#[derive(Clone, Debug, Default)]
struct Entry {
    /// The node's name, where it stands in the list: a pod that comes finds both at once.
    name: Arc<str>,
    room: NodeRoom,
    presence: Presence,
}

/// Whether a node is there; pods may come before it, and outlive it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Presence {
    #[default]
    Missing,
    There,
}

/// How a pod comes to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coming {
    /// The scheduler has made room for it there.
    Nominated,
    /// It was nowhere before.
    New,
    /// It may have been there before.
    Changed,
}

impl Entry {
    fn take(&mut self, pod: Resident, how: Coming) {
        match how {
            Coming::Nominated => drop(self.room.nominate(pod)),
            Coming::New => self.room.insert_new(pod),
            Coming::Changed => drop(self.room.insert(pod)),
        }
    }
}

impl Rooms {
    /// The entry of a node, which is made where there is none.
    fn entry_of(&mut self, name: &str) -> &mut Entry {
        let name: Arc<str> = name.into();
        let entry = self.nodes.entry(Arc::clone(&name)).or_default();
        if entry.name.is_empty() {
            entry.name = name;
        }
        entry
    }

    /// A node is there, or has changed.
    pub fn set_node(&mut self, node: &NodeFacts) {
        let entry = self.entry_of(node.name());
        entry.presence = Presence::There;
        entry.room.set_node(node);
    }

    /// A node is gone. Its pods are kept until they are removed too, in case it comes back.
    pub fn remove_node(&mut self, name: &str) {
        if let Some(entry) = self.nodes.get_mut(name) {
            entry.presence = Presence::Missing;
            self.forget_if_empty(name);
        }
    }

    /// A pod is there, or has changed.
    pub fn set_pod(&mut self, pod: &PodFacts) {
        self.place(PodRoom::of(pod).pod);
    }

    /// A pod takes this room now.
    pub(super) fn place(&mut self, pod: Pod) {
        let before = self.take_place(pod.name());
        let (node, is_bound) = match &pod {
            Pod::Nowhere(_) => (None, false),
            Pod::On(node, _) => (Some(&**node), true),
            Pod::NominatedFor(node, _) => (Some(&**node), false),
        };
        if let Some(before) = &before
            && node != Some(&**before)
        {
            self.remove_from(before, pod.name());
        }
        let (Pod::On(node, resident) | Pod::NominatedFor(node, resident)) = pod else {
            return;
        };
        let hash = hash_of(&resident.pod);
        let how = match (is_bound, &before) {
            (false, _) => Coming::Nominated,
            (true, None) => Coming::New,
            (true, Some(_)) => Coming::Changed,
        };
        let node = if let Some(entry) = self.nodes.get_mut(&*node) {
            entry.take(resident, how);
            Arc::clone(&entry.name)
        } else {
            let entry = self.entry_of(&node);
            entry.take(resident, how);
            Arc::clone(&entry.name)
        };
        let place = Place { hash, node };
        self.places.insert_unique(hash, place, |place| place.hash);
    }

    /// Where a pod takes room, which is no longer known then.
    fn take_place(&mut self, pod: &PodName) -> Option<Arc<str>> {
        let hash = hash_of(pod);
        let is_there = is_place_of(&self.nodes, hash, pod);
        let place = self.places.find_entry(hash, is_there).ok()?;
        Some(place.remove().0.node)
    }

    fn remove_from(&mut self, node: &Arc<str>, pod: &PodName) {
        if let Some(entry) = self.nodes.get_mut(node) {
            entry.room.remove(&pod.namespace, &pod.name);
            self.forget_if_empty(node);
        }
    }

    /// Takes the nodes of others in place of its own; the pods stay.
    pub(super) fn take_nodes_of(&mut self, others: &Self) {
        let own: Vec<_> = self.iter().map(|room| room.name().to_owned()).collect();
        for name in own {
            self.remove_node(&name);
        }
        for room in others.iter() {
            let entry = self.entry_of(room.name());
            entry.presence = Presence::There;
            entry.room.take_node_of(room);
        }
    }

    /// A pod is gone.
    pub fn remove_pod(&mut self, namespace: &str, name: &str) {
        let pod = PodName {
            namespace: namespace.into(),
            name: name.into(),
        };
        if let Some(node) = self.take_place(&pod) {
            self.remove_from(&node, &pod);
        }
    }

    /// The node of which a pod takes room, or that it is nominated for, whether that is there or not.
    #[must_use]
    pub fn node_of(&self, pod: &PodName) -> Option<&str> {
        let hash = hash_of(pod);
        let is_there = is_place_of(&self.nodes, hash, pod);
        let place = self.places.find(hash, is_there)?;
        Some(&place.node)
    }

    /// A node's room, if the node is there.
    #[must_use]
    pub fn get(&self, node: &str) -> Option<&NodeRoom> {
        let entry = self.nodes.get(node)?;
        (entry.presence == Presence::There).then_some(&entry.room)
    }

    /// The rooms of all nodes that are there, by name.
    pub fn iter(&self) -> impl Iterator<Item = &NodeRoom> {
        let entries = self.nodes.values();
        entries
            .filter(|entry| entry.presence == Presence::There)
            .map(|entry| &entry.room)
    }

    fn forget_if_empty(&mut self, node: &str) {
        let is_empty = |entry: &Entry| {
            let room = &entry.room;
            room.residents().is_empty() && room.nominated().is_empty()
        };
        let entry = self.nodes.get(node);
        if entry.is_some_and(|entry| entry.presence == Presence::Missing && is_empty(entry)) {
            self.nodes.remove(node);
        }
    }
}
