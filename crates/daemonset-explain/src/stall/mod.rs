//! What keeps nodes from having what they should have, and whether it passes with time.

mod before;
mod of_pod;
mod sandbox;
mod sorted;

pub(crate) use before::failed_before;
pub(crate) use sorted::{Said, Stalls};

use daemonset::api::{Pod, PodPhase, Timestamp};
use daemonset::placement::Verdict;
use daemonset::rollout::{Readiness, Shape};

use crate::health::events;
use crate::health::{NodeProblem, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
pub(crate) use crate::stalled::{Stall, Suspect};
use of_pod::{ends_too_soon, of_pod};

/// For how long a pod that is not ready may be starting, in seconds.
pub(crate) const STARTING_SECONDS: i64 = 600;

/// For how long a node that shuts down may be down before that is worth a word, in seconds.
const SHUTDOWN_SECONDS: i64 = 600;

/// How many restarts it takes to say that a container ends again and again.
pub(crate) const MANY_RESTARTS: i32 = 3;

/// How long after its grace period a terminating pod is stuck, in seconds.
pub(crate) const STUCK_SECONDS: i64 = 60;

/// Words for how a pod failed that are its node's doing, and pass.
///
/// Source: [Node-pressure Eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/)
/// and [Node Shutdowns](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/).
const DONE_BY_NODES: [&str; 5] = [
    "Evicted",
    "Preempting",
    "NodeShutdown",
    "Terminated",
    "NodeLost",
];

impl Stall {
    /// What stalls the node, if anything does.
    fn of(node: &NodeSeen<'_>, round: &Round<'_>) -> Option<Self> {
        let now = round.view.now;
        let revision = match node.state.shape {
            Shape::Empty | Shape::Absent if node.pods.is_empty() => return None,
            Shape::Empty | Shape::Absent => return Some(terminating(node, round)),
            Shape::Crowded => {
                let problems = round.node_problems(node);
                if let Some(since) = reboots(&problems, now) {
                    return Some(Self::Rebooting(since));
                }
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
        let problems = round.node_problems(node);
        if let Some(since) = reboots(&problems, now) {
            return Some(Self::Rebooting(since));
        }
        if let Readiness::Waiting(until) = pod.fact.readiness {
            return Some(match ends_too_soon(pod.pod, round) {
                Some(problem) => Self::Failing(problem, Suspect::Pod),
                None => Self::Waiting(until),
            });
        }
        if problems.iter().any(NodeProblem::is_dead) {
            return Some(Self::UnhealthyNode(problems));
        }
        // The round deletes what is where none should be.
        if node.verdict == Some(Verdict::Exclude) {
            return None;
        }
        let shutdown = problems.iter().find(|problem| problem.is_shutdown());
        if let Some(shutdown) = shutdown
            && shutdown
                .down_since()
                .is_some_and(|since| now.seconds_since(since) <= SHUTDOWN_SECONDS)
        {
            return Some(Self::ShuttingDown(shutdown.down_since()));
        }
        let of_pod_itself = round.problems_of(pod.pod);
        let events = round.failed_pod_events();
        let rejected = of_pod_itself
            .iter()
            .find(|said| is_loop(said, &problems, events));
        if let Some(rejected) = rejected {
            return Some(Self::Looping(rejected.clone(), problems));
        }
        let backoff = round.planner.backoff();
        if let (true, Some(until)) = (pod.pod.is_terminal(), backoff.held_until(node.name, now)) {
            return Some(Self::BackingOff(until));
        }
        // A pod that says nothing itself is explained by anything that is wrong with its node,
        // and one that does by what was wrong before it came: a network daemon that crashes
        // makes its node not ready.
        let is_silent = !of_pod_itself.iter().any(PodProblem::is_fault);
        let stall = of_pod(pod, of_pod_itself, round);
        if !stall.is_permanent() {
            return Some(stall);
        }
        let is_of_scheduling = matches!(stall, Self::Unscheduled(_));
        let on_host = round.daemon_set().spec.template.spec().host_network;
        let explains = |problem: &NodeProblem| match problem {
            // No kubelet has the pod yet.
            _ if is_of_scheduling => false,
            // A pod on the network of its node needs no other, and may be what sets that up.
            problem if on_host && problem.is_of_network() => false,
            _ if is_silent => problem.hinders_silent_pods(),
            NodeProblem::NotReady {
                since: Some(since), ..
            } => Some(*since) <= pod.pod.metadata.creation_timestamp,
            other => other.hinders_pods(),
        };
        Some(if problems.iter().any(explains) {
            Self::UnhealthyNode(problems)
        } else {
            stall
        })
    }
}

impl<'a> Round<'a> {
    /// The nodes that are stalled, whether they use up budget or not, and by what; looked for once.
    pub fn stalled_nodes(&self) -> impl Iterator<Item = (&NodeSeen<'a>, &Stall)> {
        let look = || {
            let places = self.notable_places().iter();
            let stalled = places.filter_map(|&at| {
                let stall = Stall::of(self.view.nodes.get(at)?, self)?;
                Some((at, stall))
            });
            stalled.collect()
        };
        let stalled = self.stalled.get_or_init(look).iter();
        stalled.filter_map(|(at, stall)| Some((self.view.nodes.get(*at)?, stall)))
    }
}

/// Since when a node is down that is being rebooted, for no longer than that takes.
fn reboots(problems: &[NodeProblem], now: Timestamp) -> Option<Timestamp> {
    let locked = problems.iter().find_map(|problem| match problem {
        NodeProblem::Rebooting { since } => Some(*since),
        _ => None,
    })?;
    let down = problems.iter().find_map(NodeProblem::down_since)?;
    // What went down before that has another cause.
    (locked <= down && now.seconds_since(down) <= SHUTDOWN_SECONDS).then_some(down)
}

/// Whether a pod ended in a way that the next one on its node will end too: the kubelet rejects it
/// before anything runs, or evicts it for want of something the node is still short of.
fn is_loop(said: &PodProblem, node: &[NodeProblem], failed_before: usize) -> bool {
    let PodProblem::Phase {
        phase: PodPhase::Failed,
        reason,
        message,
    } = said
    else {
        return false;
    };
    match reason.as_str() {
        "" => false,
        "Evicted" if is_own_limit(message) => failed_before > 1,
        "Evicted" => message.contains("was rejected") || node.iter().any(NodeProblem::is_pressure),
        reason if DONE_BY_NODES.contains(&reason) => false,
        "DeadlineExceeded" | "Shutdown" => false,
        // Whatever the kubelet's admission calls it.
        _ => true,
    }
}

/// Whether a pod was evicted for a limit of its own on what it stores, whatever its node has left.
///
/// Source: [Local ephemeral storage](https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#resource-ephemeralstorage-consumption).
pub(crate) fn is_own_limit(message: &str) -> bool {
    const OF_LIMITS: [&str; 3] = [
        "exceeded its local ephemeral storage limit",
        "ephemeral local storage usage exceeds the total limit",
        "Usage of EmptyDir volume",
    ];
    OF_LIMITS.iter().any(|words| message.contains(words))
}

/// What stalls a node all of whose pods are terminating.
fn terminating(node: &NodeSeen<'_>, round: &Round<'_>) -> Stall {
    let now = round.view.now;
    let is_stuck = stuck(node, now).next().is_some();
    let is_held = stuck(node, now).any(|pod| !pod.metadata.finalizers.is_empty());
    let problems = round.node_problems(node);
    // It counts until it is gone, so that it may become available yet, as one that stays.
    let waits = node.pods.iter().find_map(|pod| match pod.fact.readiness {
        Readiness::Waiting(until) => until,
        _ => None,
    });
    // With the node its kubelet comes back, and ends it.
    if let Some(since) = reboots(&problems, now).filter(|_| !is_held) {
        return Stall::Rebooting(since);
    }
    if problems.iter().any(NodeProblem::is_dead)
        || is_stuck && !is_held && problems.iter().any(NodeProblem::hinders_pods)
    {
        match waits {
            Some(_) => Stall::Waiting(waits),
            None => Stall::UnhealthyNode(problems),
        }
    } else if is_stuck {
        Stall::StuckTerminating(waits)
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

/// What the kubelet says of a terminating pod that it does not end.
pub(crate) fn unended(round: &Round<'_>, pod: &Pod) -> Option<String> {
    let terminating = PodProblem::Terminating {
        until: pod.metadata.deletion_timestamp?,
        finalizers: Vec::new(),
    };
    events::told(&terminating, round.events_of(pod))
}

/// Whether a pod has been there for no longer than pods take to start.
pub(crate) fn is_young(pod: &Pod, now: Timestamp) -> bool {
    let created = pod.metadata.creation_timestamp;
    created.is_some_and(|created| now.seconds_since(created) <= STARTING_SECONDS)
}
