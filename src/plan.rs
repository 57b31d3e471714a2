//! The whole way: from a DaemonSet, nodes and pods to what to do next.

use serde::Serialize;

use crate::action::{Action, EventType};
use crate::api::{ControllerRevision, DaemonSet, DaemonSetStatus, Node, Pod, Timestamp};
use crate::backoff::{Backoff, Wait};
use crate::decide::decide;
use crate::gather::Gathered;
use crate::placement::{ComparisonOperators, Placement, Rules, Verdict};
use crate::revision::{self, KnownRevision, Revisions};
use crate::rollout::{Budget, BudgetError, Strategy};
use crate::selector::{Selector, SelectorError};

/// How many pods Kubernetes makes, and how many it deletes, in one round.
pub const BURST_REPLICAS: usize = 250;

/// Says what Kubernetes would do next for a DaemonSet.
///
/// Total: it never panics, whatever it is given. Pods are judged by the crate's own
/// [`template_hash`](crate::revision::template_hash), since no revisions are known here, and the
/// newest timestamp in the input stands for the present. With revisions at hand, ask
/// [`Planner`]: without them, pods that Kubernetes made look outdated.
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
pub fn plan(daemon_set: &DaemonSet, nodes: &[Node], pods: &[Pod]) -> Vec<Action> {
    match Planner::new(daemon_set) {
        Ok(planner) => planner.plan(nodes, pods).actions,
        Err(error) => vec![Action::Event {
            kind: EventType::Warning,
            event: "InvalidSelector",
            message: error.to_string(),
        }],
    }
}

/// One DaemonSet, compiled once and asked as often as needed.
///
/// ```
/// use daemonset::Planner;
/// use daemonset::api::DaemonSet;
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent"},
///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
/// }))?;
/// let planner = Planner::new(&agent)?.now("2026-03-01T12:00:00Z".parse()?);
/// let plan = planner.plan(&[], &[]);
/// assert_eq!(plan.status.desired_number_scheduled, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Planner {
    pub(crate) set: DaemonSet,
    pub(crate) selector: Selector,
    pub(crate) rules: Rules,
    pub(crate) strategy: Strategy,
    /// Whether the strategy lets a new pod stand beside an old one.
    pub(crate) surge: bool,
    /// The template as a revision stores it.
    template_data: String,
    pub(crate) revisions: Revisions,
    /// The value of the label `pod-template-generation` that counts as updated too.
    pub(crate) template_generation: Option<String>,
    pub(crate) now: Option<Timestamp>,
    pub(crate) backoff: Backoff,
    pub(crate) burst: usize,
}

/// What Kubernetes would do next, and what it would report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// How far the round went.
    pub outcome: Outcome,
    /// What to do, in order.
    pub actions: Vec<Action>,
    /// The status that the round counts, whether it needs writing or not.
    pub status: DaemonSetStatus,
    /// The revision that pods should be of.
    pub current_revision: KnownRevision,
    /// The verdict on each node, in the order in which the nodes were given.
    pub placements: Vec<Verdict>,
    /// The rolling update's budget; `None` where there is no rolling update or the round did not
    /// get there.
    pub budget: Option<Budget>,
    /// The waits that deletions of failed pods begin; hand them to [`Backoff::advance`].
    pub backoff: Vec<(String, Wait)>,
    /// The earliest moment at which time alone may change the plan: a pod becomes available, or a
    /// wait is over.
    pub look_again_at: Option<Timestamp>,
    /// What this round leaves for later.
    pub left: Left,
}

impl Plan {
    /// Whether the plan was made without knowing better: pods carry hashes that no known revision
    /// has, and none holds the set's template. All pods look outdated then, whether they are or
    /// not, and nobody should act on it before the set's revisions are given too.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        let creates_revision = |action: &Action| matches!(action, Action::CreateRevision { .. });
        self.left.unknown_hash > 0 && self.actions.iter().any(creates_revision)
    }
}

/// How far a round went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "detail", rename_all = "camelCase")]
pub enum Outcome {
    /// Nothing is decided: the selector would select every pod there is.
    SelectingAll,
    /// Nothing is decided: the set is being deleted.
    Deleting,
    /// The round ends early: the name of the new revision is taken by another template.
    Collision,
    /// Pods were missing or in the way, so the rolling update waits for the next round.
    Managed,
    /// The rolling update's budget does not read; what was decided before it stands.
    InvalidBudget(#[serde(serialize_with = "as_text")] BudgetError),
    /// The round went all the way.
    Complete,
}

fn as_text<T: ToString, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&value.to_string())
}

/// What a round leaves for later, in pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Not made now because of the cap on creates.
    pub creates: usize,
    /// Not deleted now because of the cap on deletes.
    pub deletes: usize,
    /// Failed pods that wait for their node's back-off.
    pub held: usize,
    /// Pods whose hash no known revision has; all of them look outdated.
    pub unknown_hash: usize,
    /// Pods bound to nodes that do not exist; they are left to the garbage collector.
    pub stranded: usize,
}

