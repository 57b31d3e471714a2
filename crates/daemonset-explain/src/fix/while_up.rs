//! What would help where pods are up, and start again and again.

use super::command::{namespace, word};
use super::{Fix, Repair, known, untried};
use crate::finding::Finding;
use crate::health::PodProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::signs::heard::heard;
use crate::stall::Said;

/// What the words are known to mean with which the container ended last, more memory where it was killed at its limit, or
/// else its log.
pub(super) fn of_restarting(finding: &Finding, round: &Round<'_>) -> Option<Fix> {
    let Finding::RestartingWhileUp {
        pods,
        container,
        restarts,
        last: Some(last),
        ..
    } = finding
    else {
        return None;
    };
    if last.reason == "OOMKilled" {
        return untried::more_memory(container, round.daemon_set());
    }
    let all = round.view.nodes.iter();
    let mut all = all.flat_map(|node| node.staying().map(move |pod| (node, pod)));
    let (node, pod) = all.find(|(_, pod)| {
        let said = round.said_by(pod.pod).map_or(&[][..], |it| &it.containers);
        let mut said = said.iter().filter(|it| &*it.name == container.as_str());
        said.any(|it| it.restarts == *restarts) && pods.iter().any(|name| name == pod.fact.name)
    })?;
    let problem = PodProblem::Terminated {
        container: container.clone(),
        init: false,
        end: last.clone(),
        restarts: *restarts,
    };
    let is_new = staying_of(node, PodRevision::New).any(|it| it.fact.name == pod.fact.name);
    let said = Said::new(node, pod.pod, problem, is_new);
    if let Some(meaning) = heard(round, &said) {
        let nodes = [node.name.to_owned()];
        return Some(known::fix(&meaning, &said, &nodes, round));
    }
    Some(logs(&said, round))
}

fn logs(said: &Said<'_, '_>, round: &Round<'_>) -> Fix {
    let container = said.problem.container().unwrap_or_default();
    let command = format!(
        "kubectl logs {} -n {} -c {} --previous",
        word(&said.pod.metadata.name),
        namespace(round.daemon_set()),
        word(container)
    );
    Fix::outside(Repair::Daemon, vec![command])
}
