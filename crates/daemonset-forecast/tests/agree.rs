//! The fast model against the real planner, setting by setting: durations, how low availability
//! falls, and how many runs stall.

use std::ops::Range;

use daemonset::policy::{Governor, Policy};
use daemonset_forecast::{
    CourseEnd, Mode, Now, OfNode, Phase, Pull, Reboots, RoomAhead, Scenario, Spread, StopAfter,
    forecast, replay,
};
use daemonset_testkit::World;
use daemonset_testkit::scenario::scenario as scene;
use serde_json::{Value, json};

/// Nodes `n0000` and so on, each with what its pod is.
fn world(pods: &[&str], max_unavailable: usize, max_surge: usize) -> World {
    let nodes = pods.iter().enumerate();
    let nodes: Vec<String> = nodes.map(|(at, pod)| format!("n{at:04}: {pod}")).collect();
    let world = scene(&nodes.join("; "));
    world.rolling(&max_unavailable.to_string(), &max_surge.to_string())
}

fn names(nodes: Range<usize>) -> Vec<String> {
    nodes.map(|at| format!("n{at:04}")).collect()
}

fn fixed(nodes: usize, budget: usize) -> Scenario {
    let mut scenario = Scenario::new(nodes, budget);
    scenario.terminate = Spread::fixed(4.0);
    scenario.start = Spread::fixed(21.0);
    scenario.phases = vec![Phase::new("all", names(0..nodes))];
    scenario
}

fn put(scenario: &mut Scenario, nodes: Range<usize>, now: Now, room: RoomAhead) {
    for name in names(nodes) {
        let mut of = OfNode::default();
        (of.now, of.room) = (now, room);
        scenario.of_node.insert(name, of);
    }
}

/// What one model comes to.
#[derive(Debug)]
struct Result {
    /// The mean duration of the runs that do not stall.
    seconds: f64,
    stalled: f64,
    /// The mean of the fewest available nodes.
    available: f64,
}

#[allow(clippy::cast_precision_loss)]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

/// So many runs with the real planner.
#[allow(clippy::cast_precision_loss)]
fn real(world: &World, scenario: &Scenario, policy: Option<Value>, runs: u64) -> Result {
    let governor = policy.map(|policy| {
        let policy: Policy = serde_json::from_value(policy).unwrap();
        Governor::new(policy).unwrap()
    });
    let cluster = world.cluster();
    let (mut seconds, mut stalled, mut available) = (Vec::new(), 0.0, Vec::new());
    for seed in 0..runs {
        let course = replay(&world.set, &cluster, governor.as_ref(), scenario, seed).unwrap();
        match course.end {
            CourseEnd::Stalled | CourseEnd::Unfinished => stalled += 1.0,
            _ => seconds.push(course.done.values().copied().fold(0.0, f64::max)),
        }
        let fewest = course.moments.iter().map(|it| it.available).min().unwrap();
        available.push(fewest as f64);
    }
    Result {
        seconds: mean(&seconds),
        stalled: stalled / runs as f64,
        available: mean(&available),
    }
}

#[allow(clippy::cast_precision_loss)]
fn fast(scenario: &Scenario, runs: usize) -> Result {
    let many = forecast(scenario, runs, 7);
    let fewest: Vec<f64> = many.fewest_available.iter().map(|it| *it as f64).collect();
    Result {
        seconds: mean(&many.durations),
        stalled: many.chance_to_stall(),
        available: mean(&fewest),
    }
}

fn both(world: &World, scenario: &Scenario, policy: Option<Value>, runs: u64) -> (Result, Result) {
    let many = if runs == 1 { 1 } else { 2000 };
    (real(world, scenario, policy, runs), fast(scenario, many))
}

/// The mean over several settings.
fn mean_of(all: &[Result]) -> Result {
    let of = |what: fn(&Result) -> f64| mean(&all.iter().map(what).collect::<Vec<_>>());
    let ended = all.iter().filter(|it| it.stalled < 1.0);
    Result {
        seconds: mean(&ended.map(|it| it.seconds).collect::<Vec<_>>()),
        stalled: of(|it| it.stalled),
        available: of(|it| it.available),
    }
}

/// Holds the models against each other: durations within a second and a share, the share of runs
/// that stall and the fewest available nodes within so much.
fn agree(what: &str, (real, fast): (Result, Result), within: f64, stalls: f64, nodes: f64) {
    eprintln!("{what}: real {real:?}, fast {fast:?}");
    let off = (real.seconds - fast.seconds).abs();
    assert!(
        off <= 1.0 + fast.seconds * within,
        "{what}: {real:?} {fast:?}"
    );
    assert!(
        (real.stalled - fast.stalled).abs() <= stalls,
        "{what}: {real:?} {fast:?}"
    );
    assert!(
        (real.available - fast.available).abs() <= nodes,
        "{what}: {real:?} {fast:?}"
    );
}

