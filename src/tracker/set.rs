//! One set's view of the stored nodes and pods, kept up to date change by change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Change;
use super::pool::{Key, push};
use super::store::{PlaceId, PodRecord, Store};
use crate::action::Reason;
use crate::api::{HASH_LABEL, Labels, Timestamp};
use crate::backoff::Wait;
use crate::claim::{Claim, Controller};
use crate::decide::{Observed, Work, decide};
use crate::hash::HashMap;
use crate::node_state::{NodeState, Pending, PodFact, PodId, Readiness, Round, Version, classify};
use crate::placement::Verdict;
use crate::plan::{Plan, Planner};
use crate::revision::HashId;
use crate::rollout::{Queue, Tally};

/// Beyond so many remembered verdicts they are forgotten: labels are various, and it does not pay.
const REMEMBERED: usize = 4096;

#[derive(Clone, Debug)]
pub(super) struct SetState {
    pub planner: Planner,
    pub namespace: Key,
    pub uid: Key,
    /// The label keys that placement reads.
    pub keys: Box<[ReadKey]>,
    places: Vec<PlaceState>,
    tally: Tally,
    carried: Vec<u32>,
    unknown_hash: u32,
    adopt: BTreeSet<PodId>,
    release: BTreeSet<PodId>,
    creates: BTreeMap<Arc<str>, Reason>,
    deletes: BTreeMap<Arc<str>, PlaceId>,
    queues: BTreeMap<Queue, BTreeMap<Arc<str>, PodId>>,
    rechecks: BTreeSet<(Timestamp, PlaceId)>,
    /// Places where a wait begins, which depends on when that is.
    waits: BTreeSet<PlaceId>,
    /// The moment for which places are classified; `None` while they are not.
    now: Option<Timestamp>,
    verdicts: Remembered<Verdicts>,
    versions: Remembered<Vec<Option<Labelled>>>,
}

/// A label key that placement reads, and where in a node's labels it was found last: nodes mostly
/// have their labels in the same places.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadKey {
    pub key: Key,
    pub place: usize,
}

/// What placement reads of a node, but for its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Like {
    taints: Key,
    values: [Key; 7],
}

/// Verdicts on nodes that are alike; the last one apart, since like nodes come one after the other.
#[derive(Clone, Debug, Default)]
struct Verdicts {
    last: Option<(Like, Verdict)>,
    all: HashMap<Like, Verdict>,
}

/// One node's state, and the claimed pods that belong there.
#[derive(Clone, Debug, Default)]
struct PlaceState {
    verdict: Option<Verdict>,
    state: NodeState,
    pods: Pods,
}

/// Nearly always none or one.
#[derive(Clone, Debug, Default)]
#[allow(clippy::box_collection)] // boxed, so that the usual cases stay small
enum Pods {
    #[default]
    None,
    One(PodId),
    Many(Box<Vec<PodId>>),
}

/// What a pod's labels say.
#[derive(Clone, Copy, Debug)]
struct Labelled {
    selected: bool,
    version: Version,
    hash: Option<HashId>,
}

/// Answers by pooled numbers, good as long as no number has changed its meaning.
#[derive(Clone, Debug, Default)]
struct Remembered<T> {
    answers: T,
    gone: u64,
}

impl<T: Default> Remembered<T> {
    fn good_for(&mut self, gone: u64) -> &mut T {
        if self.gone != gone {
            self.gone = gone;
            self.answers = T::default();
        }
        &mut self.answers
    }
}

/// What the labels of a pod say to a set.
#[inline]
fn labelled(
    versions: &mut Remembered<Vec<Option<Labelled>>>,
    planner: &Planner,
    store: &Store,
    key: Key,
) -> Option<Labelled> {
    let answers = versions.good_for(store.label_sets.gone());
    if let Some(Some(answer)) = answers.get(key as usize) {
        return Some(*answer);
    }
    let labels: &Labels = store.label_sets.get(key)?.as_ref();
    let hash = labels.get(HASH_LABEL);
    let answer = Labelled {
        selected: planner.selector.matches(labels),
        version: Version::of(planner, labels),
        hash: hash.and_then(|hash| planner.revisions.hash_id(hash)),
    };
    if answers.len() <= key as usize {
        answers.resize(key as usize + 1, None);
    }
    answers[key as usize] = Some(answer);
    Some(answer)
}

