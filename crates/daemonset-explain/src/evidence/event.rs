//! What controllers, the scheduler and kubelets reported.

use daemonset::api::Timestamp;
use daemonset::template::SAFE_ALPHABET;
use serde::Deserialize;

use super::read::null_as_default;

/// How many letters the API server adds to a generated name.
const GENERATED: usize = 5;

/// An Event, of `v1` or of `events.k8s.io/v1`.
///
/// Source: [Event](https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
///
/// ```
/// use daemonset_explain::evidence::Event;
///
/// let event: Event = serde_json::from_value(serde_json::json!({
///     "involvedObject": {"kind": "DaemonSet", "namespace": "infra", "name": "agent"},
///     "reason": "FailedCreate",
///     "message": "Error creating: exceeded quota",
///     "count": 12,
/// }))?;
/// assert_eq!((&*event.reason, event.count), ("FailedCreate", 12));
/// assert_eq!(&*event.regarding.name, "agent");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
#[non_exhaustive]
pub struct Event {
    /// What it is about.
    pub regarding: Regarding,
    /// A word, such as `FailedCreate`, `Unhealthy` or `FailedMount`.
    pub reason: Box<str>,
    /// A sentence.
    pub message: Box<str>,
    /// Whether it is a warning.
    pub warning: bool,
    /// How often it was seen, at least once.
    pub count: i32,
    /// When it was seen first.
    pub first: Option<Timestamp>,
    /// When it was seen last.
    pub last: Option<Timestamp>,
    /// The host or the instance of whoever reports it, by whose clock it is dated; of a kubelet its node.
    pub host: Box<str>,
}

impl Event {
    /// When it was seen last, as far as it tells.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        self.last.or(self.first)
    }
}

/// The object that an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Regarding {
    /// Its kind.
    #[serde(deserialize_with = "null_as_default")]
    pub kind: Box<str>,
    /// Its namespace; empty where it is in none.
    #[serde(deserialize_with = "null_as_default")]
    pub namespace: Box<str>,
    /// Its name.
    #[serde(deserialize_with = "null_as_default")]
    pub name: Box<str>,
    /// Its uid.
    #[serde(deserialize_with = "null_as_default")]
    pub uid: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Raw {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawMeta,
    involved_object: Option<Regarding>,
    regarding: Option<Regarding>,
    #[serde(deserialize_with = "null_as_default")]
    reason: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    message: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    note: Box<str>,
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    type_: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    count: i32,
    #[serde(deserialize_with = "null_as_default")]
    deprecated_count: i32,
    series: Option<Series>,
    source: Option<Source>,
    deprecated_source: Option<Source>,
    #[serde(deserialize_with = "null_as_default")]
    reporting_instance: Box<str>,
    event_time: Option<Timestamp>,
    first_timestamp: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
    deprecated_first_timestamp: Option<Timestamp>,
    deprecated_last_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMeta {
    creation_timestamp: Option<Timestamp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source {
    #[serde(deserialize_with = "null_as_default")]
    host: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Series {
    #[serde(deserialize_with = "null_as_default")]
    count: i32,
    last_observed_time: Option<Timestamp>,
}

impl From<Raw> for Event {
    fn from(raw: Raw) -> Self {
        let series = raw.series.unwrap_or_default();
        let first = (raw.first_timestamp)
            .or(raw.deprecated_first_timestamp)
            .or(raw.event_time)
            .or(raw.metadata.creation_timestamp);
        let last = (series.last_observed_time)
            .max(raw.last_timestamp)
            .max(raw.deprecated_last_timestamp)
            .max(first);
        let source = raw.source.or(raw.deprecated_source).unwrap_or_default();
        let host = if source.host.is_empty() {
            raw.reporting_instance
        } else {
            source.host
        };
        let message = if raw.message.is_empty() {
            raw.note
        } else {
            raw.message
        };
        Self {
            regarding: raw.involved_object.or(raw.regarding).unwrap_or_default(),
            reason: raw.reason,
            message,
            warning: &*raw.type_ == "Warning",
            count: series.count.max(raw.count).max(raw.deprecated_count).max(1),
            first: first.map(whole),
            last: last.map(whole),
            host,
        }
    }
}

/// Newer events are dated to the microsecond, and nothing hangs on that.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(at.unix_seconds())
}

/// Whether the controller of a set of this name makes pods of that one.
pub(crate) fn is_generated(pod: &str, set: &str) -> bool {
    let rest = pod
        .strip_prefix(set)
        .and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| {
        rest.len() == GENERATED && rest.chars().all(|c| SAFE_ALPHABET.contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_generated() {
        assert!(is_generated("agent-x7k2p", "agent"));
        assert!(!is_generated("agent-7d8f9c6b5-x7k2p", "agent"));
        assert!(!is_generated("agent-0", "agent"));
        assert!(!is_generated("agent-web-1", "agent"));
    }
}
