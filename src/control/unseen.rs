//! Pods that were created or deleted and that no watch has shown as such yet.
//!
//! Kubernetes counts what it still expects to see and decides nothing until it has; here a pod
//! counts as created or deleted from the moment the API server says so. Both trust a write for five
//! minutes: a watch that has not shown it by then is taken at its word.

use std::collections::VecDeque;

use super::by_name::ByName;
use crate::api::{Labels, PodPhase, Timestamp};
use crate::det_map::HashSet;
use crate::tracker::{Tracker, Uid};
use crate::view::{PodView, Ready};

/// How long a write counts that no watch shows, in seconds, as in Kubernetes.
pub(super) const PATIENCE_SECONDS: i64 = 5 * 60;

/// How many pods that are gone are remembered, so that a watch which shows them again is not
/// believed.
const GONE: usize = 10_000;

/// What is not seen yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    created: ByName<Created>,
    deleted: ByName<Deleted>,
    /// When patience with a pod may end, the earliest first.
    patience: VecDeque<(Timestamp, String, String)>,
    gone: HashSet<Uid>,
    gone_in_order: VecDeque<Uid>,
}

/// A pod that was created, or may have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// The request is under way.
    Sent,
    /// It exists. Until then it counts, whatever the watch shows.
    Exists(Timestamp),
    /// There was no answer. Until then its name is kept for the next try.
    Doubtful(Timestamp),
}

/// A pod that was deleted.
#[derive(Clone, Debug)]
struct Deleted {
    uid: Uid,
    /// Whether a watch has shown it so.
    seen: bool,
    until: Timestamp,
}

/// Whether a request is known to have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    Certain,
    Doubtful,
}

/// What is done about a pod that a watch shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is taken as it is shown.
    AsItIs,
    /// It is terminating, though it may not be shown so.
    Terminating,
    /// It is gone already.
    Gone,
}

impl Unseen {
    /// A watch shows a pod.
    pub(super) fn shown(&mut self, pod: &impl PodView) -> Shown {
        let uid = || Uid::new(pod.uid());
        if !self.gone.is_empty() && self.gone.contains(&uid()) {
            return Shown::Gone;
        }
        let (namespace, name) = (pod.namespace(), pod.name());
        self.created.remove(namespace, name);
        let Some(deleted) = self.deleted.get_mut(namespace, name) else {
            return Shown::AsItIs;
        };
        // A pod that was deleted before it was ever seen had no UID yet.
        if deleted.uid.is_empty() {
            deleted.uid = uid();
        }
        if deleted.uid != uid() {
            self.deleted.remove(namespace, name);
            return Shown::AsItIs;
        }
        deleted.seen |= pod.is_terminating();
        Shown::Terminating
    }

    /// A watch shows that a pod is gone.
    pub(super) fn removed(&mut self, namespace: &str, name: &str, uid: Option<Uid>) {
        self.created.remove(namespace, name);
        self.deleted.remove(namespace, name);
        let Some(uid) = uid.filter(|uid| !uid.is_empty()) else {
            return;
        };
        if self.gone.insert(uid.clone()) {
            self.gone_in_order.push_back(uid);
        }
        if self.gone_in_order.len() > GONE
            && let Some(oldest) = self.gone_in_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }

    /// What is known of the creation of a pod that no watch has shown.
    pub(super) fn creation(&self, namespace: &str, name: &str) -> Option<Created> {
        self.created.get(namespace, name).copied()
    }

    /// The creation of a pod is under way.
    pub(super) fn sent(&mut self, namespace: &str, name: &str) {
        self.created.insert(namespace, name, Created::Sent);
    }

    /// The creation of a pod came to nothing.
    pub(super) fn not_created(&mut self, namespace: &str, name: &str) {
        self.created.remove(namespace, name);
    }

    /// A pod was created, or may have been. `false` where a watch has shown it meanwhile.
    pub(super) fn created(
        &mut self,
        namespace: &str,
        name: &str,
        certainty: Certainty,
        now: Timestamp,
    ) -> bool {
        let Some(created) = self.created.get_mut(namespace, name) else {
            return false;
        };
        let until = now.plus_seconds(PATIENCE_SECONDS);
        *created = match certainty {
            Certainty::Certain => Created::Exists(until),
            Certainty::Doubtful => Created::Doubtful(until),
        };
        self.wait(namespace, name, until);
        true
    }

