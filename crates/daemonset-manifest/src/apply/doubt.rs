//! What nothing decides: fields that are there, and that the manifest does not have.

use daemonset::path::{FieldPath, Step};
use daemonset::template::Shape;
use daemonset::well_known::{LAST_APPLIED_CONFIGURATION, RESTARTED_AT, TEMPLATE_GENERATION};
use serde_json::{Map, Value};

/// Whether others than the author of a manifest write an annotation. One of the template's goes with
/// all of them, where a manifest no longer has any.
fn is_of_others(name: &str, manifest: Option<&Map<String, Value>>) -> bool {
    name == LAST_APPLIED_CONFIGURATION
        || name == TEMPLATE_GENERATION
        || (name == RESTARTED_AT && manifest.is_some())
}

/// The fields of an object, `kept` in the API server's form, that an earlier manifest may have said
/// and this one does not: those it would not be given back by default. `stored` is the manifest in
/// that form.
pub(super) fn in_doubt(kept: &Value, manifest: &Value, stored: &Value) -> Vec<FieldPath> {
    let mut found = Vec::new();
    for (part, fields) in [("metadata", &["labels", "annotations"][..]), ("spec", &[])] {
        let shape = Shape::daemon_set().entry(part);
        let path = FieldPath::root().field(part);
        let of = |root: &Value| root.get(part).cloned().unwrap_or_default();
        let (mut kept, manifest, stored) = (of(kept), of(manifest), of(stored));
        if let (Value::Object(kept), false) = (&mut kept, fields.is_empty()) {
            kept.retain(|name, _| fields.contains(&name.as_str()));
        }
        if let Value::Object(kept) = &kept {
            let (manifest, stored) = (manifest.as_object(), stored.as_object());
            objects(shape, kept, manifest, stored, &path, &mut found);
        }
    }
    found
}

fn objects(
    shape: Shape,
    kept: &Map<String, Value>,
    manifest: Option<&Map<String, Value>>,
    stored: Option<&Map<String, Value>>,
    path: &FieldPath,
    found: &mut Vec<FieldPath>,
) {
    let is_annotations = path.steps().last() == Some(&Step::Field("annotations".into()));
    for (name, value) in kept {
        if is_annotations && is_of_others(name, manifest) {
            continue;
        }
        let path = path.clone().then(shape.step(name));
        let said = manifest.and_then(|manifest| manifest.get(name));
        let said = said.filter(|said| !said.is_null());
        let stored = stored.and_then(|stored| stored.get(name));
        let stored = stored.filter(|stored| !stored.is_null());
        values(shape.entry(name), value, said, stored, &path, found);
    }
}

fn values(
    shape: Shape,
    kept: &Value,
    said: Option<&Value>,
    stored: Option<&Value>,
    path: &FieldPath,
    found: &mut Vec<FieldPath>,
) {
    if stored == Some(kept) {
        return;
    }
    match (kept, said, stored) {
        (Value::Object(kept), Some(Value::Object(said)), stored) => {
            objects(
                shape,
                kept,
                Some(said),
                stored.and_then(Value::as_object),
                path,
                found,
            );
        }
        // What is there by default, and has more in it.
        (Value::Object(kept), None, Some(Value::Object(stored))) => {
            objects(shape, kept, None, Some(stored), path, found);
        }
        (Value::Array(kept), Some(Value::Array(said)), stored) => {
            lists(
                shape,
                kept,
                said,
                stored.and_then(Value::as_array),
                path,
                found,
            );
        }
        (Value::Null, _, _) | (_, Some(_), _) => {}
        (Value::Object(kept), None, None) if kept.is_empty() => {}
        (Value::Object(kept), None, None) if shape.is_map() => {
            objects(shape, kept, None, None, path, found);
        }
        _ => found.push(path.clone()),
    }
}

/// Of a list whose items are not told apart, what the manifest has counts.
fn lists(
    shape: Shape,
    kept: &[Value],
    said: &[Value],
    stored: Option<&Vec<Value>>,
    path: &FieldPath,
    found: &mut Vec<FieldPath>,
) {
    let index = |items: &[Value]| -> std::collections::HashMap<String, usize> {
        let keyed = items.iter().enumerate().rev();
        keyed
            .filter_map(|(at, item)| Some((shape.item_key(item)?, at)))
            .collect()
    };
    let stored = stored.map_or(&[][..], Vec::as_slice);
    let (in_said, in_stored) = (index(said), index(stored));
    for item in kept {
        let Some(key) = shape.item_key(item) else {
            continue;
        };
        let said = in_said.get(&key).and_then(|&at| said.get(at));
        let stored = in_stored.get(&key).and_then(|&at| stored.get(at));
        let path = path.clone().key(key);
        values(shape.item(), item, said, stored, &path, found);
    }
}

/// The entries of maps that a manifest has as null, with what is stored for them on the server's side.
pub(super) fn null_entries(manifest: &Value) -> Vec<(FieldPath, Value)> {
    let mut found = Vec::new();
    collect_nulls(
        Shape::daemon_set(),
        manifest,
        &FieldPath::root(),
        &mut found,
    );
    found
}

fn collect_nulls(
    shape: Shape,
    value: &Value,
    path: &FieldPath,
    found: &mut Vec<(FieldPath, Value)>,
) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let entry = shape.entry(name);
                if value.is_null() && !entry.empty_entry().is_null() {
                    found.push((path.clone().then(shape.step(name)), entry.empty_entry()));
                } else if value.is_object() || value.is_array() {
                    collect_nulls(entry, value, &path.clone().then(shape.step(name)), found);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Some(key) = shape.item_key(item) {
                    collect_nulls(shape.item(), item, &path.clone().key(key), found);
                }
            }
        }
        _ => {}
    }
}
