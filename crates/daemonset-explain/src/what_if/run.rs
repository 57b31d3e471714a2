//! How a forecast is made: plans are carried out one after another.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{ConditionStatus, ConditionType, DaemonSet, Node, Timestamp};
use daemonset::fit::ClusterRoom;
use daemonset::matching::SelectorError;
use daemonset::outcome::Outcome;
use daemonset::revision::Version;
use daemonset::rollout::Strategy;
use daemonset::{Action, Cluster, Options, Plan, Planner, Reason};

use super::forecast::{End, Forecast, NodeRoom, PodComes, PodGoes, PodStays};
use super::hindrances::{Beside, HangingPod, Known};
use super::open::restarted_in_any_order;
use super::simulate::Simulation;
use crate::room::{Room, SetRoom};

/// How many actions a forecast carries out for each node and pod before it gives up.
///
/// A rollout adopts, relabels, deletes and makes each pod at most once or twice. What takes more
/// goes on for ever.
const ACTIONS_PER_OBJECT: usize = 10;

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
                Action::DeletePod {
                    pod, node, reason, ..
                } => self.goes.push(PodGoes {
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

/// What becomes of a cluster when it is left alone and everything goes well.
///
/// It takes time linear in the number of nodes and pods, and gives up on what never comes to rest
/// ([`End::Unfinished`]).
///
/// # Errors
/// A malformed selector.
///
/// ```
/// use daemonset::api::{DaemonSet, Node};
/// use daemonset::{Cluster, Options};
/// use daemonset_explain::what_if::{End, forecast};
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
/// let nodes = [node];
///
/// let forecast = forecast(&agent, &Cluster::new(&nodes, &[]), &Options::default())?;
/// assert_eq!(forecast.end, End::Settled);
/// assert_eq!(forecast.created[0].node, "node-a");
/// assert_eq!(forecast.seconds, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn forecast(
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    options: &Options,
) -> Result<Forecast, SelectorError> {
    forecast_knowing(set, cluster, options, None, &Known::default())
}

/// The same, with new pods that find no room: they wait, count as unavailable, and may use up the
/// budget.
///
/// Room is that of `room`, as [`SetRoom::in_rollout`] has it: without surge the old pod is gone before
/// the new one comes, with surge both must fit. Pods that are being deleted go, and so do those
/// that a new pod may evict.
///
/// # Errors
/// A malformed selector.
pub fn forecast_with_room(
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    options: &Options,
    room: &ClusterRoom,
) -> Result<Forecast, SelectorError> {
    forecast_knowing(set, cluster, options, Some(room), &Known::default())
}

/// What becomes of a set that is to become `next`, with all that was given beside: room, what the API
/// server refuses, pods that do not go, kubelets that do not answer.
///
/// `next` is what the API server would store ([`update`](super::update)); `today` what is there, if
/// anything.
///
/// # Errors
/// A malformed selector.
pub fn forecast_beside(
    today: Option<&DaemonSet>,
    next: &DaemonSet,
    cluster: &Cluster<'_>,
    options: &Options,
    beside: Beside<'_>,
) -> Result<Forecast, SelectorError> {
    let known = Known::of(today, next, cluster, options, beside)?;
    forecast_knowing(next, cluster, options, beside.room, &known)
}

/// What becomes of a set, with this room and what is known beside.
fn forecast_knowing(
    set: &DaemonSet,
    cluster: &Cluster<'_>,
    options: &Options,
    room: Option<&ClusterRoom>,
    known: &Known,
) -> Result<Forecast, SelectorError> {
    let planner = Planner::with_options(set, options.clone())?;
    let now = planner.now(cluster);
    let room = room.and_then(|room| SetRoom::new(&planner, cluster, room).ok());
    Ok(run(set, cluster, options, now, room.as_ref(), known)?.0)
}

/// Simulates until nothing is left to do, or for as long as it may take.
pub(super) fn run<'a>(
    set: &DaemonSet,
    cluster: &'a Cluster<'a>,
    options: &Options,
    start: Timestamp,
    room: Option<&'a SetRoom<'a>>,
    known: &'a Known,
) -> Result<(Forecast, Simulation<'a>), SelectorError> {
    let mut simulation = Simulation::new(set, cluster, options, start, known)?.with_room(room);
    let today: Vec<(String, String)> = simulation
        .placed()
        .map(|(node, pod)| (node.to_owned(), pod.metadata.name.clone()))
        .collect();
    let revisions = simulation.revisions.as_ref().map_or(0, Vec::len);
    let objects = cluster.nodes().len() + simulation.pods.len() + revisions;
    let mut left = ACTIONS_PER_OBJECT * (objects + 10);
    let mut course = Course::default();
    let mut last = None;
    let mut rests = false;
    while left > 0 && !rests {
        let Some(plan) = simulation.plan() else { break };
        left = left.saturating_sub(plan.actions.len().max(1));
        let works = course.note(&plan);
        simulation.apply(&plan)?;
        if !works && plan.outcome != Outcome::Collision {
            // Only time can change something now.
            match plan.look_again_at.filter(|at| *at > simulation.now) {
                Some(at) => simulation.now = at,
                None => rests = true,
            }
        }
        last = Some(plan);
    }
    let outdated = outdated(&simulation, &today);
    let end = match &last {
        Some(plan) if rests => {
            let on_delete = *simulation.planner().strategy() == Strategy::OnDelete;
            match end_of(plan, on_delete && !outdated.is_empty()) {
                End::Stalled if !simulation.refused_on.is_empty() => End::Refused,
                End::Stalled if outdated.is_empty() => End::LeftHanging,
                end => end,
            }
        }
        _ => End::Unfinished(course.rounds),
    };
    let forecast = Forecast {
        rounds: course.rounds,
        waves: course.waves,
        seconds: simulation.now.seconds_since(start),
        end,
        status: last.map(|plan| plan.status).unwrap_or_default(),
        restarted: Vec::new(),
        removed: Vec::new(),
        created: Vec::new(),
        outdated,
        without_room: Vec::new(),
        open: None,
        preempting: Vec::new(),
        room_unknown: Vec::new(),
        assumed_ready: Vec::new(),
        refused_on: simulation.refused_on.iter().cloned().collect(),
        refused: simulation.refused.clone(),
        lost: Vec::new(),
        hanging: simulation.hanging(),
        hindrances: known.hindrances.clone(),
    };
    let visited: BTreeSet<String> = (simulation.asked.iter())
        .filter(|(_, room)| matches!(room, Room::None { .. }))
        .map(|(node, _)| node.clone())
        .collect();
    // A rollout that stops has more nodes before it that it would stop at.
    if let Some(room) = room {
        for PodStays { node, .. } in &forecast.outdated {
            let is_wanted = cluster
                .node(node)
                .is_some_and(|node| simulation.planner().rules().verdict(node).should_run());
            if is_wanted
                && !simulation.asked.contains_key(node)
                && let Some(found) = room.in_rollout(node)
            {
                simulation.asked.insert(node.clone(), found);
            }
        }
    }
    let forecast = forecast.with_room(&simulation.asked, room);
    let mut forecast = forecast.with_pods(course, &today, cluster, &simulation);
    forecast.open = restarted_in_any_order(&forecast, simulation.planner().strategy(), &visited);
    Ok((forecast, simulation))
}

