//! What a controller sees of a cluster, for the questions that read more of it than a plan does.

use std::borrow::Borrow;
use std::fmt;

use daemonset::api::{self, ControllerRevision, DaemonSet, Timestamp};
use daemonset::fit::{
    Admission, ClusterRoom, DisruptionBudget, FactsError, Fit, NodeFacts, PodFacts, PodRoom,
};
use daemonset::matching::SelectorError;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::evidence::{DaemonSetEvidence, Evidence, GivenKind};
use daemonset_explain::room::SetRoom;
use daemonset_explain::{Diagnosis, Explainer};
use k8s_openapi::api::certificates::v1::CertificateSigningRequest;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, LimitRange, Namespace, Node, Pod, ResourceQuota};
use k8s_openapi::api::node::v1::RuntimeClass;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Object, ReadError, read};

/// A cluster as typed objects show it, to ask why a rollout is stuck and whether a pod fits.
///
/// It is made when a question is asked, of the stores that a controller keeps anyway, and holds what
/// answers read of them: some 5 µs a pod. What it is not given it does not know, and the answers say
/// less then, and nothing false.
///
/// ```
/// use std::sync::Arc;
///
/// use daemonset_k8s_openapi::Observed;
/// use k8s_openapi::api::core::v1::{Event, Node, Pod};
/// use serde_json::Value;
///
/// /// With the stores of reflectors, and what they hold of one DaemonSet as it was received.
/// fn why(
///     nodes: Vec<Arc<Node>>,
///     pods: Vec<Arc<Pod>>,
///     revisions: &[Value],
///     events: Vec<Arc<Event>>,
///     set: &Value,
/// ) -> Result<String, Box<dyn std::error::Error>> {
///     let observed = Observed::of(nodes, pods).with_revisions(revisions)?;
///     let mut observed = observed.with_events(events);
///     Ok(observed.why(set)?.primary.to_string())
/// }
/// # let set = serde_json::json!({"metadata": {"name": "agent", "uid": "1"}, "spec": {
/// #     "selector": {"matchLabels": {"app": "agent"}},
/// #     "template": {"metadata": {"labels": {"app": "agent"}}},
/// # }});
/// # let mut node = Node::default();
/// # node.metadata.name = Some("node-a".into());
/// # let why = why(vec![Arc::new(node)], Vec::new(), &[], Vec::new(), &set)?;
/// # assert_eq!(why, "1 pod to create");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// More than [`why`](Self::why) and [`fit`](Self::fit) say is asked of
/// [an explainer](daemonset_explain::Explainer) and of [rooms](daemonset::fit), which take
/// [`cluster`](Self::cluster), [`evidence`](Self::evidence) and [`room`](Self::room).
#[derive(Clone, Debug, Default)]
pub struct Observed {
    nodes: Vec<api::Node>,
    pods: Vec<api::Pod>,
    revisions: Option<Vec<ControllerRevision>>,
    now: Option<Timestamp>,
    evidence: Evidence,
    room: ClusterRoom,
    admission: Admission,
    faults: Vec<ReadError>,
}

