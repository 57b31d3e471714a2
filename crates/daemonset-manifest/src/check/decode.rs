//! Whether an object decodes: its kind, its fields' types, and fields that the API does not have.

use daemonset::template::is_time;
use daemonset::template::table::{self, Field, Kind, Type};
use serde_json::Value;

use super::FieldValidation;
use super::amount::amount;
use super::at::At;
use super::found::Found;
use crate::diagnostic::Code;
use crate::path::FieldPath;
use crate::suggest::nearest;
use crate::words::Shown;

const WRONG_KIND: Code = Code::new("wrong-kind");
const WRONG_TYPE: Code = Code::new("wrong-type");
const UNKNOWN_FIELD: Code = Code::new("unknown-field");

/// The annotation that the number of a template's generation is kept in.
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// How many objects down a field of the same name is looked for.
const LEVELS: usize = 3;

/// How many fields of the same name are suggested at most.
const SUGGESTIONS: usize = 3;

/// Whether the API server decodes the object, unknown fields aside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Everything is of its type.
    Yes,
    /// Something is not, and the rest is not validated.
    No,
}

pub(super) fn check(
    type_: &'static Type,
    root: &At<'_, '_>,
    unknown: FieldValidation,
    found: &mut Found,
) -> Decoded {
    let mut walk = Walk {
        unknown,
        found,
        decoded: Decoded::Yes,
    };
    walk.object(&Object {
        type_,
        at: root,
        around: None,
    });
    let is_daemon_set = std::ptr::eq(type_, table::root_type());
    let decoded = [
        walk.decoded == Decoded::Yes,
        !is_daemon_set || is_of_kind(root, found),
        !is_daemon_set || has_generation(root, found),
    ];
    if decoded == [true; 3] {
        Decoded::Yes
    } else {
        Decoded::No
    }
}

/// Whether the object is a DaemonSet, as far as it says what it is.
fn is_of_kind(root: &At<'_, '_>, found: &mut Found) -> bool {
    for (name, expected) in [("kind", "DaemonSet"), ("apiVersion", "apps/v1")] {
        let at = root.field(name);
        // What is no text is of the wrong type already.
        if !at.text().is_empty() && at.text() != expected {
            let message = format_args!("expected {expected}, found {}", Shown(at.value()));
            found.undecodable(&at, WRONG_KIND, message, || vec![expected.to_owned()]);
            return false;
        }
    }
    true
}

/// Whether the template's generation is a number, where there is one.
fn has_generation(root: &At<'_, '_>, found: &mut Found) -> bool {
    let metadata = root.field("metadata");
    let annotations = metadata.field("annotations");
    let at = annotations.entry(GENERATION);
    let is_number = !at.value().is_string() || at.text().parse::<i64>().is_ok();
    if !is_number {
        let message = format_args!("expected a 64-bit integer, found {}", Shown(at.value()));
        found.undecodable(&at, WRONG_TYPE, message, Vec::new);
    }
    is_number
}

/// An object that is being gone through, and the one around it.
struct Object<'a> {
    type_: &'static Type,
    at: &'a At<'a, 'a>,
    around: Option<&'a Object<'a>>,
}

struct Walk<'f> {
    unknown: FieldValidation,
    found: &'f mut Found,
    decoded: Decoded,
}

impl Walk<'_> {
    fn object(&mut self, object: &Object<'_>) {
        for (name, _) in object.at.entries() {
            let here = object.at.field(name);
            match object.type_.field(name) {
                Some(field) => self.value(&field.kind, &here, object),
                None => self.unknown_field(&here, object, name),
            }
        }
    }

    fn value(&mut self, kind: &'static Kind, at: &At<'_, '_>, object: &Object<'_>) {
        match (kind, at.value()) {
            (_, Value::Null) => {}
            (Kind::Object(id), Value::Object(_)) => self.object(&Object {
                type_: table::type_of(*id),
                at,
                around: Some(object),
            }),
            (Kind::List(element), Value::Array(_)) => {
                for item in at.items() {
                    self.value(element, &item, object);
                }
            }
            (Kind::Map(element), Value::Object(_)) => {
                for (_, entry) in at.entries() {
                    self.value(element, &entry, object);
                }
            }
            (kind, value) if is_of(kind, value) => {}
            (kind, value) => {
                self.decoded = Decoded::No;
                let message = format_args!("expected {}, found {}", expected(kind), Shown(value));
                let meant = || meant(kind, value).into_iter().collect();
                self.found.undecodable(at, WRONG_TYPE, message, meant);
            }
        }
    }

    fn unknown_field(&mut self, at: &At<'_, '_>, object: &Object<'_>, name: &str) {
        let (found, message) = (&mut *self.found, "unknown field");
        let meant = || suggestions(object, name);
        match self.unknown {
            FieldValidation::Strict => found.undecodable(at, UNKNOWN_FIELD, message, meant),
            FieldValidation::Warn => found.warning_suggesting(at, UNKNOWN_FIELD, message, meant),
            FieldValidation::Ignore => {}
        }
    }
}

