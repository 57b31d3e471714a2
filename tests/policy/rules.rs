//! What each field of a policy does, by example.

use daemonset::policy::{Held, Hold, Memory};
use daemonset_testkit::World;
use daemonset_testkit::scenario::scenario;
use serde_json::{Value, json};

use crate::{begun, govern, governor};

/// Six nodes with an old pod each, and a budget of two.
fn fleet() -> World {
    let mut world = scenario("a: old; b: old; c: old; d: old; e: old; f: old").rolling("2", "0");
    for (at, node) in world.nodes.iter_mut().enumerate() {
        let zone = ["west", "east"][at % 2];
        node.metadata.labels.insert("zone", zone);
    }
    world
}

/// The nodes that are begun under a policy.
fn first(world: &World, policy: Value) -> Vec<String> {
    let governed = govern(world, &governor(policy), &Memory::default());
    begun(&governed).into_iter().map(str::to_owned).collect()
}

/// Why a node's turn is held.
fn hold(world: &World, policy: Value, node: &str) -> Hold {
    let governed = govern(world, &governor(policy), &Memory::default());
    let of_node = |held: &&Held| crate::node_of(&held.action) == node;
    governed.held.iter().find(of_node).unwrap().hold.clone()
}

/// Carries rounds out until so many have passed.
fn rounds(world: &mut World, policy: &Value, memory: &mut Memory, rounds: usize) {
    let governor = governor(policy.clone());
    for _ in 0..rounds {
        let governed = govern(world, &governor, memory);
        *memory = governed.memory;
        world.apply(&governed.plan);
        world.tick(&governed.plan);
    }
}

#[test]
fn without_a_policy_it_goes_by_name() {
    assert_eq!(first(&fleet(), json!({})), ["a", "b"]);
    assert_eq!(hold(&fleet(), json!({}), "c"), Hold::Budget);
}

#[test]
fn paused_and_frozen() {
    assert_eq!(first(&fleet(), json!({"paused": true})), [""; 0]);
    assert_eq!(hold(&fleet(), json!({"paused": true}), "a"), Hold::Paused);
    // A node that lacks its pod gets one while paused, and none while frozen.
    let world = scenario("a: old; b:").rolling("1", "0");
    let creates = |policy: Value| {
        let governed = govern(&world, &governor(policy), &Memory::default());
        governed
            .plan
            .actions
            .iter()
            .filter(|it| matches!(it, daemonset::Action::CreatePod { .. }))
            .count()
    };
    assert_eq!(creates(json!({"paused": true})), 1);
    assert_eq!(creates(json!({"frozen": true})), 0);
    assert_eq!(hold(&world, json!({"frozen": true}), "b"), Hold::Frozen);
}

#[test]
fn a_selector_leaves_other_nodes_alone() {
    let policy = json!({"nodes": {"matchLabels": {"zone": "east"}}});
    assert_eq!(first(&fleet(), policy.clone()), ["b", "d"]);
    assert_eq!(hold(&fleet(), policy, "a"), Hold::NotSelected);
}

#[test]
fn so_many_stay_old() {
    assert_eq!(first(&fleet(), json!({"keepOld": 5})), ["a"]);
    // 84 % of six nodes are five, rounded down.
    assert_eq!(first(&fleet(), json!({"keepOld": "84%"})), ["a"]);
    assert_eq!(first(&fleet(), json!({"keepOld": "83%"})), ["a", "b"]);
    assert_eq!(
        hold(&fleet(), json!({"keepOld": 5}), "b"),
        Hold::KeptOld { pods: 5 }
    );
}

#[test]
fn windows_close() {
    let policy = json!({"windows": [{"from": "00:00", "until": "00:01"}]});
    let mut world = fleet();
    world.now = "2026-03-02T12:00:00Z".parse().unwrap();
    let opens = "2026-03-03T00:00:00Z".parse().unwrap();
    assert_eq!(
        hold(&world, policy.clone(), "a"),
        Hold::Window { opens: Some(opens) }
    );
    let governed = govern(&world, &governor(policy.clone()), &Memory::default());
    assert_eq!(governed.look_again_at, Some(opens));
    world.now = opens;
    assert_eq!(first(&world, policy), ["a", "b"]);
}

