//! Pods that were created, deleted, adopted or released and that no watch has shown so yet.
//!
//! Kubernetes counts what it still expects to see and decides nothing until it has; here a write
//! counts from the moment the API server says that it is done. Both trust it for five minutes: a
//! watch that has not shown it by then is taken at its word.

use std::collections::VecDeque;

use serde_json::Value;

use super::by_name::ByName;
use crate::api::Timestamp;
use crate::det_map::HashSet;
use crate::tracker::{PodFacts, Tracker, Uid};
use crate::view::PodView;

/// How long a write counts that no watch shows, in seconds, as in Kubernetes.
pub(super) const PATIENCE_SECONDS: i64 = 5 * 60;

/// How many objects that are gone are remembered, so that a watch or an answer which shows them again
/// is not believed.
const GONE: usize = 10_000;

/// What is not seen yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    created: ByName<Created>,
    changed: ByName<Changed>,
    /// When patience with a pod may end, the earliest first.
    patience: VecDeque<(Timestamp, String, String)>,
    gone: HashSet<Uid>,
    gone_in_order: VecDeque<Uid>,
}

/// A pod that was created, or may have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// The request is under way.
    Sent,
    /// It exists, and this one where the answer showed it. Until then it counts, whatever the watch shows
    /// of others.
    Exists(Timestamp, Option<Made>),
    /// There was no answer. Until then its name is kept for the next try.
    Doubtful(Timestamp),
}

/// The pod that the answer to its creation shows. An earlier try may have made another one of its name, which
/// went before this one came, and which a watch still shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    uid: Uid,
    version: u64,
}

/// A pod that was changed.
#[derive(Clone, Debug)]
struct Changed {
    uid: Uid,
    /// What the watch shows of it.
    shown: PodFacts,
    /// It was deleted.
    deleted: bool,
    /// It was adopted, or released.
    claim: Option<Claim>,
    /// How long that counts.
    until: Timestamp,
}

/// What was done to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It was deleted, or is gone.
    Deleted,
    /// It was adopted, or released.
    Claimed(Claim),
}

/// The controller that a pod has now, or none, and the version that the answer shows of it. That one may have
/// come before the answer, and the pod been orphaned again since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub controller: Option<String>,
    pub version: Option<u64>,
}

/// Whether a request is known to have been carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is, and made this, where the answer shows it.
    Certain(Option<Made>),
    Doubtful,
}

/// What is done about a pod that a watch shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is taken as it is shown.
    AsItIs,
    /// This is true of it, whatever is shown.
    But(PodFacts),
    /// It is gone already.
    Gone,
}

impl Unseen {
    /// A watch shows a pod.
    pub(super) fn shown(&mut self, pod: &impl PodView) -> Shown {
        let uid = || Uid::new(pod.uid());
        if self.is_gone(pod.uid()) {
            return Shown::Gone;
        }
        let (namespace, name) = (pod.namespace(), pod.name());
        if self.precedes_made(pod) {
            return Shown::Gone;
        }
        self.created.remove(namespace, name);
        let Some(changed) = self.changed.get_mut(namespace, name) else {
            return Shown::AsItIs;
        };
        // A pod that was changed before it was ever seen had no UID yet.
        if changed.uid.is_empty() {
            changed.uid = uid();
        }
        changed.shown = PodFacts::of(pod);
        let (version, shown) = (pod.resource_version(), &changed.shown);
        if (changed.claim.as_ref()).is_some_and(|claim| claim.is_shown(version, shown)) {
            changed.claim = None;
        }
        if changed.uid != uid() || (!changed.deleted && changed.claim.is_none()) {
            self.changed.remove(namespace, name);
            return Shown::AsItIs;
        }
        Shown::But(changed.facts())
    }

    /// Whether a pod had its name before the one that was made under it.
    fn precedes_made(&self, pod: &impl PodView) -> bool {
        let made = self.creation_shown(pod.namespace(), pod.name());
        made.is_some_and(|made| {
            made.uid != Uid::new(pod.uid())
                && pod
                    .resource_version()
                    .is_some_and(|shown| shown < made.version)
        })
    }

    /// The UID of the pod that was made under this name, and that no watch has shown.
    pub(super) fn made(&self, namespace: &str, name: &str) -> Option<&Uid> {
        self.creation_shown(namespace, name).map(|made| &made.uid)
    }

    fn creation_shown(&self, namespace: &str, name: &str) -> Option<&Made> {
        match self.created.get(namespace, name) {
            Some(Created::Exists(_, made)) => made.as_ref(),
            _ => None,
        }
    }

