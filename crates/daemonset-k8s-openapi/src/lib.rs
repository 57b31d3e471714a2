//! Lets the planner of the crate [`daemonset`] read the nodes and pods of [`k8s_openapi`] by
//! reference: nothing is converted and nothing is copied.
//!
//! [`View`] around a node or a pod is all there is. It takes whatever lends one: a reference, an
//! `Arc` as reflectors keep them, or the object itself.
//!
//! ```
//! use daemonset::tracker::Tracker;
//! use daemonset_k8s_openapi::View;
//! use k8s_openapi::api::core::v1::{Node, Pod};
//!
//! fn take(tracker: &mut Tracker, nodes: &[Node], pods: &[Pod]) {
//!     for node in nodes {
//!         tracker.put_node(&View(node));
//!     }
//!     for pod in pods {
//!         tracker.put_pod(&View(pod));
//!     }
//! }
//! # take(&mut Tracker::new(), &[Node::default()], &[Pod::default()]);
//! ```
//!
//! The controller without I/O takes them in the same way, and a [`Cluster`](daemonset::Cluster) is
//! made of them so:
//!
//! ```
//! use std::sync::Arc;
//!
//! use daemonset::{Cluster, Planner};
//! use daemonset_k8s_openapi::View;
//! use k8s_openapi::api::core::v1::{Node, Pod};
//!
//! /// With nodes and pods as a reflector's store has them.
//! fn plan(planner: &Planner, nodes: Vec<Arc<Node>>, pods: Vec<Arc<Pod>>) -> daemonset::Plan {
//!     let nodes: Vec<_> = nodes.into_iter().map(View).collect();
//!     let pods: Vec<_> = pods.into_iter().map(View).collect();
//!     planner.plan(&Cluster::new(&nodes, &pods))
//! }
//! # let set = daemonset::api::DaemonSet::default();
//! # if let Ok(planner) = Planner::new(&set) { plan(&planner, Vec::new(), Vec::new()); }
//! ```
//!
//! # Which version of Kubernetes
//!
//! This crate chooses none. The program chooses one of the features `v1_33` to `v1_37` of
//! k8s-openapi 0.29, and any will do, for any version of Kubernetes: what is read of nodes and pods
//! is the same in all of them.
//!
//! # DaemonSets and ControllerRevisions are not for generated types
//!
//! There is no view of them, and that is on purpose. A type that was generated for one version of
//! Kubernetes drops the fields of a pod template that came later. The template would then differ from
//! the one that is stored, a new revision would be made of it, and every pod would be replaced: with
//! `v1_33` against Kubernetes 1.36 that has been seen. Watch the two as
//! [`DynamicObject`](https://docs.rs/kube/latest/kube/core/struct.DynamicObject.html) and hand them on
//! as JSON, to [`Controller::put_set`](daemonset::control::Controller::put_set) and
//! [`put_revision`](daemonset::control::Controller::put_revision), or decode that JSON as
//! [`api::DaemonSet`](daemonset::api::DaemonSet) and
//! [`api::ControllerRevision`](daemonset::api::ControllerRevision), which carry all of a template.
//!
//! # Why a rollout is stuck, and whether a pod fits
//!
//! These questions read much more of an object than the planner does: statuses of containers,
//! conditions, amounts, ports, volumes. [`read`] gives what they read of one object, by reference and
//! without JSON between; `Observed` (feature `explain`) is a cluster of such objects, to be asked in
//! one line:
//!
//! ```
//! # #[cfg(feature = "explain")] {
//! use daemonset_k8s_openapi::Observed;
//! use k8s_openapi::api::core::v1::{Node, Pod};
//! use serde_json::Value;
//!
//! fn tell(nodes: &[Node], pods: &[Pod], set: &Value) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut observed = Observed::of(nodes, pods);
//!     println!("{}", observed.why(set)?.primary);
//!     if let Some(fit) = observed.fit(set, "node-a")? {
//!         println!("on node-a: {fit}");
//!     }
//!     Ok(())
//! }
//! # let set = serde_json::json!({"metadata": {"name": "agent"}, "spec": {
//! #     "selector": {"matchLabels": {"app": "agent"}},
//! #     "template": {"metadata": {"labels": {"app": "agent"}}},
//! # }});
//! # tell(&[], &[], &set).unwrap();
//! # }
//! ```

#![forbid(unsafe_code)]

mod fields;
mod node;
#[cfg(feature = "explain")]
mod observed;
mod pod;
mod read;
mod signals;

use daemonset::api::Timestamp;
#[cfg(feature = "explain")]
pub use observed::{AskError, Observed};
pub use read::{Object, ReadError, read};
pub use signals::FromObjects;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

/// A node or a pod of [`k8s_openapi`], as the planner reads it: a
/// [`NodeView`](daemonset::view::NodeView) or a [`PodView`](daemonset::view::PodView).
///
/// It holds whatever lends the object: `Pod`, `&Pod`, `Arc<Pod>`, `Box<Pod>` (all that is
/// [`Borrow<Pod>`](std::borrow::Borrow)).
///
/// ```
/// use std::sync::Arc;
///
/// use daemonset::view::PodView;
/// use daemonset_k8s_openapi::View;
/// use k8s_openapi::api::core::v1::Pod;
///
/// let mut pod = Pod::default();
/// pod.metadata.name = Some("agent-x7k2p".into());
/// assert_eq!(View(&pod).name(), "agent-x7k2p");
/// assert_eq!(View(Arc::new(pod)).name(), "agent-x7k2p");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View<T>(pub T);

/// The text, or none of it.
fn text(field: Option<&String>) -> &str {
    field.map_or("", String::as_str)
}

fn labels(meta: &ObjectMeta) -> impl Iterator<Item = (&str, &str)> {
    let labels = meta.labels.iter().flatten();
    labels.map(|(key, value)| (key.as_str(), value.as_str()))
}

fn label<'a>(meta: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    meta.labels.as_ref()?.get(key).map(String::as_str)
}

fn resource_version(meta: &ObjectMeta) -> Option<u64> {
    meta.resource_version.as_ref()?.parse().ok()
}

fn timestamp(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0.into())
}
