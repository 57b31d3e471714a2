//! Who goes together, and whose turn it is: canaries, then one wave after the other.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{Canary, Gate, OrderKey, Policy, Seconds, Wave};
use super::held::Hold;
use super::memory::Memory;
use super::nodes::{PolicyNode, updated_pods};
use super::signals::Signals;
use crate::api::{IntOrString, Timestamp};
use crate::matching::Selector;
use crate::view::{NodeView, PodView};

/// The policy's selectors, parsed.
#[derive(Clone, Debug)]
pub(super) struct Selectors {
    pub nodes: Option<Selector>,
    pub canary: Option<Selector>,
    /// One for each wave.
    pub waves: Vec<Option<Selector>>,
}

/// The groups of a round, and which of them has its turn.
pub(super) struct Groups {
    /// The wave of each node that the policy selects, by the node's place; `None` for the others.
    wave_of: Vec<Option<usize>>,
    pub waves: Vec<Group>,
    /// What holds each wave back, if something does.
    holds: Vec<Option<Hold>>,
    /// Where canaries go first: which nodes they are, and what holds all others back.
    canaries: Option<(BTreeSet<usize>, Hold)>,
    /// When time alone may open the next group.
    pub look_again: Option<Timestamp>,
}

/// One wave.
pub(super) struct Group {
    pub name: String,
    pub max_unavailable: Option<IntOrString>,
    pub soak: Seconds,
    pub gate: Gate,
    pub nodes: Vec<usize>,
}

/// How far the nodes of a group are.
enum Stage {
    Done,
    /// These are not updated and available yet.
    Waits(Vec<String>),
    /// They all are, and have to stay so until then; `None` where it is not known since when.
    Stays(Option<Timestamp>),
}

impl Groups {
    pub(super) fn of<N: NodeView, P: PodView>(
        policy: &Policy,
        selectors: &Selectors,
        nodes: &[PolicyNode<'_, '_, N, P>],
        memory: &Memory,
        now: Timestamp,
        signals: &impl Signals<N, P>,
    ) -> Self {
        let mut groups = Self {
            wave_of: vec![None; nodes.len()],
            waves: Vec::new(),
            holds: Vec::new(),
            canaries: None,
            look_again: None,
        };
        groups.assign(policy, selectors, nodes);
        if let Some(canary) = &policy.canary {
            let chosen = canaries(canary, selectors, nodes);
            let until = |at: &usize| canary_ends(canary, nodes.get(*at)?, signals);
            if chosen.is_empty() {
                groups.canaries = Some((BTreeSet::new(), Hold::NoCanary));
            }
            match stage(chosen.iter().copied(), nodes, now, until) {
                Stage::Done => {}
                Stage::Waits(waits_for) => {
                    let until = None;
                    groups.canaries = Some((chosen, Hold::Canary { waits_for, until }));
                }
                Stage::Stays(until) => {
                    groups.look_again = until;
                    let waits_for = Vec::new();
                    groups.canaries = Some((chosen, Hold::Canary { waits_for, until }));
                }
            }
        }
        groups.hold_waves(nodes, memory, now);
        groups
    }

    /// What holds a node back, if something does.
    pub(super) fn hold(&self, at: usize) -> Option<Hold> {
        if let Some((chosen, hold)) = &self.canaries {
            return (!chosen.contains(&at)).then(|| hold.clone());
        }
        self.holds.get(self.wave(at)?)?.clone()
    }

    /// The canaries, while others wait for them.
    pub(super) fn canaries(&self) -> Option<&BTreeSet<usize>> {
        self.canaries.as_ref().map(|(chosen, _)| chosen)
    }

    /// The wave of a node.
    pub(super) fn wave(&self, at: usize) -> Option<usize> {
        self.wave_of.get(at).copied().flatten()
    }

