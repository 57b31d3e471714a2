//! What the command prints, word for word: each case is run as a person would run it and held
//! against a file in `tests/command`.
//!
//! `DSPLAN_REWRITE=1 cargo test --features cli --test command` writes the files anew, for a person
//! to look at the difference before it is committed. Where `CI` is set that is refused.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SNAPSHOTS: &str = "examples/snapshots";
const INPUT: &str = "tests/command/input";

/// Runs the command in the crate's directory.
fn dsplan(arguments: &[String], input: Option<&[u8]>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dsplan"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CLICOLOR_FORCE")
        .env("TERM", "xterm-256color")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The command may have ended without reading it.
    let _ = stdin.write_all(input.unwrap_or_default());
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// `SNAPSHOT.snapshot` and `NAME.input` stand for files, so that the cases stay short.
fn arguments(line: &str) -> Vec<String> {
    let words = line.split_whitespace().map(|word| {
        let (stem, end) = word.rsplit_once('.').unwrap_or((word, ""));
        match end {
            "snapshot" => format!("{SNAPSHOTS}/{stem}.yaml"),
            "input" => format!("{INPUT}/{stem}.yaml"),
            _ => word.to_owned(),
        }
    });
    words.collect()
}

/// The command line, the exit code, and what was printed.
fn transcript(line: &str, input: Option<&[u8]>) -> (String, Output) {
    let arguments = arguments(line);
    let output = dsplan(&arguments, input);
    let piped = if input.is_some() { " < INPUT" } else { "" };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let transcript = format!(
        "$ dsplan {}{piped}\nexit code {}\n--- stdout\n{}--- stderr\n{}",
        arguments.join(" "),
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    );
    (transcript, output)
}

fn golden(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command");
    directory.join(name).with_extension("txt")
}

