//! What keeps nodes from having what they should have, and whether it passes with time.

use std::collections::BTreeSet;

use daemonset::api::{ConditionType, Node, Pod, Timestamp};
use daemonset::rollout::{Readiness, Shape};
use daemonset::round::PodInRound;

use crate::finding::UnhealthyNode;
use crate::health::{NodeProblem, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, node_of, problems, staying_of};

/// For how long a pod that is not ready may be starting, in seconds.
const STARTING_SECONDS: i64 = 600;

/// How long after its grace period a terminating pod is stuck, in seconds.
const STUCK_SECONDS: i64 = 60;

/// What keeps a node from having what it should have, where the round does nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stall {
    /// The node itself is unhealthy.
    UnhealthyNode(Vec<NodeProblem>),
    /// Its pod fails; a word for how, and what that speaks against.
    Failing(String, Suspect),
    /// The scheduler does not place its pod; what it says.
    Unscheduled(String),
    /// Its pods are terminating, and their grace period is over.
    StuckTerminating,
    /// Its failed pod stays until then.
    BackingOff(Timestamp),
    /// Its pod is ready, and not yet for long enough.
    Waiting(Option<Timestamp>),
    Starting,
    Terminating,
}

/// What a failure speaks against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspect {
    /// The pod, and so the revision it is of.
    Pod,
    /// Something else: the kubelet that says nothing of it, or the node that evicted it.
    Other,
}

/// Words for how a pod failed that are its node's doing.
///
/// Source: [Node-pressure Eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/)
/// and [Node Shutdowns](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/).
const DONE_BY_NODES: [&str; 4] = ["Evicted", "Preempting", "NodeShutdown", "Terminated"];

impl Stall {
    /// Whether time alone does not end it.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::UnhealthyNode(_)
            | Self::Failing(..)
            | Self::Unscheduled(_)
            | Self::StuckTerminating
            | Self::Waiting(None) => true,
            Self::BackingOff(_) | Self::Waiting(Some(_)) | Self::Starting | Self::Terminating => {
                false
            }
        }
    }

    /// What stalls the node, if anything does.
    pub fn of(node: &NodeSeen<'_>, round: &Round<'_>) -> Option<Self> {
        let now = round.view.now;
        let revision = match node.state.shape {
            Shape::Empty | Shape::Absent if node.pods.is_empty() => return None,
            Shape::Empty | Shape::Absent => return Some(terminating(node, now)),
            Shape::Crowded => {
                let problems = problems(node);
                if problems.iter().any(NodeProblem::is_dead) {
                    return Some(Self::UnhealthyNode(problems));
                }
                return terminates(node);
            }
            Shape::Updated { available: false }
            | Shape::Both {
                updated_available: false,
                ..
            } => PodRevision::New,
            Shape::Old {
                available: false, ..
            } => PodRevision::Old,
            Shape::Unknown { available: false } => PodRevision::Unknown,
            _ => return terminates(node),
        };
        let pod = staying_of(node, revision).find(|pod| !pod.fact.readiness.is_available())?;
        let problems = problems(node);
        if let Readiness::Waiting(until) = pod.fact.readiness {
            return Some(Self::Waiting(until));
        }
        if problems.iter().any(NodeProblem::is_dead) {
            return Some(Self::UnhealthyNode(problems));
        }
        let backoff = round.planner.backoff();
        if let (true, Some(until)) = (pod.pod.is_terminal(), backoff.held_until(node.name, now)) {
            return Some(Self::BackingOff(until));
        }
        let stall = of_pod(pod, round);
        if !stall.is_permanent() {
            return Some(stall);
        }
        // A pod that says nothing itself is explained by anything that is wrong with its node,
        // and one that does by what was wrong before it came: a network daemon that crashes
        // makes its node not ready.
        let is_silent = !round.problems_of(pod.pod).iter().any(PodProblem::is_fault);
        let explains = |problem: &NodeProblem| match problem {
            _ if is_silent => true,
            NodeProblem::NotReady { since: Some(since) } => {
                Some(*since) <= pod.pod.metadata.creation_timestamp
            }
            other => other.hinders_pods(),
        };
        Some(if problems.iter().any(explains) {
            Self::UnhealthyNode(problems)
        } else {
            stall
        })
    }
}

/// What stalls a node all of whose pods are terminating.
fn terminating(node: &NodeSeen<'_>, now: Timestamp) -> Stall {
    let is_stuck = stuck(node, now).next().is_some();
    let problems = problems(node);
    if problems.iter().any(NodeProblem::is_dead)
        || is_stuck && problems.iter().any(NodeProblem::hinders_pods)
    {
        Stall::UnhealthyNode(problems)
    } else if is_stuck {
        Stall::StuckTerminating
    } else {
        Stall::Terminating
    }
}

fn terminates(node: &NodeSeen<'_>) -> Option<Stall> {
    let terminates = node.pods.iter().any(|pod| pod.fact.terminating);
    terminates.then_some(Stall::Terminating)
}

/// The node's pods that should be gone by now.
pub(crate) fn stuck<'s, 'a>(
    node: &'s NodeSeen<'a>,
    now: Timestamp,
) -> impl Iterator<Item = &'a Pod> + 's {
    (node.pods.iter().map(|pod| pod.pod)).filter(move |pod| {
        (pod.metadata.deletion_timestamp)
            .is_some_and(|until| now > until.plus_seconds(STUCK_SECONDS))
    })
}

