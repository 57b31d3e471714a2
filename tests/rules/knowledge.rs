//! What is known decides: without ControllerRevisions a pod is outdated only where its labels say so.

use daemonset::outcome::Outcome;
use daemonset::rollout::Budget;
use daemonset::template::template_hash;
use daemonset::tracker::Tracker;
use daemonset::{Action, Cluster, Options, Plan, Planner, plan};
use daemonset_testkit::World;
use daemonset_testkit::generate::{Oddity, worlds};
use daemonset_testkit::scenario::{scenario, told};
use proptest::prelude::*;

/// What is given of the revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// Nothing at all.
    Nothing,
    /// That there are none.
    None,
    /// Some of them.
    Some,
    /// All of them.
    All,
}
use Given::{All, Nothing, Some as Part};

fn planned(world: &World, given: Given) -> Plan {
    let cluster = world.cluster_without_revisions();
    let cluster = match given {
        Nothing => cluster,
        Given::None => cluster.with_revisions(&[]),
        Part => cluster.with_partial_revisions(&world.revisions[..1]),
        All => cluster.with_revisions(&world.revisions),
    };
    let planner = Planner::in_cluster(&world.set, &cluster, &world.options()).unwrap();
    let plan = planner.plan(&cluster);
    if given != Part {
        assert_eq!(tracked(&planner, world), plan, "the tracker, {given:?}");
    }
    plan
}

fn tracked(planner: &Planner, world: &World) -> Plan {
    let mut tracker = Tracker::new();
    let set = tracker.put_set(planner.clone());
    world.pods.iter().for_each(|pod| tracker.put_pod(pod));
    world.nodes.iter().for_each(|node| tracker.put_node(node));
    let mut plan = tracker.plan(set, world.now).unwrap();
    plan.verdicts = (world.nodes.iter())
        .map(|node| tracker.verdict(set, &node.metadata.name).unwrap())
        .collect();
    plan
}

/// The same cluster with more and more knowledge.
#[test]
fn more_knowledge_decides_more() {
    for (given, knowledge, then, undecided) in [
        // A healthy cluster: all pods are of one hash.
        ("a: new; b: new", Nothing, "", 2),
        ("a: new; b: new", All, "", 0),
        ("a: new; b: new", Part, "", 2),
        (
            "a: new; b: new",
            Given::None,
            "create revision 1, delete a1 (outdated)",
            0,
        ),
        // One that is rolled.
        ("a: old; b: new", Nothing, "", 2),
        // Of the old one the revision is given, of the new one it may be among the missing.
        ("a: old; b: new", Part, "delete a1 (outdated)", 1),
        ("a: old; b: new", All, "delete a1 (outdated)", 0),
        // What is needed whatever the revision is done all the same.
        ("a; b: new", Nothing, "create on a (noDaemonPod)", 1),
        ("a: new failed", Nothing, "delete a1 (failedPod)", 1),
        ("a: new, old", Nothing, "delete a2 (duplicatePod)", 2),
        ("a=exclude: old", Nothing, "delete a1 (nodeExcluded)", 1),
        (
            "a: old orphan; b: old unselected",
            Nothing,
            "release b1, adopt a1, create on b (noDaemonPod)",
            1,
        ),
        ("a=gone: old", Nothing, "", 1),
    ] {
        let plan = planned(&scenario(given), knowledge);
        assert_eq!(
            told(&plan),
            then,
            "given {given:?}, revisions {knowledge:?}"
        );
        assert_eq!(plan.deferred.undecided, undecided, "given {given:?}");
        assert_eq!(plan.is_undecided(), undecided > 0);
    }
}

/// With surge, which of two pods is the updated one is not known, so both stay; a pod of unknown
/// revision that is not available counts as surging.
#[test]
fn with_surge_two_pods_stay() {
    for (given, then) in [
        ("a: old, new", ""),
        ("a: old", ""),
        ("a: old starting", ""),
        ("a: new terminating", "create on a (noRunningPod)"),
        ("a=keep: old; b: new", ""),
    ] {
        let plan = planned(&scenario(given).rolling("0", "1"), Nothing);
        assert_eq!(told(&plan), then, "given {given:?}");
    }
}

/// A pod of unknown revision counts as available only where it is the node's only one.
#[test]
fn unknown_pods_in_the_budget() {
    for (given, unavailable) in [
        ("a: old", 0),
        ("a: old starting", 1),
        ("a: old, new generation=2", 1),
        ("a: old, old", 1),
        ("a: old, new generation=2, new generation=2", 1),
    ] {
        let world = scenario(given).generation("2").rolling("3", "0");
        let cluster = world.cluster_without_revisions();
        let planner = Planner::in_cluster(&world.set, &cluster, &world.options()).unwrap();
        let view = planner.view(&cluster);
        let Some(Budget::Unavailable {
            unavailable: found, ..
        }) = view.budget
        else {
            panic!("{:?}", view.budget);
        };
        assert_eq!(found, unavailable, "given {given:?}");
    }
}

/// The generation label settles it where the set's annotation says which generation is current.
#[test]
fn the_generation_label_tells() {
    for (given, annotation, then, undecided) in [
        // The hash of a pod of this generation is the current one, and others are older.
        (
            "a: new generation=2; b: old generation=1",
            Some("2"),
            "delete b1 (outdated)",
            0,
        ),
        // Every pod carries the current hash, whatever its generation says.
        ("a: new generation=2; b: new generation=1", Some("2"), "", 0),
        // Without a pod of this generation nothing is known of the others.
        ("a: new generation=1; b: old generation=1", Some("2"), "", 2),
        // One without the label is not known.
        ("a: new generation=2; b: old", Some("2"), "", 1),
        ("a: new generation=2; b: old generation=1", None, "", 2),
        (
            "a: new generation=2; b: old generation=1",
            Some("two"),
            "",
            2,
        ),
    ] {
        let mut world = scenario(given);
        world.set.status.updated_number_scheduled = 1;
        if let Some(annotation) = annotation {
            world = world.generation(annotation);
        }
        let plan = planned(&world, Nothing);
        assert_eq!(told(&plan), then, "given {given:?}, {annotation:?}");
        assert_eq!(
            plan.deferred.undecided, undecided,
            "given {given:?}, {annotation:?}"
        );
    }
}

