//! The cluster: the objects that a decision is made from, each once, and the options of a round.

mod by_name;
mod in_order;

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use crate::det_map::{FixedState, HashMap};
use crate::matching::{ByLabel, ComparisonOperators, Selector};
use crate::revision::{Completeness, Stored};
use crate::rollout::Backoff;
use crate::view::{NodeView, PodView};
use by_name::ByName;
pub(crate) use in_order::{Order, in_order, sorted_by_name};

/// How many pods Kubernetes creates, and how many it deletes, in one round at most.
pub const BURST_REPLICAS: usize = 250;

/// The nodes, pods and ControllerRevisions of a cluster, by reference, and the present.
///
/// Everything is normalized here and nowhere else: each object is there once. Of two nodes of the
/// same name, of two pods or revisions of the same namespace and name, the later one counts.
///
/// One cluster serves any number of DaemonSets: its pods are sorted by owner once.
///
/// ```
/// use daemonset::api::{Node, Pod};
/// use daemonset::Cluster;
///
/// let mut node = Node::default();
/// node.metadata.name = "node-a".into();
/// let nodes = [node.clone(), node];
/// let pods: [Pod; 0] = [];
/// let cluster = Cluster::new(&nodes, &pods);
/// assert_eq!(cluster.nodes().len(), 1);
/// assert!(cluster.revisions().is_none(), "none were given");
/// ```
#[derive(Clone, Debug)]
pub struct Cluster<'a, N = Node, P = Pod> {
    nodes: Vec<&'a N>,
    /// Their names, side by side: a node lies far away in memory, and more is looked up by name than is
    /// read of nodes.
    names: Vec<&'a str>,
    /// The places of the nodes by their names.
    by_name: ByName,
    /// The same in the order of their names; looked for once.
    in_order: OnceLock<Vec<u32>>,
    pods: Vec<&'a P>,
    /// The places of the pods of one namespace with one controller, or none.
    by_owner: HashMap<Owner<'a>, Vec<u32>>,
    revisions: Option<Stored<'a>>,
    completeness: Completeness,
    now: Option<Timestamp>,
    /// What stands for the present where none was given; looked for once.
    newest: OnceLock<Timestamp>,
    /// The pods without a controller, where there are many: each set asks for those that it selects.
    orphans: OnceLock<ByLabel>,
}

/// In which order pods are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PodOrder {
    /// As the API server lists them: by namespace and name, each behind the one before it, so that
    /// none is there twice.
    ByName,
    Any,
}

/// Of no more pods each is asked whether it is selected.
const FEW_ORPHANS: usize = 32;

/// A namespace, and the UID of a controller.
type Owner<'a> = (&'a str, Option<&'a str>);

impl<'a, N: NodeView, P: PodView> Cluster<'a, N, P> {
    /// Takes nodes and pods. Their order decides nothing but the order of
    /// [`Plan::verdicts`](crate::Plan::verdicts).
    pub fn new(
        nodes: impl IntoIterator<Item = &'a N>,
        pods: impl IntoIterator<Item = &'a P>,
    ) -> Self {
        let mut cluster = Self {
            nodes: Vec::new(),
            names: Vec::new(),
            by_name: ByName::default(),
            in_order: OnceLock::new(),
            pods: Vec::new(),
            by_owner: HashMap::default(),
            revisions: None,
            completeness: Completeness::Complete,
            now: None,
            newest: OnceLock::new(),
            orphans: OnceLock::new(),
        };
        cluster.take_nodes(nodes.into_iter());
        cluster.take_pods(pods.into_iter());
        cluster
    }

    fn take_nodes(&mut self, nodes: impl Iterator<Item = &'a N>) {
        let given: Vec<&N> = nodes.collect();
        self.by_name = ByName::with_room_for(given.len());
        self.nodes.reserve(given.len());
        self.names.reserve(given.len());
        for node in given {
            let name = node.name();
            let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let earlier = self.by_name.insert(next, name, &self.names);
            if let Some(earlier) = earlier.and_then(|at| self.nodes.get_mut(at as usize)) {
                *earlier = node;
            } else {
                self.nodes.push(node);
                self.names.push(name);
            }
        }
    }

    fn take_pods(&mut self, pods: impl Iterator<Item = &'a P>) {
        self.pods.extend(pods);
        if self.sort_by_owner() == PodOrder::Any {
            let all = std::mem::take(&mut self.pods);
            self.take_each_once(&all);
            self.by_owner.clear();
            self.sort_by_owner();
        }
    }

