//! The two models, held against each other and against what is known.

use daemonset::policy::{Governor, Policy};
use daemonset_forecast::{
    CourseEnd, Mode, Now, OfNode, Phase, RoomAhead, Scenario, Spread, forecast, largest_budget,
    replay, smallest_budget,
};
use daemonset_testkit::World;
use daemonset_testkit::scenario::scenario as scene;
use std::ops::Range;

use serde_json::{Value, json};

/// So many nodes with old pods.
fn world(nodes: usize, max_unavailable: usize, max_surge: usize) -> World {
    let nodes: Vec<String> = (0..nodes).map(|at| format!("n{at:04}: old")).collect();
    let world = scene(&nodes.join("; "));
    world.rolling(&max_unavailable.to_string(), &max_surge.to_string())
}

fn fixed(nodes: usize, budget: usize, terminate: f64, start: f64) -> Scenario {
    let mut scenario = Scenario::new(nodes, budget);
    scenario.terminate = Spread::fixed(terminate);
    scenario.start = Spread::fixed(start);
    scenario.phases = vec![phase("all", 0..nodes)];
    scenario
}

/// A group of some of the nodes.
fn phase(name: &str, nodes: Range<usize>) -> Phase {
    Phase::new(name, nodes.map(|at| format!("n{at:04}")).collect())
}

fn of(now: Now, room: RoomAhead) -> OfNode {
    let mut of = OfNode::default();
    (of.now, of.room) = (now, room);
    of
}

fn near(one: f64, other: f64, within: f64) {
    assert!((one - other).abs() <= within, "{one} and {other}");
}

#[test]
fn nodes_go_in_rounds_of_the_budget() {
    let scenario = fixed(100, 10, 5.0, 25.0);
    near(forecast(&scenario, 1, 1).duration(0.5).unwrap(), 300.0, 5.0);
}

#[test]
fn requests_are_the_bound_of_large_clusters() {
    // Two requests a node at 20 a second: 5,000 nodes take 500 s at least, whatever the budget.
    let scenario = fixed(5000, 5000, 1.0, 1.0);
    let duration = forecast(&scenario, 1, 1).duration(0.5).unwrap();
    assert!((495.0..530.0).contains(&duration), "{duration}");
    // At 5 % and 60 s a node it is 20 min.
    let scenario = fixed(5000, 250, 10.0, 50.0);
    let duration = forecast(&scenario, 1, 1).duration(0.5).unwrap();
    assert!((1190.0..1300.0).contains(&duration), "{duration}");
}

#[test]
fn four_hundred_pods_are_created_as_on_a_real_control_plane() {
    // Measured: 46 after 1.1 s, then about 20 a second.
    let nodes: Vec<String> = (0..400).map(|at| format!("n{at:04}:")).collect();
    let world = scene(&nodes.join("; "));
    let scenario = fixed(400, 1, 0.0, 0.0);
    let course = replay(&world.set, &world.cluster(), None, &scenario, 1).unwrap();
    assert_eq!(course.end, CourseEnd::Settled);
    let by = |at: f64| course.done.values().filter(|done| **done <= at).count();
    // The controller begins with one pod and doubles, which takes it a little more time.
    assert!((30..=55).contains(&by(1.1)), "{}", by(1.1));
    near(course.seconds, (400.0 - 30.0) / 20.0, 2.0);
}

#[test]
fn broken_nodes_stall_it_where_they_are_as_many_as_the_budget() {
    let mut scenario = fixed(100, 3, 1.0, 1.0);
    scenario.node_failure = 1.0;
    assert!((forecast(&scenario, 5, 1).chance_to_stall() - 1.0).abs() < 1e-9);
    assert_eq!(forecast(&scenario, 5, 1).duration(0.5), None);
    assert_eq!(forecast(&scenario, 5, 1).worst_available(0.0), 97);
    // The chance that two or more of a hundred fail at one percent each is 26.4 %.
    let mut scenario = fixed(100, 2, 1.0, 1.0);
    scenario.node_failure = 0.01;
    near(forecast(&scenario, 4000, 9).chance_to_stall(), 0.264, 0.03);
}

#[test]
fn nodes_that_are_down_take_of_the_budget() {
    let mut scenario = fixed(100, 10, 5.0, 25.0);
    for at in 95..100 {
        let of = of(Now::Down, RoomAhead::Free);
        scenario.of_node.insert(format!("n{at:04}"), of);
    }
    scenario.phases = vec![phase("all", 0..95)];
    let forecast = forecast(&scenario, 1, 1);
    near(forecast.duration(0.5).unwrap(), 570.0, 5.0);
    assert_eq!(forecast.worst_available(0.0), 90);
}

#[test]
fn groups_go_one_after_the_other() {
    let mut scenario = fixed(100, 10, 5.0, 25.0);
    scenario.phases = vec![phase("canaries", 0..2), phase("the rest", 2..100)];
    scenario.phases[0].soak = 600.0;
    scenario.phases[1].budget = Some(49);
    near(
        forecast(&scenario, 1, 1).duration(0.5).unwrap(),
        630.0 + 300.0,
        10.0,
    );
    scenario.node_failure = 1.0;
    assert_eq!(forecast(&scenario, 1, 1).stalled, 1);
}

