//! A value together with where it stands, for going through an object without copying paths.

use serde_json::{Map, Value};

use crate::path::FieldPath;

/// A value (of lifetime `'v`) and the way to it (`'p`). What is missing is null, at its place all
/// the same.
///
/// Checks hand these down by reference; a path is only written out where something is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'v, 'p> {
    value: &'v Value,
    up: Option<&'p At<'v, 'p>>,
    step: Step<'p>,
    /// Where it stands in the manifest, where the API server names another path.
    home: Option<&'p At<'v, 'p>>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Root,
    Field(&'p str),
    Index(usize),
    Key(&'p str),
}

static NULL: Value = Value::Null;

impl<'v> At<'v, '_> {
    /// The root of an object.
    pub fn root(value: &'v Value) -> Self {
        Self {
            value,
            up: None,
            step: Step::Root,
            home: None,
        }
    }

    fn below<'p>(&'p self, step: Step<'p>, value: &'v Value) -> At<'v, 'p> {
        At {
            value,
            up: Some(self),
            step,
            home: None,
        }
    }

    /// A field of the object here.
    pub fn field<'p>(&'p self, name: &'p str) -> At<'v, 'p> {
        self.below(Step::Field(name), self.value.get(name).unwrap_or(&NULL))
    }

    /// The value that stands at `home`, under the path that the API server gives it: this one's,
    /// and a field below.
    pub fn field_as<'p>(&'p self, name: &'p str, home: &'p At<'v, '_>) -> At<'v, 'p> {
        At {
            home: Some(home),
            ..self.below(Step::Field(name), home.value)
        }
    }

    /// The same for an item of the list here.
    pub fn item_as<'p>(&'p self, index: usize, home: &'p At<'v, '_>) -> At<'v, 'p> {
        At {
            home: Some(home),
            ..self.below(Step::Index(index), home.value)
        }
    }

    /// The same for an entry of the map here.
    pub fn entry_as<'p>(&'p self, key: &'p str, home: &'p At<'v, '_>) -> At<'v, 'p> {
        At {
            home: Some(home),
            ..self.below(Step::Key(key), home.value)
        }
    }

    /// This path for a value that stands at `home`.
    pub fn same_as<'p>(&'p self, home: &'p At<'v, '_>) -> At<'v, 'p> {
        At {
            value: home.value,
            home: Some(home),
            ..*self
        }
    }

    /// The items of the list here, each in its place; none if it is no list.
    pub fn items<'p>(&'p self) -> impl Iterator<Item = At<'v, 'p>> {
        let items = self.value.as_array().map_or(&[][..], Vec::as_slice);
        let items = items.iter().enumerate();
        items.map(|(index, value)| self.below(Step::Index(index), value))
    }

    /// The entries of the map here by key, sorted; none if it is no map.
    pub fn entries<'p>(&'p self) -> Vec<(&'v str, At<'v, 'p>)> {
        let entries = self.object().into_iter().flatten();
        let mut entries: Vec<_> = entries
            .map(|(key, value)| (key.as_str(), self.below(Step::Key(key), value)))
            .collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }

    /// An entry of the map here.
    pub fn entry<'p>(&'p self, key: &'p str) -> At<'v, 'p> {
        self.below(Step::Key(key), self.value.get(key).unwrap_or(&NULL))
    }

    /// The value itself.
    pub fn value(&self) -> &'v Value {
        self.value
    }

    /// The object or map here.
    pub fn object(&self) -> Option<&'v Map<String, Value>> {
        self.value.as_object()
    }

    /// Whether there is a value other than null.
    pub fn is_set(&self) -> bool {
        !self.value.is_null()
    }

    /// Whether there is nothing in it: null, or an empty string, list or map.
    pub fn is_empty(&self) -> bool {
        match self.value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            _ => false,
        }
    }

    /// How many items or entries there are.
    pub fn len(&self) -> usize {
        match self.value {
            Value::Array(items) => items.len(),
            Value::Object(fields) => fields.len(),
            _ => 0,
        }
    }

    /// The text here, empty where there is none.
    pub fn text(&self) -> &'v str {
        self.value.as_str().unwrap_or("")
    }

    /// The integer here, 0 where there is none.
    pub fn integer(&self) -> i64 {
        self.value.as_i64().unwrap_or(0)
    }

    /// Whether `true` stands here.
    pub fn is_true(&self) -> bool {
        *self.value == Value::Bool(true)
    }

    /// Whether `false` stands here.
    pub fn is_false(&self) -> bool {
        *self.value == Value::Bool(false)
    }

    /// The path as the API server names it. It writes names as they are, so that one with dots in
    /// it reads as several.
    pub fn path(&self) -> FieldPath {
        let above = self.up.map_or_else(FieldPath::root, At::path);
        match self.step {
            Step::Field(name) => name
                .split('.')
                .fold(above, |path, name| path.field(name.to_owned())),
            step => step.onto(above),
        }
    }

    /// The path in the manifest.
    pub fn home(&self) -> FieldPath {
        if let Some(home) = self.home {
            return home.home();
        }
        let above = self.up.map_or_else(FieldPath::root, At::home);
        self.step.onto(above)
    }
}

impl Step<'_> {
    fn onto(self, path: FieldPath) -> FieldPath {
        match self {
            Self::Root => path,
            Self::Field(name) => path.field(name.to_owned()),
            Self::Index(index) => path.index(index),
            Self::Key(key) => path.key(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_those_of_the_server_and_of_the_manifest() {
        let set = json!({"template": {"metadata": {"labels": {"a b": "c"}}}});
        let root = At::root(&set);
        let template = root.field("template");
        let metadata = template.field("metadata");
        let home = metadata.field("labels");
        let labels = template.field_as("labels", &home);
        assert_eq!(labels.path().to_string(), "template.labels");
        assert_eq!(labels.home().to_string(), "template.metadata.labels");
        let (key, value) = labels.entries()[0];
        assert_eq!((key, value.text()), ("a b", "c"));
        assert_eq!(value.home().to_string(), "template.metadata.labels[a b]");
    }

    #[test]
    fn what_is_missing_has_a_place() {
        let set = json!({"list": [1, null]});
        let root = At::root(&set);
        let (none, list) = (root.field("none"), root.field("list"));
        let deeper = none.field("deeper");
        assert!(!deeper.is_set() && deeper.is_empty());
        assert_eq!(deeper.path().to_string(), "none.deeper");
        assert_eq!(none.items().count(), 0);
        let items: Vec<_> = list.items().collect();
        assert_eq!(items[0].integer(), 1);
        assert_eq!(items[1].path().to_string(), "list[1]");
    }
}
