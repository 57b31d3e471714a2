//! Numbers as Go writes and reads them.

use serde_json::{Number, Value};

/// A number as Go writes one that has passed through a 64-bit float, as every number of a revision
/// does: integers beyond 2^53 are rounded.
pub(crate) fn number_as_go(number: &Number) -> String {
    const EXACT: u64 = 1 << 53;
    let exact = number.as_i64().is_some_and(|n| n.unsigned_abs() <= EXACT);
    match number.as_f64() {
        Some(float) if !exact => float_as_go(float),
        _ => number.to_string(),
    }
}

/// The shortest digits that read back the same, with an exponent only where the number is below
/// 1e-6 or at least 1e21.
pub(crate) fn float_as_go(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                format!("{digits}e+{exponent}")
            }
            _ => text,
        }
    } else {
        format!("{float}")
    }
}

/// The integer that a number is; one written with a point counts too, as far as it is exact.
///
/// ```
/// use daemonset::template::integer;
/// use serde_json::json;
///
/// assert_eq!(integer(&json!(30.0)), Some(30));
/// assert_eq!(integer(&json!(30.5)), None);
/// assert_eq!(integer(&json!("30")), None);
/// ```
#[must_use]
pub fn integer(value: &Value) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|_| !value.is_u64())?;
        let whole = float.fract() == 0.0 && float.abs() <= EXACT;
        #[allow(clippy::cast_possible_truncation)] // whole, and within 2^53
        whole.then_some(float as i64)
    })
}
