//! Clusters to explain: what a rollout stops at.

use std::collections::BTreeSet;

use daemonset::api::{ConditionStatus, ConditionType, IntOrString, NodeCondition, Pod};
use daemonset_testkit::fleet::{CURRENT, Fleet, Stage, fleet};

/// A fleet of which the controller has written what it counts, so that it is no cause of anything.
pub fn observed(mut fleet: Fleet) -> Fleet {
    let status = fleet.planner().plan(&fleet.cluster()).status;
    fleet.set.status = status;
    fleet
}

/// How many nodes are dead.
const DEAD: usize = 12;

/// A rollout that is blocked: dead nodes use up its budget.
pub fn blocked(size: usize) -> Fleet {
    let mut fleet = fleet(size, Stage::Halfway);
    let budget = fleet.set.spec.update_strategy.rolling_update.as_mut();
    budget.unwrap().max_unavailable = Some(IntOrString::Int(12));
    for pod in &mut fleet.pods {
        set_ready(pod, ConditionStatus::True);
    }
    let is_new =
        |pod: &&mut Pod| pod.metadata.labels.get("controller-revision-hash") == Some(CURRENT);
    let every = size / 2 / (DEAD + 1);
    let new = fleet.pods.iter_mut().filter(is_new);
    let mut dead = BTreeSet::new();
    for pod in new.skip(every / 2).step_by(every).take(DEAD) {
        set_ready(pod, ConditionStatus::False);
        dead.insert(pod.spec.node_name.clone());
    }
    for node in &mut fleet.nodes {
        if dead.contains(&node.metadata.name) {
            node.status.conditions.push(NodeCondition {
                type_: ConditionType::Ready,
                status: ConditionStatus::Unknown,
                ..NodeCondition::default()
            });
        }
    }
    observed(fleet)
}

fn set_ready(pod: &mut Pod, status: ConditionStatus) {
    for condition in &mut pod.status.conditions {
        condition.status = status;
    }
}
