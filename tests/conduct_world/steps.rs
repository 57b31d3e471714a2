//! What a conductor does, step by step.

use daemonset::control::{Kind, Method, POLICY};
use daemonset::policy::Hold;
use serde_json::{Value, json};

use crate::server::{name_of, text};
use crate::world::{Faults, World};

/// Six nodes in three zones, under this policy.
fn world(policy: Value, strategy: &str) -> World {
    let mut world = World::new(1, Faults::None);
    for number in 0..6 {
        world.add_node(number);
    }
    world.add_set(policy, strategy, 1);
    world.run_for(10_000);
    assert!(world.is_updated());
    world
}

fn strategy(world: &World) -> &str {
    let set = world.server.get(Kind::DaemonSet, "agent").unwrap();
    text(set, "/spec/updateStrategy/type")
}

fn generation(world: &World) -> i64 {
    let set = world.server.get(Kind::DaemonSet, "agent").unwrap();
    set["metadata"]["generation"].as_i64().unwrap()
}

fn count(world: &World, image: &str) -> usize {
    world.pods().iter().filter(|(_, of, _)| of == image).count()
}

fn key() -> daemonset::control::Key {
    daemonset::control::Key {
        namespace: "infra".to_owned(),
        name: "agent".to_owned(),
    }
}

fn wave() -> Value {
    json!({"waves": [{"topologyKey": "zone"}]})
}

#[test]
fn the_strategy_alone_is_patched_and_given_back() {
    let mut world = world(json!({"paused": true}), "RollingUpdate");
    assert_eq!(strategy(&world), "OnDelete");
    assert_eq!(world.server.all(Kind::ControllerRevision).count(), 1);
    let pods: Vec<String> = (world.server.all(Kind::Pod))
        .map(|pod| name_of(pod).to_owned())
        .collect();
    world.set_image("a:1");
    world.run_for(30_000);
    assert_eq!(count(&world, "a:0"), 6);
    assert_eq!(world.conductor.held(&key())[0].hold, Hold::Paused);

    world.annotate(POLICY, Value::Null);
    world.run_for(60_000);
    assert_eq!(strategy(&world), "RollingUpdate");
    assert_eq!(world.memory(), "null");
    assert_eq!(count(&world, "a:1"), 6, "Kubernetes goes on");
    assert!(
        world
            .server
            .all(Kind::Pod)
            .all(|pod| !pods.contains(&name_of(pod).to_owned()))
    );
    assert_eq!(
        generation(&world),
        4,
        "created, OnDelete, image, RollingUpdate"
    );
}

#[test]
fn a_strategy_that_was_on_delete_stays() {
    let mut world = world(wave(), "OnDelete");
    world.set_image("a:1");
    world.run_for(60_000);
    assert!(world.is_updated());
    world.annotate(POLICY, Value::Null);
    world.run_for(10_000);
    assert_eq!(
        (strategy(&world), world.memory().as_str()),
        ("OnDelete", "null")
    );
}

#[test]
fn a_wave_waits_for_approval_which_is_taken_once() {
    let mut world = world(
        json!({"waves": [{"topologyKey": "zone", "gate": "manual"}]}),
        "OnDelete",
    );
    world.set_image("a:1");
    world.run_for(20_000);
    assert_eq!(count(&world, "a:1"), 0);
    assert_eq!(
        world.told("WaitsForApproval"),
        ["wave a waits for approval"]
    );
    world.annotate("daemonset-policy/approve", json!("a, b"));
    world.run_for(40_000);
    assert_eq!(count(&world, "a:1"), 4);
    world.annotate("daemonset-policy/approve", json!("c"));
    world.run_for(40_000);
    assert!(world.is_updated());
    world.set_image("a:2");
    world.run_for(40_000);
    assert_eq!(
        count(&world, "a:2"),
        0,
        "what was approved was the revision before"
    );
}

#[test]
fn it_stops_and_goes_back() {
    let policy = json!({"waves": [{"topologyKey": "zone"}],
        "stop": {"maxFailures": 1, "slowStart": 10, "then": "rollBack"}});
    let mut world = world(policy, "OnDelete");
    world.set_image("broken:1");
    world.run_for(90_000);
    assert_eq!(count(&world, "a:0"), 6, "{:?}", world.pods());
    assert!(world.is_updated(), "the template is the old one again");
    assert_eq!(world.told("RolledBack").len(), 1);
    world.set_image("broken:1");
    world.run_for(60_000);
    assert_eq!(count(&world, "broken:1"), 0, "it is never tried again");
}

