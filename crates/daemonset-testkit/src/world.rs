//! A small cluster that carries plans out: the API server, the scheduler, the kubelet and the
//! garbage collector, as far as a set notices them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, Node, ObjectMeta,
    OwnerReference, Pod, PodCondition, PodPhase, Timestamp,
};
use daemonset::placement::{Rules, Verdict};
use daemonset::rollout::Backoff;
use daemonset::template::revision_data;
use daemonset::view::PodView;
use daemonset::well_known::CONTROLLER_REVISION_HASH as HASH_LABEL;
use daemonset::{Action, Cluster, Options, Plan, Planner, owner_reference};

/// Everything that a round reads, and what the world does to it between rounds.
#[derive(Clone, PartialEq)]
pub struct World {
    /// The DaemonSet.
    pub set: DaemonSet,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The pods, of whatever namespace and owner.
    pub pods: Vec<Pod>,
    /// The ControllerRevisions that are stored.
    pub revisions: Vec<ControllerRevision>,
    /// The waits of earlier rounds.
    pub backoff: Backoff,
    /// The present.
    pub now: Timestamp,
    /// How many pods are created, and how many deleted, in one round at most.
    pub burst: usize,
    /// What the world does between rounds.
    pub conduct: Conduct,
}

/// How fast the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// In a cluster's own steps: a pod is bound in one round and runs in the next; one that is
    /// deleted takes its grace.
    Steps,
    /// At once: a pod that is created is bound, runs and is ready, and one that is deleted is gone.
    AtOnce,
}

/// How the world behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Conduct {
    /// How fast it is.
    pub pace: Pace,
    /// How many seconds pass between rounds.
    pub step: i64,
    /// How many seconds a bound pod takes to go once it is deleted.
    pub grace: i64,
    /// When pods on nodes that do not exist go.
    pub collected_at: Timestamp,
    /// Nodes on which no pod gets ready.
    pub broken_nodes: BTreeSet<String>,
    /// Whether pods of the current revision do not get ready.
    pub broken_revision: bool,
    /// How many pods were made so far.
    pub made: usize,
}

/// Prints the objects as JSON, one a line, so that a small counterexample reads well.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cluster at {}", self.now)?;
        writeln!(f, "  set {}", serde_json::json!(self.set))?;
        for node in &self.nodes {
            writeln!(f, "  node {}", serde_json::json!(node))?;
        }
        for pod in &self.pods {
            writeln!(f, "  pod {}", serde_json::json!(pod))?;
        }
        for revision in &self.revisions {
            writeln!(f, "  revision {}", serde_json::json!(revision))?;
        }
        writeln!(f, "  back-off {}", serde_json::json!(self.backoff))?;
        writeln!(f, "  burst {}, {:?}", self.burst, self.conduct)
    }
}

impl World {
    /// The planner of this state; `None` where the selector does not parse.
    #[must_use]
    pub fn try_planner(&self) -> Option<Planner> {
        Planner::in_cluster(&self.set, &self.cluster(), &self.options()).ok()
    }

    /// The planner of this state.
    ///
    /// # Panics
    /// Where the selector does not parse.
    #[must_use]
    pub fn planner(&self) -> Planner {
        self.try_planner().expect("the selector parses")
    }