#[test]
fn the_order_is_the_policys() {
    let mut world = fleet();
    assert_eq!(
        first(&world, json!({"order": ["nameDescending"]})),
        ["f", "e"]
    );
    world.pods[3]
        .metadata
        .annotations
        .insert("controller.kubernetes.io/pod-deletion-cost", "-10");
    assert_eq!(
        first(&world, json!({"order": ["deletionCost"]})),
        ["d", "a"]
    );
    world.nodes[4].metadata.creation_timestamp = Some("2020-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(first(&world, json!({"order": ["oldestNode"]})), ["e", "a"]);
    let status = json!({"conditions": [{"type": "MaintenanceInProgress", "status": "True"}]});
    world.nodes[0].status = serde_json::from_value(status).unwrap();
    assert_eq!(
        first(&world, json!({"order": ["lifecycleLast"]})),
        ["b", "c"]
    );
    for (at, zone) in [(0, "x"), (1, "x"), (2, "y")] {
        world.nodes[at]
            .metadata
            .labels
            .insert("topology.kubernetes.io/zone", zone);
    }
    assert_eq!(
        first(&world, json!({"order": ["smallestZoneFirst"]})),
        ["c", "a"]
    );
}

#[test]
fn domains_have_caps() {
    let policy = json!({"perTopology": {"key": "zone", "max": 1}});
    let world = fleet().rolling("4", "0");
    assert_eq!(first(&world, policy.clone()), ["a", "b"]);
    assert_eq!(
        hold(&world, policy, "c"),
        Hold::Topology {
            key: "zone".into(),
            value: Some("west".into()),
            max: 1
        }
    );
}

#[test]
fn canaries_go_first_and_are_watched() {
    let policy = json!({"canary": {"count": 2, "spreadBy": "zone", "duration": "10m"}});
    let mut world = fleet().rolling("4", "0");
    assert_eq!(first(&world, policy.clone()), ["a", "b"]);
    let mut memory = Memory::default();
    // They get new pods, and nothing else does before ten minutes are over.
    rounds(&mut world, &policy, &mut memory, 8);
    assert_eq!(
        world
            .pods
            .iter()
            .filter(|pod| pod.metadata.name.starts_with('c'))
            .count(),
        1
    );
    let governed = govern(&world, &governor(policy.clone()), &memory);
    assert!(
        matches!(&governed.held[0].hold, Hold::Canary { waits_for, until: Some(_) } if waits_for.is_empty()),
        "{:?}",
        governed.held[0]
    );
    world.now = governed.look_again_at.unwrap();
    assert_eq!(first(&world, policy).len(), 4);
}

#[test]
fn canaries_that_no_node_may_be_hold_everything() {
    let policy = json!({"canary": {"nodes": {"matchLabels": {"pool": "test"}}}});
    assert_eq!(hold(&fleet(), policy, "a"), Hold::NoCanary);
}

#[test]
fn waves_go_one_after_the_other() {
    let policy = json!({"waves": [{"topologyKey": "zone", "maxUnavailable": 1}]});
    let world = fleet().rolling("4", "0");
    assert_eq!(first(&world, policy.clone()), ["b"]);
    let all = ["b", "d", "f"].map(str::to_owned).to_vec();
    assert_eq!(
        hold(&world, policy.clone(), "a"),
        Hold::Wave {
            wave: "east".into(),
            waits_for: all,
            until: None
        }
    );
    assert_eq!(
        hold(&world, policy, "d"),
        Hold::WaveBudget {
            wave: "east".into(),
            max: 1
        }
    );
}

#[test]
fn a_wave_waits_for_approval() {
    let policy = json!({"waves": [
        {"name": "first", "percent": "20%"},
        {"name": "all", "percent": "100%", "gate": "manual"},
    ]});
    let mut world = fleet().rolling("4", "0");
    let mut memory = Memory::default();
    assert_eq!(first(&world, policy.clone()), ["a", "b"]);
    rounds(&mut world, &policy, &mut memory, 12);
    let governed = govern(&world, &governor(policy.clone()), &memory);
    assert_eq!(begun(&governed), [""; 0]);
    assert_eq!(governed.held[0].hold, Hold::Gate { wave: "all".into() });
    memory.approve("all");
    let governed = govern(&world, &governor(policy), &memory);
    assert_eq!(begun(&governed), ["c", "d", "e", "f"]);
}

#[test]
fn an_approval_is_for_one_revision() {
    let policy = json!({"waves": [{"name": "all", "percent": "100%", "gate": "manual"}]});
    let (mut world, governor) = (fleet(), governor(policy));
    let mut memory = Memory::default();
    memory.approve("all");
    let governed = govern(&world, &governor, &memory);
    assert_eq!(begun(&governed), ["a", "b"]);
    let template = json!({"metadata": {"labels": {"app": "agent"}}, "spec": {"hostNetwork": true}});
    world.set.spec.template = daemonset::api::PodTemplate::try_from(template).unwrap();
    let governed = govern(&world, &governor, &governed.memory);
    assert_eq!(begun(&governed), [""; 0]);
    assert_eq!(governed.held[0].hold, Hold::Gate { wave: "all".into() });
}

#[test]
fn it_stops_where_new_pods_fail() {
    let policy = json!({"stop": {"slowStart": "1m", "then": "hold"}});
    let mut world = fleet();
    world.conduct.broken_revision = true;
    world.conduct.step = 60;
    let mut memory = Memory::default();
    rounds(&mut world, &policy, &mut memory, 12);
    let stopped = memory.stopped.clone().unwrap();
    assert_eq!(stopped.failing, ["a", "b"]);
    // It stays so, whatever the pods do.
    world.conduct.broken_revision = false;
    rounds(&mut world, &policy, &mut memory, 12);
    let governed = govern(&world, &governor(policy.clone()), &memory);
    assert_eq!(begun(&governed), [""; 0]);
    assert!(matches!(governed.held[0].hold, Hold::Stopped { .. }));
    // Another generation begins anew.
    world.set.metadata.generation += 1;
    let governed = govern(&world, &governor(policy), &memory);
    assert_eq!(begun(&governed), ["c", "d"]);
}

#[test]
fn a_refused_revision_is_never_tried_again() {
    let policy = json!({"stop": {"slowStart": "1m", "then": "rollBack"}});
    let mut world = fleet();
    world.conduct.broken_revision = true;
    world.conduct.step = 60;
    let mut memory = Memory::default();
    rounds(&mut world, &policy, &mut memory, 12);
    let governed = govern(&world, &governor(policy.clone()), &memory);
    assert_eq!(governed.roll_back, Some(1));
    world.set.metadata.generation += 1;
    let governed = govern(&world, &governor(policy), &memory);
    assert_eq!(begun(&governed), [""; 0]);
    assert_eq!(governed.held[0].hold, Hold::Refused);
    assert_eq!(governed.roll_back, Some(1));
}

#[test]
fn a_strict_budget_counts_what_is_not_seen_yet() {
    let policy = json!({"budget": "strict"});
    let world = fleet();
    let governor = governor(policy);
    let seen = govern(&world, &governor, &Memory::default());
    assert_eq!(begun(&seen), ["a", "b"]);
    // The deletes are carried out, and the view is as it was: the same pods once more, and no other.
    let again = govern(&world, &governor, &seen.memory);
    assert_eq!(begun(&again), ["a", "b"]);
    // What one round has begun counts in the next, whatever is preferred then.
    let other = crate::governor(json!({"budget": "strict", "order": ["nameDescending"]}));
    let again = govern(&world, &other, &seen.memory);
    assert_eq!(begun(&again), ["b", "a"]);
}

#[test]
fn with_surge_a_pod_is_not_begun_twice() {
    let world = fleet().rolling("0", "2");
    let governor = governor(json!({"budget": "strict"}));
    let seen = govern(&world, &governor, &Memory::default());
    assert_eq!(begun(&seen), ["a", "b"]);
    let again = govern(&world, &governor, &seen.memory);
    assert_eq!(begun(&again), [""; 0]);
    assert_eq!(again.held[0].hold, Hold::Begun);
    let mut later = world.clone();
    later.now = seen.look_again_at.unwrap();
    assert_eq!(begun(&govern(&later, &governor, &seen.memory)), ["a", "b"]);
}

#[test]
fn a_node_that_is_exempt_holds_no_wave_up() {
    let policy = |exempt: Value| json!({"waves": [{"nodes": {"matchLabels": {"zone": "east"}}}], "exempt": exempt});
    let mut world = scenario("a: old; b: new").rolling("4", "0");
    world.nodes[1].metadata.labels.insert("zone", "east");
    let taints =
        json!({"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]});
    world.nodes[1].spec = serde_json::from_value(taints).unwrap();
    world.pods[1].status.conditions.clear();
    assert_eq!(first(&world, policy(json!([]))), [""; 0]);
    assert_eq!(first(&world, policy(json!(["unreachable"]))), ["a"]);
}
