//! One daemon pod for each node.

use daemonset::outcome::Outcome;
use daemonset_testkit::scenario::scenario;

use crate::hold;

/// A node that should run the daemon gets a pod if it has none.
#[test]
fn every_node_gets_a_pod() {
    hold(
        |world| world,
        &[
            // given                    then
            ("", ""),
            ("a", "create on a (noDaemonPod)"),
            (
                "b; a",
                "create on a (noDaemonPod), create on b (noDaemonPod)",
            ),
            ("a=keep", ""),
            ("a=exclude", ""),
            ("a: new", ""),
            ("a: new unbound", ""),
            ("a: new terminating", ""),
            ("a: new failed terminating", "create on a (noDaemonPod)"),
            ("a: new succeeded terminating", "create on a (noDaemonPod)"),
            ("a: new foreign", "create on a (noDaemonPod)"),
            ("a: new elsewhere", "create on a (noDaemonPod)"),
        ],
    );
}

/// With surge, a node whose pods are all ending gets the next one at once.
#[test]
fn with_surge_the_next_pod_comes_at_once() {
    hold(
        |world| world.rolling("0", "1"),
        &[
            ("a: new terminating", "create on a (noRunningPod)"),
            ("a: new terminating, new", ""),
            ("a=keep: new terminating", ""),
            (
                "a: new succeeded",
                "delete a1 (succeededPod), create on a (noRunningPod)",
            ),
            ("a=keep: new failed", "delete a1 (failedPod)"),
        ],
    );
    // A surge that comes to nothing for one node, or does not read, is none.
    for surge in ["0", "0%", "-100%", "x", "1"] {
        let plan = scenario("a: new terminating").rolling("1", surge).plan();
        let creates = plan
            .actions
            .iter()
            .any(|action| action.reason() == Some(daemonset::Reason::NoRunningPod));
        assert_eq!(creates, surge == "1", "maxSurge {surge}");
    }
}

/// Pods that have ended go, wherever one may be.
#[test]
fn pods_that_have_ended_go() {
    hold(
        |world| world,
        &[
            ("a: new failed", "delete a1 (failedPod)"),
            ("a: new succeeded", "delete a1 (succeededPod)"),
            ("a=keep: new failed", "delete a1 (failedPod)"),
            ("a=exclude: new failed", "delete a1 (nodeExcluded)"),
            ("a: new failed, new", "delete a1 (failedPod)"),
            (
                "a: new succeeded, new succeeded, new",
                "delete a1 (succeededPod), delete a2 (succeededPod)",
            ),
            // One failed pod of a node a round.
            ("a: new failed, new failed", "delete a1 (failedPod)"),
            (
                "a: new failed; b: new failed",
                "delete a1 (failedPod), delete b1 (failedPod)",
            ),
        ],
    );
}

/// Of several pods the first stays: bound before unbound, older before younger, then by name.
#[test]
fn one_pod_stays() {
    hold(
        |world| world,
        &[
            ("a: new, new", "delete a2 (duplicatePod)"),
            ("a: new younger, new", "delete a1 (duplicatePod)"),
            ("a: new unbound, new younger", "delete a1 (duplicatePod)"),
            ("a: old, new", "delete a2 (duplicatePod)"),
            ("a: new starting, new younger", "delete a2 (duplicatePod)"),
            (
                "a: new, new, new",
                "delete a2 (duplicatePod), delete a3 (duplicatePod)",
            ),
            ("a=keep: new, new", "delete a2 (duplicatePod)"),
            ("a: new terminating, new", ""),
            ("a: new failed terminating, new", ""),
        ],
    );
}

/// Pods go from nodes that should not run the daemon.
#[test]
fn excluded_nodes_lose_their_pods() {
    hold(
        |world| world,
        &[
            ("a=exclude: new", "delete a1 (nodeExcluded)"),
            (
                "a=exclude: new, old",
                "delete a1 (nodeExcluded), delete a2 (nodeExcluded)",
            ),
            ("a=exclude: new terminating", ""),
            ("a=keep: new", ""),
        ],
    );
}

/// Of pods whose node does not exist, those that were never scheduled go, terminating or not; the
/// others are left to the garbage collector.
#[test]
fn pods_whose_node_does_not_exist() {
    hold(
        |world| world,
        &[
            ("a=gone: new unbound", "delete a1 (nodeGone)"),
            ("a=gone: new unbound terminating", "delete a1 (nodeGone)"),
            ("a=gone: new", ""),
            ("a=gone: new failed", ""),
        ],
    );
    let plan = scenario("a=gone: new, new").plan();
    assert_eq!(plan.deferred.on_missing_nodes, 2);
}

/// How far a round goes.
#[test]
fn outcomes() {
    for (given, outcome, is_idle) in [
        ("a: new", Outcome::Complete, false),
        ("a", Outcome::Managed, false),
        ("a: new failed", Outcome::Managed, false),
    ] {
        let plan = scenario(given).plan();
        assert_eq!(plan.outcome, outcome, "given {given:?}");
        assert_eq!(plan.outcome.is_idle(), is_idle);
    }
    let mut deleting = scenario("a; b: old failed");
    deleting.set.metadata.deletion_timestamp = Some(deleting.now);
    let plan = deleting.plan();
    assert_eq!((plan.outcome, plan.actions), (Outcome::Deleting, vec![]));

    let mut everything = scenario("a; b: old failed");
    everything.set.spec.selector = Some(daemonset::api::LabelSelector::default());
    everything.set.metadata.deletion_timestamp = Some(everything.now);
    let plan = everything.plan();
    assert_eq!(
        plan.outcome,
        Outcome::SelectingAll,
        "checked before the deletion"
    );
    let texts: Vec<String> = plan.actions.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "event Warning SelectingAll: This daemon set is selecting all pods. A non-empty selector is required."
        ]
    );
    assert!(plan.outcome.is_idle());
    assert_eq!(plan.status, everything.set.status);
    assert_eq!(plan.verdicts.len(), 2);
}
