//! What holds under every policy.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::outcome::Outcome;
use daemonset::policy::{FromApi, Governed, Governor, Hold, Memory, Policy};
use daemonset::rollout::Budget;
use daemonset::view::PodView;
use daemonset::{Action, Plan, Reason};
use daemonset_testkit::World;
use daemonset_testkit::draw::{Draw, drawn};
use daemonset_testkit::facts::Facts;
use daemonset_testkit::generate::{Oddity, worlds};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, FileFailurePersistence};
use serde_json::{Value, json};

use crate::{begins, begun, govern, governor, node_of};

fn cases(cases: u32) -> Config {
    Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/policy.proptest-regressions",
        ))),
        ..Config::with_cases(cases)
    }
}

/// A policy of any kind.
fn policy(draw: &mut Draw<'_>) -> Value {
    let mut policy = json!({
        "paused": draw.chance(5),
        "frozen": draw.chance(5),
        "budget": draw.one_of(&["exact", "strict"]),
    });
    let selector = |draw: &mut Draw<'_>| json!({"matchLabels": {"zone": draw.one_of(&["x", "y"])}});
    if draw.chance(20) {
        policy["nodes"] = selector(draw);
    }
    if draw.chance(20) {
        policy["keepOld"] = draw.one_of(&[json!(0), json!(1), json!("50%")]);
    }
    if draw.chance(20) {
        policy["windows"] =
            json!([{"from": draw.one_of(&["00:00", "09:00", "12:00"]), "until": "13:00"}]);
    }
    if draw.chance(30) {
        policy["canary"] = json!({
            "count": draw.one_of(&[json!(1), json!(2), json!("50%")]),
            "duration": draw.one_of(&[0, 7, 60]),
            "spreadBy": draw.one_of(&[None, Some("zone")]),
        });
    }
    policy["waves"] = draw
        .list(3, |draw| {
            let mut wave = draw.one_of(&[
                json!({"topologyKey": "zone"}),
                json!({"percent": "40%"}),
                json!({"nodes": {"matchLabels": {"zone": "x"}}}),
            ]);
            wave["soak"] = draw.one_of(&[0, 0, 11]).into();
            if draw.chance(30) {
                wave["maxUnavailable"] = 1.into();
            }
            wave
        })
        .into();
    let keys = [
        "unreadyFirst",
        "lifecycleLast",
        "deletionCost",
        "oldestNode",
        "nameDescending",
    ];
    policy["order"] = draw.list(2, |draw| draw.one_of(&keys)).into();
    if draw.chance(30) {
        policy["perTopology"] = json!({"key": "zone", "max": draw.one_of(&[1, 2])});
    }
    if draw.chance(40) {
        policy["stop"] = json!({
            "maxFailures": draw.one_of(&[1, 2]),
            "slowStart": draw.one_of(&[None, Some(30)]),
            "then": draw.one_of(&["hold", "rollBack"]),
        });
    }
    policy
}

fn policies() -> impl Strategy<Value = Value> {
    drawn(60, policy)
}

/// The same world, with a zone on every node that has none.
fn zoned(mut world: World) -> World {
    for (at, node) in world.nodes.iter_mut().enumerate() {
        let zone = ["x", "y", "x"][at % 3];
        node.metadata.labels.insert("zone", zone);
    }
    world
}

fn zoned_worlds() -> impl Strategy<Value = World> {
    worlds(Oddity::Stored).prop_map(|world| zoned(world.each_once()))
}

fn exact(world: &World) -> (Plan, Vec<Action>) {
    let (planner, cluster) = (world.planner(), world.cluster());
    let view = planner.view(&cluster);
    (view.plan.clone(), view.turns())
}

