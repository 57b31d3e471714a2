//! The pods that say themselves that something is wrong, whatever else was given.

use daemonset::api::Pod;

use crate::health::{PodProblem, events};
use crate::round::{NodeSeen, Round};
use crate::stall::{Said, is_young};

/// How many warnings it takes to say that a pod is not set up for what they say.
const MANY: i32 = 3;

/// The pods that say themselves that something is wrong.
pub(crate) fn failing_pods<'r, 'a>(round: &'r Round<'a>) -> Vec<Said<'r, 'a>> {
    let nodes = round.view.nodes.iter();
    nodes.flat_map(|node| failing_on(round, node)).collect()
}

/// Those of them on a node.
pub(crate) fn failing_on<'r, 'a>(
    round: &'r Round<'a>,
    node: &'r NodeSeen<'a>,
) -> impl Iterator<Item = Said<'r, 'a>> {
    node.staying().filter_map(move |pod| {
        let mut problems = round.problems_of(pod.pod).into_iter();
        let events = round.events_of(pod.pod);
        let is_young = is_young(pod.pod, round.view.now);
        let problem = problems.find(|problem| match problem {
            PodProblem::NotSetUp { .. } => !is_young || events::warnings(problem, events) >= MANY,
            PodProblem::Unreported => !is_young && says_conditions(pod.pod),
            PodProblem::NotCreated { .. } | PodProblem::NotScheduled { .. } => !is_young,
            other => other.is_fault(),
        })?;
        let is_new = pod.fact.version.is_updated();
        Some(Said::new(node, pod.pod, problem, is_new))
    })
}

/// The pods that have not been up yet, and may only be starting.
pub(crate) fn not_yet_up<'r, 'a>(round: &'r Round<'a>) -> Vec<Said<'r, 'a>> {
    let nodes = round.view.nodes.iter();
    let nodes = nodes.filter(|node| failing_on(round, node).next().is_none());
    let starting = nodes.flat_map(|node| {
        node.staying().filter_map(move |pod| {
            let problems = round.problems_of(pod.pod).into_iter();
            let mut problems = problems.filter(|it| {
                it.was_never_available() && !it.is_of_scheduling()
                    || matches!(it, PodProblem::Unreported) && says_conditions(pod.pod)
            });
            let is_new = pod.fact.version.is_updated();
            Some(Said::new(node, pod.pod, problems.next()?, is_new))
        })
    });
    starting.collect()
}

/// Whether conditions of a pod were given: by its phase alone nothing tells what its kubelet said.
fn says_conditions(pod: &Pod) -> bool {
    !pod.status.conditions.is_empty()
}
