//! What the API server refuses of a template's pods, as far as the objects that decide it were given.

mod pod_security;
mod quota;

use daemonset::api::DaemonSet;
use serde_json::Value;

use crate::evidence::Evidence;
use crate::finding::Refusal;
use crate::near::is_near;

pub(crate) use quota::{Quotas, amount, asked, full};

/// The priority class that the template names.
pub(crate) fn priority_class(set: &DaemonSet) -> Option<&str> {
    let spec = set.spec.template.as_json().get("spec")?;
    spec.get("priorityClassName")?.as_str()
}

/// What refuses every pod of the template, whatever room quotas have: its namespace that is being
/// deleted, and a priority class that is not there.
pub(crate) fn of_template(set: &DaemonSet, evidence: &Evidence) -> Vec<Refusal> {
    let mut all = Vec::new();
    let namespace = evidence.namespace(&set.metadata.namespace);
    if namespace.is_some_and(|it| it.terminating) {
        all.push(Refusal::NamespaceTerminating);
    }
    let class = priority_class(set);
    if let Some(class) = class.filter(|class| evidence.has_priority_class(class) == Some(false)) {
        all.push(Refusal::PriorityClass {
            class: class.to_owned(),
            near: near_class(class, evidence),
        });
    }
    all
}

/// A class that was given and whose name is missed by little.
fn near_class(class: &str, evidence: &Evidence) -> Option<String> {
    let mut given = evidence.priority_classes();
    given.find(|given| is_near(given, class)).map(str::to_owned)
}

/// What of a pod's spec a Pod Security level forbids.
pub(crate) fn forbidden(level: &str, spec: &Value) -> Vec<String> {
    pod_security::violated(level, spec)
}

/// What of the template the Pod Security level forbids that its namespace enforces. Whether the
/// namespace is exempt from it, no object says.
///
/// Source: [Pod Security Admission](https://kubernetes.io/docs/concepts/security/pod-security-admission/).
pub(crate) fn pod_security(set: &DaemonSet, evidence: &Evidence) -> Option<Refusal> {
    let namespace = evidence.namespace(&set.metadata.namespace)?;
    let level = &*namespace.pod_security;
    let violated = forbidden(level, set.spec.template.spec_as_json());
    (!violated.is_empty()).then(|| Refusal::PodSecurity {
        level: level.to_owned(),
        violated,
    })
}
