//! What a node has to give, and who has taken how much of it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::facts::{NodeFacts, PodFacts};
use super::inter_pod::Term;
use super::needs::{Pinned, PodNeeds};
use super::ports::HostPort;
use super::requests;
use super::residents::Residents;
use super::resource::{Amounts, ResourceList};
use crate::api::{
    ConditionStatus, ConditionType, Labels, List, OwnerReference, Recent, Taint, Timestamp,
};
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

/// The name of a pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PodName {
    /// Its namespace.
    #[serde(serialize_with = "as_text")]
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Box<str>,
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Prints as `namespace/name`.
impl std::fmt::Display for PodName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A pod that takes room on a node, compiled once.
///
/// ```
/// use daemonset::fit::{PodFacts, Resident};
///
/// let pod = PodFacts::from_json(&serde_json::json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [{"resources": {"requests": {"cpu": "0.5"}}}]},
///     "status": {"phase": "Running"},
/// }))?;
/// let resident = Resident::of(&pod).unwrap();
/// assert_eq!(resident.requests().get("cpu"), 500);
/// # Ok::<(), daemonset::fit::FactsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    pub(super) pod: PodName,
    /// Pods of one template can share it ([`PodRoom::sharing`]).
    pub(super) kind: Arc<PodKind>,
    pub(super) start_time: Option<Timestamp>,
    pub(super) standing: Standing,
    /// Of a pod that is being deleted.
    end: Option<Box<End>>,
}

/// When a pod that is being deleted is to be gone, and what holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    due: Option<Timestamp>,
    finalizers: List<String>,
}

/// What pods of one template have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PodKind {
    pub labels: Labels,
    owners: List<OwnerReference>,
    pub requests: Amounts,
    pub host_ports: Vec<HostPort>,
    pub priority: i32,
    pub anti_affinity: Vec<Term>,
}

/// Equal ones have equal labels and requests.
impl Hash for PodKind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.labels.hash(state);
        self.requests.hash(state);
    }
}

/// What the pods that came of late have in common, so that those of one template keep it once.
#[derive(Clone, Debug, Default)]
pub struct RecentPods {
    namespaces: Recent<Arc<str>>,
    kinds: Recent<Arc<PodKind>>,
}

/// What a pod means for the room of a cluster's nodes: all that is kept of it there, and a fraction of
/// [`PodFacts`].
///
/// ```
/// use daemonset::fit::{ClusterRoom, PodFacts, PodRoom};
///
/// let pod = PodFacts::from_json(&serde_json::json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [{"resources": {"requests": {"cpu": "0.5"}}}]},
/// }))?;
/// let mut cluster = ClusterRoom::default();
/// cluster.add_pod(PodRoom::of(&pod));
/// assert_eq!(cluster.pods(), 1);
/// # Ok::<(), daemonset::fit::FactsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PodRoom {
    pub(super) pod: Pod,
    /// A pod that is not bound yet asks for room itself.
    pub(super) waiting: Option<Box<PodFacts>>,
}

/// A pod, and where it takes room.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pod {
    /// Nowhere.
    Nowhere(PodName),
    /// On this node.
    On(Box<str>, Resident),
    /// On this node, where the scheduler makes room for it.
    NominatedFor(Box<str>, Resident),
}

impl Pod {
    pub(super) fn name(&self) -> &PodName {
        match self {
            Self::Nowhere(name) => name,
            Self::On(_, resident) | Self::NominatedFor(_, resident) => &resident.pod,
        }
    }

    fn resident_mut(&mut self) -> Option<&mut Resident> {
        match self {
            Self::Nowhere(_) => None,
            Self::On(_, resident) | Self::NominatedFor(_, resident) => Some(resident),
        }
    }
}

impl PodName {
    fn of(pod: &PodFacts) -> Self {
        Self {
            namespace: pod.namespace().into(),
            name: pod.name().into(),
        }
    }
}

impl PodRoom {
    /// What a pod means for room.
    #[must_use]
    pub fn of(pod: &PodFacts) -> Self {
        let resident = || Resident::of(pod);
        let placed = match (pod.node_name(), pod.nominated_node_name()) {
            (Some(node), _) => resident().map(|it| Pod::On(node.into(), it)),
            (None, Some(node)) => resident().map(|it| Pod::NominatedFor(node.into(), it)),
            (None, None) => None,
        };
        let waits = pod.node_name().is_none() && !pod.is_finished();
        Self {
            pod: placed.unwrap_or_else(|| Pod::Nowhere(PodName::of(pod))),
            waiting: waits.then(|| Box::new(pod.clone())),
        }
    }

    /// The same, with what pods that came of late have in common with it kept once.
    ///
    /// ```
    /// use daemonset::fit::{PodFacts, PodRoom, RecentPods};
    ///
    /// let pod = PodFacts::from_json(&serde_json::json!({
    ///     "metadata": {"name": "db-0", "namespace": "shop"},
    ///     "spec": {"nodeName": "node-a"},
    /// }))?;
    /// let mut recent = RecentPods::default();
    /// assert_eq!(PodRoom::of(&pod).sharing(&mut recent), PodRoom::of(&pod));
    /// # Ok::<(), daemonset::fit::FactsError>(())
    /// ```
    #[must_use]
    pub fn sharing(mut self, recent: &mut RecentPods) -> Self {
        if let Some(Resident { pod, kind, .. }) = self.pod.resident_mut() {
            pod.namespace = recent.namespaces.shared(std::mem::take(&mut pod.namespace));
            *kind = recent.kinds.shared(std::mem::take(kind));
        }
        self
    }
}