/// Whether a value is of a kind, all through, unknown fields aside.
pub(super) fn holds(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (_, Value::Null) => true,
        (Kind::Object(id), Value::Object(fields)) => fields.iter().all(|(name, value)| {
            let field = table::type_of(*id).field(name);
            field.is_none_or(|field| holds(&field.kind, value))
        }),
        (Kind::List(element), Value::Array(items)) => items.iter().all(|item| holds(element, item)),
        (Kind::Map(element), Value::Object(entries)) => {
            entries.values().all(|entry| holds(element, entry))
        }
        (kind, value) => is_of(kind, value),
    }
}

/// Whether a value is of a kind, leaving aside what a list, a map or an object has inside. A
/// number with a point is no integer to the API, whatever stands behind the point.
fn is_of(kind: &Kind, value: &Value) -> bool {
    let is_int32 = || {
        value
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok())
    };
    match kind {
        Kind::String => value.is_string(),
        Kind::Bool => value.is_boolean(),
        Kind::Int32 => is_int32(),
        Kind::Int64 => value.is_i64() || value.as_i64().is_some(),
        Kind::Quantity => amount(value).is_some(),
        Kind::IntOrString => value.is_string() || is_int32(),
        Kind::Time => value.as_str().is_some_and(is_time),
        Kind::Any => true,
        Kind::List(_) => value.is_array(),
        Kind::Map(_) | Kind::Object(_) => value.is_object(),
    }
}

/// A kind in words.
fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::String => "a string",
        Kind::Bool => "a boolean",
        Kind::Int32 => "a 32-bit integer",
        Kind::Int64 => "a 64-bit integer",
        Kind::Quantity => "a quantity such as 500m or 1Gi",
        Kind::IntOrString => "a 32-bit integer or a string",
        Kind::Time => "an RFC 3339 time such as 2026-03-01T12:00:00Z",
        Kind::Any => "anything",
        Kind::List(_) => "a list",
        Kind::Map(_) | Kind::Object(_) => "an object",
    }
}

/// The value of the right kind that may have been meant.
fn meant(kind: &Kind, value: &Value) -> Option<String> {
    let text = value.as_str().map(str::trim);
    match kind {
        Kind::String if value.is_number() || value.is_boolean() => Some(format!("\"{value}\"")),
        Kind::Bool => match text?.to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some("true".to_owned()),
            "false" | "no" | "off" | "n" => Some("false".to_owned()),
            _ => None,
        },
        Kind::Int32 | Kind::Int64 => {
            let number = match text {
                Some(text) => text.parse().ok()?,
                None => value.as_f64().filter(|float| float.fract() == 0.0)?,
            };
            let whole = Value::from(format!("{number:.0}").parse::<i64>().ok()?);
            is_of(kind, &whole).then(|| whole.to_string())
        }
        Kind::Quantity => meant_quantity(text?),
        Kind::List(element) if is_of(element, value) => {
            Some(format!("[{value}]")).filter(|list| list.len() <= 64)
        }
        _ => None,
    }
}

/// A quantity whose suffix is one of bytes (`MB`), of another case (`gi`) or set apart (`1 Gi`).
pub(crate) fn meant_quantity(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let end = compact.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, suffix) = compact.split_at(end);
    let suffix = match suffix.to_lowercase().as_str() {
        "k" | "kb" => "k",
        "mb" => "M",
        "g" | "gb" => "G",
        "t" | "tb" => "T",
        "ki" | "kib" => "Ki",
        "mi" | "mib" => "Mi",
        "gi" | "gib" => "Gi",
        "ti" | "tib" => "Ti",
        _ => return None,
    };
    let meant = format!("{number}{suffix}");
    amount(&Value::from(meant.as_str())).map(|_| meant)
}

/// The near names of the same object, or else the same name in an object inside it or around it.
fn suggestions(object: &Object<'_>, name: &str) -> Vec<String> {
    let near = nearest(name, object.type_.fields.iter().map(|field| field.name));
    if !near.is_empty() {
        return near.into_iter().map(str::to_owned).collect();
    }
    let mut object = Some(object);
    while let Some(Object { type_, at, around }) = object {
        let found = same_name(type_, name);
        if !found.is_empty() {
            let path =
                |steps: Vec<&'static str>| steps.into_iter().fold(at.path(), FieldPath::field);
            return found
                .into_iter()
                .map(|steps| path(steps).to_string())
                .collect();
        }
        object = *around;
    }
    Vec::new()
}

/// The ways to the fields with this name in a type or in those inside it, no list between; the
/// nearest ones only.
fn same_name(type_: &'static Type, name: &str) -> Vec<Vec<&'static str>> {
    // Each type met, with the fields that lead to it.
    let mut level: Vec<(&Type, Vec<&'static str>)> = vec![(type_, Vec::new())];
    for _ in 0..=LEVELS {
        let (mut found, mut below) = (Vec::new(), Vec::new());
        for (type_, steps) in level {
            for Field {
                name: known, kind, ..
            } in &type_.fields
            {
                let beyond = || steps.iter().copied().chain([*known]).collect();
                if known.eq_ignore_ascii_case(name) {
                    found.push(beyond());
                }
                if let Kind::Object(id) = kind {
                    below.push((table::type_of(*id), beyond()));
                }
            }
        }
        if !found.is_empty() {
            found.truncate(SUGGESTIONS);
            return found;
        }
        level = below;
    }
    Vec::new()
}
