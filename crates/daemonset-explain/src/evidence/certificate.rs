//! Certificates that were asked for.

use daemonset::api::Timestamp;
use serde::Deserialize;

use super::read::null_as_default;

/// A request for a certificate.
///
/// Source: [CertificateSigningRequest](https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/).
///
/// ```
/// use daemonset_explain::evidence::CertificateRequest;
///
/// let request: CertificateRequest = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "csr-x7k2p"},
///     "spec": {"signerName": "kubernetes.io/kube-apiserver-client-kubelet", "username": "system:node:node-a"},
///     "status": {},
/// }))?;
/// assert!(request.is_pending && request.is_of_kubelet());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
#[non_exhaustive]
pub struct CertificateRequest {
    /// `metadata.name`
    pub name: Box<str>,
    /// `spec.signerName`
    pub signer: Box<str>,
    /// `spec.username`: who asks.
    pub user: Box<str>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Whether it is neither approved nor denied.
    pub is_pending: bool,
}

impl CertificateRequest {
    /// Whether a kubelet asks for one by which it reports.
    #[must_use]
    pub fn is_of_kubelet(&self) -> bool {
        &*self.signer == "kubernetes.io/kube-apiserver-client-kubelet"
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: RawSpec,
    #[serde(deserialize_with = "null_as_default")]
    status: RawStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMeta {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    creation_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpec {
    #[serde(deserialize_with = "null_as_default")]
    signer_name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    username: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawStatus {
    #[serde(deserialize_with = "null_as_default")]
    conditions: Vec<RawCondition>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCondition {
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    type_: Box<str>,
}

impl From<Raw> for CertificateRequest {
    fn from(raw: Raw) -> Self {
        let mut conditions = raw.status.conditions.iter();
        Self {
            is_pending: !conditions
                .any(|it| matches!(&*it.type_, "Approved" | "Denied" | "Failed")),
            name: raw.metadata.name,
            created: raw.metadata.creation_timestamp,
            signer: raw.spec.signer_name,
            user: raw.spec.username,
        }
    }
}
