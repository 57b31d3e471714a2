//! What would help where pods are up, and start again and again.

use super::command::{namespace, word};
use super::pointed_at::port_of_node;
use super::stuck::Stuck;
use super::{ContainerRepair, Fix, Repair, known, untried};
use crate::cause::changes::Changes;
use crate::cause::ran_before::ran_before;
use crate::finding::{Finding, RestartingWhileUp};
use crate::health::{LastEnd, PodProblem};
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::signs::heard::heard;
use crate::stall::Said;

/// Pods that are up, and start again and again.
struct Restarting<'f> {
    pods: &'f [String],
    container: &'f str,
    restarts: i32,
    /// How it ended last, where that is told.
    last: &'f LastEnd,
}

impl<'f> Restarting<'f> {
    fn of(finding: &'f Finding) -> Option<Self> {
        match finding {
            Finding::RestartingWhileUp(RestartingWhileUp {
                pods,
                container,
                restarts,
                last: Some(last),
                ..
            }) => Some(Self {
                pods,
                container,
                restarts: *restarts,
                last,
            }),
            _ => None,
        }
    }
}

/// What the words are known to mean with which the container ended last, more memory where it was killed at its limit, or
/// else its log.
pub(super) fn of_restarting(finding: &Finding, round: &Round<'_>) -> Option<Fix> {
    let Restarting {
        pods,
        container,
        restarts,
        last,
    } = Restarting::of(finding)?;
    if last.reason == "OOMKilled" {
        return untried::more_memory(container, round);
    }
    let all = round.view.nodes.iter();
    let mut all = all.flat_map(|node| node.staying().map(move |pod| (node, pod)));
    let (node, pod) = all.find(|(_, pod)| {
        let said = round.said_by(pod.pod).map_or(&[][..], |it| &it.containers);
        let mut said = said.iter().filter(|it| &*it.name == container);
        said.any(|it| it.restarts == restarts) && pods.iter().any(|name| name == pod.fact.name)
    })?;
    let problem = of_end(container, last, restarts);
    let is_new = staying_of(node, PodRevision::New).any(|it| it.fact.name == pod.fact.name);
    let said = Said::new(node, pod.pod, problem, is_new);
    let of_port = port_of_node(round, &said, |_| {
        let nodes = round.view.nodes.iter();
        let is_meant = |node: &&NodeSeen<'_>| {
            node.staying()
                .any(|it| pods.iter().any(|pod| pod == it.fact.name))
        };
        nodes
            .filter(is_meant)
            .map(|node| node.name.to_owned())
            .collect()
    });
    if of_port.is_some() {
        return of_port;
    }
    if let Some(meaning) = heard(round, &said) {
        let nodes = [node.name.to_owned()];
        return Some(known::fix(&meaning, &said, &nodes, round));
    }
    Some(logs(&said, round))
}

/// Back, where every pod of the newest revision starts again and again, and has all along as far as its restarts tell; not
/// where nothing of the container was changed. One pod is enough where the rollout `goes_on` and takes available ones meanwhile.
pub(super) fn back_from_restarts(
    finding: &Finding,
    goes_on: bool,
    stuck: &Stuck<'_, '_>,
) -> Option<Fix> {
    let Restarting {
        pods,
        container,
        restarts,
        last,
    } = Restarting::of(finding)?;
    // A leak takes hours, of whatever revision.
    if last.reason == "OOMKilled" {
        return None;
    }
    let round = stuck.round;
    let updated = round.available_updated();
    if updated < 2 && !goes_on || pods.len() < updated {
        return None;
    }
    let all = round.view.nodes.iter();
    let all = all.flat_map(|node| staying_of(node, PodRevision::New).map(move |pod| (node, pod)));
    let said: Vec<Said<'_, '_>> = all
        .map(|(node, pod)| {
            let problem = of_end(container, last, restarts);
            Said::new(node, pod.pod, problem, true)
        })
        .collect();
    let path = format!("ontainers[{container}]");
    let is_changed = !Changes::of(round)?
        .told_where(|it| it.contains(&path))
        .is_empty();
    if !is_changed || ran_before(round, &said).is_some() {
        return None;
    }
    stuck.roll_back_anyway()
}

fn of_end(container: &str, last: &LastEnd, restarts: i32) -> PodProblem {
    PodProblem::Terminated {
        container: container.to_owned(),
        init: false,
        end: last.clone(),
        restarts,
    }
}

fn logs(said: &Said<'_, '_>, round: &Round<'_>) -> Fix {
    let container = said.problem.container().unwrap_or_default();
    let command = format!(
        "kubectl logs {} -n {} -c {} --previous",
        word(&said.pod.metadata.name),
        namespace(round.daemon_set()),
        word(container)
    );
    Fix::outside(Repair::Container(ContainerRepair::Daemon), vec![command])
}
