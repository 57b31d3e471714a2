//! The planner: one DaemonSet, compiled once and asked as often as needed.

use serde_json::Value;

use crate::api::{ControllerRevision, DaemonSet, Node, ObjectMeta, Pod, Timestamp};
use crate::cluster::{Cluster, Options, Order};
use crate::matching::{Selector, SelectorError};
use crate::outcome::{Action, EventReason, EventType, Plan};
use crate::ownership::Claim;
use crate::placement::{Placement, Rules, Verdict};
use crate::revision::{Completeness, KnownRevision, Stored};
use crate::rollout::{Backoff, Strategy};
use crate::round::{
    self, Caps, CompiledSet, RoundView, Snapshot, claimed_labels, decide, revision_manifest,
};
use crate::view::{NodeView, PodView};

/// Says what Kubernetes would do next for a DaemonSet.
///
/// Total: it never panics, whatever it is given. Safe: no ControllerRevisions are known here, so a
/// pod is deleted as outdated only where its generation label says so; the others are left alone,
/// and no revision or status is written on their account. [`Planner::plan`] says how many
/// ([`Deferred::undecided`](crate::outcome::Deferred::undecided)), and with
/// [`Planner::with_revisions`] there are none. The newest moment in the input stands for the
/// present.
///
/// A selector that does not parse gives a single `Warning` event.
///
/// ```
/// use daemonset::api::{DaemonSet, Node};
/// use daemonset::{Action, Reason, plan};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "namespace": "infra"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"metadata": {"labels": {"app": "agent"}}},
///     },
/// }))?;
/// let mut node = Node::default();
/// node.metadata.name = "node-a".into();
///
/// let actions = plan(&agent, &[node], &[]);
/// assert!(actions.contains(&Action::CreatePod {
///     node: "node-a".into(),
///     reason: Reason::NoDaemonPod,
/// }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn plan(set: &DaemonSet, nodes: &[Node], pods: &[Pod]) -> Vec<Action> {
    match Planner::new(set) {
        Ok(planner) => planner.plan(&Cluster::new(nodes, pods)).actions,
        Err(error) => vec![Action::Event {
            kind: EventType::Warning,
            event: EventReason::InvalidSelector,
            message: error.to_string(),
        }],
    }
}

/// One DaemonSet, compiled once and asked as often as needed.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::{Cluster, Planner};
/// # use daemonset::api::{Node, Pod};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent"},
///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
/// }))?;
/// let planner = Planner::new(&agent)?.with_revisions(&[]);
/// # let (nodes, pods): ([Node; 0], [Pod; 0]) = ([], []);
/// let cluster = Cluster::new(&nodes, &pods).with_now("2026-03-01T12:00:00Z".parse()?);
/// let plan = planner.plan(&cluster);
/// assert_eq!(plan.status.desired_number_scheduled, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Planner {
    set: CompiledSet,
    options: Options,
    backoff: Backoff,
}

impl Planner {
    /// Compiles a DaemonSet, with the [options](Options) that Kubernetes has by default.
    ///
    /// # Errors
    /// A malformed selector, unless the set is being deleted: then it is not asked.
    pub fn new(set: &DaemonSet) -> Result<Self, SelectorError> {
        Self::with_options(set, Options::default())
    }

    /// Compiles a DaemonSet with these options.
    ///
    /// # Errors
    /// A malformed selector, unless the set is being deleted: then it is not asked.
    pub fn with_options(set: &DaemonSet, options: Options) -> Result<Self, SelectorError> {
        let backoff = options
            .backoff
            .clone()
            .filter(|backoff| backoff.is_for(set));
        Ok(Self {
            set: CompiledSet::new(set, options.comparison_operators)?,
            backoff: backoff.unwrap_or_else(|| Backoff::new(set)),
            options,
        })
    }

