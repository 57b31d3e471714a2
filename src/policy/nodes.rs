//! The nodes of a round as a policy sees them.

use super::data::Exempt;
use super::signals::Signals;
use crate::api::Timestamp;
use crate::matching::Selector;
use crate::planner::Planner;
use crate::rollout::{Readiness, Shape};
use crate::round::{NodeInRound, PodInRound, RoundView};
use crate::view::{NodeView, PodView, Ready};
use crate::well_known::{NOT_READY, UNREACHABLE, UNSCHEDULABLE};

/// A node that should run the daemon.
#[allow(clippy::struct_excessive_bools)] // each is asked for by itself
pub(super) struct PolicyNode<'r, 'a, N, P> {
    pub seen: &'r NodeInRound<'a, N, P>,
    /// Whether the policy's `nodes` include it.
    pub selected: bool,
    /// Whether it is in work: without an available pod, or with two.
    pub busy: bool,
    /// Whether a pod of the current template is available there.
    pub updated: bool,
    /// Since when; `None` where that is not known or it is not.
    pub since: Option<Timestamp>,
    /// Whether only pods of older revisions are there.
    pub old: bool,
    /// Whether it holds nothing up.
    pub exempt: bool,
}

impl<'r, 'a, N: NodeView, P: PodView> PolicyNode<'r, 'a, N, P> {
    pub(super) fn of(
        seen: &'r NodeInRound<'a, N, P>,
        planner: &Planner,
        selector: Option<&Selector>,
        exempt: &[Exempt],
        signals: &impl Signals<N, P>,
    ) -> Self {
        let updated = seen.runs_updated();
        let since = updated_pods(seen)
            .filter(|pod| pod.fact.readiness == Readiness::Available)
            .filter_map(|pod| available_since(pod, planner))
            .max();
        Self {
            selected: selector
                .is_none_or(|selector| seen.node.is_some_and(|node| matches(selector, node))),
            busy: !matches!(
                seen.state.shape,
                Shape::Updated { available: true }
                    | Shape::Old {
                        available: true,
                        ..
                    }
                    | Shape::Unknown { available: true }
                    | Shape::Absent
            ),
            old: matches!(seen.state.shape, Shape::Old { .. }),
            exempt: is_exempt(seen, exempt, signals),
            since: since.filter(|_| updated),
            updated,
            seen,
        }
    }

    pub(super) fn name(&self) -> &'a str {
        self.seen.name
    }

    pub(super) fn label(&self, key: &str) -> Option<&'a str> {
        self.seen.node.and_then(|node| node.label(key))
    }

    pub(super) fn matches(&self, selector: &Selector) -> bool {
        self.seen.node.is_some_and(|node| matches(selector, node))
    }
}

/// All nodes that should run the daemon, by name.
pub(super) fn wanted<'r, 'a, N: NodeView, P: PodView>(
    view: &'r RoundView<'a, N, P>,
    planner: &Planner,
    selector: Option<&Selector>,
    exempt: &[Exempt],
    signals: &impl Signals<N, P>,
) -> Vec<PolicyNode<'r, 'a, N, P>> {
    let nodes = view.nodes.iter().filter(|node| node.state.counts.desired);
    nodes
        .map(|node| PolicyNode::of(node, planner, selector, exempt, signals))
        .collect()
}

/// The pods of the current template that stay.
pub(super) fn updated_pods<'s, 'a, N, P>(
    node: &'s NodeInRound<'a, N, P>,
) -> impl Iterator<Item = &'s PodInRound<'a, P>> {
    node.staying().filter(|pod| pod.fact.version.is_updated())
}

fn matches(selector: &Selector, node: &impl NodeView) -> bool {
    selector.matches_with(|key| node.label(key))
}

/// Since when a pod is available: from `minReadySeconds` after it got ready, or where that is not
/// said from its creation.
fn available_since<P: PodView>(pod: &PodInRound<'_, P>, planner: &Planner) -> Option<Timestamp> {
    let wait = i64::from(planner.daemon_set().spec.min_ready_seconds.max(0));
    match pod.pod.ready() {
        Ready::Since(since) => Some(since.plus_seconds(wait)),
        Ready::Undated => pod.pod.created(),
        Ready::No => None,
    }
}

fn is_exempt<N: NodeView, P: PodView>(
    seen: &NodeInRound<'_, N, P>,
    exempt: &[Exempt],
    signals: &impl Signals<N, P>,
) -> bool {
    let Some(node) = seen.node else { return false };
    let has = |key: &str| node.taints().any(|taint| taint.key == key);
    exempt.iter().any(|exempt| match exempt {
        Exempt::NotReady => has(NOT_READY),
        Exempt::Unreachable => has(UNREACHABLE),
        Exempt::Cordoned => has(UNSCHEDULABLE),
        Exempt::Maintenance => signals.in_maintenance(node),
    })
}
