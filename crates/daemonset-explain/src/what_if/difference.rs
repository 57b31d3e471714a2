//! Where two objects differ, field by field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::words::{LONGEST_VALUE, shortened, value};

/// One field by which two versions of an object differ.
///
/// Prints as the field's path and what becomes of it:
///
/// ```
/// use daemonset_explain::what_if::differences;
/// use serde_json::json;
///
/// let before = json!({"containers": [{"name": "agent", "image": "agent:1"}, {"name": "log"}]});
/// let after = json!({"containers": [{"name": "agent", "image": "agent:2"}]});
/// let found = differences(&before, &after);
/// assert_eq!(found[0].to_string(), "containers[agent].image: agent:1 → agent:2");
/// assert_eq!(found[1].to_string(), r#"containers[log]: removed {"name":"log"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The path of the field. Entries of maps are named by their key (`labels[app]`), and items of
    /// lists too where Kubernetes has one (`containers[agent]`, `ports[9100/TCP]`), else by their
    /// place.
    pub field: String,
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
        /// The keys of the items on both sides, in the order of before.
        before: Vec<String>,
        /// The same keys in the order of now.
        after: Vec<String>,
    },
}

/// The lists whose items Kubernetes tells apart by a key, with the fields of the key.
///
/// Source: the patch merge keys and list map keys named in the API reference of
/// [PodSpec](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec).
const KEYED_LISTS: [(&str, &[&str]); 13] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("resourceClaims", &["name"]),
    ("ports", &["containerPort", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("hostAliases", &["ip"]),
    ("schedulingGates", &["name"]),
    (
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
];

/// The fields whose entries have keys of the user's own.
const MAPS: [&str; 7] = [
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "limits",
    "requests",
    "overhead",
];

/// A key as a step of a path. It stands as JSON where it would not read back.
fn in_brackets(key: &str) -> String {
    let is_odd = |c: char| c.is_control() || matches!(c, '[' | ']' | '"');
    if key.is_empty() || key.contains(is_odd) {
        format!("[{}]", Value::from(key))
    } else {
        format!("[{key}]")
    }
}

/// The fields by which the items of a list are told apart.
pub(super) fn key_of_list(name: &str) -> Option<&'static [&'static str]> {
    let found = KEYED_LISTS.iter().find(|(list, _)| *list == name);
    found.map(|(_, key)| *key)
}

/// Every field by which two JSON values differ, in the order of `before`, what is new last.
///
/// A field that is `null` is taken for one that is missing. The order of an object's fields does
/// not matter, that of a list's items does.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Found {
        path: String::new(),
        differences: Vec::new(),
    };
    found.compare("", before, after);
    found.differences
}

struct Found {
    path: String,
    differences: Vec<Difference>,
}

impl Found {
    fn add(&mut self, change: Change) {
        self.differences.push(Difference {
            field: self.path.clone(),
            change,
        });
    }

    /// Goes one step down, by a piece of path that says which.
    fn below(&mut self, step: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        visit(self);
        self.path.truncate(length);
    }

    /// `name` is the field that holds the values.
    fn compare(&mut self, name: &str, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Null, after) => self.add(Change::Added {
                after: after.clone(),
            }),
            (before, Value::Null) => self.add(Change::Removed {
                before: before.clone(),
            }),
            (Value::Object(before), Value::Object(after)) => self.objects(name, before, after),
            (Value::Array(before), Value::Array(after)) => self.lists(name, before, after),
            (before, after) => self.add(Change::Changed {
                before: before.clone(),
                after: after.clone(),
            }),
        }
    }

    fn objects(&mut self, name: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let is_map = MAPS.contains(&name);
        let new = after.keys().filter(|key| !before.contains_key(*key));
        for key in before.keys().chain(new) {
            let is_field = !is_map && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let step = match (is_field, self.path.is_empty()) {
                (false, _) => in_brackets(key),
                (true, true) => key.clone(),
                (true, false) => format!(".{key}"),
            };
            let (old, new) = (before.get(key), after.get(key));
            self.below(&step, |found| {
                found.compare(
                    key,
                    old.unwrap_or(&Value::Null),
                    new.unwrap_or(&Value::Null),
                );
            });
        }
    }

    fn lists(&mut self, name: &str, before: &[Value], after: &[Value]) {
        let keys = key_of_list(name).and_then(|key| Some((keys(before, key)?, keys(after, key)?)));
        match keys {
            Some((old, new)) => self.keyed((&old, before), (&new, after)),
            None => self.by_place(before, after),
        }
    }

    fn keyed(&mut self, (old, before): (&[String], &[Value]), (new, after): (&[String], &[Value])) {
        let place = |keys: &[String]| -> BTreeMap<String, usize> {
            keys.iter().cloned().zip(0..).collect()
        };
        let (in_old, in_new) = (place(old), place(new));
        for (key, item) in old.iter().zip(before) {
            let other = in_new.get(key).map_or(&Value::Null, |&at| &after[at]);
            self.below(&in_brackets(key), |found| found.compare("", item, other));
        }
        for (key, item) in new.iter().zip(after) {
            if !in_old.contains_key(key) {
                self.below(&in_brackets(key), |found| {
                    found.compare("", &Value::Null, item);
                });
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

    /// Items that are the same at the beginning and at the end are passed over; the others are
    /// compared one by one.
    fn by_place(&mut self, before: &[Value], after: &[Value]) {
        let same = |(a, b): &(&Value, &Value)| a == b;
        let head = before.iter().zip(after).take_while(same).count();
        let (before, after) = (&before[head..], &after[head..]);
        let pairs = before.iter().rev().zip(after.iter().rev());
        let tail = pairs.take_while(same).count();
        let before = &before[..before.len() - tail];
        let after = &after[..after.len() - tail];
        for at in 0..before.len().max(after.len()) {
            let old = before.get(at).unwrap_or(&Value::Null);
            let new = after.get(at).unwrap_or(&Value::Null);
            self.below(&format!("[{}]", head + at), |found| {
                found.compare("", old, new);
            });
        }
    }
}

/// The key of each item, if all of them have one of their own.
pub(super) fn keys(items: &[Value], key: &[&str]) -> Option<Vec<String>> {
    let mut keys = Vec::with_capacity(items.len());
    let mut seen = BTreeSet::new();
    for item in items {
        let item = item.as_object()?;
        let part = |field: &&str| match item.get(*field)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let first = part(key.first()?)?;
        let others = key[1..].iter().filter_map(part);
        let name = others.fold(first, |name, part| format!("{name}/{part}"));
        if !seen.insert(name.clone()) {
            return None;
        }
        keys.push(name);
    }
    Some(keys)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str("the whole")?,
            field => f.write_str(field)?,
        }
        f.write_str(": ")?;
        match &self.change {
            Change::Added { after } => write!(f, "added {}", value(after)),
            Change::Removed { before } => write!(f, "removed {}", value(before)),
            Change::Changed { before, after } => match (before, after) {
                (Value::String(_), Value::String(_)) => {
                    write!(f, "{} → {}", value(before), value(after))
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
