//! How many pods failed on which node, as the controller, kubelets, and the pods that are still there tell.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{Pod, Timestamp};
use daemonset::round::NodeInRound;

use super::refusal::begins_before;
use crate::evidence::{Event, Evidence, is_generated};
use crate::finding::FailedOn;
use crate::round::{Round, failed_daemon_pod};

/// The controller waits for a quarter of an hour at the longest until it replaces a failed pod: what failed before that is over.
pub(super) const RECENT: i64 = 1200;

/// So many pods that failed one after the other are no accident, where a pod fails so that is still there.
const AGAIN: usize = 2;

/// Several events of one kind that were put together: the words are those of the last.
///
/// Source: client-go's `EventCorrelator`.
const COMBINED: &str = "(combined from similar events): ";

/// The pods of the newest template that failed on one node.
#[derive(Default)]
struct There<'r> {
    /// As the controller counts them.
    counted: usize,
    /// Those of which the name is known.
    named: BTreeSet<&'r str>,
    last: Option<Timestamp>,
}

impl There<'_> {
    fn failed(&self) -> usize {
        self.counted.max(self.named.len())
    }
}

/// The pods of the newest template that failed, by node.
pub(super) struct Failed<'r> {
    by_node: BTreeMap<&'r str, There<'r>>,
    /// Of which no node is told.
    elsewhere: usize,
}

impl<'r> Failed<'r> {
    /// Those that events tell of, and these.
    pub(super) fn of(round: &'r Round<'_>, there: impl Iterator<Item = &'r Pod>) -> Self {
        let mut all = Self {
            by_node: BTreeMap::new(),
            elsewhere: 0,
        };
        for event in round.failed_events().filter(|it| is_of_newest(round, it)) {
            let Some((pod, node)) = failed_daemon_pod(&event.message) else {
                continue;
            };
            let is_combined = event.message.starts_with(COMBINED);
            let count = usize::try_from(event.count).unwrap_or(1).max(1);
            let own = if is_combined { 1 } else { count };
            all.elsewhere += count - own;
            let known = all.by_node.entry(node).or_default();
            known.counted += own;
            known.named.insert(pod);
            known.last = known.last.max(event.time());
        }
        for event in ended(round).filter(|it| is_of_newest(round, it)) {
            all.add(&event.host, &event.regarding.name, event.time());
        }
        for pod in there {
            all.add(&pod.spec.node_name, &pod.metadata.name, None);
        }
        all
    }

    fn add(&mut self, node: &'r str, pod: &'r str, at: Option<Timestamp>) {
        if node.is_empty() {
            return;
        }
        let known = self.by_node.entry(node).or_default();
        known.named.insert(pod);
        known.last = known.last.max(at);
    }

    /// How many failed, as far as that is known.
    pub(super) fn count(&self) -> usize {
        let of_nodes = self.by_node.values().map(There::failed);
        of_nodes.sum::<usize>() + self.elsewhere
    }

    /// How many failed on this node, the last of them lately.
    pub(super) fn lately_on(&self, node: &str, now: Timestamp) -> usize {
        let known = self.by_node.get(node);
        let is_recent = |at| now.seconds_since(at) <= RECENT;
        let lately = known.filter(|it| it.last.is_some_and(is_recent));
        lately.map_or(0, There::failed)
    }

    /// The nodes, that with the most first.
    pub(super) fn nodes(&self) -> Vec<FailedOn> {
        let all = self.by_node.iter();
        let mut all: Vec<FailedOn> = all
            .map(|(node, there)| FailedOn {
                node: (*node).to_owned(),
                pods: there.failed(),
            })
            .collect();
        all.sort_by_key(|it| std::cmp::Reverse(it.pods));
        all
    }

    /// The nodes where one pod after the other has failed of late, and the next one runs at the moment.
    pub(super) fn running(&self, round: &Round<'_>) -> Vec<String> {
        let now = round.view.now;
        let nodes = self.by_node.keys();
        let again = nodes.filter(|node| self.lately_on(node, now) >= AGAIN);
        let runs = again.filter(|node| {
            let seen = round.view.node(node);
            seen.is_some_and(NodeInRound::runs_updated)
        });
        runs.map(|node| (*node).to_owned()).collect()
    }
}

/// Whether what an event tells of is since the newest revision came, and was not before it was come back to.
fn is_of_newest(round: &Round<'_>, event: &Event) -> bool {
    let since = round.current_revision_created();
    let at = event.time();
    at.zip(since).is_none_or(|(at, since)| at >= since) && !begins_before(round, event)
}

/// What kubelets say of pods of the set that they evicted.
fn ended<'r>(round: &'r Round<'_>) -> impl Iterator<Item = &'r Event> {
    let set = &round.daemon_set().metadata;
    let events = round.evidence.into_iter().flat_map(Evidence::all_events);
    events.filter(|event| {
        let of = &event.regarding;
        event.warning
            && &*event.reason == "Evicted"
            && &*of.kind == "Pod"
            && *of.namespace == *set.namespace
            && is_generated(&of.name, &set.name)
    })
}
