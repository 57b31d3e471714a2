//! Text to yes or no: names, requirements, label selectors, node selectors and tolerations.

mod label_selector;
pub mod names;
mod node_selector;
mod requirement;
mod toleration;

pub use label_selector::{Selector, SelectorError};
pub use node_selector::{
    RequiredNodeAffinity, Term, TermRequirement, UnmatchedTerm, UnmetRequirement, field_holds,
};
pub use requirement::{Requirement, RequirementFault, faults};
pub use toleration::{ComparisonOperators, tolerates};
