//! Holds `check` against what an API server of Kubernetes 1.36.3 answered.
//!
//! Reads every `validation*.jsonl.gz` in the folder that the environment variable
//! `CONFORMANCE_CASES` names, by default the project's own, and compares every case, asked
//! strictly and with warnings. `VALIDATION_CASE=tiny/vol` shows the cases whose names have this
//! in them, with both answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use daemonset_manifest::check::{Check, FieldValidation, Reason, Verdict, as_kubectl_prints};
use daemonset_manifest::{Diagnostic, Severity};
use flate2::read::GzDecoder;
use serde_json::Value;

/// How many of the project's own cases differ, of each kind. See `docs/validation.md`.
const DIFFERING: Figures = Figures {
    cases: 6779,
    acceptance: 0,
    faults: 0,
    decoding: 0,
    warnings: 0,
};

/// How many differing answers are shown.
const EXAMPLES: usize = 40;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    cases: usize,
    acceptance: usize,
    faults: usize,
    decoding: usize,
    warnings: usize,
}

/// What a server said, or what is said here: comparable.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    accepted: bool,
    /// Paths and reasons; none where it did not decode.
    faults: BTreeSet<(String, String)>,
    warnings: BTreeSet<String>,
}

#[test]
fn answers_are_those_of_the_server() {
    let (folder, is_own) = match std::env::var_os("CONFORMANCE_CASES") {
        Some(folder) => (PathBuf::from(folder), false),
        None => (
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance"),
            true,
        ),
    };
    let shown = std::env::var("VALIDATION_CASE").ok();
    let (mut figures, mut examples) = (Figures::default(), 0);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases(&folder) {
        let name = case["name"].as_str().unwrap();
        if shown.as_ref().is_some_and(|shown| !name.contains(shown)) {
            continue;
        }
        figures.cases += 1;
        let set = case["daemonSet"].as_object().unwrap();
        for (mode, validation) in [
            ("strict", FieldValidation::Strict),
            ("warn", FieldValidation::Warn),
        ] {
            let verdict = Check::new().field_validation(validation).of(set);
            let differences = differences(&case[mode], &verdict);
            if shown.is_some() {
                show(name, mode, &case[mode], &verdict);
            } else if !differences.is_empty() && examples < EXAMPLES {
                examples += 1;
                show_difference(name, mode, &case[mode], &verdict);
            }
            for what in differences {
                *match what {
                    "acceptance" => &mut figures.acceptance,
                    "faults" => &mut figures.faults,
                    "decoding" => &mut figures.decoding,
                    _ => &mut figures.warnings,
                } += 1;
                let kind = name.split_once('/').map_or(name, |(_, slip)| slip);
                *kinds.entry(format!("{mode} {what}: {kind}")).or_default() += 1;
            }
        }
    }
    println!("{figures:?} (each case is asked twice)");
    for (kind, times) in &kinds {
        println!("{times:4} {kind}");
    }
    if shown.is_some() {
        return;
    }
    assert!(figures.cases > 0, "no cases in {}", folder.display());
    if is_own {
        assert_eq!(figures, DIFFERING);
    }
}

/// The rules of the set itself, held against the API server's own code: full sets in which few
/// fields differ.
#[test]
fn faults_are_those_of_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/rules.jsonl.gz");
    let (mut cases, mut differing) = (0, Vec::new());
    for case in lines_of(&path).filter(|case| case["kind"] == "validation") {
        cases += 1;
        let recorded = case["out"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let theirs: BTreeSet<_> = recorded
            .map(|fault| (text(&fault["field"]), text(&fault["type"])))
            .collect();
        let set = case["in"].as_object().unwrap();
        let verdict = Check::new().namespace(None).of(set);
        let ours: BTreeSet<_> = verdict.findings().filter_map(fault).collect();
        if theirs != ours {
            differing.push((cases, theirs, ours));
        }
    }
    assert_eq!(cases, 300);
    assert_eq!(differing, []);
}

fn cases(folder: &Path) -> impl Iterator<Item = Value> {
    let entries = std::fs::read_dir(folder).expect("the folder of cases");
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("validation") && name.ends_with(".jsonl.gz")
    };
    let paths: BTreeSet<_> = paths.filter(is_ours).collect();
    paths.into_iter().flat_map(|path| lines_of(&path))
}

