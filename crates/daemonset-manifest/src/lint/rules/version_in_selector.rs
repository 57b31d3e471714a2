//! The selector reads a label whose value changes from release to release.

use super::hash_label_in_selector::is_read;
use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("version-in-selector"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec",
    what: "The selector reads a label whose value changes from release to release.",
    why: "A selector cannot be changed. The next release needs another value in the template's label, which the selector does not match, so the API server refuses the update and the DaemonSet has to be deleted and created anew.",
    example: r#"spec:
  selector: {matchLabels: {app: agent, app.kubernetes.io/version: "1.0"}}
  template:
    metadata: {labels: {app: agent, app.kubernetes.io/version: "1.0"}}
"#,
    instead: "Keep the label in the template, and out of the selector.",
};

/// Labels that name a release.
const OF_RELEASES: [&str; 4] = [
    "app.kubernetes.io/version",
    "helm.sh/chart",
    "chart",
    "version",
];

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for label in OF_RELEASES {
        if is_read(look, label) {
            let message = format!(
                "reads {label}, which the next release changes, and a selector cannot be changed: \
                 the API server will refuse that update"
            );
            found.add(FieldPath::parse("spec.selector"), message);
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {selector: {matchLabels: {version: v1}}, template: {metadata: {labels: {version: v1}}}}",
        "spec.selector",
        "reads version, which the next release changes, and a selector cannot be changed: the API server will refuse that update",
    ),
    miss("spec: {template: {metadata: {labels: {version: v1}}}}"),
    miss(
        "spec: {selector: {matchExpressions: [{key: version, operator: Exists}]}, template: {metadata: {labels: {version: v1}}}}",
    ),
    miss(
        "spec: {selector: {matchLabels: {app.kubernetes.io/name: x}}, template: {metadata: {labels: {app.kubernetes.io/name: x}}}}",
    ),
];