    /// A watch shows that a pod is gone.
    pub(super) fn removed(&mut self, namespace: &str, name: &str) {
        self.created.remove(namespace, name);
        self.changed.remove(namespace, name);
    }

    /// The object of this UID is gone, of whatever kind: it is never believed to be there again.
    pub(super) fn gone(&mut self, uid: Uid) {
        if uid.is_empty() {
            return;
        }
        if self.gone.insert(uid.clone()) {
            self.gone_in_order.push_back(uid);
        }
        if self.gone_in_order.len() > GONE
            && let Some(oldest) = self.gone_in_order.pop_front()
        {
            self.gone.remove(&oldest);
        }
    }

    /// Whether the object of this UID is known to be gone.
    pub(super) fn is_gone(&self, uid: &str) -> bool {
        !self.gone.is_empty() && self.gone.contains(&Uid::new(uid))
    }

    /// What is known of the creation of a pod that no watch has shown.
    pub(super) fn creation(&self, namespace: &str, name: &str) -> Option<&Created> {
        self.created.get(namespace, name)
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
            Certainty::Certain(made) => Created::Exists(until, made),
            Certainty::Doubtful => Created::Doubtful(until),
        };
        self.wait(namespace, name, until);
        true
    }

    /// Whether a pod was deleted, and patience with it has not ended.
    pub(super) fn is_deleted(&self, namespace: &str, name: &str, uid: &str) -> bool {
        let changed = self.changed.get(namespace, name);
        changed.is_some_and(|changed| changed.deleted && changed.uid == Uid::new(uid))
    }

    /// Something was done to a pod.
    pub(super) fn done(
        &mut self,
        tracker: &mut Tracker,
        (namespace, name, uid): (&str, &str, &str),
        done: Done,
        now: Timestamp,
    ) {
        let uid = Uid::new(uid);
        let Some((known, shown)) = tracker.pod_facts(namespace, name) else {
            return;
        };
        if known != uid && !uid.is_empty() {
            return;
        }
        let version = tracker.pod_version(namespace, name);
        if let Done::Claimed(claim) = &done
            && claim.is_shown(version, &shown)
        {
            return;
        }
        let before = self.changed.remove(namespace, name);
        let mut changed = before.unwrap_or(Changed {
            uid,
            shown,
            deleted: false,
            claim: None,
            until: now,
        });
        match done {
            Done::Deleted => changed.deleted = true,
            Done::Claimed(claim) => changed.claim = Some(claim),
        }
        changed.until = now.plus_seconds(PATIENCE_SECONDS);
        self.wait(namespace, name, changed.until);
        tracker.set_pod_facts(namespace, name, &changed.facts());
        self.changed.insert(namespace, name, changed);
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
                Some(Created::Exists(until, _)) if *until <= now => {
                    self.created.remove(&namespace, &name);
                    tracker.remove_pod(&namespace, &name);
                }
                Some(Created::Doubtful(until)) if *until <= now => {
                    self.created.remove(&namespace, &name);
                }
                _ => {}
            }
            let changed = self.changed.get(&namespace, &name);
            if let Some(changed) = changed.filter(|changed| changed.until <= now) {
                tracker.set_pod_facts(&namespace, &name, &changed.shown);
                self.changed.remove(&namespace, &name);
            }
        }
    }
}

impl Made {
    pub(super) fn of(pod: &Value) -> Option<Self> {
        let meta = pod.get("metadata")?;
        Some(Self {
            uid: Uid::new(meta.get("uid")?.as_str()?),
            version: version_of(pod)?,
        })
    }
}

impl Claim {
    /// Whether a pod of this version, which has these facts, shows it.
    fn is_shown(&self, version: Option<u64>, facts: &PodFacts) -> bool {
        match (self.version, version) {
            (Some(made), Some(shown)) => shown >= made,
            _ => self.controller == facts.controller,
        }
    }
}

/// The resource version of an object that an answer shows.
pub(super) fn version_of(object: &Value) -> Option<u64> {
    let version = object.get("metadata")?.get("resourceVersion")?.as_str()?;
    version.parse().ok()
}

impl Changed {
    /// What is true of the pod.
    fn facts(&self) -> PodFacts {
        let shown = &self.shown;
        let claimed = self.claim.as_ref().map(|claim| &claim.controller);
        PodFacts {
            terminating: shown.terminating || self.deleted,
            controller: claimed.unwrap_or(&shown.controller).clone(),
        }
    }
}
