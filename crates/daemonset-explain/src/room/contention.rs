//! Pods of several DaemonSets that are to come to a node at once, and have not room there together.

use std::collections::BTreeMap;
use std::fmt;

use daemonset::fit::{Answer, NodeRoom, PodName, PodNeeds, PreemptionPolicy, Resident};
use serde::Serialize;

use super::SetRoom;
use crate::words::{agree, list};

/// How many rivals are named.
const SHOWN: usize = 3;

/// On a node with more contenders it is not asked of each what it does to each.
const MOST_EACH_WITH_EACH: usize = 24;

/// A DaemonSet of which new pods are to come.
#[derive(Clone, Debug)]
pub struct Contender<'r> {
    /// The DaemonSet, as `NAMESPACE/NAME`.
    pub set: String,
    /// The question for room for its pods.
    pub room: &'r SetRoom<'r>,
    /// The nodes to which one comes.
    pub nodes: Vec<String>,
}

/// A pod that fits on its node, and not beside those of other DaemonSets that come there, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contention {
    /// The DaemonSet, as `NAMESPACE/NAME`.
    pub set: String,
    /// The node.
    pub node: String,
    /// Whether it is known who comes first.
    pub order: Order,
    /// The DaemonSets whose pods take the room.
    pub rivals: Vec<String>,
    /// What stands against it then, as a clause.
    pub why: String,
}

/// Whether it is known which of several pods takes the room.
///
/// The scheduler takes pods of higher priority first, and evicts others for them. Among pods of one
/// priority it takes the one first that has been in its queue for longer, which depends on when
/// each was made and tried before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Order {
    /// Pods of higher priority take the room.
    Known,
    /// Others do if they come first: neither may evict the other.
    Open,
}

