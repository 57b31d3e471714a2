//! What a node has to give, and who has taken how much of it.

use serde::Serialize;

use super::facts::NodeFacts;
use super::needs::Pinned;
use super::pods::{PodName, Resident};
use super::residents::Residents;
use super::resource::{Amounts, ResourceList};
use super::terms::Term;
use crate::api::{Labels, Taint};
use crate::view::{NodeView, TaintView};

/// What a node gives to pods: the scheduler's view of its `allocatable`.
///
/// ```
/// use daemonset::fit::Allocatable;
///
/// let room = Allocatable::parse([("cpu", "3920m"), ("memory", "15Gi"), ("pods", "110")]).unwrap();
/// assert_eq!((room.amounts.get("cpu"), room.pods), (3920, 110));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Allocatable {
    /// Resources; one that the node does not have is 0.
    pub amounts: Amounts,
    /// How many pods.
    pub pods: i128,
}

impl Allocatable {
    /// Reads quantities by the resource's name; `pods` among them is the number of pods, 0 where
    /// it is missing. `None` where one is no quantity.
    pub fn parse<'a>(quantities: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        ResourceList::parse(quantities).map(|list| Self::of(&list))
    }

    fn of(list: &ResourceList) -> Self {
        Self {
            amounts: list.rounded(),
            pods: list.pods(),
        }
    }
}

/// A node's room: what it gives, who is on it, and the sum of what they take.
///
/// A pod's coming and going changes the sum and not more, so that it can be kept from change to
/// change.
///
/// ```
/// use daemonset::fit::{NodeFacts, NodeRoom, PodFacts, Resident};
/// use serde_json::json;
///
/// let node = NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
/// }))?;
/// let mut room = NodeRoom::new(&node);
/// let pod = PodFacts::from_json(&json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"containers": [{"resources": {"requests": {"cpu": "500m"}}}]},
/// }))?;
/// room.insert(Resident::of(&pod).unwrap());
/// assert_eq!((room.used().get("cpu"), room.free("cpu")), (500, Some(3500)));
/// room.remove("shop", "db-0");
/// assert!(room.used().is_zero());
/// # Ok::<(), daemonset::fit::FactsError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeRoom {
    name: String,
    labels: Labels,
    taints: Vec<Taint>,
    unschedulable: bool,
    allocatable: Option<Box<Allocatable>>,
    residents: Residents,
    /// Pods that the scheduler has made room for here and that are not bound yet.
    nominated: Vec<Resident>,
    used: Amounts,
}

impl NodeRoom {
    /// An empty node.
    #[must_use]
    pub fn new(node: &NodeFacts) -> Self {
        let mut room = Self::default();
        room.set_node(node);
        room
    }

    /// Takes what the node says now; who is on it stays.
    pub fn set_node(&mut self, node: &NodeFacts) {
        node.metadata.name.clone_into(&mut self.name);
        self.labels = node.metadata.labels.clone();
        self.taints.clone_from(&node.spec.taints);
        self.unschedulable = node.spec.unschedulable;
        self.allocatable = node
            .allocatable()
            .map(|list| Box::new(Allocatable::of(list)));
    }

    /// Takes what another room's node says; who is on it stays.
    pub(super) fn take_node_of(&mut self, other: &Self) {
        self.name.clone_from(&other.name);
        self.labels = other.labels.clone();
        self.taints.clone_from(&other.taints);
        self.unschedulable = other.unschedulable;
        self.allocatable.clone_from(&other.allocatable);
    }

    /// A pod is bound to the node, or has changed there; if it was nominated, it no longer is.
    /// Returns what it took before.
    ///
    /// The scheduler, and so preemption, takes pods that are equal in everything else in the
    /// order in which it learnt of them: that in which they are inserted.
    pub fn insert(&mut self, resident: Resident) -> Option<Resident> {
        self.take_nominated(resident.namespace(), resident.name());
        self.used += resident.requests();
        let before = self.residents.put(resident);
        before.inspect(|before| self.used -= before.requests())
    }

    /// The scheduler has made room for a pod here (`nominatedNodeName`), and it is not bound yet.
    /// Pods of lower priority must leave it its room. Returns what a pod of that name took before.
    pub fn nominate(&mut self, pod: Resident) -> Option<Resident> {
        let before = self.remove(pod.namespace(), pod.name());
        self.nominated.push(pod);
        before
    }

    /// A pod is gone from the node, or no longer nominated for it. Returns what it took.
    pub fn remove(&mut self, namespace: &str, name: &str) -> Option<Resident> {
        self.take_nominated(namespace, name);
        let before = self.residents.remove(namespace, name);
        before.inspect(|before| self.used -= before.requests())
    }