    /// Puts every selected node into its wave.
    fn assign<N: NodeView, P: PodView>(
        &mut self,
        policy: &Policy,
        selectors: &Selectors,
        nodes: &[PolicyNode<'_, '_, N, P>],
    ) {
        let selected: Vec<usize> = nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.selected)
            .map(|(at, _)| at)
            .collect();
        let mut left = selected.clone();
        for (number, wave) in policy.waves.iter().enumerate() {
            let name = |suffix: &str| match (wave.name.as_str(), suffix) {
                ("", "") => format!("{}", number + 1),
                ("", value) => value.to_owned(),
                (name, "") => name.to_owned(),
                (name, value) => format!("{name}/{value}"),
            };
            let mut parts: Vec<(String, Vec<usize>)> = Vec::new();
            if let Some(key) = &wave.topology_key {
                let mut by_value: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
                for at in &left {
                    if let Some(value) = nodes.get(*at).and_then(|node| node.label(key)) {
                        by_value.entry(value).or_default().push(*at);
                    }
                }
                let mut values: Vec<_> = by_value.into_iter().collect();
                if policy.order.contains(&OrderKey::SmallestZoneFirst) {
                    values.sort_by_key(|(_, nodes)| nodes.len());
                }
                let values = values.into_iter();
                parts.extend(values.map(|(value, nodes)| (name(value), nodes)));
            } else if let Some(percent) = &wave.percent {
                let most = amount(percent, selected.len());
                let first = left.iter().copied().take(most);
                parts.push((name(""), first.collect()));
            } else {
                let selector = selectors.waves.get(number).and_then(Option::as_ref);
                let matching = left.iter().copied().filter(|at| {
                    let node = nodes.get(*at);
                    node.is_some_and(|node| selector.is_some_and(|it| node.matches(it)))
                });
                parts.push((name(""), matching.collect()));
            }
            for (name, members) in parts {
                self.push(Group::new(name, wave, members), &mut left);
            }
        }
        if !left.is_empty() {
            let rest = Group {
                name: "the rest".to_owned(),
                max_unavailable: None,
                soak: Seconds::default(),
                gate: Gate::Automatic,
                nodes: left.clone(),
            };
            self.push(rest, &mut left);
        }
    }

    fn push(&mut self, group: Group, left: &mut Vec<usize>) {
        let number = self.waves.len();
        for at in &group.nodes {
            if let Some(wave) = self.wave_of.get_mut(*at) {
                *wave = Some(number);
            }
        }
        left.retain(|at| self.wave_of.get(*at).is_some_and(Option::is_none));
        self.waves.push(group);
    }

    /// Finds what holds each wave back: the first of those before it that is not done, or its gate.
    fn hold_waves<N: NodeView, P: PodView>(
        &mut self,
        nodes: &[PolicyNode<'_, '_, N, P>],
        memory: &Memory,
        now: Timestamp,
    ) {
        let mut earlier: Option<Hold> = None;
        for group in &self.waves {
            let is_closed = group.gate == Gate::Manual && !memory.approved.contains(&group.name);
            let hold = earlier.clone().or_else(|| {
                is_closed.then(|| Hold::Gate {
                    wave: group.name.clone(),
                })
            });
            self.holds.push(hold);
            if earlier.is_some() {
                continue;
            }
            let wave = || group.name.clone();
            let soak = group.soak.seconds();
            let until = |at: &usize| nodes.get(*at)?.since.map(|since| since.plus_seconds(soak));
            earlier = match stage(group.nodes.iter().copied(), nodes, now, until) {
                Stage::Done => None,
                Stage::Waits(waits_for) => Some(Hold::Wave {
                    wave: wave(),
                    waits_for,
                    until: None,
                }),
                Stage::Stays(_) if soak == 0 => None,
                Stage::Stays(until) => {
                    self.look_again = earliest(self.look_again, until);
                    Some(Hold::Wave {
                        wave: wave(),
                        waits_for: Vec::new(),
                        until,
                    })
                }
            };
        }
    }
}

