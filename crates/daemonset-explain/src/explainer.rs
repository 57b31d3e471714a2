//! One look at a round, and everything that is explained of it.

use std::sync::OnceLock;

use daemonset::api::{DaemonSet, Node, Pod};
use daemonset::fit::ClusterRoom;
use daemonset::matching::SelectorError;
use daemonset::round::RoundView;
use daemonset::{Cluster, Options, Plan, Planner};

use crate::diagnosis::Diagnosis;
use crate::diagnosis::among_others::among_others;
use crate::diagnosis::caveats::{earlier_set, generation_only, held_by_finalizers, misscheduled};
use crate::diagnosis::controller::{contradicted, does_not_act, miscounted};
use crate::diagnosis::diagnose::diagnose;
use crate::diagnosis::given::not_given;
use crate::edit::Edit;
use crate::edit::edited::{EditError, Edited, Step};
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::fix::{Fix, cautioned, fixes_of_node, node_fixes, rollout_fixes};
use crate::health::PodProblem;
use crate::ledger::Ledger;
use crate::on_node::{OnNode, let_in_by, on_node, passes};
use crate::round::Round;

/// Explains how a DaemonSet's rollout stands. It plans one round, keeps what that saw of every node,
/// and answers from it, so that no explanation contradicts the plan.
///
/// ```
/// use daemonset::api::{DaemonSet, Node};
/// use daemonset::{Cluster, Options};
/// use daemonset_explain::{Explainer, Standing};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "uid": "1", "generation": 1},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"metadata": {"labels": {"app": "agent"}}},
///     },
///     "status": {"observedGeneration": 1},
/// }))?;
/// let mut node = Node::default();
/// node.metadata.name = "node-a".into();
/// let nodes = [node];
/// let cluster = Cluster::new(&nodes, &[]);
///
/// let explainer = Explainer::new(&agent, &cluster, &Options::default())?;
/// assert_eq!(explainer.diagnosis().standing, Standing::Progressing);
/// assert_eq!(explainer.diagnosis().primary.to_string(), "1 pod to create");
/// assert!(explainer.fixes().is_empty(), "none is needed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Explainer<'a> {
    cluster: &'a Cluster<'a>,
    round: Round<'a>,
    not_given: OnceLock<Option<Finding>>,
    diagnosis: OnceLock<Diagnosis>,
}

impl<'a> Explainer<'a> {
    /// Plans a round of the DaemonSet and keeps what it saw.
    ///
    /// # Errors
    /// A malformed selector, unless the DaemonSet is being deleted: then it is not asked.
    pub fn new(
        set: &DaemonSet,
        cluster: &'a Cluster<'a>,
        options: &Options,
    ) -> Result<Self, SelectorError> {
        let planner = Planner::in_cluster(set, cluster, options)?;
        Ok(Self {
            cluster,
            round: Round::new(planner, cluster),
            not_given: OnceLock::new(),
            diagnosis: OnceLock::new(),
        })
    }

    /// Knows this of the room on nodes, so that fixes tell how much fits. No decision changes for it.
    #[must_use]
    pub fn with_room(mut self, room: &'a ClusterRoom) -> Self {
        self.round.room = Some(room);
        self
    }

