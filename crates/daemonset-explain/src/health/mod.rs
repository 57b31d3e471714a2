//! What nodes and pods say of themselves.

mod node;
mod pod;

pub(crate) use node::comes_with_a_condition;
pub use node::{NodeProblem, Pressure};
pub use pod::PodProblem;