impl Group {
    fn new(name: String, wave: &Wave, nodes: Vec<usize>) -> Self {
        Self {
            name,
            max_unavailable: wave.max_unavailable.clone(),
            soak: wave.soak,
            gate: wave.gate,
            nodes,
        }
    }
}

/// The earlier of two moments.
pub(super) fn earliest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A number, or a percentage of all rounded up, at least none.
pub(super) fn amount(amount: &IntOrString, all: usize) -> usize {
    usize::try_from(amount.scaled(all).unwrap_or(0)).unwrap_or(0)
}

/// How far nodes are; each is to stay available until a moment of its own.
fn stage<N: NodeView, P: PodView>(
    places: impl Iterator<Item = usize>,
    nodes: &[PolicyNode<'_, '_, N, P>],
    now: Timestamp,
    until: impl Fn(&usize) -> Option<Timestamp>,
) -> Stage {
    let (mut waits_for, mut stays, mut undated) = (Vec::new(), None, false);
    for at in places {
        let Some(node) = nodes.get(at).filter(|node| !node.exempt) else {
            continue;
        };
        if !node.updated || node.busy {
            waits_for.push(node.name().to_owned());
            continue;
        }
        match until(&at) {
            Some(until) if until > now => stays = stays.max(Some(until)),
            Some(_) => {}
            None => undated = true,
        }
    }
    if !waits_for.is_empty() {
        Stage::Waits(waits_for)
    } else if undated {
        Stage::Stays(None)
    } else if stays.is_some() {
        Stage::Stays(stays)
    } else {
        Stage::Done
    }
}

/// The canaries: updated nodes before others, so that they stay the same while the rollout goes on;
/// then spread over the topology; then by name.
fn canaries<N: NodeView, P: PodView>(
    canary: &Canary,
    selectors: &Selectors,
    nodes: &[PolicyNode<'_, '_, N, P>],
) -> BTreeSet<usize> {
    let may_be = |node: &PolicyNode<'_, '_, N, P>| {
        let selector = selectors.canary.as_ref();
        node.selected && !node.exempt && selector.is_none_or(|selector| node.matches(selector))
    };
    let candidates = nodes.iter().enumerate().filter(|(_, node)| may_be(node));
    let mut domains: BTreeMap<Option<&str>, Vec<(bool, usize)>> = BTreeMap::new();
    let mut number = 0;
    for (at, node) in candidates {
        let key = canary.spread_by.as_deref();
        let domain = key.and_then(|key| node.label(key));
        domains.entry(domain).or_default().push((node.old, at));
        number += 1;
    }
    for domain in domains.values_mut() {
        domain.sort_unstable();
    }
    let most = amount(
        &canary.count,
        nodes.iter().filter(|node| node.selected).count(),
    )
    .max(1);
    let mut chosen = BTreeSet::new();
    let mut depth = 0;
    while chosen.len() < most.min(number) {
        // Of each domain the next one; where not all have their turn, the updated ones do.
        let mut turn: Vec<(bool, usize)> = domains
            .values()
            .filter_map(|domain| domain.get(depth).copied())
            .collect();
        turn.sort_unstable();
        let room = most.min(number) - chosen.len();
        chosen.extend(turn.into_iter().take(room).map(|(_, at)| at));
        depth += 1;
    }
    chosen
}

/// Until when a canary is watched.
pub(super) fn canary_ends<N: NodeView, P: PodView>(
    canary: &Canary,
    node: &PolicyNode<'_, '_, N, P>,
    signals: &impl Signals<N, P>,
) -> Option<Timestamp> {
    if canary.duration.seconds() == 0 && canary.quiet.seconds() == 0 {
        return Some(Timestamp::MIN);
    }
    let ends = node.since?.plus_seconds(canary.duration.seconds());
    let restarted = updated_pods(node.seen)
        .filter_map(|pod| signals.last_restart(pod.pod))
        .max();
    let quiet = restarted.map(|at| at.plus_seconds(canary.quiet.seconds()));
    Some(quiet.map_or(ends, |quiet| ends.max(quiet)))
}
