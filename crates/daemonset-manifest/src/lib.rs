//! Reads DaemonSet manifests and dumps of clusters, and says of them what the Kubernetes API server
//! would: what it refuses, and what it warns of; and what is valid but probably wrong.

pub mod check;
pub mod diagnostic;
pub mod lint;
mod objects;
pub mod path;
mod source;
pub mod suggest;
mod words;
mod write;

pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use objects::{
    DEFAULT_NAMESPACE, Inventory, MAX_BYTES, MAX_FINDINGS, Manifest, NamespaceOrigin, Undecodable,
    Written,
};
pub use path::{FieldPath, Step};
pub use source::MAX_DEPTH;
pub use write::to_yaml;
