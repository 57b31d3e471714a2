//! The selector reads a label that the controller writes on every pod.

use daemonset::matching::Selector;
use daemonset::well_known::{CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION};

use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("hash-label-in-selector"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    what: "The selector reads a label that the controller writes on every pod.",
    why: "The controller sets `controller-revision-hash` and `pod-template-generation` anew on every pod that it creates. A selector that reads one of them does not match the pods of the next revision: they are created again and again.",
    example: r"spec:
  selector: {matchLabels: {controller-revision-hash: x}}
  template:
    metadata: {labels: {controller-revision-hash: x}}
",
    instead: "Select by labels of your own.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for label in [CONTROLLER_REVISION_HASH, POD_TEMPLATE_GENERATION] {
        if is_read(look, label) {
            let message = format!(
                "reads {label}, which the controller sets anew on every pod: it may lose its pods \
                 as it creates them, and create more"
            );
            found.add(FieldPath::parse("spec.selector"), message);
        }
    }
}

/// Whether the selector reads a label's value, or that there is none.
pub(super) fn is_read(look: &Look<'_>, label: &str) -> bool {
    let requirements = look.selector.iter().flat_map(Selector::requirements);
    let mut of_label = requirements.into_iter().filter(|it| it.key() == label);
    of_label.any(|it| it.operator() != "Exists")
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {selector: {matchLabels: {controller-revision-hash: x}}, template: {metadata: {labels: {controller-revision-hash: x}}}}",
        "spec.selector",
        "reads controller-revision-hash, which the controller sets anew on every pod: it may lose its pods as it creates them, and create more",
    ),
    miss("metadata: {labels: {controller-revision-hash: x}}"),
];
