//! Events: what is reported of a DaemonSet, with its like counted together.
//!
//! As Kubernetes's clients do: an event that comes again is counted up in the one that is there;
//! once ten that differ in nothing but their message came within ten minutes, those that follow are
//! counted in one; and of normal events, as of warnings, no more than twenty-five are written of one
//! object at once, and one every five minutes after that.

use std::collections::{BTreeMap, BTreeSet};

use std::hash::BuildHasher;

use serde_json::json;

use super::rate::Rate;
use super::request::{Merge, Request, Resource};
use super::stored::StoredSet;
use crate::api::Timestamp;
use crate::det_map::FixedState;
use crate::outcome::EventType;
use crate::well_known::APPS_V1;

const SIMILAR: usize = 10;
const SIMILAR_SECONDS: i64 = 10 * 60;
const BURST: u32 = 25;
const PERIOD_MILLIS: i64 = 5 * 60 * 1000;

/// How many different events of one set are remembered.
const KNOWN: usize = 64;

/// The longest message, in bytes.
const LONGEST: usize = 1024;

/// What makes two events the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EventKey {
    warning: bool,
    reason: &'static str,
    /// `None` for those that are counted together.
    message: Option<String>,
}

/// The events of one set.
#[derive(Clone, Debug)]
pub(super) struct EventLog {
    similar: BTreeMap<(bool, &'static str), Similar>,
    known: BTreeMap<EventKey, Known>,
    normal_rate: Rate,
    warning_rate: Rate,
    /// How many events were named.
    named: u32,
}

/// Events that differ in nothing but their message.
#[derive(Clone, Debug)]
struct Similar {
    messages: BTreeSet<String>,
    last: Timestamp,
}

/// An event that came before.
#[derive(Clone, Debug)]
struct Known {
    message: String,
    first: Timestamp,
    last: Timestamp,
    count: u32,
    /// Its name, once it was sent.
    name: Option<String>,
    /// Whether it has changed since it was sent.
    unsent: bool,
}

impl Default for EventLog {
    fn default() -> Self {
        Self {
            similar: BTreeMap::new(),
            known: BTreeMap::new(),
            normal_rate: Rate::new(BURST, PERIOD_MILLIS),
            warning_rate: Rate::new(BURST, PERIOD_MILLIS),
            named: 0,
        }
    }
}

impl EventLog {
    /// Something is to be reported.
    pub(super) fn report(
        &mut self,
        kind: EventType,
        reason: &'static str,
        message: &str,
        now: Timestamp,
    ) {
        let warning = kind == EventType::Warning;
        let message = cut(message);
        let similar = self.similar.entry((warning, reason));
        let similar = similar.or_insert_with(|| Similar {
            messages: BTreeSet::new(),
            last: now,
        });
        if now > similar.last.plus_seconds(SIMILAR_SECONDS) {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(message.to_owned());
        let combined = similar.messages.len() >= SIMILAR;
        if combined {
            similar.messages.pop_first();
        }
        let key = EventKey {
            warning,
            reason,
            message: (!combined).then(|| message.to_owned()),
        };
        let known = self.known.entry(key).or_insert_with(|| Known {
            message: String::new(),
            first: now,
            last: now,
            count: 0,
            name: None,
            unsent: true,
        });
        known.message = if combined {
            format!("(combined from similar events): {message}")
        } else {
            message.to_owned()
        };
        known.count = known.count.saturating_add(1);
        known.last = now;
        known.unsent = true;
        self.forget();
    }

    fn forget(&mut self) {
        if self.known.len() <= KNOWN {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.last);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.known.remove(&key);
        }
    }

    /// What is to be sent of a set, at most so many.
    pub(super) fn requests(
        &mut self,
        set: &StoredSet,
        reporter: &str,
        limit: usize,
        now: Timestamp,
    ) -> Vec<(EventKey, Request)> {
        let mut requests = Vec::new();
        for (key, known) in self.known.iter_mut().filter(|(_, known)| known.unsent) {
            if requests.len() >= limit {
                break;
            }
            known.unsent = false;
            let rate = if key.warning {
                &mut self.warning_rate
            } else {
                &mut self.normal_rate
            };
            if rate.next(now).is_some() {
                continue;
            }
            rate.take(now);
            let request = if let Some(name) = &known.name {
                known.count_up(&set.object.metadata.namespace, name)
            } else {
                self.named = self.named.wrapping_add(1);
                let name = event_name(&set.object.metadata.name, reporter, self.named, now);
                let request = known.create(key, set, reporter, &name);
                known.name = Some(name);
                request
            };
            requests.push((key.clone(), request));
        }
        requests
    }

