//! The rules, one table each: what is given, when, and what then. Clusters are written as
//! [`daemonset_testkit::scenario`] tells.

#[path = "rules/actions.rs"]
mod actions;
#[path = "rules/back_off.rs"]
mod back_off;
#[path = "rules/caps.rs"]
mod caps;
#[path = "rules/history.rs"]
mod history;
#[path = "rules/knowledge.rs"]
mod knowledge;
#[path = "rules/manage.rs"]
mod manage;
#[path = "rules/ownership.rs"]
mod ownership;
#[path = "rules/placement.rs"]
mod placement;
#[path = "rules/present.rs"]
mod present;
#[path = "rules/revisions.rs"]
mod revisions;
#[path = "rules/rolling_update.rs"]
mod rolling_update;
#[path = "rules/selectors.rs"]
mod selectors;
#[path = "rules/status.rs"]
mod status;
#[path = "rules/surge.rs"]
mod surge;
#[path = "rules/tolerations.rs"]
mod tolerations;
#[path = "rules/tracker.rs"]
mod tracker;
#[path = "rules/view.rs"]
mod view;

use daemonset_testkit::World;
use daemonset_testkit::scenario::{scenario, told};

/// Holds a table: of every line the plan is the one that it tells.
fn hold(when: impl Fn(World) -> World, table: &[(&str, &str)]) {
    for (given, then) in table {
        let world = when(scenario(given));
        assert_eq!(told(&world.plan()), *then, "given {given:?}");
    }
}
