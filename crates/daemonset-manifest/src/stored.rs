//! A DaemonSet as the API server stores it.

use daemonset::api::DaemonSet;
use daemonset::template::table::{self, Presence, Type};
use daemonset::template::{apply_defaults, canonical_template};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::check::{self, FieldValidation};
use crate::diagnostic::{Diagnostic, Severity};
use crate::path::FieldPath;
use crate::source::codes;
use crate::words::bare;

/// The DaemonSet that the API server stores of an object: with defaults, without fields that it does
/// not know, and without those whose feature gate is off unless `live` has them.
///
/// # Errors
/// What keeps it from decoding.
pub fn stored(
    mut set: Map<String, Value>,
    live: Option<&Map<String, Value>>,
) -> Result<DaemonSet, Vec<Diagnostic>> {
    check::drop_switched_off(&mut set, live);
    typed_set(set)
}

/// An object with defaults and with its template in the form that is compared.
pub(crate) fn in_canonical_form(mut set: Map<String, Value>) -> Map<String, Value> {
    without_null_entries(&mut set);
    apply_defaults(&mut set);
    if let Some(template) = set
        .get_mut("spec")
        .and_then(|spec| spec.get_mut("template"))
    {
        *template = canonical_template(template);
    }
    set
}

/// A DaemonSet with the API server's defaults, or why it would not decode it.
pub(crate) fn typed_set(fields: Map<String, Value>) -> Result<DaemonSet, Vec<Diagnostic>> {
    let mut value = Value::Object(fields);
    let faults = check::decode(table::root_type(), &value, FieldValidation::Ignore);
    if !faults.is_empty() {
        return Err(faults);
    }
    if let Value::Object(fields) = &mut value {
        without_null_entries(fields);
        apply_defaults(fields);
        complete_budget(fields);
    }
    DaemonSet::deserialize(value).map_err(|error| {
        let message = bare(&error.to_string());
        let code = codes::WRONG_TYPE;
        vec![Diagnostic::new(
            code,
            Severity::Error,
            FieldPath::root(),
            message,
        )]
    })
}

/// Under `OnDelete`, where a budget has no defaults, what is stored of one that is written has both
/// figures all the same.
fn complete_budget(set: &mut Map<String, Value>) {
    let spec = set.get_mut("spec");
    let strategy = spec.and_then(|spec| spec.get_mut("updateStrategy"));
    let budget = strategy.and_then(|strategy| strategy.get_mut("rollingUpdate"));
    if let Some(Value::Object(budget)) = budget {
        for figure in ["maxUnavailable", "maxSurge"] {
            let value = budget.entry(figure).or_insert(Value::Null);
            if value.is_null() {
                *value = 0.into();
            }
        }
    }
}

/// Takes the entries of a DaemonSet's maps away that are null, as `kubectl apply` does, and empty lists
/// that would be told from missing ones: what is stored knows none. Fields that are null are missing
/// to the API as it is.
fn without_null_entries(set: &mut Map<String, Value>) {
    without_nulls_in(table::root_type(), set);
}

fn without_nulls_in(type_: &'static Type, fields: &mut Map<String, Value>) {
    for (name, value) in fields {
        if let Some(field) = type_.field(name) {
            let is_empty = value.as_array().is_some_and(Vec::is_empty);
            if is_empty && field.presence == Presence::AlwaysOrNull {
                *value = Value::Null;
            }
            without_nulls(&field.kind, value);
        }
    }
}

fn without_nulls(kind: &'static table::Kind, value: &mut Value) {
    match (kind, value) {
        (table::Kind::Object(id), Value::Object(fields)) => {
            without_nulls_in(table::type_of(*id), fields);
        }
        (table::Kind::List(element), Value::Array(items)) => {
            for item in items {
                without_nulls(element, item);
            }
        }
        (table::Kind::Map(_), Value::Object(entries)) => {
            entries.retain(|_, entry| !entry.is_null());
        }
        _ => {}
    }
}
