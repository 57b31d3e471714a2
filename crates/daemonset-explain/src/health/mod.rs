//! What nodes and pods say of themselves.

pub(crate) mod events;
mod kept;
pub(crate) mod message;
mod node;
mod pod;
mod pod_words;
mod records;
mod virtual_node;

pub use node::comes_without_network;
pub use node::{NodeProblem, Pressure};
pub(crate) use node::{comes_with_a_condition, is_of_network, is_of_trouble};
pub use pod::{LastEnd, PodProblem};
pub(crate) use virtual_node::virtual_by;
