//! Goes through an object along the field table and names what does not fit.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::table::{self, Kind, Type};
use super::types;

/// Something that does not fit the table.
pub(super) enum Misfit<'a> {
    /// A field that its object, the innermost of the place, does not have.
    UnknownField(&'a str),
    /// A value of another type.
    WrongType(&'a Kind, &'a Value),
}

/// Where in the object something is.
pub(super) struct Place {
    path: String,
    /// The objects around it, from the outermost, each with the length of its own path.
    objects: Vec<(&'static Type, usize)>,
}

impl Place {
    /// The path from the root, such as `spec.template.spec.containers[0]`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The objects around the place and their paths, from the innermost out.
    pub fn objects(&self) -> impl Iterator<Item = (&'static Type, &str)> {
        let innermost_first = self.objects.iter().rev();
        innermost_first.map(|(type_, length)| (*type_, &self.path[..*length]))
    }

    fn within(&mut self, step: impl FnOnce(&mut String), visit: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        step(&mut self.path);
        visit(self);
        self.path.truncate(length);
    }
}

/// Adds a field or a key of a map to a path. A key that does not look like a name stands in
/// brackets and quotes.
pub(super) fn push_name(path: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'$');
    if name.is_empty() || !name.bytes().all(plain) {
        path.push('[');
        path.push_str(&quoted(name));
        path.push(']');
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// A text as JSON, for messages: without control characters, of which JSON escapes but the first
/// few by itself.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    for character in Value::from(text).to_string().chars() {
        if character.is_control() {
            _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Visits every misfit of a whole DaemonSet: objects by field name, lists in order.
pub(super) fn misfits(set: &Map<String, Value>, mut see: impl FnMut(&Place, Misfit<'_>)) {
    let Kind::Object(root) = table::root() else {
        return;
    };
    let mut place = Place {
        path: String::new(),
        objects: Vec::new(),
    };
    object(table::type_of(root), set, &mut place, &mut see);
}

type See<'s> = dyn FnMut(&Place, Misfit<'_>) + 's;

fn object(type_: &'static Type, fields: &Map<String, Value>, place: &mut Place, see: &mut See<'_>) {
    place.objects.push((type_, place.path.len()));
    for (name, content) in sorted(fields) {
        match type_.field(name) {
            None => see(place, Misfit::UnknownField(name)),
            Some(field) => place.within(
                |path| push_name(path, name),
                |place| value(&field.kind, content, place, see),
            ),
        }
    }
    place.objects.pop();
}

fn value(kind: &'static Kind, found: &Value, place: &mut Place, see: &mut See<'_>) {
    match (kind, found) {
        (_, Value::Null) => {}
        (Kind::Object(id), Value::Object(fields)) => {
            object(table::type_of(*id), fields, place, see);
        }
        (Kind::List(element), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                place.within(
                    |path| _ = write!(path, "[{at}]"),
                    |place| value(element, item, place, see),
                );
            }
        }
        (Kind::Map(element), Value::Object(entries)) => {
            for (key, entry) in sorted(entries) {
                place.within(
                    |path| push_name(path, key),
                    |place| value(element, entry, place, see),
                );
            }
        }
        _ if types::holds(kind, found) => {}
        _ => see(place, Misfit::WrongType(kind, found)),
    }
}

fn sorted(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    sorted
}
