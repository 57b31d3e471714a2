//! Holds the crate against recorded decisions of the Kubernetes controller: every case, every
//! field.
//!
//! The cases are read from the folder that `CONFORMANCE_CASES` names, or else from the project's
//! own copy.

#[path = "conformance/plans.rs"]
mod plans;
#[path = "conformance/rules.rs"]
mod rules;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;

/// What one case came to: nothing to say, or the field that differs, the recorded answer and ours.
type Differences = Vec<(String, Value, Value)>;

fn folder() -> PathBuf {
    std::env::var_os("CONFORMANCE_CASES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"),
        PathBuf::from,
    )
}

/// Every case of the files whose names begin like this.
fn cases(prefix: &str) -> Vec<Value> {
    let folder = folder();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(prefix) && name.ends_with(".jsonl.gz")
        })
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "no {prefix}*.jsonl.gz in {}",
        folder.display()
    );
    let mut cases = Vec::new();
    for file in files {
        let mut text = String::new();
        GzDecoder::new(File::open(&file).unwrap())
            .read_to_string(&mut text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (line, case) in text.lines().enumerate() {
            let case = serde_json::from_str(case)
                .unwrap_or_else(|error| panic!("{}, line {}: {error}", file.display(), line + 1));
            cases.push(case);
        }
    }
    cases
}

/// Compares all cases, prints how many of each kind were compared and how many differ, and fails
/// with the first few that do.
fn compare(
    cases: &[Value],
    kind: impl Fn(&Value) -> String,
    name: impl Fn(usize, &Value) -> String,
    differences: impl Fn(&Value) -> Differences,
) {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut first = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let found = differences(case);
        let count = counts.entry(kind(case)).or_default();
        count.0 += 1;
        count.1 += usize::from(!found.is_empty());
        if !found.is_empty() && first.len() < 5 {
            first.push((name(at, case), found));
        }
    }
    for (kind, (compared, differ)) in &counts {
        println!("{kind}: {compared} compared, {differ} differ");
    }
    for (name, found) in &first {
        for (field, recorded, ours) in found {
            println!("{name}, {field}:\n  recorded {recorded}\n  ours     {ours}");
        }
    }
    assert!(!cases.is_empty(), "there is no case");
    assert!(first.is_empty(), "some cases differ");
}

#[test]
fn whole_rounds() {
    let cases = cases("plans");
    compare(
        &cases,
        |_| "plan".to_owned(),
        |_, case| case["name"].to_string(),
        plans::differences,
    );
}

#[test]
fn single_rules() {
    let mut cases = cases("rules");
    // What the API server refuses is the subject of another crate, which is held against these.
    cases.retain(|case| case["kind"] != "validation");
    compare(
        &cases,
        |case| case["kind"].as_str().unwrap_or("?").to_owned(),
        |at, case| format!("{} in case {}", case["kind"], at + 1),
        rules::differences,
    );
}
