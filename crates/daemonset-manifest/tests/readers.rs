//! Dumps as Kubernetes writes them, changed in any place, mean the same to the readers that are made for
//! them and to those for everything.

#[path = "../../../fuzz/checks/manifest.rs"]
#[allow(dead_code)] // the one rule of several that is held here
mod checks;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use checks::means_the_same_to_all_readers;
use daemonset_testkit::splice;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

fn text_of(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path);
    fs::read_to_string(path).unwrap()
}

/// As `kubectl get -o json` prints it.
fn as_json(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    serde::Serialize::serialize(value, &mut serializer).unwrap();
    String::from_utf8(text).unwrap()
}

/// A few items of every kind, with events and a kind that is not read, as YAML and as JSON.
static DUMPS: LazyLock<[String; 2]> = LazyLock::new(|| {
    let text = text_of("examples/bad-image.yaml");
    let mut all: Value = serde_yaml::from_str(&text).unwrap();
    let items = all["items"].as_array().unwrap();
    let mut few = Vec::new();
    for kind in ["DaemonSet", "ControllerRevision", "Node", "Pod", "Event"] {
        few.extend(
            items
                .iter()
                .filter(|item| item["kind"] == kind)
                .take(2)
                .cloned(),
        );
    }
    let mut secret = few[0].clone();
    secret["kind"] = "Secret".into();
    secret["apiVersion"] = "v1".into();
    few.push(secret);
    all["items"] = few.into();
    [daemonset_manifest::to_yaml(&all), as_json(&all)]
});

const PIECES: [&str; 40] = [
    "",
    "a",
    " ",
    "  ",
    "\n",
    "\n  ",
    "\n- ",
    "- ",
    ":",
    ": ",
    ",",
    "\"",
    "'",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "null",
    "~",
    "1",
    "-0",
    "01",
    "1.5e3",
    "18446744073709551617",
    "true",
    "\\u00e9",
    "\\ud800",
    "é",
    "\t",
    "\r",
    "#",
    " # c",
    "---",
    "\"name\": 1,",
    "kind: Pod\n",
    "&x",
    "\u{7f}",
];

proptest! {
    #[test]
    fn a_changed_dump_means_the_same_to_all_readers(
        kind in 0_usize..2,
        changes in proptest::collection::vec(
            (any::<proptest::sample::Index>(), 0_usize..6, proptest::sample::select(&PIECES[..])),
            1..3,
        ),
    ) {
        let mut text = DUMPS[kind].clone();
        for (at, length, piece) in changes {
            splice(&mut text, at, length, piece);
        }
        means_the_same_to_all_readers(text.as_bytes());
    }

    /// A field goes, comes again under the same key, or comes with another value.
    #[test]
    fn a_changed_field_means_the_same_to_all_readers(
        kind in 0_usize..2,
        line in any::<proptest::sample::Index>(),
        other in any::<proptest::sample::Index>(),
        change in 0_u8..4,
    ) {
        let text = &DUMPS[kind];
        let mut lines: Vec<&str> = text.lines().collect();
        let at = line.index(lines.len());
        match change {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at]),
            2 => lines.insert(at, lines[other.index(lines.len())]),
            _ => lines.truncate(at),
        }
        means_the_same_to_all_readers(lines.join("\n").as_bytes());
    }
}

#[test]
fn dumps_mean_the_same_to_all_readers() {
    for dump in DUMPS.iter() {
        means_the_same_to_all_readers(dump.as_bytes());
    }
}

/// The kind that comes first tells how an item is read, and may not be the one that counts.
#[test]
fn a_kind_that_comes_twice_means_the_same_to_all_readers() {
    for (one, other) in [("Node", "Pod"), ("Pod", "Node")] {
        let text = format!(
            r#"{{"apiVersion": "v1", "items": [
              {{"apiVersion": "v1", "kind": "{one}", "kind": "{other}", "metadata": {{"name": "a"}}}}
            ], "kind": "List"}}"#
        );
        means_the_same_to_all_readers(text.as_bytes());
    }
}

/// The first line of a kind may not be all of it.
#[test]
fn a_kind_that_goes_on_means_the_same_to_all_readers() {
    let text = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n    - b\n  metadata:\n    name: a\nkind: List\n";
    means_the_same_to_all_readers(text.as_bytes());
}
