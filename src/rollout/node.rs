//! One node's pods: what the node needs, and what it means for the rollout.
//!
//! Everything here is local to one node. What needs two nodes at once belongs in
//! [`budget`](super::budget).

use super::{Backoff, Wait};
use crate::action::Reason;
use crate::api::{PodPhase, Timestamp};
use crate::placement::Verdict;
use crate::revision::Version;
use crate::view::Ready;

/// A pod by its place in the list it came from: [`Cluster::pods`](crate::Cluster::pods).
pub type PodId = u32;

/// What classifying reads of a claimed pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct PodFact<'a> {
    /// Not bound to a node yet. First, so that sorting puts bound pods first.
    pub unbound: bool,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its name.
    pub name: &'a str,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether it has ended.
    pub phase: Phase,
    /// Whether it is of the current template.
    pub version: Version,
    /// Whether it is ready, and long enough.
    pub readiness: Readiness,
    /// Its place among the cluster's pods.
    pub id: PodId,
}

/// Whether a pod has ended, by its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It has not.
    Active,
    /// It has failed.
    Failed,
    /// It has succeeded.
    Succeeded,
}

impl From<PodPhase> for Phase {
    #[inline]
    fn from(phase: PodPhase) -> Self {
        match phase {
            PodPhase::Failed => Self::Failed,
            PodPhase::Succeeded => Self::Succeeded,
            _ => Self::Active,
        }
    }
}

impl Phase {
    /// Whether a pod counts on its node, and not only for the history: one that has ended and is
    /// being deleted does not.
    #[inline]
    pub(crate) fn counts(self, terminating: bool) -> bool {
        self == Self::Active || !terminating
    }
}

/// Whether a pod is ready, and whether long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readiness {
    /// It is not ready.
    NotReady,
    /// It is ready, and available from that moment on; `None` where its condition does not say
    /// since when it is ready.
    Waiting(Option<Timestamp>),
    /// It has been ready for `minReadySeconds`.
    Available,
}

impl Readiness {
    /// Whether a pod that says so has been ready for `minReadySeconds`.
    ///
    /// Source: `spec.minReadySeconds`.
    #[inline]
    pub(crate) fn new(ready: Ready, min_ready_seconds: i32, now: Timestamp) -> Self {
        let since = match ready {
            Ready::No => return Self::NotReady,
            _ if min_ready_seconds <= 0 => return Self::Available,
            Ready::Undated => return Self::Waiting(None),
            Ready::Since(since) => since,
        };
        match since.plus_seconds(min_ready_seconds.into()) {
            from if from <= now => Self::Available,
            from => Self::Waiting(Some(from)),
        }
    }

    /// Whether the pod is ready.
    #[inline]
    #[must_use]
    pub fn is_ready(self) -> bool {
        self != Self::NotReady
    }

    /// Whether the pod is available.
    #[inline]
    #[must_use]
    pub fn is_available(self) -> bool {
        self == Self::Available
    }
}

/// What is the same for every node of a round.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub now: Timestamp,
    pub backoff: &'a Backoff,
    /// `maxSurge`, taken of one node, is above zero.
    pub surge: bool,
}

/// One node's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeState {
    /// What the node adds to the status.
    pub counts: Counts,
    /// What it means for a rolling update.
    pub shape: Shape,
    /// A pod is needed whatever the other nodes do.
    pub create: Option<Reason>,
    /// What few nodes have; apart, so that the others stay small.
    pub pending: Option<Box<Pending>>,
}

impl NodeState {
    fn pending(&mut self) -> &mut Pending {
        self.pending.get_or_insert_default()
    }

    /// The earliest moment at which time alone changes this state.
    #[inline]
    pub(crate) fn recheck(&self) -> Option<Timestamp> {
        self.pending.as_ref().and_then(|pending| pending.recheck)
    }
}

/// What a node has to wait for or to get rid of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// Pods that go whatever the other nodes do.
    pub deletes: Vec<(PodId, Reason)>,
    /// The wait that begins because a failed pod goes.
    pub wait: Option<Wait>,
    /// Failed pods that stay until an earlier wait is over.
    pub backing_off: u32,
    /// Pods bound to the node although it does not exist.
    pub on_missing_node: u32,
    /// Pods of which it is not known whether they are outdated.
    pub undecided: u32,
    /// The earliest moment at which time alone changes the node's state.
    pub recheck: Option<Timestamp>,
}

impl Pending {
    fn recheck_at(&mut self, at: Timestamp) {
        self.recheck = Some(self.recheck.map_or(at, |earlier| earlier.min(at)));
    }
}

/// What the node adds to the status: each is one node or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // they are summed, not branched on
#[non_exhaustive]
pub struct Counts {
    /// It should run the daemon.
    pub desired: bool,
    /// It should, and has a pod.
    pub current: bool,
    /// It should not, and has a pod all the same.
    pub misscheduled: bool,
    /// It should, and its first pod is ready.
    pub ready: bool,
    /// It should, and its first pod is available.
    pub available: bool,
    /// It should, and its first pod is of the current template.
    pub updated: bool,
}

/// What the node means for a rolling update, terminating pods left aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// It should not run the daemon and no pod belongs to it: it does not count.
    #[default]
    Absent,
    /// No pod is left.
    Empty,
    /// More than one updated or more than one old pod.
    Crowded,
    /// One updated pod.
    Updated {
        /// Whether it is available.
        available: bool,
    },
    /// One old pod.
    Old {
        /// The pod.
        pod: PodId,
        /// Whether it is available.
        available: bool,
        /// Whether its node should run the daemon.
        home: Home,
    },
    /// An old and an updated pod.
    Both {
        /// The old pod.
        old: PodId,
        /// Whether it is available.
        old_available: bool,
        /// Whether the updated one is.
        updated_available: bool,
    },
    /// A pod of which it is not known whether it is outdated: the rolling update leaves the node
    /// alone.
    Unknown {
        /// Whether it is the only pod, and available.
        available: bool,
    },
}

