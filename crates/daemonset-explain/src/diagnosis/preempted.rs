//! Pods that made way for pods of a higher priority.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{ConditionStatus, ConditionType, Pod, PodCondition, Timestamp};

use crate::evidence::{Event, Evidence, is_generated};
use crate::finding::Finding;
use crate::round::Round;

/// How long ago it is news, in seconds.
const RECENT: i64 = 3600;

/// The condition of a pod that has to go.
const TARGET: &str = "DisruptionTarget";

/// That pods of the set were preempted, as their conditions, their phase and events of the last hour
/// tell.
///
/// Sources: [Pod Priority and Preemption](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/),
/// [Pod disruption conditions](https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions).
pub(crate) fn preempted(round: &Round<'_>) -> Option<Finding> {
    let mut times: BTreeMap<&str, Option<Timestamp>> = BTreeMap::new();
    let mut nodes: BTreeSet<String> = BTreeSet::new();
    for node in &round.view.nodes {
        for pod in &node.pods {
            let disruption = disruption(pod.pod);
            if disruption.is_some() || pod.pod.status.reason == "Preempting" {
                let at = disruption.and_then(|it| it.last_transition_time);
                times.insert(&pod.pod.metadata.name, at);
                nodes.insert(node.name.to_owned());
            }
        }
    }
    let events = round.evidence.into_iter().flat_map(Evidence::all_events);
    for event in events.filter(|event| is_of_preemption(round, event)) {
        let at = times.entry(&*event.regarding.name).or_default();
        *at = (*at).max(event.last);
        nodes.extend(node_of(&event.message).map(str::to_owned));
    }
    let last = times.values().copied().max().flatten();
    (!times.is_empty()).then(|| Finding::Preempted {
        nodes: nodes.into_iter().collect(),
        times: times.len(),
        last,
    })
}

/// That a pod was preempted, by the scheduler or by its kubelet, as its condition says.
fn disruption(pod: &Pod) -> Option<&PodCondition> {
    let is_target =
        |it: &&PodCondition| matches!(&it.type_, ConditionType::Other(type_) if **type_ == *TARGET);
    let disrupted = pod.status.conditions.iter().find(is_target)?;
    let is_so = disrupted.status == ConditionStatus::True;
    (is_so && disrupted.reason.starts_with("PreemptionBy")).then_some(disrupted)
}

/// Whether an event tells that a pod of the set was preempted.
fn is_of_preemption(round: &Round<'_>, event: &Event) -> bool {
    let set = &round.daemon_set().metadata;
    let regarding = &event.regarding;
    let is_recent = || {
        event
            .last
            .is_none_or(|last| round.view.now.seconds_since(last) <= RECENT)
    };
    &*event.reason == "Preempted"
        && &*regarding.kind == "Pod"
        && *regarding.namespace == *set.namespace
        && is_generated(&regarding.name, &set.name)
        && is_recent()
}

/// The node of `Preempted by pod 3d0b… on node a`.
fn node_of(message: &str) -> Option<&str> {
    let (_, rest) = message.rsplit_once("on node ")?;
    let node = rest.split_whitespace().next()?.trim_end_matches('.');
    (!node.is_empty()).then_some(node)
}
