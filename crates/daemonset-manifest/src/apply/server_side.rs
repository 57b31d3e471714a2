//! Server-side apply.

use std::collections::{HashMap, HashSet};

use daemonset::path::{FieldPath, Step};
use daemonset::template::Shape;
use serde_json::{Map, Value};

use super::list::applied;
use super::owners::{Fields, Manager};

/// Merges a manifest into an object. What the manifest no longer says is still there.
pub(super) fn merge_objects(
    shape: Shape,
    live: &Map<String, Value>,
    manifest: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = live.clone();
    for (key, new) in manifest {
        let value = merge(shape.entry(key), live.get(key), new);
        merged.insert(key.clone(), value);
    }
    merged
}

fn merge(shape: Shape, live: Option<&Value>, new: &Value) -> Value {
    match (live, new) {
        (Some(Value::Object(live)), Value::Object(new)) if !shape.is_atomic() => {
            Value::Object(merge_objects(shape, live, new))
        }
        (Some(Value::Array(live)), Value::Array(new)) => {
            Value::Array(merge_lists(shape, live, new).unwrap_or_else(|| new.clone()))
        }
        // Null says nothing of what has parts.
        (Some(live @ Value::Object(_)), Value::Null) if !shape.is_atomic() => live.clone(),
        (Some(live @ Value::Array(_)), Value::Null) if shape.has_items() => live.clone(),
        (_, Value::Null) => shape.empty_entry(),
        (_, new) => without_null_entries(shape, new),
    }
}

