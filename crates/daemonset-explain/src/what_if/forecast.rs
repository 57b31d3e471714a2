//! What a situation comes to when it is left to itself and everything goes well.

use indexmap::IndexMap;
use serde::Serialize;

use super::Situation;
use super::model::Model;
use crate::action::{Action, Reason};
use crate::api::{ConditionStatus, ConditionType, DaemonSetStatus, Node, Pod};
use crate::hash::{FixedState, HashSet};
use crate::node_state::Version;
use crate::plan::{Outcome, Plan};
use crate::rollout::Strategy;
use crate::selector::SelectorError;

/// How many actions a forecast carries out for each node and pod before it gives up.
///
/// A rollout adopts, relabels, deletes and makes each pod at most once or twice. What takes more
/// goes on for ever.
const ACTIONS_PER_OBJECT: usize = 10;

/// What becomes of a set's pods when the plans are carried out one after another until nothing is
/// left to do.
///
/// The rounds are those of [`Planner::plan`](crate::Planner::plan), and everything goes as well as
/// it can: a new pod is ready at once and available after `minReadySeconds`, a deleted one is gone
/// at once, nothing fails, and a round takes no time. So the figures are what it takes *at least*.
/// Pods that are there already stay as ready as they are.
///
/// It takes time linear in the number of nodes and pods, and gives up on what never comes to rest
/// ([`End::Unfinished`]).
///
/// ```
/// use daemonset::api::{DaemonSet, Node};
/// use daemonset::what_if::{End, Situation};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "namespace": "infra"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"metadata": {"labels": {"app": "agent"}}},
///         "minReadySeconds": 30,
///     },
/// }))?;
/// let mut node = Node::default();
/// node.metadata.name = "node-a".into();
/// let situation = Situation { daemon_set: agent, nodes: vec![node], ..Situation::default() };
///
/// let forecast = situation.forecast()?;
/// assert_eq!(forecast.end, End::Settled);
/// assert_eq!(forecast.created[0].node, "node-a");
/// assert_eq!(forecast.seconds, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Forecast {
    /// How many rounds have something to do other than to write the status.
    pub rounds: usize,
    /// In how many of them the rolling update takes pods. Each such wave is followed by a round
    /// that makes or deletes the pods' counterparts.
    pub waves: usize,
    /// How many seconds pass, of which all are waits for `minReadySeconds` or a back-off.
    pub seconds: i64,
    /// How it ends.
    pub end: End,
    /// The last status counted.
    pub status: DaemonSetStatus,
    /// Pods of today that go and are followed by a new one on the same node, by node name.
    pub restarted: Vec<PodGoes>,
    /// Pods of today that go for good, by node name.
    pub removed: Vec<PodGoes>,
    /// Nodes that get a pod and have none today, by name.
    pub created: Vec<PodComes>,
    /// Pods of today that stay although they are of an older revision, by node name.
    pub outdated: Vec<PodStays>,
    /// Nodes that get a new pod and do not report to be ready, by name. The forecast takes the pod
    /// for ready all the same; in truth it may hold up the rollout.
    pub assumed_ready: Vec<String>,
}

/// How a [`Forecast`] ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "detail", rename_all = "camelCase")]
#[non_exhaustive]
pub enum End {
    /// Every node that should run the daemon has an available pod of the current revision.
    Settled,
    /// Under `OnDelete`, pods of older revisions are left until somebody deletes them.
    OnDelete,
    /// Every node that should run the daemon has a pod of the current revision, and not all of
    /// them are available.
    Unavailable,
    /// Nothing more is done, and pods are left outdated: the budget is spent on pods that are not
    /// available.
    Stalled,
    /// No round gets as far as a rolling update: the selector selects everything, the set is being
    /// deleted, or its budget does not read.
    Undecided(Outcome),
    /// It did not come to rest within so many rounds.
    Unfinished(usize),
}

/// A pod of today that goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodGoes {
    /// Its node.
    pub node: String,
    /// Its name.
    pub pod: String,
    /// Why.
    pub reason: Reason,
    /// In which round, the first one being 1.
    pub round: usize,
}

/// A pod that is new on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodComes {
    /// Its node.
    pub node: String,
    /// Why.
    pub reason: Reason,
    /// In which round, the first one being 1.
    pub round: usize,
}

/// A pod of today that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodStays {
    /// Its node.
    pub node: String,
    /// Its name.
    pub pod: String,
}

/// What happened so far.
#[derive(Default)]
struct Course {
    rounds: usize,
    waves: usize,
    goes: Vec<PodGoes>,
    comes: Vec<PodComes>,
}

impl Course {
    /// Takes note of a round; whether it does anything but write the status.
    fn note(&mut self, plan: &Plan) -> bool {
        let is_work = |action: &&Action| {
            !matches!(action, Action::UpdateStatus { .. } | Action::Event { .. })
        };
        if !plan.actions.iter().any(|action| is_work(&action)) {
            return false;
        }
        self.rounds += 1;
        let before = self.goes.len() + self.comes.len();
        let round = self.rounds;
        for action in &plan.actions {
            match action {
                Action::CreatePod { node, reason } => self.comes.push(PodComes {
                    node: node.clone(),
                    reason: *reason,
                    round,
                }),
                Action::DeletePod { pod, node, reason } => self.goes.push(PodGoes {
                    node: node.clone(),
                    pod: pod.clone(),
                    reason: *reason,
                    round,
                }),
                _ => {}
            }
        }
        let any = self.goes.len() + self.comes.len() > before;
        self.waves += usize::from(any && plan.outcome == Outcome::Complete);
        true
    }
}