#[test]
fn a_pod_that_was_lost_otherwise_is_told_once() {
    for crashes in [false, true] {
        let mut world = world(
            json!({"waves": [{"topologyKey": "zone", "gate": "manual"}]}),
            "OnDelete",
        );
        world.set_image("a:1");
        world.run_for(10_000);
        world.annotate("daemonset-policy/approve", json!("a"));
        world.run_for(2_500);
        if crashes {
            world.crash();
        }
        world.run_for(60_000);
        assert_eq!(count(&world, "a:1"), 2);
        assert!(world.told("UpdatedBeforeTurn").is_empty());
        let pod = world.pod_on("n02").unwrap();
        world.lose(&pod);
        world.run_for(30_000);
        world.crash();
        world.run_for(30_000);
        assert_eq!(count(&world, "a:1"), 3);
        let told = world.told("UpdatedBeforeTurn");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("on n02 before its turn"), "{told:?}");
        assert!(
            told[0].contains("wave b goes first: n01, n04 not updated"),
            "{told:?}"
        );
    }
}

#[test]
fn what_others_have_is_left_alone() {
    let mut world = World::new(1, Faults::None);
    world.add_node(0);
    world.add_set(wave(), "RollingUpdate", 1);
    (world.server).change_spec("agent", |spec| {
        spec["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}});
    });
    world.run_for(20_000);
    assert_eq!(strategy(&world), "RollingUpdate");
    assert_eq!(world.told("PolicyNeedsNoSurge").len(), 1);
    assert_eq!(world.writes, 0);

    world.annotate(POLICY, Value::Null);
    world.run_for(20_000);
    assert_eq!(world.writes, 0, "without a policy nothing is done");
}

#[test]
fn a_policy_that_does_not_read_holds_everything() {
    let mut world = world(json!({"waevs": []}), "RollingUpdate");
    assert_eq!(strategy(&world), "OnDelete");
    world.set_image("a:1");
    world.run_for(20_000);
    assert_eq!(count(&world, "a:0"), 6);
    let told = world.told("InvalidPolicy");
    assert!(told[0].contains("unknown field `waevs`"), "{told:?}");
    assert_eq!(told.len(), 1);
}

#[test]
fn it_sleeps_until_there_is_something_to_do() {
    let mut world = world(
        json!({"waves": [{"topologyKey": "zone", "soak": 600}]}),
        "OnDelete",
    );
    world.set_image("a:1");
    world.run_for(60_000);
    assert_eq!(count(&world, "a:1"), 2);
    // No longer than a clock may jump unnoticed; nothing is due when that is over.
    let wait = world.conductor.wait(world.now()).unwrap();
    assert_eq!(wait.as_secs(), 10);
    let plans = world.conductor.counts().plans;
    world.run_for(400_000);
    assert_eq!(world.conductor.counts().plans, plans);
    world.run_for(300_000);
    assert_eq!(count(&world, "a:1"), 4);
}

#[test]
fn what_was_begun_is_written_before_it_is_done() {
    let mut world = world(wave(), "OnDelete");
    world.set_image("a:1");
    world.run_for(60_000);
    let writes = world
        .requests
        .iter()
        .filter(|(_, _, path, _)| !path.contains("/events"));
    let methods: Vec<Method> = writes.map(|(_, method, ..)| *method).collect();
    assert_eq!(methods[0], Method::Patch);
    let deletes = methods
        .iter()
        .filter(|method| **method == Method::Delete)
        .count();
    assert_eq!(deletes, 6);
    let written = methods
        .iter()
        .filter(|method| **method == Method::Patch)
        .count();
    assert!(written <= 8, "one for each pod, and the first: {methods:?}");
}

#[test]
fn a_broken_pod_of_a_later_wave_is_told_where_it_uses_the_budget_up() {
    let mut world = world(wave(), "OnDelete");
    world.set_image("broken:1");
    let pod = world.pod_on("n02").unwrap();
    world.lose(&pod);
    world.run_for(1_000);
    world.set_image("a:2");
    world.run_for(30_000);
    assert_eq!(count(&world, "a:2"), 0, "{:?}", world.pods());
    let told = world.told("RolloutHeld");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("maxUnavailable is used up by n02, where"),
        "{told:?}"
    );
    let pod = world.pod_on("n02").unwrap();
    world.lose(&pod);
    world.run_for(60_000);
    assert!(world.is_updated());
}
