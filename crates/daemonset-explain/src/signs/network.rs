//! Whether it is a pod's network that is not set up.

use crate::evidence::Event;
use crate::health::PodProblem;
use crate::round::Round;
use crate::stall::Said;

/// Whether events say that it is the pod's network that is not set up, which no volume explains.
pub(crate) fn is_of_network(round: &Round<'_>, said: &Said<'_, '_>) -> bool {
    let Some(evidence) = round.evidence else {
        return false;
    };
    let metadata = &said.pod.metadata;
    let events = evidence.events("Pod", &metadata.namespace, &metadata.name);
    // A handler that the runtime does not have is of no network.
    let of_handler = |event: &Event| event.message.contains("no runtime for ");
    let is = |reason: &str| {
        let mut events = events.iter().filter(|event| !of_handler(event));
        events.any(|event| &*event.reason == reason)
    };
    matches!(said.problem, PodProblem::NotSetUp { .. })
        && (is("FailedCreatePodSandBox") || is("NetworkNotReady"))
        && !is("FailedMount")
        && !is("FailedAttachVolume")
}
