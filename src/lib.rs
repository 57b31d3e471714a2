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

pub mod api;
mod cluster;
pub mod control;
mod det_map;
pub mod fit;
pub mod hypothetical;
mod ids;
pub mod matching;
pub mod outcome;
pub mod ownership;
pub mod placement;
mod planner;
pub mod revision;
pub mod rollout;
pub mod round;
pub mod template;
pub mod tracker;
pub mod view;
pub mod well_known;

pub use cluster::{BURST_REPLICAS, Cluster, Options};
pub use ids::UnknownId;
pub use outcome::{Action, Plan, Reason};
pub use planner::{Planner, plan};
pub use round::owner_reference;
