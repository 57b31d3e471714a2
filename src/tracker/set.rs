//! One set's view of the stored nodes and pods, kept up to date change by change.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Change;
use super::interner::{Key, push};
use super::place::PlaceState;
use super::remembered::{Labelled, Like, ReadKey, Remembered, Verdicts, labelled, version_labels};
use super::store::{PlaceId, PodRecord, Store};
use crate::api::{DaemonSetStatus, Timestamp};
use crate::outcome::{Plan, Reason};
use crate::ownership::{Claim, Controller};
use crate::placement::Verdict;
use crate::planner::Planner;
use crate::rollout::{
    BegunWait, NodeState, Pending, PodFact, PodId, Queue, Readiness, Tally, classify,
};
use crate::round::{Observed, PodName, Work, decide};

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
    /// The places whose pods have changed since they were classified, so that many changes of one
    /// node cost one look at it.
    touched: Vec<PlaceId>,
    tally: Tally,
    carried: Vec<u32>,
    unknown_hash: u32,
    /// Where no revisions were given: how many claimed pods tell of each hash that it is the current
    /// one.
    told: BTreeMap<String, u32>,
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
    /// Whether anything has changed since the last plan.
    changed: bool,
}

impl SetState {
    /// A set's view of all that is stored.
    pub(super) fn new(planner: Planner, store: &mut Store) -> Self {
        let strings = &mut store.strings;
        let mut hold = |text: &str| strings.hold(text, || text.into());
        let mut keys: Vec<&str> = planner.rules().label_keys().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut set = Self {
            namespace: hold(&planner.daemon_set().metadata.namespace),
            uid: hold(&planner.daemon_set().metadata.uid),
            keys: keys
                .into_iter()
                .map(|key| ReadKey {
                    key: hold(key),
                    place: 0,
                })
                .collect(),
            places: Vec::new(),
            touched: Vec::new(),
            tally: Tally::default(),
            carried: vec![0; planner.compiled().revisions.hash_count()],
            unknown_hash: 0,
            told: BTreeMap::new(),
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
            changed: true,
            planner,
        };
        if set.planner.compiled().idle().is_none() {
            for (id, pod) in store.pods() {
                set.count(store, id, pod, Change::Comes);
            }
        }
        set
    }

    /// Gives back what it holds in the store.
    pub(super) fn let_go(self, store: &mut Store) {
        let keys = self.keys.iter().map(|read| read.key);
        for key in keys.chain([self.namespace, self.uid]) {
            store.strings.release(key);
        }
    }

    /// Whether a newer version of the set asks the same of every node and pod.
    pub(super) fn is_alike(&self, newer: &Planner) -> bool {
        self.planner.compiled().is_alike(newer.compiled())
    }

    /// Takes over a newer version of the set that asks the same of every node and pod.
    pub(super) fn renew(&mut self, store: &Store, newer: Planner) {
        self.changed = true;
        let other_waits = self.planner.backoff() != newer.backoff();
        self.planner = newer;
        if other_waits {
            // Where a failed pod waits, the place is looked at again once the wait is over.
            let waiting = self.rechecks.iter().map(|&(_, place)| place);
            let waiting: BTreeSet<PlaceId> = waiting.chain(self.waits.iter().copied()).collect();
            for place in waiting {
                self.reclassify(store, place, &mut Vec::new());
            }
        }
    }

    /// The claim on a pod that may concern the set.
    fn claim_on(&self, pod: &PodRecord, labelled: Labelled) -> Claim {
        let controller = Controller::of(pod.controller.as_ref(), &self.uid);
        Claim::decide(controller, pod.terminating, || labelled.selected)
    }

    /// Whether the pod could concern this set at all.
    fn may_concern(&self, pod: &PodRecord) -> bool {
        pod.namespace == self.namespace
            && Controller::of(pod.controller.as_ref(), &self.uid) != Controller::Another
    }

