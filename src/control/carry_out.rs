//! Stages: begun with requests, ended with their answers.

use super::choose::Chooser;
use super::compose::Composer;
use super::land::{AllTries, Landing, Shown};
use super::memory::Memory;
use super::request::{Answer, Request};
use super::stage::{Flight, Purpose, Stage, stages};
use super::stored::{StoredRevision, StoredSet};
use super::{Controller, Key, Kind};
use crate::api::Timestamp;
use crate::planner::Planner;

impl Controller {
    /// [Begins](Self::begin) a stage for every DaemonSet that is [due](Self::due) and has something to
    /// do.
    pub fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)> {
        stages(self.due(now), |key| self.begin(key, now))
    }

    /// Begins a stage for a DaemonSet: requests that may all be under way at once. Empty where there
    /// is nothing to do, or a stage is under way; otherwise [`end`](Self::end) it with the answers.
    pub fn begin(&mut self, key: &Key, now: Timestamp) -> Vec<Request> {
        if !self.is_synced() || self.flights.contains_key(key) {
            return Vec::new();
        }
        let steady = self.look_at_clock(now);
        self.unseen.expire(&mut self.tracker, steady);
        self.compile(key);
        let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) else {
            return Vec::new();
        };
        entry.again = false;
        entry.look_at = None;
        let Some(id) = entry.id else {
            return Vec::new();
        };
        if entry.memory.link.waits_until(steady).is_some() {
            return Vec::new();
        }
        let Some(plan) = self.tracker.plan(id, now) else {
            return Vec::new();
        };
        self.counts.plans += 1;
        let stage = if entry.memory.link.is_failing() {
            Stage::probe()
        } else {
            Stage::new()
        };
        let Some(planner) = self.tracker.planner(id) else {
            return Vec::new();
        };
        let mut chooser = Chooser {
            composer: Composer {
                set: &entry.stored,
                planner,
            },
            plan: &plan,
            memory: &mut entry.memory,
            tracker: &self.tracker,
            unseen: &mut self.unseen,
            revisions: &self.revisions,
            now: steady,
            date: now,
            stage,
            look_at: None,
            waits: Vec::new(),
        };
        chooser.choose();
        let Chooser {
            mut stage,
            look_at,
            waits,
            ..
        } = chooser;
        let events = &mut entry.memory.events;
        for (key, request) in events.requests(&entry.stored, &self.reporter, stage.room(), now) {
            stage.push(Purpose::Report(key), request);
        }
        entry.look_at = look_at;
        self.tracker.begin_waits(id, &waits);
        if stage.is_empty() {
            return Vec::new();
        }
        let flight = Flight {
            uid: entry.stored.object.metadata.uid.clone(),
            purposes: stage.purposes,
        };
        self.flights.insert(key.clone(), flight);
        self.counts.requests += stage.requests.len() as u64;
        stage.requests
    }

    /// Ends a stage with the answers to its requests, in their order; one that is missing counts as
    /// [lost](Answer::Lost). Nothing happens where no stage is under way.
    pub fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
        let Some(flight) = self.flights.remove(key) else {
            return;
        };
        let steady = self.look_at_clock(now);
        let entry = self.sets.get_mut(&key.namespace, &key.name);
        let mut entry = entry.filter(|entry| entry.stored.object.metadata.uid == flight.uid);
        // Pods that were created count even if the set is another one by now.
        let mut nothing = Memory::default();
        let memory = match &mut entry {
            Some(entry) => {
                entry.again = true;
                &mut entry.memory
            }
            None => &mut nothing,
        };
        let mut landing = Landing {
            namespace: &key.namespace,
            uid: &flight.uid,
            memory,
            tracker: &mut self.tracker,
            unseen: &mut self.unseen,
            counts: &mut self.counts,
            now: steady,
            date: now,
            shown: Vec::new(),
            tries: AllTries::default(),
            rest_seconds: 0,
        };
        let answers = answers.iter().chain(std::iter::repeat(&Answer::Lost));
        for (purpose, answer) in flight.purposes.into_iter().zip(answers) {
            landing.take(purpose, answer);
        }
        for shown in landing.conclude() {
            self.show_answer(key, shown);
        }
    }

    /// Takes over what an answer shows. Where it does not read, a watch will show it.
    fn show_answer(&mut self, key: &Key, shown: Shown) {
        match shown {
            Shown::Set(set) => {
                let is_known = self.sets.contains(&key.namespace, &key.name);
                let stored = StoredSet::read(&set).ok().filter(|stored| {
                    let meta = &stored.object.metadata;
                    let named = (&meta.namespace, &meta.name) == (&key.namespace, &key.name);
                    named && !meta.uid.is_empty()
                });
                if let Some(stored) = stored.filter(|_| is_known) {
                    self.take_set(stored);
                }
            }
            Shown::Revision(revision) => {
                if let Ok(stored) = StoredRevision::read(&revision) {
                    self.take_revision(stored);
                }
            }
            Shown::NoRevision(name) => {
                let kind = Kind::ControllerRevision;
                self.forget(kind, &key.namespace, &name);
            }
            Shown::DeletedRevision(name) => self.forget_revision(&key.namespace, &name),
        }
    }

    fn compile(&mut self, key: &Key) {
        let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) else {
            return;
        };
        if !std::mem::take(&mut entry.uncompiled) {
            return;
        }
        let planner = Planner::with_options(&entry.stored.object, self.options.clone());
        match planner {
            Ok(planner) => {
                let revisions = self.revisions.in_namespace(&key.namespace);
                let planner = planner.with_revisions(revisions.map(|(_, stored)| &stored.object));
                entry.id = Some(self.tracker.put_set(planner));
            }
            Err(_) => {
                if let Some(id) = entry.id.take() {
                    self.tracker.remove_set(id);
                }
            }
        }
    }
}