/// The entries of a map that are null are empty ones.
fn without_null_entries(shape: Shape, new: &Value) -> Value {
    match new {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| {
                let shape = shape.entry(key);
                let value = match value {
                    Value::Null => shape.empty_entry(),
                    value => without_null_entries(shape, value),
                };
                (key.clone(), value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let items = items.iter();
            Value::Array(
                items
                    .map(|item| without_null_entries(shape.item(), item))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// None where items are not told apart.
fn merge_lists(shape: Shape, live: &[Value], new: &[Value]) -> Option<Vec<Value>> {
    let keys = |items: &[Value]| -> Option<Vec<String>> {
        if shape.is_set() {
            return Some(items.iter().map(Value::to_string).collect());
        }
        items.iter().map(|item| shape.item_key(item)).collect()
    };
    let (live_keys, new_keys) = (keys(live)?, keys(new)?);
    let in_live: HashMap<&String, &Value> = live_keys.iter().zip(live).rev().collect();
    let in_new: HashSet<&String> = new_keys.iter().collect();
    let items = new_keys.iter().zip(new);
    let mut merged: Vec<Option<Value>> = items
        .map(|(key, item)| Some(merge(shape.item(), in_live.get(key).copied(), item)))
        .collect();
    let others = live_keys.iter().zip(live);
    let others = others.filter(|(key, _)| !in_new.contains(key));
    merged.extend(others.map(|(_, item)| Some(item.clone())));
    let order = applied(&live_keys, &new_keys);
    let ordered = order
        .into_iter()
        .filter_map(|at| merged.get_mut(at)?.take());
    Some(ordered.collect())
}

/// The fields that go: those that the applier had set, and neither the manifest says nor any other
/// manager has set.
pub(super) fn gone(
    live: &Value,
    manifest: &Value,
    applier: &[Manager<'_>],
    others: &[Manager<'_>],
) -> Vec<FieldPath> {
    let mut found = Vec::new();
    let (live, manifest) = (Here::root(live), Here::root(manifest));
    let [mine, others] =
        [applier, others].map(|managers| managers.iter().map(|it| it.fields).collect::<Vec<_>>());
    no_longer_said(
        &live,
        Some(&manifest),
        &mine,
        &others,
        &FieldPath::root(),
        &mut found,
    );
    found
}

fn no_longer_said(
    live: &Here<'_>,
    manifest: Option<&Here<'_>>,
    mine: &[&Fields],
    others: &[&Fields],
    path: &FieldPath,
    found: &mut Vec<FieldPath>,
) {
    let mut elements: Vec<&String> = mine.iter().flat_map(|fields| fields.keys()).collect();
    elements.sort();
    elements.dedup();
    for element in elements {
        let Some((step, here)) = live.at(element) else {
            continue;
        };
        let said = manifest.and_then(|it| it.at(element)).map(|(_, said)| said);
        let (mine, others) = (below(mine, element), below(others, element));
        let path = path.clone().then(step);
        // Who has set fields of an item does not own the item.
        let is_owned = match element.split_once(':') {
            Some(("k", _)) => others
                .iter()
                .any(|it| it.is_empty() || it.contains_key(".")),
            _ => !others.is_empty(),
        };
        if said.is_none() && !is_owned {
            found.push(path);
        } else {
            no_longer_said(&here, said.as_ref(), &mine, &others, &path, found);
        }
    }
}

fn below<'v>(sets: &[&'v Fields], element: &str) -> Vec<&'v Fields> {
    let below = sets.iter().filter_map(|set| set.get(element)?.as_object());
    below.collect()
}

/// A value in which elements of sets of fields are looked up.
struct Here<'v> {
    shape: Shape,
    value: &'v Value,
    /// The places of the items by key, or by value.
    items: HashMap<String, usize>,
}

impl<'v> Here<'v> {
    fn root(value: &'v Value) -> Self {
        Self::new(Shape::daemon_set(), value)
    }

    fn new(shape: Shape, value: &'v Value) -> Self {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let key = |item: &Value| {
            if shape.is_set() {
                Some(item.to_string())
            } else {
                shape.item_key(item)
            }
        };
        let mut places = HashMap::new();
        for (at, item) in items.iter().enumerate() {
            if let Some(key) = key(item) {
                places.entry(key).or_insert(at);
            }
        }
        Self {
            shape,
            value,
            items: places,
        }
    }

    /// Where an element leads: the step, and what stands there.
    fn at(&self, element: &str) -> Option<(Step, Self)> {
        let (kind, text) = element.split_once(':')?;
        match kind {
            "f" => {
                let here = Self::new(self.shape.entry(text), self.value.get(text)?);
                Some((self.shape.step(text), here))
            }
            "k" => {
                let key = self.shape.item_key(&serde_json::from_str(text).ok()?)?;
                let here = self.item(&key)?;
                Some((Step::Key(key), here))
            }
            "v" => {
                let value: Value = serde_json::from_str(text).ok()?;
                let at = *self.items.get(&value.to_string())?;
                let here = self.item(&value.to_string())?;
                Some((Step::Index(at), here))
            }
            _ => None,
        }
    }

    fn item(&self, key: &str) -> Option<Self> {
        let item = self.value.get(*self.items.get(key)?)?;
        Some(Self::new(self.shape.item(), item))
    }
}

/// The fields that the manifest would change and another manager has set: the API server refuses
/// that unless it is forced.
pub(super) fn conflicts<'v>(
    live: &Value,
    manifest: &Value,
    others: &[Manager<'v>],
) -> Vec<(FieldPath, &'v str)> {
    let (live, manifest) = (Here::root(live), Here::root(manifest));
    let mut found = Vec::new();
    for manager in others {
        let mut paths = Vec::new();
        changed(
            Some(&live),
            &manifest,
            manager.fields,
            &FieldPath::root(),
            &mut paths,
        );
        found.extend(paths.into_iter().map(|path| (path, manager.name)));
    }
    found.sort();
    found.dedup();
    found
}

fn changed(
    live: Option<&Here<'_>>,
    manifest: &Here<'_>,
    fields: &Fields,
    path: &FieldPath,
    found: &mut Vec<FieldPath>,
) {
    for (element, below) in fields {
        let Some((step, said)) = manifest.at(element) else {
            continue;
        };
        let here = live.and_then(|live| live.at(element));
        let here = here.map(|(_, here)| here);
        let path = path.clone().then(step);
        let below = below.as_object();
        let below = below.filter(|it| it.keys().any(|key| key != "."));
        match (below, here) {
            (Some(below), here) => changed(here.as_ref(), &said, below, &path, found),
            (None, Some(here)) if said.value == here.value => {}
            (None, here) => {
                if here.unwrap_or(said).is_one_value() {
                    found.push(path);
                }
            }
        }
    }
}

impl Here<'_> {
    /// Whether the value has one owner as a whole.
    fn is_one_value(&self) -> bool {
        match self.value {
            Value::Object(_) => self.shape.is_atomic(),
            Value::Array(_) => !self.shape.has_items(),
            _ => true,
        }
    }
}
