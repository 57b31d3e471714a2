//! A pod asks for more than a node has in all. Needs nodes, and what they have to give.

use std::collections::BTreeMap;

use daemonset::fit::{Admission, Amounts, amount_text};

use crate::lint::template::pod_spec_path;
use crate::words::{bare, count};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("requests-exceed-node"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    what: "A pod asks for more than a node has in all. Needs nodes, and what they have to give.",
    why: "No eviction makes room for it: on such a node the pod stays Pending. What a LimitRange of the namespace gives to containers that ask for nothing counts as asked for.",
    example: r#"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        resources: {requests: {cpu: 50m, memory: 4Gi}}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
status: {allocatable: {cpu: "2", memory: 2Gi, pods: "110"}}
"#,
    instead: "Ask for less, or keep the DaemonSet off nodes that are too small.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let (Some(room), Some(asked)) = (look.room, look.requests()) else {
        return;
    };
    // By what is too much: the first node, and how many there are.
    let mut small: BTreeMap<String, (&str, String, usize)> = BTreeMap::new();
    for node in &look.run {
        let Some(has) = room.rooms().get(node.name).and_then(|it| it.allocatable()) else {
            continue;
        };
        let too_much: Vec<_> = asked
            .iter()
            .filter(|(resource, amount)| *amount > has.amounts.get(resource))
            .collect();
        let (asks, gives): (Vec<_>, Vec<_>) = (too_much.into_iter())
            .map(|(resource, amount)| {
                let resource_has = amount_text(resource, has.amounts.get(resource));
                let resource = bare(resource);
                (
                    format!("{} {resource}", amount_text(&resource, amount)),
                    resource_has,
                )
            })
            .unzip();
        if !asks.is_empty() {
            let first =
                small
                    .entry(asks.join(" and "))
                    .or_insert((node.name, gives.join(" and "), 0));
            first.2 += 1;
        }
    }
    let source = if is_given_by_limit_range(look, &asked) {
        ", of which the namespace's LimitRange gives what the template leaves out"
    } else {
        ""
    };
    for (asks, (node, has, nodes)) in small {
        let where_ = match nodes {
            1 => format!("more than {} has, {has}", bare(node)),
            _ => format!(
                "more than {} have, {} {has} for one",
                count(nodes, "node"),
                bare(node)
            ),
        };
        let message = format!("a pod asks for {asks}{source}, {where_}: it stays Pending there");
        found.add(pod_spec_path("containers"), message);
    }
}

/// Whether the template alone asks for less.
fn is_given_by_limit_range(look: &Look<'_>, asked: &Amounts) -> bool {
    look.requests_with(&Admission::default())
        .is_some_and(|alone| {
            asked
                .iter()
                .any(|(resource, amount)| alone.get(resource) < amount)
        })
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "containers: {0: {resources: {requests: {memory: 4Gi}}}}\n---\n{kind: Node, metadata: {name: tiny}, status: {allocatable: {cpu: '2', memory: 2Gi, pods: '110'}}}",
        "spec.template.spec.containers",
        "a pod asks for 4Gi memory, more than tiny has, 2Gi: it stays Pending there",
    ),
    hit_with_nodes(
        "containers: {0: {resources: null}}\n---\n{kind: LimitRange, metadata: {name: d, namespace: infra}, spec: {limits: [{type: Container, defaultRequest: {cpu: '1', memory: 2Gi}}]}}\n---\n{kind: Node, metadata: {name: tiny-0}, status: {allocatable: {cpu: 940m, memory: 1400Mi, pods: '110'}}}\n---\n{kind: Node, metadata: {name: tiny-1}, status: {allocatable: {cpu: 940m, memory: 1400Mi, pods: '110'}}}",
        "spec.template.spec.containers",
        "a pod asks for 1 cpu and 2Gi memory, of which the namespace's LimitRange gives what the template leaves out, more than 2 nodes have, tiny-0 940m and 1400Mi for one: it stays Pending there",
    ),
    // The node is large enough, or the DaemonSet is kept off it.
    miss_with_nodes(
        "{}\n---\n{kind: Node, metadata: {name: large}, status: {allocatable: {cpu: '2', memory: 2Gi, pods: '110'}}}",
    ),
    miss_with_nodes(
        "{nodeSelector: {disk: ssd}, containers: {0: {resources: {requests: {memory: 4Gi}}}}}\n---\n{kind: Node, metadata: {name: tiny}, status: {allocatable: {cpu: '2', memory: 2Gi, pods: '110'}}}",
    ),
];
