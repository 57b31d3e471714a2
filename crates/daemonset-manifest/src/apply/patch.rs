//! Client-side apply: a strategic merge patch of what was applied last, what is there, and the
//! manifest.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::path::FieldPath;
use daemonset::template::Shape;
use daemonset::template::table::ListPatch;
use serde_json::{Map, Value};

use super::list::patched;
use crate::check::MAX_FINDINGS;

/// What a manifest says to do with an object other than to merge it.
const DIRECTIVE: &str = "$patch";

/// What comes of a patch.
pub(super) struct Patched {
    pub set: Map<String, Value>,
    /// The items that kubectl makes no patch for, since they have no key.
    pub without_key: Vec<FieldPath>,
    /// The items, and lists in items, for which kubectl leaves a directive in an item that is new,
    /// which the API server takes for an unknown field.
    pub with_directive: Vec<FieldPath>,
    /// The lists with several items of one key: which of them is patched is not said.
    pub ambiguous: Vec<FieldPath>,
}

/// Merges a manifest into an object. `last` is the manifest that was applied last.
pub(super) fn patch(
    live: &Map<String, Value>,
    last: Option<&Value>,
    manifest: &Map<String, Value>,
) -> Patched {
    let mut patch = Patch {
        path: FieldPath::root(),
        found: Patched {
            set: Map::new(),
            without_key: Vec::new(),
            with_directive: Vec::new(),
            ambiguous: Vec::new(),
        },
    };
    let set = patch.objects(Shape::daemon_set(), live, last, manifest);
    Patched { set, ..patch.found }
}

struct Patch {
    path: FieldPath,
    found: Patched,
}