#[test]
fn fixed_times() {
    for (nodes, budget) in [(1, 1), (7, 1), (20, 3), (60, 60), (120, 10), (250, 100)] {
        let world = world(&vec!["old"; nodes], budget, 0);
        let both = both(&world, &fixed(nodes, budget), None, 1);
        agree("fixed", both, 0.0, 0.0, 0.0);
    }
}

#[test]
fn surge() {
    for (nodes, budget) in [(1, 1), (20, 3), (60, 60), (120, 10)] {
        let world = world(&vec!["old"; nodes], 0, budget);
        let mut scenario = fixed(nodes, budget);
        scenario.mode = Mode::NewFirst;
        agree("surge", both(&world, &scenario, None, 1), 0.0, 0.0, 0.0);
    }
}

#[test]
fn min_ready_seconds() {
    let mut world = world(&["old"; 20], 4, 0);
    world.set.spec.min_ready_seconds = 600;
    let mut scenario = fixed(20, 4);
    scenario.min_ready = 600.0;
    agree("minReady", both(&world, &scenario, None, 1), 0.0, 0.0, 0.0);
}

#[test]
fn nodes_that_are_down() {
    for mode in [Mode::OldFirst, Mode::NewFirst] {
        for down in [1, 3] {
            // Their old pods are not available, and never go.
            let mut pods = vec!["old"; 20];
            pods[..down].fill("old starting");
            let mut scenario = fixed(20, 3);
            scenario.mode = mode;
            put(&mut scenario, 0..down, Now::Down, RoomAhead::Free);
            let world = match mode {
                Mode::OldFirst => world(&pods, 3, 0),
                Mode::NewFirst => world(&pods, 0, 3),
            };
            let both = both(&world, &scenario, None, 1);
            agree(&format!("{down} down, {mode:?}"), both, 0.0, 0.0, 0.0);
        }
    }
}

#[test]
fn a_rollout_that_is_half_done() {
    for mode in [Mode::OldFirst, Mode::NewFirst] {
        let mut pods = vec!["old"; 20];
        pods[..3].fill("old starting");
        pods[3] = "new starting";
        pods[4] = "";
        pods[5..9].fill("new");
        let mut scenario = fixed(20, 4);
        scenario.mode = mode;
        put(&mut scenario, 0..3, Now::Unavailable, RoomAhead::Free);
        put(&mut scenario, 3..4, Now::Starting, RoomAhead::Free);
        put(&mut scenario, 4..5, Now::Lacking, RoomAhead::Free);
        let mut old = names(0..3);
        old.extend(names(9..20));
        scenario.phases = vec![Phase::new("all", old)];
        let world = match mode {
            Mode::OldFirst => world(&pods, 4, 0),
            Mode::NewFirst => world(&pods, 0, 4),
        };
        let both = both(&world, &scenario, None, 1);
        agree(&format!("half done, {mode:?}"), both, 0.0, 0.0, 0.0);
    }
}

#[test]
fn pods_that_fail_already() {
    let mut pods = vec!["old"; 10];
    pods[0] = "new starting";
    for budget in [1, 2] {
        let mut scenario = fixed(10, budget);
        put(&mut scenario, 0..1, Now::Failing, RoomAhead::Free);
        scenario.phases = vec![Phase::new("all", names(1..10))];
        let both = both(&world(&pods, budget, 0), &scenario, None, 1);
        agree(&format!("failing, budget {budget}"), both, 0.0, 0.0, 0.0);
    }
}

#[test]
fn nodes_without_room() {
    // The planner takes nodes by name: so they stand in other places each time.
    for (none, budget) in [(1, 2), (2, 3), (2, 2)] {
        let world = world(&["old"; 30], budget, 0);
        let without = |places: &[usize]| {
            let mut scenario = fixed(30, budget);
            for &at in places {
                put(&mut scenario, at..at + 1, Now::Available, RoomAhead::None);
            }
            scenario
        };
        let pairs = (0..30).flat_map(|one| (0..one).map(move |other| [one, other]));
        let places: Vec<Vec<usize>> = match none {
            1 => (0..30).map(|at| vec![at]).collect(),
            _ => pairs.map(|pair| pair.to_vec()).collect(),
        };
        let reals = places
            .iter()
            .map(|places| real(&world, &without(places), None, 1));
        let reals: Vec<Result> = reals.collect();
        let fast = fast(&without(&places[0]), 2000);
        let what = format!("{none} without room, budget {budget}");
        agree(&what, (mean_of(&reals), fast), 0.01, 0.001, 0.0);
    }
}

#[test]
fn evictions() {
    let mut scenario = fixed(30, 3);
    scenario.evict = Spread::fixed(30.0);
    put(&mut scenario, 0..10, Now::Available, RoomAhead::Later);
    agree(
        "evictions",
        both(&world(&["old"; 30], 3, 0), &scenario, None, 30),
        0.01,
        0.0,
        0.0,
    );
}

