//! Whether pods fit: the scheduler's recorded decisions, and the rules one by one.

#[path = "fit/cases.rs"]
mod cases;
