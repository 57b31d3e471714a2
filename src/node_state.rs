//! One node's pods: what the node needs, and what it means for the rollout.
//!
//! Everything here is local to one node. What needs two nodes at once belongs in
//! [`rollout`](crate::rollout).

use std::collections::BTreeSet;

use crate::action::Reason;
use crate::api::Timestamp;
use crate::backoff::{Backoff, Wait};
use crate::placement::Verdict;

/// A pod by its place in whatever list it came from.
pub(crate) type PodId = u32;

/// What classifying reads of a claimed pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PodFact<'a> {
    /// Not bound to a node yet. First, so that sorting puts bound pods first.
    pub unbound: bool,
    pub created: Option<Timestamp>,
    pub name: &'a str,
    pub terminating: bool,
    pub phase: Phase,
    /// Its hash label is the current one.
    pub has_current_hash: bool,
    /// It counts as updated: by hash, or by the older generation label.
    pub updated: bool,
    pub readiness: Readiness,
    pub id: PodId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Active,
    Failed,
    Succeeded,
}

/// Whether a pod is ready, and whether long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Readiness {
    NotReady,
    /// Ready, and available from then on; `None` when nobody knows since when it is ready.
    Waiting(Option<Timestamp>),
    Available,
}

impl Readiness {
    /// The readiness of a pod whose `Ready` condition has been `True` since then.
    ///
    /// Source: `spec.minReadySeconds`.
    pub fn of_ready(since: Option<Timestamp>, min_ready_seconds: i32, now: Timestamp) -> Self {
        if min_ready_seconds <= 0 {
            return Self::Available;
        }
        match since.map(|since| since.plus_seconds(min_ready_seconds.into())) {
            Some(from) if from <= now => Self::Available,
            from => Self::Waiting(from),
        }
    }

    pub fn is_ready(self) -> bool {
        self != Self::NotReady
    }

    pub fn is_available(self) -> bool {
        self == Self::Available
    }
}

/// What is the same for every node of a round.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub now: Timestamp,
    pub backoff: &'a Backoff,
    /// `maxSurge`, taken of one node, is above zero.
    pub surge: bool,
}

/// One node's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeState {
    pub counts: Counts,
    pub shape: Shape,
    pub needs: Needs,
    /// The earliest moment at which time alone changes this state.
    pub recheck: Option<Timestamp>,
}

/// What the node adds to the status: each is one node or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are summed, not branched on
pub(crate) struct Counts {
    pub desired: bool,
    pub current: bool,
    pub misscheduled: bool,
    pub ready: bool,
    pub available: bool,
    pub updated: bool,
}

/// What the node means for a rolling update, pods being deleted left aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It should not run the daemon and no pod belongs to it: it does not count.
    #[default]
    Absent,
    /// No pod is left.
    Empty,
    /// More than one updated or more than one old pod.
    Crowded,
    Updated {
        available: bool,
    },
    Old {
        pod: PodId,
        available: bool,
        home: Home,
    },
    Both {
        old: PodId,
        old_available: bool,
        updated_available: bool,
    },
}

/// What becomes of a node's old pod under surge depends on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Home {
    /// It should run the daemon.
    Runs,
    /// It should not.
    Excluded,
    /// It does not exist.
    Gone,
}

/// What the node needs whatever the other nodes do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub create: Option<Reason>,
    pub deletes: Vec<(PodId, Reason)>,
    /// The wait that begins because a failed pod goes.
    pub wait: Option<Wait>,
    /// Failed pods that stay until an earlier wait is over.
    pub held: u32,
}

impl Needs {
    pub fn is_nothing(&self) -> bool {
        self.create.is_none() && self.deletes.is_empty()
    }
}

/// Classifies one node: `verdict` is `None` for a node that does not exist. The pods are the
/// claimed ones that belong to it, without those that are both terminal and being deleted.
pub(crate) fn classify(
    node: &str,
    verdict: Option<Verdict>,
    pods: &mut Vec<PodFact<'_>>,
    round: Round<'_>,
) -> NodeState {
    if pods.len() > 1 {
        // Bound pods first, then older ones, then by name; the same pod given twice is one pod.
        pods.sort_unstable();
        let mut seen = BTreeSet::new();
        pods.retain(|pod| seen.insert(pod.name));
    }
    let mut state = NodeState {
        counts: counts(verdict, pods),
        shape: shape(verdict, pods),
        needs: Needs::default(),
        recheck: None,
    };
    for pod in pods.iter() {
        if let Readiness::Waiting(Some(from)) = pod.readiness {
            recheck(&mut state.recheck, from);
        }
    }
    match verdict {
        None => {
            let unbound = pods.iter().filter(|pod| pod.unbound);
            let deletes = unbound.map(|pod| (pod.id, Reason::NodeGone));
            state.needs.deletes.extend(deletes);
        }
        Some(Verdict::Run) if pods.is_empty() => {
            state.needs.create = Some(Reason::NoDaemonPod);
        }
        Some(verdict) if verdict.should_continue_running() => {
            keep(node, verdict, pods, round, &mut state);
        }
        Some(_) => {
            let staying = pods.iter().filter(|pod| !pod.terminating);
            let deletes = staying.map(|pod| (pod.id, Reason::NodeExcluded));
            state.needs.deletes.extend(deletes);
        }
    }
    state
}