    fn take_each_once(&mut self, pods: &[&'a P]) {
        self.pods.reserve(pods.len());
        let mut known: HashTable<u32> = HashTable::with_capacity(pods.len());
        let hasher = FixedState::default();
        for &pod in pods {
            // Hashed by name alone, which tells nearly all pods apart.
            let hash = hasher.hash_one(pod.name());
            let is_same = |at: &u32| {
                let other = self.pods.get(*at as usize);
                other.is_some_and(|o| o.name() == pod.name() && o.namespace() == pod.namespace())
            };
            let earlier = known.find(hash, is_same).copied();
            if let Some(place) = earlier.and_then(|at| self.pods.get_mut(at as usize)) {
                *place = pod;
                continue;
            }
            let next = u32::try_from(self.pods.len()).unwrap_or(u32::MAX);
            self.pods.push(pod);
            let pods = &self.pods;
            known.insert_unique(hash, next, |at| {
                let pod = pods.get(*at as usize);
                pod.map_or(0, |pod| hasher.hash_one(pod.name()))
            });
        }
    }

    /// Sorts the pods by their owners; says in which order they are.
    fn sort_by_owner(&mut self) -> PodOrder {
        let mut order = PodOrder::ByName;
        // Pods of one set mostly come one after the other: one look-up serves them all.
        let (mut owner, mut run): (Option<Owner<'a>>, _) = (None, 0..0);
        let mut last = "";
        for (at, &pod) in (0..).zip(&self.pods) {
            let (namespace, name) = (pod.namespace(), pod.name());
            let next = (namespace, pod.controller());
            let (comes_behind, is_alike) = match owner {
                Some((before, of)) if before == namespace => (last < name, of == next.1),
                Some((before, _)) => (before < namespace, false),
                None => (true, false),
            };
            if !comes_behind {
                order = PodOrder::Any;
            }
            last = name;
            if !is_alike {
                if let Some(owner) = owner {
                    self.by_owner.entry(owner).or_default().extend(run);
                }
                owner = Some(next);
                run = at..at;
            }
            run.end = at + 1;
        }
        if let Some(owner) = owner {
            self.by_owner.entry(owner).or_default().extend(run);
        }
        order
    }

    /// Takes the ControllerRevisions: those of the DaemonSets' namespaces, whoever owns them.
    /// [`Planner::in_cluster`](crate::Planner::in_cluster) compiles a DaemonSet with them. None at all are revisions too: a cluster to which revisions were given and one to which
    /// none were are not the same ([`revisions`](Self::revisions)).
    #[must_use]
    pub fn with_revisions(
        mut self,
        revisions: impl IntoIterator<Item = &'a ControllerRevision>,
    ) -> Self {
        self.revisions = Some(Stored::new(revisions));
        self
    }

    /// Takes ControllerRevisions of which some may be missing, as from a dump of a cluster.
    ///
    /// It makes a difference where none of them holds a set's template and pods carry hashes that
    /// none of them has: the current revision may be among the missing, so it is not known whether
    /// these pods are outdated. They are left alone, as where no revisions are given at all.
    #[must_use]
    pub fn with_partial_revisions(
        self,
        revisions: impl IntoIterator<Item = &'a ControllerRevision>,
    ) -> Self {
        let mut cluster = self.with_revisions(revisions);
        cluster.completeness = Completeness::Partial;
        cluster
    }

    /// Takes the present. Without it, [`now`](Self::now) tells what stands for it.
    #[must_use]
    pub fn with_now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// The nodes, each once, in the order in which they were first given.
    #[must_use]
    pub fn nodes(&self) -> &[&'a N] {
        &self.nodes
    }

    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&'a N> {
        let at = self.node_index(name)?;
        self.nodes.get(at as usize).copied()
    }

    /// The place of the node of this name.
    #[inline]
    pub(crate) fn node_index(&self, name: &str) -> Option<u32> {
        self.by_name.find(name, &self.names)
    }

    /// The names of the nodes.
    pub(crate) fn node_names(&self) -> &[&'a str] {
        &self.names
    }

    /// The places of the nodes in the order of their names.
    pub(crate) fn nodes_in_order(&self) -> &[u32] {
        self.in_order.get_or_init(|| {
            let order = in_order(&self.names, |name| name);
            order.unwrap_or_else(|| (0..).zip(&self.names).map(|(at, _)| at).collect())
        })
    }

    /// The pods, each once, in the order in which they were first given.
    #[must_use]
    pub fn pods(&self) -> &[&'a P] {
        &self.pods
    }

    /// The pods of a namespace that have the controller with this UID, or none.
    pub fn pods_controlled_by<'s>(
        &'s self,
        namespace: &'s str,
        controller: Option<&'s str>,
    ) -> impl Iterator<Item = &'a P> + 's {
        let pods = self.pods_of(namespace, controller).iter();
        pods.filter_map(|&at| self.pods.get(at as usize).copied())
    }