impl Patch {
    fn objects(
        &mut self,
        shape: Shape,
        live: &Map<String, Value>,
        last: Option<&Value>,
        new: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::new();
        for (key, live) in live {
            let last = last.and_then(|last| last.get(key));
            match new.get(key) {
                // What was said and is no longer goes, and so does what is said to be null.
                None if last.is_some() => {}
                Some(Value::Null) => {}
                None => _ = merged.insert(key.clone(), live.clone()),
                Some(new) => {
                    let path = self.path.clone().then(shape.step(key));
                    let value = self.below(path, |it| it.value(shape.entry(key), live, last, new));
                    merged.insert(key.clone(), value);
                }
            }
        }
        for (key, new) in new {
            let says_nothing =
                new.is_null() || key == DIRECTIVE || directive(new) == Some("delete");
            if !live.contains_key(key) && !says_nothing {
                let last = last.and_then(|last| last.get(key));
                let path = self.path.clone().then(shape.step(key));
                let value = self.below(path, |it| it.news(shape.entry(key), last, new));
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    fn below<T>(&mut self, path: FieldPath, visit: impl FnOnce(&mut Self) -> T) -> T {
        let above = std::mem::replace(&mut self.path, path);
        let found = visit(self);
        self.path = above;
        found
    }

    /// A value where there is none yet.
    fn news(&mut self, shape: Shape, last: Option<&Value>, new: &Value) -> Value {
        match new {
            Value::Object(new) => Value::Object(self.objects(shape, &Map::new(), last, new)),
            Value::Array(new) => Value::Array(self.lists(shape, &[], last, new)),
            other => other.clone(),
        }
    }

    fn value(&mut self, shape: Shape, live: &Value, last: Option<&Value>, new: &Value) -> Value {
        match (live, new) {
            (Value::Object(_), Value::Object(_)) if directive(new) == Some("replace") => {
                self.news(shape, last, new)
            }
            (Value::Object(live), Value::Object(new)) => {
                Value::Object(self.objects(shape, live, last, new))
            }
            (Value::Array(live), Value::Array(new)) => {
                Value::Array(self.lists(shape, live, last, new))
            }
            (_, new) => without_nulls(new),
        }
    }

    fn lists(
        &mut self,
        shape: Shape,
        live: &[Value],
        last: Option<&Value>,
        new: &[Value],
    ) -> Vec<Value> {
        let last = last
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let merged = match shape.list_patch() {
            ListPatch::Replaces => None,
            _ if shape.is_set() => Some(merge_values(live, last, new)),
            _ => self.items(shape, live, last, new),
        };
        merged.unwrap_or_else(|| new.iter().map(without_nulls).collect())
    }

    /// None where an item has no key.
    fn items(
        &mut self,
        shape: Shape,
        live: &[Value],
        last: &[Value],
        new: &[Value],
    ) -> Option<Vec<Value>> {
        for (at, item) in new.iter().enumerate() {
            if shape.patch_key(item).is_none() && self.found.without_key.len() < MAX_FINDINGS {
                self.found.without_key.push(self.path.clone().index(at));
            }
        }
        let keys = |items: &[Value]| -> Option<Vec<String>> {
            items.iter().map(|item| shape.patch_key(item)).collect()
        };
        let (live_keys, new_keys) = (keys(live)?, keys(new)?);
        let last_keys = keys(last).unwrap_or_default();
        let is_repeated = |keys: &[String]| {
            let different: BTreeSet<&String> = keys.iter().collect();
            different.len() < keys.len()
        };
        let is_ambiguous =
            is_repeated(&live_keys) || is_repeated(&new_keys) || is_repeated(&last_keys);
        // Items of the same key are taken in pairs, in their order.
        let mut in_live = by_key(&live_keys, live);
        let mut in_last = by_key(&last_keys, last);
        let mut merged = Vec::with_capacity(new.len());
        let mut merged_keys = Vec::with_capacity(new.len());
        for (key, item) in new_keys.iter().zip(new) {
            let live = in_live.get_mut(key.as_str()).and_then(Vec::pop);
            let last = in_last.get_mut(key.as_str()).and_then(Vec::pop);
            let path = self.path.clone().key(key);
            let value = match (live, directive(item)) {
                // In an item, this comes to nothing.
                (Some(live), Some("delete")) => live.clone(),
                (None, Some("delete")) => continue,
                (Some(live), _) => {
                    let value = self.below(path, |it| it.value(shape.item(), live, last, item));
                    retained(shape, value, item)
                }
                (None, _) => {
                    if let Some(last) = last {
                        self.look_for_directives(shape, &path, last, item);
                    }
                    without_nulls(item)
                }
            };
            merged.push(Some(value));
            merged_keys.push(key.clone());
        }
        let is_said: BTreeSet<&String> = new_keys.iter().collect();
        let was_said: BTreeSet<&String> = last_keys.iter().collect();
        let others = live_keys
            .iter()
            .zip(live)
            .filter(|(key, _)| !is_said.contains(key) && !was_said.contains(key));
        let (other_keys, others): (Vec<String>, Vec<Option<Value>>) = others
            .map(|(key, item)| (key.clone(), Some(item.clone())))
            .unzip();
        merged.extend(others);
        let by = order_to_go_by(&live_keys, &merged_keys, &other_keys);
        let order = patched(&by, &merged_keys, &other_keys);
        let ordered = order
            .into_iter()
            .filter_map(|at| merged.get_mut(at)?.take());
        let merged: Vec<Value> = ordered.collect();
        if is_ambiguous && !live.is_empty() && merged != live {
            self.found.ambiguous.push(self.path.clone());
        }
        Some(merged)
    }

    /// Of an item that was said and is said again, and that is not there any more, kubectl's patch
    /// has the item, and in it a directive for each list from which something goes.
    fn look_for_directives(&mut self, shape: Shape, path: &FieldPath, last: &Value, new: &Value) {
        if shape.list_patch() == ListPatch::MergesRetainingKeys && has_deletions(shape, last, new) {
            self.found.with_directive.push(path.clone());
        }
        let shape = shape.item();
        for (name, new) in new.as_object().into_iter().flatten() {
            let shape = shape.entry(name);
            let is_merged = shape.list_patch() != ListPatch::Replaces && !shape.is_set();
            let last = last
                .get(name)
                .filter(|last| last.is_array() && new.is_array());
            let Some(last) = last.filter(|_| is_merged) else {
                continue;
            };
            if has_deletions(shape, last, new) {
                let path = path.clone().field(name.clone());
                self.found.with_directive.push(path);
            }
        }
    }
}

/// Whether something that was said is no longer.
fn has_deletions(shape: Shape, last: &Value, new: &Value) -> bool {
    match (last, new) {
        _ if last == new => false,
        (Value::Object(last), Value::Object(new)) => last.iter().any(|(name, last)| {
            let new = new.get(name);
            new.is_none_or(|new| has_deletions(shape.entry(name), last, new))
        }),
        (Value::Array(last), Value::Array(new)) => {
            if shape.list_patch() == ListPatch::Replaces || shape.is_set() {
                return false;
            }
            let key = |item: &Value| shape.patch_key(item).unwrap_or_default();
            let in_new: BTreeMap<String, &Value> = new.iter().map(|it| (key(it), it)).collect();
            last.iter().any(|last| {
                let new = in_new.get(&key(last));
                new.is_none_or(|new| has_deletions(shape.item(), last, new))
            })
        }
        _ => false,
    }
}

/// A value that is there without the fields that a patch does not retain.
fn retained(shape: Shape, mut value: Value, new: &Value) -> Value {
    if let (ListPatch::MergesRetainingKeys, Value::Object(fields)) =
        (shape.list_patch(), &mut value)
    {
        fields.retain(|field, _| new.get(field).is_some() && field != DIRECTIVE);
    }
    value
}

fn directive(value: &Value) -> Option<&str> {
    value.get(DIRECTIVE)?.as_str()
}

/// What is said in an item that is new: all of it but nulls.
fn without_nulls(new: &Value) -> Value {
    match new {
        Value::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            let said = said.map(|(key, value)| (key.clone(), without_nulls(value)));
            Value::Object(said.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

/// Values that were said and are no longer go; new ones come last.
fn merge_values(live: &[Value], last: &[Value], new: &[Value]) -> Vec<Value> {
    let texts =
        |values: &[Value]| -> BTreeSet<String> { values.iter().map(Value::to_string).collect() };
    let (in_live, in_last, in_new) = (texts(live), texts(last), texts(new));
    let stays = |value: &&Value| {
        let text = value.to_string();
        in_new.contains(&text) || !in_last.contains(&text)
    };
    let added = new
        .iter()
        .filter(|value| !in_live.contains(&value.to_string()));
    live.iter().filter(stays).chain(added).cloned().collect()
}

/// The order that the items of others are placed by: that of the live list, in which new items take
/// the room of those that go, since the API server deletes and adds in place.
fn order_to_go_by(live: &[String], merged: &[String], others: &[String]) -> Vec<String> {
    let staying: BTreeSet<&String> = merged.iter().chain(others).collect();
    let there: BTreeSet<&String> = live.iter().collect();
    let stays = live.iter().filter(|key| staying.contains(key));
    let new = merged.iter().filter(|key| !there.contains(key));
    stays.chain(new).take(live.len()).cloned().collect()
}

/// The items by key, the first of each last.
fn by_key<'k, 'v>(keys: &'k [String], items: &'v [Value]) -> BTreeMap<&'k str, Vec<&'v Value>> {
    let mut found: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (key, item) in keys.iter().zip(items).rev() {
        found.entry(key).or_default().push(item);
    }
    found
}
