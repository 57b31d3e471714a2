//! Revisions: which is current, what is written about it, and who is relabelled.

use daemonset::Cluster;
use daemonset::api::ControllerRevision;
use daemonset::outcome::Outcome;
use daemonset::revision::Version;
use daemonset::template::{revision_data, template_hash};
use daemonset_testkit::World;
use daemonset_testkit::scenario::{revision, scenario, told};
use serde_json::{Value, json};

/// The template of the set, as a revision holds it.
fn current(world: &World) -> Value {
    serde_json::from_str(&revision_data(&world.set.spec.template)).unwrap()
}

fn other() -> Value {
    json!({"spec": {"template": {"$patch": "replace", "other": true}}})
}

fn unlabelled(mut revision: ControllerRevision) -> ControllerRevision {
    revision.metadata.labels.remove("controller-revision-hash");
    revision
}

/// What is given are hashes with their numbers; those that begin with `new` hold the set's template.
#[test]
fn current_and_old() {
    for (given, pods, then) in [
        // revisions                                    pods                then
        (&[("new", 2), ("old", 1)][..], "a: new", ""),
        // None holds the template: it is stored, one above the highest.
        (&[], "a: old", "create revision 1, delete a1 (outdated)"),
        (
            &[("old", 1), ("older", 4)],
            "a: old",
            "create revision 5, delete a1 (outdated)",
        ),
        // A rolled back one becomes the newest.
        (
            &[("new", 1), ("old", 2)],
            "a: new",
            "update agent-new 3 new (currentRevision)",
        ),
        (
            &[("new", 2), ("old", 2)],
            "a: new",
            "update agent-new 3 new (currentRevision)",
        ),
        (
            &[("new", 0)],
            "a: new",
            "update agent-new 1 new (currentRevision)",
        ),
        (
            &[("new", -5)],
            "a: new",
            "update agent-new 1 new (currentRevision)",
        ),
        // Of several the one with the highest number stays, on a tie the last by name.
        (
            &[("new", 3), ("new-twin", 2)],
            "a: new",
            "delete agent-new-twin (duplicateRevision)",
        ),
        (
            &[("new", 2), ("new-twin", 2)],
            "a: new",
            "relabel a1 new-twin, delete agent-new (duplicateRevision), delete a1 (outdated)",
        ),
    ] {
        let mut world = scenario(pods);
        world.revisions = (given.iter())
            .map(|(hash, number)| {
                let data = if hash.starts_with("new") {
                    current(&world)
                } else {
                    other()
                };
                revision(hash, *number, data)
            })
            .collect();
        assert_eq!(told(&world.plan()), then, "given {given:?}");
    }
}

/// Every claimed pod that carries another hash than the kept revision is relabelled: adopted ones,
/// terminating ones, those without a node and those without a label too. They count under their old
/// label in this round.
#[test]
fn duplicates_are_cleared_after_all_pods_are_relabelled() {
    let given = "a: new, new-twin-to-be unlabelled; b: old; c: unlabelled terminating";
    let given = given.replace("new-twin-to-be ", "");
    let mut world = scenario(&given).rolling("0", "1");
    world.pods.push(scenario("d: new orphan").pods.remove(0));
    world
        .pods
        .push(scenario("e: new unselected").pods.remove(0));
    world.pods.push(scenario("f: old unbound").pods.remove(0));
    world.pods.last_mut().unwrap().spec.affinity = None;
    world.revisions = vec![
        revision("kept", 3, current(&world)),
        revision("new", 2, current(&world)),
    ];
    let plan = world.plan();
    let relabelled: Vec<String> = (plan.actions.iter())
        .map(ToString::to_string)
        .filter(|text| text.starts_with("relabel"))
        .collect();
    let expected = ["a1", "a2", "b1", "c1", "d1", "f1"];
    let expected = expected.map(|pod| format!("relabel pod {pod} to hash kept"));
    assert_eq!(relabelled, expected);
    assert_eq!(plan.status.updated_number_scheduled, 0);
    assert_eq!(plan.current_revision.hash, "kept");
}

/// Without duplicates no pod is relabelled.
#[test]
fn without_duplicates_labels_stay() {
    let world = scenario("a: unlabelled").on_delete();
    assert_eq!(told(&world.plan()), "");
}

