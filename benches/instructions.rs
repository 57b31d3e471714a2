//! Single runs for an instruction counter, which says the same on a busy machine as on an idle one.
//!
//! `benches/instructions.sh` runs every scenario under valgrind and compares the counts with the
//! committed ones; by itself, this runs each scenario once.

#[path = "round/naive.rs"]
mod naive;

use std::hint::black_box;

use daemonset::tracker::{SetId, Tracker};
use daemonset::{Plan, Planner};
use daemonset_testkit::fleet::{CURRENT, Fleet, Stage, fleet};
use daemonset_testkit::scenarios::{self, counted};
use naive::Naive;

const NODES: usize = 1_000;

const SCENARIOS: [(&str, fn()); 10] = [
    ("naive-steady", naive_steady),
    ("round-steady", || round(Stage::Steady)),
    ("round-halfway", || round(Stage::Halfway)),
    ("round-empty", || round(Stage::Empty)),
    ("kept-steady", || kept(Stage::Steady)),
    ("kept-halfway", || kept(Stage::Halfway)),
    ("incremental-pod", || incremental(change_pod)),
    ("incremental-node", || incremental(change_node)),
    ("incremental-untold", incremental_untold),
    ("compile", compile),
];

fn main() {
    scenarios::run(&SCENARIOS);
}

fn compile() {
    let fleet = fleet(1, Stage::Steady);
    counted(|| fleet.planner());
}

/// The yardstick of `round-steady`.
fn naive_steady() {
    let fleet = fleet(NODES, Stage::Steady);
    let naive = Naive::new(&fleet);
    let uid = fleet.set.metadata.uid.as_str();
    counted(|| naive.read(black_box(uid), black_box(CURRENT)));
}

fn round(stage: Stage) {
    let fleet = fleet(NODES, stage);
    let planner = fleet.planner();
    counted(|| planner.plan(&fleet.cluster()));
}

fn kept(stage: Stage) {
    let fleet = fleet(NODES, stage);
    let (mut tracker, _) = fleet.tracker();
    let planner = fleet.planner_that_asks_more();
    counted(|| {
        let set = tracker.put_set(planner);
        tracker.plan(set, fleet.now)
    });
}

fn incremental(change: fn(&Fleet, &mut Tracker, SetId) -> Option<Plan>) {
    let fleet = fleet(NODES, Stage::Halfway);
    let (mut tracker, set) = fleet.tracker();
    // Once before, so that no table grows while it is counted.
    change(&fleet, &mut tracker, set);
    change(&fleet, &mut tracker, set);
}

/// A pod changes where no revisions were given, so that what all pods tell stands in for them.
fn incremental_untold() {
    let fleet = fleet(NODES, Stage::Halfway);
    let (mut tracker, _) = fleet.tracker();
    let planner = Planner::new(&fleet.set).expect("the selector parses");
    let set = tracker.put_set(planner);
    tracker.plan(set, fleet.now);
    change_pod(&fleet, &mut tracker, set);
    change_pod(&fleet, &mut tracker, set);
}

fn change_pod(fleet: &Fleet, tracker: &mut Tracker, set: SetId) -> Option<Plan> {
    let pod = &fleet.pods[500];
    let mut changed = pod.clone();
    changed.status.conditions.clear();
    let plan = counted(|| {
        tracker.put_pod(&changed);
        tracker.plan(set, fleet.now)
    });
    tracker.put_pod(pod);
    plan
}

fn change_node(fleet: &Fleet, tracker: &mut Tracker, set: SetId) -> Option<Plan> {
    let node = &fleet.nodes[500];
    let mut changed = node.clone();
    changed
        .metadata
        .labels
        .insert("kubernetes.io/os", "windows");
    let plan = counted(|| {
        tracker.put_node(&changed);
        tracker.plan(set, fleet.now)
    });
    tracker.put_node(node);
    plan
}
