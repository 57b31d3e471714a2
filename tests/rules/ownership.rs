//! Whose pods and revisions are: kept, adopted, released, ignored.

use daemonset::ownership::Claim;
use daemonset_testkit::scenario::{scenario, told};
use serde_json::json;

use crate::hold;

#[test]
fn pods() {
    hold(
        |world| world,
        &[
            // given                            then
            ("a: new", ""),
            ("a: new orphan", "adopt a1"),
            ("a: new loose", "adopt a1"),
            ("a: new orphan terminating", "create on a (noDaemonPod)"),
            ("a: new unselected", "release a1, create on a (noDaemonPod)"),
            (
                "a: new unselected terminating",
                "release a1, create on a (noDaemonPod)",
            ),
            ("a: new orphan unselected", "create on a (noDaemonPod)"),
            ("a: new foreign", "create on a (noDaemonPod)"),
            ("a: new foreign unselected", "create on a (noDaemonPod)"),
            ("a: new elsewhere orphan", "create on a (noDaemonPod)"),
            // Of no node, and claimed all the same.
            ("b=gone: new orphan", "adopt b1"),
            // Terminal and terminating: claimed and released, and nothing else.
            ("a: new, new failed terminating unselected", "release a2"),
            // By name.
            ("b: new orphan; a: new orphan", "adopt a1, adopt b1"),
        ],
    );
}

/// An adopted pod counts in the same round, a released one does not.
#[test]
fn what_counts() {
    let plan = scenario("a: new orphan").plan();
    assert_eq!(plan.status.number_available, 1);
    let plan = scenario("a: new unselected").plan();
    assert_eq!(plan.status.current_number_scheduled, 0);
}

#[test]
fn claims() {
    let world = scenario("a: new, new orphan, new unselected, new foreign, new elsewhere");
    let planner = world.planner();
    let claims: Vec<Claim> = (world.pods.iter())
        .map(|pod| planner.claim(&pod.metadata))
        .collect();
    let expected = [
        Claim::Own,
        Claim::Adopt,
        Claim::Release,
        Claim::Ignore,
        Claim::Ignore,
    ];
    assert_eq!(claims, expected);
    let counts: Vec<bool> = claims.iter().copied().map(Claim::counts).collect();
    assert_eq!(counts, [true, true, false, false, false]);
    let told: Vec<String> = claims.iter().map(ToString::to_string).collect();
    let sentences = [
        "belongs to the DaemonSet",
        "has no controller, and the DaemonSet adopts it",
        "is not selected, and the DaemonSet releases it",
        "does not belong to the DaemonSet",
        "does not belong to the DaemonSet",
    ];
    assert_eq!(told, sentences);
}

/// The same rules hold for revisions.
#[test]
fn revisions() {
    let owner = json!([{"uid": "uid-agent", "controller": true}]);
    let other = json!([{"uid": "uid-other", "controller": true}]);
    for (owners, app, terminating, then) in [
        (owner.clone(), "agent", false, ""),
        (owner.clone(), "other", false, "release agent-old"),
        (json!([]), "agent", false, "adopt agent-old"),
        (json!([]), "agent", true, ""),
        (json!([]), "other", false, ""),
        (other.clone(), "agent", false, ""),
        (other, "other", false, ""),
    ] {
        let mut world = scenario("a: new");
        let now = world.now;
        let meta = &mut world.revisions[0].metadata;
        meta.owner_references = serde_json::from_value(owners.clone()).unwrap();
        meta.labels.insert("app", app);
        meta.deletion_timestamp = terminating.then_some(now);
        assert_eq!(told(&world.plan()), then, "{owners}, app={app}");
    }
}
