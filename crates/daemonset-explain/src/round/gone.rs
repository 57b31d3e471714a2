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

    /// The controller's events about the set.
    fn events_of_set(&self) -> &'a [Event] {
        let set = &self.daemon_set().metadata;
        self.evidence.map_or(&[][..], |evidence| {
            evidence.events("DaemonSet", &set.namespace, &set.name)
        })
    }

    /// Those about pods of it that failed.
    pub fn failed_events(&self) -> impl Iterator<Item = &'a Event> {
        let events = self.events_of_set().iter();
        events.filter(|event| &*event.reason == "FailedDaemonPod")
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
        let told = self.failed_events().map(|event| &*event.message);
        let failed: BTreeSet<&str> = told
            .filter_map(|message| Some(failed_daemon_pod(message)?.0))
            .collect();
        let events = self.events_of_set().iter();
        let deleted = events.filter(|event| &*event.reason == "SuccessfulDelete");
        let names = deleted.filter_map(|event| event.message.strip_prefix("Deleted pod: "));
        names.filter(|name| !failed.contains(name)).collect()
    }
}

/// The pod and the node of `Found failed daemon pod infra/agent-x2k4d on node a, will try to kill it`.
pub(crate) fn failed_daemon_pod(message: &str) -> Option<(&str, &str)> {
    let (before, rest) = message.split_once(" on node ")?;
    let pod = before.rsplit(['/', ' ']).next()?;
    let node = rest.split([',', ' ']).next()?;
    Some((pod, node))
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
    fn the_pod_and_its_node_are_read() {
        let said =
            "Found failed daemon pod infra/agent-x2k4d on node ip-10-0-1-12, will try to kill it";
        let expected = Some(("agent-x2k4d", "ip-10-0-1-12"));
        assert_eq!(failed_daemon_pod(said), expected);
        let combined = format!("(combined from similar events): {said}");
        assert_eq!(failed_daemon_pod(&combined), expected);
        assert_eq!(failed_daemon_pod("Created pod: agent-x2k4d"), None);
    }

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