/// How many begun turns of a plan take of the budget.
fn budgeted(plan: &Plan) -> usize {
    let spends =
        |action: &&Action| matches!(action.reason(), Some(Reason::Outdated | Reason::Surge));
    plan.actions.iter().filter(spends).count()
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_empty_policy_is_the_exact_plan(world in worlds(Oddity::Anything)) {
        let Some(_) = world.try_planner() else { return Ok(()) };
        let governed = govern(&world, &governor(json!({})), &Memory::default());
        let (plan, _) = exact(&world);
        prop_assert_eq!(&governed.plan, &plan);
        prop_assert_eq!(governed.look_again_at, plan.look_again_at);
        prop_assert_eq!(governed.roll_back, None);
        for held in &governed.held {
            prop_assert!(matches!(held.hold, Hold::Budget | Hold::Burst), "{:?}", held);
        }
    }

    #[test]
    fn what_is_done_kubernetes_may_do(world in zoned_worlds(), policy in policies()) {
        let governed = govern(&world, &governor(policy), &Memory::default());
        let (plan, turns) = exact(&world);
        for action in &governed.plan.actions {
            prop_assert!(plan.actions.contains(action) || turns.contains(action), "{action}");
        }
        if governed.plan.outcome == Outcome::Complete {
            let remaining = match plan.budget {
                Some(Budget::Unavailable { remaining, .. } | Budget::Surge { remaining, .. }) => remaining,
                None => 0,
            };
            prop_assert!(budgeted(&governed.plan) <= usize::try_from(remaining).unwrap());
        }
        // What is no pod's create or delete is as it was.
        let other = |plan: &Plan| -> Vec<Action> {
            let is_pod = |it: &&Action| matches!(it, Action::CreatePod { .. } | Action::DeletePod { .. });
            plan.actions.iter().filter(|it| !is_pod(it)).cloned().collect()
        };
        prop_assert_eq!(other(&governed.plan), other(&plan));
        // Everything that the plan does is done, held, or gave way to others of the same kind.
        let turns_done = governed.plan.actions.iter().filter(|it| turns.contains(it)).count();
        let turns_held = governed.held.iter().filter(|it| turns.contains(&it.action)).count();
        if governed.plan.outcome == Outcome::Complete && governed.plan.budget.is_some() {
            prop_assert_eq!(turns_done + turns_held, turns.len());
        }
    }

    #[test]
    fn a_node_loses_one_pod_at_most_and_none_that_is_going(world in zoned_worlds(), policy in policies()) {
        let governed = govern(&world, &governor(policy), &Memory::default());
        let mut seen = BTreeSet::new();
        for action in governed.plan.actions.iter().filter(|it| begins(it)) {
            prop_assert!(seen.insert(node_of(action).to_owned()), "{action}");
            if let Action::DeletePod { pod, .. } = action {
                let pod = world.pods.iter().find(|it| {
                    it.metadata.name == *pod && it.metadata.namespace == world.set.metadata.namespace
                });
                prop_assert!(!pod.unwrap().is_terminating());
            }
        }
    }

    #[test]
    fn the_order_of_the_input_is_irrelevant(
        (world, mut nodes, mut pods) in zoned_worlds().prop_flat_map(|world| {
            let nodes = Just(world.nodes.clone()).prop_shuffle();
            let pods = Just(world.pods.clone()).prop_shuffle();
            (Just(world), nodes, pods)
        }),
        policy in policies(),
    ) {
        let governor = governor(policy);
        let one = govern(&world, &governor, &Memory::default());
        let mut other = world.clone();
        std::mem::swap(&mut other.nodes, &mut nodes);
        std::mem::swap(&mut other.pods, &mut pods);
        let other = govern(&other, &governor, &Memory::default());
        prop_assert_eq!(one.plan.actions, other.plan.actions);
        prop_assert_eq!(one.held, other.held);
        prop_assert_eq!(one.memory, other.memory);
        prop_assert_eq!(one.look_again_at, other.look_again_at);
    }

    #[test]
    fn until_it_looks_again_time_changes_nothing(
        world in zoned_worlds(),
        policy in policies(),
        share in 0_i64..100,
    ) {
        let governor = governor(policy);
        let first = govern(&world, &governor, &Memory::default());
        let ends = first.look_again_at.unwrap_or(world.now.plus_seconds(400_000));
        let length = ends.seconds_since(world.now);
        prop_assert!(length >= 0);
        if length == 0 {
            return Ok(());
        }
        let mut later = world.clone();
        later.now = world.now.plus_seconds((length - 1) * share / 100);
        let again = govern(&later, &governor, &Memory::default());
        let pods = |governed: &Governed| -> Vec<Action> {
            let is_pod = |it: &&Action| matches!(it, Action::CreatePod { .. } | Action::DeletePod { .. });
            governed.plan.actions.iter().filter(is_pod).cloned().collect()
        };
        prop_assert_eq!(pods(&first), pods(&again));
        prop_assert_eq!(first.roll_back, again.roll_back);
    }
}

