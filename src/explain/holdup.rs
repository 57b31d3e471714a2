//! What holds nodes up, and whether that passes by itself.

use super::finding::BadNode;
use super::survey::{Site, Survey};
use super::trouble::{NodeTrouble, PodTrouble};
use crate::api::{ConditionType, Pod, Timestamp};
use crate::node_state::{PodFact, Readiness, Shape};

/// For how long a pod that is not ready may be starting, in seconds.
const STARTING_SECONDS: i64 = 600;

/// How long after its grace period a pod that is being deleted hangs, in seconds.
const HANGING_SECONDS: i64 = 60;

/// What keeps a node from having what it should have, where the round does nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holdup {
    /// The node is in trouble itself.
    BadNode(Vec<NodeTrouble>),
    /// Its pod fails; a word for how.
    Failing(String),
    /// The scheduler finds no place for its pod; what it says.
    Unscheduled(String),
    /// Its pods are being deleted and do not go.
    Hanging,
    /// Its failed pod stays until then.
    Held(Timestamp),
    /// Its pod is ready, and not yet for long enough.
    Waiting(Option<Timestamp>),
    Starting,
    Leaving,
}

impl Holdup {
    /// Whether it stays so until somebody does something.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::BadNode(_)
            | Self::Failing(_)
            | Self::Unscheduled(_)
            | Self::Hanging
            | Self::Waiting(None) => true,
            Self::Held(_) | Self::Waiting(Some(_)) | Self::Starting | Self::Leaving => false,
        }
    }
}

impl Site<'_> {
    /// What holds the node up, if anything does.
    pub(super) fn holdup(&self, survey: &Survey<'_>) -> Option<Holdup> {
        let troubles = self.troubles();
        let is_dead = troubles.iter().any(NodeTrouble::is_dead);
        let hinders = troubles.iter().any(NodeTrouble::hinders_pods);
        let bad_node = || Holdup::BadNode(troubles.clone());
        let updated = match self.state.shape {
            Shape::Empty | Shape::Absent if self.pods.is_empty() => return None,
            Shape::Empty | Shape::Absent => {
                let hangs = self.hanging(survey.now).next().is_some();
                return Some(if is_dead || hangs && hinders {
                    bad_node()
                } else if hangs {
                    Holdup::Hanging
                } else {
                    Holdup::Leaving
                });
            }
            Shape::Crowded if is_dead => return Some(bad_node()),
            Shape::Updated { available: false }
            | Shape::Both {
                updated_available: false,
                ..
            } => true,
            Shape::Old {
                available: false, ..
            } => false,
            _ => {
                let leaves = self.pods.iter().any(|(fact, _)| fact.terminating);
                return leaves.then_some(Holdup::Leaving);
            }
        };
        let (fact, pod) = self.staying_of(updated).next()?;
        if let Readiness::Waiting(until) = fact.readiness {
            return Some(Holdup::Waiting(until));
        }
        if is_dead {
            return Some(bad_node());
        }
        let backoff = &survey.planner.backoff;
        if let (true, Some(until)) = (pod.is_terminal(), backoff.held_until(self.name, survey.now))
        {
            return Some(Holdup::Held(until));
        }
        let holdup = pod_holdup(fact, pod, survey.now);
        if !holdup.is_permanent() {
            return Some(holdup);
        }
        // A pod that says nothing itself is explained by anything that is wrong with its node,
        // and one that does by what was wrong before it came: a network daemon that crashes
        // makes its node not ready.
        let explains = |trouble: &NodeTrouble| match trouble {
            _ if !PodTrouble::of(pod).iter().any(PodTrouble::is_fault) => true,
            NodeTrouble::NotReady { since: Some(since) } => {
                Some(*since) <= pod.metadata.creation_timestamp
            }
            other => other.hinders_pods(),
        };
        Some(if troubles.iter().any(explains) {
            bad_node()
        } else {
            holdup
        })
    }

    /// The pods that should have gone by now.
    pub(super) fn hanging(&self, now: Timestamp) -> impl Iterator<Item = &Pod> {
        (self.pods.iter().map(|(_, pod)| *pod)).filter(move |pod| {
            (pod.metadata.deletion_timestamp)
                .is_some_and(|until| now > until.plus_seconds(HANGING_SECONDS))
        })
    }
}

