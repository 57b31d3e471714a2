//! Promises about explanations, tried on many small inputs, and what is said of single cases.

#[path = "explain/cluster.rs"]
mod cluster;
#[path = "explain/foresight.rs"]
mod foresight;
#[path = "explain/promises.rs"]
mod promises;
#[path = "explain/rollouts.rs"]
mod rollouts;