/// A revision without the hash label gets one equal to its name, its number as listed first.
#[test]
fn a_missing_hash_label_is_written() {
    let mut world = scenario("a: new").on_delete();
    world.revisions = vec![
        unlabelled(revision("old", 4, other())),
        unlabelled(revision("new", 2, current(&world))),
    ];
    assert_eq!(
        told(&world.plan()),
        "update agent-new 2 agent-new (missingHashLabel), \
         update agent-old 4 agent-old (missingHashLabel), \
         update agent-new 5 agent-new (currentRevision)",
    );
}

/// The name of the new revision is taken by other content: the round ends with one collision more,
/// and the hash comes out differently in the next.
#[test]
fn a_taken_name_is_a_collision() {
    let mut world = scenario("a; b: old failed");
    let hash = template_hash(&world.set.spec.template, None);
    let mut taken = revision(&hash, 1, other());
    taken.metadata.owner_references.clear();
    taken.metadata.labels.insert("app", "other");
    world.revisions = vec![taken.clone()];
    let plan = world.plan();
    assert_eq!(plan.outcome, Outcome::Collision);
    assert!(plan.outcome.is_idle());
    let texts: Vec<String> = plan.actions.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["update the status"]);
    assert_eq!(plan.status.collision_count, Some(1));

    world.set.status = plan.status;
    let plan = world.plan();
    assert_eq!(plan.outcome, Outcome::Managed);
    assert_ne!(plan.current_revision.hash, hash);
    assert!(told(&plan).starts_with("create revision 1"));

    // The same content, whoever owns it, serves.
    world.set.status.collision_count = None;
    taken.data = current(&world);
    taken.revision = 7;
    world.revisions = vec![taken];
    let plan = world.plan();
    assert_eq!(plan.outcome, Outcome::Managed);
    assert_eq!(
        (plan.current_revision.hash, plan.current_revision.revision),
        (hash, 7)
    );
}

/// The planner tells which revision is current and which are old, and what manifest is stored.
#[test]
fn what_the_planner_knows() {
    let world = scenario("a: new");
    let planner = world.planner();
    assert_eq!(planner.current_revision().name, "agent-new");
    let old: Vec<&str> = planner
        .old_revisions()
        .iter()
        .map(|old| old.hash.as_str())
        .collect();
    assert_eq!(old, ["old"]);
    assert!(planner.knows_revisions());
}

/// The manifest of a new revision is given as bytes: what Go escapes stays escaped, since the API
/// server compares a revision's data byte by byte.
#[test]
fn the_manifest_of_a_revision_keeps_every_byte() {
    let mut world = scenario("a");
    let args = json!(["--match=<a>&b", "\u{2028}\u{2029}", "\"\\\u{7}", "é"]);
    let mut template = json!(world.set.spec.template);
    template["spec"]["containers"][0]["args"] = args.clone();
    template["metadata"]["labels"]["tier"] = "edge".into();
    world.set.spec.template = serde_json::from_value(template).unwrap();
    world.set.metadata.annotations.insert("why", "<&>");
    world.revisions.clear();
    let planner = world.planner();
    let manifest = planner.revision_manifest();
    for bytes in [
        r#""args":["--match=\u003ca\u003e\u0026b","\u2028\u2029","\"\\\u0007","é"]"#,
        r#""data":{"spec":{"template":{"$patch":"replace","#,
        r#""revision":1}"#,
    ] {
        assert!(manifest.contains(bytes), "{bytes} in {manifest}");
    }
    let data = revision_data(&world.set.spec.template);
    assert!(manifest.contains(&data), "the data stands in it as it is");

    let read: ControllerRevision = serde_json::from_str(&manifest).unwrap();
    let current = planner.current_revision();
    assert_eq!(read.metadata.name, current.name);
    assert_eq!(read.metadata.namespace, "infra");
    assert_eq!(read.revision, current.revision);
    assert_eq!(read.hash(), current.hash);
    assert_eq!(read.metadata.labels.get("tier"), Some("edge"));
    assert_eq!(read.metadata.labels.get("app"), Some("agent"));
    assert_eq!(read.metadata.annotations.get("why"), Some("<&>"));
    let owner = read.metadata.controller().unwrap();
    assert_eq!(
        (owner.uid.as_str(), owner.kind.as_str()),
        ("uid-agent", "DaemonSet")
    );
    let args_again = &read.data["spec"]["template"]["spec"]["containers"][0]["args"];
    assert_eq!(*args_again, args);

    // Stored, it is the current one, and nothing is written again.
    world.revisions = vec![read];
    assert_eq!(told(&world.plan()), "create on a (noDaemonPod)");
}

