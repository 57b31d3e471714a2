//! Reading never panics, and what was read can be looked at, planned for, and written again.

use daemonset::Planner;
use daemonset::api::PodTemplate;
use daemonset::manifest::{Inventory, Manifest, ReadErrors, to_yaml};
use daemonset::revision::{data, template_hash};
use daemonset::schema::{apply_defaults, canonical_template, type_faults, unknown_fields};
use daemonset::validate::{validate, validate_update};
use serde_json::{Map, Value};

/// Enough for everything that is read to stand side by side, and little enough to be fast.
pub const MAX_BYTES: usize = 64 << 10;

pub fn check(bytes: &[u8]) {
    for manifest in read(bytes).daemon_sets {
        look_at(&manifest);
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
        assert!(!text.contains('\n'), "{text:?}");
    }
    let rest = usize::from(errors.more() > 0);
    let lines = errors.to_string().lines().count();
    assert_eq!(lines, errors.errors().len() + rest);
}

fn look_at(manifest: &Manifest) {
    let set = &manifest.daemon_set;
    let mut paths = vec![String::new()];
    for fault in validate(set) {
        assert!(fault.to_string().starts_with(&fault.field));
        paths.push(fault.field);
    }
    assert_eq!(validate_update(set, set), validate(set));
    for unknown in unknown_fields(&manifest.json) {
        assert!(unknown.to_string().starts_with(&unknown.path));
        paths.push(unknown.path);
    }
    for fault in type_faults(&manifest.json) {
        assert!(fault.to_string().starts_with(&fault.path));
        paths.push(fault.path);
    }
    for path in paths {
        let line = manifest.line_of(&path);
        assert!(line.is_some_and(|line| line > 0), "{path:?} is on no line");
    }
    match Planner::new(set) {
        Ok(planner) => {
            let _ = planner.plan(&[], &[]);
            let _ = planner.pod_for("node-a").to_string();
        }
        Err(error) => assert!(error.to_string().starts_with("spec.selector.")),
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
