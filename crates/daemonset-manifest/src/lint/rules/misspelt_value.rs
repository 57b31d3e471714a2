//! A value that a well-known label never has.

use crate::lint::names::{uses, value_meant};
use crate::words::in_quotes;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("misspelt-value"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/labels-annotations-taints/",
    what: "A value that a well-known label never has.",
    why: "Kubernetes names operating systems and architectures as Go does: `linux`, `amd64`, `arm64`.",
    example: r"spec:
  template:
    spec: {nodeSelector: {kubernetes.io/arch: x86_64}}
",
    instead: "Write the value that Kubernetes uses.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for it in uses(look.set) {
        for (path, value) in it.values {
            if let Some(meant) = value_meant(it.key, value) {
                let message = format!("{} is never {}", it.key, in_quotes(value));
                found.add_suggesting(path, message, [meant]);
            }
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "nodeSelector: {kubernetes.io/arch: x86_64}",
        "spec.template.spec.nodeSelector[kubernetes.io/arch]",
        "kubernetes.io/arch is never \"x86_64\", did you mean amd64?",
    ),
    hit(
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/os, operator: In, values: [Linux]}]}]}}}",
        "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]",
        "kubernetes.io/os is never \"Linux\", did you mean linux?",
    ),
    miss("nodeSelector: {kubernetes.io/arch: loong64}"),
    miss("nodeSelector: {cpu: x86_64}"),
];
