//! Topology spread constraints.

use std::collections::BTreeMap;

use super::affinity;
use super::at::At;
use super::found::{Found, Reason};
use super::rules;
use super::selector;

pub(super) fn check<'v>(constraints: &At<'v, '_>, found: &mut Found) {
    let pair = |constraint: &At<'v, '_>| {
        let (key, action) = (
            constraint.field("topologyKey"),
            constraint.field("whenUnsatisfiable"),
        );
        (key.text(), action.text())
    };
    let mut later: BTreeMap<_, usize> = BTreeMap::new();
    for constraint in constraints.items() {
        *later.entry(pair(&constraint)).or_default() += 1;
    }
    for constraint in constraints.items() {
        one(&constraint, found);
        // The first of two alike is the one at fault.
        if let Some(alike) = later.get_mut(&pair(&constraint)) {
            *alike -= 1;
            if *alike > 0 {
                let here = constraint.field_as("{topologyKey, whenUnsatisfiable}", &constraint);
                let message =
                    "expected a pair that comes once, found a later constraint with the same";
                found.fault(&here, Reason::Duplicate, message);
            }
        }
    }
}

fn one(constraint: &At<'_, '_>, found: &mut Found) {
    rules::check("TopologySpreadConstraint", constraint, found);
    let minimum = constraint.field("minDomains");
    if minimum.is_set() && constraint.field("whenUnsatisfiable").text() != "DoNotSchedule" {
        found.invalid(
            &minimum,
            "no minDomains unless whenUnsatisfiable is DoNotSchedule",
        );
    }
    affinity::label_keys(constraint, found);
    selector::check(&constraint.field("labelSelector"), found);
}