/// What stalls a pod on a healthy node.
fn of_pod(pod: &PodInRound<'_, Pod>, round: &Round<'_>) -> Stall {
    let now = round.view.now;
    let problems = round.problems_of(pod.pod);
    let ready = pod.pod.condition(&ConditionType::Ready);
    let created = pod.pod.metadata.creation_timestamp;
    let restarted = problems
        .iter()
        .any(|problem| matches!(problem, PodProblem::Restarted { .. }));
    let since = match ready.and_then(|condition| condition.last_transition_time) {
        // One that starts again and again is no younger for it.
        Some(since) if !restarted => Some(since).max(created),
        _ => created,
    };
    let is_old = since.is_some_and(|since| now.seconds_since(since) > STARTING_SECONDS);
    match problems.iter().find(|problem| problem.is_fault()) {
        Some(PodProblem::Unschedulable { message }) => Stall::Unscheduled(message.clone()),
        Some(fault) => {
            let by_node = match fault {
                PodProblem::Phase { reason, .. } => DONE_BY_NODES.contains(&reason.as_str()),
                _ => false,
            };
            let suspect = if by_node {
                Suspect::Other
            } else {
                Suspect::Pod
            };
            Stall::Failing(fault.word(), suspect)
        }
        None if !is_old => Stall::Starting,
        None if pod.fact.unbound => Stall::Unscheduled(String::new()),
        None => match problems.first() {
            Some(silent @ PodProblem::Unreported) => Stall::Failing(silent.word(), Suspect::Other),
            Some(problem) => Stall::Failing(problem.word(), Suspect::Pod),
            None => Stall::Failing("NotReady".to_owned(), Suspect::Pod),
        },
    }
}

/// A node and what its pod says.
pub(crate) type Said<'r, 'a> = (&'r NodeSeen<'a>, String);

/// The stalled nodes, sorted by what stalls them.
#[derive(Debug, Default)]
pub(crate) struct Stalls<'r, 'a> {
    pub unhealthy: Vec<UnhealthyNode>,
    /// Failing pods of the new revision that speak against it.
    pub failing_new: Vec<Said<'r, 'a>>,
    /// Other failing pods.
    pub failing: Vec<Said<'r, 'a>>,
    pub unscheduled: Vec<Said<'r, 'a>>,
    pub stuck: Vec<&'r NodeSeen<'a>>,
    pub backing_off: Vec<Timestamp>,
    pub waiting: Vec<Timestamp>,
    pub starting: Vec<String>,
    pub terminating: Vec<String>,
    /// Nodes that use up the budget, do not recover with time, and are not acted on in this round.
    pub permanent: Vec<String>,
}

impl<'r, 'a> Stalls<'r, 'a> {
    pub fn new(round: &'r Round<'a>) -> Self {
        let mut all = Self::default();
        let acted_on: BTreeSet<&str> = round.pod_actions().filter_map(node_of).collect();
        let limits = round.limits();
        for node in &round.view.nodes {
            let spends = limits.is_some_and(|limits| node.state.spends(limits));
            let counts = node.state.counts;
            if !spends && (!counts.desired || counts.available) {
                continue;
            }
            if let Some(stall) = Stall::of(node, round) {
                let acted_on = acted_on.contains(node.name);
                if spends && !acted_on && stall.is_permanent() {
                    all.permanent.push(node.name.to_owned());
                }
                all.add(node, stall, acted_on);
            }
        }
        all
    }

    fn add(&mut self, node: &'r NodeSeen<'a>, stall: Stall, acted_on: bool) {
        let name = || node.name.to_owned();
        let is_new = staying_of(node, PodRevision::New).next().is_some();
        match stall {
            Stall::UnhealthyNode(problems) => self.unhealthy.push(UnhealthyNode {
                node: name(),
                problems,
            }),
            Stall::Failing(word, Suspect::Pod) if is_new => self.failing_new.push((node, word)),
            // Old pods that are about to go are no news.
            Stall::Failing(..) if !is_new && acted_on => {}
            Stall::Failing(word, _) => self.failing.push((node, word)),
            Stall::Unscheduled(message) => self.unscheduled.push((node, message)),
            Stall::StuckTerminating => self.stuck.push(node),
            Stall::BackingOff(until) => self.backing_off.push(until),
            Stall::Waiting(Some(until)) => self.waiting.push(until),
            Stall::Waiting(None) => {
                let word = "Ready without lastTransitionTime".to_owned();
                self.failing.push((node, word));
            }
            Stall::Starting => self.starting.push(name()),
            Stall::Terminating => self.terminating.push(name()),
        }
    }

    /// Whether no node is stalled.
    pub fn is_empty(&self) -> bool {
        self.unhealthy.is_empty()
            && self.failing_new.is_empty()
            && self.failing.is_empty()
            && self.unscheduled.is_empty()
            && self.stuck.is_empty()
            && self.backing_off.is_empty()
            && self.waiting.is_empty()
            && self.starting.is_empty()
            && self.terminating.is_empty()
    }
}

/// The value of a node's label.
pub(crate) fn labels<'a>(node: &NodeSeen<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let node: Option<&'a Node> = node.node;
    node.into_iter()
        .flat_map(|node| node.metadata.labels.iter())
}
