//! The API objects, as far as deciding reads them.
//!
//! Slim types of the crate's own, so that an embedder is not tied to one release of generated
//! bindings. Everything reads and writes the API's JSON field names; `null` reads as the field's
//! zero value, as it does in Kubernetes. What nobody here reads is not kept, with one exception:
//! the pod template goes through whole ([`PodTemplate`]).

mod condition;
mod controller_revision;
mod daemon_set;
mod int_or_string;
mod meta;
mod node;
mod pod;
mod pod_template;

pub use condition::{ConditionStatus, ConditionType};
pub use controller_revision::ControllerRevision;
pub(crate) use controller_revision::HASH_LABEL;
pub use daemon_set::{
    DaemonSet, DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy, RollingUpdateDaemonSet,
};
pub use int_or_string::{IntOrString, ScaleError};
pub use meta::{Labels, ObjectMeta, OwnerReference, Timestamp, TimestampError};
pub use node::{Node, NodeCondition, NodeSpec, NodeStatus, Taint};
pub use pod::{
    ContainerState, ContainerStatus, Pod, PodCondition, PodPhase, PodSpec, PodStatus,
    TerminatedState, WaitingState,
};
pub(crate) use pod_template::Read as TemplateRead;
pub use pod_template::{
    Affinity, LabelSelector, LabelSelectorRequirement, NodeAffinity, NodeSelector,
    NodeSelectorRequirement, NodeSelectorTerm, PodTemplate, TemplateError, TemplateSpec,
    Toleration,
};

use serde::{Deserialize, Deserializer};

/// Reads `null` as the type's zero value, as Kubernetes does for every field.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
