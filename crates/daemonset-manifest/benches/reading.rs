//! How fast a dump of 2,000 nodes × 7 DaemonSets is read, beside readers that build nothing.
//!
//! Prints ratios of one run, the best of several: `cargo bench -p daemonset-manifest --bench reading`.

use std::hint::black_box;
use std::time::Instant;

use daemonset_manifest::Inventory;
use granit_parser::Parser;
use serde::de::IgnoredAny;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

mod dump;

use dump::Dump;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const NODES: usize = 2000;
const ROUNDS: usize = 5;

fn main() {
    let dump = Dump::new(NODES);
    let (json, yaml) = (dump.to_json(), dump.to_yaml());
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
