//! One tree for YAML and JSON: values, each with the line that it stands on.

use serde_json::{Map, Number, Value};

use crate::path::{FieldPath, Step};
use crate::words::Shown;

/// A value and its line: that of its key in an object, else its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spanned {
    pub node: Node,
    pub line: u32,
}

/// What a value is. Small on purpose: a hostile text has a value for every two bytes.
#[derive(Clone, Debug, Default)]
pub(crate) enum Node {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Box<str>),
    List(Box<[Spanned]>),
    Object(Object),
}

/// The entries of an object in their order, each key once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(Option<Box<Entries>>);

#[derive(Clone, Debug)]
struct Entries {
    list: Box<[Entry]>,
    /// The places in `list` by key; empty for a few entries, which are as fast to go through.
    by_key: Box<[u32]>,
}

/// One entry of an object.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: Box<str>,
    pub value: Spanned,
}

/// So many entries are gone through where one is looked for.
const FEW: usize = 16;

impl Object {
    /// An object of entries whose keys differ.
    pub fn new(list: Vec<Entry>) -> Self {
        if list.is_empty() {
            return Self(None);
        }
        let mut by_key: Vec<u32> = Vec::new();
        if list.len() > FEW {
            by_key.extend((0..).take(list.len()));
            by_key.sort_unstable_by(|&a, &b| list[a as usize].key.cmp(&list[b as usize].key));
        }
        Self(Some(Box::new(Entries {
            list: list.into(),
            by_key: by_key.into(),
        })))
    }

    /// The entries, in their order.
    pub fn entries(&self) -> &[Entry] {
        self.0.as_ref().map_or(&[], |entries| &entries.list)
    }

    /// The entries, in their order.
    pub fn into_entries(self) -> Vec<Entry> {
        self.0.map_or_else(Vec::new, |entries| entries.list.into())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Spanned> {
        let entries = self.0.as_ref()?;
        let entry = if entries.by_key.is_empty() {
            entries.list.iter().find(|entry| *entry.key == *key)
        } else {
            let place = |&at: &u32| (*entries.list[at as usize].key).cmp(key);
            let found = entries.by_key.binary_search_by(place).ok()?;
            entries.list.get(entries.by_key[found] as usize)
        };
        entry.map(|entry| &entry.value)
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Spanned> {
        let entries = self.0.as_mut()?;
        let entry = entries.list.iter_mut().find(|entry| *entry.key == *key);
        entry.map(|entry| &mut entry.value)
    }
}

impl Spanned {
    /// A value on a line.
    pub fn new(node: Node, line: u32) -> Self {
        Self { node, line }
    }

    /// No value.
    pub fn nothing() -> Self {
        Self::new(Node::Null, 1)
    }

    pub fn as_object(&self) -> Option<&Object> {
        match &self.node {
            Node::Object(object) => Some(object),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.node, Node::Null)
    }

    /// The value of a field, where this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The value of a field, the rest left behind.
    pub fn into_field(self, key: &str) -> Option<Self> {
        match self.node {
            Node::Object(object) => {
                let mut entries = object.into_entries().into_iter();
                entries
                    .find(|entry| *entry.key == *key)
                    .map(|entry| entry.value)
            }
            _ => None,
        }
    }

    /// The items of a list, or the value back where it is none.
    pub fn into_list(self) -> Result<Vec<Self>, Self> {
        match self.node {
            Node::List(items) => Ok(items.into()),
            _ => Err(self),
        }
    }

    /// The value that stands at a path, or the nearest one around it that is there.
    pub fn nearest(&self, path: &FieldPath) -> &Self {
        let mut value = self;
        for step in path.steps() {
            let next = match (step, &value.node) {
                (Step::Field(name), Node::Object(object)) => object.get(name),
                (Step::Key(key), Node::Object(object)) => object.get(key),
                (Step::Index(index), Node::Object(object)) => object.get(&index.to_string()),
                (Step::Index(index), Node::List(items)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => break,
            }
        }
        value
    }

    /// The value that stands at a path.
    pub fn at_mut(&mut self, path: &FieldPath) -> Option<&mut Self> {
        path.steps()
            .iter()
            .try_fold(self, |value, step| match (step, &mut value.node) {
                (Step::Field(name), Node::Object(object)) => object.get_mut(name),
                (Step::Key(key), Node::Object(object)) => object.get_mut(key),
                (Step::Index(index), Node::Object(object)) => object.get_mut(&index.to_string()),
                (Step::Index(index), Node::List(items)) => items.get_mut(*index),
                _ => None,
            })
    }

    /// Takes a field out, with its value.
    pub fn take_field(&mut self, key: &str) -> Option<Self> {
        let Node::Object(object) = &mut self.node else {
            return None;
        };
        object.get(key)?;
        let mut entries = std::mem::take(object).into_entries();
        let at = entries.iter().position(|entry| *entry.key == *key)?;
        let taken = entries.remove(at);
        *object = Object::new(entries);
        Some(taken.value)
    }

    /// Adds a field to an object, which has none of that key.
    pub fn add_field(&mut self, key: &str, value: Self) {
        if let Node::Object(object) = &mut self.node {
            let mut entries = std::mem::take(object).into_entries();
            let key = key.into();
            entries.push(Entry { key, value });
            *object = Object::new(entries);
        }
    }

    /// The value without lines.
    pub fn to_value(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(truth) => Value::Bool(*truth),
            Node::Number(number) => Value::Number(number.clone()),
            Node::String(text) => Value::String(text.to_string()),
            Node::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Node::Object(object) => Value::Object(object.to_map()),
        }
    }

    /// Whether two values are the same, wherever they stand and in whatever order their keys come.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.node, &other.node) {
            (Node::Null, Node::Null) => true,
            (Node::Bool(a), Node::Bool(b)) => a == b,
            (Node::Number(a), Node::Number(b)) => a == b,
            (Node::String(a), Node::String(b)) => a == b,
            (Node::List(a), Node::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
            }
            (Node::Object(a), Node::Object(b)) => {
                let same = |entry: &Entry| {
                    b.get(&entry.key)
                        .is_some_and(|other| entry.value.is_same(other))
                };
                a.entries().len() == b.entries().len() && a.entries().iter().all(same)
            }
            _ => false,
        }
    }

