//! Single runs for an instruction counter, which says the same on a busy machine as on an idle one.
//!
//! `benches/instructions.sh` runs every scenario under valgrind and compares the counts with the
//! committed ones; by itself, this runs each scenario once.

#[path = "cluster/mod.rs"]
mod cluster;

use std::hint::black_box;

use cluster::{Cluster, Stage, cluster};
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Plan, Planner};

const NODES: usize = 1_000;

const SCENARIOS: [(&str, fn()); 8] = [
    ("round-steady", || round(Stage::Steady)),
    ("round-halfway", || round(Stage::Halfway)),
    ("round-empty", || round(Stage::Empty)),
    ("kept-steady", || kept(Stage::Steady)),
    ("kept-halfway", || kept(Stage::Halfway)),
    ("incremental-pod", || incremental(change_pod)),
    ("incremental-node", || incremental(change_node)),
    ("compile", compile),
];

fn main() {
    // Cargo's own arguments begin with dashes.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for (name, run) in SCENARIOS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
            println!("{name}: ran");
        }
    }
}

/// What is counted: valgrind is told this function's name.
#[inline(never)]
fn counted<T>(run: impl FnOnce() -> T) -> T {
    black_box(run())
}

fn planner(cluster: &Cluster) -> Planner {
    Planner::new(&cluster.set)
        .unwrap()
        .revisions(&cluster.revisions)
        .now(cluster.now)
}

fn compile() {
    let cluster = cluster(1, Stage::Steady);
    counted(|| planner(&cluster));
}

fn round(stage: Stage) {
    let cluster = cluster(NODES, stage);
    let planner = planner(&cluster);
    counted(|| planner.plan(&cluster.nodes, &cluster.pods));
}

fn tracker(cluster: &Cluster) -> (Tracker, SetId) {
    let mut tracker = Tracker::new();
    for node in &cluster.nodes {
        tracker.put_node(node);
    }
    for pod in &cluster.pods {
        tracker.put_pod(pod);
    }
    let set = tracker.put_set(planner(cluster));
    tracker.plan(set, cluster.now).unwrap();
    (tracker, set)
}

fn kept(stage: Stage) {
    let cluster = cluster(NODES, stage);
    let (mut tracker, _) = tracker(&cluster);
    let planner = planner(&cluster);
    counted(|| {
        let set = tracker.put_set(planner);
        tracker.plan(set, cluster.now)
    });
}

fn incremental(change: fn(&Cluster, &mut Tracker, SetId) -> Option<Plan>) {
    let cluster = cluster(NODES, Stage::Halfway);
    let (mut tracker, set) = tracker(&cluster);
    // Once before, so that no table grows while it is counted.
    change(&cluster, &mut tracker, set);
    change(&cluster, &mut tracker, set);
}

fn change_pod(cluster: &Cluster, tracker: &mut Tracker, set: SetId) -> Option<Plan> {
    let pod = &cluster.pods[500];
    let mut changed = pod.clone();
    changed.status.conditions.clear();
    let plan = counted(|| {
        tracker.put_pod(&changed);
        tracker.plan(set, cluster.now)
    });
    tracker.put_pod(pod);
    plan
}

fn change_node(cluster: &Cluster, tracker: &mut Tracker, set: SetId) -> Option<Plan> {
    let node = &cluster.nodes[500];
    let mut changed = node.clone();
    changed
        .metadata
        .labels
        .insert("kubernetes.io/os", "windows");
    let plan = counted(|| {
        tracker.put_node(&changed);
        tracker.plan(set, cluster.now)
    });
    tracker.put_node(node);
    plan
}