/// Whether a pod stays on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It does, as far as is known.
    Stays,
    /// It is being deleted; it takes room until it is gone.
    Terminating,
    /// It is being deleted because the scheduler evicts it for another pod.
    Preempted,
}

impl Resident {
    /// What a pod takes; `None` where it has run to its end and takes nothing.
    ///
    /// A terminating pod takes its room until its object is gone.
    #[must_use]
    pub fn of(pod: &PodFacts) -> Option<Self> {
        if pod.is_finished() {
            return None;
        }
        let metadata = &pod.metadata;
        let is_preempted = pod.status.conditions.iter().any(|condition| {
            matches!(&condition.type_, ConditionType::Other(type_) if &**type_ == "DisruptionTarget")
                && condition.status == ConditionStatus::True
                && condition.reason == "PreemptionByScheduler"
        });
        let anti_affinity = pod.spec.affinity.pod_anti_affinity.required.iter();
        Some(Self {
            pod: PodName::of(pod),
            kind: Arc::new(PodKind {
                labels: metadata.labels.clone(),
                owners: metadata.owner_references.clone(),
                requests: requests::of_resident(pod),
                host_ports: requests::host_ports(&pod.spec),
                priority: pod.spec.priority.unwrap_or(0),
                anti_affinity: anti_affinity
                    .map(|term| Term::new(term, &metadata.namespace))
                    .collect(),
            }),
            start_time: pod.status.start_time,
            standing: match (metadata.is_terminating(), is_preempted) {
                (true, true) => Standing::Preempted,
                (true, false) => Standing::Terminating,
                (false, _) => Standing::Stays,
            },
            end: metadata.is_terminating().then(|| {
                Box::new(End {
                    due: metadata.deletion_timestamp,
                    finalizers: metadata.finalizers.clone(),
                })
            }),
        })
    }

    /// What a pod will take that is to come and not there yet, under a name of your own: to ask
    /// whether others fit after it.
    ///
    /// ```
    /// use daemonset::api::PodTemplate;
    /// use daemonset::fit::{Admission, Answer, NodeFacts, NodeRoom, PodName, PodNeeds, Resident};
    /// use serde_json::json;
    ///
    /// let template: PodTemplate = serde_json::from_value(json!({
    ///     "spec": {"containers": [{"resources": {"requests": {"cpu": "600m"}}}]},
    /// }))?;
    /// let needs = PodNeeds::of_template(&template, "infra", &Admission::default())?;
    /// let mut room = NodeRoom::new(&NodeFacts::from_json(&json!({
    ///     "metadata": {"name": "node-a"},
    ///     "status": {"allocatable": {"cpu": "1", "pods": "110"}},
    /// }))?);
    /// assert_eq!(needs.fit(&room).answer, Answer::Fits);
    /// let name = PodName { namespace: "infra".into(), name: "logs".into() };
    /// room.insert(Resident::to_come(name, &needs));
    /// assert_eq!(needs.fit(&room).answer, Answer::Full);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_come(pod: PodName, needs: &PodNeeds) -> Self {
        Self {
            pod,
            kind: Arc::new(PodKind {
                labels: needs.labels.clone(),
                owners: List::new(),
                requests: needs.requests.clone(),
                host_ports: needs.host_ports.clone(),
                priority: needs.priority,
                anti_affinity: needs.anti_affinity.clone(),
            }),
            start_time: None,
            standing: Standing::Stays,
            end: None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn pod(&self) -> &PodName {
        &self.pod
    }

    /// Its namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.pod.namespace
    }

    /// Its name in the namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.pod.name
    }

    /// Its controller, such as the DaemonSet that it belongs to.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.kind.owners.iter().find(|owner| owner.controller)
    }

    /// What it takes, as the scheduler counts.
    #[must_use]
    pub fn requests(&self) -> &Amounts {
        &self.kind.requests
    }

    /// The ports of the host that it takes.
    #[must_use]
    pub fn host_ports(&self) -> &[HostPort] {
        &self.kind.host_ports
    }

    /// Whether it takes a port, or one that conflicts with it.
    pub(super) fn holds(&self, port: &HostPort) -> bool {
        let mut held = self.host_ports().iter();
        held.any(|held| held.conflicts_with(port))
    }

    /// Its priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.kind.priority
    }

    /// Whether it stays.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// When it is to be gone, if it is being deleted: the end of its grace period.
    #[must_use]
    pub fn deletion_timestamp(&self) -> Option<Timestamp> {
        self.end.as_ref()?.due
    }

    /// What has to be removed before it can be gone, if it is being deleted.
    #[must_use]
    pub fn finalizers(&self) -> &[String] {
        self.end.as_ref().map_or(&[], |end| &end.finalizers)
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
        let is_it = |pod: &Resident| pod.namespace() == namespace && pod.name() == name;
        if let Some(at) = self.nominated.iter().position(is_it) {
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