    /// Counts a pod in, or out as it was counted in. Its place is classified for the next plan.
    pub(super) fn count(&mut self, store: &Store, id: PodId, pod: &PodRecord, change: Change) {
        let comes = change == Change::Comes;
        if !self.may_concern(pod) {
            return;
        }
        let Some(labelled) = labelled(
            &mut self.versions,
            self.planner.compiled(),
            store,
            pod.labels,
        ) else {
            return;
        };
        self.changed = true;
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
        if !self.planner.knows_revisions() {
            self.count_told(store, pod, change);
        }
        let Some(place) = pod.place else {
            return;
        };
        let known = labelled.hash.and_then(|hash| self.carried.get_mut(hash));
        let carried = known.unwrap_or(&mut self.unknown_hash);
        *carried = if comes {
            carried.wrapping_add(1)
        } else {
            carried.wrapping_sub(1)
        };
        if pod.is_there() {
            let is_classified = self.now.is_some();
            let Some(at) = self.at(place) else { return };
            if comes {
                at.pods.add(id);
            } else {
                at.pods.remove(id);
            }
            if is_classified && !at.touched {
                at.touched = true;
                self.touched.push(place);
            }
        }
    }

    /// Counts what a claimed pod tells of the current revision.
    fn count_told(&mut self, store: &Store, pod: &PodRecord, change: Change) {
        let labels = store.label_sets.get(pod.labels).map(version_labels);
        let Some(hash) = labels.and_then(|labels| self.planner.compiled().told_hash(labels)) else {
            return;
        };
        let known = self.told.get_mut(hash);
        match (change, known) {
            (Change::Comes, Some(pods)) => *pods = pods.wrapping_add(1),
            (Change::Comes, None) => drop(self.told.insert(hash.to_owned(), 1)),
            (_, Some(pods)) if *pods > 1 => *pods -= 1,
            (_, _) => drop(self.told.remove(hash)),
        }
    }

    fn at(&mut self, place: PlaceId) -> Option<&mut PlaceState> {
        let at = place as usize;
        while self.places.len() <= at {
            push(&mut self.places, PlaceState::default());
        }
        self.places.get_mut(at)
    }

    /// The verdict on a place's node; `None` where there is no node.
    pub(super) fn verdict(&mut self, store: &Store, place: PlaceId) -> Option<Verdict> {
        let place = store.place(place)?;
        let node = place.node.as_ref()?;
        if self.planner.rules().reads_name() {
            return Some(self.planner.rules().verdict(&store.view(place, node)));
        }
        // Nodes that agree in the labels that are read and in their taints agree in the verdict.
        let gone = store.strings.gone() + store.taints.gone();
        let Verdicts { last, all } = self.verdicts.good_for(gone);
        let mut like = Like::default();
        if self.keys.len() > like.values.len() {
            return Some(self.planner.rules().verdict(&store.view(place, node)));
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
            let verdict = self.planner.rules().verdict(&store.view(place, node));
            all.insert(like, verdict);
            verdict
        };
        *last = Some((like, verdict));
        Some(verdict)
    }

    /// Places the node anew and classifies it.
    pub(super) fn replace(&mut self, store: &Store, place: PlaceId) {
        let verdict = self.verdict(store, place);
        if let Some(place) = self.at(place) {
            place.verdict = verdict;
        }
        self.reclassify(store, place, &mut Vec::new());
    }

    /// Classifies a place: one subtraction and one addition.
    fn reclassify<'a>(&mut self, store: &'a Store, place: PlaceId, here: &mut Vec<PodFact<'a>>) {
        let (Some(at), Some(now)) = (store.place(place), self.now) else {
            return;
        };
        let name = &at.name;
        let min_ready_seconds = self.planner.daemon_set().spec.min_ready_seconds;
        if self.places.len() <= place as usize {
            self.at(place);
        }
        let Some(at) = self.places.get_mut(place as usize) else {
            return;
        };
        at.touched = false;
        here.clear();
        at.pods.each(|id| {
            if let Some(pod) = store.pod(id)
                && let Some(labelled) = labelled(
                    &mut self.versions,
                    self.planner.compiled(),
                    store,
                    pod.labels,
                )
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
        });
        let moment = self.planner.compiled().moment(self.planner.backoff(), now);
        let state = classify(name, at.verdict, here, moment);
        if at.state != state {
            self.changed = true;
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
            if let Some(place) = self.at(place) {
                place.verdict = verdict;
            }
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

    /// Classifies the places whose pods have changed.
    fn catch_up(&mut self, store: &Store) {
        let mut here = Vec::new();
        for place in std::mem::take(&mut self.touched) {
            self.look_at(store, place, &mut here);
        }
    }

    /// Classifies a place if its pods have changed.
    pub(super) fn look_at<'a>(
        &mut self,
        store: &'a Store,
        place: PlaceId,
        here: &mut Vec<PodFact<'a>>,
    ) {
        let is_touched = |at: &PlaceState| at.touched;
        if self.places.get(place as usize).is_some_and(is_touched) {
            self.reclassify(store, place, here);
        }
    }

