//! Numbers as kubectl hands them to the API.

use serde_json::Value;

/// Whether a number written as an integer is the float exactly. A number with a point or an
/// exponent is a float by its own will, and may round.
pub(super) fn is_exact(text: &str, float: f64) -> bool {
    if text.contains(['.', 'e', 'E']) {
        return true;
    }
    let digits = text.trim_start_matches(['-', '+']).trim_start_matches('0');
    let exact = format!("{:.0}", float.abs());
    digits == exact || (digits.is_empty() && float == 0.0)
}

/// The JSON value of a finite float: kubectl writes a whole float below 1e21 without a point, and
/// the API reads that as an integer where it fits. Null for one that is not finite.
pub(super) fn from_float(float: f64) -> Value {
    let is_whole = float.fract() == 0.0 && float.abs() < 1e21;
    match format!("{float}").parse::<i64>() {
        Ok(integer) if is_whole => Value::from(integer),
        _ => Value::from(float),
    }
}
