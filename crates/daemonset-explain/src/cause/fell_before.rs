//! What else of the namespace was no longer ready just before pods of the set were not, all at once.

use std::collections::BTreeMap;

use daemonset::api::{ConditionStatus, ConditionType, Pod, Timestamp};

use crate::health::PodProblem;
use crate::round::Round;
use crate::stall::Said;
use crate::words::{agree, duration};

/// Within so many seconds pods of several nodes fall at once.
pub(super) const AT_ONCE: i64 = 60;

/// For so many seconds before them what fell may have to do with it.
const JUST_BEFORE: i64 = 120;

/// Pods of one workload.
#[derive(Default)]
struct Workload {
    given: usize,
    ready: usize,
    /// When one of them was found not ready last, before the set's.
    fell: Option<(Timestamp, String)>,
}

/// The workloads of the set's namespace of which a pod was no longer ready just before these were not, the one that fell
/// last first; where these fell at once on several nodes.
pub(super) fn fell_before(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<String> {
    let mut moments: Vec<Timestamp> = failing.iter().filter_map(lost_since).collect();
    moments.sort_unstable();
    let (first, last) = (*moments.first()?, *moments.last()?);
    let are_most = moments.len() * 2 > failing.len() && moments.len() > 1;
    if !are_most || last.seconds_since(first) > AT_ONCE {
        return None;
    }
    let namespace = &round.daemon_set().metadata.namespace;
    let mut workloads: BTreeMap<String, Workload> = BTreeMap::new();
    for &pod in round.cluster.pods() {
        let is_meant = pod.metadata.namespace == *namespace
            && !pod.is_terminal()
            && pod.metadata.deletion_timestamp.is_none();
        let Some(name) = workload(pod).filter(|_| is_meant) else {
            continue;
        };
        let workload = workloads.entry(name).or_default();
        workload.given += 1;
        let ready = pod.condition(&ConditionType::Ready);
        workload.ready += usize::from(ready.is_some_and(|it| it.status == ConditionStatus::True));
        let fell = ready.filter(|it| it.status == ConditionStatus::False);
        let fell = fell.and_then(|it| it.last_transition_time);
        let is_before = |at: &Timestamp| (0..=JUST_BEFORE).contains(&first.seconds_since(*at));
        if let Some(at) = fell.filter(is_before) {
            workload.fell = workload
                .fell
                .take()
                .max(Some((at, pod.metadata.name.clone())));
        }
    }
    let fell = workloads.into_iter().filter_map(|(name, workload)| {
        let (at, pod) = workload.fell.clone()?;
        Some((at, name, pod, workload))
    });
    let (at, name, pod, Workload { given, ready, .. }) = fell.max_by_key(|it| it.0)?;
    let before = match first.seconds_since(at) {
        0 => "in the same second as".to_owned(),
        seconds => format!("{} before", duration(seconds)),
    };
    Some(format!(
        "in its namespace pod {pod} of {name} has not been ready since {at}, {before} the first of its own pods, and {} of the {given} \
         {} of it that {} given {} ready; whether its pods need that is not known",
        if ready == 0 {
            "none".to_owned()
        } else {
            ready.to_string()
        },
        agree(given, "pod", "pods"),
        agree(given, "was", "were"),
        if ready > 1 { "are" } else { "is" },
    ))
}

/// Since when a pod is no longer ready that was, as it says.
fn lost_since(said: &Said<'_, '_>) -> Option<Timestamp> {
    match &said.problem {
        PodProblem::NotReady { lost_since, .. } => *lost_since,
        _ => None,
    }
}

/// The workload that a pod is of; not one of nodes, nor work that ends.
fn workload(pod: &Pod) -> Option<String> {
    let owner = pod.metadata.controller()?;
    match owner.kind.as_str() {
        "DaemonSet" | "Job" | "Node" => None,
        // Of a Deployment, which adds the hash of a template.
        "ReplicaSet" => match owner.name.rsplit_once('-') {
            Some((name, hash)) if pod.metadata.labels.get("pod-template-hash") == Some(hash) => {
                Some(format!("Deployment {name}"))
            }
            _ => Some(format!("ReplicaSet {}", owner.name)),
        },
        kind => Some(format!("{kind} {}", owner.name)),
    }
}
