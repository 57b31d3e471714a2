//! What keeps nodes from having what they should have, and whether it passes with time.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use daemonset::api::{ConditionType, Pod, PodPhase, Timestamp};
use daemonset::placement::Verdict;
use daemonset::rollout::{Readiness, Shape};
use daemonset::round::PodInRound;
use daemonset::view::PodView;

use crate::evidence::PodEvidence;
use crate::finding::{Finding, UnhealthyNode};
use crate::health::events::{self, NotSetUp};
use crate::health::{LastEnd, NodeProblem, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, node_of, staying_of};
pub(crate) use crate::stalled::{Stall, Suspect};

/// For how long a pod that is not ready may be starting, in seconds.
pub(crate) const STARTING_SECONDS: i64 = 600;

/// A container that ran for so long before it ended fails at no start, in seconds.
const RAN_WELL_SECONDS: i64 = 3600;

/// By how much longer than the last time a container runs that may have got over it, in seconds.
const LONGER_SECONDS: i64 = 60;

/// For how long a node that shuts down may be down before that is worth a word, in seconds.
const SHUTDOWN_SECONDS: i64 = 600;

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
fn reboots(problems: &[NodeProblem], now: Timestamp) -> Option<Option<Timestamp>> {
    let locked = problems.iter().find_map(|problem| match problem {
        NodeProblem::Rebooting { since } => Some(*since),
        _ => None,
    })?;
    let down = problems.iter().find(|problem| problem.is_down())?;
    let since = down.down_since();
    // What went down before that has another cause.
    let is_for_it =
        since.is_some_and(|since| locked <= since && now.seconds_since(since) <= SHUTDOWN_SECONDS);
    is_for_it.then_some(since)
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

/// What stalls a pod on a healthy node.
fn of_pod(pod: &PodInRound<'_, Pod>, problems: Vec<PodProblem>, round: &Round<'_>) -> Stall {
    let now = round.view.now;
    let ready = pod.pod.condition(&ConditionType::Ready);
    let created = pod.pod.metadata.creation_timestamp;
    let restarted = problems.iter().any(|problem| problem.restarts() > 0);
    let since = match ready.and_then(|condition| condition.last_transition_time) {
        // One that starts again and again is no younger for it.
        Some(since) if !restarted => Some(since).max(created),
        _ => created,
    };
    let is_old = since.is_some_and(|since| now.seconds_since(since) > STARTING_SECONDS);
    // Stable: the worst first.
    let Some(worst) = problems.into_iter().next() else {
        return if is_old {
            let unknown = PodProblem::not_ready(pod.pod);
            Stall::Failing(unknown, Suspect::Pod)
        } else if round.said_by(pod.pod).is_some_and(PodEvidence::has_started) {
            // The node lifecycle controller says that it is not ready, of its node.
            Stall::Unready
        } else {
            Stall::Starting
        };
    };
    match &worst {
        PodProblem::Unschedulable { nominated, .. }
            if !nominated.is_empty() && is_being_left(round, nominated) =>
        {
            Stall::RoomToCome {
                preempted: true,
                until: left_by(round, nominated),
            }
        }
        // The pods of an earlier set of the name hold the same ports.
        PodProblem::Unschedulable { message, .. }
            if message.contains("free ports") && is_left_by_earlier_set(round, pod.pod) =>
        {
            let node = pod.pod.target_node();
            Stall::RoomToCome {
                preempted: false,
                until: node.and_then(|node| left_by(round, node)),
            }
        }
        PodProblem::Unschedulable { .. } | PodProblem::SchedulingGated { .. } => {
            Stall::Unscheduled(worst)
        }
        PodProblem::NotReady {
            restarts: 0,
            lost_since: Some(_),
            ..
        } if !is_old => Stall::Unready,
        // It runs again, and has hardly been started yet.
        PodProblem::NotReady { restarts: ..=2, .. } if !is_old => Stall::Starting,
        // It ran for long, and was started anew just now, as after a reboot of its node.
        PodProblem::NotReady {
            running_since: Some(running),
            last: Some(last),
            ..
        } if now.seconds_since(*running) <= STARTING_SECONDS
            && last.ran.is_some_and(|ran| ran >= RAN_WELL_SECONDS) =>
        {
            Stall::Starting
        }
        // It runs for longer than it did the last time: it may have got over it.
        PodProblem::NotReady {
            running_since: Some(running),
            last: Some(LastEnd { ran: Some(ran), .. }),
            ..
        } if (ran.saturating_add(LONGER_SECONDS)..=STARTING_SECONDS)
            .contains(&now.seconds_since(*running)) =>
        {
            Stall::Starting
        }
        _ if !worst.is_fault() && !is_old => Stall::Starting,
        PodProblem::NotCreated { .. } if round.pulling(pod.pod).is_some() => Stall::Starting,
        // The kubelet limits its own pulls, and goes on with them in seconds.
        PodProblem::Waiting { message, .. }
            if message.contains("pull QPS exceeded") && is_young(pod.pod, now) =>
        {
            Stall::Starting
        }
        PodProblem::Phase { message, .. } if is_own_limit(message) => {
            Stall::Failing(worst, Suspect::Pod)
        }
        PodProblem::NotScheduled { .. } => Stall::Unscheduled(worst),
        PodProblem::Phase { reason, .. } if DONE_BY_NODES.contains(&reason.as_str()) => {
            Stall::Failing(worst, Suspect::Other)
        }
        PodProblem::Unreported | PodProblem::NotCreated { .. } => {
            Stall::Failing(worst, Suspect::Other)
        }
        _ => Stall::Failing(worst, Suspect::Pod),
    }
}

/// When a terminating pod has had its grace period, where that is still to come and nothing else holds it.
fn goes_by(pod: &Pod, now: Timestamp) -> Option<Timestamp> {
    let until = pod.metadata.deletion_timestamp?;
    (until.seconds_since(now) > 0 && pod.metadata.finalizers.is_empty()).then_some(until)
}

/// Whether a pod on the node is terminating, within its grace period and held by nothing else.
fn is_being_left(round: &Round<'_>, node: &str) -> bool {
    let mut there = (round.cluster.pods().iter()).filter(|pod| pod.spec.node_name == node);
    there.any(|pod| goes_by(pod, round.view.now).is_some())
}

/// When the last of the pods that are terminating on the node has had its grace period; nothing where one of them has
/// had it, or is held: it may be what is waited for.
fn left_by(round: &Round<'_>, node: &str) -> Option<Timestamp> {
    let there = (round.cluster.pods().iter()).filter(|pod| pod.spec.node_name == node);
    let going = there.filter(|pod| pod.metadata.deletion_timestamp.is_some());
    let ends = going.map(|pod| goes_by(pod, round.view.now));
    ends.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// Whether the node that a pod is meant for has pods of an earlier set of the name, all of them terminating within their
/// grace period and held by nothing else.
fn is_left_by_earlier_set(round: &Round<'_>, pod: &Pod) -> bool {
    let Some(node) = pod.target_node() else {
        return false;
    };
    let set = &round.daemon_set().metadata;
    let is_earlier = |pod: &&&Pod| {
        let owner = pod.metadata.controller();
        pod.spec.node_name == node
            && pod.metadata.namespace == set.namespace
            && owner.is_some_and(|it| {
                it.kind == "DaemonSet" && it.name == set.name && it.uid != set.uid
            })
    };
    let mut earlier = round.cluster.pods().iter().filter(is_earlier).peekable();
    earlier.peek().is_some() && earlier.all(|pod| goes_by(pod, round.view.now).is_some())
}

/// Whether a pod has been there for no longer than pods take to start.
pub(crate) fn is_young(pod: &Pod, now: Timestamp) -> bool {
    let created = pod.metadata.creation_timestamp;
    created.is_some_and(|created| now.seconds_since(created) <= STARTING_SECONDS)
}

/// How many restarts it takes to say that a container ends again and again.
const MANY_RESTARTS: i32 = 3;

/// How a container ends that is ready, and time after time ends before `minReadySeconds` are over.
fn ends_too_soon(pod: &Pod, round: &Round<'_>) -> Option<PodProblem> {
    let lasts = i64::from(round.daemon_set().spec.min_ready_seconds);
    let said = round.said_by(pod)?;
    said.containers.iter().find_map(|container| {
        let end = LastEnd::of(container.last.as_deref()?);
        let is_recent = end
            .at
            .is_some_and(|at| round.view.now.seconds_since(at) <= RAN_WELL_SECONDS);
        let is_short = end.ran.is_some_and(|ran| ran < lasts);
        let ends = container.restarts >= MANY_RESTARTS && is_recent && is_short;
        ends.then(|| PodProblem::Terminated {
            container: container.name.to_string(),
            init: false,
            end,
            restarts: container.restarts,
        })
    })
}

/// What a pod on an unhealthy node says itself; nothing of one whose kubelet does not answer.
fn fault_of(pod: &Pod, round: &Round<'_>, problems: &[NodeProblem]) -> Option<String> {
    if problems.iter().any(NodeProblem::is_dead) {
        return None;
    }
    let said = round.problems_of(pod);
    let events = round.events_of(pod);
    let tells =
        |problem: &&PodProblem| problem.is_fault() || events::told(problem, events).is_some();
    let fault = said.iter().find(tells)?;
    Some(round.told(pod, fault))
}

/// A node, its pod that fails, and how.
#[derive(Clone, Debug)]
pub(crate) struct Said<'r, 'a> {
    pub node: &'r NodeSeen<'a>,
    pub pod: &'a Pod,
    pub problem: PodProblem,
    /// Whether the pod is of the current revision.
    pub is_new: bool,
    likeness: OnceCell<String>,
}

impl<'r, 'a> Said<'r, 'a> {
    pub fn new(node: &'r NodeSeen<'a>, pod: &'a Pod, problem: PodProblem, is_new: bool) -> Self {
        Self {
            node,
            pod,
            problem,
            is_new,
            likeness: OnceCell::new(),
        }
    }
}

impl Said<'_, '_> {
    /// Whether its sandbox is not set up, as events tell: then no other pod comes up there that needs one.
    pub fn lacks_sandbox(&self, round: &Round<'_>) -> bool {
        let events = round.events_of(self.pod);
        events::not_set_up(&self.problem, events) == Some(NotSetUp::Sandbox)
    }

    /// What it has in common with pods that fail alike; told once.
    pub fn likeness(&self) -> &str {
        let tell = || self.problem.likeness(&self.pod.metadata.name);
        self.likeness.get_or_init(tell)
    }
}

/// The stalled nodes, sorted by what stalls them.
#[derive(Debug, Default)]
pub(crate) struct Stalls<'r, 'a> {
    pub unhealthy: Vec<UnhealthyNode>,
    /// Failing pods of the new revision that speak against it.
    pub failing_new: Vec<Said<'r, 'a>>,
    /// Other failing pods.
    pub failing: Vec<Said<'r, 'a>>,
    /// Failing old pods that the round deletes: no news, but they tell who is to blame.
    pub failing_leaving: Vec<Said<'r, 'a>>,
    /// Pods that are rejected or evicted as fast as they are made.
    pub looping: Vec<(Said<'r, 'a>, Vec<NodeProblem>)>,
    pub unscheduled: Vec<Said<'r, 'a>>,
    pub stuck: Vec<&'r NodeSeen<'a>>,
    pub backing_off: Vec<Timestamp>,
    pub waiting: Vec<Timestamp>,
    pub starting: Vec<String>,
    /// Nodes whose pod waits for room that is being made, whether by preemption, and until when at the latest.
    pub room_to_come: Vec<(String, bool, Option<Timestamp>)>,
    pub unready: Vec<String>,
    pub terminating: Vec<String>,
    /// Nodes that are shutting down, and since when.
    pub shutting_down: Vec<(String, Option<Timestamp>)>,
    /// Nodes that are being rebooted, and since when they are down.
    pub rebooting: Vec<(String, Option<Timestamp>)>,
    /// Nodes that use up the budget, do not recover with time, and are not acted on in this round.
    pub permanent: Vec<String>,
}

impl<'r, 'a> Stalls<'r, 'a> {
    pub fn new(round: &'r Round<'a>) -> Self {
        let mut all = Self::default();
        let acted_on: BTreeSet<&str> = round.pod_actions().filter_map(node_of).collect();
        let limits = round.limits();
        for (node, stall) in round.stalled_nodes() {
            let spends = limits.is_some_and(|limits| node.state.spends(limits));
            let counts = node.state.counts;
            if !spends && (!counts.desired || counts.available) {
                continue;
            }
            let acted_on = acted_on.contains(node.name);
            let loops = matches!(stall, Stall::Looping(..));
            if spends && (!acted_on || loops) && stall.is_permanent() {
                all.permanent.push(node.name.to_owned());
            }
            all.add(node, stall.clone(), acted_on, round);
        }
        all
    }

    fn add(&mut self, node: &'r NodeSeen<'a>, stall: Stall, acted_on: bool, round: &Round<'a>) {
        let name = || node.name.to_owned();
        let of_revision = |revision| {
            let mut pods = staying_of(node, revision);
            pods.find(|pod| !pod.fact.readiness.is_available())
        };
        let new = of_revision(PodRevision::New);
        let is_new = new.is_some();
        let pod = new
            .or_else(|| of_revision(PodRevision::Old))
            .or_else(|| of_revision(PodRevision::Unknown))
            .map(|pod| pod.pod);
        let said = |problem: PodProblem| pod.map(|pod| Said::new(node, pod, problem, is_new));
        match stall {
            Stall::UnhealthyNode(problems) => self.unhealthy.push(UnhealthyNode {
                node: name(),
                pod: pod.and_then(|pod| fault_of(pod, round, &problems)),
                problems,
            }),
            Stall::Failing(problem, Suspect::Pod) if is_new => {
                self.failing_new.extend(said(problem));
            }
            Stall::Failing(problem, _) if !is_new && acted_on => {
                self.failing_leaving.extend(said(problem));
            }
            Stall::Failing(problem, _) => self.failing.extend(said(problem)),
            Stall::Looping(problem, of_node) => {
                self.looping
                    .extend(said(problem).map(|said| (said, of_node)));
            }
            Stall::Unscheduled(problem) => self.unscheduled.extend(said(problem)),
            Stall::StuckTerminating(until) => {
                self.stuck.push(node);
                self.waiting.extend(until);
            }
            Stall::BackingOff(until) => self.backing_off.push(until),
            Stall::Waiting(Some(until)) => self.waiting.push(until),
            Stall::Waiting(None) => self.failing.extend(said(PodProblem::undated())),
            Stall::Starting => self.starting.push(name()),
            Stall::RoomToCome { preempted, until } => {
                self.room_to_come.push((name(), preempted, until));
            }
            Stall::Unready => self.unready.push(name()),
            Stall::Terminating => self.terminating.push(name()),
            Stall::Rebooting(since) => self.rebooting.push((name(), since)),
            Stall::ShuttingDown(since) => self.shutting_down.push((name(), since)),
        }
    }

    /// Puts what pods of a node say before what others say.
    pub fn put_first(&mut self, node: &str) {
        let lists = [
            &mut self.failing_new,
            &mut self.failing,
            &mut self.unscheduled,
        ];
        for list in lists {
            list.sort_by_key(|said| said.node.name != node);
        }
        self.looping.sort_by_key(|(said, _)| said.node.name != node);
    }

    /// That pods wait for room that is being made.
    pub fn room_to_come(&self) -> Option<Finding> {
        let all = &self.room_to_come;
        let until = all.iter().map(|(_, _, until)| *until);
        (!all.is_empty()).then(|| Finding::RoomToCome {
            nodes: all.iter().map(|(node, ..)| node.clone()).collect(),
            preempted: all.iter().all(|(_, preempted, _)| *preempted),
            until: until
                .collect::<Option<Vec<_>>>()
                .and_then(|all| all.into_iter().max()),
        })
    }

    /// That nodes are shutting down.
    pub fn shutting_down(&self) -> Option<Finding> {
        let (nodes, since): (Vec<String>, Vec<Option<Timestamp>>) =
            self.shutting_down.iter().cloned().unzip();
        let since = since.into_iter().flatten().min();
        (!nodes.is_empty()).then_some(Finding::NodesShuttingDown { nodes, since })
    }

    /// That nodes are being rebooted.
    pub fn rebooting(&self) -> Option<Finding> {
        let (nodes, since): (Vec<String>, Vec<Option<Timestamp>>) =
            self.rebooting.iter().cloned().unzip();
        let since = since.into_iter().flatten().min();
        (!nodes.is_empty()).then_some(Finding::NodesRebooting { nodes, since })
    }

    /// The pods that fail, are rejected or wait for a place, and do not get over it.
    pub fn in_vain(&self) -> impl Iterator<Item = &Said<'r, 'a>> {
        let rejected = self.looping.iter().map(|(said, _)| said);
        (rejected.chain(self.all_failing())).chain(&self.unscheduled)
    }

    /// The pods that fail, those of the new revision first.
    pub fn all_failing(&self) -> impl Iterator<Item = &Said<'r, 'a>> + Clone {
        self.failing_new.iter().chain(&self.failing)
    }

    /// Whether no node is stalled.
    pub fn is_empty(&self) -> bool {
        self.unhealthy.is_empty()
            && self.failing_new.is_empty()
            && self.failing.is_empty()
            && self.looping.is_empty()
            && self.unscheduled.is_empty()
            && self.stuck.is_empty()
            && self.backing_off.is_empty()
            && self.waiting.is_empty()
            && self.starting.is_empty()
            && self.room_to_come.is_empty()
            && self.unready.is_empty()
            && self.terminating.is_empty()
            && self.shutting_down.is_empty()
            && self.rebooting.is_empty()
    }
}