impl SetState {
    /// A set's view of all that is stored.
    pub fn new(planner: Planner, store: &mut Store) -> Self {
        let strings = &mut store.strings;
        let mut hold = |text: &str| strings.hold(text, || text.into());
        let mut keys: Vec<&str> = planner.rules.label_keys().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self {
            namespace: hold(&planner.set.metadata.namespace),
            uid: hold(&planner.set.metadata.uid),
            keys: keys
                .into_iter()
                .map(|key| ReadKey {
                    key: hold(key),
                    place: 0,
                })
                .collect(),
            places: Vec::new(),
            tally: Tally::default(),
            carried: vec![0; planner.revisions.hash_count()],
            unknown_hash: 0,
            adopt: BTreeSet::new(),
            release: BTreeSet::new(),
            creates: BTreeMap::new(),
            deletes: BTreeMap::new(),
            queues: BTreeMap::new(),
            rechecks: BTreeSet::new(),
            waits: BTreeSet::new(),
            now: None,
            verdicts: Remembered::default(),
            versions: Remembered::default(),
            planner,
        };
        if set.planner.idle().is_none() {
            for (id, pod) in store.pods() {
                set.count(store, id, pod, Change::Comes);
            }
        }
        set
    }

    /// Gives back what it holds in the store.
    pub fn let_go(self, store: &mut Store) {
        let keys = self.keys.iter().map(|read| read.key);
        for key in keys.chain([self.namespace, self.uid]) {
            store.strings.release(key);
        }
    }

    fn claim_on(&self, pod: &PodRecord, labelled: Labelled) -> Claim {
        if pod.namespace != self.namespace {
            return Claim::Ignore;
        }
        let controller = match pod.controller {
            None => Controller::Nobody,
            Some(uid) if uid == self.uid => Controller::ThisSet,
            Some(_) => Controller::Another,
        };
        Claim::decide(controller, pod.terminating, || labelled.selected)
    }

    /// Whether the pod could concern this set at all.
    fn may_concern(&self, pod: &PodRecord) -> bool {
        pod.namespace == self.namespace && pod.controller.is_none_or(|uid| uid == self.uid)
    }

    /// Counts a pod in, or out as it was counted in. Its place has to be looked at afterwards.
    pub fn count(&mut self, store: &Store, id: PodId, pod: &PodRecord, change: Change) {
        let comes = change == Change::Comes;
        if !self.may_concern(pod) {
            return;
        }
        let Some(labelled) = labelled(&mut self.versions, &self.planner, store, pod.labels) else {
            return;
        };
        let list = |pods: &mut BTreeSet<PodId>| {
            if comes {
                pods.insert(id);
            } else {
                pods.remove(&id);
            }
        };
        match self.claim_on(pod, labelled) {
            Claim::Ignore => return,
            Claim::Release => return list(&mut self.release),
            Claim::Adopt => list(&mut self.adopt),
            Claim::Own => {}
        }
        let Some(place) = pod.place else {
            return;
        };
        let carried = match labelled.hash {
            Some(hash) => &mut self.carried[hash],
            None => &mut self.unknown_hash,
        };
        *carried = carried.wrapping_add(if comes { 1 } else { u32::MAX });
        if pod.is_there() {
            let pods = &mut self.at(place).pods;
            if comes {
                pods.add(id);
            } else {
                pods.remove(id);
            }
        }
    }

    fn at(&mut self, place: PlaceId) -> &mut PlaceState {
        let at = place as usize;
        while self.places.len() <= at {
            push(&mut self.places, PlaceState::default());
        }
        &mut self.places[at]
    }

