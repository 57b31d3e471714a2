//! Placement on nodes that do not exist yet: what an autoscaler knows of a node group.

mod eligibility;
mod node;
mod solve;

pub use eligibility::Eligibility;
pub use node::{Assumption, Contradiction, HypotheticalNode, OtherLabels};
