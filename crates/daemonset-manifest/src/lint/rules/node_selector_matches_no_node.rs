//! No node has what an entry of `nodeSelector` wants. Needs nodes.

use crate::lint::template::pod_spec_path;
use crate::suggest::nearest;
use crate::words::{bare, in_quotes, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("node-selector-matches-no-node"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector",
    what: "No node has what an entry of `nodeSelector` wants. Needs nodes.",
    why: "Every entry must hold, so the DaemonSet runs on no node.",
    example: r"spec:
  template:
    spec: {nodeSelector: {disk: nvme}}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {disk: ssd}}
",
    instead: "Write a value that nodes have, or label the nodes that are meant.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if !look.around.has_nodes() {
        return;
    }
    for (key, wanted) in &look.set.spec.template.spec().node_selector {
        if look.around.has_value(key, wanted) {
            continue;
        }
        let message = format!(
            "no node has {}={}; {}",
            bare(key),
            bare(wanted),
            what_there_is(look, key)
        );
        let path = pod_spec_path("nodeSelector").key(key);
        found.add_suggesting(path, message, values_meant(look, key, wanted));
    }
}

/// The values that nodes have for a label, in words.
pub(super) fn what_there_is(look: &Look<'_>, key: &str) -> String {
    match look.around.values_of(key) {
        None => "none has the label at all".to_owned(),
        Some(values) => {
            let shown = values.iter().map(|value| in_quotes(value));
            let key = bare(key);
            match values.len() {
                1 => format!("the value of {key} is {}", some(shown, 1)),
                count => format!("the values of {key} are {}", some(shown, count)),
            }
        }
    }
}

/// The values of a label that may have been meant by one that no node has.
pub(super) fn values_meant<'a>(look: &Look<'a>, key: &str, wanted: &str) -> Vec<&'a str> {
    let values = look.around.values_of(key).into_iter().flatten().copied();
    nearest(wanted, values)
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "nodeSelector: {disk: nvme}",
        "spec.template.spec.nodeSelector[disk]",
        "no node has disk=nvme; the values of disk are \"hdd\" and \"ssd\"",
    ),
    hit_with_nodes(
        "nodeSelector: {disk: sdd}",
        "spec.template.spec.nodeSelector[disk]",
        "no node has disk=sdd; the values of disk are \"hdd\" and \"ssd\", did you mean hdd or ssd?",
    ),
    hit_with_nodes(
        "nodeSelector: {rack: ''}",
        "spec.template.spec.nodeSelector[rack]",
        "no node has rack=; none has the label at all",
    ),
    miss_with_nodes("nodeSelector: {disk: ssd}"),
    miss("nodeSelector: {disk: nvme}"),
];
