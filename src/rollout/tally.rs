//! Counts over all nodes.

use std::ops::{AddAssign, SubAssign};

use super::node::{Counts, NodeState, Shape};

/// Counts over all nodes: a plain sum of node states, so that one node's change is one
/// subtraction and one addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub desired: u32,
    pub current: u32,
    pub misscheduled: u32,
    pub ready: u32,
    pub available: u32,
    pub updated: u32,
    /// Nodes that need a pod made whatever the rollout says.
    pub creates: u32,
    /// Pods that have to go whatever the rollout says.
    pub deletes: u32,
    /// Of those, the ones that have ended.
    pub ended: u32,
    /// Failed pods that wait for their node's back-off.
    pub backing_off: u32,
    /// Pods bound to a node that does not exist.
    pub on_missing_nodes: u32,
    /// Pods of which it is not known whether they are outdated.
    pub undecided: u32,
    pub(super) empty: u32,
    pub(super) crowded: u32,
    pub(super) updated_available: u32,
    pub(super) updated_unavailable: u32,
    pub(super) old_available: u32,
    pub(super) old_unavailable: u32,
    /// Both an old and an updated pod.
    pub(super) both: u32,
    /// Of those, the ones whose updated pod is not available.
    pub(super) both_waiting: u32,
    /// Of those, the ones whose old pod is available.
    pub(super) both_old_available: u32,
    /// A pod of unknown revision, alone and available, or not.
    pub(super) unknown_available: u32,
    pub(super) unknown_unavailable: u32,
}

/// Counts are sums that are taken back exactly as they were added, so nothing ever wraps in the
/// end; wrapping arithmetic alone never fails on the way.
impl AddAssign<&NodeState> for Tally {
    #[inline]
    fn add_assign(&mut self, state: &NodeState) {
        self.add(state, 1);
    }
}

impl SubAssign<&NodeState> for Tally {
    #[inline]
    fn sub_assign(&mut self, state: &NodeState) {
        self.count(state, 1, u32::wrapping_sub);
    }
}

impl Tally {
    /// Counts so many nodes of this state in.
    #[inline]
    pub(super) fn add(&mut self, state: &NodeState, nodes: u32) {
        self.count(state, nodes, u32::wrapping_add);
    }

    /// Counts nodes in, or out as they were counted in.
    #[inline]
    fn count(&mut self, state: &NodeState, nodes: u32, change: impl Fn(u32, u32) -> u32) {
        let add_many = |sum: &mut u32, count: u32| *sum = change(*sum, count.wrapping_mul(nodes));
        let add = |sum: &mut u32, counts: bool| add_many(sum, u32::from(counts));
        let Counts {
            desired,
            current,
            misscheduled,
            ready,
            available,
            updated,
        } = state.counts;
        add(&mut self.desired, desired);
        add(&mut self.current, current);
        add(&mut self.misscheduled, misscheduled);
        add(&mut self.ready, ready);
        add(&mut self.available, available);
        add(&mut self.updated, updated);
        add(&mut self.creates, state.create.is_some());
        if let Some(pending) = &state.pending {
            for (_, reason) in &pending.deletes {
                add(&mut self.deletes, true);
                add(&mut self.ended, reason.is_ended());
            }
            add_many(&mut self.backing_off, pending.backing_off);
            add_many(&mut self.on_missing_nodes, pending.on_missing_node);
            add_many(&mut self.undecided, pending.undecided);
        }
        match state.shape {
            Shape::Absent => {}
            Shape::Empty => add(&mut self.empty, true),
            Shape::Crowded => add(&mut self.crowded, true),
            Shape::Updated { available } => {
                add(&mut self.updated_available, available);
                add(&mut self.updated_unavailable, !available);
            }
            Shape::Old { available, .. } => {
                add(&mut self.old_available, available);
                add(&mut self.old_unavailable, !available);
            }
            Shape::Both {
                old_available,
                updated_available,
                ..
            } => {
                add(&mut self.both, true);
                add(&mut self.both_waiting, !updated_available);
                add(&mut self.both_old_available, old_available);
            }
            Shape::Unknown { available } => {
                add(&mut self.unknown_available, available);
                add(&mut self.unknown_unavailable, !available);
            }
        }
    }
}
