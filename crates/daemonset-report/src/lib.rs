//! How the DaemonSets of a cluster stand and what a new version does, as data and as a page.
//!
//! | I want to … | use |
//! | --- | --- |
//! | have everything that a page shows, as JSON | [`Report::new`] |
//! | know what a new version of DaemonSets does, before it is made | [`Diff::new`] |
//! | write a page that needs nothing but itself | [`page::of_report`] |
//! | make the page that reads dumps in the browser | [`page::with_program`] |
//!
//! ```
//! use daemonset_manifest::Inventory;
//! use daemonset_report::{Report, page};
//!
//! let mut inventory = Inventory::new();
//! inventory.read("dump.yaml", b"
//! {apiVersion: v1, kind: List, items: [
//!   {apiVersion: v1, kind: Node, metadata: {name: node-a}},
//!   {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: infra, uid: a},
//!    spec: {selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}}}}}]}
//! ");
//! let report = Report::new(&inventory, None);
//! assert_eq!(report.daemon_sets[0].name, "agent");
//! assert_eq!(report.nodes, ["node-a"]);
//! assert!(page::of_report(&report).contains("infra"));
//! ```

mod cell;
mod diff;
pub mod page;
mod report;

pub use cell::NodeKind;
pub use diff::{Diff, SetDiff};
pub use report::{Advice, Cell, Report, SetReport};
