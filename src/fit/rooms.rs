//! The rooms of all nodes, kept up to date.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::facts::{NodeFacts, PodFacts};
use super::room::{NodeRoom, Placed, PodName, PodRoom};

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
    nodes: BTreeMap<Box<str>, Entry>,
    /// Where each pod takes room.
    places: HashMap<PodName, Box<str>, FixedState>,
}

#[derive(Clone, Debug, Default)]
struct Entry {
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

impl Rooms {
    /// A node is there, or has changed.
    pub fn set_node(&mut self, node: &NodeFacts) {
        let entry = self.nodes.entry(node.name().into()).or_default();
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
        let PodRoom { name, placed, .. } = PodRoom::of(pod);
        self.place(name, placed);
    }

    /// A pod takes this room now.
    pub(super) fn place(&mut self, name: PodName, placed: Option<Placed>) {
        let Some(Placed {
            node,
            resident,
            is_bound,
        }) = placed
        else {
            self.remove_pod(&name.namespace, &name.name);
            return;
        };
        let before = self.places.get(&name).map(|before| &**before);
        let is_new = before.is_none();
        if before.is_some_and(|before| *before != *node) {
            self.remove_pod(&name.namespace, &name.name);
        }
        let entry = match self.nodes.get_mut(&*node) {
            Some(entry) => entry,
            None => self.nodes.entry(node.clone()).or_default(),
        };
        if !is_bound {
            entry.room.nominate(resident);
        } else if is_new {
            entry.room.insert_new(resident);
        } else {
            entry.room.insert(resident);
        }
        self.places.insert(name, node);
    }

    /// Takes the nodes of others in place of its own; the pods stay.
    pub(super) fn take_nodes_of(&mut self, others: &Self) {
        let own: Vec<_> = self.iter().map(|room| room.name().to_owned()).collect();
        for name in own {
            self.remove_node(&name);
        }
        for room in others.iter() {
            let entry = self.nodes.entry(room.name().into()).or_default();
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
        if let Some(node) = self.places.remove(&pod)
            && let Some(entry) = self.nodes.get_mut(&node)
        {
            entry.room.remove(namespace, name);
            self.forget_if_empty(&node);
        }
    }

    /// The node of which a pod takes room, or that it is nominated for, whether that is there or not.
    #[must_use]
    pub fn node_of(&self, pod: &PodName) -> Option<&str> {
        self.places.get(pod).map(|node| &**node)
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
