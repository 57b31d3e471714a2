//! Whether a pod gets no sandbox, again and again.

use daemonset::api::{ConditionStatus, ConditionType, Pod};

use super::MANY_RESTARTS;
use super::is_young;
use crate::health::PodProblem;
use crate::health::events::{self, NotSetUp};
use crate::round::Round;
use crate::template::brings_pod_network;

/// So many attempts in vain are no passing ones where it is known that what brings the network fails itself.
const SEVERAL: i32 = 3;

/// So many, over so many seconds, are none whatever it is: kubelets try again every ten to fifteen seconds, and a plugin
/// that waits for its agent gives up after half a minute or more.
const MANY: i32 = 4;
const LONG: i64 = 180;

/// What brings the pod network was ready for less than so many seconds: the next attempt may go well.
const NEXT_ATTEMPT: i64 = 60;

/// How what brings the pod network to a node does there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    /// It is well, or nothing of it was given.
    Unknown,
    /// It starts.
    Coming,
    /// It fails.
    Down,
}

/// Whether attempts to set up a pod's sandbox go on failing, so that it does not only start.
pub(super) fn is_refused(pod: &Pod, problem: &PodProblem, round: &Round<'_>) -> bool {
    let events = round.events_of(pod);
    if events::not_set_up(problem, events) != Some(NotSetUp::Sandbox) {
        return false;
    }
    // What came before is of another sandbox, as before its node was rebooted.
    let since = pod
        .condition(&ConditionType::Ready)
        .and_then(|ready| ready.last_transition_time)
        .max(pod.metadata.creation_timestamp);
    // Of a node that has no network yet, its own condition tells, unless what brings it fails.
    let (reasons, number, seconds) = match network_on(&pod.spec.node_name, round) {
        Network::Coming => return false,
        Network::Down => (
            &["FailedCreatePodSandBox", "NetworkNotReady"][..],
            SEVERAL,
            0,
        ),
        Network::Unknown => (&["FailedCreatePodSandBox"][..], MANY, LONG),
    };
    let attempts = events::in_vain(events, since, reasons);
    attempts.is_some_and(|it| it.number >= number && it.seconds >= seconds)
}

/// How the pods on a node do of other DaemonSets that seem to bring the pod network.
fn network_on(node: &str, round: &Round<'_>) -> Network {
    let own = &round.daemon_set().metadata.uid;
    let others = round.sets.iter().filter(|set| {
        !set.metadata.uid.is_empty() && set.metadata.uid != *own && brings_pod_network(set)
    });
    let pods = others.flat_map(|set| {
        let metadata = &set.metadata;
        round
            .cluster
            .pods_controlled_by(&metadata.namespace, Some(&metadata.uid))
    });
    let there =
        pods.filter(|pod| pod.spec.node_name == node && pod.metadata.deletion_timestamp.is_none());
    let all = there.map(|pod| does(pod, round));
    all.max().unwrap_or(Network::Unknown)
}

/// How a pod does that brings the network.
fn does(pod: &Pod, round: &Round<'_>) -> Network {
    let now = round.view.now;
    let problems = round.problems_of(pod);
    let fails = |problem: &PodProblem| problem.is_fault() || problem.restarts() >= MANY_RESTARTS;
    if problems.iter().any(fails) {
        return Network::Down;
    }
    let ready = pod.condition(&ConditionType::Ready);
    let since = ready
        .filter(|ready| ready.status == ConditionStatus::True)
        .map(|ready| ready.last_transition_time);
    let is_coming = match since {
        Some(since) => since.is_some_and(|since| now.seconds_since(since) < NEXT_ATTEMPT),
        None => is_young(pod, now),
    };
    if is_coming {
        Network::Coming
    } else if since.is_none() {
        Network::Down
    } else {
        Network::Unknown
    }
}
