//! What watches show goes in.

use serde::Serialize;

use super::by_name::ByName;
use super::memory::{Memory, SetEntry};
use super::pod_views::Amended;
use super::stored::{ReadError, StoredRevision, StoredSet};
use super::unseen::Shown;
use super::{Controller, Kind};
use crate::api::DaemonSetStatus;
use crate::tracker::Uid;
use crate::view::{NodeView, PodView};

impl Controller {
    /// A list of all objects of a kind begins, the first one or after a watch broke off. What is
    /// known stays until the list ends.
    pub fn begin_list(&mut self, kind: Kind) {
        self.lists.begin(kind);
    }

    /// The list is complete: objects of the kind that were not put since it began are gone.
    pub fn end_list(&mut self, kind: Kind) {
        let Some(listed) = self.lists.end(kind) else {
            return;
        };
        // The API server answers, so it is back if it was away.
        for entry in self.sets.values_mut() {
            entry.memory.link.succeed();
        }
        let gone: Vec<(String, String)> = match kind {
            Kind::Node => {
                self.tracker.retain_nodes(|name| listed.contains("", name));
                Vec::new()
            }
            Kind::Pod => {
                // A pod that was created a moment ago may be younger than the list.
                let unseen = &self.unseen;
                let gone = self.tracker.retain_pods(|namespace, name| {
                    listed.contains(namespace, name) || unseen.creation(namespace, name).is_some()
                });
                for (namespace, name) in gone {
                    self.unseen.removed(&namespace, &name);
                    for (_, entry) in self.sets.in_namespace_mut(&namespace) {
                        entry.memory.standing.loses_pod();
                    }
                }
                Vec::new()
            }
            Kind::DaemonSet => missing(&self.sets, &listed),
            Kind::ControllerRevision => missing(&self.revisions, &listed),
        };
        // A list may be older than an answer: what it misses may be shown again.
        for (namespace, name) in gone {
            self.forget(kind, &namespace, &name);
        }
    }

    /// A watch or a list shows a node.
    pub fn put_node(&mut self, node: &impl NodeView) {
        self.lists.put(Kind::Node, "", node.name());
        self.tracker.put_node(node);
    }

    /// A watch or a list shows a pod.
    pub fn put_pod(&mut self, pod: &impl PodView) {
        self.lists.put(Kind::Pod, pod.namespace(), pod.name());
        if pod.is_terminating() {
            self.lose_pod(pod.namespace(), pod.name());
        }
        match self.unseen.shown(pod) {
            Shown::AsItIs => self.tracker.put_pod(pod),
            Shown::But(facts) => self.tracker.put_pod(&Amended(pod, &facts)),
            Shown::Gone => {}
        }
    }

    /// A watch or a list shows a DaemonSet: JSON as the API server sent it, or a dynamic object, which
    /// is written as it was read; [no generated type](super#sets-and-revisions-are-json).
    ///
    /// # Errors
    /// What does not read as a DaemonSet; the version that was there before stays.
    pub fn put_set(&mut self, set: &impl Serialize) -> Result<(), ReadError> {
        self.take_set(StoredSet::of(set)?);
        Ok(())
    }

    pub(super) fn take_set(&mut self, stored: StoredSet) {
        let meta = &stored.object.metadata;
        self.lists.put(Kind::DaemonSet, &meta.namespace, &meta.name);
        if self.unseen.is_gone(&meta.uid) {
            return;
        }
        let Some(entry) = self.sets.get_mut(&meta.namespace, &meta.name) else {
            let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
            self.sets.insert(&namespace, &name, SetEntry::new(stored));
            return;
        };
        let before = &entry.stored.object;
        if entry.stored.is_newer_than(&stored) {
            return;
        }
        if before.metadata.uid != meta.uid {
            self.unseen.gone(Uid::new(&before.metadata.uid));
            entry.memory = Memory::default();
            entry.uncompiled = true;
        } else if before.metadata != *meta || before.spec != stored.object.spec {
            if before.metadata.generation == meta.generation {
                entry.memory.try_now();
            } else {
                entry.memory.try_anew();
            }
            entry.uncompiled = true;
        } else if before.status != stored.object.status {
            match entry.id {
                Some(id) if !decides(&before.status, &stored.object.status) => {
                    self.tracker.put_status(id, &stored.object.status);
                }
                _ => entry.uncompiled = true,
            }
        }
        entry.stored = stored;
    }

    /// A watch or a list shows a ControllerRevision: JSON as the API server sent it, or a dynamic
    /// object; [no generated type](super#sets-and-revisions-are-json).
    ///
    /// # Errors
    /// What does not read as a ControllerRevision; the version that was there before stays.
    pub fn put_revision(&mut self, revision: &impl Serialize) -> Result<(), ReadError> {
        self.take_revision(StoredRevision::of(revision)?);
        Ok(())
    }

    pub(super) fn take_revision(&mut self, stored: StoredRevision) {
        let meta = &stored.object.metadata;
        let (namespace, name) = (meta.namespace.clone(), meta.name.clone());
        self.lists.put(Kind::ControllerRevision, &namespace, &name);
        let before = self.revisions.get(&namespace, &name);
        if self.unseen.is_gone(&meta.uid)
            || before.is_some_and(|before| before.is_newer_than(&stored))
        {
            return;
        }
        let changed = before.is_none_or(|before| before.object != stored.object);
        let before = self.revisions.insert(&namespace, &name, stored);
        if changed {
            if let Some(before) = before {
                self.recompile_for(&before);
            }
            if let Some(now) = self.revisions.get(&namespace, &name).cloned() {
                self.recompile_for(&now);
            }
        }
    }