/// The pods of today that are there in the end and of an older revision, by node and name.
fn outdated(simulation: &Simulation<'_>, today: &[(String, String)]) -> Vec<PodStays> {
    let names: BTreeSet<&str> = today.iter().map(|(_, pod)| pod.as_str()).collect();
    let cluster = simulation.cluster();
    let view = simulation.planner().view(&cluster);
    let pods =
        (view.nodes.iter()).flat_map(|node| node.pods.iter().map(move |pod| (node, &pod.fact)));
    let outdated = pods
        .filter(|(_, pod)| {
            // One that is being deleted does not stay, however long it takes.
            pod.version == Version::Old && !pod.terminating && names.contains(pod.name)
        })
        .map(|(node, pod)| PodStays {
            node: node.name.to_owned(),
            pod: pod.name.to_owned(),
            unwanted: !node.state.counts.desired,
        });
    let mut outdated: Vec<_> = outdated.collect();
    outdated.sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
    outdated
}

fn end_of(plan: &Plan, waits_for_deletion: bool) -> End {
    let status = &plan.status;
    match &plan.outcome {
        Outcome::Complete | Outcome::Managed => {}
        nothing => return End::NothingDecided(nothing.clone()),
    }
    if plan.is_undecided() {
        return End::Unclear(plan.deferred.undecided);
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
    /// Sorts out what became of the question for room.
    fn with_room(mut self, asked: &BTreeMap<String, Room>, room: Option<&SetRoom<'_>>) -> Self {
        for (node, found) in asked {
            let why = room.and_then(|room| room.why(node, found));
            let ways_out = room.map(|room| room.ways_out(node, found));
            let entry = || NodeRoom {
                node: node.clone(),
                why: why.clone().unwrap_or_default(),
                ways_out: ways_out.iter().flatten().copied().collect(),
            };
            match found {
                Room::None { .. } => self.without_room.push(entry()),
                Room::Preempting { .. } => self.preempting.push(entry()),
                Room::Unknown { .. } => self.room_unknown.push(entry()),
                Room::Free | Room::AfterTerminating { .. } => {}
            }
        }
        self
    }

    /// Sorts out which pods restart, which go, and which are new.
    fn with_pods(
        mut self,
        course: Course,
        today: &[(String, String)],
        cluster: &Cluster<'_>,
        simulation: &Simulation<'_>,
    ) -> Self {
        let known = self.hindrances.clone();
        let rules = simulation.planner().rules();
        let runs = |name: &str| {
            let node = cluster.node(name);
            node.is_some_and(|node| rules.verdict(node).should_run())
        };
        let had: BTreeSet<&str> = today.iter().map(|(node, _)| node.as_str()).collect();
        let pods: BTreeSet<&str> = today.iter().map(|(_, pod)| pod.as_str()).collect();
        let hanging: Vec<HangingPod> = self.hanging.clone();
        let hanging: BTreeSet<&str> = hanging.iter().map(|it| it.pod.as_str()).collect();
        for goes in course.goes {
            // Pods that the forecast itself has made are none of today's.
            if !pods.contains(goes.pod.as_str()) {
                continue;
            }
            if hanging.contains(goes.pod.as_str()) {
                continue;
            }
            if runs(&goes.node) && simulation.refused_on.contains(&goes.node) {
                self.lost.push(goes);
            } else if runs(&goes.node) && goes.reason != Reason::DuplicatePod {
                self.restarted.push(goes);
            } else {
                self.removed.push(goes);
            }
        }
        let mut made: BTreeMap<&str, &PodComes> = BTreeMap::new();
        for comes in &course.comes {
            made.entry(&comes.node).or_insert(comes);
        }
        let created = made.values().filter(|it| !had.contains(it.node.as_str()));
        self.created = created.map(|&comes| comes.clone()).collect();
        let unready = (made.keys()).filter(|node| {
            !known.is_silent(node) && cluster.node(node).is_some_and(reports_unready)
        });
        self.assumed_ready = unready.map(|&node| node.to_owned()).collect();
        self.restarted
            .sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        self.lost
            .sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        self.removed
            .sort_by(|a, b| (&a.node, &a.pod).cmp(&(&b.node, &b.pod)));
        self
    }
}

fn reports_unready(node: &Node) -> bool {
    node.condition(&ConditionType::Ready)
        .is_some_and(|condition| condition.status != ConditionStatus::True)
}