    /// The verdict on a place's node; `None` where there is no node.
    pub fn verdict(&mut self, store: &Store, place: PlaceId) -> Option<Verdict> {
        let place = store.place(place)?;
        let node = place.node.as_ref()?;
        if self.planner.rules.reads_name() {
            return Some(self.planner.rules.verdict(&store.view(place, node)));
        }
        // Nodes that agree in the labels that are read and in their taints agree in the verdict.
        let gone = store.strings.gone() + store.taints.gone();
        let Verdicts { last, all } = self.verdicts.good_for(gone);
        let mut like = Like::default();
        if self.keys.len() > like.values.len() {
            return Some(self.planner.rules.verdict(&store.view(place, node)));
        }
        like.taints = node.taints;
        for (value, key) in like.values.iter_mut().zip(&mut self.keys) {
            *value = node.value_of(&mut key.place, key.key).unwrap_or(Key::MAX);
        }
        match last {
            Some((last, verdict)) if *last == like => return Some(*verdict),
            _ => {}
        }
        let verdict = if let Some(verdict) = all.get(&like) {
            *verdict
        } else {
            if all.len() >= REMEMBERED {
                all.clear();
            }
            let verdict = self.planner.rules.verdict(&store.view(place, node));
            all.insert(like, verdict);
            verdict
        };
        *last = Some((like, verdict));
        Some(verdict)
    }

    /// Classifies a place after a pod came or went.
    pub fn look_again(&mut self, store: &Store, place: PlaceId) {
        self.reclassify(store, place, &mut Vec::new());
    }

    /// Places the node anew and classifies it.
    pub fn replace(&mut self, store: &Store, place: PlaceId) {
        let verdict = self.verdict(store, place);
        self.at(place).verdict = verdict;
        self.reclassify(store, place, &mut Vec::new());
    }

    /// Classifies a place: one subtraction and one addition.
    fn reclassify<'a>(&mut self, store: &'a Store, place: PlaceId, here: &mut Vec<PodFact<'a>>) {
        let (Some(at), Some(now)) = (store.place(place), self.now) else {
            return;
        };
        let name = &at.name;
        let min_ready_seconds = self.planner.set.spec.min_ready_seconds;
        if self.places.len() <= place as usize {
            self.at(place);
        }
        let at = &mut self.places[place as usize];
        here.clear();
        for &id in at.pods.as_slice() {
            if let Some(pod) = store.pod(id)
                && let Some(labelled) =
                    labelled(&mut self.versions, &self.planner, store, pod.labels)
            {
                here.push(PodFact {
                    unbound: pod.unbound,
                    created: pod.created,
                    name: &pod.name,
                    terminating: pod.terminating,
                    phase: pod.phase,
                    version: labelled.version,
                    readiness: Readiness::new(pod.ready, min_ready_seconds, now),
                    id,
                });
            }
        }
        let state = classify(name, at.verdict, here, Round::new(&self.planner, now));
        if at.state != state {
            let before = std::mem::replace(&mut at.state, state.clone());
            self.unlist(name, place, &before);
            self.list(name, place, &state);
        }
    }

    fn unlist(&mut self, name: &Arc<str>, place: PlaceId, state: &NodeState) {
        self.tally -= state;
        if state.create.is_some() {
            self.creates.remove(name);
        }
        if let Some((queue, _)) = Queue::of(state.shape)
            && let Some(nodes) = self.queues.get_mut(&queue)
        {
            nodes.remove(name);
        }
        if let Some(pending) = &state.pending {
            self.deletes.remove(name);
            self.waits.remove(&place);
            if let Some(recheck) = pending.recheck {
                self.rechecks.remove(&(recheck, place));
            }
        }
    }

    fn list(&mut self, name: &Arc<str>, place: PlaceId, state: &NodeState) {
        self.tally += state;
        if let Some(reason) = state.create {
            self.creates.insert(name.clone(), reason);
        }
        if let Some((queue, pod)) = Queue::of(state.shape) {
            let nodes = self.queues.entry(queue).or_default();
            nodes.insert(name.clone(), pod);
        }
        if let Some(pending) = &state.pending {
            if !pending.deletes.is_empty() {
                self.deletes.insert(name.clone(), place);
            }
            if pending.wait.is_some() {
                self.waits.insert(place);
            }
            if let Some(recheck) = pending.recheck {
                self.rechecks.insert((recheck, place));
            }
        }
    }

    /// Places and classifies everything.
    fn refresh(&mut self, store: &Store) {
        let mut here = Vec::new();
        for place in 0..store.places() {
            let verdict = self.verdict(store, place);
            self.at(place).verdict = verdict;
            self.reclassify(store, place, &mut here);
        }
    }

    /// Lets time pass. When it goes back, everything is classified anew.
    fn advance(&mut self, store: &Store, now: Timestamp) {
        let before = self.now.replace(now);
        if before.is_none_or(|before| now < before) {
            self.refresh(store);
        } else if before != self.now {
            let due = self.rechecks.range(..=(now, PlaceId::MAX));
            let due = due
                .map(|&(_, place)| place)
                .chain(self.waits.iter().copied());
            for place in due.collect::<BTreeSet<_>>() {
                self.reclassify(store, place, &mut Vec::new());
            }
        }
    }

    /// Takes over the waits that a plan began.
    pub fn begin_waits(&mut self, store: &Store, began: &[(String, Wait)]) {
        self.planner.backoff.advance(began);
        for (node, _) in began {
            if let Some(place) = store.find_place(node) {
                self.reclassify(store, place, &mut Vec::new());
            }
        }
    }

    /// What Kubernetes would do next.
    pub fn plan(&mut self, store: &Store, now: Timestamp) -> Plan {
        if let Some(outcome) = self.planner.idle() {
            return self.planner.nothing(outcome, Vec::new());
        }
        self.advance(store, now);
        let name = |id: &PodId| store.pod(*id).map(|pod| &*pod.name);
        let observed = Observed {
            tally: self.tally,
            adopt: self.adopt.iter().filter_map(name).collect(),
            release: self.release.iter().filter_map(name).collect(),
            relabel: self.relabel(store),
            carried: self.carried.clone(),
            unknown_hash: self.unknown_hash,
            recheck: self.rechecks.first().map(|&(at, _)| at),
        };
        decide(
            &self.planner,
            &observed,
            &Listed { set: self, store },
            Vec::new(),
        )
    }

    /// The claimed pods that carry another hash than the kept revision, where duplicates of that
    /// are about to go. Looks at every pod: this happens once in a set's life, if ever.
    fn relabel<'a>(&mut self, store: &'a Store) -> Vec<&'a str> {
        if self.planner.revisions.duplicates.is_empty() {
            return Vec::new();
        }
        let mut names = Vec::new();
        for (_, pod) in store.pods() {
            if let Some(labelled) = labelled(&mut self.versions, &self.planner, store, pod.labels)
                && self.claim_on(pod, labelled).counts()
                && labelled.version != Version::Current
            {
                names.push(&*pod.name);
            }
        }
        names
    }
}

