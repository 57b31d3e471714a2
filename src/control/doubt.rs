//! Requests of which it is not known whether they were carried out, and pods of which the newest is
//! not known.
//!
//! A request that may have been carried out may have spent some of the budget already. As long as
//! the plan contains the same action again, it is sent again, and nothing is spent twice. Where it
//! does not, what the budget limits waits until a watch shows what became of it, or for thirty
//! seconds.

use std::collections::BTreeMap;

use super::retry::Hold;
use super::unseen::{Created, Unseen};
use crate::api::{Labels, Timestamp};
use crate::tracker::{Tracker, Uid};

/// How long a doubt counts, in seconds.
const SECONDS: i64 = 30;

/// What is not known for certain about the pods of one set.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    /// Pods that may have been created, by node.
    creates: BTreeMap<String, MaybeCreated>,
    /// Pods that may have been deleted, by name: their UIDs.
    deletes: BTreeMap<String, (Uid, Hold)>,
    /// Pods that have changed since they were seen, by name: in which version they were.
    changed: BTreeMap<String, (u64, Hold)>,
}

/// A pod that may have been created.
#[derive(Clone, Debug)]
struct MaybeCreated {
    name: String,
    /// The labels that the first try gave it. The template may have changed since.
    labels: Labels,
    hold: Hold,
}

impl Doubts {
    /// Forgets what the watches have settled.
    pub(super) fn settle(
        &mut self,
        namespace: &str,
        tracker: &Tracker,
        unseen: &Unseen,
        now: Timestamp,
    ) {
        self.creates.retain(|_, pod| {
            let creation = unseen.creation(namespace, &pod.name);
            matches!(creation, Some(Created::Sent | Created::Doubtful(_)))
        });
        self.deletes.retain(|pod, (uid, hold)| {
            let known = tracker.pod_facts(namespace, pod);
            let is_there = known.is_some_and(|(known, facts)| known == *uid && !facts.terminating);
            is_there && !hold.is_over(now)
        });
        self.changed.retain(|pod, (version, hold)| {
            let known = tracker.pod_version(namespace, pod);
            known == Some(*version) && !hold.is_over(now)
        });
    }

    /// The name under which a pod for the node was tried to be created, if it may be there.
    pub(super) fn created_name(&self, node: &str) -> Option<&str> {
        self.creates.get(node).map(|pod| pod.name.as_str())
    }

    pub(super) fn may_have_created(
        &mut self,
        node: String,
        (name, labels): (&str, Labels),
        now: Timestamp,
    ) {
        let pod = MaybeCreated {
            name: name.to_owned(),
            labels,
            hold: Hold::seconds(now, SECONDS),
        };
        self.creates.insert(node, pod);
    }

    /// The doubt about a creation is settled, or is about to be. Where there was one, the labels that the
    /// pod has if it was created then.
    pub(super) fn settle_creation(&mut self, node: &str, name: &str) -> Option<Labels> {
        let before = self.creates.remove(node)?;
        (before.name == name).then_some(before.labels)
    }

    pub(super) fn may_have_deleted(&mut self, pod: &str, uid: &str, now: Timestamp) {
        let doubt = (Uid::new(uid), Hold::seconds(now, SECONDS));
        self.deletes.insert(pod.to_owned(), doubt);
    }

    pub(super) fn settle_deletion(&mut self, pod: &str) {
        self.deletes.remove(pod);
    }

    /// The pod has changed since it was seen in this version.
    pub(super) fn has_changed(&mut self, pod: &str, version: u64, now: Timestamp) {
        let doubt = (version, Hold::seconds(now, SECONDS));
        self.changed.insert(pod.to_owned(), doubt);
    }

    /// Until when a pod that has changed is waited for.
    pub(super) fn changed_until(&self, pod: &str) -> Option<Timestamp> {
        self.changed.get(pod).map(|(_, hold)| hold.until)
    }

    /// Until when nothing may be spent of the budget, because some of it may be spent already by
    /// what the plan does not contain. The closures say what it contains.
    pub(super) fn budget_until(
        &self,
        creates_on: impl Fn(&str) -> bool,
        deletes: impl Fn(&str) -> bool,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let creates = (self.creates.iter())
            .filter(|(node, _)| !creates_on(node))
            .map(|(_, pod)| &pod.hold);
        let deletes = (self.deletes.iter())
            .filter(|(pod, _)| !deletes(pod))
            .map(|(_, (_, hold))| hold);
        let holds = creates.chain(deletes).filter(|hold| !hold.is_over(now));
        holds.map(|hold| hold.until).max()
    }
}
