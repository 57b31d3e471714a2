//! Text to yes or no: names, requirements, label selectors, node selectors and tolerations.

mod by_key;
mod by_label;
mod label_selector;
pub mod names;
mod node_selector;
mod requirement;
mod selector_text;
mod taint_text;
mod toleration;
mod tolerations;

pub(crate) use by_key::{FEW_KEYS, LabelsByKey, NodeByKey};
pub(crate) use by_label::{ByLabel, in_order, note};
pub use label_selector::{Selector, SelectorError};
pub use node_selector::{
    FieldOperator, RequiredNodeAffinity, Subject, Term, TermRequirement, UnmatchedTerm,
    UnmetRequirement,
};
pub use requirement::{Requirement, RequirementFault, WrittenIn, faults};
pub use selector_text::SelectorTextError;
pub use taint_text::TaintTextError;
pub use toleration::{ComparisonOperators, comparable, tolerates};
pub use tolerations::Tolerations;