fn recheck(earliest: &mut Option<Timestamp>, at: Timestamp) {
    *earliest = Some(earliest.map_or(at, |earlier| earlier.min(at)));
}

fn counts(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Counts {
    let runs = verdict == Some(Verdict::Run);
    let first = pods.first().filter(|_| runs);
    Counts {
        desired: runs,
        current: first.is_some(),
        misscheduled: verdict.is_some() && !runs && !pods.is_empty(),
        ready: first.is_some_and(|pod| pod.readiness.is_ready()),
        available: first.is_some_and(|pod| pod.readiness.is_available()),
        updated: first.is_some_and(|pod| pod.updated),
    }
}

fn shape(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Shape {
    if pods.is_empty() && verdict != Some(Verdict::Run) {
        return Shape::Absent;
    }
    let (mut updated, mut old) = (None, None);
    for pod in pods.iter().filter(|pod| !pod.terminating) {
        let place = if pod.updated { &mut updated } else { &mut old };
        if place.replace(pod).is_some() {
            return Shape::Crowded;
        }
    }
    match (updated, old) {
        (None, None) => Shape::Empty,
        (Some(updated), None) => Shape::Updated {
            available: updated.readiness.is_available(),
        },
        (None, Some(old)) => Shape::Old {
            pod: old.id,
            available: old.readiness.is_available(),
            home: match verdict {
                Some(Verdict::Run) => Home::Runs,
                Some(_) => Home::Excluded,
                None => Home::Gone,
            },
        },
        (Some(updated), Some(old)) => Shape::Both {
            old: old.id,
            old_available: old.readiness.is_available(),
            updated_available: updated.readiness.is_available(),
        },
    }
}

/// A node whose pods may stay: removes ended ones and all but the one, or with surge two, that
/// should be there.
fn keep(
    node: &str,
    verdict: Verdict,
    pods: &[PodFact<'_>],
    round: Round<'_>,
    state: &mut NodeState,
) {
    let needs = &mut state.needs;
    // A wait begun in this round holds the node's other failed pods.
    let mut held_until = None;
    let mut asked = false;
    let mut running: Option<&PodFact<'_>> = None;
    let mut more = Vec::new();
    for pod in pods.iter().filter(|pod| !pod.terminating) {
        match pod.phase {
            Phase::Failed => {
                if !asked {
                    asked = true;
                    held_until = round.backoff.held_until(node, round.now);
                }
                if let Some(until) = held_until {
                    needs.held += 1;
                    recheck(&mut state.recheck, until);
                } else {
                    let wait = round.backoff.next(node, round.now);
                    held_until = Some(wait.until());
                    needs.wait = Some(wait);
                    needs.deletes.push((pod.id, Reason::FailedPod));
                }
            }
            Phase::Succeeded => needs.deletes.push((pod.id, Reason::SucceededPod)),
            Phase::Active if running.is_none() => running = Some(pod),
            Phase::Active => more.push(pod),
        }
    }
    let Some(first) = running else {
        if round.surge && verdict == Verdict::Run {
            needs.create = Some(Reason::OnlyTerminatingPods);
        }
        return;
    };
    if more.is_empty() {
        return;
    }
    if !round.surge {
        let deletes = more.iter().map(|pod| (pod.id, Reason::DuplicatePod));
        needs.deletes.extend(deletes);
        return;
    }
    let (mut updated, mut old) = (None, None);
    for pod in std::iter::once(first).chain(more) {
        let place = if pod.has_current_hash {
            &mut updated
        } else {
            &mut old
        };
        if place.is_none() {
            *place = Some(pod);
        } else {
            needs.deletes.push((pod.id, Reason::DuplicatePod));
        }
    }
    if let (Some(updated), Some(old)) = (updated, old) {
        if !old.readiness.is_ready() {
            needs.deletes.push((old.id, Reason::OldPodNotReady));
        } else if updated.readiness.is_available() {
            needs.deletes.push((old.id, Reason::Superseded));
        }
    }
}
