//! Nodes that do not exist yet, as far as they are known.

use std::collections::BTreeSet;
use std::fmt;

use crate::api::{Labels, Taint};
use crate::matching::Requirement;
use crate::view::{NodeView, TaintView};
use serde::Serialize;

/// A node that does not exist yet, as far as it is known: what an autoscaler knows of a node
/// group, or a person of the machines that come next week.
///
/// ```
/// use daemonset::api::{DaemonSet, Labels};
/// use daemonset::placement::Rules;
/// use daemonset::hypothetical::{Eligibility, HypotheticalNode, OtherLabels};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "spec": {"template": {"spec": {"nodeSelector": {"kubernetes.io/os": "linux", "disk": "ssd"}}}},
/// }))?;
/// let rules = Rules::new(&agent.spec.template);
/// let mut node = HypotheticalNode {
///     labels: Labels::from_iter([("kubernetes.io/os", "linux")]),
///     other_labels: OtherLabels::unknown(),
///     ..HypotheticalNode::default()
/// };
/// assert_eq!(Eligibility::of(&rules, &node).to_string(), "depends: disk=ssd");
/// node.other_labels = OtherLabels::missing();
/// assert_eq!(
///     Eligibility::of(&rules, &node).to_string(),
///     "does not run: nodeSelector wants disk=ssd, node has no such label",
/// );
/// node.labels.insert("disk", "ssd");
/// assert_eq!(Eligibility::of(&rules, &node), Eligibility::Runs);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HypotheticalNode {
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

/// Something that must hold of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "of", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Assumption {
    /// A label satisfies a requirement.
    Label(Requirement),
    /// The node has this name.
    NameIs {
        /// The name.
        name: String,
    },
    /// The node has another name.
    NameIsNot {
        /// The name.
        name: String,
    },
    /// The node does not have this taint.
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
            Self::NoTaint { taint } => {
                let absent = TaintView::from(taint);
                node.taints().all(|taint| taint != absent)
            }
        }
    }
}

/// Requirements on one label, or on the name, that no value satisfies together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Contradiction {
    /// The affinity term among them, by its place in `nodeSelectorTerms`.
    pub term: Option<usize>,
    /// The label, or `metadata.name`.
    pub key: String,
    /// The requirements, as text.
    pub wanted: Vec<String>,
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
