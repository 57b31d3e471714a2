//! Metadata that every object carries, and the small values it is made of.

use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::null_as_default;

/// The part of an object's `metadata` that deciding reads.
///
/// Fields that nobody here reads are not kept. Source: the API's
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
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub namespace: String,
    /// The identity that owner references point to; never used again once the object is gone.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
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
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Labels::is_empty"
    )]
    pub labels: Labels,
    /// Notes that no selector reads.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Labels::is_empty"
    )]
    pub annotations: Labels,
    /// Who owns the object; at most one of them is the controller.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub owner_references: Vec<OwnerReference>,
    /// What must happen before a deleted object goes away.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub finalizers: Vec<String>,
}

impl ObjectMeta {
    /// The owner reference with `controller: true`, which alone counts as owner.
    #[must_use]
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller)
    }

    /// Whether the object is being deleted.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes the field by reference
fn is_zero(number: &i64) -> bool {
    *number == 0
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Labels or annotations: a small map, sorted by key.
///
/// ```
/// use daemonset::api::Labels;
///
/// let labels = Labels::from_iter([("zone", "b"), ("app", "agent")]);
/// assert_eq!(labels.get("app"), Some("agent"));
/// assert_eq!(labels.get("tier"), None);
/// assert_eq!(labels.iter().next(), Some(("app", "agent")));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Labels(Vec<(String, String)>);

impl Labels {
    /// The value of `key`; a missing label is not an empty one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .binary_search_by(|(k, _)| k.as_str().cmp(key))
            .ok()
            .map(|at| self.0[at].1.as_str())
    }

    /// Sets `key` to `value` and returns the value it had.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        let (key, value) = (key.into(), value.into());
        match self.0.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Removes `key` and returns the value it had.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        Some(self.0.remove(at).1)
    }

    /// All entries, sorted by key.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Labels {
    /// Where a key comes twice, the last one counts.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut list: Vec<(String, String)> = entries
            .into_iter()
            .map(|(k, v)| (k.into(), v.into()))
            .collect();
        list.sort_by(|a, b| a.0.cmp(&b.0));
        list.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(&mut later.1, &mut earlier.1);
            }
            same
        });
        Self(list)
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Labels;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    entries.push((key, value.unwrap_or_default()));
                }
                Ok(Labels::from_iter(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A moment, as the API writes it (RFC 3339).
///
/// The crate has no clock: every moment comes from an object or from the caller.
///
/// ```
/// use daemonset::api::Timestamp;
///
/// let ready: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(ready.plus_seconds(30).to_string(), "2026-03-01T12:00:30Z");
/// assert!(ready < ready.plus_seconds(1));
/// # Ok::<(), daemonset::api::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is no RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found {found:?}")]
pub struct TimestampError {
    /// The text found.
    pub found: String,
}

impl Timestamp {
    /// The moment that many seconds after 1970-01-01T00:00:00Z; the nearest one there is when
    /// that lies outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        jiff::Timestamp::from_second(seconds).map_or(
            Self(if seconds < 0 {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            }),
            Self,
        )
    }

    /// Seconds since 1970-01-01T00:00:00Z, fractions cut off.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The moment that many seconds later; the last one there is where that overflows.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(jiff::SignedDuration::from_secs(seconds))
                .unwrap_or(jiff::Timestamp::MAX),
        )
    }

    /// How many whole seconds lie between an earlier moment and this one, rounded down.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        let span = self.0.duration_since(earlier.0);
        span.as_secs() - i64::from(span.subsec_nanos() < 0)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| TimestampError {
            found: text.chars().take(64).collect(),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
