//! Conditions: what components report of nodes and pods.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The type of a condition.
///
/// ```
/// use daemonset::api::ConditionType;
///
/// assert_eq!(ConditionType::from("Ready"), ConditionType::Ready);
/// assert_eq!(ConditionType::from("example.com/Warm").to_string(), "example.com/Warm");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConditionType {
    /// The node, or the pod, is ready.
    #[default]
    Ready,
    /// All containers of the pod are ready.
    ContainersReady,
    /// The pod's init containers have ended well.
    Initialized,
    /// The pod's sandbox and network stand.
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
const KNOWN: [(ConditionType, &str); 9] = [
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

impl From<&str> for ConditionType {
    fn from(text: &str) -> Self {
        let known = KNOWN.into_iter().find(|(_, name)| *name == text);
        known.map_or_else(|| Self::Other(text.into()), |(type_, _)| type_)
    }
}

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
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Ok(text.as_ref().into())
    }
}

/// Whether a condition holds.
///
/// ```
/// use daemonset::api::ConditionStatus;
///
/// let status: ConditionStatus = serde_json::from_str(r#""True""#)?;
/// assert_eq!(status, ConditionStatus::True);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionStatus {
    /// It does.
    True,
    /// It does not.
    False,
    /// Nobody knows, or the API says something else.
    #[default]
    #[serde(other)]
    Unknown,
}
