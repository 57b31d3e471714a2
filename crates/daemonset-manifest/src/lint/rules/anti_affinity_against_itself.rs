//! Required anti-affinity of the pods against each other keeps some of them from starting.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, LabelSelector};
use daemonset::matching::Selector;
use daemonset::view::NodeView;
use serde::Deserialize;
use serde_json::Value;

use crate::lint::surroundings::namespace;
use crate::lint::template::pod_spec_path;
use crate::lint::template::{at, list_in, pod_spec};
use crate::words::{bare, in_quotes};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("anti-affinity-against-itself"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity",
    what: "Required anti-affinity of the pods against each other keeps some of them from starting.",
    why: "The controller creates a pod for every node that fits. Those that anti-affinity forbids stay Pending, count as unavailable, and use up the budget of every rollout. By host name that is true while the old pod and the new one stand side by side: with `maxSurge`.",
    example: r"spec:
  template:
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: topology.kubernetes.io/zone
            labelSelector: {matchLabels: {app: agent}}
",
    instead: "Leave it out: a DaemonSet runs one pod a node as it is. For one pod a zone, use a Deployment.",
};

const HOSTNAME: &str = "kubernetes.io/hostname";

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let anti_affinity = at(
        pod_spec(&look.set.spec.template),
        &["affinity", "podAntiAffinity"],
    );
    let field = "requiredDuringSchedulingIgnoredDuringExecution";
    let terms = list_in(anti_affinity.and_then(Value::as_object), field);
    for (i, term) in terms.iter().enumerate() {
        if !matches_own_pods(look.set, term) {
            continue;
        }
        let path = || {
            pod_spec_path("affinity.podAntiAffinity")
                .field(field)
                .index(i)
        };
        match term.get("topologyKey").and_then(Value::as_str) {
            // One pod a node is what a DaemonSet creates anyway, but for the time of a surge.
            Some(HOSTNAME) if look.strategy.surges() => found.add(
                path(),
                "the old pod keeps the new one beside it from starting, so with maxSurge no node \
                 is ever updated",
            ),
            Some(HOSTNAME) | None => {}
            Some(key) => {
                if let Some(place) = crowded(key, look) {
                    let message = format!(
                        "keeps the DaemonSet's pods apart by {}: {place} only one of them starts, \
                         and the others stay Pending",
                        bare(key)
                    );
                    found.add(path(), message);
                }
            }
        }
    }
}

/// Whether a term of pod anti-affinity is about the DaemonSet's own pods.
fn matches_own_pods(set: &DaemonSet, term: &Value) -> bool {
    let own = namespace(set);
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

/// Where several nodes of the DaemonSet share a value of the label, in words; somewhere, as far as
/// that can be known, where there are no nodes to look at.
fn crowded(key: &str, look: &Look<'_>) -> Option<String> {
    if !look.around.has_nodes() {
        return Some("for each value of it".to_owned());
    }
    let mut seen = BTreeSet::new();
    let values = look.run.iter().filter_map(|node| node.label(key));
    let shared = values.filter(|value| !seen.insert(*value)).min();
    shared.map(|value| format!("where it is {}", in_quotes(value)))
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}, template: {spec: {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: agent}}}]}}}}}",
        "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
        "the old pod keeps the new one beside it from starting, so with maxSurge no node is ever updated",
    ),
    // One pod a node is no more than a DaemonSet wants.
    miss(
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: agent}}}]}}",
    ),
    hit(
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: agent}}}]}}",
        "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
        "keeps the DaemonSet's pods apart by topology.kubernetes.io/zone: for each value of it only one of them starts, and the others stay Pending",
    ),
    // The untainted nodes are in zones of their own.
    miss_with_nodes(
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: agent}}}]}}",
    ),
    hit_with_nodes(
        "{tolerations: [{operator: Exists}], affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: agent}}}]}}}",
        "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]",
        "keeps the DaemonSet's pods apart by topology.kubernetes.io/zone: where it is \"b\" only one of them starts, and the others stay Pending",
    ),
    miss(
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: other}}}]}}",
    ),
    miss(
        "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: agent}}, namespaces: [other]}]}}",
    ),
];
