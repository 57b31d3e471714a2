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

/// The integer that a number is; one written with a point counts too, as far as it is exact.
pub(super) fn integer(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|_| !value.is_u64())?;
        let whole = float.fract() == 0.0 && float.abs() <= EXACT;
        #[allow(clippy::cast_possible_truncation)] // whole, and within 2^53
        whole.then_some(float as i64)
    })
}

fn int32(value: &Value) -> Option<i32> {
    integer(value)?.try_into().ok()
}

/// Whether a text is a time as the API reads it: RFC 3339, without a 60th second.
///
/// ```
/// assert!(daemonset::schema::is_time("2026-03-01T12:00:00+05:30"));
/// assert!(!daemonset::schema::is_time("2026-03-01 12:00:00Z"));
/// ```
#[must_use]
pub fn is_time(text: &str) -> bool {
    time(text).is_some()
}

/// A time as the API reads it: more narrowly than [`Timestamp`] does, which takes other
/// spellings of ISO 8601 too.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let shape: &[u8] = b"0000-00-00T00:00:00";
    let (moment, rest) = text.as_bytes().split_at_checked(shape.len())?;
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text
                .iter()
                .zip(shape)
                .all(|(byte, expected)| match expected {
                    b'0' => byte.is_ascii_digit(),
                    b'+' => matches!(byte, b'+' | b'-'),
                    other => byte == other,
                })
    };
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            fraction.get(digits..).filter(|_| digits > 0)?
        }
        zone => zone,
    };
    // RFC 3339 knows a 60th second, the API does not.
    let leap = moment.ends_with(b":60");
    let fits = fits(moment, shape) && (zone == b"Z" || fits(zone, b"+00:00")) && !leap;
    text.parse().ok().filter(|_| fits)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_api_does() {
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.123456789Z",
            "2026-03-01T12:00:00+05:30",
        ] {
            assert!(time(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2026-03-01",
            "2026-03-01 12:00:00Z",
            "2026-03-01t12:00:00z",
            "2026-03-01T12:00:00",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:60Z",
            "2026-02-30T12:00:00Z",
            "2026-03-01T12:00:00+0530",
            "2026-03-01T12:00:00[UTC]",
        ] {
            assert!(time(text).is_none(), "{text}");
        }
    }
}
