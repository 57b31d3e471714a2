//! The recorded decisions of the Kubernetes controller: reading them, choosing one by its name, and
//! counting what differs.
//!
//! The cases are read from the folder that `CONFORMANCE_CASES` names, or else from the project's own
//! copy. `CASE` names one case, which is then the only one that is compared:
//!
//! ```text
//! CASE=seed20260-00012 cargo test --test conformance -- --nocapture
//! CASE=tolerations-0012 cargo test --test conformance -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use serde_json::Value;

/// A recorded case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name: the recorded one, or its kind and its place among those of the kind.
    pub name: String,
    /// `plan`, or the rule that the case is about.
    pub kind: String,
    /// All of it.
    pub json: Value,
}

/// What a case came to: of every field that differs its name, the recorded answer and ours.
pub type Differences = Vec<(String, Value, Value)>;

/// Where the cases are.
#[must_use]
pub fn folder() -> PathBuf {
    std::env::var_os("CONFORMANCE_CASES").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../tests/conformance"
            ))
        },
        PathBuf::from,
    )
}

/// The name of the one case that is asked for.
#[must_use]
pub fn wanted() -> Option<String> {
    std::env::var("CASE").ok()
}

/// Every case of the files whose names begin like this, in order.
///
/// # Panics
/// Where there is no such file, or one does not read.
#[must_use]
pub fn cases(prefix: &str) -> Vec<Case> {
    let folder = folder();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(prefix) && name.ends_with(".jsonl.gz")
        })
        .collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "no {prefix}*.jsonl.gz in {}",
        folder.display()
    );
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for file in files {
        let mut text = String::new();
        File::open(&file)
            .and_then(|open| GzDecoder::new(open).read_to_string(&mut text))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for (line, case) in text.lines().enumerate() {
            let json: Value = serde_json::from_str(case)
                .unwrap_or_else(|error| panic!("{}, line {}: {error}", file.display(), line + 1));
            let kind = json["kind"].as_str().unwrap_or("plan").to_owned();
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            let name = match json["name"].as_str() {
                Some(name) => name.to_owned(),
                None => format!("{kind}-{count:04}"),
            };
            cases.push(Case { name, kind, json });
        }
    }
    cases
}

/// Compares all cases, or the one that is asked for, prints how many of each kind were compared and
/// how many differ, and shows the first few that do.
///
/// # Panics
/// Where a case differs, and where there is none.
pub fn compare(cases: &[Case], differences: impl Fn(&Case) -> Differences) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut first = Vec::new();
    for case in cases {
        let found = differences(case);
        let count = counts.entry(&case.kind).or_default();
        count.0 += 1;
        count.1 += usize::from(!found.is_empty());
        if !found.is_empty() && first.len() < 5 {
            first.push((&case.name, found));
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
