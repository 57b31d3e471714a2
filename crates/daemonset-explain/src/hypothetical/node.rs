//! Nodes that do not exist yet, as far as somebody knows them, and what can be said of them.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::{NodeView, Obstacle};
use crate::api::{Labels, Taint};
use crate::requirement::Requirement;

/// A node that does not exist yet, as far as it is known: what an autoscaler knows of a node
/// group, or a person of the machines that come next week.
///
/// ```
/// use daemonset::api::{DaemonSet, Labels};
/// use daemonset::placement::{Foresight, NodeOutline, OtherLabels, Rules};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "linux", "disk": "ssd"}}}},
/// }))?;
/// let rules = Rules::new(&agent.spec.template);
/// let mut outline = NodeOutline {
///     labels: Labels::from_iter([("kubernetes.io/os", "linux")]),
///     other_labels: OtherLabels::unknown(),
///     ..NodeOutline::default()
/// };
/// assert_eq!(rules.foresee(&outline).to_string(), "depends: disk In ssd");
/// outline.other_labels = OtherLabels::missing();
/// assert_eq!(
///     rules.foresee(&outline).to_string(),
///     "does not run: nodeSelector wants disk=ssd, node has no such label",
/// );
/// outline.labels.insert("disk", "ssd");
/// assert_eq!(rules.foresee(&outline), Foresight::Runs);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeOutline {
    /// Its name, where it is known.
    pub name: Option<String>,
    /// The labels that it has for certain, with their values.
    pub labels: Labels,
    /// What is known of every other label.
    pub other_labels: OtherLabels,
    /// The taints that it has for certain.
    pub taints: Vec<Taint>,
    /// Taints that it may have or not, each by itself.
    pub possible_taints: Vec<Taint>,
}

/// What is known of the labels whose values are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherLabels {
    /// The node does not have them, except for these, of which nothing is known.
    MissingExcept(BTreeSet<String>),
    /// Nothing is known of them, except that the node does not have these.
    UnknownExcept(BTreeSet<String>),
}

impl OtherLabels {
    /// The node has no other label.
    #[must_use]
    pub fn missing() -> Self {
        Self::MissingExcept(BTreeSet::new())
    }

    /// Nothing is known of any other label.
    #[must_use]
    pub fn unknown() -> Self {
        Self::UnknownExcept(BTreeSet::new())
    }

    /// Whether nothing is known of this one.
    pub(super) fn is_unknown(&self, key: &str) -> bool {
        match self {
            Self::MissingExcept(keys) => keys.contains(key),
            Self::UnknownExcept(keys) => !keys.contains(key),
        }
    }
}

/// The node has no other label.
impl Default for OtherLabels {
    fn default() -> Self {
        Self::missing()
    }
}

/// Whether a node that is known in part runs the daemon.
///
/// Exact: it [`Runs`](Self::Runs) if it does whatever the unknown turns out to be, it
/// [does not](Self::DoesNotRun) if it does for nothing that the unknown could turn out to be,
/// and else it depends. A label's unknown value is one that a label can have, or the label is
/// missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "foresight",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Foresight {
    /// It does, whatever is unknown.
    Runs,
    /// It does not, whatever is unknown.
    DoesNotRun {
        /// The checks that what is known fails.
        obstacles: Vec<Obstacle>,
        /// Requirements that nothing satisfies together.
        contradictions: Vec<Contradiction>,
    },
    /// It does exactly if all of `all_of` hold, and all of at least one of the groups in
    /// `any_of`, where there is one.
    Depends {
        /// What must hold.
        all_of: Vec<Assumption>,
        /// Of these groups one must hold as well; empty where nothing more is asked for.
        any_of: Vec<Vec<Assumption>>,
    },
}

/// Something that must hold of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "of", rename_all = "camelCase")]
pub enum Assumption {
    /// A label satisfies a requirement.
    Label(Requirement),
    /// The node has this name.
    #[serde(rename_all = "camelCase")]
    NameIs {
        /// The name.
        name: String,
    },
    /// The node has another name.
    #[serde(rename_all = "camelCase")]
    NameIsNot {
        /// The name.
        name: String,
    },
    /// The node does not have this taint.
    #[serde(rename_all = "camelCase")]
    NoTaint {
        /// The taint.
        taint: Taint,
    },
}

impl Assumption {
    /// Whether it holds of a node.
    #[must_use]
    pub fn holds_for(&self, node: &impl NodeView) -> bool {
        match self {
            Self::Label(requirement) => requirement.holds_for(node.label(requirement.key())),
            Self::NameIs { name } => node.name() == name,
            Self::NameIsNot { name } => node.name() != name,
            Self::NoTaint { taint } => !node.taints().contains(taint),
        }
    }
}

/// Requirements on one label, or on the name, that no value satisfies together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// The affinity term among them, by its place in `nodeSelectorTerms`.
    pub term: Option<usize>,
    /// The label, or `metadata.name`.
    pub key: String,
    /// The requirements, as text.
    pub wanted: Vec<String>,
}

impl Foresight {
    /// The labels that it depends on, sorted.
    #[must_use]
    pub fn label_keys(&self) -> Vec<&str> {
        let Self::Depends { all_of, any_of } = self else {
            return Vec::new();
        };
        let assumptions = all_of.iter().chain(any_of.iter().flatten());
        let keys: BTreeSet<&str> = assumptions
            .filter_map(|assumption| match assumption {
                Assumption::Label(requirement) => Some(requirement.key()),
                _ => None,
            })
            .collect();
        keys.into_iter().collect()
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(requirement) => requirement.fmt(f),
            Self::NameIs { name } => write!(f, "the node's name is {name}"),
            Self::NameIsNot { name } => write!(f, "the node's name is not {name}"),
            Self::NoTaint { taint } => write!(f, "no taint {taint}"),
        }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = self.wanted.join(" and ");
        write!(f, "no value of {} satisfies {wanted}", self.key)
    }
}

impl fmt::Display for Foresight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs => f.write_str("runs"),
            Self::DoesNotRun {
                obstacles,
                contradictions,
            } => {
                let obstacles = obstacles.iter().map(ToString::to_string);
                let against: Vec<_> = obstacles
                    .chain(contradictions.iter().map(ToString::to_string))
                    .collect();
                write!(f, "does not run: {}", against.join("; "))
            }
            Self::Depends { all_of, any_of } => {
                let joined = |group: &[Assumption]| {
                    let texts: Vec<_> = group.iter().map(ToString::to_string).collect();
                    texts.join(" and ")
                };
                write!(f, "depends: {}", joined(all_of))?;
                if !any_of.is_empty() {
                    let and = if all_of.is_empty() { "" } else { " and " };
                    let groups: Vec<_> = any_of.iter().map(|group| joined(group)).collect();
                    write!(f, "{and}either ({})", groups.join(") or ("))?;
                }
                Ok(())
            }
        }
    }
}
