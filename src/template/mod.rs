//! The pod template as the API server stores it: defaults, the stored form, and its hash.
//!
//! Two templates of the same stored form are the same to Kubernetes: a DaemonSet that goes from one
//! to the other rolls nothing out. What the API server knows of each field is kept in one table
//! ([`table`]), read off Kubernetes 1.36's
//! [API reference](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/).
//!
//! Feature gates are not read: a field that a cluster has switched off counts as known, and is kept.
//!
//! ```
//! use daemonset::template::apply_defaults;
//! use serde_json::json;
//!
//! let mut set = json!({"spec": {"template": {"spec": {}}}});
//! apply_defaults(set.as_object_mut().unwrap());
//! assert_eq!(set["spec"]["template"]["spec"]["restartPolicy"], "Always");
//! ```

mod canonical;
mod defaults;
mod go_numbers;
mod hash;
mod image;
#[cfg(test)]
mod properties;
mod quantity;
mod shape;
mod stored_form;
pub mod table;
mod time;

pub use canonical::{canonical_template, same_amounts};
pub use defaults::apply_defaults;
pub use go_numbers::integer;
pub(crate) use hash::hash_of;
pub use hash::{SAFE_ALPHABET, safe_encode, template_hash};
pub use image::{default_pull_policy, image_tag};
pub use quantity::Quantity;
pub use shape::Shape;
pub(crate) use stored_form::canonical;
pub use stored_form::revision_data;
pub use time::{is_time, read as read_time};
