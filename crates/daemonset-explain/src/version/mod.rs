//! Two versions of a set: what the API server stores of them, and where they differ.

mod difference;
pub(crate) mod stored;

pub use difference::{Change, Difference, differences};
pub use stored::{TemplateChange, update};
