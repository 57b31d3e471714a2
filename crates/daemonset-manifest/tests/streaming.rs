//! The text of a dump is let go while it is read: memory holds what is kept, and little more.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use daemonset_manifest::{Inventory, to_yaml};
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// So many pods of a real dump, each under a name of its own.
fn pods(count: usize) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/snapshots/steady.yaml");
    let real: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let items = real["items"].as_array().unwrap();
    let pod = items.iter().find(|item| item["kind"] == "Pod").unwrap();
    let named = |at: usize| {
        let mut pod = pod.clone();
        pod["metadata"]["name"] = json!(format!("pod-{at}"));
        pod
    };
    let items: Vec<Value> = (0..count).map(named).collect();
    json!({"apiVersion": "v1", "items": items, "kind": "List"})
}

#[test]
fn a_dump_is_not_held_while_it_is_read() {
    const PODS: usize = 5000;
    let dump = pods(PODS);
    for (kind, text) in [
        ("JSON", serde_json::to_string_pretty(&dump).unwrap()),
        ("YAML", to_yaml(&dump)),
    ] {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let mut inventory = Inventory::new();
        inventory.read_file("dump", Cursor::new(&text)).unwrap();
        assert_eq!(inventory.pods.len(), PODS);
        let kept = MEMORY.current_usage() - before;
        let most = MEMORY.peak_usage() - before;
        // Some blocks are held, and of the items what is kept of them, for a moment in two places.
        assert!(
            most < kept + text.len() / 2,
            "{kind}: {most} bytes at most, {kept} kept of {}",
            text.len()
        );
    }
}
