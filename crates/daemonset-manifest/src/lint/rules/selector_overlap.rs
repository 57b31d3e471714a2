//! The selector matches the pods of another DaemonSet in the namespace, or that one's selector matches the pods of this one.

use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("selector-overlap"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
    what: "The selector matches the pods of another DaemonSet in the namespace, or that one's selector matches the pods of this one.",
    why: "Pods belong to the DaemonSet that created them, so the two do not fight. But a pod that loses its owner may be adopted by the wrong one, and whoever selects pods by these labels (a Service, a PodDisruptionBudget, `kubectl logs -l`) gets both.",
    example: r"spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent-gpu, namespace: infra}
spec:
  selector: {matchLabels: {app: agent, tier: gpu}}
  template:
    metadata: {labels: {app: agent, tier: gpu}}
",
    instead: "Give each DaemonSet a label of its own, in its selector and in its template.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let Some(selector) = &look.selector else {
        return;
    };
    let others = look.around.selected_by(look.set, selector);
    if !others.names.is_empty() {
        let message = format!(
            "matches the pods of DaemonSet {others} too; give each DaemonSet a label of its own"
        );
        found.add(FieldPath::parse("spec.selector"), message);
    }
    let others = look.around.selecting(look.set, selector);
    if !others.names.is_empty() {
        let message = format!(
            "the selector of DaemonSet {others} matches these labels too; give each DaemonSet a \
             label of its own"
        );
        found.add(FieldPath::parse("spec.template.metadata.labels"), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    // Its pods have the label that this one selects by, and one more.
    hit(
        "{}
---
{kind: DaemonSet, metadata: {name: other}, spec: {template: {metadata: {labels: {tier: x}}}}}",
        "spec.selector",
        "matches the pods of DaemonSet other too; give each DaemonSet a label of its own",
    ),
    // It selects by a label that this one's pods have too.
    hit(
        "{}
---
{kind: DaemonSet, metadata: {name: other}, spec: {template: {metadata: {labels: {app: other}}}}}",
        "spec.template.metadata.labels",
        "the selector of DaemonSet other matches these labels too; give each DaemonSet a label of its own",
    ),
    hit(
        "{}
---
{kind: DaemonSet, metadata: {name: d}}
---
{kind: DaemonSet, metadata: {name: b}}
---
{kind: DaemonSet, metadata: {name: c}}
---
{kind: DaemonSet, metadata: {name: a}}",
        "spec.selector",
        "matches the pods of DaemonSet a, b, c and others too; give each DaemonSet a label of its own",
    ),
    miss(
        "{}
---
{kind: DaemonSet, metadata: {name: other}, spec: {selector: {matchLabels: {tier: x}}, template: {metadata: {labels: {app: other, tier: x}}}}}",
    ),
    miss("{}\n---\n{kind: DaemonSet, metadata: {name: other, namespace: other}}"),
    // A DaemonSet does not overlap with itself.
    miss("{}\n---\n{kind: DaemonSet}"),
];
