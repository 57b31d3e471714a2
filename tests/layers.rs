//! The rooms of `src/` stand in layers: a room uses those before it in this list, and none after it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms, from the ground up. `lib.rs` stands above all.
const ROOMS: [&str; 23] = [
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
    "lib",
];

/// The rooms that a line of code names.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// Every source file with its room.
fn files(folder: &Path, room: Option<&str>, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let room = room.map_or(stem, str::to_owned);
        if path.is_dir() {
            files(&path, Some(&room), found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((room, fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn no_room_uses_a_later_one() {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        None,
        &mut found,
    );
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut uses: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut rooms = BTreeSet::new();
    for (room, text) in &found {
        assert!(rank(room).is_some(), "{room} has no place in the list");
        rooms.insert(room.as_str());
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        assert!(
            !text.contains("use crate::{"),
            "one room a line, so that it is seen"
        );
        for used in code.flat_map(named).filter(|used| rank(used).is_some()) {
            *uses.entry((room.clone(), used.to_owned())).or_default() += 1;
        }
    }
    assert!(rooms.len() > 15, "{rooms:?}");
    let circles: Vec<_> = (uses.iter())
        .filter(|((room, used), _)| room != "lib" && rank(used) > rank(room))
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}
