//! Decides what a Kubernetes DaemonSet needs next, and why: a pure planner without a cluster,
//! I/O, a clock, threads or randomness.

pub mod action;
pub mod api;
pub mod backoff;
pub mod claim;
mod daemon_pod;
mod decide;
pub mod deletion;
pub mod explain;
mod gather;
mod hash;
pub mod history;
pub mod lint;
pub mod manifest;
mod node_state;
pub mod placement;
mod plan;
pub mod requirement;
pub mod revision;
pub mod rollout;
pub mod schema;
pub mod selector;
pub mod status;
pub mod syntax;
pub mod tracker;
pub mod validate;
pub mod what_if;

pub use action::{Action, EventType, Reason};
pub use plan::{BURST_REPLICAS, Left, Outcome, Plan, Planner, plan};