    /// The pods of a namespace that have no controller and that a selector selects.
    ///
    /// It takes time by how many those are, once it has been asked for any selector.
    pub fn orphans<'s>(
        &'s self,
        namespace: &'s str,
        selector: &'s Selector,
    ) -> impl Iterator<Item = &'a P> + 's {
        let pods = self.orphans_of(namespace, selector);
        let pods = pods.into_owned().into_iter();
        let pods = pods.filter_map(|at| self.pods.get(at as usize).copied());
        pods.filter(|pod| selector.selects(*pod))
    }

    /// The places of the pods of a namespace that have no controller and that a selector may select.
    pub(crate) fn orphans_of<'s>(
        &'s self,
        namespace: &'s str,
        selector: &Selector,
    ) -> Cow<'s, [u32]> {
        let all = self.pods_of(namespace, None);
        if all.len() <= FEW_ORPHANS {
            return Cow::Borrowed(all);
        }
        let orphans = self.orphans.get_or_init(|| {
            let mut orphans = ByLabel::default();
            for (at, pod) in self.pods.iter().enumerate() {
                if pod.controller().is_none() {
                    orphans.add_all(at, pod.labels());
                }
            }
            orphans
        });
        let Some(places) = orphans.may_be_selected(selector) else {
            return Cow::Borrowed(all);
        };
        let of_namespace = |at: &usize| {
            let pod = self.pods.get(*at);
            pod.is_some_and(|pod| pod.controller().is_none() && pod.namespace() == namespace)
        };
        let places = places.into_iter().filter(of_namespace);
        places.filter_map(|at| u32::try_from(at).ok()).collect()
    }

    /// Of each controller that pods of a namespace have, one of these pods; in no order.
    ///
    /// ```
    /// use daemonset::Cluster;
    /// use daemonset::api::{Node, OwnerReference, Pod};
    ///
    /// let pod = |name: &str, uid: &str| {
    ///     let mut pod = Pod::default();
    ///     pod.metadata.name = name.into();
    ///     pod.metadata.namespace = "infra".into();
    ///     let mut owner = OwnerReference::default();
    ///     (owner.uid, owner.controller) = (uid.into(), true);
    ///     pod.metadata.owner_references = vec![owner].into();
    ///     pod
    /// };
    /// let pods = [pod("a", "1"), pod("b", "2"), pod("c", "1")];
    /// let nodes: [Node; 0] = [];
    /// let cluster = Cluster::new(&nodes, &pods);
    /// assert_eq!(cluster.one_pod_of_each_controller("infra").count(), 2);
    /// assert_eq!(cluster.one_pod_of_each_controller("shop").count(), 0);
    /// ```
    pub fn one_pod_of_each_controller<'s>(
        &'s self,
        namespace: &'s str,
    ) -> impl Iterator<Item = &'a P> + 's {
        let controlled = self.by_owner.iter();
        let controlled = controlled
            .filter(move |((of, controller), _)| *of == namespace && controller.is_some());
        controlled.filter_map(|(_, pods)| self.pods.get(*pods.first()? as usize).copied())
    }

    /// The places of the pods of a namespace that have this controller, or none.
    pub(crate) fn pods_of<'s>(
        &'s self,
        namespace: &'s str,
        controller: Option<&'s str>,
    ) -> &'s [u32] {
        let pods = self.by_owner.get(&(namespace, controller));
        pods.map(Vec::as_slice).unwrap_or_default()
    }

    /// The ControllerRevisions, each once; `None` where none were given, which says nothing about
    /// the cluster.
    #[must_use]
    pub fn revisions(&self) -> Option<&[&'a ControllerRevision]> {
        self.revisions.as_ref().map(Stored::all)
    }

    /// The ControllerRevision of this namespace and name, where it was given.
    ///
    /// ```
    /// use daemonset::Cluster;
    /// use daemonset::api::{ControllerRevision, Node, Pod};
    ///
    /// let mut revision = ControllerRevision::default();
    /// revision.metadata.namespace = "infra".into();
    /// revision.metadata.name = "agent-5d8f7c9b4".into();
    /// let (nodes, pods): ([Node; 0], [Pod; 0]) = ([], []);
    /// let revisions = [revision];
    /// let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    /// assert!(cluster.revision("infra", "agent-5d8f7c9b4").is_some());
    /// assert!(cluster.revision("shop", "agent-5d8f7c9b4").is_none());
    /// ```
    #[must_use]
    pub fn revision(&self, namespace: &str, name: &str) -> Option<&'a ControllerRevision> {
        self.revisions.as_ref()?.named(namespace, name)
    }

    /// The ControllerRevisions that may change what is decided for a DaemonSet: those that it
    /// controls or may adopt, and those that have a name it could give one of its own. `None` where
    /// none were given.
    #[must_use]
    pub fn revisions_about(&self, set: &DaemonSet) -> Option<Vec<&'a ControllerRevision>> {
        let stored = self.revisions.as_ref()?;
        let mut about = stored.claimable(set);
        let is_new = |other: &&ControllerRevision| {
            let controller = other.metadata.controller().map(|owner| owner.uid.as_str());
            controller.is_some_and(|uid| uid != set.metadata.uid)
        };
        about.extend(stored.named_alike(set).into_iter().filter(is_new));
        Some(about)
    }

    /// The ControllerRevisions, ready to be asked.
    pub(crate) fn stored_revisions(&self) -> Option<&Stored<'a>> {
        self.revisions.as_ref()
    }

    /// Whether the present was given.
    pub(crate) fn is_dated(&self) -> bool {
        self.now.is_some()
    }

    /// Whether the revisions are known to be all there are.
    pub(crate) fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// The present: what was given, or else the newest moment that a node or pod tells of, or else
    /// the beginning of 1970.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let newest = || {
            let nodes = self.nodes.iter().map(NodeView::newest_time);
            let pods = self.pods.iter().map(PodView::newest_time);
            let newest = nodes.chain(pods).flatten().max();
            newest.unwrap_or(Timestamp::from_unix_seconds(0))
        };
        self.now.unwrap_or_else(|| *self.newest.get_or_init(newest))
    }
}

