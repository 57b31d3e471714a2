//! Holds the crate against recorded decisions of the Kubernetes controller: every case, every
//! field.
//!
//! `CASE=seed20260-00012 cargo test --test conformance -- --nocapture` compares one case, and shows
//! it so that it can be read: what is given, and what the controller and the planner make of it.

#[path = "conformance/plans.rs"]
mod plans;
#[path = "conformance/readable.rs"]
mod readable;
#[path = "conformance/rules.rs"]
mod rules;

use daemonset_testkit::conformance::{Case, Differences, cases, compare, wanted};

/// What the API server refuses is the subject of another crate, which is held against these.
fn is_ours(case: &Case) -> bool {
    case.kind != "validation"
}

/// Compares the cases of these files, or shows the one that is asked for and compares it.
fn hold(prefix: &str, show: fn(&Case) -> String, differences: fn(&Case) -> Differences) {
    let mut chosen = cases(prefix);
    chosen.retain(is_ours);
    if let Some(name) = wanted() {
        chosen.retain(|case| case.name == name);
        if chosen.is_empty() {
            let known = ["plans", "rules"].iter().flat_map(|prefix| cases(prefix));
            let found = known.filter(is_ours).any(|case| case.name == name);
            assert!(found, "there is no case {name}");
            return;
        }
        for case in &chosen {
            println!("{}", show(case));
        }
    }
    compare(&chosen, differences);
}

#[test]
fn whole_rounds() {
    hold("plans", readable::round, plans::differences);
}

/// The naive oracle, which the planner is held against where nothing was recorded, decides as the
/// controller did.
#[test]
fn whole_rounds_by_the_oracle() {
    hold("plans", readable::round, plans::differences_of_the_oracle);
}

#[test]
fn single_rules() {
    hold("rules", readable::rule, rules::differences);
}
