//! Reading never panics, and what was read can be looked at, planned for, and written again.

use daemonset::Planner;
use daemonset::api::PodTemplate;
use daemonset::manifest::{Inventory, Manifest, ReadErrors, to_yaml};
use daemonset::revision::{data, template_hash};
use daemonset::template::{apply_defaults, canonical_template, type_faults, unknown_fields};
use daemonset::validate::{validate, validate_update};
use serde_json::{Map, Value};

/// Enough for everything that is read to stand side by side, and little enough to be fast.
pub const MAX_BYTES: usize = 64 << 10;

pub fn check(bytes: &[u8]) {
    for manifest in read(bytes).daemon_sets {
        look_at(&manifest);
        point_out(&manifest);
        even_out(&manifest);
        write_again(&manifest);
    }
}

/// Reads one source; what is wrong with it must print.
pub fn read(bytes: &[u8]) -> Inventory {
    let mut inventory = Inventory::new().max_bytes(MAX_BYTES);
    if let Err(errors) = inventory.read("input", bytes) {
        print(&errors);
    }
    inventory
}

/// Every error is one short line that begins with the source.
fn print(errors: &ReadErrors) {
    assert!(!errors.errors().is_empty());
    for error in errors.errors() {
        let text = error.to_string();
        assert!(text.starts_with("input"), "{text:?}");
        assert!(text.len() < 16 << 10, "{} bytes", text.len());
        assert!(is_one_line(&text), "{text:?}");
    }
    let rest = usize::from(errors.more() > 0);
    let lines = errors.to_string().lines().count();
    assert_eq!(lines, errors.errors().len() + rest);
}

/// Nothing in a message moves the terminal's cursor, line breaks included.
fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

fn look_at(manifest: &Manifest) {
    let set = &manifest.daemon_set;
    let about = |text: String, path: &str| {
        assert!(text.starts_with(path) && is_one_line(&text), "{text:?}");
        let line = manifest.line_of(path);
        assert!(line.is_some_and(|line| line > 0), "{path:?} is on no line");
    };
    for fault in validate(set) {
        about(fault.to_string(), &fault.field);
    }
    assert_eq!(validate_update(set, set), validate(set));
    for fault in type_faults(&manifest.json) {
        about(fault.to_string(), &fault.path);
    }
    for unknown in unknown_fields(&manifest.json) {
        about(unknown.to_string(), &unknown.path);
    }
    match Planner::new(set) {
        Ok(planner) => {
            let _ = planner.plan(&[], &[]);
            let _ = planner.pod_for("node-a").to_string();
        }
        Err(error) => about(error.to_string(), "spec.selector."),
    }
}

/// What the schema finds is there, so its line is known to the line.
fn point_out(manifest: &Manifest) {
    let types = type_faults(&manifest.json).into_iter();
    let unknown = unknown_fields(&manifest.json).into_iter();
    let paths: Vec<String> = types
        .map(|fault| fault.path)
        .chain(unknown.map(|field| field.path))
        .collect();
    if paths.is_empty() {
        return;
    }
    // One key a line.
    let text = serde_json::to_string_pretty(&manifest.json).expect("JSON");
    let lines: Vec<&str> = text.lines().collect();
    let mut pretty = Inventory::new();
    pretty
        .read("pretty", text.as_bytes())
        .expect("it was read before");
    for path in paths {
        let line = pretty.daemon_sets[0].line_of(&path).expect("a line");
        let line = lines[line as usize - 1].trim_start();
        if path.ends_with(']') && !path.ends_with("\"]") {
            continue; // an item of a list has no key
        }
        let mut key = serde_json::Deserializer::from_str(line).into_iter::<String>();
        let key = key.next().and_then(Result::ok).unwrap_or_default();
        let quoted = format!("[{}]", Value::from(&*key));
        let is_there = path.ends_with(&key) || path.ends_with(&quoted);
        // Characters that no message has are told by their codes.
        let is_spelt_out = key.contains(char::is_control);
        assert!(is_there || is_spelt_out, "{path:?} points at {line:?}");
    }
}

/// Setting defaults twice is setting them once; a template's stored form is that of itself and of
/// the template with defaults.
fn even_out(manifest: &Manifest) {
    let mut once = manifest.json.clone();
    apply_defaults(&mut once);
    let mut twice = once.clone();
    apply_defaults(&mut twice);
    assert_eq!(in_order(&once), in_order(&twice));

    let template = |set: &Map<String, Value>| -> Value {
        let spec = set.get("spec").and_then(Value::as_object);
        let template = spec.and_then(|spec| spec.get("template"));
        template.cloned().unwrap_or_default()
    };
    let stored = canonical_template(&template(&manifest.json));
    assert_eq!(
        stored,
        canonical_template(&template(&once)),
        "with defaults"
    );
    assert_eq!(stored, canonical_template(&stored), "stored");

    let written = &manifest.daemon_set.spec.template;
    let stored = PodTemplate::try_from(stored).expect("what was read reads in its stored form");
    assert_eq!(data(written), data(&stored));
    assert_eq!(
        template_hash(written, Some(1)),
        template_hash(&stored, Some(1))
    );
    let data: Value = serde_json::from_str(&data(written)).expect("revision data is JSON");
    assert_eq!(data["spec"]["template"]["$patch"], "replace");
}

/// What is written as YAML or JSON reads as what it was, fields in their order.
fn write_again(manifest: &Manifest) {
    let json = Value::Object(manifest.json.clone());
    for text in [to_yaml(&json), json.to_string()] {
        let mut again = Inventory::new();
        if let Err(errors) = again.read("again", text.as_bytes()) {
            panic!("{errors}\n{text}");
        }
        let read = &again.daemon_sets[0];
        assert_eq!(in_order(&read.json), in_order(&manifest.json), "{text}");
        assert_eq!(read.daemon_set, manifest.daemon_set, "{text}");
    }
}

/// JSON objects are equal whatever the order of their fields; their texts are not.
fn in_order(fields: &Map<String, Value>) -> String {
    serde_json::to_string(fields).expect("JSON")
}
