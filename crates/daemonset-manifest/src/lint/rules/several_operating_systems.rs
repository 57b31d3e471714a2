//! The DaemonSet runs on nodes of several operating systems. Needs nodes.

use std::collections::BTreeMap;

use daemonset::view::NodeView;

use crate::lint::template::{in_some_terms, pod_spec_path};
use crate::words::{bare, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("several-operating-systems"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/windows/user-guide/",
    what: "The DaemonSet runs on nodes of several operating systems. Needs nodes.",
    why: "Few images are built for more than one operating system; where they are not, the pods fail to start.",
    example: r"spec:
  template:
    spec: {}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {kubernetes.io/os: linux}}
---
apiVersion: v1
kind: Node
metadata: {name: node-b, labels: {kubernetes.io/os: windows}}
",
    instead: "Select one operating system: `nodeSelector: {kubernetes.io/os: linux}`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let key = "kubernetes.io/os";
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for node in &look.run {
        if let Some(system) = node.label(key) {
            first.entry(system).or_insert(node.name);
        }
    }
    if first.len() > 1 {
        let shown = first
            .iter()
            .map(|(system, node)| format!("{} ({})", bare(system), bare(node)));
        let mut kept_off = first
            .keys()
            .filter_map(|system| in_some_terms(look.set, key, system));
        let advice = kept_off
            .next()
            .unwrap_or_else(|| format!("select one by {key}"));
        let message = format!(
            "the DaemonSet runs on nodes of several operating systems, {}; few images do: {advice}",
            some(shown, first.len())
        );
        found.add(pod_spec_path(""), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "{}\n---\n{kind: Node, metadata: {name: node-win, labels: {kubernetes.io/os: windows}}}",
        "spec.template.spec",
        "the DaemonSet runs on nodes of several operating systems, linux (node-a) and windows (node-win); few images do: select one by kubernetes.io/os",
    ),
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [b]}]}, {matchExpressions: [{key: kubernetes.io/os, operator: In, values: [linux]}]}]}}}\n---\n{kind: Node, metadata: {name: node-win, labels: {kubernetes.io/os: windows, pool: b}}}",
        "spec.template.spec",
        "the DaemonSet runs on nodes of several operating systems, linux (node-a) and windows (node-win); few images do: kubernetes.io/os In linux stands in nodeSelectorTerms[1] alone, and one term that fits is enough: put it into every term",
    ),
    miss_with_nodes(
        "nodeSelector: {kubernetes.io/os: linux}\n---\n{kind: Node, metadata: {name: node-win, labels: {kubernetes.io/os: windows}}}",
    ),
    // A taint keeps the DaemonSet off.
    miss_with_nodes(
        "{}\n---\n{kind: Node, metadata: {name: node-win, labels: {kubernetes.io/os: windows}}, spec: {taints: [{key: os, value: windows, effect: NoSchedule}]}}",
    ),
];