    /// Knows these DaemonSets of the cluster too, so that no node is taken from one of them. No decision changes for it.
    #[must_use]
    pub fn with_sets(mut self, sets: &'a [&'a DaemonSet]) -> Self {
        self.round.sets = sets;
        self
    }

    /// Reads this too: what containers, nodes and events say, and the quotas and namespaces that
    /// decide whether the API server takes a pod. No decision changes for it.
    #[must_use]
    pub fn with_evidence(mut self, evidence: &'a Evidence) -> Self {
        self.round.set_evidence(evidence);
        self.not_given = OnceLock::new();
        self.diagnosis = OnceLock::new();
        self
    }

    /// The cluster that was looked at.
    #[must_use]
    pub fn cluster(&self) -> &'a Cluster<'a> {
        self.cluster
    }

    /// The planner.
    #[must_use]
    pub fn planner(&self) -> &Planner {
        &self.round.planner
    }

    /// The round that everything is answered from.
    #[must_use]
    pub fn round(&self) -> &RoundView<'a, Node, Pod> {
        &self.round.view
    }

    /// The plan of that round.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.round.view.plan
    }

    /// What is wrong with a pod, the worst first.
    #[must_use]
    pub fn pod_problems(&self, pod: &Pod) -> Vec<PodProblem> {
        self.round.problems_of(pod)
    }

    /// What was not given, though the DaemonSet's own status counts it; `None` where what is there
    /// may be all. Then nothing that the plan says can be relied on.
    #[must_use]
    pub fn not_given(&self) -> Option<Finding> {
        self.missing().cloned()
    }

    fn missing(&self) -> Option<&Finding> {
        let look = || not_given(&self.round);
        self.not_given.get_or_init(look).as_ref()
    }

    /// What is amiss although the plan does nothing about it: pods that count as updated by their
    /// generation label alone, pods where they should not be, pods of an earlier DaemonSet of the
    /// name, finalizers that hold pods.
    #[must_use]
    pub fn caveats(&self) -> Vec<Finding> {
        let round = &self.round;
        let all = [
            generation_only(round),
            misscheduled(round, &[]),
            earlier_set(round),
            held_by_finalizers(round),
        ];
        all.into_iter().flatten().collect()
    }

    /// That the controller which is to carry a plan out does not act, where what it wrote or its Lease tells so.
    #[must_use]
    pub fn controller_does_not_act(&self) -> Option<String> {
        does_not_act(&self.round)
    }

    /// How the rollout stands, and why.
    #[must_use]
    pub fn diagnosis(&self) -> &Diagnosis {
        let look = || diagnose(&self.round, self.missing().cloned());
        self.diagnosis.get_or_init(look)
    }

    /// What a node means to the DaemonSet: whether it runs it, what its pods there do, and what is in
    /// the way; `None` where there is no such node.
    #[must_use]
    pub fn on_node(&self, node: &str) -> Option<OnNode> {
        on_node(&self.round, self.missing(), node)
    }

    /// What the other nodes tell of a node on which no pod of it is available: whether theirs fail alike, and what
    /// sets them apart; a sentence each.
    #[must_use]
    pub fn among_others(&self, node: &str) -> Vec<String> {
        among_others(self.diagnosis(), node)
    }

    /// Whether an available pod that a node lacks comes with time, as far as is seen: this round creates one, or it
    /// starts.
    #[must_use]
    pub fn comes_with_time(&self, node: &str) -> bool {
        passes(&self.round, node)
    }

    /// The terms of the template's node affinity that let the node in, where not all do: one is enough.
    #[must_use]
    pub fn let_in_by(&self, node: &str) -> Option<String> {
        let_in_by(self.round.planner.rules(), self.cluster.node(node)?)
    }

    /// That the status which the controller wrote says something else than the pods, where by the
    /// pods there is nothing left to do, or where for minutes it has counted pods that are outdated or not ready, or
    /// not counted those that are neither.
    #[must_use]
    pub fn status_contradicted(&self) -> Option<Finding> {
        contradicted(&self.round).or_else(|| miscounted(&self.round))
    }

    /// The rolling update's budget as an account.
    ///
    /// The nodes in [`Ledger::spent`] are as many as the plan's budget counts, and
    /// [`Ledger::round`] is what the plan does.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger::of(&self.round)
    }

    /// The smallest edits that get the rollout moving, the best first; none where it moves without,
    /// unless the new revision fails.
    ///
    /// Each was tried out: edits of nodes and pods on a copy, with the plan that follows, and those
    /// of the DaemonSet as the API server would store them. The next round then acts, or the rollout
    /// is complete. Where the new revision fails, going back is offered and nothing that would
    /// spread it. Whether a node becomes Ready, and its pods with it, no edit decides: such fixes
    /// say [so](crate::Applicability::IfRepaired). Nodes and pods to remove are offered up to
    /// sixteen at once, old pods to delete by hand (`OnDelete`) up to a hundred.
    #[must_use]
    pub fn fixes(&self) -> Vec<Fix> {
        let fixes = rollout_fixes(&self.round, self.cluster, self.diagnosis(), None);
        cautioned(fixes, &self.round)
    }

    /// What has pods replaced that count as updated by their generation label alone, where there are such.
    #[must_use]
    pub fn replacement(&self) -> Option<Fix> {
        generation_only(&self.round)?;
        let is_it = |fix: &Fix| {
            let mut edits = fix.edits.iter();
            edits.all(|edit| matches!(edit, Edit::Restart | Edit::DeletePod { .. }))
                && !fix.edits.is_empty()
        };
        self.fixes().into_iter().find(is_it)
    }

    /// Those of the [fixes](Self::fixes) that are about a node which has no available pod: what names it, and what names
    /// no node, where its pod fails like all others.
    #[must_use]
    pub fn fixes_of_node(&self, node: &str) -> Vec<Fix> {
        let fixes = fixes_of_node(&self.round, self.cluster, self.diagnosis(), node);
        cautioned(fixes, &self.round)
    }

    /// The smallest edits that make a node run the daemon, of the DaemonSet, of the node, or of
    /// both; none where it runs it already, where there is no such node, or where no small edit
    /// would do.
    ///
    /// Each was tried out on a copy. Not offered are edits of labels that say what a machine is,
    /// such as `kubernetes.io/os`, the removal of taints that come back as long as the node is
    /// unhealthy, and a toleration for a node that is unreachable. A template that names another
    /// node is left alone.
    ///
    /// ```
    /// use daemonset::api::{DaemonSet, Node};
    /// use daemonset::{Cluster, Options};
    /// use daemonset_explain::Explainer;
    ///
    /// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
    ///     "metadata": {"name": "agent"},
    ///     "spec": {
    ///         "selector": {"matchLabels": {"app": "agent"}},
    ///         "template": {"spec": {"nodeSelector": {"disk": "ssd"}}},
    ///     },
    /// }))?;
    /// let nodes: [Node; 1] = [serde_json::from_value(serde_json::json!({"metadata": {"name": "node-a"}}))?];
    /// let cluster = Cluster::new(&nodes, &[]);
    /// let explainer = Explainer::new(&agent, &cluster, &Options::default())?;
    /// let fixes = explainer.node_fixes("node-a");
    /// assert_eq!(fixes[0].to_string(), "label node node-a with disk=ssd: then node-a runs it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn node_fixes(&self, node: &str) -> Vec<Fix> {
        // A set for which nothing is done runs nowhere for an edit.
        if self.round.view.plan.outcome.is_idle() {
            return Vec::new();
        }
        let fixes = node_fixes(&self.round, self.cluster, node);
        cautioned(fixes, &self.round)
    }

    /// The DaemonSet and the cluster with edits made and with these nodes Ready, and so with the
    /// pods on them: for a fix, its [`edits`](Fix::edits) and the nodes that it
    /// [assumes](Fix::repaired) to become so.
    ///
    /// # Errors
    /// What is to be changed is not there.
    pub fn edited(&self, edits: &[Edit], repaired: &[String]) -> Result<Edited<'a>, EditError> {
        let repaired = repaired.iter().cloned().map(|node| Step::Repair { node });
        let edits = edits.iter().cloned().map(Step::Edit);
        let steps: Vec<Step> = repaired.chain(edits).collect();
        let set = self.round.planner.daemon_set();
        Edited::new(set, self.cluster, self.round.view.now, &steps)
    }
}
