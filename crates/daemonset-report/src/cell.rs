//! What a node means to one DaemonSet, in one word and in one sentence.

use daemonset::api::{Node, Pod};
use daemonset::placement::Verdict;
use daemonset::rollout::Shape;
use daemonset::round::NodeInRound;
use daemonset_explain::Explainer;
use serde::{Deserialize, Serialize};

/// How a node stands with a DaemonSet: the colour of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// It should run the daemon and has no pod of it.
    Missing,
    /// Its updated pod is not available.
    UpdatedUnavailable,
    /// Its outdated pod is not available.
    OutdatedUnavailable,
    /// It has several pods of the DaemonSet.
    Several,
    /// It has a pod of which the input does not tell whether it is outdated.
    Unknown,
    /// It should not run the daemon, or does not exist, and has a pod of it.
    Misscheduled,
    /// Its outdated pod is available.
    Outdated,
    /// Its updated pod is available.
    Updated,
    /// It does not run the daemon.
    Excluded,
}

impl NodeKind {
    /// Every kind, the worst first.
    pub const ALL: [Self; 9] = [
        Self::Missing,
        Self::UpdatedUnavailable,
        Self::OutdatedUnavailable,
        Self::Several,
        Self::Unknown,
        Self::Misscheduled,
        Self::Outdated,
        Self::Updated,
        Self::Excluded,
    ];

    pub(crate) fn of(node: &NodeInRound<'_, Node, Pod>) -> Self {
        if node.verdict != Some(Verdict::Run) {
            return match (node.verdict, node.pods.is_empty()) {
                (_, true) => Self::Excluded,
                // An existing pod stays there, so it is at home.
                (Some(Verdict::KeepExisting), false) => Self::of_shape(node.state.shape),
                (_, false) => Self::Misscheduled,
            };
        }
        Self::of_shape(node.state.shape)
    }

    fn of_shape(shape: Shape) -> Self {
        match shape {
            Shape::Absent | Shape::Empty => Self::Missing,
            Shape::Crowded | Shape::Both { .. } => Self::Several,
            Shape::Updated { available: true } => Self::Updated,
            Shape::Updated { available: false } => Self::UpdatedUnavailable,
            Shape::Old {
                available: true, ..
            } => Self::Outdated,
            Shape::Old { .. } => Self::OutdatedUnavailable,
            Shape::Unknown { .. } => Self::Unknown,
        }
    }
}

/// Why the node runs the daemon or not, and how its pods do.
pub(crate) fn sentence(node: &NodeInRound<'_, Node, Pod>, explainer: &Explainer<'_>) -> String {
    if let Some(there) = explainer.on_node(node.name) {
        let obstacles = there.obstacles.iter().map(ToString::to_string);
        let parts = std::iter::once(there.predicate()).chain(obstacles);
        return parts.chain(there.notes).collect::<Vec<_>>().join("; ");
    }
    let pods = node.pods.iter().map(|pod| {
        let problems = explainer.pod_problems(pod.pod);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        match problems.as_slice() {
            [] => format!("; still there: {}", pod.fact.name),
            some => format!("; still there: {} ({})", pod.fact.name, some.join("; ")),
        }
    });
    format!("the node does not exist{}", pods.collect::<String>())
}
