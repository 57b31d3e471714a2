//! What is still to come under a policy, group by group: what forecasts read.

use serde::Serialize;

use super::data::{Gate, Seconds};
use super::govern::Governor;
use super::groups::{Groups, amount};
use super::memory::Memory;
use super::nodes::wanted;
use super::signals::Signals;
use crate::planner::Planner;
use crate::round::RoundView;
use crate::view::{NodeView, PodView};

/// A group of nodes that are still to be updated, in the order in which groups go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GroupAhead {
    /// What it is called.
    pub name: String,
    /// The nodes whose old pods are still to be replaced, by name.
    pub nodes: Vec<String>,
    /// How many of them are in work at once, within the DaemonSet's own budget.
    pub max_unavailable: Option<usize>,
    /// For how long all of them are available before the next group begins.
    pub soak: Seconds,
    /// How it begins.
    pub gate: Gate,
}

impl Governor {
    /// The groups of nodes that are still to be updated: the canaries where there are any, then
    /// each wave with the rest of its nodes.
    pub fn groups_ahead<N: NodeView, P: PodView>(
        &self,
        planner: &Planner,
        view: &RoundView<'_, N, P>,
        signals: &impl Signals<N, P>,
    ) -> Vec<GroupAhead> {
        let policy = self.policy();
        let nodes = wanted(view, planner, self.selected(), &policy.exempt, signals);
        let memory = Memory::default();
        let selectors = self.selectors();
        let groups = Groups::of(policy, selectors, &nodes, &memory, view.now, signals);
        let old = |at: usize| nodes.get(at).is_some_and(|node| node.old);
        let names = |places: &mut dyn Iterator<Item = usize>| -> Vec<String> {
            let each = places.filter_map(|at| nodes.get(at));
            each.map(|node| node.name().to_owned()).collect()
        };
        let mut ahead = Vec::new();
        let canaries = groups.canaries();
        if let (Some(canary), Some(chosen)) = (&policy.canary, canaries) {
            ahead.push(GroupAhead {
                name: "canaries".to_owned(),
                nodes: names(&mut chosen.iter().copied().filter(|at| old(*at))),
                max_unavailable: None,
                soak: canary.duration.max(canary.quiet),
                gate: Gate::Automatic,
            });
        }
        let is_canary = |at: &usize| canaries.is_some_and(|chosen| chosen.contains(at));
        for group in &groups.waves {
            let rest = group.nodes.iter().filter(|at| !is_canary(at)).copied();
            let max = group.max_unavailable.as_ref();
            ahead.push(GroupAhead {
                name: group.name.clone(),
                nodes: names(&mut rest.filter(|at| old(*at))),
                max_unavailable: max.map(|max| amount(max, group.nodes.len()).max(1)),
                soak: group.soak,
                gate: group.gate,
            });
        }
        ahead
    }
}
