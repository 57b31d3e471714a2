//! DaemonSets and ControllerRevisions as the API server stores them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{ControllerRevision, DaemonSet};

/// JSON that does not read as the object it was given as.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{name}: {source}")]
pub struct ReadError {
    kind: &'static str,
    name: String,
    #[source]
    source: serde_json::Error,
}

/// An object, and which version of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored<T> {
    pub object: T,
    /// `metadata.resourceVersion`, to be sent back where a write is only good for this version.
    pub resource_version: String,
}

pub(super) type StoredSet = Stored<DaemonSet>;
pub(super) type StoredRevision = Stored<ControllerRevision>;

/// The kinds that are stored whole.
pub(super) trait Kept: DeserializeOwned {
    const KIND: &'static str;
}

impl Kept for DaemonSet {
    const KIND: &'static str = "DaemonSet";
}

impl Kept for ControllerRevision {
    const KIND: &'static str = "ControllerRevision";
}

impl<T: Kept> Stored<T> {
    /// Reads an object of any type that is written as the API server sends it.
    pub(super) fn of(object: &impl Serialize) -> Result<Self, ReadError> {
        let json = serde_json::to_value(object).map_err(|source| ReadError {
            kind: T::KIND,
            name: String::new(),
            source,
        })?;
        Self::read(&json)
    }

    pub(super) fn read(json: &Value) -> Result<Self, ReadError> {
        let meta = |field: &str| json.get("metadata")?.get(field)?.as_str();
        let object = T::deserialize(json).map_err(|source| ReadError {
            kind: T::KIND,
            name: meta("name").map_or_else(String::new, |name| format!(" {name}")),
            source,
        })?;
        Ok(Self {
            object,
            resource_version: meta("resourceVersion").unwrap_or_default().to_owned(),
        })
    }
}

impl<T> Stored<T> {
    /// Whether another version of the same object is older than this one, as far as both tell.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        let number = |stored: &Self| stored.resource_version.parse::<u64>().ok();
        number(other).is_some_and(|other| number(self).is_some_and(|this| other < this))
    }
}
