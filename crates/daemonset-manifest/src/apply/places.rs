//! Paths that name the items of lists by their keys, and by their places.

use daemonset::path::{FieldPath, Step};
use daemonset::template::Shape;
use serde_json::{Map, Value};

/// The same path with the items of lists named by their keys, where Kubernetes tells them apart.
pub(super) fn by_key(root: &Value, path: &FieldPath) -> FieldPath {
    let (mut shape, mut value) = (Shape::daemon_set(), Some(root));
    let mut keyed = FieldPath::root();
    for step in path.steps() {
        let list = value.and_then(Value::as_array);
        let step = match (step, list) {
            (Step::Index(at), Some(items)) => {
                let item = items.get(*at);
                value = item;
                let key = item.and_then(|item| shape.item_key(item));
                shape = shape.item();
                key.map_or(Step::Index(*at), Step::Key)
            }
            (step, _) => {
                let name = name_of(step);
                value = value.and_then(|it| it.get(&name));
                shape = shape.entry(&name);
                step.clone()
            }
        };
        keyed = keyed.then(step);
    }
    keyed
}

/// The same path with the items of lists named by their places.
pub(crate) fn by_index(root: &Value, path: &FieldPath) -> FieldPath {
    let (mut shape, mut value) = (Shape::daemon_set(), Some(root));
    let mut placed = FieldPath::root();
    for step in path.steps() {
        let list = value.and_then(Value::as_array);
        let step = match (step, list) {
            (Step::Key(key), Some(items)) => {
                let is_it = |item: &Value| shape.item_key(item).as_ref() == Some(key);
                let at = items.iter().position(is_it);
                value = at.and_then(|at| items.get(at));
                shape = shape.item();
                at.map_or_else(|| step.clone(), Step::Index)
            }
            (Step::Index(at), Some(items)) => {
                value = items.get(*at);
                shape = shape.item();
                step.clone()
            }
            (step, _) => {
                let name = name_of(step);
                value = value.and_then(|it| it.get(&name));
                shape = shape.entry(&name);
                step.clone()
            }
        };
        placed = placed.then(step);
    }
    placed
}

/// Takes away what stands at a path whose items are named by their keys, and the object around it if
/// that has nothing else in it.
pub(super) fn remove(root: &mut Value, path: &FieldPath) {
    let placed = by_index(root, path);
    remove_steps(root, placed.steps());
}

/// Sets what stands at a path whose items are named by their keys; the objects around it are made where
/// they are missing.
pub(super) fn set(root: &mut Value, path: &FieldPath, value: Value) {
    let placed = by_index(root, path);
    set_steps(root, placed.steps(), value);
}

fn set_steps(here: &mut Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        *here = value;
        return;
    };
    if here.is_null() {
        *here = Value::Object(Map::new());
    }
    let inner = match (step, here) {
        (Step::Index(at), Value::Array(items)) => items.get_mut(*at),
        (step, Value::Object(fields)) => Some(fields.entry(name_of(step)).or_insert(Value::Null)),
        _ => None,
    };
    if let Some(inner) = inner {
        set_steps(inner, rest, value);
    }
}

fn remove_steps(value: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    match (step, value) {
        (Step::Index(at), Value::Array(items)) if *at < items.len() => match rest {
            [] => _ = items.remove(*at),
            rest => remove_steps(&mut items[*at], rest),
        },
        (step, Value::Object(fields)) => {
            let name = name_of(step);
            if let (Some(inner), false) = (fields.get_mut(&name), rest.is_empty()) {
                remove_steps(inner, rest);
                let is_left_empty = inner.as_object().is_some_and(Map::is_empty);
                if rest.len() > 1 || !is_left_empty {
                    return;
                }
            }
            fields.shift_remove(&name);
        }
        _ => {}
    }
}

fn name_of(step: &Step) -> String {
    match step {
        Step::Field(name) => name.to_string(),
        Step::Key(key) => key.clone(),
        Step::Index(at) => at.to_string(),
    }
}