/// Why there is no answer about a DaemonSet.
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError {
    /// It does not read as a DaemonSet, or a revision as a ControllerRevision.
    Object(serde_json::Error),
    /// Its selector is malformed.
    Selector(SelectorError),
    /// An amount in its template is none.
    Template(FactsError),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(error) => error.fmt(f),
            Self::Selector(error) => error.fmt(f),
            Self::Template(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AskError {}

impl From<serde_json::Error> for AskError {
    fn from(error: serde_json::Error) -> Self {
        Self::Object(error)
    }
}

impl From<SelectorError> for AskError {
    fn from(error: SelectorError) -> Self {
        Self::Selector(error)
    }
}

impl From<FactsError> for AskError {
    fn from(error: FactsError) -> Self {
        Self::Template(error)
    }
}

impl Observed {
    /// A cluster of these nodes and pods: all of them, since a node that is not given is taken for one
    /// that is not there.
    #[must_use]
    pub fn of(
        nodes: impl IntoIterator<Item = impl Borrow<Node>>,
        pods: impl IntoIterator<Item = impl Borrow<Pod>>,
    ) -> Self {
        let mut observed = Self::default();
        for node in nodes {
            observed.take_node(node.borrow());
        }
        for pod in pods {
            observed.take_pod(pod.borrow());
        }
        observed
    }

    fn take_node(&mut self, node: &Node) {
        if let Some(own) = self.take(node) {
            self.nodes.push(own);
        }
        if let Some(said) = self.take(node) {
            self.evidence.add_node(said);
        }
        if let Some(facts) = self.take::<NodeFacts>(node) {
            self.room.add_node(&facts);
        }
    }

    fn take_pod(&mut self, pod: &Pod) {
        if let Some(own) = self.take(pod) {
            self.pods.push(own);
        }
        if let Some(said) = self.take(pod) {
            self.evidence.add_pod(said);
        }
        if let Some(facts) = self.take::<PodFacts>(pod) {
            self.room.add_pod(PodRoom::of(&facts));
        }
    }

    /// What is read of an object; its faults are noted.
    fn take<T: DeserializeOwned>(&mut self, object: &impl Object) -> Option<T> {
        match read(object) {
            Ok(read) => Some(read),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// What is read of objects.
    fn take_all<T: DeserializeOwned, K: Object>(
        &mut self,
        objects: impl IntoIterator<Item = impl Borrow<K>>,
    ) -> Vec<T> {
        let objects = objects.into_iter();
        objects
            .filter_map(|object| self.take(object.borrow()))
            .collect()
    }

    /// Takes objects of a kind that only explanations read.
    fn noting<T: DeserializeOwned, K: Object>(
        mut self,
        kind: GivenKind,
        objects: impl IntoIterator<Item = impl Borrow<K>>,
        add: fn(&mut Evidence, T),
    ) -> Self {
        self.evidence.note_given(kind);
        for object in self.take_all(objects) {
            add(&mut self.evidence, object);
        }
        self
    }

    /// Takes ControllerRevisions: JSON as the API server sent it, or dynamic objects; [no generated
    /// type](crate#daemonsets-and-controllerrevisions-are-not-for-generated-types). Without them it is
    /// mostly not known which pods are outdated.
    ///
    /// # Errors
    /// What does not read as a ControllerRevision.
    pub fn with_revisions(
        mut self,
        revisions: impl IntoIterator<Item = impl Serialize>,
    ) -> Result<Self, AskError> {
        let revisions = revisions.into_iter().map(same);
        self.revisions = Some(revisions.collect::<Result<_, _>>()?);
        self.evidence.note_given(GivenKind::ControllerRevision);
        Ok(self)
    }

    /// Takes events: what the scheduler, kubelets and controllers reported.
    #[must_use]
    pub fn with_events(self, events: impl IntoIterator<Item = impl Borrow<Event>>) -> Self {
        self.noting(GivenKind::Event, events, Evidence::add_event)
    }

    /// Takes Leases: that of kube-controller-manager tells whether a controller is at work.
    #[must_use]
    pub fn with_leases(self, leases: impl IntoIterator<Item = impl Borrow<Lease>>) -> Self {
        self.noting(GivenKind::Lease, leases, Evidence::add_lease)
    }

    /// Takes `CertificateSigningRequests`: those of kubelets that wait tell why nodes are silent.
    #[must_use]
    pub fn with_certificate_requests(
        self,
        requests: impl IntoIterator<Item = impl Borrow<CertificateSigningRequest>>,
    ) -> Self {
        self.noting(
            GivenKind::CertificateSigningRequest,
            requests,
            Evidence::add_certificate_request,
        )
    }

    /// Takes namespaces: whether one is being deleted, and which pods it refuses.
    #[must_use]
    pub fn with_namespaces(
        self,
        namespaces: impl IntoIterator<Item = impl Borrow<Namespace>>,
    ) -> Self {
        self.noting(GivenKind::Namespace, namespaces, Evidence::add_namespace)
    }

    /// Takes `ResourceQuotas`, which refuse pods.
    #[must_use]
    pub fn with_resource_quotas(
        self,
        quotas: impl IntoIterator<Item = impl Borrow<ResourceQuota>>,
    ) -> Self {
        self.noting(
            GivenKind::ResourceQuota,
            quotas,
            Evidence::add_resource_quota,
        )
    }

    /// Takes PriorityClasses: who may evict whom, and which names a template may give.
    #[must_use]
    pub fn with_priority_classes(
        mut self,
        classes: impl IntoIterator<Item = impl Borrow<PriorityClass>>,
    ) -> Self {
        self.evidence.note_given(GivenKind::PriorityClass);
        let mut given = Vec::new();
        for class in classes {
            if let Some(name) = self.take(class.borrow()) {
                self.evidence.add_priority_class(name);
            }
            given.extend(self.take(class.borrow()));
        }
        self.admission = self.admission.priority_classes(given);
        self.admitted()
    }

    /// Takes RuntimeClasses: what they add to a pod that names one.
    #[must_use]
    pub fn with_runtime_classes(
        mut self,
        classes: impl IntoIterator<Item = impl Borrow<RuntimeClass>>,
    ) -> Self {
        let given = self.take_all(classes);
        self.admission = self.admission.runtime_classes(given);
        self.admitted()
    }

    /// Takes LimitRanges: what containers ask for that do not say.
    #[must_use]
    pub fn with_limit_ranges(
        mut self,
        ranges: impl IntoIterator<Item = impl Borrow<LimitRange>>,
    ) -> Self {
        let given = self.take_all(ranges);
        self.admission = self.admission.limit_ranges(given);
        self.admitted()
    }

    fn admitted(mut self) -> Self {
        self.room = self.room.with_admission(self.admission.clone());
        self
    }

    /// Takes `PodDisruptionBudgets`, which the scheduler spares where it can.
    #[must_use]
    pub fn with_disruption_budgets(
        mut self,
        budgets: impl IntoIterator<Item = impl Borrow<PodDisruptionBudget>>,
    ) -> Self {
        let budgets: Vec<DisruptionBudget> = self.take_all(budgets);
        self.room = self.room.with_budgets(budgets);
        self
    }

    /// Takes the present. Without it, the newest moment that a node or pod tells of stands for it.
    #[must_use]
    pub fn with_now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// What could not be read of the objects that were given; empty for what an API server has taken.
    #[must_use]
    pub fn faults(&self) -> &[ReadError] {
        &self.faults
    }

    /// The cluster. Since watches of several kinds do not show one moment, some revisions may be
    /// [missing](Cluster::with_partial_revisions).
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        let mut cluster = Cluster::new(&self.nodes, &self.pods);
        if let Some(revisions) = &self.revisions {
            cluster = cluster.with_partial_revisions(revisions);
        }
        match self.now {
            Some(now) => cluster.with_now(now),
            None => cluster,
        }
    }

    /// What the objects say beside what decides.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The cluster as far as room goes.
    #[must_use]
    pub fn room(&self) -> &ClusterRoom {
        &self.room
    }

    /// How the rollout of a DaemonSet stands, and why: of JSON as the API server sent it, or of a
    /// dynamic object. When its managed fields say that it was changed is [noted](Self::evidence), too.
    ///
    /// # Errors
    /// What does not read as a DaemonSet, and a malformed selector.
    pub fn why(&mut self, set: &impl Serialize) -> Result<Diagnosis, AskError> {
        let json = serde_json::to_value(set)?;
        let set = DaemonSet::deserialize(&json)?;
        // What does not read says nothing.
        if let Ok(said) = DaemonSetEvidence::deserialize(&json) {
            let said = said.in_namespace(&set.metadata.namespace);
            self.evidence.add_daemon_set(said);
        }
        let cluster = self.cluster();
        let explainer = Explainer::new(&set, &cluster, &Options::default())?;
        let explainer = explainer.with_evidence(&self.evidence);
        Ok(explainer.diagnosis().clone())
    }

    /// Whether the next pod of a DaemonSet fits on a node: once the old one is gone, or beside it
    /// where the rolling update surges. `None` where there is no such node.
    ///
    /// # Errors
    /// What does not read as a DaemonSet, a malformed selector, and an amount in the template that is
    /// none.
    pub fn fit(&self, set: &impl Serialize, node: &str) -> Result<Option<Fit>, AskError> {
        let set: DaemonSet = same(set)?;
        let cluster = self.cluster();
        let planner = Planner::in_cluster(&set, &cluster, &Options::default())?;
        let room = SetRoom::new(&planner, &cluster, &self.room)?;
        Ok(room.asked().fit_after(node, room.replaced_on(node)))
    }
}

/// The same object in a type of these crates.
fn same<T: DeserializeOwned>(object: impl Serialize) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::to_value(object)?)
}
