//! What is read of one item of a list.

use daemonset::api::{Node, Pod, Timestamp};
use daemonset::fit::{NodeFacts, PodRoom};
use daemonset_explain::evidence::{Event, NodeEvidence, PodEvidence};

use super::convert::let_go_of_steps;

/// What is kept of an item.
#[allow(clippy::large_enum_variant)] // nearly all are pods: a box each would take more
#[derive(Debug)]
pub(super) enum Object {
    Node(Box<ReadNode>),
    Pod(ReadPod),
    Event(Box<Event>),
    /// Its kind, with its group.
    PassedOver(String),
}

/// All that is read of a node.
#[derive(Debug)]
pub(super) struct ReadNode {
    pub said: NodeEvidence,
    pub node: Node,
    /// What the question for room reads, where it is asked.
    pub facts: Option<NodeFacts>,
}

/// All that is read of a pod.
#[derive(Debug)]
pub(super) struct ReadPod {
    pub said: PodEvidence,
    pub pod: Pod,
    /// When it was scheduled, where nothing of the pod tells it any more.
    pub scheduled: Option<Timestamp>,
    /// What it means for room, where that is asked.
    pub room: Option<PodRoom>,
}

impl ReadPod {
    pub fn new(said: PodEvidence, mut pod: Pod, room: Option<PodRoom>) -> Self {
        let scheduled = let_go_of_steps(&mut pod);
        Self {
            said,
            pod,
            scheduled,
            room,
        }
    }
}
