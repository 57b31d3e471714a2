//! A cluster as far as room goes: the rooms of its nodes, the pods that wait, and what admission
//! and preemption read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::admission::Admission;
use super::context::{Context, DisruptionBudget};
use super::facts::{FactsError, NodeFacts, PodFacts};
use super::inter_pod::Surroundings;
use super::needs::PodNeeds;
use super::pods::{PodName, PodRoom, Resident};
use super::rooms::Rooms;
use super::verdict::Fit;
use crate::api::DaemonSet;

/// A cluster as far as room goes: the rooms of its nodes, the pods that are not bound yet, and the
/// objects that admission and preemption read.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::fit::{Answer, ClusterRoom, NodeFacts, PodFacts};
/// use serde_json::json;
///
/// let nodes = [NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
/// }))?];
/// let pods = [PodFacts::from_json(&json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [{"resources": {"requests": {"cpu": "1500m"}}}]},
/// }))?];
/// let cluster = ClusterRoom::new(&nodes, &pods);
///
/// let agent: DaemonSet = serde_json::from_value(json!({
///     "metadata": {"name": "agent", "namespace": "infra", "uid": "7"},
///     "spec": {"template": {"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}}},
/// }))?;
/// let asked = cluster.ask_for(&agent)?;
/// let fit = asked.fit("node-a", |_| false).unwrap();
/// assert_eq!(fit.to_string(), "node full: asks for 1 cpu, 500m of 2 is free");
/// assert_eq!(asked.fit("node-a", |pod| pod.name() == "db-0").unwrap().answer, Answer::Fits);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClusterRoom {
    /// Nodes and pods are many: copies share them.
    rooms: Arc<Rooms>,
    unbound: Arc<BTreeMap<PodName, PodFacts>>,
    admission: Admission,
    budgets: Vec<DisruptionBudget>,
    pods: usize,
    namespaces: BTreeSet<Arc<str>>,
}

impl ClusterRoom {
    /// The cluster with these nodes and pods.
    #[must_use]
    pub fn new<'o>(
        nodes: impl IntoIterator<Item = &'o NodeFacts>,
        pods: impl IntoIterator<Item = &'o PodFacts>,
    ) -> Self {
        let mut cluster = Self::default();
        for node in nodes {
            cluster.add_node(node);
        }
        for pod in pods {
            cluster.add_pod(PodRoom::of(pod));
        }
        cluster
    }

    /// Takes a node.
    pub fn add_node(&mut self, node: &NodeFacts) {
        Arc::make_mut(&mut self.rooms).set_node(node);
    }

    /// Takes a pod.
    pub fn add_pod(&mut self, pod: PodRoom) {
        let PodRoom { pod, waiting } = pod;
        let name = pod.name();
        self.pods += 1;
        if !self.namespaces.contains(&name.namespace) {
            self.namespaces.insert(name.namespace.clone());
        }
        if let Some(waiting) = waiting {
            Arc::make_mut(&mut self.unbound).insert(name.clone(), *waiting);
        }
        Arc::make_mut(&mut self.rooms).place(pod);
    }

    /// The same with the nodes of another one in place of its own.
    #[must_use]
    pub fn with_nodes_of(mut self, other: &Self) -> Self {
        Arc::make_mut(&mut self.rooms).take_nodes_of(&other.rooms);
        self
    }

    /// What admission fills in; by default no object is given that says so.
    #[must_use]
    pub fn with_admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// The cluster's disruption budgets; by default none.
    #[must_use]
    pub fn with_budgets(mut self, budgets: impl IntoIterator<Item = DisruptionBudget>) -> Self {
        self.budgets = budgets.into_iter().collect();
        self
    }

    /// The rooms of the nodes.
    #[must_use]
    pub fn rooms(&self) -> &Rooms {
        &self.rooms
    }

    /// What admission fills in.
    #[must_use]
    pub fn admission(&self) -> &Admission {
        &self.admission
    }

    /// How many pods were given. Whatever others there are takes no room here.
    #[must_use]
    pub fn pods(&self) -> usize {
        self.pods
    }

    /// The namespaces of the pods that were given, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(|name| &**name)
    }

    /// The question whether a pod of the DaemonSet's template fits, as it is once it has passed
    /// admission.
    ///
    /// # Errors
    /// A field of the template with the wrong type, or a quantity that is none.
    pub fn ask_for(&self, set: &DaemonSet) -> Result<Asked<'_>, FactsError> {
        let namespace = &set.metadata.namespace;
        let needs = PodNeeds::of_template(&set.spec.template, namespace, &self.admission)?;
        Ok(self.ask(needs))
    }

    /// The question whether a pod fits that is there and not bound yet; `None` where there is none
    /// of that name.
    #[must_use]
    pub fn ask_for_pod(&self, namespace: &str, name: &str) -> Option<Asked<'_>> {
        let name = PodName {
            namespace: namespace.into(),
            name: name.into(),
        };
        Some(self.ask(PodNeeds::of_pod(self.unbound.get(&name)?)))
    }

    /// The question whether a pod with these needs fits.
    #[must_use]
    pub fn ask(&self, needs: PodNeeds) -> Asked<'_> {
        Asked {
            surroundings: Arc::new(Surroundings::of(&needs, self.rooms.iter())),
            needs,
            cluster: self,
        }
    }
}

/// A pod's question for room in a [cluster](ClusterRoom): what it needs, and what the pods of all
/// nodes mean for it, looked up once.
#[derive(Clone, Debug)]
pub struct Asked<'r> {
    needs: PodNeeds,
    surroundings: Arc<Surroundings>,
    cluster: &'r ClusterRoom,
}

impl Asked<'_> {
    /// The same question for a pod that is there and not bound yet, as
    /// [`ClusterRoom::ask_for_pod`] asks it. Where it is the same pods that matter to both, they are not
    /// looked up again.
    #[must_use]
    pub fn for_pod(&self, namespace: &str, name: &str) -> Option<Self> {
        let name = PodName {
            namespace: namespace.into(),
            name: name.into(),
        };
        let needs = PodNeeds::of_pod(self.cluster.unbound.get(&name)?);
        if !needs.has_neighbours_of(&self.needs) {
            return Some(self.cluster.ask(needs));
        }
        Some(Self {
            needs,
            ..self.clone()
        })
    }

    /// What the pod needs.
    #[must_use]
    pub fn needs(&self) -> &PodNeeds {
        &self.needs
    }

    /// What verdicts on it read beside the node.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context {
            budgets: &self.cluster.budgets,
            surroundings: Some(&self.surroundings),
            device_resources: None,
        }
    }

    /// Whether it fits on a node once those residents are gone for which `leaves` holds; `None`
    /// where there is no such node.
    #[must_use]
    pub fn fit(&self, node: &str, leaves: impl Fn(&Resident) -> bool) -> Option<Fit> {
        let room = self.cluster.rooms.get(node)?;
        Some(self.needs.fit_without(room, &self.context(), leaves))
    }

    /// Whether it fits on a node once these pods are gone, those of them that are there; `None` where
    /// there is no such node.
    #[must_use]
    pub fn fit_after<'n>(
        &self,
        node: &str,
        gone: impl IntoIterator<Item = &'n PodName>,
    ) -> Option<Fit> {
        let room = self.cluster.rooms.get(node)?;
        Some(self.needs.fit_after(room, &self.context(), gone))
    }
}
