//! What holds for whatever comes in: the recorded cases, changed at random, go through the rules
//! of the fuzz target `validation`.

#[path = "../../../fuzz/checks/validation.rs"]
mod validation;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use daemonset_manifest::check::{Check, FieldValidation};

/// Every how many-th recorded case is changed.
const STRIDE: usize = 7;

static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = File::open(root.join("tests/conformance/validation.jsonl.gz")).unwrap();
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    let cases = lines
        .step_by(STRIDE)
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    cases.map(|mut case| case["daemonSet"].take()).collect()
});

/// What is done to one of the values of a set.
#[derive(Clone, Debug)]
enum Change {
    Replace(Value),
    Remove,
    Repeat,
    Rename(String),
}

fn change() -> impl Strategy<Value = Change> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2i64..70_000).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[a-z0-9./:=$()-]{0,70}".prop_map(Value::from),
        "[+-]?[0-9]{0,30}[.]?[0-9]{0,12}(m|u|n|k|Mi|Ei|e[0-9]{1,4})?".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, {}, "", 1])),
    ];
    prop_oneof![
        4 => value.prop_map(Change::Replace),
        1 => Just(Change::Remove),
        1 => Just(Change::Repeat),
        1 => "[a-zA-Z./]{0,9}".prop_map(Change::Rename),
    ]
}

/// Every value inside, as a JSON pointer.
fn pointers(value: &Value, here: &str, into: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => {
            let entries = object.iter();
            entries.map(|(key, value)| (escaped(key), value)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (step, child) in children {
        let path = format!("{here}/{step}");
        pointers(child, &path, into);
        into.push(path);
    }
}

fn apply(set: &mut Value, at: Index, change: Change) {
    let mut all = Vec::new();
    pointers(set, "", &mut all);
    if all.is_empty() {
        return;
    }
    let pointer = at.get(&all).as_str();
    let (above, step) = pointer.rsplit_once('/').unwrap();
    let key = step.replace("~1", "/").replace("~0", "~");
    let value = set.pointer(pointer).unwrap().clone();
    match (set.pointer_mut(above).unwrap(), change) {
        (Value::Object(object), Change::Remove) => {
            object.remove(&key);
        }
        (Value::Array(items), Change::Remove) => {
            items.remove(key.parse().unwrap());
        }
        (Value::Object(object), Change::Rename(name)) => {
            object.remove(&key);
            object.insert(name, value);
        }
        (Value::Array(items), Change::Repeat) => items.push(value),
        (_, Change::Replace(other)) => *set.pointer_mut(pointer).unwrap() = other,
        _ => {}
    }
}

proptest! {
    #[test]
    fn every_set_is_judged_in_the_same_way(
        case in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), change()), 0..6),
    ) {
        let mut set = case.get(&CASES).clone();
        for (at, change) in changes {
            apply(&mut set, at, change);
        }
        if let Value::Object(set) = set {
            validation::check_set(&set);
        }
    }

    #[test]
    fn any_json_is_judged(text in "\\PC{0,200}") {
        validation::check(text.as_bytes());
        let object = json!({"spec": {"template": {"spec": text}}, "metadata": {"annotations": {text.clone(): text}}});
        validation::check_set(object.as_object().unwrap());
    }
}

/// What the fuzz target begins with, and what it has found.
#[test]
fn seeds_are_judged() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["fuzz/seeds/validation", "tests/fuzz_findings/validation"];
    let files = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(root.join(folder)).ok())
        .flatten();
    let mut judged = 0;
    for file in files {
        let path = file.unwrap().path();
        println!("{}", path.display());
        validation::check(&std::fs::read(path).unwrap());
        judged += 1;
    }
    assert!(judged > 0);
}

/// What strict decoding refuses is never accepted: a field that there is not, in any object.
#[test]
fn an_unknown_field_anywhere_is_refused() {
    for set in CASES.iter().step_by(STRIDE) {
        if !Check::new().of(set.as_object().unwrap()).is_accepted() {
            continue;
        }
        let mut all = vec![String::new()];
        pointers(set, "", &mut all);
        for pointer in all {
            let mut set = set.clone();
            let Some(Value::Object(object)) = set.pointer_mut(&pointer) else {
                continue;
            };
            object.insert("noSuchField".to_owned(), json!({}));
            let set: &Map<String, Value> = set.as_object().unwrap();
            let warn = Check::new().field_validation(FieldValidation::Warn).of(set);
            let is_told = warn.findings().any(|finding| {
                finding.code.as_str() == "unknown-field"
                    && finding.path.to_string().ends_with("noSuchField")
            });
            // In a map it is an entry, of the wrong type.
            if is_told {
                assert!(warn.is_accepted(), "{pointer}");
            }
            assert!(!Check::new().of(set).is_accepted(), "{pointer}");
        }
    }
}
