//! One node's pods: what the node needs, and what it means for the rollout.
//!
//! Everything here is local to one node. What needs two nodes at once belongs in
//! [`rollout`](crate::rollout).

use std::collections::BTreeSet;

use crate::action::Reason;
use crate::api::{ConditionStatus, ConditionType, HASH_LABEL, Labels, Pod, PodPhase, Timestamp};
use crate::backoff::{Backoff, Wait};
use crate::placement::Verdict;
use crate::plan::Planner;

/// The label by which pods named their template before there were revisions.
pub(crate) const GENERATION_LABEL: &str = "pod-template-generation";

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
    pub version: Version,
    pub readiness: Readiness,
    pub id: PodId,
}

/// Whether a pod is of the current template.
///
/// Source: the labels `controller-revision-hash` and, of before there were revisions,
/// `pod-template-generation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// By its hash label.
    Current,
    /// By its generation label alone, which pruning under surge does not look at.
    SameGeneration,
    Old,
}

impl Version {
    /// The version of a pod with these labels.
    pub fn of(planner: &Planner, labels: &Labels) -> Self {
        let hash = labels.get(HASH_LABEL);
        let wanted = planner.template_generation.as_deref();
        if hash == Some(planner.revisions.current.hash.as_str()) {
            Self::Current
        } else if wanted.is_some() && labels.get(GENERATION_LABEL) == wanted {
            Self::SameGeneration
        } else {
            Self::Old
        }
    }

    pub fn is_updated(self) -> bool {
        self != Self::Old
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Active,
    Failed,
    Succeeded,
}

impl From<PodPhase> for Phase {
    fn from(phase: PodPhase) -> Self {
        match phase {
            PodPhase::Failed => Self::Failed,
            PodPhase::Succeeded => Self::Succeeded,
            _ => Self::Active,
        }
    }
}

/// What a pod's `Ready` condition says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    /// It is missing or not `True`.
    No,
    /// It is `True`, and does not say since when.
    Undated,
    Since(Timestamp),
}

impl Ready {
    pub fn of(pod: &Pod) -> Self {
        match pod.condition(&ConditionType::Ready) {
            Some(condition) if condition.status == ConditionStatus::True => {
                (condition.last_transition_time).map_or(Self::Undated, Self::Since)
            }
            _ => Self::No,
        }
    }
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
    /// Whether a pod that says so has been ready for `minReadySeconds`.
    ///
    /// Source: `spec.minReadySeconds`.
    pub fn new(ready: Ready, min_ready_seconds: i32, now: Timestamp) -> Self {
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

impl<'a> Round<'a> {
    pub fn new(planner: &'a Planner, now: Timestamp) -> Self {
        Self {
            now,
            backoff: &planner.backoff,
            surge: planner.surge,
        }
    }
}

/// One node's state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeState {
    pub counts: Counts,
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
    pub fn recheck(&self) -> Option<Timestamp> {
        self.pending.as_ref().and_then(|pending| pending.recheck)
    }
}

/// What a node has to wait for or to get rid of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pending {
    /// Pods that go whatever the other nodes do.
    pub deletes: Vec<(PodId, Reason)>,
    /// The wait that begins because a failed pod goes.
    pub wait: Option<Wait>,
    /// Failed pods that stay until an earlier wait is over.
    pub held: u32,
    /// Pods bound to the node although it does not exist.
    pub stranded: u32,
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
        ..NodeState::default()
    };
    for pod in pods.iter() {
        if let Readiness::Waiting(Some(from)) = pod.readiness {
            state.pending().recheck_at(from);
        }
    }
    match verdict {
        None => {
            for pod in pods.iter() {
                if pod.unbound {
                    state.delete(pod, Reason::NodeGone);
                } else {
                    state.pending().stranded += 1;
                }
            }
        }
        Some(Verdict::Run) if pods.is_empty() => state.create = Some(Reason::NoDaemonPod),
        Some(verdict) if verdict.should_continue_running() => {
            keep(node, verdict, pods, round, &mut state);
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

fn shape(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Shape {
    if pods.is_empty() && verdict != Some(Verdict::Run) {
        return Shape::Absent;
    }
    let (mut updated, mut old) = (None, None);
    for pod in pods.iter().filter(|pod| !pod.terminating) {
        let place = if pod.version.is_updated() {
            &mut updated
        } else {
            &mut old
        };
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
                    let pending = state.pending();
                    pending.held += 1;
                    pending.recheck_at(until);
                } else {
                    let wait = round.backoff.next(node, round.now);
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
        if round.surge && verdict == Verdict::Run {
            state.create = Some(Reason::NoRunningPod);
        }
        return;
    };
    if more.is_empty() {
        return;
    }
    if !round.surge {
        for pod in more {
            state.delete(pod, Reason::DuplicatePod);
        }
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
