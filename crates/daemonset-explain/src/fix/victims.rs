//! Pods that make way for those of the DaemonSet, and do not go.

use daemonset::api::Pod;
use serde_json::json;

use super::command::{namespace_of, word};
use super::finalizers::removed_by;
use super::look::at_kubelets;
use super::{Caution, Fix, Repair};
use crate::health::{NodeProblem, PodProblem, events};
use crate::round::Round;
use crate::stall::{STUCK_SECONDS, Stalls};

/// How many of them are told.
const MOST_TOLD: usize = 2;

/// What lets pods go that the scheduler preempted for those of the DaemonSet, and that are still there after their grace
/// period.
pub(super) fn of_victims(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Vec<Fix> {
    let now = round.view.now;
    let nodes = stalls.unscheduled.iter();
    let mut nodes: Vec<&str> = nodes
        .filter_map(|said| match &said.problem {
            PodProblem::Unschedulable { nominated, .. } => Some(nominated.as_str()),
            _ => None,
        })
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    let is_alive = |name: &&str| {
        let seen = round.view.node(name);
        seen.is_some_and(|seen| !round.node_problems(seen).iter().any(NodeProblem::is_dead))
    };
    let own = &round.daemon_set().metadata.uid;
    let staying = nodes.into_iter().filter(is_alive).flat_map(|node| {
        let there = round.cluster.pods().iter();
        there.filter(move |pod| {
            let until = pod.metadata.deletion_timestamp;
            pod.spec.node_name == node
                && until.is_some_and(|until| now.seconds_since(until) > STUCK_SECONDS)
                && pod.metadata.controller().is_none_or(|it| it.uid != *own)
        })
    });
    staying
        .take(MOST_TOLD)
        .flat_map(|pod| of_victim(pod, round))
        .collect()
}

fn of_victim(pod: &Pod, round: &Round<'_>) -> Vec<Fix> {
    let metadata = &pod.metadata;
    let Some(until) = metadata.deletion_timestamp else {
        return Vec::new();
    };
    let (name, namespace) = (word(&metadata.name), namespace_of(&metadata.namespace));
    let finalizers = metadata.finalizers.to_vec();
    let is_held = !finalizers.is_empty();
    let terminating = PodProblem::Terminating {
        until,
        finalizers: finalizers.clone(),
    };
    let repair = Repair::Victim {
        pod: format!("{}/{}", metadata.namespace, metadata.name),
        node: pod.spec.node_name.clone(),
        over: round.view.now.seconds_since(until),
        said: events::told(&terminating, round.events_of(pod)).filter(|_| !is_held),
        finalizers: finalizers.clone(),
    };
    let describe = format!("kubectl describe pod {name} -n {namespace}");
    let mut commands = vec![describe];
    if !is_held {
        commands.extend(at_kubelets(
            std::slice::from_ref(&pod.spec.node_name),
            round,
        ));
        return vec![Fix::outside(repair, commands)];
    }
    commands.extend(removed_by(finalizers.clone(), round).commands);
    let without = json!({"metadata": {"finalizers": null}}).to_string();
    let patch = format!(
        "kubectl patch pod {name} -n {namespace} --type=merge -p {}",
        word(&without)
    );
    let repaired = Repair::VictimFinalizers {
        pod: format!("{}/{}", metadata.namespace, metadata.name),
        finalizers,
    };
    let mut by_hand = Fix::outside(repaired, vec![patch]);
    by_hand.cautions.push(Caution::SkipsFinalizer);
    vec![Fix::outside(repair, commands), by_hand]
}