/// What becomes of a node's old pod under surge depends on the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// It should run the daemon.
    Runs,
    /// It should not.
    Excluded,
    /// It does not exist.
    Gone,
}

/// Classifies one node: `verdict` is `None` for a node that does not exist. The pods are the
/// claimed ones that belong to it, without those that are both terminal and being deleted.
#[inline]
pub(crate) fn classify(
    node: &str,
    verdict: Option<Verdict>,
    pods: &mut [PodFact<'_>],
    moment: Moment<'_>,
) -> NodeState {
    if pods.len() > 1 {
        // Bound pods first, then older ones, then by name.
        pods.sort_unstable();
    }
    let mut state = NodeState {
        counts: counts(verdict, pods),
        shape: shape(verdict, pods),
        ..NodeState::default()
    };
    for pod in pods.iter() {
        if let Readiness::Waiting(Some(from)) = pod.readiness {
            state.pending().recheck_at(from);
        }
        if pod.version == Version::Unknown {
            state.pending().undecided += 1;
        }
    }
    match verdict {
        None => {
            for pod in pods.iter() {
                if pod.unbound {
                    state.delete(pod, Reason::NodeGone);
                } else {
                    state.pending().on_missing_node += 1;
                }
            }
        }
        Some(Verdict::Run) if pods.is_empty() => state.create = Some(Reason::NoDaemonPod),
        Some(verdict) if verdict.should_continue_running() => {
            keep(node, verdict, pods, moment, &mut state);
        }
        Some(_) => {
            for pod in pods.iter().filter(|pod| !pod.terminating) {
                state.delete(pod, Reason::NodeExcluded);
            }
        }
    }
    state
}

impl NodeState {
    fn delete(&mut self, pod: &PodFact<'_>, reason: Reason) {
        self.pending().deletes.push((pod.id, reason));
    }
}

#[inline]
fn counts(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Counts {
    let runs = verdict == Some(Verdict::Run);
    let first = pods.first().filter(|_| runs);
    Counts {
        desired: runs,
        current: first.is_some(),
        misscheduled: verdict.is_some() && !runs && !pods.is_empty(),
        ready: first.is_some_and(|pod| pod.readiness.is_ready()),
        available: first.is_some_and(|pod| pod.readiness.is_available()),
        updated: first.is_some_and(|pod| pod.version.is_updated()),
    }
}

#[inline]
fn shape(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Shape {
    if pods.is_empty() && verdict != Some(Verdict::Run) {
        return Shape::Absent;
    }
    let (mut updated, mut old, mut unknown) = (None, None, None);
    let mut crowded = false;
    for pod in pods.iter().filter(|pod| !pod.terminating) {
        let place = match pod.version {
            Version::Current | Version::SameGeneration => &mut updated,
            Version::Old => &mut old,
            Version::Unknown => &mut unknown,
        };
        crowded |= place.replace(pod).is_some();
    }
    if let Some(pod) = unknown {
        let is_only = !crowded && updated.is_none() && old.is_none();
        return Shape::Unknown {
            available: is_only && pod.readiness.is_available(),
        };
    }
    match (updated, old) {
        _ if crowded => Shape::Crowded,
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
    moment: Moment<'_>,
    state: &mut NodeState,
) {
    if let [pod] = pods
        && pod.phase == Phase::Active
        && !pod.terminating
    {
        // It is the one that should be there, as on nearly every node.
        return;
    }
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
                    held_until = moment.backoff.held_until(node, moment.now);
                }
                if let Some(until) = held_until {
                    let pending = state.pending();
                    pending.backing_off += 1;
                    pending.recheck_at(until);
                } else {
                    let wait = moment.backoff.next(node, moment.now);
                    held_until = Some(wait.until());
                    state.pending().wait = Some(wait);
                    state.delete(pod, Reason::FailedPod);
                }
            }
            Phase::Succeeded => state.delete(pod, Reason::SucceededPod),
            Phase::Active if running.is_none() => running = Some(pod),
            Phase::Active => more.push(pod),
        }
    }
    let Some(first) = running else {
        if moment.surge && verdict == Verdict::Run {
            state.create = Some(Reason::NoRunningPod);
        }
        return;
    };
    if more.is_empty() {
        return;
    }
    if !moment.surge {
        for pod in more {
            state.delete(pod, Reason::DuplicatePod);
        }
        return;
    }
    if std::iter::once(&first)
        .chain(&more)
        .any(|pod| pod.version == Version::Unknown)
    {
        // Which of them is the updated one is not known.
        return;
    }
    let (mut updated, mut old) = (None, None);
    for pod in std::iter::once(first).chain(more) {
        let place = if pod.version == Version::Current {
            &mut updated
        } else {
            &mut old
        };
        if place.is_none() {
            *place = Some(pod);
        } else {
            state.delete(pod, Reason::DuplicatePod);
        }
    }
    if let (Some(updated), Some(old)) = (updated, old) {
        if !old.readiness.is_ready() {
            state.delete(old, Reason::OldPodNotReady);
        } else if updated.readiness.is_available() {
            state.delete(old, Reason::Superseded);
        }
    }
}
