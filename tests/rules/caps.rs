//! The cap on creates and deletes of one round.

use daemonset_testkit::World;
use daemonset_testkit::scenario::{scenario, told};

fn capped(mut world: World, burst: usize) -> World {
    world.burst = burst;
    world
}

/// Creates and deletes are capped apart; the first by node name come first, the rest is counted as
/// deferred.
#[test]
fn creates_and_deletes_are_capped() {
    let nodes = "a; b; c; x=exclude: new; y=exclude: new; z=exclude: new";
    for (burst, then, deferred) in [
        (0, "", (3, 3)),
        (
            1,
            "delete x1 (nodeExcluded), create on a (noDaemonPod)",
            (2, 2),
        ),
        (
            2,
            "delete x1 (nodeExcluded), delete y1 (nodeExcluded), \
             create on a (noDaemonPod), create on b (noDaemonPod)",
            (1, 1),
        ),
    ] {
        let plan = capped(scenario(nodes), burst).plan();
        assert_eq!(told(&plan), then, "burst {burst}");
        assert_eq!((plan.deferred.creates, plan.deferred.deletes), deferred);
    }
    let plan = scenario(nodes).plan();
    assert_eq!((plan.deferred.creates, plan.deferred.deletes), (0, 0));
}

/// The rolling update is capped too.
#[test]
fn rollouts_are_capped() {
    let old = "a: old; b: old; c: old";
    let plan = capped(scenario(old).rolling("3", "0"), 2).plan();
    assert_eq!(told(&plan), "delete a1 (outdated), delete b1 (outdated)");
    assert_eq!(plan.deferred.deletes, 1);
    let plan = capped(scenario(old).rolling("0", "3"), 2).plan();
    assert_eq!(told(&plan), "create on a (surge), create on b (surge)");
    assert_eq!(plan.deferred.creates, 1);
}

/// Pods that have ended are reported, and their nodes begin to wait, even where the cap keeps them
/// for the next round.
#[test]
fn what_has_ended_is_reported_all_the_same() {
    let plan = capped(
        scenario("a: new failed; b: new succeeded; c=exclude: new"),
        1,
    )
    .plan();
    assert_eq!(told(&plan), "delete a1 (failedPod)");
    assert_eq!(plan.deferred.deletes, 2);
    let events: Vec<String> = (plan.actions.iter())
        .map(ToString::to_string)
        .filter(|text| text.starts_with("event"))
        .collect();
    assert_eq!(
        events,
        [
            "event Warning FailedDaemonPod: Found failed daemon pod infra/a1 on node a, will try to kill it",
            "event Normal SucceededDaemonPod: Found succeeded daemon pod infra/b1 on node b, will try to delete it",
        ]
    );
    assert_eq!(plan.begun_waits.len(), 1);
}

/// By default 250 of each.
#[test]
fn the_cap_is_250_by_default() {
    let nodes: Vec<String> = (0..=250).map(|at| format!("n{at:03}")).collect();
    let plan = scenario(&nodes.join(";")).plan();
    assert_eq!(plan.deferred.creates, 1);
    assert_eq!(daemonset::BURST_REPLICAS, 250);
}
