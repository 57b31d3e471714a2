//! What events tell of pods of the set that failed, those that are gone among them.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{Pod, Timestamp};

use super::Round;
use crate::evidence::Event;

/// How long before a pod came what failed there is of the one before it, in seconds.
const BEFORE: i64 = 600;

/// So many failures of a probe are no passing ones.
const SEVERAL: i32 = 3;

impl<'a> Round<'a> {
    /// How many of the set's pods failed, as the controller's events tell.
    pub fn failed_pod_events(&self) -> usize {
        let failed = self.failed_events();
        let counts = failed.map(|event| usize::try_from(event.count).unwrap_or(0));
        counts.sum()
    }

    /// The controller's events about pods of the set that failed.
    pub fn failed_events(&self) -> impl Iterator<Item = &'a Event> {
        let set = &self.daemon_set().metadata;
        let events = self.evidence.map_or(&[][..], |evidence| {
            evidence.events("DaemonSet", &set.namespace, &set.name)
        });
        events
            .iter()
            .filter(|event| &*event.reason == "FailedDaemonPod")
    }

    /// How many of the set's pods failed: those of which the controller's events tell, and of these that are there
    /// the ones of which no event tells yet.
    pub fn failed_pods<'p>(&self, there: impl Iterator<Item = &'p Pod>) -> usize {
        let failed = self.failed_events();
        let named: BTreeSet<&str> = failed
            .flat_map(|event| event.message.split_whitespace())
            .collect();
        let is_told = |pod: &&Pod| {
            let metadata = &pod.metadata;
            named.contains(&*format!("{}/{}", metadata.namespace, metadata.name))
        };
        self.failed_pod_events() + there.filter(|pod| !is_told(pod)).count()
    }

    /// What was said last of the pod that was on the node of this one before, failed there, and is gone: neither the age nor
    /// the restarts of this one show it. That it was of the newest revision is told by when events of it begin; `None` also
    /// where that does not tell.
    pub fn failed_there_before(&self, pod: &Pod) -> Option<&Event> {
        let found = self.failed_and_gone.get_or_init(|| self.failed_and_gone());
        let event = found.get(&*pod.spec.node_name)?;
        let (last, created) = event.last.zip(pod.metadata.creation_timestamp)?;
        (created.seconds_since(last) <= BEFORE).then_some(event)
    }

    fn failed_and_gone(&self) -> BTreeMap<Box<str>, Event> {
        let mut found: BTreeMap<&str, &Event> = BTreeMap::new();
        let Some((evidence, since)) = self.evidence.zip(self.newest_revision_came()) else {
            return BTreeMap::new();
        };
        let set = &self.daemon_set().metadata;
        let pods = self
            .cluster
            .pods_controlled_by(&set.namespace, Some(&set.uid));
        let there: BTreeSet<&str> = pods.map(|pod| &*pod.metadata.name).collect();
        let replaced = self.replaced();
        for (name, events) in evidence.events_of_pods(&set.namespace, &set.name) {
            let began = events.iter().filter_map(|event| event.first).min();
            if there.contains(name) || replaced.contains(name) || began < Some(since) {
                continue;
            }
            for event in events.iter().filter(|event| tells_of_failure(event)) {
                let known = found.entry(&event.host).or_insert(event);
                if event.last > known.last {
                    *known = event;
                }
            }
        }
        let owned = |(node, event): (&str, &Event)| (node.into(), event.clone());
        found.into_iter().map(owned).collect()
    }

    /// Since when pods can be of the newest revision; `None` where it was come back to, since its object is older than that.
    fn newest_revision_came(&self) -> Option<Timestamp> {
        let made = self.current_revision_created()?;
        let others = self
            .own_revisions()
            .filter_map(|it| it.metadata.creation_timestamp);
        others
            .max()
            .is_none_or(|newest| newest <= made)
            .then_some(made)
    }

    /// The pods that the controller deleted though they had not failed: for being outdated, as far as events tell.
    fn replaced(&self) -> BTreeSet<&'a str> {
        let set = &self.daemon_set().metadata;
        let events = self.evidence.map_or(&[][..], |evidence| {
            evidence.events("DaemonSet", &set.namespace, &set.name)
        });
        let failed: BTreeSet<&str> = (self.failed_events())
            .flat_map(|event| event.message.split_whitespace())
            .filter_map(|word| Some(word.split_once('/')?.1))
            .collect();
        let deleted = (events.iter()).filter(|event| &*event.reason == "SuccessfulDelete");
        let names = deleted.filter_map(|event| event.message.strip_prefix("Deleted pod: "));
        names.filter(|name| !failed.contains(name)).collect()
    }
}

/// Whether a kubelet says in it that a container of the pod did not start, or ended again and again.
fn tells_of_failure(event: &Event) -> bool {
    let of_kills = || {
        let mut probes = ["Liveness", "Startup"].into_iter();
        event.count >= SEVERAL && probes.any(|probe| event.message.starts_with(probe))
    };
    event.warning
        && !event.host.is_empty()
        && match &*event.reason {
            "BackOff" | "Failed" => true,
            "Unhealthy" => of_kills(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fails_says_so_more_than_once() {
        let tells = |reason: &str, message: &str, count: i32, host: &str| {
            let event = json!({
                "reason": reason, "message": message, "count": count, "type": "Warning", "source": {"host": host},
            });
            tells_of_failure(&serde_json::from_value(event).unwrap())
        };
        assert!(tells(
            "BackOff",
            "Back-off restarting failed container",
            1,
            "a"
        ));
        assert!(tells("Unhealthy", "Liveness probe failed: refused", 3, "a"));
        assert!(!tells(
            "Unhealthy",
            "Liveness probe failed: refused",
            2,
            "a"
        ));
        // As of one that is being deleted.
        assert!(!tells(
            "Unhealthy",
            "Readiness probe failed: refused",
            3,
            "a"
        ));
        assert!(!tells(
            "BackOff",
            "Back-off restarting failed container",
            1,
            ""
        ));
    }
}
