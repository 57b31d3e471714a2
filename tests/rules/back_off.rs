//! The back-off between deletions of failed pods.

use daemonset::rollout::Backoff;
use daemonset_testkit::World;
use daemonset_testkit::generate::start;
use daemonset_testkit::scenario::{scenario, told};
use serde_json::json;

fn backoff(waits: &serde_json::Value) -> Backoff {
    serde_json::from_value(json!({"uid": "uid-agent", "observedGeneration": 2, "nodes": waits}))
        .unwrap()
}

/// A world whose node `a` has begun to wait so many seconds, so many seconds ago.
fn waiting(given: &str, seconds: i64, since: i64) -> World {
    let mut world = scenario(given);
    let since = start().plus_seconds(-since);
    world.backoff = backoff(&json!({"a": {"since": since, "seconds": seconds}}));
    world
}

/// One failed pod of a node goes, and the node's wait begins; the others wait for it.
#[test]
fn the_first_goes_at_once() {
    let plan = scenario("a: new failed, new failed; b: new failed").plan();
    assert_eq!(told(&plan), "delete a1 (failedPod), delete b1 (failedPod)");
    assert_eq!(plan.deferred.backing_off, 1);
    let begun: Vec<_> = plan
        .begun_waits
        .iter()
        .map(|begun| (begun.node.as_str(), begun.wait.since, begun.wait.seconds))
        .collect();
    assert_eq!(begun, [("a", start(), 1), ("b", start(), 1)]);
    assert_eq!(plan.look_again_at, Some(start().plus_seconds(1)));
    let texts: Vec<String> = plan.actions.iter().map(ToString::to_string).collect();
    let event = "event Warning FailedDaemonPod: Found failed daemon pod infra/a1 on node a, will try to kill it";
    assert!(texts.iter().any(|text| text == event), "{texts:?}");
}

/// While a node waits its failed pods stay; afterwards the wait is twice as long, fifteen minutes
/// at most, and one second again after half an hour.
#[test]
fn waits_double() {
    for (seconds, since, then, next) in [
        // wait of, begun ago   then, and the next wait
        (1, 0, "", None),
        (2, 1, "", None),
        (2, 2, "delete a1 (failedPod)", Some(4)),
        (512, 511, "", None),
        (512, 512, "delete a1 (failedPod)", Some(900)),
        (900, 899, "", None),
        (900, 900, "delete a1 (failedPod)", Some(900)),
        (900, 1800, "delete a1 (failedPod)", Some(900)),
        (900, 1801, "delete a1 (failedPod)", Some(1)),
        (8, 1801, "delete a1 (failedPod)", Some(1)),
        // A clock that goes back waits on.
        (4, -10, "", None),
    ] {
        let plan = waiting("a: new failed", seconds, since).plan();
        let case = format!("a wait of {seconds} since {since}");
        assert_eq!(told(&plan), then, "{case}");
        let begun = plan.begun_waits.first().map(|begun| begun.wait.seconds);
        assert_eq!(begun, next, "{case}");
        assert_eq!(
            plan.deferred.backing_off,
            usize::from(next.is_none()),
            "{case}"
        );
        if next.is_none() {
            let until = start().plus_seconds(seconds - since);
            assert_eq!(plan.look_again_at, Some(until), "{case}");
        }
    }
}

/// A wait is for failed pods, and for its node.
#[test]
fn who_waits() {
    for (given, then) in [
        ("a: new succeeded", "delete a1 (succeededPod)"),
        ("b: new failed", "delete b1 (failedPod)"),
        ("a=exclude: new failed", "delete a1 (nodeExcluded)"),
        ("a=keep: new failed", ""),
        ("a: new, new failed", ""),
    ] {
        assert_eq!(
            told(&waiting(given, 100, 1).plan()),
            then,
            "given {given:?}"
        );
    }
}

/// A wait counts for the set and the observed generation that it was begun for.
#[test]
fn whose_waits() {
    let mut world = waiting("a: new failed", 100, 1);
    assert!(world.backoff.is_for(&world.set));
    world.set.status.observed_generation = 3;
    assert!(!world.backoff.is_for(&world.set));
    assert_eq!(told(&world.plan()), "delete a1 (failedPod)");
    world.set.status.observed_generation = 2;
    world.set.metadata.uid = "another".into();
    assert!(!world.backoff.is_for(&world.set));
}

/// Waits that are long over are forgotten when others begin.
#[test]
fn waits_are_forgotten() {
    let now = start();
    let mut kept = backoff(&json!({
        "a": {"since": now.plus_seconds(-1801), "seconds": 900},
        "b": {"since": now.plus_seconds(-1800), "seconds": 900},
    }));
    kept.advance(&[]);
    assert_eq!(json!(kept)["nodes"].as_object().unwrap().len(), 2);
    let plan = scenario("c: new failed").plan();
    kept.advance(&plan.begun_waits);
    let nodes = json!(kept)["nodes"].clone();
    let names: Vec<&String> = nodes.as_object().unwrap().keys().collect();
    assert_eq!(names, ["b", "c"]);
    assert_eq!(kept.held_until("c", now), Some(now.plus_seconds(1)));
    assert_eq!(kept.held_until("c", now.plus_seconds(1)), None);
    assert_eq!(kept.held_until("b", now), None);
}

/// An old pod that has failed and waits is not needed beside a new one that is available.
#[test]
fn a_waiting_pod_beside_a_new_one() {
    for (given, then) in [
        ("a: old failed, new", "delete a1 (superseded)"),
        ("a: old failed, new starting", ""),
        ("a: new failed, new", ""),
    ] {
        let plan = waiting(given, 60, 10).rolling("0", "1").plan();
        assert_eq!(told(&plan), then, "given {given:?}");
        assert_eq!(plan.deferred.backing_off, 1, "given {given:?}");
    }
}
