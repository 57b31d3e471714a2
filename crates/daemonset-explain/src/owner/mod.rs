//! Who puts labels and taints on nodes, so that where one is missing or in the way that one is to be
//! looked at.

mod label;
mod taint;

pub use label::LabelOwner;
pub(crate) use label::selected;
pub use taint::TaintOwner;
pub(crate) use taint::UNINITIALIZED;
