//! What the words of a failing pod are known to mean, where they stand.

use serde_json::Value;

use super::mounted;
use super::quoted::{beginning, plain};
use crate::health::{PodProblem, events};
use crate::known::{self, Meaning, Owner, Place, Words};
use crate::round::Round;
use crate::stall::Said;

/// The reasons of a container that is not made or not started, the words for that it took too long, and both as one.
const OF_A_START: [&str; 2] = ["CreateContainerError", "RunContainerError"];
const TOO_LATE: &str = "context deadline exceeded";
const SLOW: &str = "CreateContainer: context deadline exceeded";

/// What the pod's words mean; not that the node's disk is full where that is a volume with a size of its
/// own.
pub(crate) fn heard(round: &Round<'_>, said: &Said<'_, '_>) -> Option<Meaning> {
    let events_of_pod = round.events_of(said.pod);
    let (status, place) = match &said.problem {
        PodProblem::Unschedulable { message, .. } => (message.as_str(), Place::Scheduler),
        // The runtime has not made it in time.
        PodProblem::Waiting {
            reason, message, ..
        } if OF_A_START.contains(&reason.as_str()) && message == TOO_LATE => (SLOW, Place::Kubelet),
        PodProblem::Waiting {
            reason, message, ..
        } if reason != "CrashLoopBackOff" => (message.as_str(), Place::Kubelet),
        PodProblem::Phase { message, .. } => (message.as_str(), Place::Kubelet),
        _ => ("", Place::Kubelet),
    };
    let place = match place {
        Place::Kubelet if said.problem.is_of_a_pull() => Place::Pull,
        place => place,
    };
    let end = said.problem.last_end();
    // What never was started has said nothing itself.
    let is_of_start =
        end.is_some_and(|end| matches!(&*end.reason, "StartError" | "ContainerCannotRun"));
    let of_end = if is_of_start {
        Place::Kubelet
    } else {
        Place::Program
    };
    // Words tell more than a code.
    let is_silent = end.is_some_and(|end| end.message.trim().is_empty());
    let code = end.filter(|end| is_silent && !is_of_start && end.reason != "OOMKilled");
    let event = events::words(&said.problem, events_of_pod);
    let (status, event) = (plain(beginning(status)), plain(beginning(event)));
    let ended = plain(end.map_or("", |end| beginning(&end.message)));
    let words = Words::default()
        .with(place, &status)
        .with(place, &event)
        .with(of_end, &ended)
        .with_exit_code(code.map(|end| end.exit_code));
    let meaning = known::meaning(&words)?;
    let is_sized = |volume: &&Value| {
        volume["emptyDir"]["medium"] == "Memory" || volume.get("persistentVolumeClaim").is_some()
    };
    let spec = round.daemon_set().spec.template.spec_as_json();
    let in_volume = || {
        let container = said.problem.container().unwrap_or_default();
        let words = end.map_or(&*status, |end| &end.message);
        mounted::told_by(spec, container, words)
            .iter()
            .any(is_sized)
    };
    (!known::DISKS.contains(&meaning.id()) || !in_volume()).then_some(meaning)
}

/// What the node lacks by the pod's words, whatever the template asks for, where updated pods are available
/// on so many others; where it runs nowhere and fails on several, it may be what the revision does.
pub(crate) fn lack_of_node(
    round: &Round<'_>,
    said: &Said<'_, '_>,
    failing: usize,
    available: usize,
) -> Option<Meaning> {
    let is_few = failing <= available.max(1);
    heard(round, said).filter(|meaning| is_few && meaning.owner() == Owner::Node)
}
