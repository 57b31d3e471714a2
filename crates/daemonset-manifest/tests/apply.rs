//! What `kubectl apply` leaves, held against what it left: DaemonSets of a real API server, changed
//! by others and then applied again, on the client's side and on the server's.
//!
//! `APPLY_CASE=7-s0012` shows one case, `CONFORMANCE_CASES=FOLDER` reads the files `apply*.jsonl.gz` of
//! another folder.

#[path = "../../../fuzz/checks/apply.rs"]
mod rules;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use daemonset::template::canonical_template;
use daemonset_manifest::Diagnostic;
use daemonset_manifest::apply::{Applied, Basis, Doubt, DoubtReason, apply, stored};
use daemonset_manifest::check::Check;
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

/// One case: what was there, what was applied, and what came of it.
struct Case(Map<String, Value>);

impl Case {
    fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0.get(name)?.as_object()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn name(&self) -> &str {
        self.text("name").unwrap()
    }
}

fn cases() -> Vec<Case> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let folder = std::env::var("CONFORMANCE_CASES").unwrap_or_else(|_| own.to_owned());
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("apply") && name.ends_with(".jsonl.gz")
    };
    let mut files: Vec<_> = entries.filter(is_ours).collect();
    files.sort();
    let wanted = std::env::var("APPLY_CASE").ok();
    let mut cases = Vec::new();
    for file in files {
        for line in BufReader::new(GzDecoder::new(File::open(file).unwrap())).lines() {
            let case = Case(serde_json::from_str(&line.unwrap()).unwrap());
            if wanted.as_ref().is_none_or(|wanted| case.name() == wanted) {
                cases.push(case);
            }
        }
    }
    cases
}

/// What counts of an object: labels, annotations and the spec in stored form.
fn form(set: &Map<String, Value>, live: Option<&Map<String, Value>>) -> Value {
    let typed = stored(set.clone(), live).unwrap();
    let mut annotations = BTreeMap::new();
    for (key, value) in &typed.metadata.annotations {
        if !key.starts_with("deprecated.daemonset")
            && !key.starts_with("kubectl.kubernetes.io/last")
        {
            annotations.insert(key.to_owned(), value.to_owned());
        }
    }
    let mut spec = json!(typed.spec);
    spec["template"] = canonical_template(&spec["template"]);
    json!({"labels": typed.metadata.labels, "annotations": annotations, "spec": spec})
}

fn differs(one: &Value, other: &Value, path: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (a, b) = (one.get(key), other.get(key));
                let (a, b) = (a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null));
                differs(a, b, &format!("{path}.{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differs(a, b, &format!("{path}[{at}]"), found);
            }
        }
        _ if one == other => {}
        _ => found.push(format!("{path}: {one} but {other}")),
    }
}

/// What the case says, against ours.
fn judge(case: &Case) -> Vec<String> {
    let (live, manifest) = (
        case.object("live").unwrap(),
        case.object("manifest").unwrap(),
    );
    let applied = apply(live, manifest);
    let verdict = Check::new().of_update(live, &applied.set);
    let is_conflict = |it: &Diagnostic| it.code.as_str() == "apply-conflict";
    let conflicts = applied.faults.iter().filter(|it| is_conflict(it)).count();
    let refused = !verdict.is_accepted() || applied.faults.len() > conflicts;
    let mut found = Vec::new();
    match (case.object("stored"), case.text("refused")) {
        (Some(expected), _) => {
            if refused {
                let why = verdict.findings().chain(&applied.faults);
                let why: Vec<_> = why.map(ToString::to_string).collect();
                found.push(format!("refused: {}", why.join("; ")));
            } else if conflicts > 0 {
                found.push(format!("conflicts: {:?}", applied.faults));
            } else {
                compare(live, expected, &applied, &mut found);
            }
        }
        (None, Some(why)) if why.contains("Apply failed with") => {
            let told = why.split("Apply failed with ").nth(1);
            let told = told.and_then(|rest| rest.split(' ').next()?.parse().ok());
            let told: usize = told.unwrap();
            if told != conflicts {
                found.push(format!(
                    "{conflicts} conflicts: {why}: {:?}",
                    applied.faults
                ));
            }
            if let Some(forced) = case.object("forced") {
                compare(live, forced, &applied, &mut found);
            }
        }
        (None, Some(why)) if !refused => found.push(format!("accepted: {why}")),
        _ => {}
    }
    found
}

fn compare(
    live: &Map<String, Value>,
    expected: &Map<String, Value>,
    applied: &Applied,
    found: &mut Vec<String>,
) {
    if !applied.in_doubt.is_empty() {
        return;
    }
    let ours = form(&applied.set, Some(live));
    differs(&ours, &form(expected, None), "", found);
}

#[test]
fn every_case_ends_as_it_did() {
    let cases = cases();
    assert!(!cases.is_empty());
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = 0;
    for case in &cases {
        let found = judge(case);
        let counts = kinds
            .entry(case.text("kind").unwrap().to_owned())
            .or_default();
        counts.0 += 1;
        if !found.is_empty() {
            counts.1 += 1;
            wrong += 1;
            if wrong <= 400 {
                println!(
                    "{} {}: {}",
                    case.text("kind").unwrap(),
                    case.name(),
                    found.first().unwrap()
                );
            }
        }
        if std::env::var("APPLY_CASE").is_ok() {
            println!("{}", serde_json::to_string_pretty(&case.0).unwrap());
        }
    }
    println!("{kinds:?} (cases, of which differ)");
    assert_eq!(wrong, 0, "of {}", cases.len());
}

