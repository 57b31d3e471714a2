//! What comes out of a round, as data.

mod plan;
mod status;

pub use crate::action::{Action, EventReason, EventType, Reason};
pub use plan::{Deferred, Outcome, Plan};
pub use status::RolloutStatus;
pub(crate) use status::{is_unchanged, status};