#[test]
fn windows_are_waited_for() {
    let mut scenario = fixed(10, 10, 5.0, 25.0);
    let window = json!({"from": "01:00", "until": "02:00"});
    scenario.windows = vec![serde_json::from_value(window).unwrap()];
    near(
        forecast(&scenario, 1, 1).duration(0.5).unwrap(),
        3600.0 + 30.0,
        2.0,
    );
}

#[test]
fn budgets_are_found() {
    let scenario = fixed(100, 1, 5.0, 25.0);
    assert_eq!(smallest_budget(&scenario, 305.0, 0.95, 1, 1), Some(10));
    assert_eq!(smallest_budget(&scenario, 20.0, 0.95, 1, 1), None);
    assert_eq!(largest_budget(&scenario, 0.95, 10, 1), Some(5));
    assert_eq!(largest_budget(&scenario, 1.0, 10, 1), None);
    let mut surge = scenario;
    surge.mode = Mode::NewFirst;
    assert_eq!(largest_budget(&surge, 1.0, 10, 1), Some(100));
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let mut scenario = Scenario::new(50, 5);
    scenario.node_failure = 0.02;
    assert_eq!(forecast(&scenario, 20, 3), forecast(&scenario, 20, 3));
    assert_ne!(forecast(&scenario, 20, 3), forecast(&scenario, 20, 4));
}

/// The run with the real planner, and the median of the fast model.
fn both(world: &World, scenario: &Scenario, policy: Option<Value>) -> (f64, f64) {
    let governor = policy.map(|policy| {
        let policy: Policy = serde_json::from_value(policy).unwrap();
        Governor::new(policy).unwrap()
    });
    let cluster = world.cluster();
    let course = replay(&world.set, &cluster, governor.as_ref(), scenario, 1).unwrap();
    assert_eq!(course.end, CourseEnd::Settled);
    let fast = forecast(scenario, 1, 1).duration(0.5).unwrap();
    (course.seconds, fast)
}

#[test]
fn the_fast_model_is_the_real_planners_with_fixed_times() {
    for (nodes, budget) in [(1, 1), (7, 1), (20, 3), (60, 60), (120, 10)] {
        let (real, fast) = both(
            &world(nodes, budget, 0),
            &fixed(nodes, budget, 4.0, 21.0),
            None,
        );
        near(real, fast, 1.0 + fast * 0.02);
    }
}

#[test]
fn so_it_is_with_surge() {
    for (nodes, surge) in [(5, 1), (20, 3), (60, 6)] {
        let mut scenario = fixed(nodes, surge, 4.0, 21.0);
        scenario.mode = Mode::NewFirst;
        let (real, fast) = both(&world(nodes, 0, surge), &scenario, None);
        near(real, fast, 1.0 + fast * 0.02);
    }
}

#[test]
fn so_it_is_with_times_that_vary() {
    let scenario = Scenario::new(200, 10);
    let world = world(200, 10, 0);
    let real = replay(&world.set, &world.cluster(), None, &scenario, 1).unwrap();
    let fast = forecast(&scenario, 200, 1);
    let (low, high) = (fast.duration(0.01).unwrap(), fast.duration(1.0).unwrap());
    assert!(
        (low * 0.95..high * 1.05).contains(&real.seconds),
        "{} in {low}..{high}",
        real.seconds
    );
}

#[test]
fn so_it_is_under_a_policy() {
    let mut world = world(30, 5, 0);
    for (at, node) in world.nodes.iter_mut().enumerate() {
        node.metadata.labels.insert("zone", ["x", "y", "z"][at % 3]);
    }
    let mut scenario = fixed(30, 5, 4.0, 21.0);
    scenario.phases = vec![
        phase("canaries", 0..1),
        phase("x", 1..10),
        phase("y", 10..20),
        phase("z", 20..30),
    ];
    for (phase, soak) in scenario.phases.iter_mut().zip([60.0, 30.0, 30.0, 0.0]) {
        phase.soak = soak;
        phase.budget = (phase.name != "canaries").then_some(2);
    }
    let policy = json!({
        "canary": {"count": 1, "duration": "1m"},
        "waves": [{"topologyKey": "zone", "maxUnavailable": 2, "soak": 30}],
    });
    let (real, fast) = both(&world, &scenario, Some(policy));
    near(real, fast, 5.0 + fast * 0.02);
}

#[test]
fn a_run_tells_what_failed() {
    let world = world(10, 2, 0);
    let mut scenario = fixed(10, 2, 4.0, 21.0);
    scenario.revision_failure = 1.0;
    let course = replay(&world.set, &world.cluster(), None, &scenario, 1).unwrap();
    assert_eq!(course.end, CourseEnd::Stalled);
    assert_eq!(course.failed, ["n0000", "n0001"]);
    assert_eq!(course.moments.last().unwrap().available, 8);
}
