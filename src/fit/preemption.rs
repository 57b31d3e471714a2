//! What the scheduler evicts to make room.
//!
//! Source: [Preemption](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#preemption).
//! A daemon pod names its node, so there is one candidate and no choice among nodes: who is
//! evicted is determined.

use std::fmt;

use serde::Serialize;

use super::context::Context;
use super::needs::PodNeeds;
use super::nominated::{findings, passes, with_nominated};
use super::obstacle::{Obstacle, first_failure};
use super::occupancy::Occupancy;
use super::pods::{PodName, Resident, Standing};
use crate::api::Timestamp;

/// What evicting pods of lower priority comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "preemption",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Preemption {
    /// Pods that were evicted for this one are still terminating: the scheduler waits for them.
    UnderWay {
        /// Who.
        pods: Vec<PodName>,
    },
    /// No pod on the node has a lower priority.
    NoCandidates,
    /// The pod would not fit even without all pods of lower priority.
    Unhelpful {
        /// What would still stand against it.
        remaining: Vec<Obstacle>,
    },
    /// Pods are evicted.
    Evicts {
        /// Who, in the order in which they are.
        victims: Vec<Victim>,
        /// What still stands against the pod once they are gone. The scheduler overlooks that a
        /// port which two pods hold is not free when one of them goes.
        remaining: Vec<Obstacle>,
        /// Whether pods of the same priority that started at the same time were told apart.
        choice: Choice,
    },
}

/// A pod that is evicted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Victim {
    /// Its name.
    pub pod: PodName,
    /// Its priority.
    pub priority: i32,
    /// Whether a disruption budget allows it.
    pub budget: BudgetVerdict,
}

/// Whether evicting a pod keeps to the disruption budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BudgetVerdict {
    /// It does, or none counts the pod.
    Kept,
    /// It does not; the scheduler evicts it all the same.
    Violated,
}

/// Whether it is certain who is evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Choice {
    /// It is.
    Determined,
    /// Some are and some are not of pods with the same priority and start time. The scheduler
    /// takes them in the order in which it learnt of them, which is taken to be that of the
    /// residents.
    AmongEquals,
}

/// A pod that may be evicted, with its place among the residents.
type Candidate<'a> = (usize, &'a Resident);

/// What evicting comes to, where the first failing check is one that it can help.
pub(super) fn preempt(here: &Occupancy<'_>, needs: &PodNeeds, context: &Context<'_>) -> Preemption {
    if needs.nominated_node.as_deref() == Some(here.room().name()) {
        let under_way = |pod: &&Resident| {
            pod.standing == Standing::Preempted && pod.priority() < needs.priority
        };
        let pods: Vec<_> = here
            .pods()
            .filter(under_way)
            .map(|p| p.pod.clone())
            .collect();
        if !pods.is_empty() {
            return Preemption::UnderWay { pods };
        }
    }
    let lowest = here.room().lowest_priority();
    if !lowest.is_some_and(|lowest| needs.may_evict(lowest)) {
        return Preemption::NoCandidates;
    }
    let residents = here.residents();
    let mut candidates: Vec<_> = residents
        .filter(|(_, pod)| needs.may_evict(pod.priority()))
        .collect();
    if candidates.is_empty() {
        return Preemption::NoCandidates;
    }
    candidates.sort_by_key(|(_, pod)| Importance::of(pod));
    let mut left = here.without_places(candidates.iter().map(|(at, _)| *at));
    if !needs.host_ports.is_empty() {
        left.count_ports_as_set(here);
    }
    if !passes(&left, needs, context) {
        let remaining = findings(&left, needs, context).obstacles;
        return Preemption::Unhelpful { remaining };
    }
    let (violating, others) = split_by_budgets(&candidates, context);
    let both = !violating.is_empty() && !others.is_empty();
    let groups = [
        (violating, BudgetVerdict::Violated),
        (others, BudgetVerdict::Kept),
    ];
    // With the pods that are to come besides, where there are such.
    let mut fuller = with_nominated(&left, needs);
    let mut victims = Vec::new();
    let mut choice = Choice::Determined;
    for (group, budget) in groups {
        let mut before: Option<(Importance, bool)> = None;
        for (at, pod) in group {
            let mut stays = true;
            for left in [Some(&mut left), fuller.as_mut()].into_iter().flatten() {
                left.put_back(at);
                stays &= left.passes_beside(needs, context, pod);
            }
            if !stays {
                left.take_out(at);
                if let Some(fuller) = &mut fuller {
                    fuller.take_out(at);
                }
                victims.push((at, pod, budget));
            }
            let now = (Importance::of(pod), stays);
            if before.is_some_and(|(importance, other)| importance == now.0 && other != stays) {
                choice = Choice::AmongEquals;
            }
            before = Some(now);
        }
    }
    if both {
        victims.sort_by_key(|(_, pod, _)| Importance::of(pod));
    }
    let without = here.without_places(victims.iter().map(|(at, ..)| *at));
    let remaining = findings(&without, needs, context).obstacles;
    let described = victims.iter().map(|(_, pod, budget)| Victim {
        pod: pod.pod.clone(),
        priority: pod.priority(),
        budget: *budget,
    });
    Preemption::Evicts {
        victims: described.collect(),
        remaining,
        choice,
    }
}

/// How important a pod is to the scheduler, the most important first: a higher priority, then an
/// earlier start; one that has not started is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Importance {
    priority: std::cmp::Reverse<i32>,
    has_not_started: bool,
    start: Option<Timestamp>,
}

impl Importance {
    fn of(pod: &Resident) -> Self {
        Self {
            priority: std::cmp::Reverse(pod.priority()),
            has_not_started: pod.start_time.is_none(),
            start: pod.start_time,
        }
    }
}

/// The candidates whose eviction violates a budget, and the others, each in the same order. All
/// are counted as if all were evicted.
fn split_by_budgets<'a>(
    candidates: &[Candidate<'a>],
    context: &Context<'_>,
) -> (Vec<Candidate<'a>>, Vec<Candidate<'a>>) {
    let mut left: Vec<_> = context.budgets.iter().map(|b| (b, b.allowed())).collect();
    candidates.iter().partition(|(_, pod)| {
        let mut violates = false;
        for (budget, allowed) in &mut left {
            if budget.counts(pod) {
                *allowed -= 1;
                violates |= *allowed < 0;
            }
        }
        violates
    })
}

impl Preemption {
    /// Who is evicted, if that is what comes of it and it helps.
    #[must_use]
    pub fn helpful_victims(&self) -> Option<&[Victim]> {
        match self {
            Self::Evicts {
                victims, remaining, ..
            } if remaining.is_empty() => Some(victims),
            _ => None,
        }
    }

    /// What the scheduler says of it, word for word; empty where it evicts pods.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        match self {
            Self::NoCandidates => {
                vec!["No preemption victims found for incoming pod".to_owned()]
            }
            Self::UnderWay { .. } => {
                vec!["not eligible due to a terminating pod on the nominated node.".to_owned()]
            }
            Self::Unhelpful { remaining } => {
                let first = first_failure(remaining);
                let mut reasons = first.map_or_else(Vec::new, |first| first.reasons);
                reasons.sort();
                reasons
            }
            Self::Evicts { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (priority {})", self.pod, self.priority)
    }
}
