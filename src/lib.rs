//! Decides what a Kubernetes DaemonSet needs next, and why: a pure planner, without a cluster,
//! I/O, a clock, threads or randomness.
//!
//! From a DaemonSet, the nodes and the pods it says what to create, delete, adopt and update, as the
//! DaemonSet controller of Kubernetes 1.36 would, each with its reason.
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
//! # I want to …
//!
//! | I want to … | use |
//! | --- | --- |
//! | know what Kubernetes would do next | [`plan`] |
//! | … with the revisions, the time, or other [`Options`] | [`Planner`] and [`Cluster`] |
//! | write a controller | [`control`]: what watches show goes in, requests come out |
//! | … with requests of my own | [`tracker`]: keeps nodes and pods, plans what has changed |
//! | carry an action out | [`Planner::pod_for`], [`Planner::revision_manifest`], [`owner_reference`] |
//! | know whether a node runs the daemon, or what keeps it off | [`placement::Rules`] |
//! | know whether a node that does not exist yet would run it | [`hypothetical`] |
//! | know whether a pod finds room on its node, or what daemons take of a node to come | [`fit`] |
//! | know how far a rollout is | [`outcome::RolloutStatus`] |
//! | understand a rolling update | [`rollout`], which tells the algorithm |
//! | hold a rolling update back: canaries, waves, windows, a stop | [`policy`] |
//! | list the revisions of a DaemonSet, or go back to one | [`revision::history`], [`revision::roll_back`] |
//! | know whether a changed template rolls anything out | [`template::canonical_template`] |
//! | match a label selector, node affinity or a toleration | [`matching`] |
//! | know what the daemon tolerates, the added tolerations too | [`placement::daemon_tolerations`], [`matching::Tolerations`] |
//! | know which pods belong to a DaemonSet | [`ownership::Claim`] |
//! | plan from objects of my own types, without a copy | [`view::NodeView`], [`view::PodView`] |
//! | see one round node by node | [`Planner::view`] |
//!
//! Crates beside this one do more: `daemonset-explain` says why a rollout is stuck, what would help
//! and what a change would do; `daemonset-manifest` reads, checks and lints manifests; `dsplan` is the
//! command.
//!
//! # What it does not do
//!
//! It does not schedule: a plan creates a pod whether or not there is room for it, as the controller
//! does ([`fit`] tells). It talks to no cluster and carries nothing out. It reads no YAML, though its
//! types are plain serde (`examples/from_yaml.rs`).
//!
//! # What holds
//!
//! - Decisions are those of the controller, held against recorded rounds of the real one.
//! - It is total: whatever it is given, it does not panic. What cannot be decided is said
//!   ([`Outcome`](outcome::Outcome), [`Deferred`](outcome::Deferred)).
//! - The same input gives the same output. Neither the order of objects nor hashing changes a
//!   decision.
//!
//! # How the API is laid out
//!
//! - **Text.** `Display` is for people. What has a notation of its own, as the API or kubectl writes
//!   it (selectors, requirements, taints, tolerations, times, phases), reads it back by `FromStr`.
//!   Enums whose text is a sentence have an `id` too, which `FromStr` reads.
//! - **JSON.** Objects of the API are written as the API writes them. Results are written with keys,
//!   tags and ids in camel case, and read back.
//! - **Errors.** An error's text is all of it: where, what was expected, what was found. So there is no
//!   `source` that would say a part a second time; the parts are fields. Fields of objects are called
//!   by their `path`.
//! - **What may grow.** The types of [`api`] mirror Kubernetes's: all fields are public, and with
//!   `..Default::default()` a new one breaks nothing. [`Action`] is exhaustive, since whoever carries
//!   actions out must not overlook a new one, and so are the enums that decisions turn on
//!   ([`Verdict`](placement::Verdict), [`Claim`](ownership::Claim), [`Budget`](rollout::Budget),
//!   [`Strategy`](rollout::Strategy), [`RolloutStatus`](outcome::RolloutStatus)). Other results,
//!   reasons, outcomes, obstacles and errors are `#[non_exhaustive]`.
//! - **Types of other crates.** Of serde, the traits; of `serde_json`, [`Value`](serde_json::Value) and
//!   [`Map`](serde_json::Map), where the API has JSON of any kind; of jiff, the conversions and
//!   differences of [`Timestamp`](api::Timestamp). No others.
//! - **Stability.** Until 1.0 a minor version may change the API. Ids, tags and keys stay within a
//!   version; sentences may be improved at any time.
//!
//! There are no features to choose, and none of a dependency is switched on that would change
//! another crate's behaviour. Rust 1.95 or newer.

// It never panics, whatever it is given; what cannot be is said where an exception stands.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]
#![deny(unreachable_pub)]

mod action;
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
pub mod path;
pub mod placement;
mod planner;
pub mod policy;
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

/// The README's example compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
