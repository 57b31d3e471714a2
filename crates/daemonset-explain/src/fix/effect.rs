//! What comes of a fix, in words.

use std::fmt;

use super::{Effect, NAMED};
use crate::words::{agree, count, list};

/// Prints as a sentence.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeRuns { node } => write!(f, "{node} runs it"),
            Self::NewPods { nodes } => write!(
                f,
                "{} {} created, on {}",
                count(nodes.len(), "new pod"),
                agree(nodes.len(), "is", "are"),
                list(nodes, NAMED)
            ),
            Self::Continues { nodes, of_others } => match (nodes.len(), of_others) {
                (0, 0) => f.write_str("the rollout continues"),
                (0, some) => {
                    write!(
                        f,
                        "the rollout continues, {} at a time",
                        count(*some, "node")
                    )
                }
                (_, 0) => write!(f, "the rollout continues with {}", list(nodes, NAMED)),
                (_, some) => write!(
                    f,
                    "the rollout continues with {}, and {} of the others",
                    list(nodes, NAMED),
                    some
                ),
            },
            Self::Thins { nodes } => write!(
                f,
                "{} on {} {}, and the rollout continues",
                agree(nodes.len(), "the second pod", "the second pods"),
                list(nodes, NAMED),
                agree(nodes.len(), "goes", "go"),
            ),
            Self::LeavesOut { nodes } => write!(
                f,
                "{} {} left out: {} there {} deleted, and none takes {} place",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "the pod", "the pods"),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "its", "their"),
            ),
            Self::Completes => f.write_str("the rollout is complete"),
        }
    }
}
