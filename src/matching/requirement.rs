//! One requirement on a label: the rule that label selectors and node affinity share.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::names::{is_label_value, is_qualified_name};

/// A well-formed requirement on one label.
///
/// ```
/// use daemonset::matching::Requirement;
///
/// let many_cores = Requirement::new("cores", "Gt", &["8".into()]).unwrap();
/// assert!(many_cores.holds_for(Some("16")));
/// assert!(!many_cores.holds_for(None));
/// assert_eq!(many_cores.to_string(), "cores Gt 8");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt(i64),
    Lt(i64),
}

/// What is wrong with a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementFault {
    /// The key is no qualified name.
    #[error("the key is no qualified name")]
    Key,
    /// The operator is unknown, or not allowed here.
    #[error("the operator is unknown")]
    Operator,
    /// `In` and `NotIn` without a value, `Gt` and `Lt` without exactly one.
    #[error("a value is missing")]
    ValuesRequired,
    /// `Exists` and `DoesNotExist` with a value.
    #[error("the operator takes no values")]
    ValuesForbidden,
    /// The value at this place is no label value.
    #[error("value {0} could not be a label's value")]
    Value(usize),
    /// `Gt` and `Lt` with a value that is no decimal integer of 64 bits.
    #[error("the value is no integer")]
    Integer,
}

impl Requirement {
    /// A requirement as a node affinity term writes it.
    ///
    /// # Errors
    /// The first fault, where it is malformed.
    pub fn new(key: &str, operator: &str, values: &[String]) -> Result<Self, RequirementFault> {
        if let Some(fault) = faults(key, operator, values, true).next() {
            return Err(fault);
        }
        let integer = || values[0].parse().map_err(|_| RequirementFault::Integer);
        let operator = match operator {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt(integer()?),
            "Lt" => Operator::Lt(integer()?),
            _ => return Err(RequirementFault::Operator),
        };
        Ok(Self {
            key: key.to_owned(),
            operator,
            values: values.to_vec(),
        })
    }

    /// The label it reads.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What it compares with; none for `Exists` and `DoesNotExist`.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The operator, as the API spells it.
    #[must_use]
    pub fn operator(&self) -> &'static str {
        match self.operator {
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            Operator::Gt(_) => "Gt",
            Operator::Lt(_) => "Lt",
        }
    }

    /// The bound of `Gt` or `Lt`.
    #[must_use]
    pub fn bound(&self) -> Option<i64> {
        match self.operator {
            Operator::Gt(bound) | Operator::Lt(bound) => Some(bound),
            _ => None,
        }
    }

    /// Whether it holds where the label has this value, or is missing (`None`).
    ///
    /// A missing label satisfies `NotIn` and `DoesNotExist`. `Gt` and `Lt` read the label as a
    /// signed decimal integer of 64 bits (`+8` and `08` are such), and do not hold for anything
    /// else.
    ///
    /// Source: [Set-based requirements](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#set-based-requirement)
    /// and [node affinity operators](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators).
    #[must_use]
    pub fn holds_for(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let number = |value: &str| value.parse::<i64>().ok();
        match (self.operator, value) {
            (Operator::In, value) => value.is_some_and(listed),
            (Operator::NotIn, value) => !value.is_some_and(listed),
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::Gt(bound), value) => value.and_then(number).is_some_and(|n| n > bound),
            (Operator::Lt(bound), value) => value.and_then(number).is_some_and(|n| n < bound),
        }
    }
}

/// Writes it as the API does: `key`, `operator` and, where there are any, `values`.
impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 2 + usize::from(!self.values.is_empty());
        let mut written = serializer.serialize_struct("Requirement", fields)?;
        written.serialize_field("key", &self.key)?;
        written.serialize_field("operator", self.operator())?;
        if !self.values.is_empty() {
            written.serialize_field("values", &self.values)?;
        }
        written.end()
    }
}

/// Prints as `key Operator value,value`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.operator())?;
        if self.values.is_empty() {
            return Ok(());
        }
        write!(f, " {}", self.values.join(","))
    }
}

/// Everything wrong with the form of a requirement; `Gt` and `Lt` are operators only where
/// `ordered` says so.
pub fn faults<'a>(
    key: &'a str,
    operator: &'a str,
    values: &'a [String],
    ordered: bool,
) -> impl Iterator<Item = RequirementFault> + 'a {
    let operator = match operator {
        "In" | "NotIn" => values
            .is_empty()
            .then_some(RequirementFault::ValuesRequired),
        "Exists" | "DoesNotExist" => {
            (!values.is_empty()).then_some(RequirementFault::ValuesForbidden)
        }
        "Gt" | "Lt" if ordered => (values.len() != 1).then_some(RequirementFault::ValuesRequired),
        _ => Some(RequirementFault::Operator),
    };
    let key = (!is_qualified_name(key)).then_some(RequirementFault::Key);
    let values = values
        .iter()
        .enumerate()
        .filter(|(_, value)| !is_label_value(value))
        .map(|(at, _)| RequirementFault::Value(at));
    operator.into_iter().chain(key).chain(values)
}
