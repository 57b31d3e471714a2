//! The back-off between deletions of failed pods.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::{DaemonSet, Timestamp};

const FIRST_SECONDS: u32 = 1;
const LONGEST_SECONDS: u32 = 15 * 60;

/// How long each node waits before another failed pod of one set is deleted there.
///
/// The wait begins at one second and doubles up to fifteen minutes; after twice that without a
/// failure it begins anew. It is a plain value: hand it to the planner, and
/// [`advance`](Self::advance) it by the plan that comes back. It counts for one set, and only while the set's
/// `status.observedGeneration` stays the same.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::rollout::Backoff;
///
/// let backoff = Backoff::new(&DaemonSet::default());
/// assert_eq!(backoff.held_until("node-a", "2026-03-01T12:00:00Z".parse()?), None);
/// # Ok::<(), daemonset::api::TimestampError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backoff {
    uid: String,
    observed_generation: i64,
    nodes: BTreeMap<String, Wait>,
}

/// One node's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Wait {
    /// When a failed pod was last deleted.
    pub since: Timestamp,
    /// How many seconds to wait from then on.
    pub seconds: u32,
}

/// The wait that begins on a node because a failed pod there is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BegunWait {
    /// The node.
    pub node: String,
    /// Its wait.
    #[serde(flatten)]
    pub wait: Wait,
}

impl Wait {
    /// When the wait is over.
    #[must_use]
    pub fn until(self) -> Timestamp {
        self.since.plus_seconds(self.seconds.into())
    }

    fn has_expired(self, now: Timestamp) -> bool {
        now > self.since.plus_seconds(i64::from(LONGEST_SECONDS) * 2)
    }

    /// The wait that begins now, after this one.
    fn next(earlier: Option<Self>, now: Timestamp) -> Self {
        let seconds = earlier
            .filter(|earlier| !earlier.has_expired(now))
            .map_or(FIRST_SECONDS, |earlier| {
                (earlier.seconds.saturating_mul(2)).min(LONGEST_SECONDS)
            });
        Self {
            since: now,
            seconds,
        }
    }
}

impl Backoff {
    /// No waits yet.
    #[must_use]
    pub fn new(set: &DaemonSet) -> Self {
        Self {
            uid: set.metadata.uid.clone(),
            observed_generation: set.status.observed_generation,
            nodes: BTreeMap::new(),
        }
    }

    /// Whether it counts for the set as it is now.
    #[must_use]
    pub fn is_for(&self, set: &DaemonSet) -> bool {
        self.uid == set.metadata.uid && self.observed_generation == set.status.observed_generation
    }

    /// Until when failed pods on the node are held, if they are.
    #[must_use]
    pub fn held_until(&self, node: &str, now: Timestamp) -> Option<Timestamp> {
        let wait = self.nodes.get(node)?;
        let held = !wait.has_expired(now) && now < wait.until();
        held.then(|| wait.until())
    }

    /// The wait that begins when a failed pod on the node is deleted now.
    pub(crate) fn next(&self, node: &str, now: Timestamp) -> Wait {
        Wait::next(self.nodes.get(node).copied(), now)
    }

    /// The clock that the waits were begun by was set back by so many milliseconds: they go with it.
    pub(crate) fn set_back(&mut self, millis: i64) {
        for wait in self.nodes.values_mut() {
            wait.since = wait.since.plus_millis(millis.saturating_neg());
        }
    }

    /// Takes over the waits that a plan began. What has expired by then is forgotten.
    pub fn advance(&mut self, begun: &[BegunWait]) {
        for BegunWait { node, wait } in begun {
            self.nodes.insert(node.clone(), *wait);
        }
        if let Some(now) = begun.iter().map(|begun| begun.wait.since).max() {
            self.nodes.retain(|_, wait| !wait.has_expired(now));
        }
    }
}
