//! What a round does, and why: the data that every stage writes. [`outcome`](crate::outcome) gives it
//! to users.

mod kinds;
mod reason;

pub use kinds::{Action, EventReason, EventType};
pub use reason::Reason;
