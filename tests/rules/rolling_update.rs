//! A rolling update without surge: old pods make room for new ones.

use daemonset::outcome::Outcome;
use daemonset::rollout::{Budget, Strategy};
use daemonset_testkit::scenario::scenario;
use serde_json::json;

use crate::hold;

/// Old pods that are available go one by one, those that are not all at once.
#[test]
fn one_node_at_a_time() {
    hold(
        |world| world.rolling("1", "0"),
        &[
            // given                                    then
            ("a: new; b: new", ""),
            ("a: old; b: old", "delete a1 (outdated)"),
            ("b: old; a: old", "delete a1 (outdated)"),
            ("a: old; b: new starting", ""),
            ("a: old; b: new undated", "delete a1 (outdated)"),
            ("a: old starting; b: old", "delete a1 (outdatedUnavailable)"),
            (
                "a: old starting; b: old starting; c: old",
                "delete a1 (outdatedUnavailable), delete b1 (outdatedUnavailable)",
            ),
            ("a: old; b: new terminating", ""),
            ("a: old; b: old terminating", ""),
            ("a: old; b: new, old terminating", "delete a1 (outdated)"),
            ("a: unlabelled; b: new", "delete a1 (outdated)"),
            ("a: unknown; b: new", "delete a1 (outdated)"),
        ],
    );
}

/// The budget counts nodes that have no pod, one that is not available, or both an old and a new one.
#[test]
fn nodes_that_spend_the_budget() {
    for (given, unavailable, remaining) in [
        ("a: new; b: new", 0, 2),
        ("a: old; b: new", 0, 2),
        ("a: new starting; b: new", 1, 1),
        ("a: old starting; b: new", 1, 1),
        ("a: new terminating; b: old terminating", 2, 0),
        ("a: new starting; b: new starting; c: old starting", 3, 0),
        // A node that should not run the daemon counts with its pod, a node without one does not.
        ("a=keep: new starting; b: new", 1, 1),
        ("a=keep; b: new", 0, 2),
        ("a=gone: old starting; b: new", 1, 1),
    ] {
        let world = scenario(given).rolling("2", "0");
        let budget = world.plan().budget;
        let expected = json!({
            "mode": "unavailable",
            "maxUnavailable": 2,
            "unavailable": unavailable,
            "remaining": remaining,
        });
        assert_eq!(json!(budget), expected, "given {given:?}");
    }
}

/// What the two numbers come to.
#[test]
fn budgets_are_numbers_or_percentages_rounded_up() {
    let four = "a: old; b: old; c: old; d: old";
    for (unavailable, then) in [
        ("1", 1),
        ("3", 3),
        ("9", 4),
        ("25%", 1),
        ("26%", 2),
        ("100%", 4),
        ("+25%", 1),
        // Both come to zero: one all the same.
        ("0", 1),
        ("0%", 1),
        // A negative percentage never has room.
        ("-25%", 0),
    ] {
        let plan = scenario(four).rolling(unavailable, "0").plan();
        assert_eq!(plan.actions.len() - 1, then, "maxUnavailable {unavailable}");
    }
}

/// Only nodes that should run the daemon count for a percentage.
#[test]
fn a_percentage_is_taken_of_the_nodes_that_should_run_the_daemon() {
    hold(
        |world| world.rolling("50%", "0"),
        &[
            (
                "a: old; b: old; c=exclude; d=exclude",
                "delete a1 (outdated)",
            ),
            (
                "a: old; b: old; c; d",
                "create on c (noDaemonPod), create on d (noDaemonPod)",
            ),
            (
                "a: old; b: old; c: old; d: old",
                "delete a1 (outdated), delete b1 (outdated)",
            ),
        ],
    );
}

/// A budget that does not read stops the rolling update and the clean-up, and nothing else.
#[test]
fn a_budget_that_does_not_read() {
    for (unavailable, surge, error) in [
        (
            "1O%",
            "0",
            r#"spec.updateStrategy.rollingUpdate.maxUnavailable: expected an integer or a percentage, found "1O%""#,
        ),
        (
            "1",
            "1.5%",
            r#"spec.updateStrategy.rollingUpdate.maxSurge: expected an integer or a percentage, found "1.5%""#,
        ),
        (
            " 5%",
            "x",
            r#"spec.updateStrategy.rollingUpdate.maxUnavailable: expected an integer or a percentage, found " 5%""#,
        ),
    ] {
        let mut world = scenario("a: old; b: new starting").rolling(unavailable, surge);
        world.set.spec.revision_history_limit = Some(0);
        world.pods.remove(0);
        let plan = world.plan();
        // The node without a pod comes first, and the budget is not asked.
        assert_eq!(plan.outcome, Outcome::Managed);
        let world = scenario("b: new").rolling(unavailable, surge);
        let plan = world.plan();
        let Outcome::InvalidBudget(found) = &plan.outcome else {
            panic!("{:?}", plan.outcome);
        };
        assert_eq!(found.to_string(), error);
        assert_eq!(plan.budget, None);
        assert_eq!(plan.status.desired_number_scheduled, 1);
        assert_eq!(crate::told(&plan), "", "no revision is cleaned up");
    }
}

