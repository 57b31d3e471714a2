//! Stored versions of a pod template.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ObjectMeta, null_as_default};
use crate::well_known::CONTROLLER_REVISION_HASH;

/// One stored version of a DaemonSet's pod template.
///
/// Source: the API's
/// [`ControllerRevision`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/).
///
/// ```
/// use daemonset::api::ControllerRevision;
///
/// let revision: ControllerRevision = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent-5d8f7c9b4", "labels": {"controller-revision-hash": "5d8f7c9b4"}},
///     "revision": 3,
///     "data": {"spec": {"template": {"$patch": "replace"}}},
/// }))?;
/// assert_eq!(revision.hash(), "5d8f7c9b4");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ControllerRevision {
    /// Name, namespace, labels and owner.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: ObjectMeta,
    /// `{"spec": {"template": {…, "$patch": "replace"}}}`.
    pub data: Value,
    /// The revision's number: higher is newer.
    #[serde(deserialize_with = "null_as_default")]
    pub revision: i64,
}

impl ControllerRevision {
    /// The name that pods made from this revision carry in the label
    /// `controller-revision-hash`: the revision's own label, or its name where it has none.
    #[must_use]
    pub fn hash(&self) -> &str {
        self.metadata
            .labels
            .get(CONTROLLER_REVISION_HASH)
            .unwrap_or(&self.metadata.name)
    }
}
