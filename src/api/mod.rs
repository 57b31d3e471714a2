//! The API objects, as far as deciding reads them.
//!
//! Slim types of the crate's own, so that an embedder is not tied to one release of generated
//! bindings. Everything reads and writes the API's JSON field names; `null` reads as the field's
//! zero value, as it does in Kubernetes. What the crate does not read is not kept, with one exception:
//! the pod template goes through whole ([`PodTemplate`]).

mod affinity;
mod condition;
mod controller_revision;
mod daemon_set;
mod int_or_string;
mod label_selector;
mod labels;
mod meta;
mod node;
pub(crate) mod path;
mod pod;
mod pod_template;
mod timestamp;
mod toleration;

pub use affinity::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
};
pub use condition::{ConditionStatus, ConditionType};
pub use controller_revision::ControllerRevision;
pub use daemon_set::{
    DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy, RollingUpdateDaemonSet,
};
pub use int_or_string::{IntOrString, ScaleError};
pub use label_selector::{LabelSelector, LabelSelectorRequirement};
pub use labels::{Labels, LabelsIter};
pub use meta::{ObjectMeta, OwnerReference};
pub use node::{Node, NodeCondition, NodeSpec, NodeStatus, Taint};
pub use pod::{Pod, PodCondition, PodPhase, PodSpec, PodStatus};
pub use pod_template::{PodTemplate, TemplateError, TemplateSpec};
pub use timestamp::{TimeRangeError, Timestamp, TimestampError};
pub use toleration::Toleration;

use serde::{Deserialize, Deserializer};

/// Reads `null` as the type's zero value, as Kubernetes does for every field.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a value is its type's zero value: not written where Kubernetes does not write it.
fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
