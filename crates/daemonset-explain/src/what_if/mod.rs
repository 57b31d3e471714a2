//! What if: what a new version of a DaemonSet, or a changed cluster, would do before it is applied.
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::{Cluster, Options};
//! use daemonset_explain::what_if::{Restarts, Settled, compare, update};
//! use serde_json::json;
//!
//! let agent = |image: &str| -> DaemonSet {
//!     serde_json::from_value(json!({
//!         "metadata": {"name": "agent", "namespace": "infra"},
//!         "spec": {
//!             "selector": {"matchLabels": {"app": "agent"}},
//!             "template": {
//!                 "metadata": {"labels": {"app": "agent"}},
//!                 "spec": {"containers": [{"name": "agent", "image": image}]},
//!             },
//!         },
//!     })).unwrap()
//! };
//! let nodes = ["node-a", "node-b"].map(|name| {
//!     let mut node = Node::default();
//!     node.metadata.name = name.into();
//!     node
//! });
//! let options = Options::default();
//!
//! // Without a dump of the cluster: the old version, rolled out on these nodes.
//! let settled = Settled::new(&agent("agent:1"), &nodes, &options)?;
//! let (today, cluster) = (&settled.daemon_set, settled.cluster(&nodes));
//! let same = compare(today, &update(today, &agent("agent:1")), &cluster, &cluster, &options)?;
//! assert_eq!(same.restarts(), Restarts::No);
//!
//! let newer = compare(today, &update(today, &agent("agent:2")), &cluster, &cluster, &options)?;
//! assert_eq!(newer.restarts().to_string(), "yes: 2 pods, in at least 2 waves");
//! assert_eq!(
//!     newer.differences[0].to_string(),
//!     "spec.template.spec.containers[agent].image: agent:1 → agent:2",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod forecast;
mod hindrances;
mod open;
mod run;
mod settled;
mod simulate;

pub use crate::version::{Change, Difference, TemplateChange, differences, update};
pub use compare::{
    CompareError, Comparison, NodeChange, Restarts, compare, compare_beside, compare_with_room,
};
pub use forecast::{End, Forecast, NodeRoom, PodComes, PodGoes, PodStays, Restarted};
pub use hindrances::{Beside, FailsAlike, HangingPod, Hindrances, SilentNode};
pub use run::{forecast, forecast_beside, forecast_with_room};
pub use settled::Settled;