    /// Whether a pod was deleted, and patience with it has not ended.
    pub(super) fn is_deleted(&self, namespace: &str, name: &str, uid: &str) -> bool {
        let deleted = self.deleted.get(namespace, name);
        deleted.is_some_and(|deleted| deleted.uid == Uid::new(uid))
    }

    /// A pod was deleted; `seen` says whether a watch has shown it so.
    pub(super) fn deleted(
        &mut self,
        namespace: &str,
        name: &str,
        uid: &str,
        seen: bool,
        now: Timestamp,
    ) {
        let until = now.plus_seconds(PATIENCE_SECONDS);
        let deleted = Deleted {
            uid: Uid::new(uid),
            seen,
            until,
        };
        self.deleted.insert(namespace, name, deleted);
        self.wait(namespace, name, until);
    }

    fn wait(&mut self, namespace: &str, name: &str, until: Timestamp) {
        let earlier = |(other, ..): &(Timestamp, String, String)| *other <= until;
        let at = self.patience.partition_point(earlier);
        let pod = (until, namespace.to_owned(), name.to_owned());
        self.patience.insert(at, pod);
    }

    /// When patience with some pod may end.
    pub(super) fn looks_again_at(&self) -> Option<Timestamp> {
        self.patience.front().map(|(until, ..)| *until)
    }

    /// Ends the patience with what was to be seen by now.
    pub(super) fn expire(&mut self, tracker: &mut Tracker, now: Timestamp) {
        let due = |(until, ..): &mut (Timestamp, String, String)| *until <= now;
        while let Some((_, namespace, name)) = self.patience.pop_front_if(due) {
            match self.created.get(&namespace, &name) {
                Some(Created::Exists(until)) if *until <= now => {
                    self.created.remove(&namespace, &name);
                    tracker.remove_pod(&namespace, &name);
                }
                Some(Created::Doubtful(until)) if *until <= now => {
                    self.created.remove(&namespace, &name);
                }
                _ => {}
            }
            let deleted = self.deleted.get(&namespace, &name);
            if let Some(deleted) = deleted.filter(|deleted| deleted.until <= now) {
                if !deleted.seen {
                    tracker.set_terminating(&namespace, &name, false);
                }
                self.deleted.remove(&namespace, &name);
            }
        }
    }
}

/// A pod that was created and not seen yet.
#[derive(Clone, Debug)]
pub(super) struct CreatedPod<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    pub node: &'a str,
    pub controller: &'a str,
    pub labels: &'a Labels,
    pub created: Timestamp,
}

impl PodView for CreatedPod<'_> {
    fn namespace(&self) -> &str {
        self.namespace
    }

    fn name(&self) -> &str {
        self.name
    }

    #[allow(clippy::unnecessary_literal_bound)] // the view's own signature
    fn uid(&self) -> &str {
        ""
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter()
    }

    fn controller(&self) -> Option<&str> {
        Some(self.controller)
    }

    fn node_name(&self) -> Option<&str> {
        None
    }

    fn aimed_at(&self) -> Option<&str> {
        Some(self.node)
    }

    fn is_terminating(&self) -> bool {
        false
    }

    fn phase(&self) -> PodPhase {
        PodPhase::Pending
    }

    fn created(&self) -> Option<Timestamp> {
        Some(self.created)
    }

    fn ready(&self) -> Ready {
        Ready::No
    }
}

/// A pod that is terminating, whatever a watch shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminating<'a, P>(pub &'a P);

impl<P: PodView> PodView for Terminating<'_, P> {
    fn namespace(&self) -> &str {
        self.0.namespace()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn uid(&self) -> &str {
        self.0.uid()
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.labels()
    }

    fn controller(&self) -> Option<&str> {
        self.0.controller()
    }

    fn node_name(&self) -> Option<&str> {
        self.0.node_name()
    }

    fn aimed_at(&self) -> Option<&str> {
        self.0.aimed_at()
    }

    fn is_terminating(&self) -> bool {
        true
    }

    fn phase(&self) -> PodPhase {
        self.0.phase()
    }

    fn created(&self) -> Option<Timestamp> {
        self.0.created()
    }

    fn ready(&self) -> Ready {
        self.0.ready()
    }

    fn resource_version(&self) -> Option<u64> {
        self.0.resource_version()
    }
}
