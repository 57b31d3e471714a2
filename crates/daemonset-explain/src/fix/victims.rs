//! Pods that make way for those of the DaemonSet, and do not go.

use daemonset::api::Pod;
use serde_json::json;

use super::command::{describe_pod, namespace_of, word};
use super::finalizers::removed_by;
use super::look::at_kubelets;
use super::{Caution, Fix, Repair, RolloutRepair};
use crate::health::{NodeProblem, PodProblem};
use crate::round::Round;
use crate::stall::{STUCK_SECONDS, Stalls, unended};

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
    let is_alive = |name: &str| {
        let seen = round.view.node(name);
        seen.is_some_and(|seen| !round.node_problems(seen).iter().any(NodeProblem::is_dead))
    };
    nodes.retain(|name| is_alive(name));
    let own = &round.daemon_set().metadata.uid;
    let is_staying = |pod: &&&Pod| {
        let until = pod.metadata.deletion_timestamp;
        until.is_some_and(|until| now.seconds_since(until) > STUCK_SECONDS)
            && nodes.binary_search(&pod.spec.node_name.as_str()).is_ok()
            && pod.metadata.controller().is_none_or(|it| it.uid != *own)
    };
    if nodes.is_empty() {
        return Vec::new();
    }
    let mut staying: Vec<&Pod> = round
        .cluster
        .pods()
        .iter()
        .filter(is_staying)
        .copied()
        .collect();
    staying.sort_by_key(|pod| &pod.spec.node_name);
    staying
        .into_iter()
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
    let full_name = format!("{}/{}", metadata.namespace, metadata.name);
    let repair = Repair::Rollout(RolloutRepair::Victim {
        pod: full_name.clone(),
        node: pod.spec.node_name.clone(),
        over: round.view.now.seconds_since(until),
        said: unended(round, pod).filter(|_| !is_held),
        finalizers: finalizers.clone(),
    });
    let mut commands = vec![describe_pod(pod)];
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
    let repaired = Repair::Rollout(RolloutRepair::VictimFinalizers {
        pod: full_name,
        finalizers,
    });
    let mut by_hand = Fix::outside(repaired, vec![patch]);
    by_hand.cautions.push(Caution::SkipsFinalizer);
    vec![Fix::outside(repair, commands), by_hand]
}
