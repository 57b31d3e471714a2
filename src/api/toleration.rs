//! Tolerations as written.

use serde::{Deserialize, Serialize};

use super::{is_zero, null_as_default};

/// One toleration of a pod. It prints and reads as `kubectl describe` writes it.
///
/// Source: [Taints and Tolerations](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
///
/// ```
/// use daemonset::api::Toleration;
///
/// let toleration: Toleration = "node.kubernetes.io/not-ready:NoExecute op=Exists for 300s".parse()?;
/// assert_eq!(toleration.operator, "Exists");
/// assert_eq!(toleration.toleration_seconds, Some(300));
/// assert_eq!(
///     toleration.to_string(),
///     "node.kubernetes.io/not-ready:NoExecute op=Exists for 300s",
/// );
/// # Ok::<(), daemonset::matching::TaintTextError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// The taint's key; empty means every key.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub key: String,
    /// `Exists` or `Equal`; empty means `Equal`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub operator: String,
    /// The taint's value, for `Equal`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub value: String,
    /// The taint's effect; empty means every effect.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub effect: String,
    /// How long a pod stays once a `NoExecute` taint is there. Placement does not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
}