    /// The objects, each once, and the present.
    #[must_use]
    pub fn cluster(&self) -> Cluster<'_> {
        self.cluster_without_revisions()
            .with_revisions(&self.revisions)
    }

    /// The same, seen by one who was not given the revisions.
    #[must_use]
    pub fn cluster_without_revisions(&self) -> Cluster<'_> {
        Cluster::new(&self.nodes, &self.pods).with_now(self.now)
    }

    /// The same world with every object once: of those of one name, the later one.
    #[must_use]
    pub fn each_once(mut self) -> Self {
        keep_the_later(&mut self.nodes, |node| node.metadata.name.clone());
        keep_the_later(&mut self.pods, |pod| key(&pod.metadata));
        keep_the_later(&mut self.revisions, |revision| key(&revision.metadata));
        self
    }

    pub(crate) fn each_revision_once(mut self) -> Self {
        keep_the_later(&mut self.revisions, |revision| key(&revision.metadata));
        self
    }

    /// The same cluster in a world in which every pod that is bound gets ready.
    #[must_use]
    pub fn healthy(mut self) -> Self {
        self.conduct.broken_nodes.clear();
        self.conduct.broken_revision = false;
        self
    }

    /// The options of a round.
    #[must_use]
    pub fn options(&self) -> Options {
        Options::default()
            .with_backoff(self.backoff.clone())
            .with_burst_replicas(self.burst)
    }

    /// What Kubernetes would do next.
    ///
    /// # Panics
    /// Where the selector does not parse.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.planner().plan(&self.cluster())
    }

    /// Carries the plan out, and checks that an API server would let it.
    ///
    /// # Panics
    /// Where it would not: an object that is not there, a second controller, a name that is taken.
    pub fn apply(&mut self, plan: &Plan) {
        let planner = self.planner();
        if !self.backoff.is_for(&self.set) {
            self.backoff = Backoff::new(&self.set);
        }
        self.backoff.advance(&plan.begun_waits);
        for action in &plan.actions {
            self.carry_out(action, &planner);
        }
    }

    fn carry_out(&mut self, action: &Action, planner: &Planner) {
        let owner = owner_reference(&self.set);
        match action {
            Action::AdoptPod { pod, .. } => adopt(owner, &mut self.pod(pod).metadata),
            Action::ReleasePod { pod, .. } => release(&owner, &mut self.pod(pod).metadata),
            Action::AdoptRevision { name } => adopt(owner, &mut self.revision(name).metadata),
            Action::ReleaseRevision { name } => {
                release(&owner, &mut self.revision(name).metadata);
            }
            Action::CreateRevision {
                name,
                revision,
                hash,
            } => self.create_revision(name, *revision, hash),
            Action::UpdateRevision {
                name,
                revision,
                hash,
                ..
            } => {
                let stored = self.revision(name);
                stored.revision = *revision;
                stored.metadata.labels.insert(HASH_LABEL, hash);
            }
            Action::RelabelPod { pod, hash, .. } => {
                self.pod(pod).metadata.labels.insert(HASH_LABEL, hash);
            }
            Action::DeleteRevision { name, .. } => {
                let at = self.revision_index(name);
                self.revisions.remove(at);
            }
            Action::CreatePod { node, .. } => self.create_pod(node, planner),
            Action::DeletePod { pod, .. } => self.delete_pod(pod),
            Action::Event { .. } => {}
            Action::UpdateStatus { status } => self.set.status = status.clone(),
        }
    }

    fn pod_index(&self, name: &str) -> usize {
        let namespace = &self.set.metadata.namespace;
        self.pods
            .iter()
            .position(|pod| pod.metadata.name == name && pod.metadata.namespace == *namespace)
            .unwrap_or_else(|| panic!("there is no pod {name}"))
    }

    fn pod(&mut self, name: &str) -> &mut Pod {
        let at = self.pod_index(name);
        &mut self.pods[at]
    }

    fn revision_index(&self, name: &str) -> usize {
        let namespace = &self.set.metadata.namespace;
        self.revisions
            .iter()
            .position(|r| r.metadata.name == name && r.metadata.namespace == *namespace)
            .unwrap_or_else(|| panic!("there is no revision {name}"))
    }

    fn revision(&mut self, name: &str) -> &mut ControllerRevision {
        let at = self.revision_index(name);
        &mut self.revisions[at]
    }

    fn create_revision(&mut self, name: &str, number: i64, hash: &str) {
        let namespace = &self.set.metadata.namespace;
        let taken = (self.revisions.iter())
            .any(|r| r.metadata.name == name && r.metadata.namespace == *namespace);
        assert!(!taken, "revision {name} exists already");
        let mut labels = self.set.spec.template.labels().clone();
        labels.insert(HASH_LABEL, hash);
        let data = revision_data(&self.set.spec.template);
        self.revisions.push(ControllerRevision {
            metadata: ObjectMeta {
                name: name.to_owned(),
                namespace: namespace.clone(),
                labels,
                annotations: self.set.metadata.annotations.clone(),
                owner_references: vec![owner_reference(&self.set)].into(),
                ..ObjectMeta::default()
            },
            data: serde_json::from_str(&data).expect("revision data is JSON"),
            revision: number,
        });
    }

    fn create_pod(&mut self, node: &str, planner: &Planner) {
        let manifest = planner.pod_for(node);
        let prefix = manifest["metadata"]["generateName"].as_str().unwrap();
        let name = format!("{prefix}{:05}", self.conduct.made);
        let mut pod: Pod = serde_json::from_value(manifest).expect("a pod");
        self.conduct.made += 1;
        pod.metadata.uid = format!("uid-{name}");
        pod.metadata.name = name;
        pod.metadata.creation_timestamp = Some(self.now);
        pod.status.phase = PodPhase::Pending;
        if self.conduct.pace == Pace::AtOnce {
            node.clone_into(&mut pod.spec.node_name);
            self.run(&mut pod, Some(&planner.current_revision().hash));
        }
        self.pods.push(pod);
    }

    /// An unscheduled pod goes at once, unless a finalizer holds it; a bound one is asked to.
    fn delete_pod(&mut self, name: &str) {
        let at = self.pod_index(name);
        let pod = &mut self.pods[at];
        let is_free = pod.spec.node_name.is_empty() || self.conduct.pace == Pace::AtOnce;
        if is_free && pod.metadata.finalizers.is_empty() {
            self.pods.remove(at);
        } else if !pod.metadata.is_terminating() {
            pod.metadata.deletion_timestamp = Some(self.now.plus_seconds(self.conduct.grace));
        }
    }

    /// Lets the world go on for a while: some seconds, or, when nothing but time is waited for,
    /// up to the moment at which the plan wants to be made again.
    ///
    /// Returns whether anything but the time changed or is about to.
    pub fn tick(&mut self, plan: &Plan) -> bool {
        let before = self.pods.clone();
        self.now = self.now.plus_seconds(self.conduct.step);
        let rules = Rules::new(&self.set.spec.template);
        let broken = self.conduct.broken_revision.then(|| self.planner());
        let broken = broken.map(|planner| planner.current_revision().hash.clone());
        let mut pods = std::mem::take(&mut self.pods);
        pods.retain_mut(|pod| self.lives_on(pod, &rules, broken.as_deref()));
        self.pods = pods;
        let moving = self.pods != before || self.pods.iter().any(|pod| self.is_going(pod));
        if let (false, Some(at)) = (moving, plan.look_again_at) {
            self.now = self.now.max(at);
        }
        moving
    }

    /// Whether the pod will be gone before long, whoever asks.
    fn is_going(&self, pod: &Pod) -> bool {
        pod.metadata.is_terminating() || self.is_stranded(pod)
    }

    fn is_stranded(&self, pod: &Pod) -> bool {
        !pod.spec.node_name.is_empty() && !self.has_node(&pod.spec.node_name)
    }

    fn has_node(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.metadata.name == name)
    }

    /// What the scheduler, the kubelet or the garbage collector does to a pod by now; `false`
    /// when it goes.
    fn lives_on(&self, pod: &mut Pod, rules: &Rules, broken: Option<&str>) -> bool {
        if pod.metadata.is_terminating() {
            return pod.metadata.deletion_timestamp > Some(self.now) && !pod.is_terminal();
        }
        if self.is_stranded(pod) {
            return self.now < self.conduct.collected_at;
        }
        if pod.spec.node_name.is_empty() {
            self.schedule(pod, rules);
        } else if !pod.is_terminal() {
            self.run(pod, broken);
        }
        true
    }

    /// Binds the pod to the node it is aimed at, or else to the first that takes it, unless a
    /// taint is in the way.
    fn schedule(&self, pod: &mut Pod, rules: &Rules) {
        let aim = pod.target_node().map(str::to_owned);
        let fits = |node: &&Node| {
            aim.as_ref().is_none_or(|aim| *aim == node.metadata.name)
                && rules.verdict(*node) == Verdict::Run
        };
        let fitting = self.nodes.iter().filter(fits);
        if let Some(name) = fitting.map(|node| &node.metadata.name).min() {
            pod.spec.node_name.clone_from(name);
        }
    }

    /// Pods of the revision with the broken hash do not get ready.
    fn run(&self, pod: &mut Pod, broken: Option<&str>) {
        let hash = pod.metadata.labels.get(HASH_LABEL);
        let broken = self.conduct.broken_nodes.contains(&pod.spec.node_name)
            || (self.conduct.broken_revision && hash.is_some() && hash == broken);
        let wanted = if broken {
            ConditionStatus::False
        } else {
            ConditionStatus::True
        };
        pod.status.phase = PodPhase::Running;
        let conditions = &mut pod.status.conditions;
        let at = conditions
            .iter()
            .position(|c| c.type_ == ConditionType::Ready);
        let at = at.unwrap_or_else(|| {
            conditions.push(PodCondition {
                type_: ConditionType::Ready,
                ..PodCondition::default()
            });
            conditions.len() - 1
        });
        let ready = &mut conditions[at];
        if ready.status != wanted || ready.last_transition_time.is_none() {
            ready.status = wanted;
            ready.last_transition_time = Some(self.now);
        }
    }
}

