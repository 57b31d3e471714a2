//! Required affinity and anti-affinity between pods.
//!
//! Source: [Inter-pod affinity and anti-affinity](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity).
//! Preferred terms never keep a pod off a node and are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::PodAffinityTerm;
use super::needs::PodNeeds;
use super::room::NodeRoom;
use crate::api::{LabelSelector, LabelSelectorRequirement, Labels};
use crate::matching::Selector;

/// The label whose values tell single nodes apart.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

/// The label that every namespace has, with its own name.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Whether a term selects a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selects {
    No,
    /// The labels of the pod's namespace decide, and they are not known.
    Unknown,
    Yes,
}

/// One required term, ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    selector: Selector,
    /// Namespaces by name.
    namespaces: Vec<String>,
    /// Namespaces by label, besides.
    namespace_selector: Selector,
    pub topology_key: String,
}

impl Term {
    /// Compiles the term of a pod in this namespace. A selector that is malformed, which the API
    /// server refuses, selects nothing.
    pub(super) fn new(written: &PodAffinityTerm, namespace: &str) -> Self {
        let compiled = |selector: &Option<LabelSelector>| {
            Selector::new(selector.as_ref()).unwrap_or_else(|_| Selector::nothing())
        };
        let own = written.namespaces.is_empty() && written.namespace_selector.is_none();
        Self {
            selector: compiled(&written.label_selector),
            namespaces: if own {
                vec![namespace.to_owned()]
            } else {
                written.namespaces.clone()
            },
            namespace_selector: compiled(&written.namespace_selector),
            topology_key: written.topology_key.clone(),
        }
    }

    /// Whether it selects a pod with these labels in this namespace.
    pub(super) fn selects(&self, namespace: &str, labels: &Labels) -> Selects {
        if !self.selector.matches(labels) {
            Selects::No
        } else if self.namespaces.iter().any(|name| name == namespace) {
            Selects::Yes
        } else {
            self.selects_namespace(namespace)
        }
    }

    /// What its pods are selected by, whatever their namespaces.
    pub(super) fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Whether the namespace selector selects a namespace of which only the name is known.
    fn selects_namespace(&self, namespace: &str) -> Selects {
        if self.namespace_selector.is_everything() {
            return Selects::Yes;
        }
        let each = self.namespace_selector.requirements().iter().map(|r| {
            if r.key() != NAMESPACE_NAME {
                Selects::Unknown
            } else if r.holds_for(Some(namespace)) {
                Selects::Yes
            } else {
                Selects::No
            }
        });
        // Without a requirement it is the selector that selects nothing.
        each.min().unwrap_or(Selects::No)
    }
}

/// Adds to a term's selector what `matchLabelKeys` and `mismatchLabelKeys` say, as the API server
/// does when a pod is created.
pub(super) fn merge_label_keys(term: &mut PodAffinityTerm, labels: &Labels) {
    let Some(selector) = &mut term.label_selector else {
        return;
    };
    let keys = term.match_label_keys.iter().map(|key| (key, "In"));
    let other_keys = term.mismatch_label_keys.iter().map(|key| (key, "NotIn"));
    for (key, operator) in keys.chain(other_keys) {
        if let Some(value) = labels.get(key) {
            selector.match_expressions.push(LabelSelectorRequirement {
                key: key.clone(),
                operator: operator.to_owned(),
                values: vec![value.to_owned()],
            });
        }
    }
}

/// Whether all terms together select a pod.
pub(super) fn all_select(terms: &[Term], namespace: &str, labels: &Labels) -> Selects {
    let each = terms.iter().map(|term| term.selects(namespace, labels));
    each.min().unwrap_or(Selects::Yes)
}

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
