//! How fast a dump of 2,000 nodes × 7 DaemonSets is read, beside readers that build nothing.
//!
//! Prints ratios of one run, the best of several: `cargo bench -p daemonset-manifest --bench reading`.

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use daemonset_manifest::{Inventory, to_yaml};
use granit_parser::Parser;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const NODES: usize = 2000;
const ROUNDS: usize = 5;

fn main() {
    let dump = dump();
    let json = serde_json::to_string_pretty(&dump).expect("a value is JSON");
    let yaml = to_yaml(&dump);
    for (kind, text) in [("JSON", &json), ("YAML", &yaml)] {
        let bare = best(|| match kind {
            "JSON" => drop(black_box(serde_json::from_str::<IgnoredAny>(text))),
            _ => drop(black_box(Parser::new_from_str(text).count())),
        });
        let read = best(|| drop(black_box(inventory(text, false))));
        let with_room = best(|| drop(black_box(inventory(text, true))));
        println!(
            "{kind}, {} MB: {:.2} of the bare reader's speed, {:.2} with what the question for room reads \
             ({:.0}, {:.0} and {:.0} MB/s); keeps {:.2} bytes a byte",
            text.len() / 1_000_000,
            bare / read,
            bare / with_room,
            speed(text, bare),
            speed(text, read),
            speed(text, with_room),
            kept(text),
        );
    }
}

fn inventory(text: &str, with_room: bool) -> Inventory {
    let mut inventory = Inventory::new();
    if with_room {
        inventory = inventory.with_fit_objects();
    }
    inventory.read("dump", text.as_bytes());
    assert_eq!(inventory.nodes.len(), NODES);
    inventory
}

/// Bytes that stay held, for each byte of the text.
fn kept(text: &str) -> f64 {
    let held = || {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated - stats.bytes_deallocated
    };
    let before = held();
    let inventory = inventory(text, false);
    let after = held();
    drop(inventory);
    #[allow(clippy::cast_precision_loss)] // a ratio to be read
    let ratio = (after - before) as f64 / text.len() as f64;
    ratio
}

fn best(mut work: impl FnMut()) -> f64 {
    let times = (0..ROUNDS).map(|_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

fn speed(text: &str, seconds: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)] // a ratio to be read
    let bytes = text.len() as f64;
    bytes / 1e6 / seconds
}

/// The nodes and pods of a real dump, again and again under other names.
fn dump() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/snapshots/steady.yaml");
    let text = std::fs::read_to_string(path).expect("the snapshot is there");
    let real: Value = serde_yaml::from_str(&text).expect("the snapshot is YAML");
    let items = real["items"].as_array().expect("the snapshot is a list");
    let of_kind = |kind: &'static str| items.iter().filter(move |item| item["kind"] == kind);
    let node = of_kind("Node").next().expect("there is a node");
    let sets: Vec<&Value> = of_kind("DaemonSet").take(7).collect();
    let mut all: Vec<Value> = sets.iter().map(|set| (*set).clone()).collect();
    all.extend(of_kind("ControllerRevision").cloned());
    let pods: Vec<&Value> = sets
        .iter()
        .filter_map(|set| {
            let uid = &set["metadata"]["uid"];
            of_kind("Pod").find(|pod| pod["metadata"]["ownerReferences"][0]["uid"] == *uid)
        })
        .collect();
    for n in 0..NODES {
        let name = format!("ip-10-0-{}-{}", n / 256, n % 256);
        let mut node = node.clone();
        node["metadata"]["name"] = json!(name);
        all.push(node);
        for (at, pod) in pods.iter().enumerate() {
            let mut pod = (*pod).clone();
            pod["metadata"]["name"] = json!(format!("pod-{at}-{n}"));
            pod["spec"]["nodeName"] = json!(name);
            all.push(pod);
        }
    }
    json!({"apiVersion": "v1", "items": all, "kind": "List", "metadata": {"resourceVersion": ""}})
}
