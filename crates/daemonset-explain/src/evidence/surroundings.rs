//! What decides whether the API server takes a pod: namespaces, quotas, priority classes.

use std::collections::BTreeMap;

use daemonset::api::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::read::{Meta, null_as_default};

/// A namespace: whether it is being deleted, and which Pod Security it enforces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawNamespace")]
#[non_exhaustive]
pub struct Namespace {
    /// `metadata.name`
    pub name: Box<str>,
    /// Whether it is being deleted, so that nothing is created in it.
    pub terminating: bool,
    /// The label `pod-security.kubernetes.io/enforce`; empty where there is none.
    ///
    /// Source: [Pod Security Admission](https://kubernetes.io/docs/concepts/security/pod-security-admission/).
    pub pod_security: Box<str>,
}

/// A `ResourceQuota`: what may be used and what is.
///
/// Source: [Resource Quotas](https://kubernetes.io/docs/concepts/policy/resource-quotas/).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawQuota")]
#[non_exhaustive]
pub struct ResourceQuota {
    /// `metadata.name`
    pub name: Box<str>,
    /// `metadata.namespace`
    pub namespace: Box<str>,
    /// The limits by resource, as written.
    pub hard: BTreeMap<Box<str>, Box<str>>,
    /// What is used of them, as written.
    pub used: BTreeMap<Box<str>, Box<str>>,
    /// Whether it counts some pods only, by scopes.
    ///
    /// Source: [Quota scopes](https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes).
    pub scoped: bool,
}

/// A PriorityClass, of which only the name matters here: pods that name one that is not there are
/// refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawNamed")]
#[non_exhaustive]
pub struct PriorityClassName {
    /// `metadata.name`
    pub name: Box<str>,
}

/// The namespace of the Leases that kubelets renew, each by the name of its node.
pub(super) const NODE_LEASES: &str = "kube-node-lease";

/// A Lease: whoever holds it says by renewing it every few seconds that it works. A kubelet holds one
/// for its node, and so does whichever instance leads of kube-controller-manager, kube-scheduler
/// and operators.
///
/// Source: [Leases](https://kubernetes.io/docs/concepts/architecture/leases/).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawLease")]
#[non_exhaustive]
pub struct Lease {
    /// `metadata.name`
    pub name: Box<str>,
    /// `metadata.namespace`
    pub namespace: Box<str>,
    /// Who holds it, or did last; empty where nobody does.
    pub holder: Box<str>,
    /// When it was renewed last, by the clock of who holds it.
    pub renewed: Option<Timestamp>,
}

impl Lease {
    /// Whether it is that of a kubelet.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        &*self.namespace == NODE_LEASES
    }

    /// The name of the host or the pod that holds it, as far as holders go by it: `HOST_UID`.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.holder.split('_').next();
        host.unwrap_or_default()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawLease {
    #[serde(deserialize_with = "null_as_default")]
    metadata: Meta,
    #[serde(deserialize_with = "null_as_default")]
    spec: RawLeaseSpec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawLeaseSpec {
    #[serde(deserialize_with = "null_as_default")]
    holder_identity: Box<str>,
    renew_time: Option<Timestamp>,
}

impl From<RawLease> for Lease {
    fn from(raw: RawLease) -> Self {
        Self {
            name: raw.metadata.name,
            namespace: raw.metadata.namespace,
            holder: raw.spec.holder_identity,
            // Dated to the microsecond, and nothing hangs on that.
            renewed: (raw.spec.renew_time)
                .map(|at| Timestamp::from_unix_seconds(at.unix_seconds())),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawNamed {
    #[serde(deserialize_with = "null_as_default")]
    metadata: Meta,
}

impl From<RawNamed> for PriorityClassName {
    fn from(raw: RawNamed) -> Self {
        Self {
            name: raw.metadata.name,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawNamespace {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawNamespaceMeta,
    #[serde(deserialize_with = "null_as_default")]
    status: RawPhase,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawNamespaceMeta {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    deletion_timestamp: Option<Box<str>>,
    #[serde(deserialize_with = "null_as_default")]
    labels: RawNamespaceLabels,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawNamespaceLabels {
    #[serde(
        rename = "pod-security.kubernetes.io/enforce",
        deserialize_with = "null_as_default"
    )]
    enforce: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPhase {
    #[serde(deserialize_with = "null_as_default")]
    phase: Box<str>,
}

impl From<RawNamespace> for Namespace {
    fn from(raw: RawNamespace) -> Self {
        Self {
            name: raw.metadata.name,
            terminating: raw.metadata.deletion_timestamp.is_some()
                || &*raw.status.phase == "Terminating",
            pod_security: raw.metadata.labels.enforce,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawQuota {
    #[serde(deserialize_with = "null_as_default")]
    metadata: Meta,
    #[serde(deserialize_with = "null_as_default")]
    spec: RawLimits,
    #[serde(deserialize_with = "null_as_default")]
    status: RawLimits,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawLimits {
    #[serde(deserialize_with = "null_as_default")]
    scopes: Vec<Value>,
    #[serde(rename = "scopeSelector", deserialize_with = "null_as_default")]
    scope_selector: Value,
    #[serde(deserialize_with = "null_as_default")]
    hard: BTreeMap<Box<str>, Value>,
    #[serde(deserialize_with = "null_as_default")]
    used: BTreeMap<Box<str>, Value>,
}

impl From<RawQuota> for ResourceQuota {
    fn from(raw: RawQuota) -> Self {
        // What is enforced is what the status says; before there is one, what the spec says.
        let hard = if raw.status.hard.is_empty() {
            raw.spec.hard
        } else {
            raw.status.hard
        };
        Self {
            name: raw.metadata.name,
            namespace: raw.metadata.namespace,
            scoped: !raw.spec.scopes.is_empty() || !raw.spec.scope_selector.is_null(),
            hard: as_text(hard),
            used: as_text(raw.status.used),
        }
    }
}

/// Quantities may be written as numbers.
fn as_text(amounts: BTreeMap<Box<str>, Value>) -> BTreeMap<Box<str>, Box<str>> {
    let text = |amount: Value| match amount {
        Value::String(text) => text.into_boxed_str(),
        other => other.to_string().into_boxed_str(),
    };
    (amounts.into_iter())
        .map(|(resource, amount)| (resource, text(amount)))
        .collect()
}
