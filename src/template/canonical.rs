//! The form in which the API server stores a template.

use serde_json::{Map, Value};

use super::defaults;
use super::quantity::{MILLI, Quantity};
use super::table::{self, Kind, Presence, Type};
use super::{go_numbers, time};
use crate::api::Timestamp;

/// The template (`spec.template`) as the API server would store it, fields sorted by name.
///
/// Two templates of the same canonical form are the same to Kubernetes: a DaemonSet that goes from
/// one to the other rolls nothing out. Evened out are
///
/// - defaults, by the rules of [`apply_defaults`](super::apply_defaults);
/// - `null`, and empty values of fields where the API cannot tell them from missing ones
///   (`hostNetwork: false`, `env: []`); others stay as written (`terminationGracePeriodSeconds: 0`,
///   `securityContext: {}`);
/// - the spelling of quantities (`1024Mi` is `1Gi`, `0.5` is `500m`), each in its own family:
///   [`1k` and `1e3` stay two](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
///   Resources are rounded up to thousandths. The API server keeps some odd spellings as they are
///   (`+1`, `1.`, `1E3`); here they are evened out too;
/// - the zone of times, and the order of fields.
///
/// The order of lists counts. Unknown fields and values of the wrong type are kept as they are.
/// A value that is no object comes back as it is.
///
/// ```
/// use daemonset::template::canonical_template;
/// use serde_json::json;
///
/// let written = json!({"spec": {"hostPID": false, "containers": [
///     {"name": "agent", "image": "agent", "resources": {"limits": {"memory": "1024Mi"}}},
/// ]}});
/// let stored = canonical_template(&written);
/// assert_eq!(stored["spec"].get("hostPID"), None);
/// assert_eq!(stored["spec"]["containers"][0]["resources"]["limits"]["memory"], "1Gi");
/// assert_eq!(stored["spec"]["containers"][0]["imagePullPolicy"], "Always");
/// assert_eq!(canonical_template(&stored), stored);
/// ```
#[must_use]
pub fn canonical_template(template: &Value) -> Value {
    let kind = table::template();
    let mut template = match template {
        Value::Null => Value::Object(Map::new()),
        written => written.clone(),
    };
    defaults::fill(&kind, &mut template);
    let mut stored = canonical(&kind, template);
    stored.sort_all_objects();
    stored
}

/// Whether two templates differ in how amounts are written and in nothing else, or not at all.
///
/// To the API server they are no change: `deprecated.daemonset.template.generation` stays, and so
/// does `metadata.generation`. The controller sees another text and makes a new revision of it, and
/// the pods count as updated by their generation label.
///
/// ```
/// use daemonset::template::same_amounts;
/// use serde_json::json;
///
/// let with = |memory: &str| json!({"spec": {"containers": [
///     {"name": "agent", "resources": {"limits": {"memory": memory}}},
/// ]}});
/// assert!(same_amounts(&with("100Mi"), &with("104857600")));
/// assert!(!same_amounts(&with("100Mi"), &with("100M")));
/// ```
///
/// Source: [`metadata.generation`](https://kubernetes.io/docs/reference/using-api/api-concepts/) is
/// raised by values, in which `100Mi` and `104857600` are one.
#[must_use]
pub fn same_amounts(one: &Value, other: &Value) -> bool {
    let [one, other] = [one, other].map(|template| {
        let mut template = canonical_template(template);
        write_amounts(&table::template(), &mut template);
        template
    });
    one == other
}

/// Writes every quantity as its amount in billionths.
fn write_amounts(kind: &Kind, value: &mut Value) {
    match (kind, value) {
        (Kind::Object(id), Value::Object(fields)) => {
            for field in &table::type_of(*id).fields {
                if let Some(value) = fields.get_mut(field.name) {
                    write_amounts(&field.kind, value);
                }
            }
        }
        (Kind::List(element), Value::Array(items)) => {
            for item in items {
                write_amounts(element, item);
            }
        }
        (Kind::Map(element), Value::Object(entries)) => {
            for (_, entry) in entries {
                write_amounts(element, entry);
            }
        }
        (Kind::Quantity, value) => {
            let amount = Quantity::from_json(value).and_then(|it| it.billionths());
            if let Some(amount) = amount {
                *value = Value::from(amount.to_string());
            }
        }
        _ => {}
    }
}

