//! Nodes and pods in a compact form: every string once, small numbers for the rest.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;

use super::PodFacts;
use super::interner::{Interner, Key, push};
use super::uid::Uid;
use crate::api::{Labels, Taint, Timestamp};
use crate::det_map::FixedState;
use crate::rollout::{Phase, PodId};
use crate::view::{NodeView, PodView, Ready, TaintView};

/// A name that a node has or a pod belongs to.
pub(super) type PlaceId = u32;

/// All nodes and pods.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub strings: Interner<Arc<str>>,
    pub label_sets: Interner<Labels>,
    pub taints: Interner<Box<[Taint]>>,
    places: Slab<Place>,
    pods: Slab<PodRecord>,
    hasher: FixedState,
}

#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Shared with the label `kubernetes.io/hostname`, which most often says the same.
    pub name: Arc<str>,
    name_key: Key,
    pub node: Option<NodeRecord>,
    /// The resource version of the node; 0 where it is not known.
    version: u64,
    /// How many pods belong here.
    pods: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeRecord {
    /// Keys and values of its labels.
    labels: Box<[(Key, Key)]>,
    pub taints: Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PodRecord {
    pub namespace: Key,
    pub name: Box<str>,
    pub uid: Uid,
    /// Most pods share their labels with many others.
    pub labels: Key,
    /// The UID of its controller.
    pub controller: Option<Key>,
    pub place: Option<PlaceId>,
    pub unbound: bool,
    pub terminating: bool,
    pub phase: Phase,
    pub created: Option<Timestamp>,
    pub ready: Ready,
    /// The resource version; 0 where it is not known.
    pub version: u64,
}

/// Has the texts of labels fetched from memory at the same time, where they are looked at one after
/// the other next. Of generated types each text is a piece of memory of its own, and to wait for one
/// after the other took most of the time that a node took.
#[inline]
fn fetch<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) {
    let first = |text: &str| text.as_bytes().first().copied().unwrap_or_default();
    std::hint::black_box(labels.fold(0, |all, (key, value)| all ^ first(key) ^ first(value)));
}

/// Whether a version is older than the one that is known, as far as both are known.
fn is_older(version: u64, known: u64) -> bool {
    version != 0 && version < known
}

impl PodRecord {
    /// Whether this record of a pod is older than another one of the very same pod.
    pub(super) fn is_older_than(&self, known: &Self) -> bool {
        self.uid == known.uid && is_older(self.version, known.version)
    }

    /// Whether it counts on its node, and not only for the history.
    pub(super) fn is_there(&self) -> bool {
        self.phase.counts(self.terminating)
    }
}

/// A list with holes that are filled again, and an index of it by name.
#[derive(Clone, Debug)]
struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<u32>,
    by_name: HashTable<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            free: Vec::new(),
            by_name: HashTable::new(),
        }
    }
}

impl<T> Slab<T> {
    fn get(&self, id: u32) -> Option<&T> {
        self.items.get(id as usize)?.as_ref()
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.items.get_mut(id as usize)?.as_mut()
    }

    fn find(&self, hash: u64, same: impl Fn(&T) -> bool) -> Option<u32> {
        let same = |id: &u32| self.get(*id).is_some_and(&same);
        self.by_name.find(hash, same).copied()
    }

    fn insert(&mut self, item: T, hash_of: impl Fn(&T) -> u64) -> u32 {
        let hash = hash_of(&item);
        let id = match self.free.pop() {
            Some(id) => id,
            None => u32::try_from(self.items.len()).unwrap_or(u32::MAX),
        };
        match self.items.get_mut(id as usize) {
            Some(place) => *place = Some(item),
            None => push(&mut self.items, Some(item)),
        }
        let items = &self.items;
        let hash_at = |&id: &u32| items.get(id as usize)?.as_ref().map(&hash_of);
        self.by_name
            .insert_unique(hash, id, |id| hash_at(id).unwrap_or_default());
        id
    }

    fn remove(&mut self, id: u32, hash: u64) -> Option<T> {
        if let Ok(listed) = self.by_name.find_entry(hash, |&other| other == id) {
            listed.remove();
        }
        let item = self.items.get_mut(id as usize)?.take()?;
        self.free.push(id);
        Some(item)
    }
}

