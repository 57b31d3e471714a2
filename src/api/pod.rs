//! Pods.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    Affinity, ConditionStatus, ConditionType, ObjectMeta, Timestamp, is_zero, null_as_default,
};

/// A pod: where it is, how it does, and whose it is.
///
/// ```
/// use daemonset::api::Pod;
///
/// let pod: Pod = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent-x7k2p", "namespace": "infra"},
///     "spec": {"nodeName": "node-a"},
///     "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
/// }))?;
/// assert!(pod.is_ready());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Name, namespace, labels and owner.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: ObjectMeta,
    /// The node it is bound to or aimed at.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: PodSpec,
    /// Phase and conditions. What containers do is read by explanations alone.
    #[serde(deserialize_with = "null_as_default")]
    pub status: PodStatus,
}

/// The part of a pod's `spec` that is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node the pod is bound to; empty while it is unscheduled.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub node_name: String,
    /// Names the node an unscheduled daemon pod is aimed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Affinity>,
}

/// The part of a pod's `status` that is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// Where the pod is in its life.
    #[serde(deserialize_with = "null_as_default")]
    pub phase: PodPhase,
    /// A word for why the pod is in this phase, such as `Evicted`.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub reason: String,
    /// What the kubelet and the scheduler report; `Ready` decides.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub conditions: Vec<PodCondition>,
}

/// Where a pod is in its life.
///
/// Source: [Pod phase](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase).
///
/// ```
/// use daemonset::api::PodPhase;
///
/// assert_eq!(PodPhase::from("Running"), PodPhase::Running);
/// assert_eq!(PodPhase::from("Evicting"), PodPhase::Unknown);
/// assert_eq!(PodPhase::Failed.to_string(), "Failed");
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum PodPhase {
    /// Not all containers have been started.
    Pending,
    /// Bound to a node, and at least one container runs or starts.
    Running,
    /// All containers have succeeded and will not start again.
    Succeeded,
    /// All containers have ended, at least one of them in failure; or the pod was evicted.
    Failed,
    /// It is not known, or the API says something else.
    #[default]
    #[serde(other)]
    Unknown,
}

impl From<&str> for PodPhase {
    fn from(text: &str) -> Self {
        match text {
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

impl FromStr for PodPhase {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Prints it as the API spells it.
impl fmt::Display for PodPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        })
    }
}

/// One condition of a pod, such as `Ready` or `PodScheduled`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodCondition {
    /// The condition's type.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub type_: ConditionType,
    /// Whether it holds.
    #[serde(deserialize_with = "null_as_default")]
    pub status: ConditionStatus,
    /// A word for why.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub reason: String,
    /// A sentence for why.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub message: String,
    /// Since when the condition has this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
}

impl Pod {
    /// The condition of this type, if the pod reports it.
    #[must_use]
    pub fn condition(&self, type_: &ConditionType) -> Option<&PodCondition> {
        self.status.conditions.iter().find(|c| c.type_ == *type_)
    }

    /// Whether the `Ready` condition is `True`.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.condition(&ConditionType::Ready)
            .is_some_and(|c| c.status == ConditionStatus::True)
    }

    /// Whether the pod has run to its end: phase `Failed` or `Succeeded`.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        matches!(self.status.phase, PodPhase::Failed | PodPhase::Succeeded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_read_as_json_does() {
        for text in [
            "Pending",
            "Running",
            "Succeeded",
            "Failed",
            "Unknown",
            "running",
            "",
        ] {
            let json = serde_json::to_string(text).unwrap();
            let read: PodPhase = serde_json::from_str(&json).unwrap();
            assert_eq!(text.parse(), Ok(read), "{text}");
            assert_eq!(serde_json::to_string(&read).unwrap(), format!("\"{read}\""));
            assert_eq!(read.to_string().parse(), Ok(read));
        }
    }
}