    /// How many lists and objects stand in each other.
    pub fn depth(&self) -> usize {
        let deepest = |depths: &mut dyn Iterator<Item = usize>| 1 + depths.max().unwrap_or(0);
        match &self.node {
            Node::List(items) => deepest(&mut items.iter().map(Self::depth)),
            Node::Object(object) => {
                deepest(&mut object.entries().iter().map(|entry| entry.value.depth()))
            }
            _ => 0,
        }
    }
}

impl Object {
    /// The object without lines.
    pub fn to_map(&self) -> Map<String, Value> {
        let entries = self.entries().iter();
        entries
            .map(|entry| (entry.key.to_string(), entry.value.to_value()))
            .collect()
    }
}

/// A value of a text as a message shows it.
pub(crate) fn shown(value: &Spanned) -> String {
    // What is in a list or an object is not shown, only whether there is anything.
    let inside = |is_empty: bool| {
        if is_empty {
            Vec::new()
        } else {
            vec![Value::Null]
        }
    };
    let value = match &value.node {
        Node::List(items) => Value::Array(inside(items.is_empty())),
        Node::Object(object) => {
            let entries = inside(object.entries().is_empty()).into_iter();
            Value::Object(entries.map(|inner| (String::new(), inner)).collect())
        }
        _ => value.to_value(),
    };
    Shown(&value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_takes_little_room() {
        assert!(size_of::<Spanned>() <= 32, "{}", size_of::<Spanned>());
        assert!(size_of::<Entry>() <= 48, "{}", size_of::<Entry>());
    }

    #[test]
    fn keys_are_found_among_few_and_many() {
        for count in [0, 1, 16, 17, 1000] {
            let entries = (0..count).rev().map(|at: u32| Entry {
                key: at.to_string().into(),
                value: Spanned::new(Node::Null, at),
            });
            let object = Object::new(entries.collect());
            for at in 0..count {
                assert_eq!(object.get(&at.to_string()).unwrap().line, at);
            }
            assert!(object.get("x").is_none());
        }
    }
}
