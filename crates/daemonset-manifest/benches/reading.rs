//! How fast a dump of 2,000 nodes × 7 DaemonSets is read, beside readers that build nothing.
//!
//! Prints ratios of one run, the best of several: `cargo bench -p daemonset-manifest --bench reading`.
//! With `FOLDER NODES` it writes the dump there instead, as `dump.json` and `dump.yaml`. With `ignore PARSER
//! FILE` it reads a file as that parser does, keeps nothing, and prints the seconds of CPU that the parser
//! took; `benches/reading.sh` holds the command against that.

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::time::Instant;

use daemonset_manifest::Inventory;
use granit_parser::Parser;
use peak_alloc::PeakAlloc;
use serde::de::IgnoredAny;

mod dump;

use dump::Dump;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const NODES: usize = 2000;
const ROUNDS: usize = 5;

fn main() {
    // Cargo's own arguments begin with dashes.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    if let [folder, nodes] = arguments.as_slice() {
        let dump = Dump::new(nodes.parse().expect("a number of nodes"));
        fs::write(format!("{folder}/dump.json"), dump.to_json()).expect("the folder is there");
        fs::write(format!("{folder}/dump.yaml"), dump.to_yaml()).expect("the folder is there");
        return;
    }
    if let [verb, parser, file] = arguments.as_slice()
        && verb == "ignore"
    {
        let text = fs::read_to_string(file).expect("the file is text");
        let before = cpu_seconds();
        ignore(parser, &text);
        println!("{:.6}", cpu_seconds() - before);
        return;
    }
    let dump = Dump::new(NODES);
    let (json, yaml) = (dump.to_json(), dump.to_yaml());
    for (kind, text) in [("JSON", &json), ("YAML", &yaml)] {
        let bare = best(|| match kind {
            "JSON" => ignore("serde_json", text),
            _ => ignore("granit-parser", text),
        });
        let read = best(|| drop(black_box(inventory(text, false))));
        let with_room = best(|| drop(black_box(inventory(text, true))));
        let (peak, kept) = memory(text);
        println!(
            "{kind}, {} MB: {:.2} of the bare reader's speed, {:.2} with what the question for room reads \
             ({:.0}, {:.0} and {:.0} MB/s); holds {:.2} bytes a byte at most, and keeps {:.2}",
            text.len() / 1_000_000,
            bare / read,
            bare / with_room,
            speed(text, bare),
            speed(text, read),
            speed(text, with_room),
            peak,
            kept,
        );
    }
}

/// Reads a text, and keeps nothing.
fn ignore(parser: &str, text: &str) {
    match parser {
        "serde_json" => {
            black_box(serde_json::from_str::<IgnoredAny>(text)).expect("JSON");
        }
        "serde_yaml" => {
            black_box(serde_yaml::from_str::<IgnoredAny>(text)).expect("YAML");
        }
        "granit-parser" => assert!(black_box(Parser::new_from_str(text).count()) > 0),
        other => panic!("no parser {other}"),
    }
}

/// How long this thread has run, as Linux tells it to the nanosecond.
fn cpu_seconds() -> f64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let nanoseconds = told.split_whitespace().next().expect("three numbers");
    nanoseconds.parse::<f64>().expect("a number") / 1e9
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

/// Bytes that are held for each byte of a file: at most while it is read, and after that.
#[allow(clippy::cast_precision_loss)] // ratios to be read
fn memory(text: &str) -> (f64, f64) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let mut inventory = Inventory::new().with_fit_objects();
    let read = inventory.read_file("dump", Cursor::new(text));
    read.expect("what is in memory can be read");
    let of_text = |bytes: usize| (bytes - before) as f64 / text.len() as f64;
    let both = (
        of_text(MEMORY.peak_usage()),
        of_text(MEMORY.current_usage()),
    );
    drop(inventory);
    both
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
