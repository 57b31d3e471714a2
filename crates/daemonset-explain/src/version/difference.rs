//! Where two objects differ, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use daemonset::path::{FieldPath, Step};
use daemonset::template::Shape;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::words::{LONGEST_VALUE, changed, shortened, value};

/// One field by which two versions of an object differ.
///
/// Prints as the field's path and what becomes of it:
///
/// ```
/// use daemonset::template::Shape;
/// use daemonset_explain::what_if::differences;
/// use serde_json::json;
///
/// let pod = Shape::of_type("PodSpec");
/// let before = json!({"containers": [{"name": "agent", "image": "agent:1"}, {"name": "log"}]});
/// let after = json!({"containers": [{"name": "agent", "image": "agent:2"}]});
/// let found = differences(pod, &before, &after);
/// assert_eq!(found[0].to_string(), "containers[agent].image: agent:1 → agent:2");
/// assert_eq!(found[1].to_string(), r#"containers[log]: removed {"name":"log"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The path of the field. Items of lists are named by their key where Kubernetes has one
    /// (`containers[agent]`, `ports[9100/TCP]`), else by their place.
    pub path: FieldPath,
    /// What becomes of it.
    #[serde(flatten)]
    pub change: Change,
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "camelCase")]
pub enum Change {
    /// It is new.
    Added {
        /// Its value.
        after: Value,
    },
    /// It is gone.
    Removed {
        /// The value it had.
        before: Value,
    },
    /// It has another value.
    Changed {
        /// The value it had.
        before: Value,
        /// The value it has now.
        after: Value,
    },
    /// The items of a list are in another order, which Kubernetes takes for a change.
    Reordered {
        /// The keys of the items on both sides, in the order of before; where they have none, their places.
        before: Vec<String>,
        /// The same keys, or the places that they had, in the order of now.
        after: Vec<String>,
    },
}

/// Every field by which two JSON values of a shape differ, in the order of `before`, what is new last.
///
/// A field that is `null` is taken for one that is missing. The order of an object's fields does
/// not matter, that of a list's items does. Of a list whose items have no key, such as `tolerations`, an item that both
/// have is the same wherever it stands; only `command` and `args` are compared place by place.
#[must_use]
pub fn differences(shape: Shape, before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Found {
        path: FieldPath::root(),
        differences: Vec::new(),
    };
    found.compare(shape, before, after);
    found.differences
}

/// Lists of which each item means what it does by its place.
const SEQUENCES: [&str; 2] = ["command", "args"];

/// How many items without a key are sought in the other version.
const MOST_SOUGHT: usize = 64;

struct Found {
    path: FieldPath,
    differences: Vec<Difference>,
}

impl Found {
    fn add(&mut self, change: Change) {
        self.differences.push(Difference {
            path: self.path.clone(),
            change,
        });
    }

    /// Compares what is one step down.
    fn below(&mut self, step: Step, shape: Shape, before: &Value, after: &Value) {
        let path = self.path.clone().then(step);
        let above = std::mem::replace(&mut self.path, path);
        self.compare(shape, before, after);
        self.path = above;
    }

