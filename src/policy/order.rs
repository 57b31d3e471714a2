//! Which nodes go first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::data::OrderKey;
use super::nodes::PolicyNode;
use super::signals::Signals;
use crate::api::Timestamp;
use crate::view::{NodeView, PodView};

/// The label of a node's zone.
const ZONE: &str = "topology.kubernetes.io/zone";

/// The rank of each node by the policy's keys; equal ones keep their order.
pub(super) fn ranks<N: NodeView, P: PodView>(
    keys: &[OrderKey],
    nodes: &[PolicyNode<'_, '_, N, P>],
    signals: &impl Signals<N, P>,
) -> Vec<usize> {
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    for zone in nodes.iter().filter_map(|node| node.label(ZONE)) {
        *zones.entry(zone).or_default() += 1;
    }
    let key = |node| key(node, keys, &zones, signals);
    let mut order: Vec<(_, usize)> = nodes.iter().map(key).zip(0..).collect();
    order.sort();
    let mut ranks = vec![0; nodes.len()];
    for (rank, (_, at)) in order.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(at) {
            *place = rank;
        }
    }
    ranks
}

/// What a node is sorted by: a number and a name for each key.
type Key<'a> = Vec<(i64, Reverse<&'a str>, &'a str)>;

fn key<'a, N: NodeView, P: PodView>(
    node: &PolicyNode<'_, 'a, N, P>,
    keys: &[OrderKey],
    zones: &BTreeMap<&str, usize>,
    signals: &impl Signals<N, P>,
) -> Key<'a> {
    let number = |number| (number, Reverse(""), "");
    let each = keys.iter().map(|key| match key {
        OrderKey::UnreadyFirst => number(i64::from(!node.busy)),
        OrderKey::LifecycleLast => {
            let under = node
                .seen
                .node
                .is_some_and(|node| signals.in_maintenance(node));
            number(i64::from(under))
        }
        OrderKey::DeletionCost => {
            let costs = node
                .seen
                .staying()
                .map(|pod| signals.deletion_cost(pod.pod));
            number(costs.min().map_or(0, i64::from))
        }
        OrderKey::SmallestZoneFirst => {
            let size = node.label(ZONE).and_then(|zone| zones.get(zone));
            let size = size.and_then(|size| i64::try_from(*size).ok());
            (
                size.unwrap_or(i64::MAX),
                Reverse(""),
                node.label(ZONE).unwrap_or(""),
            )
        }
        OrderKey::OldestNode => {
            let created = node.seen.node.and_then(|node| signals.node_created(node));
            number(created.map_or(i64::MAX, Timestamp::unix_millis))
        }
        OrderKey::Name => (0, Reverse(""), node.name()),
        OrderKey::NameDescending => (0, Reverse(node.name()), ""),
    });
    each.collect()
}