/// The owner reference of a DaemonSet of this name and UID, as controller.
pub(crate) fn controller(name: &str, uid: &str) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".to_owned(),
        kind: "DaemonSet".to_owned(),
        name: name.to_owned(),
        uid: uid.to_owned(),
        controller: true,
        block_owner_deletion: true,
    }
}

/// Namespace and name, by which the API server knows an object.
pub(crate) fn key(meta: &ObjectMeta) -> (String, String) {
    (meta.namespace.clone(), meta.name.clone())
}

/// Keeps of each key the last object, in the place of the first.
fn keep_the_later<T: Clone, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let last: BTreeMap<K, T> = list.iter().map(|item| (key(item), item.clone())).collect();
    let mut seen = BTreeSet::new();
    list.retain(|item| seen.insert(key(item)));
    for item in list {
        if let Some(last) = last.get(&key(item)) {
            item.clone_from(last);
        }
    }
}

fn adopt(owner: OwnerReference, object: &mut ObjectMeta) {
    assert!(object.controller().is_none(), "a second controller");
    release(&owner, object);
    object.owner_references.push(owner);
}

fn release(owner: &OwnerReference, object: &mut ObjectMeta) {
    object
        .owner_references
        .retain(|other| other.uid != owner.uid);
}

impl World {
    /// A set and nodes that have nothing to say, and no pods yet.
    #[must_use]
    pub fn empty(set: DaemonSet, nodes: usize, now: Timestamp) -> Self {
        let nodes = (0..nodes).map(|at| Node {
            metadata: ObjectMeta {
                name: format!("node-{at}"),
                ..ObjectMeta::default()
            },
            ..Node::default()
        });
        Self {
            nodes: nodes.collect(),
            pods: Vec::new(),
            revisions: Vec::new(),
            backoff: Backoff::new(&set),
            now,
            burst: daemonset::BURST_REPLICAS,
            conduct: Conduct {
                pace: Pace::Steps,
                step: 1,
                grace: 0,
                collected_at: now,
                broken_nodes: BTreeSet::new(),
                broken_revision: false,
                made: 0,
            },
            set,
        }
    }
}