    /// A watch shows that an object is gone: the one of this UID, which is never believed to be there
    /// again. Another one of the same name stays. Without a UID, which may be empty, whatever has the
    /// name is gone. Nodes have no namespace: give an empty one.
    pub fn remove(&mut self, kind: Kind, namespace: &str, name: &str, uid: &str) {
        let uid = Uid::new(uid);
        let known = self.uid_of(kind, namespace, name);
        let is_it = uid.is_empty() || known.as_ref().is_none_or(|k| k.is_empty() || *k == uid);
        if is_it {
            self.forget(kind, namespace, name);
        }
        self.unseen.gone(uid);
        if let Some(known) = known.filter(|_| is_it) {
            self.unseen.gone(known);
        }
    }

    /// The UID of an object that is known; for nodes there is none.
    fn uid_of(&self, kind: Kind, namespace: &str, name: &str) -> Option<Uid> {
        let meta = match kind {
            Kind::Node => return None,
            Kind::Pod => {
                let made = self.unseen.made(namespace, name).cloned();
                let known = || self.tracker.pod_facts(namespace, name);
                return made.or_else(|| known().map(|(uid, _)| uid));
            }
            Kind::DaemonSet => &self.sets.get(namespace, name)?.stored.object.metadata,
            Kind::ControllerRevision => &self.revisions.get(namespace, name)?.object.metadata,
        };
        Some(Uid::new(&meta.uid))
    }

    pub(super) fn forget(&mut self, kind: Kind, namespace: &str, name: &str) {
        match kind {
            Kind::Node => self.tracker.remove_node(name),
            Kind::Pod => {
                self.unseen.removed(namespace, name);
                self.make_room(namespace, name);
                self.lose_pod(namespace, name);
                self.tracker.remove_pod(namespace, name);
            }
            Kind::DaemonSet => {
                let entry = self.sets.remove(namespace, name);
                if let Some(id) = entry.and_then(|entry| entry.id) {
                    self.tracker.remove_set(id);
                }
            }
            Kind::ControllerRevision => {
                let known = self.revisions.get(namespace, name);
                let controller = known.and_then(|known| known.object.metadata.controller());
                let controller = controller.map(|owner| owner.uid.clone());
                if let Some(memory) = controller.and_then(|uid| self.memory_of(namespace, &uid)) {
                    memory.standing.loses_revision();
                }
                self.forget_revision(namespace, name);
            }
        }
    }

    pub(super) fn forget_revision(&mut self, namespace: &str, name: &str) {
        if let Some(gone) = self.revisions.remove(namespace, name) {
            self.recompile_for(&gone);
        }
    }

    /// A pod goes. What refused another one of its set, such as a quota, may allow it now.
    fn make_room(&mut self, namespace: &str, pod: &str) {
        let known = self.tracker.pod_facts(namespace, pod);
        let controller = known.and_then(|(_, facts)| facts.controller);
        if let Some(memory) = controller.and_then(|uid| self.memory_of(namespace, &uid)) {
            memory.creates.try_now();
        }
    }

    /// A pod is about to go, or has gone, without having been known to: it was not deleted here.
    fn lose_pod(&mut self, namespace: &str, pod: &str) {
        let known = self.tracker.pod_facts(namespace, pod);
        let facts = known
            .map(|(_, facts)| facts)
            .filter(|facts| !facts.terminating);
        let controller = facts.and_then(|facts| facts.controller);
        if let Some(memory) = controller.and_then(|uid| self.memory_of(namespace, &uid)) {
            memory.standing.loses_pod();
        }
    }

    /// What is remembered of the set of this UID.
    fn memory_of(&mut self, namespace: &str, uid: &str) -> Option<&mut Memory> {
        let mut sets = self.sets.in_namespace_mut(namespace);
        let set = sets.find(|(_, entry)| entry.stored.object.metadata.uid == uid);
        set.map(|(_, entry)| &mut entry.memory)
    }

    /// Marks the sets that a revision may count for, or whose next revision it stands in the way of.
    fn recompile_for(&mut self, revision: &StoredRevision) {
        let meta = &revision.object.metadata;
        let controller = meta.controller().map(|owner| owner.uid.as_str());
        for (name, entry) in self.sets.in_namespace_mut(&meta.namespace) {
            let set = &entry.stored.object.metadata;
            let concerns = match controller {
                None => true,
                Some(uid) => uid == set.uid || meta.name.starts_with(name),
            };
            entry.uncompiled |= concerns;
        }
    }
}

/// Whether a status decides something, so that the set has to be compiled anew: the observed
/// generation begins waits anew, and the collision count is part of the hash.
fn decides(before: &DaemonSetStatus, after: &DaemonSetStatus) -> bool {
    before.observed_generation != after.observed_generation
        || before.collision_count != after.collision_count
}

/// What is kept and was not listed.
fn missing<T>(kept: &ByName<T>, listed: &ByName<()>) -> Vec<(String, String)> {
    let kept = kept.iter().map(|(namespace, name, _)| (namespace, name));
    let missing = kept.filter(|(namespace, name)| !listed.contains(namespace, name));
    missing
        .map(|(namespace, name)| (namespace.to_owned(), name.to_owned()))
        .collect()
}