impl Store {
    pub(super) fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id)
    }

    /// The numbers that places have are below this one.
    pub(super) fn places(&self) -> PlaceId {
        u32::try_from(self.places.items.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn pod(&self, id: PodId) -> Option<&PodRecord> {
        self.pods.get(id)
    }

    /// All pods.
    pub(super) fn pods(&self) -> impl Iterator<Item = (PodId, &PodRecord)> {
        let pods = (0..).zip(&self.pods.items);
        pods.filter_map(|(id, pod)| Some((id, pod.as_ref()?)))
    }

    pub(super) fn find_place(&self, name: &str) -> Option<PlaceId> {
        let hash = self.hasher.hash_one(name);
        self.places.find(hash, |place| *place.name == *name)
    }

    fn place_of(&mut self, name: &str) -> PlaceId {
        if let Some(id) = self.find_place(name) {
            return id;
        }
        let hasher = &self.hasher;
        let name_key = self.strings.hold(name, || name.into());
        let shared = self.strings.get(name_key).cloned();
        let place = Place {
            name: shared.unwrap_or_else(|| name.into()),
            name_key,
            node: None,
            version: 0,
            pods: 0,
        };
        self.places
            .insert(place, |place| hasher.hash_one(&*place.name))
    }

    /// Whether neither a node nor a pod has a place any more.
    pub(super) fn is_deserted(&self, id: PlaceId) -> bool {
        let place = self.places.get(id);
        place.is_some_and(|place| place.node.is_none() && place.pods == 0)
    }

    /// Forgets a place that is deserted.
    pub(super) fn tidy(&mut self, id: PlaceId) {
        let hash = match self.places.get(id) {
            Some(place) if self.is_deserted(id) => self.hasher.hash_one(&*place.name),
            _ => return,
        };
        if let Some(place) = self.places.remove(id, hash) {
            self.strings.release(place.name_key);
        }
    }

    /// Takes a node over. `None` where nothing that is read has changed, or where a newer version
    /// is known.
    pub(super) fn put_node(&mut self, node: &impl NodeView) -> Option<PlaceId> {
        let version = node.resource_version().unwrap_or_default();
        let known = self.find_place(node.name()).and_then(|id| self.place(id));
        if known.is_some_and(|place| place.node.is_some() && is_older(version, place.version)) {
            return None;
        }
        fetch(node.labels());
        let strings = &mut self.strings;
        let mut hold = |text: &str| strings.hold(text, || text.into());
        let labels = node.labels().map(|(k, v)| (hold(k), hold(v))).collect();
        let taints = self.hold_taints(node);
        let record = NodeRecord { labels, taints };
        let id = self.place_of(node.name());
        let place = self.places.get_mut(id)?;
        place.version = version;
        let same = place.node.as_ref() == Some(&record);
        let before = place.node.replace(record);
        if let Some(before) = before {
            self.release_node(&before);
        }
        (!same).then_some(id)
    }

    fn hold_taints(&mut self, node: &impl NodeView) -> Key {
        let mut hasher = self.hasher.build_hasher();
        node.taints().for_each(|taint| taint.hash(&mut hasher));
        let same = |kept: &[Taint]| node.taints().eq(kept.iter().map(TaintView::from));
        let make = || node.taints().map(Taint::from).collect();
        self.taints
            .hold_with(hasher.finish(), |kept| same(kept), make)
    }

    /// Labels mostly come by key, as they are kept; in any other order they are sorted first.
    fn hold_labels(&mut self, pod: &impl PodView) -> Key {
        let mut hasher = self.hasher.build_hasher();
        let mut last = None;
        for (key, value) in pod.labels() {
            if last >= Some(key) {
                return self.hold_sorted(&pod.labels().collect());
            }
            last = Some(key);
            hasher.write(key.as_bytes());
            hasher.write(value.as_bytes());
        }
        let same = |kept: &Labels| kept.iter().eq(pod.labels());
        let make = || pod.labels().collect();
        self.label_sets.hold_with(hasher.finish(), same, make)
    }

    fn hold_sorted(&mut self, labels: &Labels) -> Key {
        let mut hasher = self.hasher.build_hasher();
        for (key, value) in labels {
            hasher.write(key.as_bytes());
            hasher.write(value.as_bytes());
        }
        let same = |kept: &Labels| kept == labels;
        self.label_sets
            .hold_with(hasher.finish(), same, || labels.clone())
    }

    /// Forgets a node. `None` where there is none of that name.
    pub(super) fn remove_node(&mut self, name: &str) -> Option<PlaceId> {
        let id = self.find_place(name)?;
        let node = self.places.get_mut(id)?.node.take()?;
        self.release_node(&node);
        Some(id)
    }

    fn release_node(&mut self, node: &NodeRecord) {
        for &(key, value) in &node.labels {
            self.strings.release(key);
            self.strings.release(value);
        }
        self.taints.release(node.taints);
    }

    pub(super) fn find_pod(&self, namespace: &str, name: &str) -> Option<PodId> {
        self.find_pod_in(self.strings.find(namespace)?, name)
    }

    pub(super) fn find_pod_in(&self, namespace: Key, name: &str) -> Option<PodId> {
        let hash = self.hasher.hash_one((namespace, name));
        let same = |pod: &PodRecord| pod.namespace == namespace && *pod.name == *name;
        self.pods.find(hash, same)
    }

    /// A pod in compact form, everything it names held.
    pub(super) fn record(&mut self, pod: &impl PodView) -> PodRecord {
        let strings = &mut self.strings;
        let mut hold = |text: &str| strings.hold(text, || text.into());
        let namespace = hold(pod.namespace());
        let controller = pod.controller().map(hold);
        let labels = self.hold_labels(pod);
        let place = pod.target_node().map(|node| self.place_of(node));
        if let Some(place) = place.and_then(|id| self.places.get_mut(id)) {
            place.pods += 1;
        }
        PodRecord {
            namespace,
            name: pod.name().into(),
            uid: Uid::new(pod.uid()),
            labels,
            controller,
            place,
            unbound: pod.node_name().is_none(),
            terminating: pod.is_terminating(),
            phase: pod.phase().into(),
            created: pod.created(),
            ready: pod.ready(),
            version: pod.resource_version().unwrap_or_default(),
        }
    }

    /// The known version of a pod is now this one, which says nothing new.
    pub(super) fn renew(&mut self, id: PodId, version: u64) {
        if let Some(pod) = self.pods.get_mut(id) {
            pod.version = version;
        }
    }

    /// Stores a pod that is not there.
    pub(super) fn insert_pod(&mut self, record: PodRecord) -> PodId {
        let hasher = &self.hasher;
        let hash_of = |pod: &PodRecord| hasher.hash_one((pod.namespace, &*pod.name));
        self.pods.insert(record, hash_of)
    }

    /// Puts a newer record of the same pod in the place of the older one, which is returned.
    pub(super) fn replace_pod(&mut self, id: PodId, record: PodRecord) -> Option<PodRecord> {
        Some(std::mem::replace(self.pods.get_mut(id)?, record))
    }

    pub(super) fn remove_pod(&mut self, id: PodId) -> Option<PodRecord> {
        let pod = self.pods.get(id)?;
        let hash = self.hasher.hash_one((pod.namespace, &*pod.name));
        self.pods.remove(id, hash)
    }

    /// A pod's record with other facts, everything it names held; `None` where there is no such pod
    /// or nothing is different.
    pub(super) fn with_facts(&mut self, id: PodId, facts: &PodFacts) -> Option<PodRecord> {
        let before = self.pod(id)?.clone();
        let controller = facts.controller.as_deref();
        let controller = controller.map(|uid| self.strings.hold(uid, || uid.into()));
        let record = PodRecord {
            terminating: facts.terminating,
            controller,
            ..before.clone()
        };
        if record == before {
            if let Some(controller) = controller {
                self.strings.release(controller);
            }
            return None;
        }
        self.strings.hold_again(record.namespace);
        self.label_sets.hold_again(record.labels);
        if let Some(place) = record.place.and_then(|id| self.places.get_mut(id)) {
            place.pods += 1;
        }
        Some(record)
    }

    /// Lets go of what a record names. Its place stays until it is tidied.
    pub(super) fn release(&mut self, record: &PodRecord) {
        self.strings.release(record.namespace);
        if let Some(controller) = record.controller {
            self.strings.release(controller);
        }
        self.label_sets.release(record.labels);
        if let Some(place) = record.place.and_then(|id| self.places.get_mut(id)) {
            place.pods = place.pods.saturating_sub(1);
        }
    }

    /// A node as placement reads it.
    pub(super) fn view<'a>(&'a self, place: &'a Place, node: &'a NodeRecord) -> StoredNode<'a> {
        StoredNode {
            store: self,
            name: &place.name,
            node,
        }
    }
}

