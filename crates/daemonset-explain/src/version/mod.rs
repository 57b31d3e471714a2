//! Two versions of a set: what the API server stores of them, and where they differ.

mod changes;
mod difference;
pub(crate) mod stored;

pub(crate) use changes::Changes;
pub use difference::{Change, Difference, differences};
pub use stored::{TemplateChange, update};
