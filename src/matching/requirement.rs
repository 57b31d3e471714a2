//! One requirement on a label: the rule that label selectors and node affinity share.

use serde::{Deserialize, Serialize};

use super::names::{is_label_value, is_qualified_name};
use crate::api::NodeSelectorRequirement;

/// A well-formed requirement on one label.
///
/// It prints as kubectl reads it in a selector, and is written in JSON as the API writes it.
///
/// ```
/// use daemonset::matching::Requirement;
///
/// let many_cores = Requirement::new("cores", "Gt", &["8".into()]).unwrap();
/// assert!(many_cores.holds_for(Some("16")));
/// assert!(!many_cores.holds_for(None));
/// assert_eq!(many_cores.to_string(), "cores>8");
/// assert_eq!("cores>8".parse(), Ok(many_cores));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "NodeSelectorRequirement", into = "NodeSelectorRequirement")]
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
        if let Some(fault) = faults(key, operator, values, WrittenIn::NodeAffinity).next() {
            return Err(fault);
        }
        let integer = || {
            let number = values.first().and_then(|value| value.parse().ok());
            number.ok_or(RequirementFault::Integer)
        };
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
    #[inline]
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
    #[allow(
        clippy::inline_always,
        reason = "asked of every node and pod: a call costs as much as the answer"
    )]
    #[inline(always)]
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

impl TryFrom<NodeSelectorRequirement> for Requirement {
    type Error = RequirementFault;

    fn try_from(written: NodeSelectorRequirement) -> Result<Self, RequirementFault> {
        Self::new(&written.key, &written.operator, &written.values)
    }
}

impl From<Requirement> for NodeSelectorRequirement {
    fn from(requirement: Requirement) -> Self {
        Self {
            operator: requirement.operator().to_owned(),
            key: requirement.key,
            values: requirement.values,
        }
    }
}

/// Where a requirement is written, which decides what operators it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenIn {
    /// In a label selector: `In`, `NotIn`, `Exists` and `DoesNotExist`.
    LabelSelector,
    /// In a term of node affinity: `Gt` and `Lt` besides.
    NodeAffinity,
}

/// Everything wrong with the form of a requirement. That the value of `Gt` or `Lt` is no integer is
/// not found here: the API server takes it, and then it never holds.
///
/// ```
/// use daemonset::matching::{RequirementFault, WrittenIn, faults};
///
/// let found: Vec<_> = faults("bad key", "Gt", &[], WrittenIn::LabelSelector).collect();
/// assert_eq!(found, [RequirementFault::Operator, RequirementFault::Key]);
/// ```
pub fn faults<'a>(
    key: &'a str,
    operator: &'a str,
    values: &'a [String],
    written_in: WrittenIn,
) -> impl Iterator<Item = RequirementFault> + 'a {
    let operator = match operator {
        "In" | "NotIn" => values
            .is_empty()
            .then_some(RequirementFault::ValuesRequired),
        "Exists" | "DoesNotExist" => {
            (!values.is_empty()).then_some(RequirementFault::ValuesForbidden)
        }
        "Gt" | "Lt" if written_in == WrittenIn::NodeAffinity => {
            (values.len() != 1).then_some(RequirementFault::ValuesRequired)
        }
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
