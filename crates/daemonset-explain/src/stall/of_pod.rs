//! What stalls a pod on a healthy node.

use daemonset::api::{ConditionType, Pod, Timestamp};
use daemonset::round::PodInRound;
use daemonset::view::PodView;

use super::{DONE_BY_NODES, MANY_RESTARTS, STARTING_SECONDS, is_own_limit, is_young, sandbox};
use crate::evidence::PodEvidence;
use crate::health::{LastEnd, PodProblem};
use crate::round::Round;
use crate::stalled::{Stall, Suspect};

/// A container that ran for so long before it ended fails at no start, in seconds.
const RAN_WELL_SECONDS: i64 = 3600;

/// By how much longer than the last time a container runs that may have got over it, in seconds.
const LONGER_SECONDS: i64 = 60;

/// What stalls a pod on a healthy node.
pub(super) fn of_pod(
    pod: &PodInRound<'_, Pod>,
    problems: Vec<PodProblem>,
    round: &Round<'_>,
) -> Stall {
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
        // It ended as the one before it on its node did, of which it has neither the age nor the restarts.
        PodProblem::NotReady { last: Some(_), .. }
            if round.failed_there_before(pod.pod).is_some() =>
        {
            Stall::Failing(worst, Suspect::Pod)
        }
        // It runs again, and has hardly been started yet.
        PodProblem::NotReady { restarts: ..=2, .. } if !is_old => Stall::Starting,
        _ if sandbox::is_refused(pod.pod, &worst, round) => Stall::Failing(worst, Suspect::Pod),
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

/// How a container ends that is ready, and time after time ends before `minReadySeconds` are over.
pub(super) fn ends_too_soon(pod: &Pod, round: &Round<'_>) -> Option<PodProblem> {
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
