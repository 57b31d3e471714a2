//! What is still to come under a policy, group by group: what forecasts read.

use serde::Serialize;

use super::data::{Gate, Policy, Seconds};
use super::govern::Governor;
use super::groups::{Groups, amount, canary_ends};
use super::ledger::rounded_down;
use super::memory::Memory;
use super::nodes::{PolicyNode, wanted};
use super::signals::Signals;
use crate::api::Timestamp;
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
    /// Nodes that are not old and not done either, by name: they hold up the next group, too.
    pub in_work: Vec<String>,
    /// Nodes among those that hold nothing up, however they stand.
    pub exempt: Vec<String>,
    /// Until when the nodes that are done have to stay available before the next group begins.
    pub stays_until: Option<Timestamp>,
    /// How many of them are in work at once, within the DaemonSet's own budget.
    pub max_unavailable: Option<usize>,
    /// For how long all of them are available before the next group begins.
    pub soak: Seconds,
    /// How it begins.
    pub gate: Gate,
}

impl Policy {
    /// How many pods of older revisions stay by `keepOld`, where so many nodes should run the daemon:
    /// a percentage of them is rounded down.
    ///
    /// ```
    /// use daemonset::policy::Policy;
    ///
    /// let policy: Policy = serde_json::from_value(serde_json::json!({"keepOld": "30%"}))?;
    /// assert_eq!(policy.kept_old(5), 1);
    /// assert_eq!(Policy::default().kept_old(5), 0);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn kept_old(&self, wanted: usize) -> usize {
        let keep = self.keep_old.as_ref();
        keep.map_or(0, |keep| rounded_down(keep, wanted))
    }
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
        let node = |at: &usize| nodes.get(*at);
        let names = |places: &[usize], is: &dyn Fn(&PolicyNode<'_, '_, N, P>) -> bool| {
            let each = places.iter().filter_map(node).filter(|node| is(node));
            let names: Vec<String> = each.map(|node| node.name().to_owned()).collect();
            names
        };
        let group = |name: String, places: &[usize], soak: Seconds| GroupAhead {
            name,
            nodes: names(places, &|node| node.old),
            in_work: names(places, &|node| {
                !node.old && !node.exempt && (!node.updated || node.busy)
            }),
            exempt: names(places, &|node| node.exempt),
            stays_until: None,
            max_unavailable: None,
            soak,
            gate: Gate::Automatic,
        };
        let mut ahead = Vec::new();
        let canaries = groups.canaries();
        if let (Some(canary), Some(chosen)) = (&policy.canary, canaries) {
            let places: Vec<usize> = chosen.iter().copied().collect();
            let done = places.iter().filter_map(node);
            let done = done.filter(|node| node.updated && !node.exempt);
            let ends = done.filter_map(|node| canary_ends(canary, node, signals));
            ahead.push(GroupAhead {
                stays_until: ends.max(),
                ..group("canaries".to_owned(), &places, canary.duration)
            });
        }
        let is_canary = |at: &usize| canaries.is_some_and(|chosen| chosen.contains(at));
        for wave in &groups.waves {
            let rest = wave.nodes.iter().filter(|at| !is_canary(at)).copied();
            let rest: Vec<usize> = rest.collect();
            let max = wave.max_unavailable.as_ref();
            let done = wave.nodes.iter().filter_map(node);
            let done = done.filter(|node| node.updated && !node.exempt);
            let soak = wave.soak.seconds();
            let ends = done.filter_map(|node| Some(node.since?.plus_seconds(soak)));
            ahead.push(GroupAhead {
                stays_until: ends.max().filter(|_| soak > 0),
                max_unavailable: max.map(|max| amount(max, wave.nodes.len()).max(1)),
                gate: wave.gate,
                ..group(wave.name.clone(), &rest, wave.soak)
            });
        }
        ahead
    }
}
