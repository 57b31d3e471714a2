//! What the API server knows about a DaemonSet's fields: which there are, what they may hold, and
//! what it stores where one is missing.
//!
//! The facts are those of Kubernetes 1.36's
//! [API reference](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/),
//! kept in one table of fields. Everything here works on the object as it was read from a
//! manifest, whole and untyped, so that what the crate's own types pass over is judged too. A
//! `null` reads as a missing field everywhere.
//!
//! Feature gates are not read: a field that a cluster has switched off counts as known, and is kept.
//!
//! ```
//! use daemonset::schema;
//! use serde_json::json;
//!
//! let mut set = json!({
//!     "metadata": {"name": "agent", "Labels": {"app": "agent"}},
//!     "spec": {"template": {"spec": {"hostNetwork": "yes"}}},
//! });
//! let set = set.as_object_mut().unwrap();
//! assert_eq!(
//!     schema::unknown_fields(set)[0].to_string(),
//!     "metadata.Labels: unknown field, did you mean labels?",
//! );
//! assert_eq!(
//!     schema::type_faults(set)[0].to_string(),
//!     r#"spec.template.spec.hostNetwork: expected a boolean, found "yes""#,
//! );
//! schema::apply_defaults(set);
//! assert_eq!(set["spec"]["template"]["spec"]["restartPolicy"], "Always");
//! ```

mod canonical;
mod defaults;
mod image;
#[cfg(test)]
mod properties;
mod quantity;
mod table;
mod types;
mod unknown;
mod walk;

pub use canonical::canonical_template;
pub use defaults::apply_defaults;
pub(crate) use image::default_pull_policy;
pub(crate) use quantity::Quantity;
pub use types::{Expected, TypeFault, type_faults};
pub use unknown::{UnknownField, unknown_fields};