    /// These pods are gone from the node, those of them that are there.
    ///
    /// It takes time by the pods of the node and these, where removing one after the other would take
    /// the product of both.
    pub fn remove_all<'n>(&mut self, pods: impl IntoIterator<Item = &'n PodName>) {
        let pods = pods.into_iter();
        let places: Vec<usize> = pods.filter_map(|pod| self.place_of(pod)).collect();
        if places.is_empty() {
            return;
        }
        for gone in self.residents.take_out(&places) {
            self.used -= gone.requests();
        }
    }

    /// A pod is bound to the node that is not there yet.
    pub(super) fn insert_new(&mut self, resident: Resident) {
        self.used += resident.requests();
        self.residents.push(resident);
    }

    /// Whether a pod is on it, or nominated for it.
    pub(super) fn has_pod(&self, pod: &PodName) -> bool {
        self.place_of(pod).is_some() || self.nominated.iter().any(|it| it.pod == *pod)
    }

    fn take_nominated(&mut self, namespace: &str, name: &str) {
        let mut nominated = self.nominated.iter();
        if let Some(at) = nominated.position(|pod| pod.is_named(namespace, name)) {
            self.nominated.remove(at);
        }
    }

    /// The node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The node's labels.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The node's taints.
    #[must_use]
    pub fn taints(&self) -> &[Taint] {
        &self.taints
    }

    /// Whether the node is cordoned.
    #[must_use]
    pub fn is_cordoned(&self) -> bool {
        self.unschedulable
    }

    /// What it gives; `None` where it does not say.
    #[must_use]
    pub fn allocatable(&self) -> Option<&Allocatable> {
        self.allocatable.as_deref()
    }

    /// What is taken of it, all residents together.
    #[must_use]
    pub fn used(&self) -> &Amounts {
        &self.used
    }

    /// How much of a resource is left, negative where more is taken than there is; `None` where
    /// the node does not say what it gives.
    #[must_use]
    pub fn free(&self, resource: &str) -> Option<i128> {
        let given = self.allocatable.as_ref()?.amounts.get(resource);
        Some(given.saturating_sub(self.used.get(resource)))
    }

    /// Who is on it, in the order in which they came.
    #[must_use]
    pub fn residents(&self) -> &[Resident] {
        self.residents.all()
    }

    /// The pod of this name on it.
    #[must_use]
    pub fn resident(&self, pod: &PodName) -> Option<&Resident> {
        self.resident_at(self.place_of(pod)?)
    }

    /// Those of its pods that do not stay.
    pub fn leaving(&self) -> impl Iterator<Item = &Resident> {
        self.at(self.residents.leaving().iter().copied())
    }

    /// The place of a pod among the residents.
    pub(super) fn place_of(&self, pod: &PodName) -> Option<usize> {
        self.residents.find(&pod.namespace, &pod.name)
    }

    pub(super) fn resident_at(&self, place: usize) -> Option<&Resident> {
        self.residents.get(place)
    }

    fn at(&self, places: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &Resident> {
        places.into_iter().filter_map(|at| self.residents.get(at))
    }

    /// The lowest priority that a resident has.
    pub(super) fn lowest_priority(&self) -> Option<i32> {
        self.residents.lowest_priority()
    }

    /// The places of the residents that take a port of this number.
    pub(super) fn places_with_port(&self, port: i32) -> &[usize] {
        self.residents.with_port(port)
    }

    /// The places of the residents whose anti-affinity may select a pod with these labels.
    pub(super) fn places_refusing(&self, labels: &Labels) -> Vec<usize> {
        self.residents.may_refuse(labels)
    }

    /// The places of the residents that a term may select.
    pub(super) fn places_selected_by(&self, term: &Term) -> Vec<usize> {
        self.residents.may_be_selected(term)
    }

    /// The places of the residents that all terms may select; none where there is no term.
    pub(super) fn places_selected_by_all(&self, terms: &[Term]) -> Vec<usize> {
        let each = terms.iter().map(|term| self.places_selected_by(term));
        each.min_by_key(Vec::len).unwrap_or_default()
    }

    pub(super) fn refusing(&self, labels: &Labels) -> impl Iterator<Item = &Resident> {
        self.at(self.places_refusing(labels))
    }

    pub(super) fn selected_by(&self, term: &Term) -> impl Iterator<Item = &Resident> {
        self.at(self.places_selected_by(term))
    }

    pub(super) fn selected_by_all(&self, terms: &[Term]) -> impl Iterator<Item = &Resident> {
        self.at(self.places_selected_by_all(terms))
    }

    /// Who it has been made room for.
    #[must_use]
    pub fn nominated(&self) -> &[Resident] {
        &self.nominated
    }

    /// Who has taken of a resource, the most first, then by name.
    #[must_use]
    pub fn holders(&self, resource: &str) -> Vec<(&Resident, i128)> {
        let amounts = self.residents().iter();
        let mut holders: Vec<_> = amounts
            .map(|resident| (resident, resident.requests().get(resource)))
            .filter(|(_, amount)| *amount != 0)
            .collect();
        holders.sort_by(|(a, mine), (b, theirs)| theirs.cmp(mine).then_with(|| a.pod.cmp(&b.pod)));
        holders
    }

    /// Whether a pod's affinity names other nodes alone.
    pub(super) fn is_passed_over(&self, pinned: &Pinned) -> bool {
        matches!(pinned, Pinned::To(names) if !names.contains(&self.name))
    }
}

impl NodeView for NodeRoom {
    fn name(&self) -> &str {
        &self.name
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key)
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter()
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.taints.iter().map(TaintView::from)
    }
}
