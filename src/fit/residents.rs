//! The pods on a node, and which of them a question has to look at.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use hashbrown::HashTable;

use super::pods::{Resident, Standing};
use super::terms::Term;
use crate::api::Labels;
use crate::det_map::FixedState;
use crate::matching::{ByLabel, in_order, note};

/// The pods on a node, in the order in which they came.
///
/// What questions look pods up by is put together when one is asked, and let go when a pod goes or
/// changes. So a node that is filled costs no more than its pods, and a question no more than what
/// it is about, however many others are there.
#[derive(Clone, Debug, Default)]
pub(super) struct Residents {
    pods: Vec<Resident>,
    // A box each, since hardly any node is ever asked.
    by_name: OnceLock<Box<ByName>>,
    by_kind: OnceLock<Box<ByKind>>,
    by_label: OnceLock<Box<ByLabel>>,
}

/// Who is there, whatever was asked before.
impl PartialEq for Residents {
    fn eq(&self, other: &Self) -> bool {
        self.pods == other.pods
    }
}

impl Eq for Residents {}

/// The places of pods by the hash of their names.
#[derive(Clone, Debug, Default)]
struct ByName(HashTable<usize>);

/// The places of those pods that have something about them that matters to others.
#[derive(Clone, Debug, Default)]
struct ByKind {
    /// Those that take a port of this number, each once.
    ports: BTreeMap<i32, Vec<usize>>,
    /// Those with terms of anti-affinity, by a label of the pods that one of these selects.
    refusing: ByLabel,
    /// Those with a term that names no label with its value.
    refusing_any: Vec<usize>,
    /// Those that do not stay.
    leaving: Vec<usize>,
    lowest_priority: Option<i32>,
}

fn hash_of_name(namespace: &str, name: &str) -> u64 {
    FixedState::default().hash_one((namespace, name))
}

impl ByName {
    fn of(pods: &[Resident]) -> Self {
        let mut all = Self(HashTable::with_capacity(pods.len()));
        for at in 0..pods.len() {
            all.add(pods, at);
        }
        all
    }

    fn add(&mut self, pods: &[Resident], at: usize) {
        let hash = |at: &usize| {
            let pod = pods.get(*at);
            pod.map_or(0, |pod| hash_of_name(pod.namespace(), pod.name()))
        };
        self.0.insert_unique(hash(&at), at, hash);
    }
}

impl ByKind {
    fn of(pods: &[Resident]) -> Self {
        let mut all = Self::default();
        for (at, pod) in pods.iter().enumerate() {
            all.add(at, pod);
        }
        all
    }

    fn add(&mut self, at: usize, pod: &Resident) {
        for port in pod.host_ports() {
            note(self.ports.entry(port.port).or_default(), at);
        }
        for term in &pod.kind.anti_affinity {
            // By the label that tells the most apart of those so far.
            match self.refusing.rarest(term.selector()) {
                Some((key, values)) => {
                    for value in values {
                        self.refusing.add(at, key, value);
                    }
                }
                None => note(&mut self.refusing_any, at),
            }
        }
        if pod.standing != Standing::Stays {
            self.leaving.push(at);
        }
        let lowest = self.lowest_priority.unwrap_or(i32::MAX);
        self.lowest_priority = Some(lowest.min(pod.priority()));
    }
}

impl Residents {
    pub(super) fn all(&self) -> &[Resident] {
        &self.pods
    }

    pub(super) fn get(&self, at: usize) -> Option<&Resident> {
        self.pods.get(at)
    }

    /// Where the pod of this name is.
    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<usize> {
        let by_name = self
            .by_name
            .get_or_init(|| Box::new(ByName::of(&self.pods)));
        let is_it = |at: &usize| {
            let pod = self.pods.get(*at);
            pod.is_some_and(|pod| pod.is_named(namespace, name))
        };
        by_name
            .0
            .find(hash_of_name(namespace, name), is_it)
            .copied()
    }

