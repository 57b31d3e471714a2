//! What the field table says of a value on the way through an object.

use serde_json::Value;

use super::table::{self, Field, Kind, ListPatch, Merging, Type};
use crate::path::Step;

/// The kind of a value and the field that holds it, as far as the table knows them; for going
/// through an object together with the table.
///
/// ```
/// use daemonset::path::Step;
/// use daemonset::template::Shape;
/// use serde_json::json;
///
/// let pod = Shape::daemon_set().entry("spec").entry("template").entry("spec");
/// assert_eq!(pod.step("hostPID"), Step::Field("hostPID".into()));
/// assert_eq!(pod.entry("nodeSelector").step("disk"), Step::Key("disk".to_owned()));
/// let key = pod.entry("containers").item_key(&json!({"name": "agent"}));
/// assert_eq!(key.as_deref(), Some("agent"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    kind: Option<&'static Kind>,
    field: Option<&'static Field>,
}

impl Shape {
    /// A whole DaemonSet.
    #[must_use]
    pub fn daemon_set() -> Self {
        Self::of_type("DaemonSet")
    }

    /// An object of the type of this name; nothing is known of it where the table has no such type.
    #[must_use]
    pub fn of_type(name: &str) -> Self {
        Self {
            kind: table::kind_named(name),
            field: None,
        }
    }

    fn type_(self) -> Option<&'static Type> {
        match self.kind {
            Some(Kind::Object(id)) => Some(table::type_of(*id)),
            _ => None,
        }
    }

    /// A field of the object, or an entry of the map here.
    #[must_use]
    pub fn entry(self, name: &str) -> Self {
        let field = self.type_().and_then(|type_| type_.field(name));
        let kind = match (field, self.kind) {
            (Some(field), _) => Some(&field.kind),
            (None, Some(Kind::Map(element))) => Some(&**element),
            _ => None,
        };
        Self { kind, field }
    }

    /// An item of the list here.
    #[must_use]
    pub fn item(self) -> Self {
        let kind = match self.kind {
            Some(Kind::List(element)) => Some(&**element),
            _ => None,
        };
        Self { kind, field: None }
    }

    /// Whether here is a map with keys of the user's own.
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.kind, Some(Kind::Map(_)))
    }

    /// The step of a path to an entry of the object or map here.
    #[must_use]
    pub fn step(self, name: &str) -> Step {
        if self.is_map() {
            Step::Key(name.to_owned())
        } else {
            Step::Field(name.to_owned().into())
        }
    }

    /// What is stored for an entry of a map that is null; null for a field.
    #[must_use]
    pub fn empty_entry(self) -> Value {
        match (self.field, self.kind) {
            (None, Some(Kind::String)) => Value::from(""),
            (None, Some(Kind::Quantity)) => Value::from("0"),
            _ => Value::Null,
        }
    }

    fn merging(self) -> &'static Merging {
        self.field.map_or(&Merging::Usual, |field| &field.merging)
    }

    /// Whether server-side apply takes the object or map here as a whole.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        let of_type = self.type_().map(|type_| &type_.merging);
        *self.merging() == Merging::Atomic || of_type == Some(&Merging::Atomic)
    }

    /// Whether here is a list whose items are told apart.
    #[must_use]
    pub fn has_items(self) -> bool {
        matches!(self.merging(), Merging::Keyed(..) | Merging::Set(_))
    }

    /// Whether items are told apart by their values.
    #[must_use]
    pub fn is_set(self) -> bool {
        matches!(self.merging(), Merging::Set(_))
    }

    /// The key of an item of the list here, where items are told apart by key.
    #[must_use]
    pub fn item_key(self, item: &Value) -> Option<String> {
        self.field?.item_key(item)
    }

    /// What a strategic merge patch does with the list here.
    #[must_use]
    pub fn list_patch(self) -> ListPatch {
        match self.merging() {
            Merging::Keyed(_, patch) | Merging::Set(patch) => *patch,
            _ => ListPatch::Replaces,
        }
    }

    /// What a strategic merge patch tells an item by: the first of the key's fields.
    #[must_use]
    pub fn patch_key(self, item: &Value) -> Option<String> {
        let Merging::Keyed(keys, _) = self.merging() else {
            return None;
        };
        match item.get(keys.first()?)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
