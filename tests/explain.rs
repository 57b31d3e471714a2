//! Promises about explanations, tried on many small inputs.

#[path = "explain/foresight.rs"]
mod foresight;
