//! Nodes.

use serde::{Deserialize, Serialize};

use super::{ConditionStatus, ConditionType, ObjectMeta, Timestamp, is_zero, null_as_default};

/// A node: its labels and taints decide what runs there, its conditions help to explain.
///
/// ```
/// use daemonset::api::Node;
///
/// let node: Node = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "node-a", "labels": {"kubernetes.io/os": "linux"}},
///     "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
/// }))?;
/// assert_eq!(node.spec.taints[0].key, "gpu");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Name and labels.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: ObjectMeta,
    /// Taints.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: NodeSpec,
    /// Conditions.
    #[serde(deserialize_with = "null_as_default")]
    pub status: NodeStatus,
}

/// The part of a node's `spec` that is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// What keeps pods off the node unless they tolerate it.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub taints: Vec<Taint>,
    /// Whether the node is cordoned. Placement does not read it: the taint that comes with it is.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub unschedulable: bool,
}

/// One taint of a node. It prints and reads as kubectl writes it.
///
/// Source: [Taints and Tolerations](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
///
/// ```
/// use daemonset::api::Taint;
///
/// let taint: Taint = "dedicated=gpu:NoSchedule".parse()?;
/// assert_eq!((taint.key.as_str(), taint.value.as_str()), ("dedicated", "gpu"));
/// assert_eq!(taint.to_string(), "dedicated=gpu:NoSchedule");
/// # Ok::<(), daemonset::matching::TaintTextError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    /// The taint's key.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// The taint's value; often empty.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    #[serde(deserialize_with = "null_as_default")]
    pub effect: String,
    /// When a `NoExecute` taint was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_added: Option<Timestamp>,
}

/// The part of a node's `status` that is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// What the kubelet and the node controller report. Placement does not read it.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub conditions: Vec<NodeCondition>,
}

/// One condition of a node, such as `Ready` or `DiskPressure`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeCondition {
    /// The condition's type.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub type_: ConditionType,
    /// Whether it holds.
    #[serde(deserialize_with = "null_as_default")]
    pub status: ConditionStatus,
    /// A word for why.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub reason: String,
    /// When the kubelet last reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_heartbeat_time: Option<Timestamp>,
    /// Since when the condition has this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
}

impl Node {
    /// The condition of this type, if the node reports it.
    #[must_use]
    pub fn condition(&self, type_: &ConditionType) -> Option<&NodeCondition> {
        self.status.conditions.iter().find(|c| c.type_ == *type_)
    }
}
