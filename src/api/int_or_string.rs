//! A number of nodes, absolute or in percent.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `maxUnavailable` or `maxSurge` as written: a number, or a string that should be a percentage.
///
/// A Rust string converts as `kubectl` reads an argument: one that spells an integer of 32 bits is
/// the integer, whatever else it is stays a string. JSON and YAML are read as they are written, since
/// there a string that spells an integer is a string to Kubernetes too, and refused.
///
/// Source: the API's `IntOrString`, as
/// [`spec.updateStrategy.rollingUpdate`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec) has it.
///
/// ```
/// use daemonset::api::IntOrString;
///
/// assert_eq!(IntOrString::from("25%").scaled(11), Ok(3));
/// assert_eq!(IntOrString::from("2"), IntOrString::Int(2));
/// assert!(IntOrString::from("1O%").scaled(11).is_err());
///
/// let quoted: IntOrString = serde_json::from_str(r#""2""#)?;
/// assert_eq!(quoted, IntOrString::String("2".into()));
/// assert!(quoted.scaled(11).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number of nodes.
    Int(i32),
    /// A percentage of the nodes that should run the daemon, if it is one.
    String(String),
}

/// A string that is no percentage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an integer or a percentage, found {found:?}")]
#[non_exhaustive]
pub struct ScaleError {
    /// The string found.
    pub found: String,
}

impl IntOrString {
    /// The number before the `%` of a string, where it is a percentage: an optional sign and decimal
    /// digits within 64 bits.
    ///
    /// ```
    /// use daemonset::api::IntOrString;
    ///
    /// assert_eq!(IntOrString::from("25%").percent(), Some(25));
    /// assert_eq!(IntOrString::from("2.5%").percent(), None);
    /// assert_eq!(IntOrString::from(25).percent(), None);
    /// ```
    #[must_use]
    pub fn percent(&self) -> Option<i64> {
        match self {
            Self::Int(_) => None,
            Self::String(text) => text.strip_suffix('%')?.parse().ok(),
        }
    }

    /// The value taken of `total` nodes; a percentage is rounded up.
    ///
    /// A percentage keeps its sign: `-10%` of 99 is -9. Beyond 64 bits the nearest value within them
    /// stands.
    ///
    /// # Errors
    /// A string that is no [percentage](Self::percent): `"5"`, `" 5%"`, `"1.5%"`, `"%"`.
    pub fn scaled(&self, total: usize) -> Result<i64, ScaleError> {
        match self {
            Self::Int(number) => Ok(i64::from(*number)),
            Self::String(text) => {
                let percent = self.percent().ok_or_else(|| ScaleError {
                    found: text.clone(),
                })?;
                // Rounded up towards positive infinity, for negative percentages too. The
                // product of an i64 and a count of nodes always fits.
                let product = i128::from(percent) * total as i128;
                let scaled = product.div_euclid(100) + i128::from(product.rem_euclid(100) != 0);
                Ok(i64::try_from(scaled).unwrap_or(if scaled < 0 { i64::MIN } else { i64::MAX }))
            }
        }
    }
}

impl From<i32> for IntOrString {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for IntOrString {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::Int(number),
            Err(_) => Self::String(text.to_owned()),
        }
    }
}

impl From<String> for IntOrString {
    fn from(text: String) -> Self {
        match text.parse() {
            Ok(number) => Self::Int(number),
            Err(_) => Self::String(text),
        }
    }
}

impl FromStr for IntOrString {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

/// Prints the number or the string. It reads back but for a string that spells an integer, which only
/// JSON and YAML make.
impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(text) => text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_printed_reads_back(text in "[-+]?[0-9]{0,11}%?|.*", number: i32) {
            for value in [IntOrString::from(text), IntOrString::from(number)] {
                prop_assert_eq!(value.to_string().parse(), Ok(value.clone()));
                prop_assert_eq!(IntOrString::from(value.to_string()), value);
            }
        }
    }

    #[test]
    fn a_text_is_an_integer_where_it_spells_one() {
        for (text, expected) in [
            ("3", Some(3)),
            ("-3", Some(-3)),
            ("+3", Some(3)),
            ("03", Some(3)),
            ("2147483648", None),
            ("3%", None),
            (" 3", None),
            ("3.0", None),
            ("", None),
        ] {
            let value = IntOrString::from(text);
            let is = match expected {
                Some(number) => IntOrString::Int(number),
                None => IntOrString::String(text.to_owned()),
            };
            assert_eq!(value, is, "{text:?}");
        }
    }
}
