//! What it costs that 10,000 nodes and 10,000 pods reach a tracker: the crate's own types, generated
//! types by reference, and generated types by way of JSON. Fails where the second is not at least three
//! times as fast as the third.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use daemonset::api;
use daemonset::tracker::Tracker;
use daemonset::view::{NodeView, PodView};
use daemonset_k8s_openapi::View;
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

    let ways: [(&dyn Fn() -> Tracker, usize); 3] = [
        (&|| ingest(&fleet.nodes, &fleet.pods), 10),
        (
            &|| ingest(nodes.iter().map(View), pods.iter().map(View)),
            10,
        ),
        (
            &|| {
                let nodes = nodes.iter().map(same::<api::Node>);
                ingest(nodes, pods.iter().map(same::<api::Pod>))
            },
            1,
        ),
    ];
    // In turns and the least time of each, so that what else the machine does counts for little.
    let mut least = [Duration::MAX; 3];
    for _ in 0..TURNS {
        for (least, (way, times)) in least.iter_mut().zip(&ways) {
            let times = (0..*times).map(|_| time(way));
            *least = times.fold(*least, Duration::min);
        }
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

fn time(run: impl Fn() -> Tracker) -> Duration {
    let start = Instant::now();
    let tracker = run();
    let time = start.elapsed();
    black_box(tracker);
    time
}

/// The same object in another type.
fn same<T: DeserializeOwned>(object: &impl Serialize) -> T {
    let json = serde_json::to_value(object).expect("objects are JSON");
    serde_json::from_value(json).expect("the types are of the same object")
}
