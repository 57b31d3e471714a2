//! What holds for every plan, whatever the cluster.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSetStatus, Node, Pod};
use daemonset::placement::Verdict;
use daemonset::view::PodView;
use daemonset::{Action, Cluster, Plan, Planner};
use serde::Deserialize;

/// Asserts that a plan names nothing twice and nothing that is not there, counts right, prints,
/// reads back as it was written, and that its pods are what they should be.
///
/// # Panics
/// Where it does not.
pub fn hold(planner: &Planner, cluster: &Cluster<'_, Node, Pod>, plan: &Plan) {
    let namespace = &planner.daemon_set().metadata.namespace;
    let mut deleted = BTreeSet::new();
    let mut created = BTreeSet::new();
    let mut removed = BTreeSet::new();
    for action in &plan.actions {
        assert!(!action.to_string().is_empty());
        match action {
            Action::DeletePod { pod, node, uid, .. } => {
                assert!(deleted.insert(pod), "{pod} is deleted twice");
                let given = cluster.pods().iter().find(|given| {
                    given.metadata.name == *pod && given.metadata.namespace == *namespace
                });
                let given = given.unwrap_or_else(|| panic!("there is no pod {pod}"));
                assert_eq!(given.target_node(), Some(node.as_str()), "{pod}");
                assert_eq!(given.metadata.uid, *uid, "{pod}");
            }
            Action::CreatePod { node, .. } => {
                assert!(created.insert(node), "two pods for {node}");
                makes_a_pod_for(planner, node);
                let named = |given: &&Node| given.metadata.name == *node;
                let at = cluster.nodes().iter().position(named);
                let verdict = at.and_then(|at| plan.verdicts.get(at));
                assert_eq!(verdict, Some(&Verdict::Run), "{node}");
            }
            Action::DeleteRevision { name, .. } => {
                assert!(removed.insert(name), "{name} is deleted twice");
                assert_ne!(*name, plan.current_revision.name);
            }
            _ => {}
        }
    }
    assert_eq!(plan.verdicts.len(), cluster.nodes().len());
    if !plan.outcome.is_idle() {
        counts(&plan.status, &plan.verdicts);
    }
    let json = serde_json::to_string(plan).expect("a plan serialises");
    let read: Plan = serde_json::from_str(&json).expect("a plan reads");
    assert_eq!(read, *plan, "a plan reads back as it was written");
}

fn makes_a_pod_for(planner: &Planner, node: &str) {
    let pod = Pod::deserialize(planner.pod_for(node)).expect("a pod");
    assert_eq!(pod.target_node(), Some(node));
}

fn counts(status: &DaemonSetStatus, verdicts: &[Verdict]) {
    let running = verdicts.iter().filter(|verdict| verdict.should_run());
    let running = running.count();
    let number = |count: usize| i32::try_from(count).expect("few nodes");
    assert_eq!(status.desired_number_scheduled, number(running));
    let desired = 0..=number(running);
    assert!(desired.contains(&status.current_number_scheduled));
    let others = 0..=number(verdicts.len() - running);
    assert!(others.contains(&status.number_misscheduled));
    let current = 0..=status.current_number_scheduled;
    assert!(current.contains(&status.number_ready));
    assert!((0..=status.number_ready).contains(&status.number_available));
    let unavailable = status.desired_number_scheduled - status.number_available;
    assert_eq!(status.number_unavailable, unavailable);
}
