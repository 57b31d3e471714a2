//! A toleration misses the taints of its key by value or effect. Needs nodes.

use std::collections::HashMap;

use daemonset::api::Toleration;
use daemonset::view::TaintView;

use crate::lint::names;
use crate::lint::template::pod_spec_path;
use crate::words::{bare, in_quotes};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("toleration-misses-taint"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",
    what: "A toleration misses the taints of its key by value or effect. Needs nodes.",
    why: "Nodes have a taint of this key, and neither this toleration nor another one tolerates it: the DaemonSet is kept off those nodes, which the toleration was probably meant to prevent.",
    example: r"spec:
  template:
    spec: {tolerations: [{key: gpu, value: h100, effect: NoSchedule}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {taints: [{key: gpu, value: a100, effect: NoSchedule}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
",
    instead: "Write the taint's value and effect, or `operator: Exists`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    // What is missed of a key does not depend on which toleration of the key is looked at.
    let mut missed_of_key: HashMap<&str, Option<TaintView<'_>>> = HashMap::new();
    for (index, toleration) in look.set.spec.template.spec().tolerations.iter().enumerate() {
        let key = toleration.key.as_str();
        let Some(of_key) = look.around.taints_of(key) else {
            continue;
        };
        if names::is_passing_taint(key) || names::retired(key, names::What::Taint).is_some() {
            continue;
        }
        let missed = *missed_of_key.entry(&toleration.key).or_insert_with(|| {
            let mut taints = of_key.all.iter().copied();
            taints.find(|taint| !look.rules.tolerates(*taint))
        });
        let Some(missed) = missed else {
            continue;
        };
        if !of_key.any_tolerated_by(toleration, look.comparison) {
            let message = format!(
                "does not tolerate {}, which a node has: {}",
                bare(&missed.to_string()),
                miss_of(toleration)
            );
            found.add(pod_spec_path("tolerations").index(index), message);
        }
    }
}

/// What a toleration asks of a taint beside its key.
fn miss_of(toleration: &Toleration) -> String {
    let effect = match toleration.effect.as_str() {
        "" => String::new(),
        effect => format!(" with effect {}", bare(effect)),
    };
    match toleration.operator.as_str() {
        "" | "Equal" => format!(
            "it wants the value {}{effect}",
            in_quotes(&toleration.value)
        ),
        "Exists" => format!("it wants any value{effect}"),
        other => format!("its operator {} tolerates nothing{effect}", bare(other)),
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "tolerations: [{key: gpu, value: h100}]",
        "spec.template.spec.tolerations[0]",
        "does not tolerate gpu=a100:NoSchedule, which a node has: it wants the value \"h100\"",
    ),
    hit_with_nodes(
        "tolerations: [{key: gpu, operator: Exists, effect: NoExecute}]",
        "spec.template.spec.tolerations[0]",
        "does not tolerate gpu=a100:NoSchedule, which a node has: it wants any value with effect NoExecute",
    ),
    hit_with_nodes(
        "tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoExecute}]\n---\n{kind: Node, metadata: {name: cp}, spec: {taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]}}",
        "spec.template.spec.tolerations[0]",
        "does not tolerate node-role.kubernetes.io/control-plane:NoSchedule, which a node has: it wants any value with effect NoExecute",
    ),
    // What comes and goes with a node's state.
    miss_with_nodes(
        "tolerations: [{key: node.cloudprovider.kubernetes.io/uninitialized, operator: Exists, effect: NoExecute}]\n---\n{kind: Node, metadata: {name: fresh}, spec: {taints: [{key: node.cloudprovider.kubernetes.io/uninitialized, effect: NoSchedule}]}}",
    ),
    // Another one tolerates it.
    miss_with_nodes("tolerations: [{key: gpu, value: h100}, {key: gpu, operator: Exists}]"),
    miss("tolerations: [{key: gpu, value: h100}]"),
];