#[test]
fn image_pulls() {
    for (node, registry) in [(50e6, None), (50e6, Some(200e6)), (50e6, Some(20e6))] {
        let mut scenario = fixed(60, 10);
        let mut pull = Pull::new(1e9, node);
        if let Some(registry) = registry {
            pull = pull.registry(registry);
        }
        scenario.pull = Some(pull);
        let both = both(&world(&["old"; 60], 10, 0), &scenario, None, 1);
        agree(
            &format!("pulls, registry {registry:?}"),
            both,
            0.0,
            0.0,
            0.0,
        );
    }
}

#[test]
fn times_that_vary() {
    for (nodes, budget) in [(40, 4), (100, 10), (100, 50)] {
        let mut scenario = Scenario::new(nodes, budget);
        scenario.phases = fixed(nodes, budget).phases;
        let both = both(&world(&vec!["old"; nodes], budget, 0), &scenario, None, 60);
        agree("times that vary", both, 0.03, 0.0, 0.0);
    }
}

#[test]
fn times_by_node() {
    let world = world(&["old"; 40], 4, 0);
    let slow = |first: usize| {
        let mut scenario = fixed(40, 4);
        // Here and there, since the planner takes nodes by name.
        for at in [first, first * 7 + 5, first * 11 + 8, first * 13 + 16] {
            let mut of = OfNode::default();
            of.start = Some(300.0);
            scenario.of_node.insert(format!("n{:04}", at % 40), of);
        }
        (scenario.of_node.len() == 4).then_some(scenario)
    };
    let scenarios: Vec<Scenario> = (0..40).filter_map(slow).collect();
    let reals = scenarios.iter().map(|it| real(&world, it, None, 12));
    let reals: Vec<Result> = reals.collect();
    agree(
        "by node",
        (mean_of(&reals), fast(&scenarios[0], 2000)),
        0.02,
        0.0,
        0.0,
    );
}

#[test]
fn failing_nodes() {
    for (share, budget) in [(0.02, 1), (0.05, 2), (0.05, 6)] {
        let mut scenario = fixed(40, budget);
        scenario.node_failure = share;
        let both = both(&world(&["old"; 40], budget, 0), &scenario, None, 300);
        agree(
            &format!("{share} fail, budget {budget}"),
            both,
            0.03,
            0.06,
            0.05,
        );
    }
}

#[test]
fn failing_revisions() {
    let mut scenario = fixed(20, 2);
    scenario.revision_failure = 0.3;
    let both = both(&world(&["old"; 20], 2, 0), &scenario, None, 300);
    agree("revision fails", both, 0.0, 0.03, 0.0);
}

#[test]
fn reboots_and_churn() {
    for (reboots, churn) in [(5.0, 0.0), (0.0, 5.0), (20.0, 10.0)] {
        let mut scenario = fixed(60, 3);
        scenario.churn_per_day = churn;
        scenario.reboots = Some(Reboots::new(reboots, Spread::fixed(120.0)));
        let both = both(&world(&["old"; 60], 3, 0), &scenario, None, 400);
        agree(
            &format!("{reboots} reboots, {churn} churn"),
            both,
            0.02,
            0.0,
            0.1,
        );
    }
}

#[test]
fn domains_and_waves() {
    let mut world = world(&["old"; 60], 12, 0);
    let mut scenario = fixed(60, 12);
    for (at, node) in world.nodes.iter_mut().enumerate() {
        let zone = ["x", "y", "z"][at % 3];
        node.metadata.labels.insert("zone", zone);
        let mut of = OfNode::default();
        of.domain = Some(zone.to_owned());
        scenario.of_node.insert(format!("n{at:04}"), of);
    }
    scenario.per_domain = Some(2);
    let policy = json!({"perTopology": {"key": "zone", "max": 2}});
    let both = both(&world, &scenario, Some(policy), 1);
    agree("per domain", both, 0.0, 0.0, 0.0);
}

#[test]
fn a_stop() {
    let mut scenario = fixed(40, 10);
    scenario.node_failure = 0.05;
    scenario.stop = Some(StopAfter::new(2, Some(60.0)));
    let policy = json!({"stop": {"maxFailures": 2, "slowStart": "1m"}});
    let both = both(&world(&["old"; 40], 10, 0), &scenario, Some(policy), 200);
    agree("a stop", both, 0.01, 0.06, 0.0);
}

#[test]
fn the_order_of_the_input_plays_no_part() {
    let mut world = world(&["old"; 30], 3, 0);
    let mut scenario = Scenario::new(30, 3);
    scenario.phases = fixed(30, 3).phases;
    scenario.node_failure = 0.03;
    scenario.churn_per_day = 5.0;
    scenario.reboots = Some(Reboots::new(5.0, Spread::fixed(60.0)));
    let run = |world: &World, scenario: &Scenario| {
        let course = replay(&world.set, &world.cluster(), None, scenario, 3).unwrap();
        (course, forecast(scenario, 50, 3))
    };
    let before = run(&world, &scenario);
    world.nodes.reverse();
    world.pods.reverse();
    world.pods.swap(3, 17);
    assert_eq!(run(&world, &scenario), before);
}
