//! Pods of the set that keep each other away.

use serde::Deserialize;
use serde_json::Value;

use super::template::{at, list_in, pod_spec};
use super::{Cluster, Findings, POD_SPEC, Rule};
use crate::api::{DaemonSet, LabelSelector};
use crate::hash::HashSet;
use crate::rollout::Strategy;
use crate::selector::Selector;

const HOSTNAME: &str = "kubernetes.io/hostname";

pub(super) fn check(set: &DaemonSet, cluster: Option<&Cluster<'_>>, found: &mut Findings) {
    let anti_affinity = at(
        pod_spec(&set.spec.template),
        &["affinity", "podAntiAffinity"],
    )
    .and_then(Value::as_object);
    let field = "requiredDuringSchedulingIgnoredDuringExecution";
    for (i, term) in list_in(anti_affinity, field).iter().enumerate() {
        if !matches_own_pods(set, term) {
            continue;
        }
        let path = format!("{POD_SPEC}.affinity.podAntiAffinity.{field}[{i}]");
        let topology = term.get("topologyKey").and_then(Value::as_str);
        match topology {
            // One pod a node is what a DaemonSet makes anyway, but for the time of a surge.
            Some(HOSTNAME) if Strategy::new(&set.spec).surges() => found.add(
                Rule::AntiAffinityAgainstItself,
                path,
                "the old pod keeps the new one beside it from starting, so with maxSurge the \
                 update never moves",
            ),
            Some(HOSTNAME) | None => {}
            Some(key) => {
                if let Some(where_) = crowded(key, cluster) {
                    let message = format!(
                        "keeps the set's pods apart by {key}: {where_} only one of them starts, \
                         and the controller waits for the others"
                    );
                    found.add(Rule::AntiAffinityAgainstItself, path, message);
                }
            }
        }
    }
}

/// Whether a term of pod anti-affinity is about the set's own pods.
fn matches_own_pods(set: &DaemonSet, term: &Value) -> bool {
    let own = set.metadata.namespace.as_str();
    let namespaces = list_in(term.as_object(), "namespaces");
    let in_own = namespaces.is_empty() || namespaces.iter().any(|namespace| namespace == own);
    let other = term
        .get("namespaceSelector")
        .is_some_and(|it| !it.is_null());
    let selector = term.get("labelSelector").filter(|it| !it.is_null());
    let selector = selector.and_then(|it| LabelSelector::deserialize(it).ok());
    let selector = Selector::new(selector.as_ref());
    in_own && !other && selector.is_ok_and(|it| it.matches(set.spec.template.labels()))
}

/// Where several nodes of the set share a value of the label, in words; somewhere, as far as
/// anybody knows, where there are no nodes to look at.
fn crowded(key: &str, cluster: Option<&Cluster<'_>>) -> Option<String> {
    let Some(cluster) = cluster else {
        return Some("for each value of it".to_owned());
    };
    let mut seen = HashSet::default();
    let values = (cluster.run.iter()).filter_map(|node| node.metadata.labels.get(key));
    let mut shared: Vec<_> = values.filter(|value| !seen.insert(*value)).collect();
    shared.sort_unstable();
    shared.first().map(|value| format!("where it is {value:?}"))
}