impl Situation {
    /// What the situation comes to when it is left to itself and everything goes well.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn forecast(&self) -> Result<Forecast, SelectorError> {
        Ok(self.run()?.0)
    }

    /// Runs the model to its end or to the limit.
    pub(super) fn run(&self) -> Result<(Forecast, Model<'_>), SelectorError> {
        let mut model = Model::new(self)?;
        let start = model.now;
        let today: Vec<(String, String)> = model
            .placed()
            .map(|(node, pod)| (node.to_owned(), pod.metadata.name.clone()))
            .collect();
        let objects = self.nodes.len() + self.pods.len() + self.revisions.len();
        let mut left = ACTIONS_PER_OBJECT * (objects + 10);
        let mut course = Course::default();
        let mut last = None;
        let mut rests = false;
        while left > 0 && !rests {
            let Some(plan) = model.plan() else { break };
            left = left.saturating_sub(plan.actions.len().max(1));
            let works = course.note(&plan);
            model.apply(&plan)?;
            if !works && plan.outcome != Outcome::Collision {
                // Only time can change something now.
                match plan.look_again_at.filter(|at| *at > model.now) {
                    Some(at) => model.now = at,
                    None => rests = true,
                }
            }
            last = Some(plan);
        }
        let pods: HashSet<&str> = today.iter().map(|(_, pod)| pod.as_str()).collect();
        let is_outdated = |pod: &Pod| {
            pods.contains(pod.metadata.name.as_str())
                && !Version::of(model.planner(), &pod.metadata.labels).is_updated()
        };
        let mut outdated: Vec<PodStays> = (model.placed())
            .filter(|(_, pod)| is_outdated(pod))
            .map(|(node, pod)| PodStays {
                node: node.to_owned(),
                pod: pod.metadata.name.clone(),
            })
            .collect();
        outdated.sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        let end = match &last {
            Some(plan) if rests => {
                let on_delete = model.planner().strategy == Strategy::OnDelete;
                end_of(plan, on_delete && !outdated.is_empty())
            }
            _ => End::Unfinished(course.rounds),
        };
        let forecast = Forecast {
            rounds: course.rounds,
            waves: course.waves,
            seconds: model.now.seconds_since(start),
            end,
            status: last.map(|plan| plan.status).unwrap_or_default(),
            restarted: Vec::new(),
            removed: Vec::new(),
            created: Vec::new(),
            outdated,
            assumed_ready: Vec::new(),
        };
        let forecast = forecast.with_pods(course, &today, &model);
        Ok((forecast, model))
    }
}

fn end_of(plan: &Plan, waits_for_deletion: bool) -> End {
    let status = &plan.status;
    match &plan.outcome {
        Outcome::Complete | Outcome::Managed => {}
        undecided => return End::Undecided(undecided.clone()),
    }
    let desired = status.desired_number_scheduled;
    if waits_for_deletion {
        End::OnDelete
    } else if status.updated_number_scheduled < desired {
        End::Stalled
    } else if status.number_available < desired {
        End::Unavailable
    } else {
        End::Settled
    }
}

impl Forecast {
    /// Sorts out which pods restart, go for good and are new.
    fn with_pods(mut self, course: Course, today: &[(String, String)], model: &Model<'_>) -> Self {
        let runs = |node: &str| (model.nodes.get(node)).is_some_and(|(_, it)| it.should_run());
        let had: HashSet<&str> = today.iter().map(|(node, _)| node.as_str()).collect();
        let pods: HashSet<&str> = today.iter().map(|(_, pod)| pod.as_str()).collect();
        for goes in course.goes {
            // Pods that the forecast itself has made are none of today's.
            if !pods.contains(goes.pod.as_str()) {
                continue;
            }
            if runs(&goes.node) && goes.reason != Reason::DuplicatePod {
                self.restarted.push(goes);
            } else {
                self.removed.push(goes);
            }
        }
        let mut made: IndexMap<&str, &PodComes, FixedState> = IndexMap::default();
        for comes in &course.comes {
            made.entry(&comes.node).or_insert(comes);
        }
        let created = made.values().filter(|it| !had.contains(it.node.as_str()));
        self.created = created.map(|&comes| comes.clone()).collect();
        let unready = made.keys().filter(|node| {
            let node = model.nodes.get(**node);
            node.is_some_and(|(node, _)| reports_unready(node))
        });
        self.assumed_ready = unready.map(|&node| node.to_owned()).collect();
        self.restarted
            .sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        self.removed
            .sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        self.created.sort_by(|a, b| a.node.cmp(&b.node));
        self.assumed_ready.sort();
        self
    }
}

fn reports_unready(node: &Node) -> bool {
    node.condition(&ConditionType::Ready)
        .is_some_and(|condition| condition.status != ConditionStatus::True)
}
