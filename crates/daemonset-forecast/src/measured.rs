//! Times taken from what a dump tells.

use std::collections::BTreeMap;

use daemonset::api::{ConditionStatus, ConditionType, Pod};
use serde::Serialize;

use crate::spread::Spread;

/// How many pods have to tell before their times count for more than a guess.
const ENOUGH: usize = 5;

/// The longest that counts as a start, in seconds: what is later was a restart or a repair.
const LONGEST: i64 = 3600;

/// How long pods took to start.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Measured {
    /// Any of their times.
    pub start: Spread,
    /// How many pods told.
    pub pods: usize,
    /// The time on each node, in seconds, by the node's name.
    pub of_node: BTreeMap<String, f64>,
}

/// How long these pods took from their creation until they were ready, where at least five of them
/// say so.
///
/// A pod that got ready again later than an hour after its creation does not say how long it took to
/// start; one that restarted sooner makes it look longer than it was. Leave out those that are known
/// to have restarted.
///
/// ```
/// use daemonset::api::Pod;
/// use daemonset_forecast::measured_start;
///
/// let pod: Pod = serde_json::from_value(serde_json::json!({
///     "metadata": {"creationTimestamp": "2026-03-01T12:00:00Z"},
///     "spec": {"nodeName": "node-a"},
///     "status": {"conditions": [
///         {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T12:00:20Z"},
///     ]},
/// }))?;
/// assert!(measured_start([&pod; 4]).is_none());
/// let measured = measured_start([&pod; 5]).unwrap();
/// assert_eq!(measured.start.mean(), 20.0);
/// assert_eq!(measured.of_node["node-a"], 20.0);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn measured_start<'p>(pods: impl IntoIterator<Item = &'p Pod>) -> Option<Measured> {
    let seconds = |pod: &Pod| {
        let created = pod.metadata.creation_timestamp?;
        let ready = pod.condition(&ConditionType::Ready)?;
        let since = ready.last_transition_time?;
        let seconds = since.seconds_since(created);
        let tells = ready.status == ConditionStatus::True && (0..=LONGEST).contains(&seconds);
        #[allow(clippy::cast_precision_loss)] // an hour at most
        tells.then_some((pod.spec.node_name.clone(), seconds as f64))
    };
    let all: Vec<(String, f64)> = pods.into_iter().filter_map(seconds).collect();
    (all.len() >= ENOUGH).then(|| {
        let start = Spread::measured(all.iter().map(|(_, seconds)| *seconds));
        let pods = all.len();
        let mut of_node: BTreeMap<String, f64> = BTreeMap::new();
        for (node, seconds) in all {
            // Of two pods on a node the longer time: which comes first is no matter.
            let time = of_node.entry(node).or_insert(seconds);
            *time = time.max(seconds);
        }
        Measured {
            start,
            pods,
            of_node,
        }
    })
}