    /// An event was not taken, or is not there any more: the next one is a new one.
    pub(super) fn failed(&mut self, key: &EventKey) {
        self.known.remove(key);
    }
}

impl Known {
    fn create(&self, key: &EventKey, set: &StoredSet, reporter: &str, name: &str) -> Request {
        let meta = &set.object.metadata;
        let seconds = |at: Timestamp| Timestamp::from_unix_seconds(at.unix_seconds());
        let kind = if key.warning { "Warning" } else { "Normal" };
        let body = json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": meta.namespace},
            "involvedObject": {
                "apiVersion": APPS_V1,
                "kind": "DaemonSet",
                "namespace": meta.namespace,
                "name": meta.name,
                "uid": meta.uid,
                "resourceVersion": set.resource_version,
            },
            "type": kind,
            "reason": key.reason,
            "message": self.message,
            "source": {"component": reporter},
            "reportingComponent": reporter,
            "firstTimestamp": seconds(self.first),
            "lastTimestamp": seconds(self.last),
            "count": self.count,
        });
        let path = Resource::Events.in_namespace(&meta.namespace);
        let purpose = format!("report {kind} {}: {}", key.reason, self.message);
        Request::post(path, body.to_string(), &purpose)
    }

    fn count_up(&self, namespace: &str, name: &str) -> Request {
        let body = json!({
            "count": self.count,
            "message": self.message,
            "lastTimestamp": Timestamp::from_unix_seconds(self.last.unix_seconds()),
        });
        let path = Resource::Events.named(namespace, name);
        let purpose = format!(
            "report again, {} times in all: {}",
            self.count, self.message
        );
        Request::patch(path, Merge::Plain, &body, &purpose)
    }
}

/// A name for an event: the set's, and a number that grows with time. Two who report of one set at the
/// same moment give different ones.
fn event_name(set: &str, reporter: &str, number: u32, now: Timestamp) -> String {
    // A name has 253 characters at most.
    let set: String = set.chars().take(230).collect();
    let nanos = now.unix_millis().saturating_mul(1_000_000);
    let own = FixedState::default().hash_one(reporter) % 500_000;
    let number = u64::from(number).saturating_add(own);
    let number = i64::try_from(number).unwrap_or_default();
    format!("{set}.{:x}", nanos.saturating_add(number))
}

fn cut(message: &str) -> &str {
    let end = message.floor_char_boundary(LONGEST);
    message.get(..end).unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::super::request::Method;
    use super::*;

    fn stored() -> StoredSet {
        StoredSet::read(&json!({
            "metadata": {"name": "agent", "namespace": "infra", "uid": "u", "resourceVersion": "7"},
        }))
        .unwrap()
    }

    #[test]
    fn an_event_that_comes_again_is_counted_up() {
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let mut log = EventLog::default();
        log.report(EventType::Warning, "FailedCreate", "no room", now);
        let sent = log.requests(&stored(), "me", 9, now);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].1.method, Method::Post);
        assert!(sent[0].1.body.contains(r#""count":1"#));
        assert!(log.requests(&stored(), "me", 9, now).is_empty());
        log.report(EventType::Warning, "FailedCreate", "no room", now);
        log.report(EventType::Warning, "FailedCreate", "no room", now);
        let sent = log.requests(&stored(), "me", 9, now);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].1.method, Method::Patch);
        assert!(sent[0].1.body.contains(r#""count":3"#));
        log.failed(&sent[0].0);
        log.report(EventType::Warning, "FailedCreate", "no room", now);
        let sent = log.requests(&stored(), "me", 9, now);
        assert_eq!(sent[0].1.method, Method::Post);
    }

    #[test]
    fn many_that_are_alike_are_counted_together_and_few_are_written() {
        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let mut log = EventLog::default();
        let mut sent = Vec::new();
        for pod in 0..300 {
            let message = format!("Created pod: agent-{pod}");
            log.report(EventType::Normal, "SuccessfulCreate", &message, now);
            sent.extend(log.requests(&stored(), "me", 9, now));
        }
        assert_eq!(sent.len(), 25);
        let posts = sent.iter().filter(|(_, r)| r.method == Method::Post);
        assert_eq!(
            posts.count(),
            10,
            "nine by themselves, and one for the rest"
        );
        assert!(log.known.len() <= KNOWN);
        log.report(EventType::Warning, "FailedCreate", "no room", now);
        assert_eq!(
            log.requests(&stored(), "me", 9, now).len(),
            1,
            "warnings have a limit of their own"
        );
        let later = now.plus_seconds(301);
        log.report(
            EventType::Normal,
            "SuccessfulCreate",
            "Created pod: x",
            later,
        );
        assert_eq!(log.requests(&stored(), "me", 9, later).len(), 1);
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let message = "ä".repeat(1000);
        assert_eq!(cut(&message).len(), 1024);
        assert_eq!(cut("short"), "short");
    }
}
