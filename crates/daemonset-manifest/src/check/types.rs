//! What the values of fields may be.

use std::fmt;

use serde_json::{Map, Value};

use super::quantity::Quantity;
use super::table::Kind;
use super::walk::{Misfit, misfits, quoted};
use crate::api::Timestamp;

/// A value of another type than its field's.
///
/// ```
/// use daemonset::schema::{self, Expected};
///
/// let set = serde_json::json!({"metadata": {"labels": {"version": 1.25}}});
/// let faults = schema::type_faults(set.as_object().unwrap());
/// assert_eq!(faults[0].path, "metadata.labels.version");
/// assert_eq!(faults[0].expected, Expected::String);
/// assert_eq!(faults[0].found, "1.25");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct TypeFault {
    /// Where it is, such as `spec.template.spec.containers[0].ports[0].containerPort`. A key that
    /// is no plain name stands in brackets: `metadata.labels["app.kubernetes.io/name"]`.
    pub path: String,
    /// What the field holds.
    pub expected: Expected,
    /// What was found: a short value as JSON, else `a list`, `a map`, or the beginning of a text.
    pub found: String,
}

/// What a field holds.
///
/// ```
/// assert_eq!(daemonset::schema::Expected::Boolean.to_string(), "a boolean");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// An integer from -2^31 to 2^31 - 1.
    Int32,
    /// An integer from -2^63 to 2^63 - 1.
    Int64,
    /// A [quantity](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
    Quantity,
    /// An integer from -2^31 to 2^31 - 1, or a string.
    IntOrString,
    /// A time as RFC 3339 writes it.
    Time,
    /// A list.
    List,
    /// A map: an object of the API, or one with keys of the user's own.
    Map,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "a string",
            Self::Boolean => "a boolean",
            Self::Int32 => "a 32-bit integer",
            Self::Int64 => "a 64-bit integer",
            Self::Quantity => "a quantity such as 500m or 1Gi",
            Self::IntOrString => "a 32-bit integer or a string",
            Self::Time => "an RFC 3339 time such as 2026-03-01T12:00:00Z",
            Self::List => "a list",
            Self::Map => "a map",
        })
    }
}

/// Every value of a DaemonSet that is of another type than its field, in a fixed order: objects by
/// field name, lists in theirs.
///
/// Numbers without a fraction are integers, however they are written (`30.0`); quantities may be
/// strings or numbers. Fields that the API does not have are passed over: they are
/// [`unknown_fields`](super::unknown_fields).
///
/// ```
/// let set = serde_json::json!({"spec": {"minReadySeconds": 3_000_000_000_u64}});
/// assert_eq!(
///     daemonset::schema::type_faults(set.as_object().unwrap())[0].to_string(),
///     "spec.minReadySeconds: expected a 32-bit integer, found 3000000000",
/// );
/// ```
#[must_use]
pub fn type_faults(daemon_set: &Map<String, Value>) -> Vec<TypeFault> {
    let mut faults = Vec::new();
    misfits(daemon_set, |place, misfit| {
        if let Misfit::WrongType(kind, value) = misfit
            && let Some(expected) = expected(kind)
        {
            faults.push(TypeFault {
                path: place.path().to_owned(),
                expected,
                found: shown(value),
            });
        }
    });
    faults
}

/// What to expect of a kind; `None` where anything goes.
fn expected(kind: &Kind) -> Option<Expected> {
    Some(match kind {
        Kind::String => Expected::String,
        Kind::Bool => Expected::Boolean,
        Kind::Int32 => Expected::Int32,
        Kind::Int64 => Expected::Int64,
        Kind::Quantity => Expected::Quantity,
        Kind::IntOrString => Expected::IntOrString,
        Kind::Time => Expected::Time,
        Kind::List(_) => Expected::List,
        Kind::Map(_) | Kind::Object(_) => Expected::Map,
        Kind::Any => return None,
    })
}

/// Whether a value that is not `null` is of the kind, leaving aside what a list, a map or an
/// object has inside.
pub(super) fn holds(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::String => value.is_string(),
        Kind::Bool => value.is_boolean(),
        Kind::Int32 => int32(value).is_some(),
        Kind::Int64 => integer(value).is_some(),
        Kind::Quantity => Quantity::from_json(value).is_some(),
        Kind::IntOrString => value.is_string() || int32(value).is_some(),
        Kind::Time => value.as_str().is_some_and(|text| time(text).is_some()),
        Kind::Any => true,
        Kind::List(_) => value.is_array(),
        Kind::Map(_) | Kind::Object(_) => value.is_object(),
    }
}

fn int32(value: &Value) -> Option<i32> {
    integer(value)?.try_into().ok()
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 64;
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        Value::String(text) if text.chars().nth(LONGEST).is_some() => {
            let beginning: String = text.chars().take(LONGEST).collect();
            format!("{}…", quoted(&beginning))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}