    /// Adds a pod that is not there yet.
    pub(super) fn push(&mut self, pod: Resident) {
        let at = self.pods.len();
        if let Some(by_kind) = self.by_kind.get_mut() {
            by_kind.add(at, &pod);
        }
        if let Some(by_label) = self.by_label.get_mut() {
            by_label.add_all(at, &pod.kind.labels);
        }
        self.pods.push(pod);
        if let Some(by_name) = self.by_name.get_mut() {
            by_name.add(&self.pods, at);
        }
    }

    /// Puts a pod in the place of the one of its name, which it returns, or adds it.
    pub(super) fn put(&mut self, pod: Resident) -> Option<Resident> {
        let found = self.find(pod.namespace(), pod.name());
        let Some(place) = found.and_then(|at| self.pods.get_mut(at)) else {
            self.push(pod);
            return None;
        };
        self.by_kind.take();
        self.by_label.take();
        Some(std::mem::replace(place, pod))
    }

    /// Takes a pod out.
    pub(super) fn remove(&mut self, namespace: &str, name: &str) -> Option<Resident> {
        let is_it = |pod: &Resident| pod.is_named(namespace, name);
        let at = match self.by_name.get() {
            Some(_) => self.find(namespace, name)?,
            None => self.pods.iter().position(is_it)?,
        };
        let before = self.pods.remove(at);
        *self = Self {
            pods: std::mem::take(&mut self.pods),
            ..Self::default()
        };
        Some(before)
    }

    /// Keeps those at other places than these. Returns the others.
    pub(super) fn take_out(&mut self, places: &[usize]) -> Vec<Resident> {
        let mut gone = Vec::new();
        let mut stay = Vec::with_capacity(self.pods.len());
        let mut places: Vec<usize> = places.to_vec();
        places.sort_unstable();
        for (at, pod) in std::mem::take(&mut self.pods).into_iter().enumerate() {
            match places.binary_search(&at) {
                Ok(_) => gone.push(pod),
                Err(_) => stay.push(pod),
            }
        }
        *self = Self {
            pods: stay,
            ..Self::default()
        };
        gone
    }

    fn by_kind(&self) -> &ByKind {
        self.by_kind
            .get_or_init(|| Box::new(ByKind::of(&self.pods)))
    }

    /// Those that take a port of this number, whatever protocol and address.
    pub(super) fn with_port(&self, port: i32) -> &[usize] {
        let places = self.by_kind().ports.get(&port);
        places.map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that do not stay.
    pub(super) fn leaving(&self) -> &[usize] {
        &self.by_kind().leaving
    }

    /// The lowest priority that one of them has.
    pub(super) fn lowest_priority(&self) -> Option<i32> {
        self.by_kind().lowest_priority
    }

    /// Whether none has a term of anti-affinity.
    pub(super) fn refuse_nothing(&self) -> bool {
        let kinds = self.by_kind();
        kinds.refusing.is_empty() && kinds.refusing_any.is_empty()
    }

    /// Those of which a term of anti-affinity may select a pod with these labels, in order.
    pub(super) fn may_refuse(&self, labels: &Labels) -> Vec<usize> {
        if self.refuse_nothing() {
            return Vec::new();
        }
        let kinds = self.by_kind();
        let by_label = labels.iter();
        let by_label = by_label.flat_map(|(key, value)| kinds.refusing.with(key, value));
        in_order(by_label.chain(&kinds.refusing_any).copied().collect())
    }

    /// Those that a term may select, in order.
    pub(super) fn may_be_selected(&self, term: &Term) -> Vec<usize> {
        let by_label = self.by_label.get_or_init(|| {
            let mut all = Box::<ByLabel>::default();
            for (at, pod) in self.pods.iter().enumerate() {
                all.add_all(at, &pod.kind.labels);
            }
            all
        });
        let places = by_label.may_be_selected(term.selector());
        places.unwrap_or_else(|| (0..self.pods.len()).collect())
    }
}
