//! How a rollout that is left alone ends.

use daemonset_explain::what_if::End;

use super::*;

#[test]
fn a_broken_rollout_stalls_and_a_new_version_moves_it() {
    let set = agent_with(
        "/spec/updateStrategy/rollingUpdate/maxUnavailable",
        json!(1),
    );
    let today = Today::settled(&read(&set), nodes(4));
    let broken = agent_with(
        "/spec/template/spec/containers/0/image",
        json!("agent:broken"),
    );
    let mut stuck = Today::settled(&read(&broken), nodes(1));
    // One pod of the broken version stands for the first of the old ones.
    let mut failing = stuck.pods.remove(0);
    failing.status.conditions[0].status = ConditionStatus::False;
    let mut now = today.clone();
    now.set.spec.template = read(&broken).spec.template;
    now.revisions
        .as_mut()
        .unwrap()
        .push(cluster::revision(&now.set, 2));
    now.pods[0] = failing;
    let before = now.forecast();
    assert_eq!(before.end, End::Stalled);
    assert_eq!(before.rounds, 0);
    assert_eq!(before.outdated.len(), 3);

    let mut fixed = set.clone();
    set_at(
        &mut fixed,
        "/spec/template/spec/containers/0/image",
        json!("agent:3"),
    );
    let comparison = now.replaced(&read(&fixed));
    assert!(matches!(
        comparison.restarts(),
        Restarts::Yes {
            pods: 4,
            waves: 4,
            end: End::Settled,
            ..
        }
    ));
    let reasons: Vec<_> = comparison.restarted().map(|goes| goes.reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::OutdatedUnavailable,
            Reason::Outdated,
            Reason::Outdated,
            Reason::Outdated
        ]
    );
}

/// A set on two nodes, of which the second is as it says, and a newer version of it.
fn with_a_second_node_that_is(ready: &str) -> Comparison {
    let mut today = Today::settled(&read(&agent()), nodes(2));
    today.nodes[1] = serde_json::from_value(json!({
        "metadata": {"name": "node-01"},
        "status": {"conditions": [{"type": "Ready", "status": ready}]},
    }))
    .unwrap();
    let newer = agent_with("/spec/template/spec/containers/0/image", json!("agent:2"));
    today.replaced(&read(&newer))
}

#[test]
fn a_node_that_is_not_ready_is_named_as_assumed_ready() {
    let comparison = with_a_second_node_that_is("False");
    assert_eq!(comparison.before.assumed_ready, Vec::<String>::new());
    assert_eq!(comparison.after.assumed_ready, ["node-01"]);
    assert_eq!(comparison.after.end, End::Settled);
}

#[test]
fn no_pod_goes_from_a_node_whose_kubelet_does_not_answer() {
    let comparison = with_a_second_node_that_is("Unknown");
    let silent = &comparison.after.hindrances.silent;
    assert_eq!(silent.len(), 1);
    assert_eq!(silent[0].node, "node-01");
    assert_eq!(comparison.after.assumed_ready, Vec::<String>::new());
    assert_eq!(comparison.after.end, End::LeftHanging);
}

#[test]
fn a_budget_that_does_not_read_decides_nothing() {
    let mut today = Today::settled(&read(&agent()), nodes(1));
    let broken = agent_with(
        "/spec/updateStrategy/rollingUpdate/maxUnavailable",
        json!("1O%"),
    );
    today.set.spec.update_strategy = read(&broken).spec.update_strategy;
    let forecast = today.forecast();
    assert!(matches!(forecast.end, End::NothingDecided(_)));
    assert_eq!(
        forecast.end.to_string(),
        "the rolling update does not begin: spec.updateStrategy.rollingUpdate.maxUnavailable: \
         expected an integer or a percentage, found \"1O%\""
    );
}

#[test]
fn what_never_ends_is_given_up() {
    let mut set = agent();
    set_at(
        &mut set,
        "/spec/selector/matchLabels",
        json!({"app": "agent", "controller-revision-hash": "mine"}),
    );
    // Each new pod gets another hash, so the DaemonSet releases it and creates the next.
    let forecast = Today::never_rolled_out(&read(&set), nodes(1)).forecast();
    assert_eq!(forecast.end, End::Unfinished(forecast.rounds));
}

#[test]
fn a_pod_that_stays_unavailable_is_said() {
    let mut today = Today::settled(&read(&agent()), nodes(2));
    today.pods[0].status.conditions[0].status = ConditionStatus::False;
    assert_eq!(today.forecast().end, End::Unavailable);
}
