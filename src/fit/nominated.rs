//! Pods that the scheduler has made room for and that are not there yet.
//!
//! A pod must fit with those of its own priority and above, and without them too, since they may
//! not come after all.

use super::checks::Findings;
use super::context::Context;
use super::needs::PodNeeds;
use super::occupancy::Occupancy;

/// Everything that stands against a pod: with the nominated pods, or else without them.
pub(super) fn findings(here: &Occupancy<'_>, needs: &PodNeeds, context: &Context<'_>) -> Findings {
    match with_nominated(here, needs) {
        Some(fuller) => {
            let mut findings = fuller.findings(needs, context);
            if findings.obstacles.is_empty() {
                // What pods that are not there yet make possible does not count either.
                let without = here.findings(needs, context);
                findings.obstacles = without.obstacles;
                findings.missing.extend(without.missing);
            }
            findings
        }
        None => here.findings(needs, context),
    }
}

/// Whether nothing that is known stands against a pod, with the nominated pods and without.
pub(super) fn passes(here: &Occupancy<'_>, needs: &PodNeeds, context: &Context<'_>) -> bool {
    here.passes(needs, context)
        && with_nominated(here, needs).is_none_or(|fuller| fuller.passes(needs, context))
}

/// With the pods besides for which room was made, of the pod's own priority and above.
pub(super) fn with_nominated<'a>(here: &Occupancy<'a>, needs: &PodNeeds) -> Option<Occupancy<'a>> {
    let nominated = here.room().nominated().iter().filter(|pod| {
        pod.priority() >= needs.priority
            && (pod.name() != needs.name || pod.namespace() != needs.namespace)
    });
    nominated.fold(None, |fuller, pod| {
        let mut fuller = fuller.unwrap_or_else(|| here.clone());
        fuller.add(pod);
        Some(fuller)
    })
}
