//! Every check matches some node, and no node passes all of them. Needs nodes.

use std::cmp::Reverse;

use super::affinity_matches_no_node::Terms;
use crate::lint::surroundings::SeenNode;
use crate::lint::template::pod_spec_path;
use crate::words::{bare, bare_within, count, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("runs-nowhere"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled",
    what: "Every check matches some node, and no node passes all of them. Needs nodes.",
    why: "The DaemonSet has no pods, and nothing in its status says why.",
    example: r"spec:
  template:
    spec: {nodeSelector: {gpu: a100}}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {gpu: a100}}
spec: {taints: [{key: gpu, effect: NoSchedule}]}
",
    instead: "Look at the node that comes nearest: tolerate its taint, or select other nodes.",
};

/// How much of an obstacle is shown: the whole of a taint or of a label, whatever its names are.
const LONGEST: usize = 512;

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if !look.around.has_nodes() || !look.run.is_empty() || is_explained(look) {
        return;
    }
    // Nodes are in the order of their names, and of several that are equally near the first counts.
    let nearness = |node: &SeenNode<'_>| {
        let placement = look.rules.place(node);
        (Reverse(placement.verdict), placement.obstacles.len())
    };
    let nodes = look.around.nodes.iter().map(|node| (nearness(node), node));
    let Some((_, nearest)) = nodes.min_by_key(|(nearness, _)| *nearness) else {
        return;
    };
    let obstacles = look.rules.place(nearest).obstacles;
    let shown = obstacles
        .iter()
        .map(|obstacle| bare_within(&obstacle.to_string(), LONGEST));
    let message = format!(
        "none of the {} should run the daemon; {} comes nearest: {}",
        count(look.around.nodes.len(), "node"),
        bare(nearest.name),
        some(shown, obstacles.len())
    );
    found.add(pod_spec_path(""), message);
}

/// Whether another rule says why the DaemonSet runs nowhere.
fn is_explained(look: &Look<'_>) -> bool {
    let spec = look.set.spec.template.spec();
    let mut selector = spec.node_selector.iter();
    let terms = Terms::of(look);
    !spec.node_name.is_empty()
        || selector.any(|(key, value)| !look.around.has_value(key, value))
        || (!terms.all.is_empty() && !terms.any_matches())
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    // Only the tainted node is left.
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [node-gpu]}]}]}}}",
        "spec.template.spec",
        "none of the 3 nodes should run the daemon; node-gpu comes nearest: untolerated taint gpu=a100:NoSchedule",
    ),
    miss_with_nodes("nodeSelector: {disk: ssd}"),
];