#[test]
fn the_empty_policy_is_the_exact_plan_of_every_recorded_round() {
    let empty = governor(json!({}));
    let mut rounds = 0;
    for case in daemonset_testkit::conformance::cases("plans") {
        if case.kind != "plan" {
            continue;
        }
        let read = |field: &str| case.json[field].clone();
        let set = serde_json::from_value(read("daemonSet")).unwrap();
        let now = serde_json::from_value(read("now")).unwrap();
        let mut world = World::empty(set, 0, now);
        world.nodes = serde_json::from_value(read("nodes")).unwrap();
        world.pods = serde_json::from_value(read("pods")).unwrap();
        world.revisions = serde_json::from_value(read("controllerRevisions")).unwrap();
        world.burst = usize::MAX;
        if world.try_planner().is_none() {
            continue;
        }
        let governed = govern(&world, &empty, &Memory::default());
        assert_eq!(governed.plan, exact(&world).0, "{}", case.name);
        rounds += 1;
    }
    assert!(rounds > 400, "{rounds} rounds");
}

/// Old pods everywhere, all available, and a budget.
fn rollout(nodes: usize, budget: usize, surge: usize) -> World {
    let line: Vec<String> = (0..nodes).map(|at| format!("n{at:02}: old")).collect();
    let world = daemonset_testkit::scenario::scenario(&line.join("; "));
    zoned(world.rolling(&budget.to_string(), &surge.to_string()))
}

/// Runs a rollout to its end; how many rounds it took. Every wave is approved.
fn run(
    world: &mut World,
    governor: &Governor,
    rounds: usize,
    mut look: impl FnMut(&World, &Governed) -> Result<(), TestCaseError>,
) -> Result<Option<usize>, TestCaseError> {
    let mut memory = Memory::default();
    for round in 0..rounds {
        let governed = govern(world, governor, &memory);
        look(world, &governed)?;
        memory = governed.memory;
        let mut plan = governed.plan;
        world.apply(&plan);
        plan.look_again_at = governed.look_again_at;
        let moving = world.tick(&plan);
        let left = !governed.held.is_empty() || !plan.actions.is_empty();
        if !moving && !left {
            return Ok(Some(round));
        }
    }
    Ok(None)
}

