//! What holds nodes up, and whether that passes by itself.

use std::collections::BTreeSet;

use super::finding::BadNode;
use super::survey::{Site, Survey};
use super::trouble::{NodeTrouble, PodTrouble};
use crate::action::Action;
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
    /// Its pod fails; a word for how, and what that speaks against.
    Failing(String, Suspect),
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

/// What a failure speaks against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspect {
    /// The pod, and so the revision it is of.
    Pod,
    /// Something else: the kubelet that says nothing of it, or the node that evicted it.
    Other,
}

/// Words for how a pod failed that are its node's doing.
///
/// Source: [Node-pressure Eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/)
/// and [Node Shutdowns](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/).
const DONE_BY_NODES: [&str; 4] = ["Evicted", "Preempting", "NodeShutdown", "Terminated"];

impl Holdup {
    /// Whether it stays so until somebody does something.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::BadNode(_)
            | Self::Failing(..)
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
        Some(fault) => {
            let by_node = match fault {
                PodTrouble::Phase { reason, .. } => DONE_BY_NODES.contains(&reason.as_str()),
                _ => false,
            };
            let suspect = if by_node {
                Suspect::Other
            } else {
                Suspect::Pod
            };
            Holdup::Failing(fault.word(), suspect)
        }
        None if !is_old => Holdup::Starting,
        None if fact.unbound => Holdup::Unscheduled("the scheduler says nothing".to_owned()),
        None => match troubles.first() {
            Some(silent @ PodTrouble::Unreported) => Holdup::Failing(silent.word(), Suspect::Other),
            Some(trouble) => Holdup::Failing(trouble.word(), Suspect::Pod),
            None => Holdup::Failing("NotReady".to_owned(), Suspect::Pod),
        },
    }
}

/// The nodes that are held up, sorted by what holds them up.
#[derive(Default)]
pub(super) struct HeldUp<'a> {
    pub bad: Vec<BadNode>,
    /// Failing pods of the new revision that speak against it.
    pub failing_new: Vec<(&'a Site<'a>, String)>,
    /// Other failing pods.
    pub failing: Vec<(&'a Site<'a>, String)>,
    pub unscheduled: Vec<(&'a Site<'a>, String)>,
    pub hanging: Vec<&'a Site<'a>>,
    pub held: Vec<Timestamp>,
    pub waiting: Vec<Timestamp>,
    pub starting: Vec<String>,
    pub leaving: Vec<String>,
    /// Nodes that spend from the budget, and neither come back by themselves nor are seen to in
    /// this round.
    pub permanent: usize,
}

impl<'a> HeldUp<'a> {
    pub fn new(survey: &'a Survey<'a>) -> Self {
        let mut all = Self::default();
        let seen_to: BTreeSet<&str> = (survey.turns())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } | Action::DeletePod { node, .. } => Some(&**node),
                _ => None,
            })
            .collect();
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
            let seen_to = seen_to.contains(site.name);
            all.permanent += usize::from(spends && !seen_to && holdup.is_permanent());
            let is_new = site.staying_of(true).next().is_some();
            match holdup {
                Holdup::BadNode(troubles) => all.bad.push(BadNode {
                    node: site.name.to_owned(),
                    troubles,
                }),
                Holdup::Failing(word, Suspect::Pod) if is_new => all.failing_new.push((site, word)),
                // Old pods that are about to go are no news.
                Holdup::Failing(..) if !is_new && seen_to => {}
                Holdup::Failing(word, _) => all.failing.push((site, word)),
                Holdup::Unscheduled(message) => all.unscheduled.push((site, message)),
                Holdup::Hanging => all.hanging.push(site),
                Holdup::Held(until) => all.held.push(until),
                Holdup::Waiting(Some(until)) => all.waiting.push(until),
                Holdup::Waiting(None) => {
                    all.failing
                        .push((site, "Ready, nobody knows since when".to_owned()));
                }
                Holdup::Starting => all.starting.push(site.name.to_owned()),
                Holdup::Leaving => all.leaving.push(site.name.to_owned()),
            }
        }
        all
    }

    /// Whether no node is held up.
    pub fn is_empty(&self) -> bool {
        self.bad.is_empty()
            && self.failing_new.is_empty()
            && self.failing.is_empty()
            && self.unscheduled.is_empty()
            && self.hanging.is_empty()
            && self.held.is_empty()
            && self.waiting.is_empty()
            && self.starting.is_empty()
            && self.leaving.is_empty()
    }
}
