//! The template sets a label that the controller overwrites on every pod.

use daemonset::well_known::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION};

use super::hash_label_in_selector::is_read;
use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("hash-label-in-template"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    what: "The template sets a label that the controller overwrites on every pod.",
    why: "What is written here never reaches a pod.",
    example: r"spec:
  template:
    metadata: {labels: {controller-revision-hash: x}}
",
    instead: "Leave the label out.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let labels = look.set.spec.template.labels();
    for label in [CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION] {
        if labels.get(label).is_some() && !is_read(look, label) {
            let message = format!("sets {label}, which the controller overwrites on every pod");
            let path = FieldPath::parse("spec.template.metadata.labels");
            found.add(path.key(label), message);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {template: {metadata: {labels: {pod-template-generation: '1'}}}}",
        "spec.template.metadata.labels[pod-template-generation]",
        "sets pod-template-generation, which the controller overwrites on every pod",
    ),
    miss("spec: {template: {metadata: {labels: {pod-template-hash: '1'}}}}"),
];