/// A policy under which a rollout of healthy pods ends.
fn ends(policy: &Value) -> Value {
    let mut policy = policy.clone();
    policy["paused"] = false.into();
    policy["frozen"] = false.into();
    for field in ["keepOld", "nodes", "windows", "stop"] {
        policy.as_object_mut().unwrap().remove(field);
    }
    policy
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_healthy_rollout_ends(policy in policies(), nodes in 1_usize..7, budget in 1_usize..4, surge in 0_usize..3) {
        let governor = governor(ends(&policy));
        let mut world = rollout(nodes, budget, surge);
        // Each node takes a few rounds, and each group waits once.
        let bound = 20 + 12 * nodes + 6 * (governor.policy().waves.len() + 1) * nodes;
        let rounds = run(&mut world, &governor, bound, |_, _| Ok(()))?;
        prop_assert!(rounds.is_some(), "not over after {bound} rounds\n{world:?}");
        let facts_plan = world.plan();
        let facts = Facts::new(&world, &facts_plan);
        prop_assert_eq!(facts.served().len(), nodes);
        prop_assert!(world.pods.iter().all(|pod| facts.is_updated(pod)));
    }

    /// No pod of a later zone goes before every node of the earlier one is updated and available.
    #[test]
    fn waves_are_kept(nodes in 2_usize..8, budget in 1_usize..4, surge in 0_usize..2, soak in select(vec![0, 5, 30])) {
        let governor = governor(json!({"waves": [{"topologyKey": "zone", "soak": soak}]}));
        let mut world = rollout(nodes, budget, surge);
        let zone_of: BTreeMap<String, String> = world.nodes.iter().map(|node| {
            let zone = node.metadata.labels.get("zone").unwrap().to_owned();
            (node.metadata.name.clone(), zone)
        }).collect();
        let rounds = run(&mut world, &governor, 400, |world, governed| {
            let plan = world.plan();
            let facts = Facts::new(world, &plan);
            let done = |zone: &str| {
                let mut nodes = zone_of.iter().filter(|(_, of)| *of == zone);
                nodes.all(|(node, _)| {
                    let pods = facts.staying_by_node();
                    pods.get(node.as_str()).is_some_and(|pods| pods.iter().any(|pod| {
                        let since = facts.available_from(pod);
                        facts.is_updated(pod) && since.is_some_and(|since| since.plus_seconds(soak) <= world.now)
                    }))
                })
            };
            for node in begun(governed) {
                if zone_of[node] == "y" {
                    prop_assert!(done("x"), "{node} goes while x is not done");
                }
            }
            Ok(())
        })?;
        prop_assert!(rounds.is_some());
    }

    /// A budget that holds: over native DaemonSets with `OnDelete`, through views that are some
    /// rounds old and rounds that are cut short.
    #[test]
    fn a_strict_budget_holds_through_stale_views_and_crashes(
        nodes in 2_usize..9,
        budget in 1_usize..4,
        cap in select(vec![None, Some(1_u32), Some(2)]),
        steps in prop::collection::vec((0_usize..4, 0_usize..4, any::<bool>()), 10..80),
    ) {
        let mut policy = json!({"budget": "strict"});
        if let Some(max) = cap {
            policy["perTopology"] = json!({"key": "zone", "max": max});
        }
        // Somebody changes the order now and then, so that other nodes are preferred.
        let mut turned = policy.clone();
        turned["order"] = json!(["nameDescending"]);
        let governors = [governor(policy), governor(turned)];
        let mut world = rollout(nodes, budget, 0);
        world.conduct.grace = 6;
        world.conduct.step = 2;
        let meant = world.set.clone();
        let mut views = vec![world.clone()];
        let mut memory = Memory::default();
        let down = |world: &World| -> BTreeMap<String, usize> {
            let plan = world.plan();
            let served: BTreeSet<String> = Facts::new(world, &plan).served().into_iter().map(str::to_owned).collect();
            let mut down = BTreeMap::new();
            for node in &world.nodes {
                let zone = node.metadata.labels.get("zone").unwrap().to_owned();
                *down.entry(zone).or_default() += usize::from(!served.contains(&node.metadata.name));
            }
            down
        };
        let mut seen = 0;
        for (lag, crash_after, turned) in steps {
            // Views never go back.
            seen = seen.max(views.len().saturating_sub(1 + lag));
            let mut view = views[seen].clone();
            view.set.clone_from(&meant);
            view.now = world.now;
            let governed = govern(&view, &governors[usize::from(turned)], &memory);
            // Kept before anything is carried out.
            memory = governed.memory.clone();
            let deletes = governed.plan.actions.iter().filter(|it| begins(it));
            for action in deletes.take(crash_after) {
                if let Action::DeletePod { pod, uid, .. } = action {
                    let there = world.pods.iter_mut().find(|it| it.metadata.name == *pod);
                    if let Some(there) = there.filter(|it| it.metadata.uid == *uid && !it.metadata.is_terminating()) {
                        there.metadata.deletion_timestamp = Some(world.now.plus_seconds(6));
                    }
                }
            }
            let now_down = down(&world);
            let all: usize = now_down.values().sum();
            prop_assert!(all <= budget, "{all} of {budget} nodes are down");
            if let Some(max) = cap {
                for (zone, down) in &now_down {
                    prop_assert!(*down <= max as usize, "{down} in {zone}");
                }
            }
            // The DaemonSet controller itself makes new pods, and deletes none.
            world.set.spec.update_strategy.type_ = "OnDelete".into();
            let plan = world.plan();
            world.apply(&plan);
            world.tick(&plan);
            views.push(world.clone());
        }
    }

    #[test]
    fn a_stop_holds(nodes in 2_usize..7, budget in 1_usize..3, then in select(vec!["hold", "rollBack"])) {
        let governor = governor(json!({"stop": {"slowStart": 30, "then": then}}));
        let mut world = rollout(nodes, budget, 0);
        world.conduct.broken_revision = true;
        world.conduct.step = 10;
        let mut memory = Memory::default();
        let mut stopped_for = 0;
        for round in 0..60 {
            // It recovers, and that is no reason to go on.
            world.conduct.broken_revision = round < 30;
            let governed = govern(&world, &governor, &memory);
            if memory.stopped.is_some() {
                stopped_for += 1;
                prop_assert_eq!(begun(&governed), [""; 0]);
                prop_assert_eq!(&governed.memory.stopped, &memory.stopped);
            }
            memory = governed.memory;
            world.apply(&governed.plan);
            world.tick(&governed.plan);
        }
        prop_assert!(stopped_for > 30);
    }
}

/// The policy of a test reads.
#[test]
fn every_policy_of_these_tests_is_right() {
    let mut bytes = [0_u8; 60];
    for seed in 0..=u8::MAX {
        for (at, byte) in (0_u8..).zip(&mut bytes) {
            *byte = seed
                .wrapping_mul(31)
                .wrapping_add(at.wrapping_mul(seed | 1));
        }
        let drawn = policy(&mut Draw::new(&bytes));
        let read: Policy = serde_json::from_value(drawn.clone()).unwrap();
        assert!(Governor::new(read).is_ok(), "{drawn}");
    }
    let _ = FromApi;
}
