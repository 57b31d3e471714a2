//! A JSON object as a DaemonSet that is about to be sent to the API server.

use daemonset::template::table::{self, Kind, Type};
use daemonset_manifest::check::{Check, FieldValidation, Verdict};
use daemonset_manifest::{Diagnostic, FieldPath, Severity};
use serde_json::{Map, Value};

pub fn check(bytes: &[u8]) {
    if let Ok(Value::Object(set)) = serde_json::from_slice(bytes) {
        check_set(&set);
    }
}

pub fn check_set(set: &Map<String, Value>) {
    let strict = Check::new().of(set);
    let warn = Check::new().field_validation(FieldValidation::Warn).of(set);
    let ignore = Check::new()
        .field_validation(FieldValidation::Ignore)
        .of(set);
    if has_unknown(table::root_type(), set) {
        assert!(!strict.is_accepted());
    } else {
        assert_eq!(strict, warn);
    }
    assert!(warn.is_accepted() || !strict.is_accepted());
    assert_eq!(warn.is_accepted(), ignore.is_accepted());
    for finding in strict.findings().chain(warn.findings()) {
        told_well(finding);
    }
    told_in_order(&strict);
    // The order of keys means nothing.
    let turned = turned(&Value::Object(set.clone()));
    assert_eq!(Check::new().of(turned.as_object().unwrap()), strict);
    // What stays as it is may stay; a field that is switched off is dropped only where it is new.
    let is_dropped = |finding: &Diagnostic| finding.code.as_str() == "switched-off";
    if !strict.findings().any(is_dropped) {
        assert_eq!(Check::new().of_update(set, set), strict);
    }
}

fn told_well(finding: &Diagnostic) {
    let path = finding.path.to_string();
    assert_eq!(FieldPath::parse(&path).to_string(), path);
    let line = finding.to_string();
    assert!(line.chars().all(|c| !c.is_control()), "{line:?}");
    assert!(!finding.message.is_empty());
    assert!(serde_json::to_string(finding).is_ok());
}

fn told_in_order(verdict: &Verdict) {
    let severities: Vec<Severity> = verdict.findings().map(|finding| finding.severity).collect();
    let rank = |severity: &Severity| match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        _ => 2,
    };
    assert!(severities.is_sorted_by_key(rank));
}

/// Whether an object has a field that its type has not, at whatever depth.
fn has_unknown(type_: &Type, object: &Map<String, Value>) -> bool {
    object.iter().any(|(name, value)| {
        type_
            .field(name)
            .is_none_or(|field| unknown_inside(&field.kind, value))
    })
}

fn unknown_inside(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::Object(id), Value::Object(object)) => has_unknown(table::type_of(*id), object),
        (Kind::List(element), Value::Array(items)) => {
            items.iter().any(|item| unknown_inside(element, item))
        }
        (Kind::Map(element), Value::Object(entries)) => {
            entries.values().any(|entry| unknown_inside(element, entry))
        }
        _ => false,
    }
}

/// The same value with the keys of all objects in reverse.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let entries = object.iter().rev();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), turned(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(turned).collect(),
        other => other.clone(),
    }
}
