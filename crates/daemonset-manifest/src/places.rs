//! Paths that name the items of lists by their keys, and by their places.

use std::collections::HashMap;

use daemonset::path::{FieldPath, Step};
use daemonset::template::Shape;
use serde_json::{Map, Value};

/// The same path with the items of lists named by their keys, where Kubernetes tells them apart.
pub(crate) fn by_key(root: &Map<String, Value>, path: &FieldPath) -> FieldPath {
    let Some((first, rest)) = path.steps().split_first() else {
        return FieldPath::root();
    };
    let name = name_of(first);
    let (mut shape, mut value) = (Shape::daemon_set().entry(&name), root.get(&name));
    let mut keyed = FieldPath::root().then(first.clone());
    for step in rest {
        let list = value.and_then(Value::as_array);
        let step = match (step, list) {
            (Step::Index(at), Some(items)) => {
                value = items.get(*at);
                let key = value.and_then(|item| shape.item_key(item));
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

/// Finds items by their keys. Goes through each list once, however many paths lead into it.
pub(crate) struct Places<'v> {
    root: &'v Value,
    /// The places of the items of lists that were looked into, by where the lists stand.
    lists: HashMap<*const Value, HashMap<String, usize>>,
}

impl<'v> Places<'v> {
    pub fn new(root: &'v Value) -> Self {
        Self {
            root,
            lists: HashMap::new(),
        }
    }

    /// The same path with the items of lists named by their places, and what stands there.
    pub fn by_index(&mut self, path: &FieldPath) -> (FieldPath, Option<&'v Value>) {
        let (mut shape, mut value) = (Shape::daemon_set(), Some(self.root));
        let mut placed = FieldPath::root();
        for step in path.steps() {
            let step = match (step, value) {
                (Step::Key(key), Some(list @ Value::Array(items))) => {
                    let known = self.lists.entry(std::ptr::from_ref(list));
                    let known = known.or_insert_with(|| places_of(shape, items));
                    let at = known.get(key).copied();
                    value = at.and_then(|at| items.get(at));
                    shape = shape.item();
                    at.map_or_else(|| step.clone(), Step::Index)
                }
                (Step::Index(at), Some(Value::Array(items))) => {
                    value = items.get(*at);
                    shape = shape.item();
                    step.clone()
                }
                (step, here) => {
                    let name = name_of(step);
                    value = here.and_then(|it| it.get(&name));
                    shape = shape.entry(&name);
                    step.clone()
                }
            };
            placed = placed.then(step);
        }
        (placed, value)
    }
}

/// The places of the items by key, the first of each.
fn places_of(shape: Shape, items: &[Value]) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Some(key) = shape.item_key(item) {
            places.entry(key).or_insert(at);
        }
    }
    places
}

/// What becomes of the value at a path.
pub(crate) type Edit<'p> = (&'p [Step], Option<&'p Value>);

/// Sets what stands at paths whose items are named by their keys, or takes it away, and with it the
/// object around it if that has nothing else in it.
pub(crate) fn edit(root: &mut Value, edits: &[Edit<'_>]) {
    edit_below(Shape::daemon_set(), root, edits);
}

fn edit_below(shape: Shape, value: &mut Value, edits: &[Edit<'_>]) {
    let mut by_step: Vec<(&Step, Vec<Edit<'_>>)> = Vec::new();
    let mut at: HashMap<&Step, usize> = HashMap::new();
    for (steps, new) in edits {
        if let Some((step, rest)) = steps.split_first() {
            let place = *at.entry(step).or_insert_with(|| {
                by_step.push((step, Vec::new()));
                by_step.len() - 1
            });
            by_step[place].1.push((rest, *new));
        }
    }
    if value.is_null() && edits.iter().any(|(_, new)| new.is_some()) {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(fields) => {
            for (step, edits) in &by_step {
                edit_entry(shape, fields, &name_of(step), edits);
            }
        }
        Value::Array(items) => edit_items(shape, items, &by_step),
        _ => {}
    }
}

fn edit_entry(shape: Shape, fields: &mut Map<String, Value>, name: &str, edits: &[Edit<'_>]) {
    let whole = edits.iter().find(|(rest, _)| rest.is_empty());
    match whole {
        Some((_, Some(new))) => _ = fields.insert(name.to_owned(), (*new).clone()),
        Some((_, None)) => _ = fields.shift_remove(name),
        None => {
            let sets = edits.iter().any(|(_, new)| new.is_some());
            if sets && !fields.contains_key(name) {
                fields.insert(name.to_owned(), Value::Null);
            }
            let Some(inner) = fields.get_mut(name) else {
                return;
            };
            edit_below(shape.entry(name), inner, edits);
            let took_away = edits
                .iter()
                .any(|(rest, new)| rest.len() == 1 && new.is_none());
            if took_away && inner.as_object().is_some_and(Map::is_empty) {
                fields.shift_remove(name);
            }
        }
    }
}

fn edit_items(shape: Shape, items: &mut Vec<Value>, by_step: &[(&Step, Vec<Edit<'_>>)]) {
    let places = places_of(shape, items);
    let mut gone = Vec::new();
    for (step, edits) in by_step {
        let at = match step {
            Step::Key(key) => places.get(key).copied(),
            Step::Index(at) => Some(*at),
            Step::Field(_) => None,
        };
        let Some((at, item)) = at.and_then(|at| Some((at, items.get_mut(at)?))) else {
            continue;
        };
        match edits.iter().find(|(rest, _)| rest.is_empty()) {
            Some((_, Some(new))) => *item = (*new).clone(),
            Some((_, None)) => gone.push(at),
            None => edit_below(shape.item(), item, edits),
        }
    }
    gone.sort_unstable();
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        gone.binary_search(&(at - 1)).is_err()
    });
}

fn name_of(step: &Step) -> String {
    match step {
        Step::Field(name) => name.to_string(),
        Step::Key(key) => key.clone(),
        Step::Index(at) => at.to_string(),
    }
}
