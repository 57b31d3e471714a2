//! What holds for every plan.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSetStatus, Node, Pod, Timestamp};
use daemonset::claim::target_node;
use daemonset::placement::Verdict;
use daemonset::tracker::Tracker;
use daemonset::{Action, Outcome, Plan, Planner};
use serde::Deserialize;

/// Asks each planner by itself and all together in a tracker. Nodes and pods have names of their
/// own.
pub fn agree(planners: &[Planner], nodes: &[Node], pods: &[Pod], now: Timestamp) {
    let (mut nodes_backwards, mut pods_backwards) = (nodes.to_vec(), pods.to_vec());
    nodes_backwards.reverse();
    pods_backwards.reverse();

    let mut tracker = Tracker::new();
    let half = pods.len() / 2;
    pods[half..].iter().for_each(|pod| tracker.put_pod(pod));
    let sets: Vec<_> = planners
        .iter()
        .map(|p| tracker.put_set(p.clone()))
        .collect();
    for node in &nodes_backwards {
        tracker.put_node(node);
    }
    pods[..half].iter().for_each(|pod| tracker.put_pod(pod));

    for (planner, set) in planners.iter().zip(sets) {
        let newest = planner.plan(nodes, pods);
        let mut backwards = planner.plan(&nodes_backwards, &pods_backwards);
        backwards.placements.reverse();
        assert_eq!(newest, backwards, "the order counts");
        keeps_its_promises(planner, &newest, nodes, pods);

        // The tracker is told what time it is; it may go back too.
        let later = newest.look_again_at.filter(|at| *at > now);
        for moment in [Some(now), later, Some(now)].into_iter().flatten() {
            let fresh = planner.clone().now(moment).plan(nodes, pods);
            keeps_its_promises(planner, &fresh, nodes, pods);
            let Some(kept) = tracker.plan(set, moment) else {
                continue;
            };
            same(&fresh, kept, "the tracker differs");
        }
        for (node, verdict) in nodes.iter().zip(&newest.placements) {
            let name = &node.metadata.name;
            assert_eq!(planner.place(node).verdict, *verdict);
            let kept = tracker.placement(set, name);
            let is_idle = is_idle(&newest.outcome);
            assert!(is_idle || kept == Some(*verdict), "{name} is {kept:?}");
        }
    }
}

/// A tracked plan is the fresh one but for the placements.
pub fn same(fresh: &Plan, mut tracked: Plan, why: &str) {
    assert!(tracked.placements.is_empty());
    tracked.placements.clone_from(&fresh.placements);
    assert_eq!(*fresh, tracked, "{why}");
}

fn is_idle(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::SelectingAll | Outcome::Deleting | Outcome::Collision
    )
}

/// A plan names nothing twice, counts right, prints, serialises, and its pods are what they
/// should be.
pub fn keeps_its_promises(planner: &Planner, plan: &Plan, nodes: &[Node], pods: &[Pod]) {
    let mut deleted = BTreeSet::new();
    let mut created = BTreeSet::new();
    let mut removed = BTreeSet::new();
    for action in &plan.actions {
        assert!(!action.to_string().is_empty());
        match action {
            Action::DeletePod { pod, node, .. } => {
                assert!(deleted.insert(pod), "{pod} is deleted twice");
                let given = pods.iter().filter(|given| given.metadata.name == *pod);
                let at: Vec<_> = given.map(target_node).collect();
                assert!(
                    at.contains(&Some(node)),
                    "{pod} on {node} is none of {at:?}"
                );
            }
            Action::CreatePod { node, .. } => {
                assert!(created.insert(node), "two pods for {node}");
                makes_a_pod_for(planner, node);
                let at = nodes.iter().position(|given| given.metadata.name == *node);
                let at = at.expect("a pod for a node that is there");
                assert_eq!(plan.placements[at], Verdict::Run);
            }
            Action::DeleteRevision { name, .. } => {
                assert!(removed.insert(name), "{name} is deleted twice");
                assert_ne!(*name, plan.current_revision.name);
            }
            _ => {}
        }
    }
    if !is_idle(&plan.outcome) {
        counts(&plan.status, plan);
    }
    let json = serde_json::to_string(plan).expect("a plan serialises");
    serde_json::from_str::<serde_json::Value>(&json).expect("as JSON");
}

fn makes_a_pod_for(planner: &Planner, node: &str) {
    let pod = Pod::deserialize(planner.pod_for(node)).expect("a pod");
    // A template that names its node makes pods for no other.
    assert_eq!(target_node(&pod), Some(node));
}

fn counts(status: &DaemonSetStatus, plan: &Plan) {
    let running = plan
        .placements
        .iter()
        .filter(|verdict| **verdict == Verdict::Run)
        .count();
    let others = plan.placements.len() - running;
    let number = |count: usize| i32::try_from(count).expect("few nodes");
    assert_eq!(status.desired_number_scheduled, number(running));
    assert!((0..=number(running)).contains(&status.current_number_scheduled));
    assert!((0..=number(others)).contains(&status.number_misscheduled));
    let current = 0..=status.current_number_scheduled;
    assert!(current.contains(&status.number_ready));
    assert!(current.contains(&status.updated_number_scheduled));
    assert!((0..=status.number_ready).contains(&status.number_available));
    let unavailable = status.desired_number_scheduled - status.number_available;
    assert_eq!(status.number_unavailable, unavailable);
}
