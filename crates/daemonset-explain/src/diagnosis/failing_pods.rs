//! The pods that say themselves that something is wrong, whatever else was given.

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
        let problem = problems.find(|problem| match problem {
            PodProblem::NotSetUp { .. } => events::warnings(problem, events) >= MANY,
            PodProblem::NotScheduled { .. } => !is_young(pod.pod, round.view.now),
            other => other.is_fault(),
        })?;
        let is_new = pod.fact.version.is_updated();
        Some(Said::new(node, pod.pod, problem, is_new))
    })
}