impl Planner {
    /// Compiles a DaemonSet.
    ///
    /// # Errors
    /// A malformed selector, unless the set is being deleted, where nobody asks.
    pub fn new(set: &DaemonSet) -> Result<Self, SelectorError> {
        let selector = match Selector::new(set.spec.selector.as_ref()) {
            Err(error) if !set.metadata.is_terminating() => return Err(error),
            other => other.unwrap_or_else(|_| Selector::nothing()),
        };
        let strategy = Strategy::new(&set.spec);
        let template_data = revision::data(&set.spec.template);
        let generation = set
            .metadata
            .annotations
            .get("deprecated.daemonset.template.generation")
            .and_then(|text| text.parse::<i64>().ok());
        Ok(Self {
            rules: Rules::new(&set.spec.template),
            surge: strategy.surges(),
            strategy,
            revisions: Revisions::resolve(set, &selector, &template_data, &[]),
            template_data,
            selector,
            template_generation: generation.map(|number| number.to_string()),
            now: None,
            backoff: Backoff::new(set),
            burst: BURST_REPLICAS,
            set: set.clone(),
        })
    }

    /// Takes the known ControllerRevisions: those of the set's namespace, whoever owns them.
    #[must_use]
    pub fn revisions(mut self, known: &[ControllerRevision]) -> Self {
        self.revisions = Revisions::resolve(&self.set, &self.selector, &self.template_data, known);
        self
    }

    /// Takes the present. Without it the newest timestamp in the input stands for it.
    #[must_use]
    pub fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// Takes the waits of earlier rounds. One that is not for this set and generation does not
    /// count.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        if backoff.is_for(&self.set) {
            self.backoff = backoff;
        }
        self
    }

    /// Sets how many pods are made, and how many deleted, in one round; [`BURST_REPLICAS`]
    /// otherwise.
    #[must_use]
    pub fn burst_replicas(mut self, burst: usize) -> Self {
        self.burst = burst;
        self
    }

    /// Switches the operators `Gt` and `Lt` of tolerations on or off.
    #[must_use]
    pub fn comparison_operators(mut self, comparison: ComparisonOperators) -> Self {
        self.rules = self.rules.comparison_operators(comparison);
        self
    }

    /// Whether the node runs the daemon, with everything that stands against it.
    #[must_use]
    pub fn place(&self, node: &Node) -> Placement {
        self.rules.place(node)
    }

    /// The pod that [`Action::CreatePod`] means, as a manifest.
    #[must_use]
    pub fn pod_for(&self, node: &str) -> serde_json::Value {
        crate::daemon_pod::pod_for(
            &self.set,
            &self.revisions.current.hash,
            self.template_generation.as_deref(),
            node,
        )
    }

    /// Says what Kubernetes would do next.
    ///
    /// Neither the order of the nodes nor that of the pods changes anything but the order of
    /// [`Plan::placements`].
    #[must_use]
    pub fn plan(&self, nodes: &[Node], pods: &[Pod]) -> Plan {
        let now = self.now.unwrap_or_else(|| newest(&self.set, nodes, pods));
        let placements = nodes.iter().map(|node| self.rules.verdict(node)).collect();
        if let Some(outcome) = self.idle() {
            return self.nothing(outcome, placements);
        }
        let gathered = Gathered::new(self, nodes, &placements, pods, now);
        decide(self, &gathered.observed, &gathered, placements)
    }

    /// Why nothing at all is decided for the set, if so.
    pub(crate) fn idle(&self) -> Option<Outcome> {
        if self.selector.is_everything() {
            Some(Outcome::SelectingAll)
        } else if self.set.metadata.is_terminating() {
            Some(Outcome::Deleting)
        } else if self.revisions.collision {
            Some(Outcome::Collision)
        } else {
            None
        }
    }

    /// The plan of a round that ends before any pod is looked at.
    pub(crate) fn nothing(&self, outcome: Outcome, placements: Vec<Verdict>) -> Plan {
        let mut status = self.set.status.clone();
        let actions = match outcome {
            Outcome::SelectingAll => vec![Action::Event {
                kind: EventType::Warning,
                event: "SelectingAll",
                message: "the selector selects every pod; give it a requirement".to_owned(),
            }],
            Outcome::Collision => {
                status.collision_count = Some(status.collision_count.unwrap_or(0).wrapping_add(1));
                let written = Action::UpdateStatus {
                    status: status.clone(),
                };
                (self.revisions.writes.iter().cloned())
                    .chain([written])
                    .collect()
            }
            _ => Vec::new(),
        };
        Plan {
            outcome,
            actions,
            status,
            current_revision: self.revisions.current.clone(),
            placements,
            budget: None,
            backoff: Vec::new(),
            look_again_at: None,
            left: Left::default(),
        }
    }
}

/// The newest timestamp in the input: what stands for the present where nobody says.
///
/// Deletion timestamps do not count, since they lie in the future.
pub(crate) fn newest(set: &DaemonSet, nodes: &[Node], pods: &[Pod]) -> Timestamp {
    let nodes = nodes.iter().flat_map(|node| {
        let conditions = node.status.conditions.iter();
        conditions
            .flat_map(|c| [c.last_heartbeat_time, c.last_transition_time])
            .chain(node.spec.taints.iter().map(|taint| taint.time_added))
            .chain([node.metadata.creation_timestamp])
    });
    let pods = pods.iter().flat_map(|pod| {
        let conditions = pod.status.conditions.iter();
        conditions
            .map(|c| c.last_transition_time)
            .chain([pod.metadata.creation_timestamp])
    });
    nodes
        .chain(pods)
        .chain([set.metadata.creation_timestamp])
        .flatten()
        .max()
        .unwrap_or(Timestamp::from_unix_seconds(0))
}
