//! No term of the required node affinity matches any node. Needs nodes.

use daemonset::api::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};
use daemonset::matching::{RequiredNodeAffinity, Requirement};
use daemonset::view::NodeView;

use super::node_selector_matches_no_node::{values_meant, what_there_is};
use crate::lint::template::required_terms;
use crate::path::FieldPath;
use crate::words::{bare, some};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("affinity-matches-no-node"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity",
    what: "No term of the required node affinity matches any node. Needs nodes.",
    why: "One term must match, so the DaemonSet runs on no node.",
    example: r"spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - {key: disk, operator: In, values: [nvme]}
---
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {disk: ssd}}
",
    instead: "Write requirements that nodes satisfy, or label the nodes that are meant.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let terms = Terms::of(look);
    if !terms.any_matches() {
        for term in terms.all.iter().filter(|term| term.requires) {
            let (why, meant) = why_not(look, term.written);
            found.add_suggesting(term.path(), why, meant);
        }
    }
}

/// The terms of the required node affinity, each with how many nodes it matches; none where there
/// are no nodes to match.
pub(super) struct Terms<'a> {
    pub all: Vec<Term<'a>>,
}

/// One term.
pub(super) struct Term<'a> {
    pub index: usize,
    pub written: &'a NodeSelectorTerm,
    /// Whether it requires anything; Kubernetes skips a term that does not.
    pub requires: bool,
    pub matched: usize,
}

impl Term<'_> {
    pub fn path(&self) -> FieldPath {
        required_terms().index(self.index)
    }
}

impl<'a> Terms<'a> {
    pub fn of(look: &Look<'a>) -> Self {
        let affinity = look.set.spec.template.spec().affinity.as_ref();
        let required = affinity.and_then(|affinity| affinity.required());
        let nodes = &look.around.nodes;
        let terms = required.filter(|_| look.around.has_nodes());
        let terms = terms.map_or(&[][..], |required| &required.node_selector_terms);
        let all = terms.iter().enumerate().map(|(index, written)| {
            let alone = RequiredNodeAffinity::new(&NodeSelector {
                node_selector_terms: vec![written.clone()],
            });
            Term {
                index,
                written,
                requires: !alone.terms().is_empty(),
                matched: nodes.iter().filter(|node| alone.matches(*node)).count(),
            }
        });
        Self { all: all.collect() }
    }

    pub fn any_matches(&self) -> bool {
        self.all.iter().any(|term| term.matched > 0)
    }
}

/// Why a term matches no node, and the values that may have been meant: the first requirement that
/// alone does not hold, or all of them together.
pub(super) fn why_not<'a>(look: &Look<'a>, term: &NodeSelectorTerm) -> (String, Vec<&'a str>) {
    for written in &term.match_expressions {
        let key = &written.key;
        let Ok(requirement) = Requirement::new(key, &written.operator, &written.values) else {
            return (
                format!("the requirement on {} is malformed", bare(key)),
                Vec::new(),
            );
        };
        let mut values = look.around.values_of(key).into_iter().flatten();
        let holds = values.any(|value| requirement.holds_for(Some(value)))
            || requirement.holds_for(None)
                && look
                    .around
                    .nodes
                    .iter()
                    .any(|node| node.label(key).is_none());
        if !holds {
            let operator = requirement.operator();
            let wanted = match written.values.len() {
                0 => String::new(),
                count => format!(" {}", some(written.values.iter().map(|it| bare(it)), count)),
            };
            let message = format!(
                "no node satisfies {} {operator}{wanted}; {}",
                bare(key),
                what_there_is(look, key)
            );
            let meant = match written.values.as_slice() {
                [only] => values_meant(look, key, only),
                _ => Vec::new(),
            };
            return (message, meant);
        }
    }
    if let [NodeSelectorRequirement { values, .. }] = term.match_fields.as_slice()
        && term.match_expressions.is_empty()
    {
        let names = some(values.iter().map(|it| bare(it)), values.len());
        return (format!("no node is named {names}"), Vec::new());
    }
    let message = "no node satisfies all of its requirements together";
    (message.to_owned(), Vec::new())
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [nvme]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]",
        "no node satisfies disk In nvme; the values of disk are \"hdd\" and \"ssd\"",
    ),
    // Each requirement holds somewhere, and both nowhere.
    hit_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [ssd]}, {key: topology.kubernetes.io/zone, operator: In, values: [b]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]",
        "no node satisfies all of its requirements together",
    ),
    miss(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [nvme]}]}]}}}",
    ),
    miss_with_nodes(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: NotIn, values: [nvme]}, {key: disk, operator: Exists}]}, {}]}}}",
    ),
];