/// Holds what is printed against the file of this name.
fn check(name: &str, line: &str, input: Option<&[u8]>) -> Output {
    let (found, output) = transcript(line, input);
    assert!(!found.contains('\u{1b}'), "colour without a terminal");
    let file = golden(name);
    if std::env::var_os("DSPLAN_REWRITE").is_some() {
        assert!(
            std::env::var_os("CI").is_none(),
            "expected texts are not rewritten where CI is set"
        );
        fs::write(&file, found).unwrap();
        return output;
    }
    let expected = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; see the head of the test", file.display()));
    if found != expected {
        let (mut a, mut b) = (expected.lines(), found.lines());
        let mut number = 1;
        let (expected, found) = loop {
            match (a.next(), b.next()) {
                (Some(a), Some(b)) if a == b => number += 1,
                pair => break pair,
            }
        };
        let file = file.display();
        panic!("{file}:{number}: expected\n  {expected:?}, found\n  {found:?}");
    }
    output
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// What was printed for programs.
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn yaml(output: &Output) -> Value {
    serde_yaml::from_slice(&output.stdout).unwrap()
}

#[test]
fn plan() {
    check("plan-steady", "plan steady.snapshot", None);
    check(
        "plan-surging",
        "plan rolled-back-and-surging.snapshot",
        None,
    );
    check(
        "plan-stuck",
        "plan stuck-rollout.snapshot calico-node",
        None,
    );
    check("plan-small", "plan small.input", None);
    check("plan-faulty", "plan faulty.input", None);
    let planned = check("plan-json", "plan small.input -o json", None);
    let actions = &json(&planned)["daemonSets"][0]["plan"]["actions"];
    assert!(actions.as_array().unwrap().len() > 1);
    let again = check("plan-yaml", "plan small.input -o yaml", None);
    assert_eq!(json(&planned), yaml(&again));
}

#[test]
fn status() {
    let all = check("status-stuck", "status stuck-rollout.snapshot", None);
    assert_eq!(code(&all), 1);
    let one = check(
        "status-one",
        "status steady.snapshot default/example-daemonset",
        None,
    );
    assert_eq!(code(&one), 0);
    check("status-unknown", "status small.input", None);
    let value = check(
        "status-json",
        "status steady.snapshot -n logging -o json",
        None,
    );
    assert_eq!(json(&value)["daemonSets"][0]["done"], true);
    let again = dsplan(
        &arguments("status steady.snapshot -n logging -o yaml"),
        None,
    );
    assert_eq!(json(&value), yaml(&again));
}

#[test]
fn history() {
    check("history", "history rolled-back-and-surging.snapshot", None);
    check("history-none", "history small.input", None);
    check(
        "history-revision",
        "history rolled-back-and-surging.snapshot calico-node --revision 2",
        None,
    );
    let missing = check(
        "history-revision-missing",
        "history rolled-back-and-surging.snapshot calico-node --revision 7",
        None,
    );
    assert_eq!(code(&missing), 1);
    let value = check(
        "history-json",
        "history mid-rollout.snapshot node-exporter -o json",
        None,
    );
    assert_eq!(json(&value)["daemonSets"][0]["revisions"][0]["revision"], 1);
}

#[test]
fn undo() {
    let undone = check("undo", "undo stuck-rollout.snapshot calico-node", None);
    let set = yaml(&undone);
    let image = &set["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_eq!(image, "calico/node:v3.20.2");
    let named = check(
        "undo-to-revision",
        "undo rolled-back-and-surging.snapshot calico-node --to-revision 2 -o json",
        None,
    );
    let image = &json(&named)["spec"]["template"]["spec"]["containers"][0]["image"];
    assert_ne!(image, "calico/node:v3.20.2");
    check("undo-several", "undo stuck-rollout.snapshot", None);
    check("undo-none", "undo steady.snapshot calico-node", None);
}

#[test]
fn validate() {
    check("validate", "validate steady.snapshot", None);
    let faulty = check("validate-faulty", "validate faulty.input", None);
    assert_eq!(code(&faulty), 1);
    let value = check("validate-json", "validate faulty.input -o json", None);
    assert_eq!(json(&value)["daemonSets"][0]["valid"], false);
    check(
        "validate-old",
        "validate refused.input --old steady.snapshot",
        None,
    );
}

#[test]
fn diff() {
    let clean = check(
        "diff-same",
        "diff steady.snapshot same.input node-exporter",
        None,
    );
    assert_eq!(code(&clean), 0);
    for name in ["new-image", "placement", "refused", "on-delete"] {
        let line = format!("diff steady.snapshot {name}.input");
        assert_eq!(code(&check(&format!("diff-{name}"), &line, None)), 1);
    }
    check(
        "diff-stuck",
        "diff stuck-rollout.snapshot new-image.input",
        None,
    );
    check(
        "diff-dumps",
        "diff steady.snapshot stuck-rollout.snapshot",
        None,
    );
    check("diff-manifests", "diff same.input new-image.input", None);
    check("diff-small", "diff small.input small-new.input", None);
    let value = check(
        "diff-json",
        "diff small.input small-new.input -o json",
        None,
    );
    let sets = &json(&value)["daemonSets"];
    assert_eq!(sets[0]["restarts"]["pods"], 1);
    assert_eq!(sets[1]["outcome"], "created");
    let again = check(
        "diff-yaml",
        "diff small.input small-new.input -o yaml",
        None,
    );
    assert_eq!(json(&value), yaml(&again));
    // Without nodes the number of pods is not known, and must not read as none.
    let unknown = dsplan(&arguments("diff same.input new-image.input -o json"), None);
    assert_eq!(json(&unknown)["daemonSets"][0]["restarts"], Value::Null);
}

#[test]
fn lint() {
    check("lint-steady", "lint steady.snapshot", None);
    let small = check("lint-small", "lint small.input", None);
    assert_eq!(code(&small), 1);
    check("lint-faulty", "lint faulty.input", None);
    let infos = check("lint-infos", "lint steady.snapshot filebeat", None);
    assert_eq!(code(&infos), 0);
    let value = check("lint-json", "lint small.input -o json", None);
    assert_eq!(
        json(&value)["daemonSets"][0]["lints"][0]["id"],
        "misspelt-name"
    );
    let again = check("lint-yaml", "lint small.input -o yaml", None);
    assert_eq!(json(&value), yaml(&again));
}

#[test]
fn input() {
    let small = fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(INPUT)
            .join("small.yaml"),
    );
    check("input-standard", "plan - agent", Some(&small.unwrap()));
    check("input-standard-twice", "diff - -", Some(b""));
    check("input-empty", "plan -", Some(b""));
    for (name, line) in [
        ("input-unknown-name", "plan steady.snapshot node-exportr"),
        ("input-unknown-namespace", "lint steady.snapshot -n nowhere"),
        ("input-unreadable", "plan no-such-file.yaml"),
        ("input-broken", "plan tests/command/input/broken.txt"),
        (
            "input-diff-unknown",
            "diff steady.snapshot same.input node-exportr",
        ),
    ] {
        assert_eq!(code(&check(name, line, None)), 2);
    }
}

/// Pods carry hashes that only the revisions explain, so that without them nothing is said.
#[test]
fn without_revisions() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(SNAPSHOTS)
        .join("steady.yaml");
    let mut dump: Value = serde_yaml::from_slice(&fs::read(file).unwrap()).unwrap();
    let items = dump["items"].as_array_mut().unwrap();
    let before = items.len();
    items.retain(|item| item["kind"] != "ControllerRevision");
    assert!(items.len() < before);
    let dump = serde_json::to_vec(&dump).unwrap();
    for (name, line) in [
        ("blind-plan", "plan - node-exporter"),
        ("blind-plan-json", "plan - node-exporter -o json"),
        ("blind-diff", "diff - new-image.input"),
    ] {
        assert_eq!(code(&check(name, line, Some(&dump))), 1);
    }
}

/// A file that no case writes any more would never fail.
#[test]
fn every_expected_text_belongs_to_a_case() {
    let source = include_str!("command.rs");
    let cases =
        ["new-image", "placement", "refused", "on-delete"].map(|name| format!("diff-{name}"));
    for entry in fs::read_dir(golden("any").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "txt") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let is_named =
                source.contains(&format!("\"{name}\"")) || cases.iter().any(|c| c == name);
            assert!(is_named, "{name}.txt belongs to no case");
        }
    }
}

/// How a rollout stands, what runs on a node, and what runs where.
#[test]
fn explanations() {
    check("explain-stuck", "explain stuck-rollout.snapshot", None);
    check(
        "explain-surging",
        "explain rolled-back-and-surging.snapshot",
        None,
    );
    check("explain-set", "explain steady.snapshot filebeat", None);
    check(
        "explain-matrix",
        "explain stuck-rollout.snapshot --matrix",
        None,
    );
    let node = "--node ip-10-0-2-18.eu-west-1.compute.internal";
    check(
        "explain-node",
        &format!("explain stuck-rollout.snapshot {node}"),
        None,
    );
    check(
        "explain-no-such-node",
        "explain stuck-rollout.snapshot --node ip-10-0-9",
        None,
    );
    let set = "explain stuck-rollout.snapshot calico-node -o json";
    let explained = check("explain-json", set, None);
    let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
    let primary = &explained["daemonSets"][0]["diagnosis"]["primary"];
    assert_eq!(primary["id"], "badNodes");
}
