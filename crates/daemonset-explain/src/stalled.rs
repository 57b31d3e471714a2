//! What stalls a node, as data.

use daemonset::api::Timestamp;

use crate::health::{NodeProblem, PodProblem};

/// What keeps a node from having what it should have, where the round does nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stall {
    /// The node itself is unhealthy.
    UnhealthyNode(Vec<NodeProblem>),
    /// Its pod fails; how, and what that speaks against.
    Failing(PodProblem, Suspect),
    /// Its pod was rejected or evicted, is replaced, and the next one fares no better.
    Looping(PodProblem, Vec<NodeProblem>),
    /// The scheduler does not place its pod; why.
    Unscheduled(PodProblem),
    /// Its pods are terminating, and their grace period is over; when one of them becomes available all
    /// the same.
    StuckTerminating(Option<Timestamp>),
    /// Its failed pod stays until then.
    BackingOff(Timestamp),
    /// Its pod is ready, and not yet for long enough.
    Waiting(Option<Timestamp>),
    Starting,
    /// Its pod waits for room that is being made: others there are terminating within their grace periods.
    RoomToCome {
        /// Whether they are preempted for it; otherwise they are of an earlier set of the name.
        preempted: bool,
        /// When the last of the grace periods ends, where that is known to bring the room.
        until: Option<Timestamp>,
    },
    /// The node is shutting down in good order, and has ended its pod for that; since when.
    ShuttingDown(Option<Timestamp>),
    /// Kured reboots the node, which has been down for no longer than that takes; since when it is down.
    Rebooting(Timestamp),
    /// Its pod was ready until a while ago, and may be again.
    Unready,
    Terminating,
}

/// What a failure speaks against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suspect {
    /// The pod, and so the revision it is of.
    Pod,
    /// Something else: the kubelet that says nothing of it, or the node that evicted it.
    Other,
}

impl Stall {
    /// Whether time alone does not end it.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::UnhealthyNode(_)
            | Self::Failing(..)
            | Self::Looping(..)
            | Self::Unscheduled(_)
            | Self::StuckTerminating(None)
            | Self::Waiting(None) => true,
            Self::BackingOff(_)
            | Self::StuckTerminating(Some(_))
            | Self::Waiting(Some(_))
            | Self::Starting
            | Self::RoomToCome { .. }
            | Self::ShuttingDown(_)
            | Self::Rebooting(_)
            | Self::Unready
            | Self::Terminating => false,
        }
    }
}