    /// Compiles a DaemonSet with these options, and with the revisions of a cluster, if it has any.
    ///
    /// # Errors
    /// A malformed selector, unless the set is being deleted: then it is not asked.
    ///
    /// ```
    /// use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
    /// use daemonset::{Cluster, Options, Planner};
    ///
    /// let (nodes, pods): ([Node; 0], [Pod; 0]) = ([], []);
    /// let revisions: [ControllerRevision; 0] = [];
    /// let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    /// let planner = Planner::in_cluster(&DaemonSet::default(), &cluster, &Options::default())?;
    /// assert!(planner.knows_revisions());
    /// # Ok::<(), daemonset::matching::SelectorError>(())
    /// ```
    pub fn in_cluster<N: NodeView, P: PodView>(
        set: &DaemonSet,
        cluster: &Cluster<'_, N, P>,
        options: &Options,
    ) -> Result<Self, SelectorError> {
        let mut planner = Self::with_options(set, options.clone())?;
        if let Some(revisions) = cluster.stored_revisions() {
            planner.set.resolve(revisions, cluster.completeness());
        }
        Ok(planner)
    }

    /// Takes the known ControllerRevisions: those of the set's namespace, whoever owns them. None at
    /// all are revisions too, those of a set that was never rolled out: then every pod with another
    /// hash than the template's is outdated. Of two of the same namespace and name, the later one
    /// counts.
    #[must_use]
    pub fn with_revisions<'r>(
        mut self,
        known: impl IntoIterator<Item = &'r ControllerRevision>,
    ) -> Self {
        self.set
            .resolve(&Stored::new(known), Completeness::Complete);
        self
    }

    /// The set.
    #[must_use]
    pub fn daemon_set(&self) -> &DaemonSet {
        &self.set.set
    }

    /// The options it was compiled with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The set's selector.
    #[must_use]
    pub fn selector(&self) -> &Selector {
        &self.set.selector
    }

    /// How many old revisions are kept.
    ///
    /// Source: `spec.revisionHistoryLimit` of the
    /// [DaemonSet](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec), 10 by default.
    #[must_use]
    pub fn history_limit(&self) -> i32 {
        self.set.history_limit()
    }

    /// Where the daemon runs.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.set.rules
    }

    /// How outdated pods are replaced.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.set.strategy
    }

    /// The revision that pods should be of. Where no revisions were given its name and hash are the
    /// crate's own.
    #[must_use]
    pub fn current_revision(&self) -> &KnownRevision {
        &self.set.revisions.current
    }

    /// The older revisions that count for the set, lowest number first.
    #[must_use]
    pub fn old_revisions(&self) -> &[KnownRevision] {
        &self.set.revisions.old
    }

    /// Whether the current revision is known: ControllerRevisions were given, if only none, and where
    /// some may be missing ([`Cluster::with_partial_revisions`]), one of them holds the template.
    #[must_use]
    pub fn knows_revisions(&self) -> bool {
        self.set.revisions.are_given()
    }

    /// The waits between deletions of failed pods.
    #[must_use]
    pub fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    /// The claim of the set on an object of any namespace: a pod's or a revision's metadata.
    #[must_use]
    pub fn claim(&self, object: &ObjectMeta) -> Claim {
        self.set.claim(object)
    }

    /// Whether the node runs the daemon, with everything that stands against it.
    ///
    /// ```
    /// use daemonset::Planner;
    /// use daemonset::api::{DaemonSet, Node};
    /// use daemonset::placement::Verdict;
    ///
    /// let planner = Planner::new(&DaemonSet::default())?;
    /// let mut node = Node::default();
    /// node.spec.taints.push("dedicated=db:NoSchedule".parse()?);
    /// let placement = planner.place(&node);
    /// assert_eq!(placement.verdict, Verdict::KeepExisting);
    /// assert_eq!(placement.obstacles[0].to_string(), "untolerated taint dedicated=db:NoSchedule");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn place(&self, node: &impl NodeView) -> Placement {
        self.set.rules.place(node)
    }

    /// The pod that [`Action::CreatePod`] means, as a manifest.
    ///
    /// Source: [How Daemon Pods are scheduled](https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled).
    ///
    /// ```
    /// use daemonset::Planner;
    /// use daemonset::api::{DaemonSet, Pod};
    /// use daemonset::view::PodView;
    ///
    /// let mut agent = DaemonSet::default();
    /// agent.metadata.name = "agent".into();
    /// let manifest = Planner::new(&agent)?.pod_for("node-a");
    /// assert_eq!(manifest["metadata"]["generateName"], "agent-");
    /// let pod: Pod = serde_json::from_value(manifest)?;
    /// assert_eq!(pod.target_node(), Some("node-a"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn pod_for(&self, node: &str) -> Value {
        round::pod_for(
            &self.set.set,
            &self.set.revisions.current.hash,
            self.set.template_generation.as_deref(),
            node,
        )
    }

    /// The ControllerRevision that [`Action::CreateRevision`] means, as the bytes to send: the API
    /// server compares a revision's data byte for byte, and a JSON value loses how Go escapes it.
    ///
    /// ```
    /// use daemonset::Planner;
    /// use daemonset::api::{ControllerRevision, DaemonSet};
    ///
    /// let planner = Planner::new(&DaemonSet::default())?.with_revisions(&[]);
    /// let manifest = planner.revision_manifest();
    /// let revision: ControllerRevision = serde_json::from_str(&manifest)?;
    /// assert_eq!(revision.revision, 1);
    /// assert_eq!(revision.hash(), planner.current_revision().hash);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn revision_manifest(&self) -> String {
        let KnownRevision {
            name,
            revision,
            hash,
            ..
        } = &self.set.revisions.current;
        revision_manifest(&self.set.set, name, *revision, hash)
    }

    /// Says what Kubernetes would do next.
    ///
    /// ControllerRevisions count where the planner was given them, by
    /// [`in_cluster`](Self::in_cluster) or [`with_revisions`](Self::with_revisions); the cluster's are
    /// not read again here, since [`pod_for`](Self::pod_for) and
    /// [`revision_manifest`](Self::revision_manifest) must say the same as the plan.
    ///
    /// Neither the order of the nodes nor that of the pods changes anything but the order of
    /// [`Plan::verdicts`].
    #[must_use]
    pub fn plan<N: NodeView, P: PodView>(&self, cluster: &Cluster<'_, N, P>) -> Plan {
        let verdicts = self.verdicts(cluster);
        if let Some(outcome) = self.set.idle() {
            return self.set.idle_plan(outcome, verdicts);
        }
        let enriched = self.enriched(cluster);
        let set = enriched.as_ref().unwrap_or(&self.set);
        let moment = set.moment(&self.backoff, self.now(cluster));
        let snapshot = Snapshot::new(set, moment, cluster, &verdicts, Order::AsGiven, |_| {});
        decide(set, self.caps(), &snapshot.observed, &snapshot, verdicts)
    }

    /// Makes the plan and keeps what it saw of every node.
    ///
    /// ```
    /// use daemonset::api::{DaemonSet, Node, Pod};
    /// use daemonset::{Cluster, Planner, Reason};
    ///
    /// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
    ///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
    /// }))?;
    /// let node: Node = serde_json::from_value(serde_json::json!({"metadata": {"name": "node-a"}}))?;
    /// let (nodes, pods): ([Node; 1], [Pod; 0]) = ([node], []);
    /// let cluster = Cluster::new(&nodes, &pods);
    /// let view = Planner::new(&agent)?.view(&cluster);
    /// assert_eq!(view.node("node-a").unwrap().state.create, Some(Reason::NoDaemonPod));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn view<'a, N: NodeView, P: PodView>(
        &self,
        cluster: &'a Cluster<'a, N, P>,
    ) -> RoundView<'a, N, P> {
        let verdicts = self.verdicts(cluster);
        let enriched = self.enriched(cluster);
        let set = enriched.as_ref().unwrap_or(&self.set);
        let moment = set.moment(&self.backoff, self.now(cluster));
        RoundView::new(set, moment, self.caps(), cluster, verdicts)
    }

    /// The plan of a round that was looked at, if a few nodes were otherwise, or the budget. Costs what
    /// is otherwise and the actions, and little for all other nodes.
    ///
    /// `nodes` are the names of these nodes. `after` holds them as they are then, without those that are
    /// gone, and the pods that are then in the place of those that the round saw on them
    /// ([`NodeInRound::pods`](crate::round::NodeInRound::pods)).
    ///
    /// `None` where that cannot be told from the round: this planner asks other things of nodes and pods
    /// than the round's, revisions were not given, nothing is decided, or `after` has a pod elsewhere.
    /// [`Plan::verdicts`] is empty.
    ///
    /// ```
    /// use daemonset::api::{DaemonSet, Node, Pod};
    /// use daemonset::{Cluster, Planner};
    ///
    /// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
    ///     "metadata": {"name": "agent", "uid": "1"},
    ///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
    /// }))?;
    /// let node = |name: &str| -> Node {
    ///     serde_json::from_value(serde_json::json!({"metadata": {"name": name}})).unwrap()
    /// };
    /// let (nodes, pods): ([Node; 2], [Pod; 0]) = ([node("node-a"), node("node-b")], []);
    /// let cluster = Cluster::new(&nodes, &pods);
    /// let planner = Planner::new(&agent)?.with_revisions(&[]);
    /// let round = planner.view(&cluster);
    /// assert_eq!(round.plan.status.desired_number_scheduled, 2);
    ///
    /// let gone = Cluster::new(&[], &pods);
    /// let plan = planner.plan_varied(&round, &["node-b"], &gone).unwrap();
    /// assert_eq!(plan.status.desired_number_scheduled, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn plan_varied<N: NodeView, P: PodView>(
        &self,
        round: &RoundView<'_, N, P>,
        nodes: &[&str],
        after: &Cluster<'_, N, P>,
    ) -> Option<Plan> {
        round.varied(&self.set, &self.backoff, self.caps(), nodes, after)
    }

    fn verdicts<N: NodeView, P: PodView>(&self, cluster: &Cluster<'_, N, P>) -> Vec<Verdict> {
        let nodes = cluster.nodes().iter();
        nodes.map(|node| self.set.rules.verdict(*node)).collect()
    }

    /// The present of a round: the cluster's; where none was given, the set may know of a newer
    /// moment.
    #[must_use]
    pub fn now<N: NodeView, P: PodView>(&self, cluster: &Cluster<'_, N, P>) -> Timestamp {
        let created = self.set.set.metadata.creation_timestamp;
        let newest = cluster.now();
        match created {
            Some(created) if !cluster.is_dated() => newest.max(created),
            _ => newest,
        }
    }

    pub(crate) fn caps(&self) -> Caps {
        Caps {
            burst: self.options.burst_replicas,
        }
    }

    /// Where no revisions were given: the set with what its pods tell of the current one.
    fn enriched<N: NodeView, P: PodView>(
        &self,
        cluster: &Cluster<'_, N, P>,
    ) -> Option<CompiledSet> {
        if self.set.revisions.are_given() {
            return None;
        }
        let labels = claimed_labels(&self.set, cluster).into_iter();
        let told = labels.filter_map(|labels| self.set.told_hash(labels));
        let evidence = self.set.evidence(told)?;
        Some(self.set.with_evidence(evidence))
    }

    pub(crate) fn compiled(&self) -> &CompiledSet {
        &self.set
    }

    pub(crate) fn compiled_mut(&mut self) -> &mut CompiledSet {
        &mut self.set
    }

    pub(crate) fn backoff_mut(&mut self) -> &mut Backoff {
        &mut self.backoff
    }
}
