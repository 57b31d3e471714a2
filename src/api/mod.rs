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
mod list;
mod meta;
mod node;
pub(crate) mod path;
mod pod;
mod pod_template;
mod recent;
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
pub use list::List;
pub use meta::{ObjectMeta, OwnerReference};
pub use node::{Node, NodeCondition, NodeSpec, NodeStatus, Taint};
pub use pod::{Pod, PodCondition, PodPhase, PodSpec, PodStatus};
pub use pod_template::{PodTemplate, TemplateError, TemplateSpec};
pub use recent::Recent;
pub use timestamp::{TimeRangeError, Timestamp, TimestampError};
pub use toleration::Toleration;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads `null` as the type's zero value, as Kubernetes does for every field.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A text that is borrowed where the input holds it as it is.
struct Text<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        deserializer.deserialize_str(Read)
    }
}

/// Whether a value is its type's zero value: not written where Kubernetes does not write it.
fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
