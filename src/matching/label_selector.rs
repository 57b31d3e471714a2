//! Label selectors: which pods and revisions belong to a set.

use std::fmt;

use super::{FEW_KEYS, LabelsByKey, Requirement, RequirementFault, WrittenIn, faults};
use crate::api::{LabelSelector, Labels, path};
use crate::view::PodView;

/// A label selector, checked and ready to match. It prints as `kubectl get -l` reads it, and reads
/// that.
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
///
/// assert_eq!(selector.to_string(), "app=agent,!canary");
/// assert_eq!("app=agent,!canary".parse(), Ok(selector));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// `None` matches nothing.
    requirements: Option<Vec<Requirement>>,
}

/// A DaemonSet's selector with a malformed requirement.
///
/// ```
/// use daemonset::api::LabelSelector;
/// use daemonset::matching::Selector;
///
/// let written: LabelSelector = serde_json::from_str(
///     r#"{"matchExpressions": [{"key": "tier", "operator": "Like", "values": ["a"]}]}"#,
/// )?;
/// let error = Selector::new(Some(&written)).unwrap_err();
/// assert_eq!(error.path, "spec.selector.matchExpressions[0].operator");
/// assert_eq!(
///     error.to_string(),
///     "spec.selector.matchExpressions[0].operator: \
///      expected In, NotIn, Exists or DoesNotExist, found \"Like\"",
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelectorError {
    /// The field at fault.
    pub path: String,
    /// What is wrong with it.
    pub fault: RequirementFault,
    /// What was found there, its first 64 characters at most; `None` where something is missing.
    pub found: Option<String>,
}

impl SelectorError {
    fn new(
        path: String,
        fault: RequirementFault,
        key: &str,
        operator: &str,
        values: &[String],
    ) -> Self {
        let found = match fault {
            RequirementFault::Key => Some(key),
            RequirementFault::Operator => Some(operator),
            RequirementFault::ValuesRequired => None,
            RequirementFault::Value(at) => values.get(at).map(String::as_str),
            RequirementFault::ValuesForbidden | RequirementFault::Integer => {
                values.first().map(String::as_str)
            }
        };
        Self {
            path,
            fault,
            found: found.map(|found| found.chars().take(64).collect()),
        }
    }
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = match self.fault {
            RequirementFault::Key => "a qualified name",
            RequirementFault::Operator => "In, NotIn, Exists or DoesNotExist",
            RequirementFault::ValuesRequired => "at least one value",
            RequirementFault::ValuesForbidden => "no values",
            RequirementFault::Value(_) => "a label's value",
            RequirementFault::Integer => "an integer",
        };
        write!(f, "{}: expected {expected}, found ", self.path)?;
        match &self.found {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("none"),
        }
    }
}

impl std::error::Error for SelectorError {}

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
            let values = [value.to_owned()];
            compile(key, "In", &values).map_err(|fault| {
                let path = path::join("spec.selector.matchLabels", &path::entry(key));
                SelectorError::new(path, fault, key, "In", &values)
            })
        });
        let expressions = selector
            .match_expressions
            .iter()
            .enumerate()
            .map(|(at, e)| {
                compile(&e.key, &e.operator, &e.values).map_err(|fault| {
                    let field = match fault {
                        RequirementFault::Key => "key".to_owned(),
                        RequirementFault::Operator => "operator".to_owned(),
                        RequirementFault::Value(at) => format!("values[{at}]"),
                        RequirementFault::ValuesRequired
                        | RequirementFault::ValuesForbidden
                        | RequirementFault::Integer => "values".to_owned(),
                    };
                    let path = format!("spec.selector.matchExpressions[{at}].{field}");
                    SelectorError::new(path, fault, &e.key, &e.operator, &e.values)
                })
            });
        let requirements = labels.chain(expressions).collect::<Result<_, _>>()?;
        Ok(Self::of(requirements))
    }

    /// The selector of these requirements, all of which must hold.
    pub(super) fn of(requirements: Vec<Requirement>) -> Self {
        Self {
            requirements: Some(requirements),
        }
    }

    /// The selector that matches nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self { requirements: None }
    }

    /// Whether it matches nothing, as a missing selector does.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.requirements.is_none()
    }

    /// Whether it has no requirement and so matches everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.requirements.as_ref().is_some_and(Vec::is_empty)
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        if self.requirements().len() > FEW_KEYS {
            return self.matches_by_key(labels.iter());
        }
        self.matches_with(|key| labels.get(key))
    }

    /// The same of many labels and many requirements, apart from the path that is walked for every
    /// pod.
    #[cold]
    #[inline(never)]
    fn matches_by_key<'l>(&self, labels: impl Iterator<Item = (&'l str, &'l str)>) -> bool {
        let labels: LabelsByKey<'_> = labels.collect();
        self.matches_with(|key| labels.get(key).copied())
    }

    /// Whether a pod is selected.
    #[inline]
    pub(crate) fn selects(&self, pod: &impl PodView) -> bool {
        if self.requirements().len() > FEW_KEYS {
            return self.matches_by_key(pod.labels());
        }
        self.matches_with(|key| pod.label(key))
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
    #[inline]
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        self.requirements.as_deref().unwrap_or_default()
    }
}

/// A requirement of a label selector.
fn compile(key: &str, operator: &str, values: &[String]) -> Result<Requirement, RequirementFault> {
    match faults(key, operator, values, WrittenIn::LabelSelector).next() {
        Some(fault) => Err(fault),
        None => Requirement::new(key, operator, values),
    }
}
