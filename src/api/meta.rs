//! Metadata that every object carries.

use serde::{Deserialize, Serialize};

use super::{Labels, List, Timestamp, is_zero, null_as_default};

/// The part of an object's `metadata` that deciding reads.
///
/// Fields that the crate does not read are not kept. Source: the API's
/// [`ObjectMeta`](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/).
///
/// ```
/// use daemonset::api::ObjectMeta;
///
/// let meta: ObjectMeta = serde_json::from_str(r#"{"name": "agent", "labels": null}"#)?;
/// assert_eq!(meta.name, "agent");
/// assert!(meta.labels.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    /// The object's name, unique for its kind in its namespace.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// The namespace; empty for nodes, which have none.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub namespace: String,
    /// The identity that owner references point to; never used again once the object is gone.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub uid: String,
    /// Counts the changes of `spec`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub generation: i64,
    /// When the API server stored the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Timestamp>,
    /// Set once the object is being deleted: the moment its grace period ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Timestamp>,
    /// What selectors match on.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub labels: Labels,
    /// Notes that no selector reads.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub annotations: Labels,
    /// Who owns the object; at most one of them is the controller.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub owner_references: List<OwnerReference>,
    /// What must happen before a deleted object goes away.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub finalizers: List<String>,
}

impl ObjectMeta {
    /// The owner reference with `controller: true`, which alone counts as owner.
    #[must_use]
    #[inline]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Whether the object is being deleted.
    #[inline]
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

/// One entry of `metadata.ownerReferences`.
///
/// ```
/// use daemonset::api::ObjectMeta;
///
/// let pod: ObjectMeta = serde_json::from_str(
///     r#"{"name": "agent-x", "ownerReferences": [{"kind": "DaemonSet", "uid": "1", "controller": true}]}"#,
/// )?;
/// assert_eq!(pod.controller().map(|owner| owner.uid.as_str()), Some("1"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// API group and version of the owner.
    #[serde(deserialize_with = "null_as_default")]
    pub api_version: String,
    /// Kind of the owner.
    #[serde(deserialize_with = "null_as_default")]
    pub kind: String,
    /// Name of the owner.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// UID of the owner.
    #[serde(deserialize_with = "null_as_default")]
    pub uid: String,
    /// Whether this owner is the controller; an owner without it does not count.
    #[serde(deserialize_with = "null_as_default")]
    pub controller: bool,
    /// Whether the owner's foreground deletion waits for this object.
    #[serde(deserialize_with = "null_as_default")]
    pub block_owner_deletion: bool,
}