/// The work of a set, listed in advance.
struct Listed<'a> {
    set: &'a SetState,
    store: &'a Store,
}

impl Work for Listed<'_> {
    fn creates(&self, limit: usize) -> Vec<(&str, Reason)> {
        let creates = self.set.creates.iter().take(limit);
        creates.map(|(node, reason)| (&**node, *reason)).collect()
    }

    fn deletes(&self, limit: usize) -> Vec<(&str, &Pending)> {
        let deletes = self.set.deletes.iter().take(limit);
        deletes
            .filter_map(|(node, &place)| {
                let pending = self
                    .set
                    .places
                    .get(place as usize)?
                    .state
                    .pending
                    .as_deref();
                Some((&**node, pending?))
            })
            .collect()
    }

    fn queue(&self, queue: Queue, limit: usize) -> Vec<(&str, PodId)> {
        let nodes = self.set.queues.get(&queue).into_iter().flatten();
        let nodes = nodes.take(limit);
        nodes.map(|(node, pod)| (&**node, *pod)).collect()
    }

    fn pod_name(&self, pod: PodId) -> &str {
        self.store.pod(pod).map_or("", |pod| &pod.name)
    }
}

impl Pods {
    fn as_slice(&self) -> &[PodId] {
        match self {
            Self::None => &[],
            Self::One(pod) => std::slice::from_ref(pod),
            Self::Many(pods) => pods,
        }
    }

    fn add(&mut self, pod: PodId) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(pod),
            Self::One(first) => Self::Many(Box::new(vec![first, pod])),
            Self::Many(mut pods) => {
                pods.push(pod);
                Self::Many(pods)
            }
        };
    }

    fn remove(&mut self, pod: PodId) {
        *self = match std::mem::take(self) {
            Self::One(only) if only != pod => Self::One(only),
            Self::None | Self::One(_) => Self::None,
            Self::Many(mut pods) => {
                pods.retain(|&other| other != pod);
                match pods.as_slice() {
                    [only] => Self::One(*only),
                    _ => Self::Many(pods),
                }
            }
        };
    }
}