/// What the API server calls a change is one here, and nothing else is.
#[test]
fn the_generation_is_raised_where_the_stored_form_differs() {
    for case in cases() {
        let Some(expected) = case.object("stored") else {
            continue;
        };
        let generation = case.0["generation"].as_array().unwrap();
        let spec = |set: &Map<String, Value>| form(set, None)["spec"].clone();
        let before = spec(case.object("live").unwrap());
        assert_eq!(
            before == spec(expected),
            generation[0] == generation[1],
            "{}",
            case.name()
        );
    }
}

/// Where nothing tells what goes, what really went is in doubt.
#[test]
fn what_nothing_decides_is_in_doubt() {
    for case in cases() {
        let Some(expected) = case.object("stored").or(case.object("forced")) else {
            continue;
        };
        let mut live = case.object("live").unwrap().clone();
        let Some(Value::Object(metadata)) = live.get_mut("metadata") else {
            panic!("no metadata")
        };
        metadata.remove("managedFields");
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
        let applied = apply(&live, case.object("manifest").unwrap());
        assert_eq!(applied.basis, Basis::Nothing);
        let (kept, expected) = (form(&applied.set, Some(&live)), form(expected, None));
        if kept != expected && applied.in_doubt.is_empty() {
            let mut found = Vec::new();
            differs(&kept, &expected, "", &mut found);
            panic!(
                "{}: nothing is in doubt, but {}",
                case.name(),
                found.join("; ")
            );
        }
        // What went is not in doubt any more.
        let gone = |applied: &Applied| -> Vec<String> {
            let doubts = applied.in_doubt.iter();
            let doubts = doubts.filter(|it| it.reason == DoubtReason::NothingRecorded);
            doubts.map(|doubt| doubt.path.to_string()).collect()
        };
        let rest = apply(&applied.otherwise(), case.object("manifest").unwrap());
        assert!(gone(&rest).is_empty(), "{}: {:?}", case.name(), gone(&rest));
    }
}

/// A manifest that was applied is applied again: nothing comes of it. (On the server's side, who has
/// set what would have to be written down in between.)
#[test]
fn applied_twice_is_applied_once() {
    for case in cases() {
        let (live, manifest) = (
            case.object("live").unwrap(),
            case.object("manifest").unwrap(),
        );
        let mut once = apply(live, manifest);
        let is_ambiguous = |it: &Doubt| it.reason == DoubtReason::RepeatedKey;
        if once.basis != Basis::LastApplied
            || once.in_doubt.iter().any(is_ambiguous)
            || !once.faults.is_empty()
        {
            continue;
        }
        let last = Value::Object(manifest.clone()).to_string();
        once.set["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
            last.into();
        let twice = apply(&once.set, manifest);
        if !Check::new().of_update(live, &once.set).is_accepted() {
            continue;
        }
        let (once, twice) = (form(&once.set, Some(live)), form(&twice.set, Some(live)));
        assert_eq!(once["spec"], twice["spec"], "{}", case.name());
    }
}

/// The order in which fields are written changes nothing.
#[test]
fn the_order_of_fields_is_nothing() {
    fn reversed(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields = fields.iter().rev();
                Value::Object(
                    fields
                        .map(|(key, it)| (key.clone(), reversed(it)))
                        .collect(),
                )
            }
            Value::Array(items) => items.iter().map(reversed).collect(),
            other => other.clone(),
        }
    }
    for case in cases() {
        let (live, manifest) = (
            case.object("live").unwrap(),
            case.object("manifest").unwrap(),
        );
        let one = apply(live, manifest);
        let turned = |it: &Map<String, Value>| match reversed(&Value::Object(it.clone())) {
            Value::Object(it) => it,
            _ => Map::new(),
        };
        let other = apply(&turned(live), &turned(manifest));
        assert_eq!(one.set, other.set, "{}", case.name());
        let paths = |applied: &Applied| {
            let paths = applied.in_doubt.iter().map(|it| it.path.to_string());
            paths.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(paths(&one), paths(&other), "{}", case.name());
    }
}

/// What holds for whatever is applied to whatever: the rules of the fuzz target `apply`.
#[test]
fn anything_is_applied_to_anything() {
    let cases = cases();
    let others = cases.iter().cycle().skip(1);
    for (at, (case, other)) in cases.iter().zip(others).enumerate() {
        let (live, manifest) = (
            case.object("live").unwrap(),
            other.object("manifest").unwrap(),
        );
        rules::check_both(live, manifest);
        // Without one of the fields of a pod.
        let mut manifest = Value::Object(manifest.clone());
        let pod = manifest.pointer_mut("/spec/template/spec");
        if let Some(Value::Object(pod)) = pod {
            let name = pod.keys().nth(at % pod.len().max(1)).cloned();
            pod.remove(&name.unwrap_or_default());
            pod.insert("nodeNam".to_owned(), "x".into());
        }
        rules::check(json!([live, manifest]).to_string().as_bytes());
    }
}
