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
pub struct Labels {
    /// All keys and values in one piece, key before value, sorted by key: a look-up touches two
    /// places in memory and not two for every label.
    text: Box<str>,
    /// Where in `text` each key and each value ends.
    ends: Box<[(u32, u32)]>,
}

impl Labels {
    /// The value of `key`; a missing label is not an empty one.
    #[inline]
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        // Few labels have keys of the same length, so nearly every other one is passed over
        // without a look at its text.
        let mut start = 0;
        for &(key_end, value_end) in &self.ends {
            let (key_end, value_end) = (key_end as usize, value_end as usize);
            if key_end - start == key.len() && self.text.get(start..key_end) == Some(key) {
                return self.text.get(key_end..value_end);
            }
            start = value_end;
        }
        None
    }

    /// Sets `key` to `value` and returns the value it had. Takes time linear in the size of the
    /// whole map: make a map with many entries by `collect`.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<String>) -> Option<String> {
        let (key, value) = (key.into(), value.into());
        let before = self.get(&key).map(str::to_owned);
        let entries = self.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        *self = entries.chain([(key, value)]).collect();
        before
    }

    /// Removes `key` and returns the value it had.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        let before = self.get(key).map(str::to_owned)?;
        *self = self.iter().filter(|(k, _)| *k != key).collect();
        Some(before)
    }

    /// All entries, sorted by key.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(key_end, value_end)| {
            let (key_end, value_end) = (key_end as usize, value_end as usize);
            let entry = (&self.text[start..key_end], &self.text[key_end..value_end]);
            start = value_end;
            entry
        })
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Labels {
    /// Where a key comes twice, the last one counts.
    ///
    /// # Panics
    /// Over 4 GiB of text.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut list: Vec<(K, V)> = entries.into_iter().collect();
        // The sort is stable, so of equal keys the last one stays last.
        list.sort_by(|a, b| a.0.as_ref().cmp(b.0.as_ref()));
        let is_last = |at: usize| {
            list.get(at + 1)
                .is_none_or(|next| next.0.as_ref() != list[at].0.as_ref())
        };
        let mut text = String::new();
        let mut ends = Vec::with_capacity(list.len());
        let end = |text: &str| u32::try_from(text.len()).expect("less than 4 GiB of labels");
        for at in (0..list.len()).filter(|&at| is_last(at)) {
            text.push_str(list[at].0.as_ref());
            let key_end = end(&text);
            text.push_str(list[at].1.as_ref());
            ends.push((key_end, end(&text)));
        }
        Self {
            text: text.into(),
            ends: ends.into(),
        }
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