/// Finds the pods that fit alone and do not beside those of other DaemonSets that come to the same
/// node, by DaemonSet and node.
///
/// It takes time in proportion to the nodes with several contenders, and on each to the square of
/// their number. Where more than 24 contend for a node that does not hold them all, it is not looked
/// who wins by evicting: those of lowest priority that find no room beside all others may wait.
#[must_use]
pub fn contentions(contenders: &[Contender<'_>]) -> Vec<Contention> {
    let mut by_node: BTreeMap<&str, Vec<&Contender<'_>>> = BTreeMap::new();
    for contender in contenders {
        for node in &contender.nodes {
            by_node.entry(node).or_default().push(contender);
        }
    }
    let mut found = Vec::new();
    for (node, mut here) in by_node {
        here.sort_by(|a, b| a.set.cmp(&b.set));
        here.dedup_by(|a, b| a.set == b.set);
        let left_over = left_over(&here, node);
        if left_over.is_empty() {
            continue;
        }
        if here.len() > MOST_EACH_WITH_EACH {
            found.extend(left_over);
        } else {
            found.extend(here.iter().filter_map(|one| contention(one, &here, node)));
        }
    }
    found.sort_by(|a, b| (&a.set, &a.node).cmp(&(&b.set, &b.node)));
    found
}

/// Those whose pods find no room on a node once those of all others have come, which is nobody where
/// the node holds them all.
fn left_over(here: &[&Contender<'_>], node: &str) -> Vec<Contention> {
    let Some((first, others)) = here.split_first() else {
        return Vec::new();
    };
    if others.is_empty() {
        return Vec::new();
    }
    let Some(mut room) = first.room_without(others, node) else {
        return Vec::new();
    };
    let mut by_priority = here.to_vec();
    by_priority.sort_by_key(|it| std::cmp::Reverse(it.needs().priority()));
    let mut left = Vec::new();
    for one in by_priority {
        let fit = one.needs().fit_in(&room, &one.room.asked.context());
        match fit.answer {
            Answer::Fits => _ = room.insert(one.to_come()),
            // Nothing is said of it alone either.
            Answer::Unknown => {}
            _ => left.push((one, fit)),
        }
    }
    let left = left.into_iter().filter(|(one, _)| one.comes_alone(node));
    let told = left.map(|(one, fit)| Contention {
        set: one.set.clone(),
        node: node.to_owned(),
        order: Order::Open,
        rivals: here
            .iter()
            .filter(|it| it.set != one.set)
            .map(|it| it.set.clone())
            .collect(),
        why: fit.to_string(),
    });
    told.collect()
}

/// What keeps a pod off a node on which it fits alone.
fn contention(one: &Contender<'_>, here: &[&Contender<'_>], node: &str) -> Option<Contention> {
    if !one.comes_alone(node) {
        return None;
    }
    let others = || here.iter().copied().filter(|other| other.set != one.set);
    let mut first: Vec<&Contender<'_>> = others().filter(|it| it.outranks(one)).collect();
    first.sort_by(|a, b| {
        let by_priority = b.needs().priority().cmp(&a.needs().priority());
        by_priority.then_with(|| a.set.cmp(&b.set))
    });
    if let Some(why) = one.after(&first, node) {
        return Some(one.loses(node, Order::Known, &first, why));
    }
    // The others stay if they come first, unless this one may evict them.
    let stay = others().filter(|other| !other.outranks(one) && !one.outranks(other));
    first.extend(stay);
    let why = one.after(&first, node)?;
    Some(one.loses(node, Order::Open, &first, why))
}

impl<'r> Contender<'r> {
    fn needs(&self) -> &'r PodNeeds {
        self.room.asked.needs()
    }

    /// Whether its pod takes the room of the other one's, whoever comes first: it may evict it.
    fn outranks(&self, other: &Contender<'_>) -> bool {
        self.needs().priority() > other.needs().priority()
            && self.needs().preemption_policy() == PreemptionPolicy::PreemptLowerPriority
    }

    /// Whether its pod comes to run where no other one comes.
    fn comes_alone(&self, node: &str) -> bool {
        let alone = self.room.asked.fit_after(node, self.room.replaced_on(node));
        alone.is_some_and(|alone| alone.answer.comes_to_run())
    }

    /// The room of a node once the pods are gone that its own and those of others replace.
    fn room_without(&self, others: &[&Contender<'_>], node: &str) -> Option<NodeRoom> {
        let mut room = self.room.room.rooms().get(node)?.clone();
        let all = others.iter().copied().chain([self]);
        room.remove_all(all.flat_map(|one| one.room.replaced_on(node)));
        Some(room)
    }

    fn to_come(&self) -> Resident {
        let (namespace, name) = self.set.split_once('/').unwrap_or(("", &self.set));
        let name = PodName {
            namespace: namespace.into(),
            // No pod is called so.
            name: format!("{name}/to come").into(),
        };
        Resident::to_come(name, self.needs())
    }

    /// What stands against it once those of the others have come that come to run, one after the
    /// other; `None` where it comes to run all the same.
    fn after(&self, others: &[&Contender<'_>], node: &str) -> Option<String> {
        if others.is_empty() {
            return None;
        }
        let mut room = self.room_without(others, node)?;
        for other in others {
            let context = other.room.asked.context();
            let fits = other.needs().fit_in(&room, &context);
            if fits.answer.comes_to_run() {
                let victims = fits.preemption.as_ref();
                let victims = victims.and_then(|it| it.helpful_victims());
                for victim in victims.unwrap_or_default() {
                    room.remove(&victim.pod.namespace, &victim.pod.name);
                }
                room.insert(other.to_come());
            }
        }
        let context = self.room.asked.context();
        let fit = self.needs().fit_in(&room, &context);
        (!fit.answer.comes_to_run()).then(|| fit.to_string())
    }

    fn loses(&self, node: &str, order: Order, first: &[&Contender<'_>], why: String) -> Contention {
        // Those whose pod alone is enough; where it takes several, all of them.
        let alone = first
            .iter()
            .filter(|other| self.after(&[**other], node).is_some());
        let mut rivals: Vec<String> = alone.map(|other| other.set.clone()).collect();
        if rivals.is_empty() {
            rivals = first.iter().map(|other| other.set.clone()).collect();
        }
        rivals.sort();
        Contention {
            set: self.set.clone(),
            node: node.to_owned(),
            order,
            rivals,
            why,
        }
    }
}

/// Prints what becomes of the pod, as a clause.
impl fmt::Display for Contention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rivals = list(&self.rivals, SHOWN);
        let pods = agree(self.rivals.len(), "the pod", "the pods");
        let (take, come) = match self.rivals.len() {
            1 => ("takes", "comes"),
            _ => ("take", "come"),
        };
        match self.order {
            Order::Known => write!(
                f,
                "will wait, since {pods} of {rivals}, of higher priority, {take} the room: {}",
                self.why
            ),
            Order::Open => write!(
                f,
                "may wait, if {pods} of {rivals} {come} first: {}",
                self.why
            ),
        }
    }
}
