//! Required affinity and anti-affinity between pods.
//!
//! Source: [Inter-pod affinity and anti-affinity](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity).
//! Preferred terms never keep a pod off a node and are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::PodNeeds;
use super::room::NodeRoom;
use super::terms::{Selects, all_select};

/// The nodes that have a pod of some kind, by the value of a topology label.
type NodesByValue = BTreeMap<Box<str>, BTreeSet<Box<str>>>;

/// What the pods of all nodes mean for the inter-pod terms of one pod, and theirs for it.
///
/// Without it, one node's pods decide alone: a term that reads beyond the node is
/// [`Need::OtherNodes`](super::Need::OtherNodes), and anti-affinity of pods on other nodes is not
/// looked at.
///
/// ```
/// use daemonset::fit::{Answer, Context, NodeFacts, NodeRoom, PodFacts, PodNeeds, Surroundings};
/// use serde_json::json;
///
/// let pod = PodFacts::from_json(&json!({
///     "metadata": {"name": "cache", "labels": {"app": "cache"}},
///     "spec": {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
///         {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}},
///     ]}}},
/// }))?;
/// let node = NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a", "labels": {"zone": "b"}},
///     "status": {"allocatable": {"pods": "110"}},
/// }))?;
/// let (needs, room) = (PodNeeds::of_pod(&pod), NodeRoom::new(&node));
/// assert_eq!(needs.fit(&room).answer, Answer::Unknown);
///
/// let surroundings = Surroundings::of(&needs, [&room]);
/// let context = Context { surroundings: Some(&surroundings), ..Context::default() };
/// assert_eq!(needs.fit_in(&room, &context).answer, Answer::Excluded);
/// # Ok::<(), daemonset::fit::FactsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// For each term of the pod's own affinity, where pods are that all of them select.
    affinity: Vec<NodesByValue>,
    /// For each term of its own anti-affinity, where pods are that it selects.
    anti_affinity: Vec<NodesByValue>,
    /// By topology key, where pods are whose anti-affinity selects it.
    refusing: BTreeMap<Box<str>, NodesByValue>,
    /// Whether labels of namespaces would have to be known.
    pub(super) namespaces_missing: bool,
}

impl Surroundings {
    /// Looks at the pods of all nodes once: those that have such terms, and those that the pod's own
    /// may select by a label.
    #[must_use]
    pub fn of<'a>(needs: &PodNeeds, rooms: impl IntoIterator<Item = &'a NodeRoom>) -> Self {
        let mut all = Self {
            affinity: vec![NodesByValue::new(); needs.affinity.len()],
            anti_affinity: vec![NodesByValue::new(); needs.anti_affinity.len()],
            ..Self::default()
        };
        for room in rooms {
            all.add(needs, room);
        }
        all
    }

    fn add(&mut self, needs: &PodNeeds, room: &NodeRoom) {
        let mut missing = false;
        let mut note = |found: Selects, nodes: &mut NodesByValue, key: &str| {
            missing |= found == Selects::Unknown;
            if found == Selects::Yes
                && let Some(value) = room.labels().get(key)
            {
                let names = nodes.entry(value.into()).or_default();
                names.insert(room.name().into());
            }
        };
        for resident in room.selected_by_all(&needs.affinity) {
            let found = all_select(&needs.affinity, resident.namespace(), &resident.kind.labels);
            for (term, nodes) in needs.affinity.iter().zip(&mut self.affinity) {
                note(found, nodes, &term.topology_key);
            }
        }
        for (term, nodes) in needs.anti_affinity.iter().zip(&mut self.anti_affinity) {
            for resident in room.selected_by(term) {
                let found = term.selects(resident.namespace(), &resident.kind.labels);
                note(found, nodes, &term.topology_key);
            }
        }
        for resident in room.refusing(&needs.labels) {
            for term in &resident.kind.anti_affinity {
                let found = term.selects(&needs.namespace, &needs.labels);
                if found != Selects::No {
                    let key = term.topology_key.as_str();
                    let nodes = self.refusing.entry(key.into()).or_default();
                    note(found, nodes, key);
                }
            }
        }
        self.namespaces_missing |= missing;
    }

    /// Whether another node with the same value has a pod that all affinity terms select, for the
    /// term at this place.
    pub(super) fn has_affine(&self, term: usize, room: &NodeRoom, key: &str) -> bool {
        let nodes = self.affinity.get(term);
        nodes.is_some_and(|nodes| another(nodes, room, key).is_some())
    }

    /// Whether any node but this one has a pod that all affinity terms select.
    pub(super) fn has_any_affine(&self, room: &NodeRoom) -> bool {
        let mut nodes = self.affinity.iter().flat_map(BTreeMap::values).flatten();
        nodes.any(|name| **name != *room.name())
    }

    /// Another node with the same value that has a pod which the anti-affinity term selects.
    pub(super) fn repelling(&self, term: usize, room: &NodeRoom, key: &str) -> Option<&str> {
        another(self.anti_affinity.get(term)?, room, key)
    }

    /// Another node in the same topology whose pod's anti-affinity selects the pod, and the key.
    pub(super) fn refusing(&self, room: &NodeRoom) -> Option<(&str, &str)> {
        self.refusing
            .iter()
            .find_map(|(key, nodes)| Some((&**key, another(nodes, room, key)?)))
    }
}

fn another<'a>(nodes: &'a NodesByValue, room: &NodeRoom, key: &str) -> Option<&'a str> {
    let names = nodes.get(room.labels().get(key)?)?;
    names
        .iter()
        .map(|name| &**name)
        .find(|name| *name != room.name())
}
