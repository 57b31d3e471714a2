//! A number of nodes, absolute or in percent.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `maxUnavailable` or `maxSurge` as written: a number, or a string that should be a percentage.
///
/// Source: the API's `IntOrString`, as
/// [`spec.updateStrategy.rollingUpdate`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec) has it.
///
/// ```
/// use daemonset::api::IntOrString;
///
/// let quarter: IntOrString = "25%".into();
/// assert_eq!(quarter.scaled(11), Ok(3));
/// assert_eq!(IntOrString::from(2).scaled(11), Ok(2));
/// assert!(IntOrString::from("1O%").scaled(11).is_err());
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
pub struct ScaleError {
    /// The string found.
    pub found: String,
}

impl IntOrString {
    /// The value taken of `total` nodes; a percentage is rounded up.
    ///
    /// A percentage keeps its sign: `-10%` of 99 is -9.
    ///
    /// # Errors
    /// A string that is not an optional sign and decimal digits within 64 bits before a `%`:
    /// `"5"`, `" 5%"`, `"1.5%"`, `"%"`.
    pub fn scaled(&self, total: usize) -> Result<i64, ScaleError> {
        match self {
            Self::Int(number) => Ok(i64::from(*number)),
            Self::String(text) => {
                let percent = percent(text).ok_or_else(|| ScaleError {
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

impl IntOrString {
    /// The percentage, where it is one.
    ///
    /// ```
    /// use daemonset::api::IntOrString;
    ///
    /// assert_eq!(IntOrString::from("25%").percent(), Some(25));
    /// assert_eq!(IntOrString::from(25).percent(), None);
    /// ```
    #[must_use]
    pub fn percent(&self) -> Option<i64> {
        match self {
            Self::Int(_) => None,
            Self::String(text) => percent(text),
        }
    }
}

/// The number before the `%`: an optional sign and decimal digits within 64 bits.
fn percent(text: &str) -> Option<i64> {
    text.strip_suffix('%')?.parse().ok()
}

impl From<i32> for IntOrString {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for IntOrString {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(text) => text.fmt(f),
        }
    }
}
