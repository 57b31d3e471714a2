//! Promises about explanations, tried on many small inputs, and what is said of single cases.

#[path = "explain/promises.rs"]
mod promises;
#[path = "explain/rollouts.rs"]
mod rollouts;
#[path = "explain/scene.rs"]
mod scene;
