//! Reads DaemonSet manifests, and says of them what the Kubernetes API server would: what it
//! refuses, and what it warns of.

pub mod check;
pub mod diagnostic;
pub mod path;
pub mod suggest;

pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use path::{FieldPath, Step};
