//! Reads DaemonSet manifests and dumps of clusters, and says of them what the Kubernetes API server
//! would: what it refuses, what it warns of; and what is valid but probably wrong.
//!
//! | I want to | use |
//! | --- | --- |
//! | read what `kubectl get … -o yaml` prints, or files of manifests | [`Inventory`] |
//! | plan with what was read | [`Inventory::cluster`], [`Manifest::daemon_set`] |
//! | know what could not be read | [`Inventory::diagnostics`], [`Undecodable::faults`] |
//! | know what the API server would say of a DaemonSet | [`Written::checked`], [`check::Check`] |
//! | know what `kubectl apply` would leave of a DaemonSet | [`apply::apply`] |
//! | find what is probably wrong | [`lint::Linter`], [`lint::Rule`] |
//! | find the line of a field | [`Written::line_of`] |
//! | write YAML that kubectl reads as the same | [`to_yaml`] |
//!
//! ```
//! use daemonset_manifest::Inventory;
//!
//! let mut inventory = Inventory::new();
//! inventory.read("agent.yaml", b"
//! apiVersion: apps/v1
//! kind: DaemonSet
//! metadata: {name: agent, namespace: infra}
//! spec:
//!   selector: {matchLabels: {app: agent}}
//!   template:
//!     metadata: {labels: {app: agent}}
//! ---
//! apiVersion: v1
//! kind: Secret
//! ---
//! apiVersion: v1
//! kind: Node
//! metadata: {name: 3}
//! ");
//! assert_eq!(inventory.daemon_sets[0].daemon_set.metadata.name, "agent");
//! assert_eq!(inventory.passed_over().next(), Some(("Secret", 1)));
//! let error = &inventory.diagnostics()[0];
//! assert_eq!(error.place.as_ref().unwrap().to_string(), "agent.yaml, document 3, line 15");
//! assert_eq!(error.to_string(), "metadata.name: expected a string, found 3, did you mean \"3\"?");
//! ```
//!
//! # How texts are read
//!
//! A source has any number of documents, YAML or JSON; each is an object or a list of objects
//! (`List`, `PodList`, …), in any order. Everything is read as kubectl reads it:
//!
//! - YAML by YAML 1.1: `yes`, `on` and `y` without quotes are true, `0600` is 384, `<<` merges. Of a
//!   key that comes twice the last one counts, which is told. What kubectl would pass over or round
//!   in silence is an error here: a tag that it does not know, an integer beyond 64 bits.
//! - A text that begins with `{` or `[` is read as JSON, and as YAML where it is none. Several JSON
//!   values may follow each other.
//! - What gzip or zstd has packed is unpacked, by its first bytes; the bound on a source counts what
//!   comes of it.
//! - UTF-8 and UTF-16, with a byte order mark or without.
//! - A document or an object in error leaves the others standing. What was given in place of what was
//!   meant is named: `kind: Daemonset`, an answer of the API server, a table that kubectl prints.
//! - An object without a namespace is in `default`; an entry of a map that is null is left out, as
//!   `kubectl apply` does.
//! - Time and memory are in proportion to the source: see [`Inventory::read`].
//!
//! Everything that is found, wherever it was found, is a [`Diagnostic`]: a code, a severity, the
//! [path](FieldPath) of a field, a message, a place, and what may have been meant.

pub mod apply;
pub mod check;
pub mod diagnostic;
pub mod lint;
mod objects;
mod places;
mod policy;
mod source;
mod stored;
pub mod suggest;
mod words;
mod write;
mod written;

pub use check::DEFAULT_NAMESPACE;
pub use daemonset::path::{self, FieldPath, Step};
pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use objects::{
    DocumentId, FitObjects, Inventory, MAX_BYTES, MAX_FINDINGS, Manifest, NamespaceOrigin,
    Undecodable,
};
pub use policy::read_policy;
pub use source::MAX_DEPTH;
pub use write::{to_json, to_yaml};
pub use written::Written;
