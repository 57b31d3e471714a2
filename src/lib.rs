//! Decides what a Kubernetes DaemonSet needs next, and why: a pure planner, without a cluster,
//! I/O, a clock, threads or randomness.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::{Action, Reason, plan};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "agent", "namespace": "infra"},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//! }))?;
//! let node: Node = serde_json::from_value(serde_json::json!({"metadata": {"name": "node-a"}}))?;
//!
//! let actions = plan(&agent, &[node], &[]);
//! assert!(actions.contains(&Action::CreatePod {
//!     node: "node-a".into(),
//!     reason: Reason::NoDaemonPod,
//! }));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! [`plan`] is the one-liner; [`Planner`] takes revisions, the time and the back-off too, and gives
//! a whole [`Plan`]. [`tracker`] keeps nodes and pods from round to round, for a controller.
//! [`placement`] answers "would this node run it?" by itself, [`explain`] how a rollout stands and
//! what would help, [`what_if`] what a change would do. [`manifest`] reads YAML and JSON.
//!
//! Decisions are those of the DaemonSet controller of Kubernetes 1.36. The crate neither schedules
//! nor talks to a cluster nor carries anything out.

pub mod action;
pub mod api;
pub mod backoff;
pub mod claim;
mod daemon_pod;
mod decide;
pub mod deletion;
pub mod explain;
pub mod fit;
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

/// The README's example compiles.
#[cfg(all(doctest, feature = "yaml"))]
#[doc = include_str!("../README.md")]
struct Readme;
