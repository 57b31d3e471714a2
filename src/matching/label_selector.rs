//! Label selectors: which pods and revisions belong to a set.

use std::fmt;

use super::{Requirement, RequirementFault, faults};
use crate::api::{LabelSelector, Labels};

/// A label selector, checked and ready to match.
///
/// All requirements must hold. No selector at all matches nothing; one without requirements
/// matches everything, which a DaemonSet refuses to do.
///
/// Source: [Label selectors](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).
///
/// ```
/// use daemonset::api::{LabelSelector, Labels};
/// use daemonset::matching::Selector;
///
/// let written: LabelSelector = serde_json::from_str(
///     r#"{"matchLabels": {"app": "agent"}, "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}]}"#,
/// )?;
/// let selector = Selector::new(Some(&written))?;
/// assert!(selector.matches(&Labels::from_iter([("app", "agent")])));
/// assert!(!selector.matches(&Labels::from_iter([("app", "agent"), ("canary", "yes")])));
/// assert_eq!(selector.to_string(), "app In agent, canary DoesNotExist");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// `None` matches nothing.
    requirements: Option<Vec<Requirement>>,
}

/// A selector that does not parse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("spec.selector.{field}: {fault}")]
pub struct SelectorError {
    /// The requirement at fault, as a path below the selector.
    pub field: String,
    /// What is wrong with it.
    #[source]
    pub fault: RequirementFault,
}

impl Selector {
    /// Compiles a selector.
    ///
    /// # Errors
    /// The first malformed requirement: an unknown operator (`Gt` and `Lt` are none here), a key
    /// that is no qualified name, values missing, too many, or none that a label could have.
    pub fn new(selector: Option<&LabelSelector>) -> Result<Self, SelectorError> {
        let Some(selector) = selector else {
            return Ok(Self::nothing());
        };
        let labels = selector.match_labels.iter().map(|(key, value)| {
            let path = || format!("matchLabels[{}]", key.escape_debug());
            (path(), key, "In", vec![value.to_owned()])
        });
        let expressions = selector.match_expressions.iter().enumerate().map(|(i, e)| {
            let path = format!("matchExpressions[{i}]");
            (path, e.key.as_str(), e.operator.as_str(), e.values.clone())
        });
        let requirements = labels
            .chain(expressions)
            .map(|(field, key, operator, values)| {
                match faults(key, operator, &values, false).next() {
                    Some(fault) => Err(SelectorError { field, fault }),
                    None => Requirement::new(key, operator, &values)
                        .map_err(|fault| SelectorError { field, fault }),
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            requirements: Some(requirements),
        })
    }

    /// The selector that matches nothing.
    pub(crate) fn nothing() -> Self {
        Self { requirements: None }
    }

    /// Whether it has no requirement and so matches everything.
    pub(crate) fn is_everything(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        self.matches_with(|key| labels.get(key))
    }

    /// Whether an object is selected whose labels are looked up so.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use daemonset::api::LabelSelector;
    /// use daemonset::matching::Selector;
    ///
    /// let app: LabelSelector = serde_json::from_str(r#"{"matchLabels": {"app": "agent"}}"#)?;
    /// let selector = Selector::new(Some(&app))?;
    /// let labels = BTreeMap::from([("app", "agent")]);
    /// assert!(selector.matches_with(|key| labels.get(key).copied()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn matches_with<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        (self.requirements.as_ref())
            .is_some_and(|all| all.iter().all(|r| r.holds_for(label(r.key()))))
    }

    /// The requirements, all of which must hold; none where the selector matches nothing.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        self.requirements.as_deref().unwrap_or_default()
    }
}

/// Prints the requirements, or `nothing` or `everything`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.requirements {
            None => f.write_str("nothing"),
            Some(all) if all.is_empty() => f.write_str("everything"),
            Some(all) => {
                for (at, requirement) in all.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{requirement}")?;
                }
                Ok(())
            }
        }
    }
}