/// What a round may be told besides the cluster: feature gates, the cap on creates and deletes, and
/// the waits of earlier rounds.
///
/// ```
/// use daemonset::Options;
///
/// let uncapped = Options::default().with_burst_replicas(usize::MAX);
/// assert_eq!(Options::default().burst_replicas, daemonset::BURST_REPLICAS);
/// assert_eq!(uncapped.burst_replicas, usize::MAX);
///
/// let from_file: Options = serde_json::from_str(r#"{"burstReplicas": 10}"#)?;
/// assert_eq!(from_file, Options::default().with_burst_replicas(10));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Options {
    /// Whether tolerations may compare with `Gt` and `Lt`: the feature gate
    /// `TaintTolerationComparisonOperators`, off by default.
    pub comparison_operators: ComparisonOperators,
    /// How many pods are created, and how many deleted, in one round at most;
    /// [`BURST_REPLICAS`] by default.
    pub burst_replicas: usize,
    /// The waits of earlier rounds between deletions of failed pods. They count for the DaemonSet
    /// and the generation that they were begun for; for another one there are none yet.
    pub backoff: Option<Backoff>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            comparison_operators: ComparisonOperators::Off,
            burst_replicas: BURST_REPLICAS,
            backoff: None,
        }
    }
}

impl Options {
    /// Switches the operators `Gt` and `Lt` of tolerations on or off.
    #[must_use]
    pub fn with_comparison_operators(mut self, comparison: ComparisonOperators) -> Self {
        self.comparison_operators = comparison;
        self
    }

    /// Sets how many pods are created, and how many deleted, in one round at most.
    #[must_use]
    pub fn with_burst_replicas(mut self, burst: usize) -> Self {
        self.burst_replicas = burst;
        self
    }

    /// Takes the waits of earlier rounds.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }
}