/// Other strategies replace nothing.
#[test]
fn only_a_rolling_update_rolls() {
    for (kind, then) in [
        ("RollingUpdate", "delete a1 (outdated)"),
        ("", "delete a1 (outdated)"),
        ("OnDelete", ""),
        ("Recreate", ""),
    ] {
        let mut world = scenario("a: old; b: new");
        world.set.spec.update_strategy.type_ = kind.to_owned();
        assert_eq!(crate::told(&world.plan()), then, "type {kind:?}");
        let rolls = Strategy::new(&world.set.spec) != Strategy::OnDelete;
        assert_eq!(rolls, !then.is_empty());
        assert_eq!(world.plan().budget.is_some(), rolls);
    }
}

/// The rolling update waits for a round without anything else to do.
#[test]
fn first_one_pod_for_each_node() {
    hold(
        |world| world.rolling("9", "0"),
        &[
            ("a: old; b", "create on b (noDaemonPod)"),
            ("a: old; b: new, new younger", "delete b2 (duplicatePod)"),
            ("a: old; b=exclude: new", "delete b1 (nodeExcluded)"),
            ("a: old; b: new succeeded", "delete b1 (succeededPod)"),
        ],
    );
    let plan = scenario("a: old; b").rolling("9", "0").plan();
    assert_eq!(plan.budget, None);
}

/// Nodes that should not run the daemon and keep a pod are rolled too, the others first.
#[test]
fn pods_on_nodes_that_get_no_new_one() {
    hold(
        |world| world.rolling("2", "0"),
        &[
            (
                "a=keep: old; b: old",
                "delete b1 (outdated), delete a1 (outdated)",
            ),
            (
                "a=keep: old; b: old; c: old",
                "delete b1 (outdated), delete c1 (outdated)",
            ),
            ("a=gone: old; b: new", "delete a1 (outdated)"),
        ],
    );
}

/// `minReadySeconds` decides what is available.
#[test]
fn availability_takes_time() {
    hold(
        |world| world.rolling("1", "0").min_ready(5),
        &[
            ("a: old; b: new", "delete a1 (outdated)"),
            ("a: old; b: new ready", ""),
            ("a: old; b: new undated", ""),
            ("a: old ready; b: new", "delete a1 (outdatedUnavailable)"),
        ],
    );
    let plan = scenario("a: old; b: new ready").min_ready(5).plan();
    let at = daemonset_testkit::generate::start().plus_seconds(4);
    assert_eq!(plan.look_again_at, Some(at));
    let Some(Budget::Unavailable { unavailable, .. }) = plan.budget else {
        panic!("{:?}", plan.budget);
    };
    assert_eq!(unavailable, 1);
}

/// Which nodes spend the budget is told node by node; together they spend what it says.
#[test]
fn who_spends_the_budget() {
    for (given, [unavailable, surge], spenders) in [
        ("a: new; b: old; c: new starting", ["2", "0"], &["c"][..]),
        ("a; b: old starting; c: old", ["2", "0"], &["a", "b"]),
        ("a: old, new; b: old; c=exclude", ["1", "0"], &["a"]),
        ("a: old, new starting; b: old", ["0", "1"], &["a"]),
        ("a: old, new; b: old starting", ["0", "1"], &[]),
        ("a=gone: new starting; b: old", ["1", "0"], &["a"]),
    ] {
        let world = scenario(given).rolling(unavailable, surge);
        let cluster = world.cluster();
        let planner = world.planner();
        let view = planner.view(&cluster);
        let limits = view.limits.unwrap().unwrap();
        let found: Vec<&str> = (view.nodes.iter())
            .filter(|node| node.state.spends(limits))
            .map(|node| node.name)
            .collect();
        assert_eq!(found, spenders, "given {given:?}");
        let spent = match view.budget.unwrap() {
            Budget::Unavailable { unavailable, .. } => unavailable,
            Budget::Surge { surging, .. } => surging,
        };
        assert_eq!(
            usize::try_from(spent).unwrap(),
            found.len(),
            "given {given:?}"
        );
    }
}

/// A strategy prints as it is written.
#[test]
fn a_strategy_as_text() {
    for (world, text) in [
        (
            scenario("a: old").rolling("10%", "0"),
            "RollingUpdate, maxUnavailable 10%, maxSurge 0",
        ),
        (
            scenario("a: old").rolling("0", "2"),
            "RollingUpdate, maxUnavailable 0, maxSurge 2",
        ),
        (scenario("a: old").on_delete(), "OnDelete"),
    ] {
        assert_eq!(Strategy::new(&world.set.spec).to_string(), text);
    }
}