/// Where the controller has observed the newest generation and found no updated pod, pods of
/// other generations are older.
#[test]
fn a_rollout_that_has_not_begun_is_known() {
    let mut world = scenario("a: old generation=1; b: old generation=1").generation("2");
    world.set.status.observed_generation = 2;
    world.set.status.updated_number_scheduled = 0;
    assert_eq!(told(&planned(&world, Nothing)), "delete a1 (outdated)");
    world.set.status.observed_generation = 1;
    assert_eq!(told(&planned(&world, Nothing)), "");
}

/// Pods that carry the crate's own hash of the template are of it.
#[test]
fn the_own_hash_is_known() {
    let mut world = scenario("a: new; b: old");
    let own = template_hash(&world.set.spec.template, None);
    world.pods[0]
        .metadata
        .labels
        .insert("controller-revision-hash", own);
    let plan = planned(&world, Nothing);
    assert_eq!((told(&plan).as_str(), plan.deferred.undecided), ("", 1));
}

/// Where pods are left alone as undecided no revision is written, and no status, since how many are
/// updated is not known.
#[test]
fn nothing_is_written_that_is_not_known() {
    let mut world = scenario("a: old; b: new");
    world.set.status.updated_number_scheduled = 7;
    for (knowledge, actions) in [(Nothing, 0), (Part, 1)] {
        let plan = planned(&world, knowledge);
        assert_eq!(plan.actions.len(), actions, "{knowledge:?}");
        let deletes = |action: &Action| matches!(action, Action::DeletePod { .. });
        assert!(plan.actions.iter().all(deletes), "{:?}", plan.actions);
        assert_eq!(plan.outcome, Outcome::Complete);
        assert_eq!(plan.status.updated_number_scheduled, 7);
        assert_eq!(plan.status.number_available, 2);
    }
    let plan = planned(&world, All);
    let writes = |action: &Action| matches!(action, Action::UpdateStatus { .. });
    assert!(plan.actions.iter().any(writes));
}

/// Every pod of one revision, each where it should be, available.
fn healthy() -> impl Strategy<Value = World> {
    let strategy = prop_oneof![
        Just(("1", "0")),
        Just(("100%", "0")),
        Just(("0", "1")),
        Just(("0", "100%"))
    ];
    (worlds(Oddity::Stored), strategy, "[a-z0-9]{4,10}").prop_map(
        |(world, (unavailable, surge), hash)| {
            let mut world = world.rolling(unavailable, surge);
            let planner = world.planner();
            world.pods.clear();
            for node in &world.nodes {
                if !planner.place(node).verdict.should_run() {
                    continue;
                }
                let name = &node.metadata.name;
                let mut pod = scenario(&format!("{name}: new")).pods.remove(0);
                let labels = world.set.spec.template.labels().iter();
                for (key, value) in labels {
                    pod.metadata.labels.insert(key, value);
                }
                pod.metadata
                    .labels
                    .insert("controller-revision-hash", hash.as_str());
                world.pods.push(pod);
            }
            world
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// The one-liner never deletes a pod of a healthy cluster, nor writes a revision or a status
    /// that is not known, whatever the set looks like.
    #[test]
    fn the_one_liner_restarts_nothing(world in healthy()) {
        prop_assume!(!world.pods.is_empty());
        for action in plan(&world.set, &world.nodes, &world.pods) {
            prop_assert!(false, "{}", action);
        }
    }

    /// Without revisions, whatever the cluster looks like, only those pods go that go with them too,
    /// or that go whatever their revision is.
    #[test]
    fn nothing_goes_that_would_not_go_with_revisions(world in worlds(Oddity::Stored)) {
        let own = template_hash(&world.set.spec.template, world.set.status.collision_count);
        // The crate's own hash may be that of a stored revision of another template.
        prop_assume!(!world.revisions.iter().any(|revision| revision.hash() == own));
        let blind = Cluster::new(&world.nodes, &world.pods).with_now(world.now);
        let planner = Planner::in_cluster(&world.set, &blind, &world.options()).unwrap();
        let plan = planner.plan(&blind);
        for action in &plan.actions {
            let kind_is_fine = !matches!(action, Action::CreateRevision { .. }
                | Action::UpdateRevision { .. } | Action::DeleteRevision { .. }
                | Action::RelabelPod { .. } | Action::AdoptRevision { .. } | Action::ReleaseRevision { .. });
            prop_assert!(kind_is_fine, "{}", action);
        }
        if plan.is_undecided() {
            let writes = |action: &Action| matches!(action, Action::UpdateStatus { .. });
            prop_assert!(!plan.actions.iter().any(writes));
        }
    }
}

/// With revisions given, none of it is left to chance.
#[test]
fn options_do_not_change_what_is_known() {
    let world = scenario("a: new");
    let cluster = world.cluster_without_revisions();
    let planner = Planner::in_cluster(&world.set, &cluster, &Options::default()).unwrap();
    assert!(!planner.knows_revisions());
    assert!(planner.with_revisions(&[]).knows_revisions());
}
