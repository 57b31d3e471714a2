//! What is spent while nodes get their turns.

use std::collections::BTreeMap;

use super::data::Policy;
use super::groups::{Groups, amount};
use super::held::Hold;
use super::nodes::PolicyNode;
use crate::api::IntOrString;
use crate::view::{NodeView, PodView};

/// What is counted while nodes get their turns.
pub(super) struct Ledger {
    /// How many more may begin by the DaemonSet's budget.
    pub budget: usize,
    pub spare: usize,
    /// How many more pods may lose their old revision; `None` without a limit.
    pub outdated: Option<usize>,
    pub busy_of_wave: Vec<usize>,
    pub busy_of_domain: BTreeMap<Option<String>, usize>,
}

impl Ledger {
    /// A node is in work.
    pub(super) fn work_on<N: NodeView, P: PodView>(
        &mut self,
        at: usize,
        node: &PolicyNode<'_, '_, N, P>,
        groups: &Groups,
        policy: &Policy,
    ) {
        let wave = groups.wave(at);
        if let Some(busy) = wave.and_then(|wave| self.busy_of_wave.get_mut(wave)) {
            *busy += 1;
        }
        if let Some(topology) = &policy.per_topology {
            let domain = node.label(&topology.key).map(str::to_owned);
            *self.busy_of_domain.entry(domain).or_default() += 1;
        }
    }

    /// Why one more node may not be in work, if it may not.
    pub(super) fn full<N: NodeView, P: PodView>(
        &self,
        at: usize,
        node: &PolicyNode<'_, '_, N, P>,
        groups: &Groups,
        policy: &Policy,
    ) -> Option<Hold> {
        let wave = groups.wave(at);
        let group = wave.and_then(|wave| groups.waves.get(wave));
        let busy = wave.and_then(|wave| self.busy_of_wave.get(wave));
        if let (Some(group), Some(busy)) = (group, busy)
            && let Some(max) = &group.max_unavailable
        {
            let max = amount(max, group.nodes.len()).max(1);
            if *busy >= max {
                return Some(Hold::WaveBudget {
                    wave: group.name.clone(),
                    max,
                });
            }
        }
        let topology = policy.per_topology.as_ref()?;
        let value = node.label(&topology.key).map(str::to_owned);
        let max = usize::try_from(topology.max).unwrap_or(usize::MAX);
        let busy = self.busy_of_domain.get(&value).copied().unwrap_or(0);
        (busy >= max).then(|| Hold::Topology {
            key: topology.key.clone(),
            value,
            max,
        })
    }
}

/// Takes one, where there is one.
pub(super) fn spend(left: &mut usize) -> bool {
    match left.checked_sub(1) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => false,
    }
}

/// A number, or a percentage of all rounded down.
pub(super) fn rounded_down(keep: &IntOrString, all: usize) -> usize {
    match keep.percent() {
        Some(percent) => usize::try_from(percent).unwrap_or(0).saturating_mul(all) / 100,
        None => amount(keep, all),
    }
}
