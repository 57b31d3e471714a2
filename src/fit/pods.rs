//! Pods that take room on nodes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::facts::PodFacts;
use super::needs::PodNeeds;
use super::ports::HostPort;
use super::requests;
use super::resource::Amounts;
use super::terms::Term;
use crate::api::{
    self, ConditionStatus, ConditionType, Labels, List, ObjectMeta, OwnerReference, PodCondition,
    Recent, Timestamp,
};

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
impl fmt::Display for PodName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

    /// What another pod means that is bound and of which all is alike that is read, but its name, its node,
    /// when it was started and whether it is going: its metadata, its spec, what its status says of
    /// resources and of resizing. `None` where this one is not on a node itself.
    ///
    /// ```
    /// use daemonset::api::Pod;
    /// use daemonset::fit::{PodFacts, PodRoom};
    /// use serde_json::json;
    ///
    /// let pod = |name: &str, node: &str| json!({
    ///     "metadata": {"name": name, "namespace": "shop"},
    ///     "spec": {"nodeName": node, "containers": [{"resources": {"requests": {"cpu": "0.5"}}}]},
    /// });
    /// let room = |pod| Ok::<_, daemonset::fit::FactsError>(PodRoom::of(&PodFacts::from_json(&pod)?));
    /// let other: Pod = serde_json::from_value(pod("db-1", "node-b"))?;
    /// let one = room(pod("db-0", "node-a"))?;
    /// assert_eq!(one.of_one_alike(&other, None), Some(room(pod("db-1", "node-b"))?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_one_alike(&self, other: &api::Pod, start_time: Option<Timestamp>) -> Option<Self> {
        let Pod::On(_, like) = &self.pod else {
            return None;
        };
        let metadata = &other.metadata;
        let namespace = &like.pod.namespace;
        let is_same = **namespace == *metadata.namespace;
        let resident = Resident {
            pod: PodName {
                namespace: if is_same {
                    Arc::clone(namespace)
                } else {
                    metadata.namespace.as_str().into()
                },
                name: metadata.name.as_str().into(),
            },
            kind: Arc::clone(&like.kind),
            start_time,
            standing: Standing::of(metadata, &other.status.conditions),
            end: End::of(metadata),
        };
        Some(Self {
            pod: Pod::On(other.spec.node_name.as_str().into(), resident),
            waiting: None,
        })
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

impl Standing {
    fn of(metadata: &ObjectMeta, conditions: &[PodCondition]) -> Self {
        if !metadata.is_terminating() {
            return Self::Stays;
        }
        let is_preempted = conditions.iter().any(|condition| {
            matches!(&condition.type_, ConditionType::Other(type_) if &**type_ == "DisruptionTarget")
                && condition.status == ConditionStatus::True
                && condition.reason == "PreemptionByScheduler"
        });
        if is_preempted {
            Self::Preempted
        } else {
            Self::Terminating
        }
    }
}

impl End {
    fn of(metadata: &ObjectMeta) -> Option<Box<Self>> {
        metadata.is_terminating().then(|| {
            Box::new(Self {
                due: metadata.deletion_timestamp,
                finalizers: metadata.finalizers.clone(),
            })
        })
    }
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
            standing: Standing::of(metadata, &pod.status.conditions),
            end: End::of(metadata),
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

    /// Whether it is the pod of this name.
    pub(super) fn is_named(&self, namespace: &str, name: &str) -> bool {
        self.namespace() == namespace && self.name() == name
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
    #[must_use]
    pub fn holds(&self, port: &HostPort) -> bool {
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
