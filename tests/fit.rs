//! Whether pods fit: the scheduler's recorded decisions, the rules beside them one by one, and the
//! promises.

#![allow(clippy::needless_pass_by_value)] // objects are written where they are used

#[path = "fit/admission.rs"]
mod admission;
#[path = "fit/by_hand.rs"]
mod by_hand;
#[path = "fit/cases.rs"]
mod cases;
#[path = "fit/objects.rs"]
mod objects;
#[path = "fit/overhead.rs"]
mod overhead;
#[path = "fit/residents.rs"]
mod residents;
#[path = "fit/rooms.rs"]
mod rooms;
#[path = "fit/unknown.rs"]
mod unknown;
#[path = "fit/update.rs"]
mod update;
#[path = "fit/verdicts.rs"]
mod verdicts;
