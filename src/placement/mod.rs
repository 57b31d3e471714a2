//! Placement: does this node run the daemon, and why not?
//!
//! Asked alone, without any pod:
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::placement::{Rules, Verdict};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "spec": {"template": {"spec": {"nodeSelector": {"gpu": "a100"}}}},
//! }))?;
//! let rules = Rules::new(&agent.spec.template);
//! let node: Node = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "node-a", "labels": {"gpu": "t4"}},
//! }))?;
//! assert_eq!(rules.verdict(&node), Verdict::Exclude);
//! assert_eq!(
//!     rules.place(&node).obstacles[0].to_string(),
//!     r#"nodeSelector wants gpu=a100, node has "t4""#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

mod daemon_tolerations;
mod obstacle;
mod rules;
mod verdict;

pub use daemon_tolerations::{DaemonToleration, daemon_tolerations};
pub use obstacle::{Obstacle, Placement};
pub use rules::{Rules, entry_holds};
pub use verdict::Verdict;