    /// Takes a newer status over.
    pub(super) fn put_status(&mut self, status: &DaemonSetStatus) {
        self.changed = true;
        self.planner.compiled_mut().set.status = status.clone();
    }

    /// Takes over the waits that a plan began.
    pub(super) fn begin_waits(&mut self, store: &Store, begun: &[BegunWait]) {
        self.planner.backoff_mut().advance(begun);
        for BegunWait { node, .. } in begun {
            if let Some(place) = store.find_place(node) {
                self.reclassify(store, place, &mut Vec::new());
            }
        }
    }

    /// The clock was set back by so many milliseconds. The waits go with it, and what time alone
    /// changes is due at other moments.
    pub(super) fn set_clock_back(&mut self, millis: i64) {
        self.planner.backoff_mut().set_back(millis);
        self.changed |= !self.rechecks.is_empty();
    }

    /// Whether the next plan may differ from the last one.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.changed || self.look_again_at().is_some_and(|at| at <= now)
    }

    /// The earliest moment at which time alone may change the plan.
    pub(super) fn look_again_at(&self) -> Option<Timestamp> {
        self.rechecks.first().map(|&(at, _)| at)
    }

    /// What Kubernetes would do next.
    pub(super) fn plan(&mut self, store: &Store, now: Timestamp) -> Plan {
        self.changed = false;
        if let Some(outcome) = self.planner.compiled().idle() {
            return self.planner.compiled().idle_plan(outcome, Vec::new());
        }
        self.look_for_evidence();
        self.advance(store, now);
        self.catch_up(store);
        let pods = |ids: &BTreeSet<PodId>| {
            let pods = ids.iter().filter_map(|id| store.pod(*id));
            pods.map(PodRecord::full_name).collect()
        };
        let observed = Observed {
            tally: self.tally,
            adopt: pods(&self.adopt),
            release: pods(&self.release),
            relabel: self.relabel(store),
            carried: Cow::Borrowed(&self.carried),
            unknown_hash: self.unknown_hash,
            recheck: self.look_again_at(),
        };
        let plan = decide(
            self.planner.compiled(),
            self.planner.caps(),
            &observed,
            &Listed { set: self, store },
            Vec::new(),
        );
        self.changed = false;
        plan
    }

    /// The pods that count for the set, with what their labels say. Looks at every pod.
    fn claimed<'a>(&mut self, store: &'a Store) -> Vec<(&'a PodRecord, Labelled)> {
        let mut claimed = Vec::new();
        for (_, pod) in store.pods() {
            if !self.may_concern(pod) {
                continue;
            }
            let set = self.planner.compiled();
            if let Some(labelled) = labelled(&mut self.versions, set, store, pod.labels)
                && self.claim_on(pod, labelled).counts()
            {
                claimed.push((pod, labelled));
            }
        }
        claimed
    }

    /// The claimed pods that carry another hash than the kept revision, where duplicates of that
    /// are about to go. This happens once in a set's life, if ever.
    fn relabel<'a>(&mut self, store: &'a Store) -> Vec<PodName<'a>> {
        if self.planner.compiled().revisions.duplicates.is_empty() {
            return Vec::new();
        }
        let claimed = self.claimed(store).into_iter();
        let relabelled = claimed.filter(|(_, labelled)| labelled.relabels);
        relabelled.map(|(pod, _)| pod.full_name()).collect()
    }

    /// Where no revisions were given, what the pods tell stands in for them.
    fn look_for_evidence(&mut self) {
        if self.planner.knows_revisions() {
            return;
        }
        let told = self.told.keys().map(String::as_str);
        let evidence = self.planner.compiled().evidence(told);
        let revisions = &mut self.planner.compiled_mut().revisions;
        if revisions.evidence != evidence {
            revisions.evidence = evidence;
            self.versions = Remembered::default();
            self.now = None;
        }
    }
}

impl PodRecord {
    fn full_name(&self) -> PodName<'_> {
        PodName {
            name: &self.name,
            uid: self.uid.text(),
        }
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

    fn pod(&self, pod: PodId) -> PodName<'_> {
        (self.store.pod(pod)).map_or_else(PodName::default, PodRecord::full_name)
    }
}
