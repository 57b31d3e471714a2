//! Reading of one dump, for an instruction counter: ours, and readers that build nothing.
//!
//! `benches/instructions.sh` runs every scenario under valgrind; by itself, this runs each once.

use daemonset_manifest::Inventory;
use daemonset_testkit::scenarios::{self, counted};
use granit_parser::Parser;
use serde::de::IgnoredAny;

mod dump;

use dump::Dump;

const NODES: usize = 50;

const SCENARIOS: [(&str, fn()); 6] = [
    ("json-ignored", || {
        let text = Dump::new(NODES).to_json();
        counted(|| serde_json::from_str::<IgnoredAny>(&text).is_ok());
    }),
    ("json-read", || {
        read(&Dump::new(NODES).to_json(), Inventory::new());
    }),
    ("json-read-room", || {
        let inventory = Inventory::new().with_fit_objects();
        read(&Dump::new(NODES).to_json(), inventory);
    }),
    ("yaml-events", || {
        let text = Dump::new(NODES).to_yaml();
        counted(|| Parser::new_from_str(&text).count());
    }),
    ("yaml-read", || {
        read(&Dump::new(NODES).to_yaml(), Inventory::new());
    }),
    ("yaml-read-room", || {
        let inventory = Inventory::new().with_fit_objects();
        read(&Dump::new(NODES).to_yaml(), inventory);
    }),
];

fn main() {
    scenarios::run(&SCENARIOS);
}

fn read(text: &str, mut inventory: Inventory) {
    counted(|| inventory.read("dump", text.as_bytes()));
    assert_eq!(inventory.nodes.len(), NODES);
}
