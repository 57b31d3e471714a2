//! What the spec says of updates: the strategy and its two numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::{DaemonSetSpec, DaemonSetUpdateStrategy, IntOrString, ScaleError};

/// How pods of an older template are replaced.
///
/// Source: [Updating a DaemonSet](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/).
///
/// ```
/// use daemonset::api::DaemonSetSpec;
/// use daemonset::rollout::Strategy;
///
/// let default = Strategy::new(&DaemonSetSpec::default());
/// assert_eq!(default.to_string(), "RollingUpdate, maxUnavailable 1, maxSurge 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Strategy {
    /// A few at a time, within a budget.
    RollingUpdate {
        /// How many nodes may be without an available pod.
        max_unavailable: IntOrString,
        /// How many nodes may run a new pod beside the old one.
        max_surge: IntOrString,
    },
    /// Only where something else deletes them; then new ones are created.
    OnDelete,
}

/// Prints the strategy's type and its budgets as written.
impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RollingUpdate {
                max_unavailable,
                max_surge,
            } => write!(
                f,
                "RollingUpdate, maxUnavailable {max_unavailable}, maxSurge {max_surge}"
            ),
            Self::OnDelete => f.write_str("OnDelete"),
        }
    }
}

/// A budget that is neither a number nor a percentage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{path}: expected an integer or a percentage, found {found:?}")]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BudgetError {
    /// The field: `spec.updateStrategy.rollingUpdate.maxUnavailable` or `….maxSurge`.
    pub path: String,
    /// The string found there.
    pub found: String,
}

impl BudgetError {
    fn new(field: &str, error: ScaleError) -> Self {
        Self {
            path: format!("spec.updateStrategy.rollingUpdate.{field}"),
            found: error.found,
        }
    }
}

/// The two budgets in nodes, for a number of nodes that should run the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Limits {
    /// `maxUnavailable` in nodes.
    pub max_unavailable: i64,
    /// `maxSurge` in nodes.
    pub max_surge: i64,
}

impl Strategy {
    /// The strategy of a spec, defaults applied. A type that Kubernetes does not know replaces
    /// nothing, as `OnDelete` does.
    #[must_use]
    pub fn new(spec: &DaemonSetSpec) -> Self {
        let DaemonSetUpdateStrategy {
            type_,
            rolling_update,
        } = &spec.update_strategy;
        match type_.as_str() {
            "" | "RollingUpdate" => {
                let written = rolling_update.clone().unwrap_or_default();
                Self::RollingUpdate {
                    max_unavailable: written.max_unavailable.unwrap_or(IntOrString::Int(1)),
                    max_surge: written.max_surge.unwrap_or(IntOrString::Int(0)),
                }
            }
            _ => Self::OnDelete,
        }
    }

    /// Whether a new pod may stand beside an old one: `maxSurge`, taken of one node, is above
    /// zero. One that does not read means no.
    #[must_use]
    pub fn surges(&self) -> bool {
        match self {
            Self::RollingUpdate { max_surge, .. } => max_surge.scaled(1).is_ok_and(|n| n > 0),
            Self::OnDelete => false,
        }
    }

    /// The budgets in nodes when this many nodes should run the daemon; `None` without a
    /// rolling update.
    ///
    /// Percentages are rounded up. Where both are zero and there is a node at all,
    /// `maxUnavailable` is 1.
    ///
    /// # Errors
    /// A budget that is neither a number nor a percentage.
    ///
    /// ```
    /// use daemonset::rollout::Strategy;
    ///
    /// let strategy = Strategy::RollingUpdate {
    ///     max_unavailable: "25%".into(),
    ///     max_surge: 0.into(),
    /// };
    /// let limits = strategy.limits(11)?.unwrap();
    /// assert_eq!((limits.max_unavailable, limits.max_surge), (3, 0));
    /// # Ok::<(), daemonset::rollout::BudgetError>(())
    /// ```
    pub fn limits(&self, desired: usize) -> Result<Option<Limits>, BudgetError> {
        let Self::RollingUpdate {
            max_unavailable,
            max_surge,
        } = self
        else {
            return Ok(None);
        };
        let mut limits = Limits {
            max_unavailable: max_unavailable
                .scaled(desired)
                .map_err(|error| BudgetError::new("maxUnavailable", error))?,
            max_surge: (max_surge.scaled(desired))
                .map_err(|error| BudgetError::new("maxSurge", error))?,
        };
        if desired > 0 && limits.max_unavailable == 0 && limits.max_surge == 0 {
            limits.max_unavailable = 1;
        }
        Ok(Some(limits))
    }
}
