//! What it costs that 10,000 nodes and 10,000 pods reach a tracker: the crate's own types, generated
//! types by reference, and generated types by way of JSON. Fails where the second is not at least three
//! times as fast as the third. Then the same for all that explanations and the question for room read.
//!
//! With the name of one of the ways (`own`, `typed`) that one is run once, in `counted`, for a counter
//! of instructions, which other work on the machine does not disturb:
//!
//! ```text
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*' ingest-… typed
//! ```

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use daemonset::api;
use daemonset::fit::{NodeFacts, PodFacts};
use daemonset::tracker::Tracker;
use daemonset::view::{NodeView, PodView};
use daemonset_explain::evidence::{NodeEvidence, PodEvidence};
use daemonset_k8s_openapi::{Observed, View};
use daemonset_testkit::fleet::{Stage, fleet};
use k8s_openapi::api::core::v1::{Node, Pod};
use serde::Serialize;
use serde::de::DeserializeOwned;

const SIZE: usize = 10_000;
const TURNS: usize = 10;
const LEAST_GAIN: f64 = 3.0;

fn main() -> ExitCode {
    let fleet = fleet(SIZE, Stage::Halfway);
    let nodes: Vec<Node> = fleet.nodes.iter().map(same).collect();
    let pods: Vec<Pod> = fleet.pods.iter().map(same).collect();
    let own = || ingest(&fleet.nodes, &fleet.pods);
    let typed = || ingest(nodes.iter().map(View), pods.iter().map(View));
    match std::env::args().nth(1).as_deref() {
        Some("own") => {
            black_box(counted(own));
            return ExitCode::SUCCESS;
        }
        Some("typed") => {
            black_box(counted(typed));
            return ExitCode::SUCCESS;
        }
        // `cargo bench` says `--bench`.
        _ => {}
    }

    let by_json = || {
        let nodes = nodes.iter().map(same::<api::Node>);
        ingest(nodes, pods.iter().map(same::<api::Pod>))
    };
    // In turns and the least time of each, so that what else the machine does counts for little.
    let mut least = [Duration::MAX; 3];
    for _ in 0..TURNS {
        for _ in 0..10 {
            least[0] = least[0].min(time(own));
            least[1] = least[1].min(time(typed));
        }
        least[2] = least[2].min(time(by_json));
    }
    let [own, typed, by_json] = least;
    let ratio = typed.as_secs_f64() / own.as_secs_f64();
    println!(
        "{} nodes and {} pods into a tracker:",
        nodes.len(),
        pods.len()
    );
    println!("  the crate's own types        {own:>9.1?}");
    println!("  generated types by reference {typed:>9.1?}, {ratio:.2} times as long");
    println!("  generated types through JSON {by_json:>9.1?}");
    if typed.mul_f64(LEAST_GAIN) > by_json {
        println!("by reference less than {LEAST_GAIN} times as fast as through JSON");
        return ExitCode::FAILURE;
    }

    let mut least = [Duration::MAX; 2];
    for _ in 0..TURNS {
        least[0] = least[0].min(time(|| Observed::of(&nodes, &pods)));
        least[1] = least[1].min(time(|| {
            let nodes = nodes.iter().map(|node| {
                let json = serde_json::to_value(node).expect("objects are JSON");
                let own: api::Node = read(&json);
                (own, read::<NodeEvidence>(&json), read::<NodeFacts>(&json))
            });
            let nodes: Vec<_> = nodes.collect();
            let pods = pods.iter().map(|pod| {
                let json = serde_json::to_value(pod).expect("objects are JSON");
                let own: api::Pod = read(&json);
                (own, read::<PodEvidence>(&json), read::<PodFacts>(&json))
            });
            (nodes, pods.collect::<Vec<_>>())
        }));
    }
    let [observed, by_json] = least;
    println!("all of them, for explanations and for room:");
    println!("  by reference, and indexed    {observed:>9.1?}");
    println!("  through JSON, merely read    {by_json:>9.1?}");
    ExitCode::SUCCESS
}

fn ingest(
    nodes: impl IntoIterator<Item = impl NodeView>,
    pods: impl IntoIterator<Item = impl PodView>,
) -> Tracker {
    let mut tracker = Tracker::new();
    for node in nodes {
        tracker.put_node(&node);
    }
    for pod in pods {
        tracker.put_pod(&pod);
    }
    tracker
}

#[inline(never)]
fn counted<T>(run: impl Fn() -> T) -> T {
    run()
}

fn time<T>(run: impl Fn() -> T) -> Duration {
    let start = Instant::now();
    let made = run();
    let time = start.elapsed();
    black_box(made);
    time
}

/// The same object in another type.
fn same<T: DeserializeOwned>(object: &impl Serialize) -> T {
    let json = serde_json::to_value(object).expect("objects are JSON");
    serde_json::from_value(json).expect("the types are of the same object")
}

fn read<T: DeserializeOwned>(json: &serde_json::Value) -> T {
    T::deserialize(json).expect("the types are of the same object")
}
