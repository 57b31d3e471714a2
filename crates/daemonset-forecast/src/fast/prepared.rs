//! A scenario as runs read it: nodes by number.

use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::{Now, RoomAhead, Scenario};

/// Where there is no group, or no domain.
pub(super) const NONE: u32 = u32::MAX;

pub(super) struct Prepared<'s> {
    pub scenario: &'s Scenario,
    /// The nodes whose pods are replaced, group by group; then those of which something is known;
    /// then all others, which are done.
    pub nodes: Vec<PreparedNode>,
    pub phases: Vec<PreparedPhase>,
    pub domains: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct PreparedNode {
    pub phase: u32,
    pub domain: u32,
    /// Whether its old pod is to be replaced.
    pub is_old: bool,
    pub now: Now,
    pub room: RoomAhead,
    pub start: Option<f64>,
    pub exempt: bool,
}

pub(super) struct PreparedPhase {
    pub nodes: Vec<u32>,
    pub budget: usize,
    pub soak: f64,
    /// Until when those that were done before have to stay available.
    pub soaked: f64,
}

impl<'s> Prepared<'s> {
    pub fn new(scenario: &'s Scenario) -> Self {
        let mut nodes = Vec::with_capacity(scenario.nodes);
        let mut domains: BTreeMap<String, u32> = BTreeMap::new();
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut phases = Vec::with_capacity(scenario.phases.len());
        let mut add = |name: &str, phase: u32, is_old: bool| {
            let of = scenario.of(name);
            let next = number(domains.len());
            let domain = match of.domain {
                Some(domain) if scenario.per_domain.is_some() => {
                    *domains.entry(domain).or_insert(next)
                }
                _ => NONE,
            };
            nodes.push(PreparedNode {
                phase,
                domain,
                is_old,
                now: of.now,
                room: of.room,
                start: of.start,
                exempt: of.exempt,
            });
            number(nodes.len()) - 1
        };
        for (at, phase) in scenario.phases.iter().enumerate() {
            let mut places = Vec::with_capacity(phase.nodes.len());
            for name in &phase.nodes {
                if known.insert(name) {
                    places.push(add(name, number(at), true));
                }
            }
            for name in &phase.in_work {
                if known.insert(name) {
                    add(name, number(at), false);
                }
            }
            phases.push(PreparedPhase {
                nodes: places,
                budget: phase.budget.unwrap_or(usize::MAX),
                soak: phase.soak,
                soaked: phase.soaks_until.unwrap_or(f64::NEG_INFINITY),
            });
        }
        for name in scenario.of_node.keys() {
            if known.insert(name) {
                add(name, NONE, false);
            }
        }
        let other = PreparedNode {
            phase: NONE,
            domain: NONE,
            is_old: false,
            now: Now::Available,
            room: RoomAhead::Free,
            start: None,
            exempt: false,
        };
        nodes.resize(nodes.len().max(scenario.nodes), other);
        Self {
            scenario,
            nodes,
            phases,
            domains: domains.len(),
        }
    }
}

/// Nodes are counted by 32 bits; clusters are far below that.
pub(super) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NONE - 1)
}
