//! Tolerations: whether one tolerates a taint.

use crate::api::Toleration;
use crate::ids::ids;
use crate::view::TaintView;

/// Whether the operators `Gt` and `Lt` of tolerations compare numbers or never match.
///
/// Kubernetes has them behind a feature gate that is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparisonOperators {
    /// A toleration with `Gt` or `Lt` tolerates nothing.
    #[default]
    Off,
    /// `Gt` tolerates a taint whose value is a greater number than the toleration's, `Lt` a
    /// smaller one.
    On,
}

ids! {
    ComparisonOperators {
        Off => "off",
        On => "on",
    }
}

/// Whether a toleration tolerates a taint.
///
/// An empty effect or key of the toleration stands for every one. `tolerationSeconds` plays no
/// part. Source: [Taints and Tolerations](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
///
/// ```
/// use daemonset::api::Toleration;
/// use daemonset::matching::{ComparisonOperators, tolerates};
/// use daemonset::view::TaintView;
///
/// let taint = TaintView { key: "gpu", value: "a100", effect: "NoSchedule" };
/// let everything = Toleration { operator: "Exists".into(), ..Toleration::default() };
/// assert!(tolerates(&everything, taint, ComparisonOperators::Off));
/// assert!(!tolerates(&Toleration::default(), taint, ComparisonOperators::Off));
/// ```
#[must_use]
pub fn tolerates(
    toleration: &Toleration,
    taint: TaintView<'_>,
    comparison: ComparisonOperators,
) -> bool {
    let unset_or_equal = |mine: &str, theirs: &str| mine.is_empty() || mine == theirs;
    unset_or_equal(&toleration.effect, taint.effect)
        && unset_or_equal(&toleration.key, taint.key)
        && match toleration.operator.as_str() {
            "" | "Equal" => toleration.value == taint.value,
            "Exists" => true,
            operator @ ("Gt" | "Lt") if comparison == ComparisonOperators::On => {
                match (comparable(&toleration.value), comparable(taint.value)) {
                    (Some(mine), Some(theirs)) if operator == "Gt" => theirs > mine,
                    (Some(mine), Some(theirs)) => theirs < mine,
                    _ => false,
                }
            }
            _ => false,
        }
}

/// The number that `Gt` and `Lt` see in a value: a decimal integer of 64 bits without leading zeros
/// or plus; none in any other text.
///
/// ```
/// use daemonset::matching::comparable;
///
/// assert_eq!(comparable("-5"), Some(-5));
/// assert_eq!(comparable("05"), None);
/// ```
#[must_use]
pub fn comparable(value: &str) -> Option<i64> {
    let number: i64 = value.parse().ok()?;
    (number.to_string() == value).then_some(number)
}