fn canonical(kind: &Kind, value: Value) -> Value {
    match (kind, value) {
        (_, Value::Null) => empty(kind),
        (Kind::Object(id), Value::Object(fields)) => {
            Value::Object(canonical_object(table::type_of(*id), fields))
        }
        (Kind::List(element), Value::Array(items)) => {
            let items = items.into_iter().map(|item| canonical(element, item));
            Value::Array(items.collect())
        }
        (Kind::Map(element), Value::Object(entries)) => {
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, entry)| (key, canonical_entry(element, entry)))
                    .collect(),
            )
        }
        (Kind::Quantity, value) => canonical_quantity(value, None),
        (Kind::Int32 | Kind::Int64 | Kind::IntOrString, value) => {
            go_numbers::integer(&value).map_or(value, Value::from)
        }
        (Kind::Time, Value::String(text)) => match time::read(&text) {
            Some(time) => Value::from(in_seconds(time).to_string()),
            None => Value::from(text),
        },
        (_, value) => value,
    }
}

/// The quantities of maps are amounts of resources, which alone are rounded.
fn canonical_entry(kind: &Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Quantity, value) if !value.is_null() => canonical_quantity(value, Some(MILLI)),
        (kind, value) => canonical(kind, value),
    }
}

fn canonical_quantity(value: Value, scale: Option<i64>) -> Value {
    let Some(mut quantity) = Quantity::from_json(&value) else {
        return value;
    };
    if let Some(scale) = scale {
        quantity.round_up(scale);
    }
    Value::from(quantity.to_string())
}

fn canonical_object(type_: &Type, mut fields: Map<String, Value>) -> Map<String, Value> {
    for field in &type_.fields {
        let written = fields.remove(field.name).filter(|value| !value.is_null());
        let stored = match (written, field.presence) {
            (Some(value), presence) => {
                let value = canonical(&field.kind, value);
                match presence {
                    Presence::WhenFilled if is_empty(&field.kind, &value) => None,
                    Presence::Always if is_empty(&field.kind, &value) => Some(empty(&field.kind)),
                    _ => Some(value),
                }
            }
            (None, Presence::Always) => Some(empty(&field.kind)),
            (None, Presence::AlwaysOrNull) => Some(Value::Null),
            (None, Presence::WhenFilled | Presence::WhenWritten) => None,
        };
        if let Some(value) = stored {
            fields.insert(field.name.to_owned(), value);
        }
    }
    fields
}

/// Whether a value is the empty one of its kind. One of another type is not: it is kept.
fn is_empty(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::String, Value::String(text)) => text.is_empty(),
        (Kind::Bool, Value::Bool(flag)) => !flag,
        (Kind::Int32 | Kind::Int64, Value::Number(number)) => number.as_i64() == Some(0),
        (Kind::List(_), Value::Array(items)) => items.is_empty(),
        (Kind::Map(_), Value::Object(entries)) => entries.is_empty(),
        _ => false,
    }
}

/// What the API writes for a value that has nothing in it.
fn empty(kind: &Kind) -> Value {
    match kind {
        Kind::String => Value::from(""),
        Kind::Bool => Value::from(false),
        Kind::Int32 | Kind::Int64 | Kind::IntOrString => Value::from(0),
        Kind::Quantity => Value::from("0"),
        Kind::Time | Kind::Any | Kind::List(_) | Kind::Map(_) => Value::Null,
        Kind::Object(id) => Value::Object(canonical_object(table::type_of(*id), Map::new())),
    }
}

/// The API stores times without fractions of a second, in UTC.
fn in_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(time.unix_seconds())
}
