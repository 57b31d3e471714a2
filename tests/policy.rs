//! Rolling updates under a policy: the rules by example, and the promises.

#[path = "policy/promises.rs"]
mod promises;
#[path = "policy/rules.rs"]
mod rules;
#[path = "policy/written.rs"]
mod written;

use daemonset::policy::{FromApi, Governed, Governor, Memory, Policy};
use daemonset::{Action, Reason};
use daemonset_testkit::World;
use serde_json::Value;

/// A policy that is right.
fn governor(policy: Value) -> Governor {
    let policy: Policy = serde_json::from_value(policy).unwrap();
    Governor::new(policy).unwrap()
}

/// A round of the world under a policy.
fn govern(world: &World, governor: &Governor, memory: &Memory) -> Governed {
    let (planner, cluster) = (world.planner(), world.cluster());
    governor.govern(&planner, &planner.view(&cluster), memory, &FromApi)
}

/// Whether an action begins the update of a node.
fn begins(action: &Action) -> bool {
    matches!(
        action.reason(),
        Some(
            Reason::Outdated
                | Reason::OutdatedUnavailable
                | Reason::Surge
                | Reason::SurgeBesideUnavailable
        )
    )
}

/// The nodes whose update is begun, in order.
fn begun(governed: &Governed) -> Vec<&str> {
    let actions = governed.plan.actions.iter().filter(|it| begins(it));
    actions.map(node_of).collect()
}

fn node_of(action: &Action) -> &str {
    match action {
        Action::CreatePod { node, .. } | Action::DeletePod { node, .. } => node,
        other => panic!("{other} is about no node"),
    }
}
