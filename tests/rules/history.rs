//! The clean-up of old revisions, and what `kubectl rollout history` and `undo` see.

use daemonset::revision::{RollbackError, history, roll_back};
use daemonset_testkit::World;
use daemonset_testkit::scenario::{revision, scenario, told};
use serde_json::json;

/// A world with four old revisions, `r1` to `r4`, and a limit.
fn with_history(pods: &str, limit: Option<i32>) -> World {
    let mut world = scenario(pods).on_delete();
    world.set.spec.revision_history_limit = limit;
    let current = world.revisions.remove(1);
    world.revisions = (1..=4)
        .map(|number| {
            let data = json!({"spec": {"template": {"$patch": "replace", "was": number}}});
            revision(&format!("r{number}"), number, data)
        })
        .collect();
    world.revisions.push(current);
    world.revisions[4].revision = 9;
    world
}

/// Pods that carry `unknown` hashes are given the hash in the second column.
#[test]
fn beyond_the_limit_the_oldest_go() {
    for (limit, pods, carried, then) in [
        (None, "a: new", "", ""),
        (Some(4), "a: new", "", ""),
        (Some(3), "a: new", "", "delete agent-r1 (historyLimit)"),
        (
            Some(2),
            "a: new",
            "",
            "delete agent-r1 (historyLimit), delete agent-r2 (historyLimit)",
        ),
        (
            Some(0),
            "a: old",
            "r4",
            "delete agent-r1 (historyLimit), delete agent-r2 (historyLimit), delete agent-r3 (historyLimit)",
        ),
        // One that is carried is passed over, and the next takes its place.
        (Some(3), "a: old", "r1", "delete agent-r2 (historyLimit)"),
        (
            Some(3),
            "a: old terminating failed",
            "r1",
            "create on a (noDaemonPod), delete agent-r2 (historyLimit)",
        ),
        // Nodes count that are gone; pods without a node and foreign ones do not.
        (
            Some(3),
            "a: new; b=gone: old",
            "r1",
            "delete agent-r2 (historyLimit)",
        ),
        (
            Some(3),
            "a: new; b=gone: old foreign",
            "r1",
            "delete agent-r1 (historyLimit)",
        ),
        // Below zero it is as if there were that many too many.
        (
            Some(-1),
            "a: new",
            "",
            "delete agent-r1 (historyLimit), delete agent-r2 (historyLimit), delete agent-r3 (historyLimit), delete agent-r4 (historyLimit)",
        ),
    ] {
        let mut world = with_history(pods, limit);
        for pod in &mut world.pods {
            if pod.metadata.labels.get("controller-revision-hash") == Some("old") {
                pod.metadata
                    .labels
                    .insert("controller-revision-hash", carried);
            }
        }
        assert_eq!(
            told(&world.plan()),
            then,
            "limit {limit:?}, {pods} {carried}"
        );
    }
}

/// By default ten are kept.
#[test]
fn ten_are_kept_by_default() {
    let mut world = with_history("a: new", None);
    for number in 10..=16 {
        let data = json!({"spec": {"template": {"$patch": "replace", "was": number}}});
        world
            .revisions
            .push(revision(&format!("r{number}"), number, data));
    }
    world.revisions[4].revision = 99;
    assert_eq!(told(&world.plan()), "delete agent-r1 (historyLimit)");
}

#[test]
fn history_is_listed_by_number() {
    let world = with_history("a: new", None);
    let entries = history(&world.set, &world.revisions);
    let told: Vec<(i64, bool)> = entries
        .iter()
        .map(|entry| (entry.revision, entry.current))
        .collect();
    assert_eq!(
        told,
        [(1, false), (2, false), (3, false), (4, false), (9, true)]
    );
}

#[test]
fn undo_goes_back_one_or_to_a_number() {
    let world = with_history("a: new", None);
    let back = |to| roll_back(&world.set, &world.revisions, to);
    assert_eq!(back(None).map(|back| back.revision), Ok(4));
    assert_eq!(back(Some(2)).map(|back| back.revision), Ok(2));
    for (to, sentence) in [
        (9, "the DaemonSet's template is that of revision 9 already"),
        (7, "the DaemonSet has no revision 7; it has 1, 2, 3, 4, 9"),
        (0, "the DaemonSet has no revision 0; it has 1, 2, 3, 4, 9"),
    ] {
        assert_eq!(back(Some(to)).unwrap_err().to_string(), sentence);
    }
    let alone = roll_back(&world.set, &world.revisions[4..], None);
    let error: RollbackError = alone.unwrap_err();
    assert_eq!(error.to_string(), "the DaemonSet has no earlier revision");
}

/// Pods of a hash that no revision has are counted.
#[test]
fn unknown_hashes_are_counted() {
    for (given, unknown) in [
        ("a: new; b: old", 0),
        ("a: unknown; b: unlabelled; c: new", 2),
        ("a=gone: unknown", 1),
        ("a: unknown foreign", 0),
    ] {
        let plan = scenario(given).plan();
        assert_eq!(plan.deferred.unknown_hash, unknown, "given {given:?}");
    }
}
