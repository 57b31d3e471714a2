//! The rooms of `src/` stand in layers: a room uses those before it in this list, and none after it. In
//! some of the crates above no rooms use each other in circles.

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

/// The rooms that a line of code names, one after `crate::` or several in braces.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).flat_map(|rest| {
        let several = rest.strip_prefix('{');
        let several = several.map(|rest| rest.split('}').next().unwrap_or(rest));
        let names = several.map_or(vec![rest], |names| names.split(", ").collect());
        names.into_iter().map(|name| {
            let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            &name[..end.unwrap_or(name.len())]
        })
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

/// The uses of a room by another one, by how often, in the sources of a crate.
fn uses(sources: &Path, is_room: impl Fn(&str) -> bool) -> BTreeMap<(String, String), usize> {
    let mut found = Vec::new();
    files(sources, None, &mut found);
    let mut uses: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (room, text) in &found {
        assert!(
            is_room(room) || matches!(room.as_str(), "lib" | "main"),
            "{room} has no place in the list"
        );
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        let mut lines = text.lines();
        assert!(
            !lines.any(|line| line.contains("crate::{") && !line.contains('}')),
            "{room}: rooms on a line of their own are not seen"
        );
        for used in code.flat_map(named).filter(|used| is_room(used)) {
            *uses.entry((room.clone(), used.to_owned())).or_default() += 1;
        }
    }
    uses
}

#[test]
fn no_room_uses_a_later_one() {
    let rank = |room: &str| ROOMS.iter().position(|known| *known == room);
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let uses = uses(&sources, |room| rank(room).is_some());
    let rooms: BTreeSet<_> = uses.keys().map(|(room, _)| room).collect();
    assert!(rooms.len() > 15, "{rooms:?}");
    let circles: Vec<_> = (uses.iter())
        .filter(|((room, used), _)| room != "lib" && rank(used) > rank(room))
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

/// The crates above the core in which no rooms go round in circles, whatever their order.
const WITHOUT_CIRCLES: [&str; 3] = ["daemonset-forecast", "daemonset-report", "dsplan"];

#[test]
fn no_rooms_of_these_crates_use_each_other_in_circles() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    for name in WITHOUT_CIRCLES {
        let sources = crates.join(name).join("src");
        let rooms: BTreeSet<String> = (fs::read_dir(&sources).unwrap())
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|room| !matches!(room.as_str(), "lib" | "main"))
            .collect();
        let uses = uses(&sources, |room| rooms.contains(room));
        let mut left = rooms.clone();
        // A room that uses none of those that are left has its place below them.
        while let Some(lowest) = (left.iter())
            .find(|room| {
                let others = uses.keys().filter(|(by, other)| by == *room && other != by);
                others
                    .map(|(_, other)| other)
                    .all(|other| !left.contains(other))
            })
            .cloned()
        {
            left.remove(&lowest);
        }
        let circles: Vec<_> = (uses.keys())
            .filter(|(room, used)| room != used && left.contains(room) && left.contains(used))
            .collect();
        assert!(left.is_empty(), "{name}: {circles:#?}");
        assert!(rooms.len() > 3, "{name}: {rooms:?}");
    }
}