#[test]
fn versions_of_pods() {
    for (version, updated, old) in [
        (Version::Current, true, false),
        (Version::SameGeneration, true, false),
        (Version::Old, false, true),
        (Version::Unknown, false, false),
    ] {
        assert_eq!(version.is_updated(), updated, "{version:?}");
        assert_eq!(version.is_old(), old, "{version:?}");
    }
}

/// Of the stored revisions a DaemonSet reads those that it controls or may adopt, and those whose
/// names it could give one of its own.
#[test]
fn which_are_read() {
    let world = scenario("");
    let stored = |name: &str, namespace: &str, owner: Option<&str>| {
        let mut stored = revision("x", 1, other());
        stored.metadata.name = name.into();
        stored.metadata.namespace = namespace.into();
        match owner {
            Some(uid) => stored.metadata.owner_references[0].uid = uid.into(),
            None => stored.metadata.owner_references.clear(),
        }
        stored
    };
    let all = [
        stored("mine", "infra", Some("uid-agent")),
        stored("loose", "infra", None),
        stored("agent-1", "infra", Some("uid-other")),
        stored("agent-2", "infra", Some("uid-agent")),
        stored("agent2-1", "infra", Some("uid-other")),
        stored("agen", "infra", Some("uid-other")),
        stored("zebra-1", "infra", Some("uid-other")),
        stored("agent-1", "other", Some("uid-other")),
        stored("loose", "other", None),
        // Of two of the same name the later one counts.
        stored("mine", "infra", Some("uid-other")),
        stored("zebra-2", "infra", Some("uid-agent")),
    ];
    let cluster: Cluster<'_> = Cluster::new(&[], &[]);
    assert!(cluster.revisions().is_none());
    assert!(cluster.revisions_about(&world.set).is_none());
    let cluster = cluster.with_revisions(&all);
    assert_eq!(cluster.revisions().unwrap().len(), 10);
    let read = cluster.revisions_about(&world.set).unwrap();
    let names: Vec<&str> = read.iter().map(|it| it.metadata.name.as_str()).collect();
    assert_eq!(names, ["agent-2", "zebra-2", "loose", "agent-1"]);
    assert!(read.iter().all(|it| it.metadata.namespace == "infra"));
}

/// API servers before 1.34 write `creationTimestamp: null` into metadata without one, in a set and in its revisions.
/// Newer ones write none, and make a new revision beside one that has it.
#[test]
fn revisions_of_servers_before_1_34() {
    let written = |form: &str, mut template: Value| {
        let null = json!({"creationTimestamp": null});
        if form == "with" {
            template["metadata"]["creationTimestamp"] = Value::Null;
        }
        let claim = &mut template["spec"]["volumes"][0]["ephemeral"]["volumeClaimTemplate"];
        claim["metadata"] = if form == "without" { json!({}) } else { null };
        template
    };
    for (set, given, then) in [
        // the set    its revisions and their numbers     then
        ("with", &[("with", 1)][..], ""),
        // Printed by a client of before, from a newer server.
        ("with", &[("without", 1)], ""),
        ("with", &[("with", 1), ("without", 2)], ""),
        ("in a claim", &[("in a claim", 1)], ""),
        ("without", &[("without", 1)], ""),
        ("without", &[("with", 1)], "create revision 2"),
        ("without", &[("with", 1), ("without", 2)], ""),
    ] {
        let mut world = scenario("a: new").on_delete();
        let mut template = Value::from(world.set.spec.template.clone());
        template["spec"]["volumes"] = json!([{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"]},
        }}}]);
        world.set.spec.template = written(set, template).try_into().unwrap();
        let plain = current(&world);
        world.revisions = (given.iter())
            .map(|(form, number)| {
                let mut data = plain.clone();
                let template = data["spec"]["template"].take();
                data["spec"]["template"] = written(form, template);
                let is_last = given.last().is_some_and(|(_, last)| last == number);
                let hash = if is_last { "new" } else { "old" };
                revision(hash, *number, data)
            })
            .collect();
        assert_eq!(
            told(&world.plan()),
            then,
            "a set {set}, revisions {given:?}"
        );
        let lines = daemonset::revision::history(&world.set, &world.revisions);
        let is_current = lines.last().is_some_and(|line| line.current);
        assert_eq!(
            is_current,
            then.is_empty(),
            "a set {set}, revisions {given:?}"
        );
    }
}
