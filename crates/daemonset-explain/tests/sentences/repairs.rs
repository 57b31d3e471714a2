//! Repairs, which cannot be tried on a copy, by what they are a matter of.

#[path = "repairs/admission.rs"]
mod admission;
#[path = "repairs/asked.rs"]
mod asked;
#[path = "repairs/container.rs"]
mod container;
#[path = "repairs/node.rs"]
mod node;
#[path = "repairs/placement.rs"]
mod placement;
#[path = "repairs/rollout.rs"]
mod rollout;

use std::fmt::Display;

use daemonset_explain::{KnownRepair, Repair};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Case, check_each};

/// Checks each case as a repair of its kind, and as any repair, and that every variant of the kind has one.
fn check<T: DeserializeOwned + Serialize + Display>(cases: &[Case]) {
    super::check::<T>("repair", cases);
    check_each::<Repair>("repair", cases);
}

#[test]
fn known() {
    let cases = [(
        json!({
            "repair": "known",
            "known": {"id": "disk", "owner": "node", "lacks": "disk space"},
            "instruction": "free disk space on a, or give it more: no pod gets on without",
            "nodes": ["a"],
        }),
        "free disk space on a, or give it more: no pod gets on without",
    )];
    check_each::<KnownRepair>("repair", &cases);
    check_each::<Repair>("repair", &cases);
}
