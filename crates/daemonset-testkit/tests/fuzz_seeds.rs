//! What the fuzz targets begin with, and what they have found, held to the same rules.

#[path = "../../../fuzz/checks/mod.rs"]
mod checks;

use std::fs;
use std::path::Path;

/// Checks every seed and every finding of a target, each named should it fail.
fn run(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        root.join("../../fuzz/seeds"),
        root.join("tests/fuzz_findings"),
    ];
    let mut checked = 0;
    for folder in folders.map(|folder| folder.join(target)) {
        let Ok(files) = fs::read_dir(&folder) else {
            continue;
        };
        for file in files {
            let path = file.expect("a file").path();
            println!("{}", path.display());
            check(&fs::read(&path).expect("readable"));
            checked += 1;
        }
    }
    assert!(checked > 0, "{target} has no seeds");
}

#[test]
fn manifest() {
    run("manifest", checks::manifest::check);
}

#[test]
fn selector() {
    run("selector", checks::selector::check);
}

#[test]
fn snapshot() {
    run("snapshot", checks::snapshot::check);
}

#[test]
fn cluster() {
    run("cluster", checks::cluster::check);
}