fn lines_of(path: &Path) -> impl Iterator<Item = Value> + use<> {
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// In what the two answers differ.
fn differences(recorded: &Value, verdict: &Verdict) -> Vec<&'static str> {
    let (theirs, ours) = (recorded_answer(recorded), own_answer(verdict));
    let mut differences = Vec::new();
    if theirs.accepted != ours.accepted {
        differences.push("acceptance");
    }
    match recorded["message"].as_str() {
        Some(message) if !decoding_is_the_same(message, verdict) => differences.push("decoding"),
        None if theirs.faults != ours.faults => differences.push("faults"),
        _ => {}
    }
    // Where it did not decode, there are none to compare.
    if recorded.get("message").is_none() && theirs.warnings != ours.warnings {
        differences.push("warnings");
    }
    differences
}

fn recorded_answer(recorded: &Value) -> Answer {
    let list = |name: &str| recorded[name].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Answer {
        accepted: recorded["accepted"].as_bool().unwrap(),
        faults: list("faults")
            .map(|fault| (text(&fault[0]), text(&fault[1])))
            .collect(),
        // `299 - "text"`, the text as in JSON.
        warnings: list("warnings")
            .map(|warning| serde_json::from_str(&warning.as_str().unwrap()[6..]).unwrap())
            .collect(),
    }
}

fn own_answer(verdict: &Verdict) -> Answer {
    let of = |severity| {
        verdict
            .findings()
            .filter(move |finding| finding.severity == severity)
    };
    Answer {
        accepted: verdict.is_accepted(),
        faults: of(Severity::Error).filter_map(fault).collect(),
        warnings: of(Severity::Warning).map(as_kubectl_prints).collect(),
    }
}

/// Path and reason of a fault.
fn fault(finding: &Diagnostic) -> Option<(String, String)> {
    let reason = Reason::from_code(finding.code)?;
    Some((finding.path.to_string(), reason.as_api_str().to_owned()))
}

/// Whether what the server could not decode is found here too: all unknown fields, and the field
/// of the wrong type that it came to first.
fn decoding_is_the_same(message: &str, verdict: &Verdict) -> bool {
    let paths = |code: &'static str| {
        let findings = verdict
            .findings()
            .filter(move |finding| finding.code.as_str() == code);
        findings.map(|finding| finding.path.to_string())
    };
    if message.contains("strict decoding error") {
        let unknown = message.split("unknown field \"").skip(1);
        let unknown: BTreeSet<_> = unknown
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        return unknown == paths("unknown-field").collect();
    }
    let of_kinds = [
        "is registered for version",
        "unexpected GroupVersion",
        "unknown conversion",
        "does not match the expected API version",
    ];
    if of_kinds.iter().any(|words| message.contains(words)) {
        return paths("wrong-kind").count() == 1;
    }
    let named = message.split("Go struct field ").nth(1);
    let Some(named) = named.and_then(|rest| rest.split(" of type").next()) else {
        // Of quantities, times and the template's generation it does not say where they stand.
        return paths("wrong-type").count() > 0;
    };
    // The server names the Go type first, the fields without indices, and embedded types too.
    let named = named.split('.').skip(1);
    let embedded = ["VolumeSource", "ProbeHandler", "EphemeralContainerCommon"];
    let named: Vec<_> = named.filter(|step| !embedded.contains(step)).collect();
    let plain = |path: String| {
        let mut plain = String::new();
        let mut depth = 0;
        for c in path.chars() {
            depth += usize::from(c == '[');
            if depth == 0 {
                plain.push(c);
            }
            depth -= usize::from(c == ']');
        }
        plain
    };
    paths("wrong-type").any(|path| plain(path) == named.join("."))
}

/// Both answers to a case.
fn show(name: &str, mode: &str, recorded: &Value, verdict: &Verdict) {
    println!("{name} ({mode})");
    println!("  theirs: {recorded}");
    for finding in verdict.findings() {
        println!("  ours:   {} {}: {finding}", finding.severity, finding.code);
    }
}

/// What only one of the two said.
fn show_difference(name: &str, mode: &str, recorded: &Value, verdict: &Verdict) {
    let (theirs, ours) = (recorded_answer(recorded), own_answer(verdict));
    println!("{name} ({mode})");
    if let Some(message) = recorded["message"].as_str() {
        println!("  theirs: {message}");
    }
    for (who, one, other) in [("theirs", &theirs, &ours), ("ours", &ours, &theirs)] {
        for fault in one.faults.difference(&other.faults) {
            println!("  only {who}: {} {}", fault.0, fault.1);
        }
        for warning in one.warnings.difference(&other.warnings) {
            println!("  only {who}: {warning}");
        }
    }
}