    fn compare(&mut self, shape: Shape, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Null, after) => self.add(Change::Added {
                after: after.clone(),
            }),
            (before, Value::Null) => self.add(Change::Removed {
                before: before.clone(),
            }),
            (Value::Object(before), Value::Object(after)) => self.objects(shape, before, after),
            (Value::Array(before), Value::Array(after)) => self.lists(shape, before, after),
            (before, after) => self.add(Change::Changed {
                before: before.clone(),
                after: after.clone(),
            }),
        }
    }

    fn objects(&mut self, shape: Shape, before: &Map<String, Value>, after: &Map<String, Value>) {
        let new = after.keys().filter(|key| !before.contains_key(*key));
        for key in before.keys().chain(new) {
            let [old, new] = [before, after].map(|it| it.get(key).unwrap_or(&Value::Null));
            if old != new {
                self.below(shape.step(key), shape.entry(key), old, new);
            }
        }
    }

    fn lists(&mut self, shape: Shape, before: &[Value], after: &[Value]) {
        // What they mean depends on the place.
        let is_sequence = matches!(self.path.steps().last(), Some(Step::Field(field)) if SEQUENCES.contains(&&**field));
        match (keys(shape, before), keys(shape, after)) {
            (Some(old), Some(new)) => self.keyed(shape.item(), (&old, before), (&new, after)),
            _ if is_sequence => self.by_place(shape.item(), before, after),
            _ => self.as_sets(shape.item(), before, after),
        }
    }

    fn keyed(
        &mut self,
        item: Shape,
        (old, before): (&[String], &[Value]),
        (new, after): (&[String], &[Value]),
    ) {
        let place = |keys: &[String]| -> BTreeMap<String, usize> {
            keys.iter().cloned().zip(0..).collect()
        };
        let (in_old, in_new) = (place(old), place(new));
        for (key, value) in old.iter().zip(before) {
            let other = in_new.get(key).map_or(&Value::Null, |&at| &after[at]);
            if value != other {
                self.below(Step::Key(key.clone()), item, value, other);
            }
        }
        for (key, value) in new.iter().zip(after) {
            if !in_old.contains_key(key) {
                self.below(Step::Key(key.clone()), item, &Value::Null, value);
            }
        }
        let staying = |keys: &[String], other: &BTreeMap<String, usize>| -> Vec<String> {
            let staying = keys.iter().filter(|key| other.contains_key(*key));
            staying.cloned().collect()
        };
        let (before, after) = (staying(old, &in_new), staying(new, &in_old));
        if before != after {
            self.add(Change::Reordered { before, after });
        }
    }

    /// Items that both have are passed over, wherever they stand. Where as many others are left on both sides, they are
    /// compared one by one.
    fn as_sets(&mut self, item: Shape, before: &[Value], after: &[Value]) {
        let (head, old, new) = without_ends(before, after);
        if old.len().max(new.len()) > MOST_SOUGHT {
            return self.by_place(item, before, after);
        }
        let mut added: Vec<usize> = (0..new.len()).collect();
        let (mut removed, mut staying) = (Vec::new(), Vec::new());
        for (at, value) in old.iter().enumerate() {
            match added.iter().position(|&other| new[other] == *value) {
                Some(place) => staying.push((added.remove(place), at)),
                None => removed.push(at),
            }
        }
        if removed.len() == added.len() {
            for (&old_at, &at) in removed.iter().zip(&added) {
                self.below(Step::Index(head + at), item, &old[old_at], &new[at]);
            }
        } else {
            for &at in &removed {
                self.below(Step::Index(head + at), item, &old[at], &Value::Null);
            }
            for &at in &added {
                self.below(Step::Index(head + at), item, &Value::Null, &new[at]);
            }
        }
        // The places that they had, in the order of before and of now.
        let places = |staying: &[(usize, usize)]| -> Vec<String> {
            let places = staying.iter().map(|(_, at)| (head + at).to_string());
            places.collect()
        };
        let before = places(&staying);
        staying.sort_unstable();
        let after = places(&staying);
        if before != after {
            self.add(Change::Reordered { before, after });
        }
    }

    /// Items that are the same at the beginning and at the end are passed over; the others are
    /// compared one by one.
    fn by_place(&mut self, item: Shape, before: &[Value], after: &[Value]) {
        let (head, before, after) = without_ends(before, after);
        for at in 0..before.len().max(after.len()) {
            let [old, new] = [before, after].map(|it| it.get(at).unwrap_or(&Value::Null));
            if old != new {
                self.below(Step::Index(head + at), item, old, new);
            }
        }
    }
}

/// How many items are the same at the beginning, and the others, without those that are the same at the end.
fn without_ends<'v>(before: &'v [Value], after: &'v [Value]) -> (usize, &'v [Value], &'v [Value]) {
    let same = |(a, b): &(&Value, &Value)| a == b;
    let head = before.iter().zip(after).take_while(same).count();
    let (before, after) = (&before[head..], &after[head..]);
    let pairs = before.iter().rev().zip(after.iter().rev());
    let tail = pairs.take_while(same).count();
    (
        head,
        &before[..before.len() - tail],
        &after[..after.len() - tail],
    )
}

/// The key of each item, if all of them have one of their own.
fn keys(shape: Shape, items: &[Value]) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let keys = items.iter().map(|item| {
        let key = shape.item_key(item)?;
        seen.insert(key.clone()).then_some(key)
    });
    keys.collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str("the whole")?;
        } else {
            self.path.fmt(f)?;
        }
        f.write_str(": ")?;
        match &self.change {
            Change::Added { after } => write!(f, "added {}", value(after)),
            Change::Removed { before } => write!(f, "removed {}", value(before)),
            Change::Changed { before, after } => match (before, after) {
                (Value::String(old), Value::String(new)) => {
                    let (old, new) = changed(old, new);
                    let plain = |text: String| value(&Value::String(text));
                    write!(f, "{} → {}", plain(old), plain(new))
                }
                // `"1"` and `1` are two things.
                _ => write!(f, "{} → {}", json(before), json(after)),
            },
            Change::Reordered { before, after } => {
                write!(f, "order {} → {}", before.join(", "), after.join(", "))
            }
        }
    }
}

fn json(value: &Value) -> String {
    shortened(&value.to_string(), LONGEST_VALUE).into_owned()
}