/// What holds up a pod on a node that is not in trouble.
fn pod_holdup(fact: &PodFact<'_>, pod: &Pod, now: Timestamp) -> Holdup {
    let troubles = PodTrouble::of(pod);
    let ready = pod.condition(&ConditionType::Ready);
    let restarted = troubles
        .iter()
        .any(|t| matches!(t, PodTrouble::Restarted { .. }));
    let since = match ready.and_then(|condition| condition.last_transition_time) {
        // One that starts again and again is no younger for it.
        Some(since) if !restarted => Some(since).max(pod.metadata.creation_timestamp),
        _ => pod.metadata.creation_timestamp,
    };
    let is_old = since.is_some_and(|since| now.seconds_since(since) > STARTING_SECONDS);
    let fault = troubles.iter().find(|trouble| trouble.is_fault());
    match fault {
        Some(PodTrouble::Unschedulable { message }) => Holdup::Unscheduled(message.clone()),
        Some(fault) => Holdup::Failing(fault.word()),
        None if !is_old => Holdup::Starting,
        None if fact.unbound => Holdup::Unscheduled("the scheduler says nothing".to_owned()),
        None => Holdup::Failing(
            troubles
                .first()
                .map_or_else(|| "NotReady".to_owned(), PodTrouble::word),
        ),
    }
}

/// The nodes that are held up, sorted by what holds them up.
#[derive(Default)]
pub(super) struct HeldUp<'a> {
    pub bad: Vec<BadNode>,
    pub failing_new: Vec<(&'a Site<'a>, String)>,
    pub failing_old: Vec<(&'a Site<'a>, String)>,
    pub unscheduled: Vec<(&'a Site<'a>, String)>,
    pub hanging: Vec<&'a Site<'a>>,
    pub held: Vec<Timestamp>,
    pub waiting: Vec<Timestamp>,
    pub starting: Vec<String>,
    pub leaving: Vec<String>,
    /// Nodes that spend from the budget and do not come back by themselves.
    pub permanent: usize,
}

impl<'a> HeldUp<'a> {
    pub fn new(survey: &'a Survey<'a>) -> Self {
        let mut held_up = Self::default();
        for site in &survey.sites {
            let spends = match survey.limits {
                Ok(Some(limits)) => site.spends(limits),
                _ => false,
            };
            let counts = site.state.counts;
            if !spends && (!counts.desired || counts.available) {
                continue;
            }
            let Some(holdup) = site.holdup(survey) else {
                continue;
            };
            held_up.permanent += usize::from(spends && holdup.is_permanent());
            match holdup {
                Holdup::BadNode(troubles) => held_up.bad.push(BadNode {
                    node: site.name.to_owned(),
                    troubles,
                }),
                Holdup::Failing(word) if site.staying_of(true).next().is_some() => {
                    held_up.failing_new.push((site, word));
                }
                Holdup::Failing(word) => held_up.failing_old.push((site, word)),
                Holdup::Unscheduled(message) => held_up.unscheduled.push((site, message)),
                Holdup::Hanging => held_up.hanging.push(site),
                Holdup::Held(until) => {
                    held_up.held.push(until);
                    if site.staying_of(true).next().is_some() {
                        held_up.failing_new.push((site, "Failed".to_owned()));
                    }
                }
                Holdup::Waiting(Some(until)) => held_up.waiting.push(until),
                Holdup::Waiting(None) => {
                    held_up
                        .failing_new
                        .push((site, "ready since nobody knows when".to_owned()));
                }
                Holdup::Starting => held_up.starting.push(site.name.to_owned()),
                Holdup::Leaving => held_up.leaving.push(site.name.to_owned()),
            }
        }
        held_up
    }

    /// Whether no node is held up.
    pub fn is_empty(&self) -> bool {
        self.bad.is_empty()
            && self.failing_new.is_empty()
            && self.failing_old.is_empty()
            && self.unscheduled.is_empty()
            && self.hanging.is_empty()
            && self.held.is_empty()
            && self.waiting.is_empty()
            && self.starting.is_empty()
            && self.leaving.is_empty()
    }
}
