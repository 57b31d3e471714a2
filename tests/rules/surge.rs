//! A rolling update with surge: new pods come first.

use daemonset_testkit::scenario::scenario;
use serde_json::json;

use crate::hold;

/// A new pod comes beside an old one, and the old one goes once the new one is available.
#[test]
fn new_pods_come_first() {
    hold(
        |world| world.rolling("0", "1"),
        &[
            // given                            then
            ("a: new; b: new", ""),
            ("a: old; b: old", "create on a (surge)"),
            ("a: old, new starting; b: old", ""),
            ("a: old, new; b: old", "delete a1 (superseded)"),
            ("a: old terminating, new; b: old", "create on b (surge)"),
            (
                "a: old starting; b: old starting",
                "create on a (surgeBesideUnavailable), create on b (surgeBesideUnavailable)",
            ),
            (
                "a: old starting; b: old",
                "create on a (surgeBesideUnavailable), create on b (surge)",
            ),
            ("a: old terminating; b: old", "create on a (noRunningPod)"),
            (
                "a: new failed; b: old",
                "delete a1 (failedPod), create on a (noRunningPod)",
            ),
        ],
    );
}

/// Of two pods on a node, the old one goes when it is not ready or the new one is available; of two
/// of a kind, the later one.
#[test]
fn two_pods_on_a_node() {
    hold(
        |world| world.rolling("0", "1").min_ready(5),
        &[
            ("a: old, new starting", ""),
            ("a: old, new ready", ""),
            ("a: old, new", "delete a1 (superseded)"),
            (
                "a: old starting, new starting",
                "delete a1 (oldPodNotReady)",
            ),
            ("a: old ready, new starting", ""),
            ("a: new, new younger", "delete a2 (duplicatePod)"),
            ("a: new younger, new", "delete a1 (duplicatePod)"),
            ("a: old, old younger", "delete a2 (duplicatePod)"),
            (
                "a: old, new starting, new younger",
                "delete a3 (duplicatePod)",
            ),
            (
                "a: old, new, old younger",
                "delete a3 (duplicatePod), delete a1 (superseded)",
            ),
            ("a: unlabelled, new", "delete a1 (superseded)"),
        ],
    );
}

/// Here the generation label does not count, elsewhere it does.
#[test]
fn the_generation_label_counts_for_the_rollout_alone() {
    hold(
        |world| world.rolling("0", "1").generation("2"),
        &[
            ("a: unlabelled generation=2", ""),
            ("a: unlabelled generation=1", "create on a (surge)"),
            ("a: unlabelled generation=2, new", "delete a1 (superseded)"),
            (
                "a: unlabelled generation=2, old younger generation=2",
                "delete a2 (duplicatePod)",
            ),
        ],
    );
}

/// The budget counts nodes with an old pod beside a new one that is not available yet.
#[test]
fn nodes_that_spend_the_budget() {
    for (given, surging, remaining, spare) in [
        ("a: new; b: old", 0, 2, 0),
        ("a: old, new starting; b: old", 1, 1, 0),
        ("a: old, new; b: old", 0, 2, 0),
        ("a=keep: old; b: new", 0, 2, 1),
        ("a=keep: old starting; b: new", 0, 2, 0),
        ("a=gone: new; b: new", 0, 2, 1),
    ] {
        let world = scenario(given).rolling("0", "2");
        // Seen node by node, since a round in which a pod is superseded does not get to the budget.
        let cluster = world.cluster();
        let planner = world.planner();
        let budget = planner.view(&cluster).budget;
        let expected = json!({
            "mode": "surge",
            "maxSurge": 2,
            "surging": surging,
            "remaining": remaining,
            "spare": spare,
        });
        assert_eq!(json!(budget), expected, "given {given:?}");
    }
}

/// Old pods on nodes that get no new one go when enough others are available, or at once when they
/// are not available themselves.
#[test]
fn nodes_that_get_no_new_pod() {
    hold(
        |world| world.rolling("0", "1"),
        &[
            ("a=keep: old; b: new", "delete a1 (spare)"),
            ("a=keep: old; b: new starting", ""),
            (
                "a=keep: old; b=keep: old; c: new",
                "delete a1 (spare), delete b1 (spare)",
            ),
            (
                "a=keep: old; b=keep: old; c: new starting",
                "delete a1 (spare)",
            ),
            (
                "a=keep: old starting; b: new starting",
                "delete a1 (nodeExcluded)",
            ),
            // The node is gone: the garbage collector sees to it.
            ("a=gone: old; b: new", ""),
            ("a=gone: old starting; b: new", ""),
            // Where a new one is there too, the old one is not needed.
            ("a=gone: old, new; b: new", "delete a1 (superseded)"),
            ("a=gone: old, new starting; b: new", ""),
        ],
    );
}

/// What `maxSurge` comes to.
#[test]
fn budgets_are_numbers_or_percentages_rounded_up() {
    let four = "a: old; b: old; c: old; d: old";
    for (surge, then) in [
        ("1", 1),
        ("3", 3),
        ("25%", 1),
        ("26%", 2),
        ("100%", 4),
        ("1%", 1),
    ] {
        let plan = scenario(four).rolling("0", surge).plan();
        assert_eq!(plan.actions.len() - 1, then, "maxSurge {surge}");
    }
}
