//! Why a rollout stands where it stands, and what would change it.
//!
//! Three questions, each asked by itself and none of them by [`Planner::plan`]:
//!
//! - [`Planner::ledger`]: the rolling update's budget as an account. How much there is and why
//!   that much, which nodes spend from it and for what cause, what is left, who is next.
//! - [`Planner::diagnose`]: is it done, does it go on by itself, or does it wait for somebody;
//!   and is it the machines, the new revision, or the budget.
//! - [`Planner::rollout_fixes`] and [`Planner::node_fixes`]: the smallest edits that would change
//!   the answer. Each was tried on a copy and planned again before it is offered.
//!
//! All of it reads what the stages of a plan come to, node by node, so that an explanation cannot
//! contradict the plan.
//!
//! ```
//! use daemonset::Planner;
//! use daemonset::api::{DaemonSet, Node, Pod};
//! use daemonset::explain::Edit;
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "agent", "uid": "1", "generation": 1},
//!     "spec": {
//!         "selector": {"matchLabels": {"app": "agent"}},
//!         "template": {"metadata": {"labels": {"app": "agent"}}},
//!     },
//!     "status": {"observedGeneration": 1},
//! }))?;
//! let node: Node = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "node-a"},
//!     "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
//! }))?;
//! let fixes = Planner::new(&agent)?.node_fixes(&[node], "node-a");
//! assert_eq!(fixes[0].edits[0].to_string(), "add a toleration for gpu:NoSchedule to the template");
//! assert_eq!(fixes[1].edits[0].to_string(), "take the taint gpu:NoSchedule off node node-a");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod diagnosis;
mod edit;
mod finding;
mod fixes;
mod holdup;
mod judge;
mod ledger;
mod node_fixes;
mod rollout_fixes;
mod survey;
mod trouble;

pub use diagnosis::{Diagnosis, Standing};
pub use edit::{Edit, EditError, Inputs};
pub use finding::{BadNode, Finding, PodFault};
pub use fixes::{Caution, Effect, Fix};
pub use ledger::{Account, Allowance, Cause, Expense, Ledger, PodNote, PodRevision, Rounding};
pub use trouble::{NodeTrouble, PodTrouble};

#[cfg(doc)]
use crate::Planner;