impl NodeRecord {
    /// The value of the label with this key, both as numbers. Looks first at the place where the
    /// last one was found, which it notes.
    #[inline]
    pub(super) fn value_of(&self, place: &mut usize, wanted: Key) -> Option<Key> {
        if let Some(&(key, value)) = self.labels.get(*place)
            && key == wanted
        {
            return Some(value);
        }
        let at = self.labels.iter().position(|(key, _)| *key == wanted)?;
        *place = at;
        self.labels.get(at).map(|&(_, value)| value)
    }
}

/// A stored node as placement reads it.
pub(super) struct StoredNode<'a> {
    store: &'a Store,
    name: &'a str,
    node: &'a NodeRecord,
}

impl NodeView for StoredNode<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn label(&self, key: &str) -> Option<&str> {
        let key = self.store.strings.find(key)?;
        let value = self.node.value_of(&mut 0, key)?;
        self.store.strings.get(value).map(|text| &**text)
    }

    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let text = |key: Key| self.store.strings.get(key).map(|text| &**text);
        let labels = self.node.labels.iter();
        labels.filter_map(move |&(key, value)| Some((text(key)?, text(value)?)))
    }

    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        let taints = self.store.taints.get(self.node.taints);
        taints.into_iter().flatten().map(TaintView::from)
    }
}
