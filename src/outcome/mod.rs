//! What comes out of a round, as data.

mod action;
mod plan;
mod reason;
mod status;

pub use action::{Action, EventReason, EventType};
pub use plan::{Deferred, Outcome, Plan};
pub use reason::Reason;
pub use status::RolloutStatus;
pub(crate) use status::{is_unchanged, status};
