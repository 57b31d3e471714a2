//! What nodes and pods say of themselves.

pub(crate) mod events;
pub(crate) mod message;
mod node;
mod pod;
mod pod_words;

pub(crate) use node::comes_with_a_condition;
pub use node::{NodeProblem, Pressure};
pub use pod::{LastEnd, PodProblem};
