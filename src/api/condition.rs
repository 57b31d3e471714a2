//! Conditions: what components report of nodes and pods.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;

/// The type of a condition. Any text is one; one that is missing is the empty text.
///
/// ```
/// use daemonset::api::ConditionType;
///
/// assert_eq!(ConditionType::from("Ready"), ConditionType::Ready);
/// assert_eq!(ConditionType::from("example.com/Warm").to_string(), "example.com/Warm");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConditionType {
    /// The node, or the pod, is ready.
    Ready,
    /// All containers of the pod are ready.
    ContainersReady,
    /// The pod's init containers have succeeded.
    Initialized,
    /// The pod's sandbox and network are set up.
    PodReadyToStartContainers,
    /// The pod is bound to a node.
    PodScheduled,
    /// The node runs out of disk.
    DiskPressure,
    /// The node runs out of memory.
    MemoryPressure,
    /// The node runs out of process IDs.
    PidPressure,
    /// The node's network is not set up.
    NetworkUnavailable,
    /// Another one.
    Other(Box<str>),
}

/// The conditions known by name, as the API spells them.
static KNOWN: [(ConditionType, &str); 9] = [
    (ConditionType::Ready, "Ready"),
    (ConditionType::ContainersReady, "ContainersReady"),
    (ConditionType::Initialized, "Initialized"),
    (
        ConditionType::PodReadyToStartContainers,
        "PodReadyToStartContainers",
    ),
    (ConditionType::PodScheduled, "PodScheduled"),
    (ConditionType::DiskPressure, "DiskPressure"),
    (ConditionType::MemoryPressure, "MemoryPressure"),
    (ConditionType::PidPressure, "PIDPressure"),
    (ConditionType::NetworkUnavailable, "NetworkUnavailable"),
];

impl Default for ConditionType {
    fn default() -> Self {
        Self::Other(Box::default())
    }
}

impl From<&str> for ConditionType {
    fn from(text: &str) -> Self {
        let known = KNOWN.iter().find(|(_, name)| *name == text);
        known.map_or_else(|| Self::Other(text.into()), |(type_, _)| type_.clone())
    }
}

impl FromStr for ConditionType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Prints it as the API spells it.
impl fmt::Display for ConditionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = KNOWN.iter().find(|(type_, _)| type_ == self);
        f.write_str(match (self, known) {
            (Self::Other(text), _) => text,
            (_, Some((_, name))) => name,
            (_, None) => "",
        })
    }
}

impl Serialize for ConditionType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ConditionType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(text.0.as_ref().into())
    }
}

/// Whether a condition holds.
///
/// ```
/// use daemonset::api::ConditionStatus;
///
/// let status: ConditionStatus = serde_json::from_str(r#""True""#)?;
/// assert_eq!(status, ConditionStatus::True);
/// assert_eq!(ConditionStatus::from("true"), ConditionStatus::Unknown);
/// assert_eq!(ConditionStatus::False.to_string(), "False");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// It is not known, or the API says something else.
    #[default]
    #[serde(other)]
    Unknown,
}

impl From<&str> for ConditionStatus {
    fn from(text: &str) -> Self {
        match text {
            "True" => Self::True,
            "False" => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl FromStr for ConditionStatus {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Prints it as the API spells it.
impl fmt::Display for ConditionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_type_reads_back(text: String) {
            let type_ = ConditionType::from(text.as_str());
            prop_assert_eq!(type_.to_string(), text);
            prop_assert_eq!(type_.to_string().parse(), Ok(type_.clone()));
            let json = serde_json::to_string(&type_)?;
            prop_assert_eq!(serde_json::from_str::<ConditionType>(&json)?, type_);
        }
    }

    #[test]
    fn known_types_are_spelled_as_the_api_spells_them() {
        for (type_, name) in &KNOWN {
            assert_eq!(ConditionType::from(*name), *type_);
            assert_eq!(type_.to_string(), *name);
        }
    }

    #[test]
    fn a_condition_without_type_is_not_the_ready_one() {
        let condition: crate::api::PodCondition =
            serde_json::from_str(r#"{"status": "True"}"#).unwrap();
        assert_eq!(condition.type_, ConditionType::from(""));
    }

    #[test]
    fn statuses_read_as_json_does() {
        for text in ["True", "False", "Unknown", "true", "", "Maybe"] {
            let json = serde_json::to_string(text).unwrap();
            let read: ConditionStatus = serde_json::from_str(&json).unwrap();
            assert_eq!(text.parse(), Ok(read), "{text}");
            assert_eq!(serde_json::to_string(&read).unwrap(), format!("\"{read}\""));
            assert_eq!(read.to_string().parse(), Ok(read));
        }
    }
}
