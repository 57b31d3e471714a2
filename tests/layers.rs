//! The rooms of each crate stand in layers. A room is a module beside others: in `src/`, and in every
//! folder below it. No rooms beside each other use each other in circles; a module and what is
//! declared in it count as one. Where the order is told, a room uses those before it, and none after.

mod modules;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use modules::Modules;

/// The rooms of the core, from the ground up. `lib.rs` stands above all.
const CORE: [&str; 22] = [
    // Names and tables that nothing else is needed for.
    "det_map",
    "ids",
    "path",
    "well_known",
    // What is read.
    "api",
    "view",
    // Rules about one object.
    "matching",
    "ownership",
    "placement",
    "template",
    "hypothetical",
    // What every stage of a round writes.
    "action",
    // The stages of a round.
    "revision",
    "rollout",
    "cluster",
    "outcome",
    "round",
    // Who makes rounds.
    "planner",
    "policy",
    "tracker",
    "control",
    // What is asked besides.
    "fit",
];

/// The rooms of the explanations, from the ground up.
const EXPLAIN: [&str; 24] = [
    "words",
    // What words of a failure mean, whoever says them.
    "known",
    // What was given beside the cluster.
    "evidence",
    // What a template asks for.
    "template",
    // What nodes and pods say of themselves.
    "health",
    // What is known of labels, taints and room, whatever the round.
    "owner",
    "near",
    "room",
    // Where two versions differ, and changes as data.
    "version",
    "edit",
    "deletion_steps",
    // Findings as data, and in words.
    "finding",
    // What the API server refuses.
    "admission",
    // One look at the round, and what stalls it.
    "stalled",
    "round",
    "stall",
    // What failures point to, and who is to blame.
    "signs",
    "cause",
    // What is found, what it costs, what helps.
    "diagnosis",
    // What a change would do.
    "what_if",
    "ledger",
    "on_node",
    "fix",
    "explainer",
];

/// The rooms of the manifests, from the ground up.
const MANIFEST: [&str; 13] = [
    "suggest",
    "words",
    "diagnostic",
    // Text to values with places, and back.
    "source",
    "write",
    // What the API server says of a value.
    "check",
    // One object: where its fields stand, as it was written, as it is stored.
    "places",
    "written",
    "stored",
    // Several: a manifest over what is live, all that was read.
    "apply",
    "objects",
    "policy",
    "lint",
];

/// The sources of all crates.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crates = std::fs::read_dir(root.join("crates")).unwrap();
    let mut all: Vec<PathBuf> = crates.map(|it| it.unwrap().path().join("src")).collect();
    all.extend([root.join("src"), root.join("examples/operator/src")]);
    all.sort();
    all
}

#[test]
fn no_rooms_beside_each_other_use_each_other_in_circles() {
    let mut rooms = 0;
    for source in sources() {
        let modules = Modules::read(&source);
        rooms += modules.len();
        let circles = modules.circles();
        assert!(circles.is_empty(), "{}: {circles:#?}", source.display());
    }
    assert!(rooms > 400, "{rooms}");
}

fn in_order(source: &str, order: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let modules = Modules::read(&source);
    let known: BTreeSet<&str> = order.iter().copied().collect();
    assert_eq!(modules.rooms(), known, "{}", source.display());
    let rank = |room: &str| order.iter().position(|known| *known == room);
    let uses = modules.uses_between_rooms();
    assert!(uses.len() > order.len(), "{uses:?}");
    let against: Vec<_> = (uses.iter())
        .filter(|(room, used)| rank(used) > rank(room))
        .collect();
    assert!(against.is_empty(), "{}: {against:#?}", source.display());
}

#[test]
fn no_room_of_the_core_uses_a_later_one() {
    in_order("src", &CORE);
}

#[test]
fn no_room_of_the_explanations_uses_a_later_one() {
    in_order("crates/daemonset-explain/src", &EXPLAIN);
}

#[test]
fn no_room_of_the_manifests_uses_a_later_one() {
    in_order("crates/daemonset-manifest/src", &MANIFEST);
}
