//! Required node affinity: terms of which a node must match one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FEW_KEYS, NodeByKey, Requirement, RequirementFault};
use crate::api::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};
use crate::ids::ids;
use crate::view::NodeView;
use crate::well_known::METADATA_NAME;

/// The required node affinity of a template, ready to match.
///
/// Source: [Node affinity](https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity).
///
/// ```
/// use daemonset::api::{Node, NodeSelector};
/// use daemonset::matching::RequiredNodeAffinity;
///
/// let written: NodeSelector = serde_json::from_str(
///     r#"{"nodeSelectorTerms": [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]}"#,
/// )?;
/// let affinity = RequiredNodeAffinity::new(&written);
/// let mut node = Node::default();
/// assert!(!affinity.matches(&node));
/// node.metadata.labels.insert("gpu", "a100");
/// assert!(affinity.matches(&node));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredNodeAffinity {
    terms: Vec<Term>,
    /// How many requirements they have together.
    requirements: usize,
}

/// One term that requires something; the ones that do not are skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// Its place among the terms as written.
    pub index: usize,
    /// All of them must hold; a malformed one never does.
    pub requirements: Vec<TermRequirement>,
}

/// A requirement of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermRequirement {
    /// On a label (`matchExpressions`).
    Label(Requirement),
    /// On a field (`matchFields`), with exactly one value.
    Field {
        /// The field; a node has but `metadata.name`.
        key: String,
        /// How the field is compared.
        operator: FieldOperator,
        /// With what.
        value: String,
    },
    /// One that no node satisfies.
    Malformed {
        /// What it is on.
        subject: Subject,
        /// The requirement as written.
        written: NodeSelectorRequirement,
        /// What is wrong with it.
        fault: RequirementFault,
    },
}

/// How a requirement on a field compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldOperator {
    /// The field must equal the value.
    In,
    /// The field must not equal it.
    NotIn,
}

/// What a requirement is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A label of the node (`matchExpressions`).
    Label,
    /// A field of the node (`matchFields`).
    Field,
}

ids! {
    Subject {
        Label => "label",
        Field => "field",
    }
}

/// A term that a node does not match, with every requirement that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnmatchedTerm {
    /// Its place in `nodeSelectorTerms`.
    pub term: usize,
    /// What does not hold.
    pub requirements: Vec<UnmetRequirement>,
}

/// A requirement that does not hold for a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnmetRequirement {
    /// What it is on.
    pub subject: Subject,
    /// The name of the label or field.
    pub key: String,
    /// The operator, as written.
    pub operator: String,
    /// The values, as written.
    pub values: Vec<String>,
    /// What the node has there.
    pub found: Option<String>,
    /// Why the requirement can never hold, where it is malformed.
    pub malformed: Option<String>,
}

impl RequiredNodeAffinity {
    /// Compiles the terms. A malformed requirement makes its term match no node; the other
    /// terms still count. Terms that require nothing are skipped.
    #[must_use]
    pub fn new(selector: &NodeSelector) -> Self {
        let requires = |term: &NodeSelectorTerm| {
            !term.match_expressions.is_empty() || !term.match_fields.is_empty()
        };
        let terms = selector.node_selector_terms.iter().enumerate();
        let terms: Vec<Term> = terms
            .filter(|(_, term)| requires(term))
            .map(|(index, term)| Term {
                index,
                requirements: (term.match_expressions.iter().map(TermRequirement::label))
                    .chain(term.match_fields.iter().map(TermRequirement::field))
                    .collect(),
            })
            .collect();
        Self {
            requirements: terms.iter().map(|term| term.requirements.len()).sum(),
            terms,
        }
    }

    /// Whether the node matches at least one term. Without a term that requires anything,
    /// nothing matches.
    #[must_use]
    pub fn matches(&self, node: &impl NodeView) -> bool {
        if self.requirements > FEW_KEYS {
            self.matches_by_key(node)
        } else {
            self.a_term_matches(node)
        }
    }

    #[cold]
    #[inline(never)]
    fn matches_by_key(&self, node: &impl NodeView) -> bool {
        self.a_term_matches(&NodeByKey::new(node))
    }

    #[inline]
    fn a_term_matches(&self, node: &impl NodeView) -> bool {
        self.terms
            .iter()
            .any(|term| term.requirements.iter().all(|r| r.holds_for(node)))
    }

    /// The terms that require something.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a term is malformed, so that it can match no node.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        let malformed = |r: &TermRequirement| matches!(r, TermRequirement::Malformed { .. });
        self.terms
            .iter()
            .any(|term| term.requirements.iter().any(malformed))
    }

    /// Every term, with every requirement of it that does not hold for the node.
    #[must_use]
    pub fn unmatched(&self, node: &impl NodeView) -> Vec<UnmatchedTerm> {
        if self.requirements > FEW_KEYS {
            self.unmatched_by(&NodeByKey::new(node))
        } else {
            self.unmatched_by(node)
        }
    }

    fn unmatched_by(&self, node: &impl NodeView) -> Vec<UnmatchedTerm> {
        let unmet = |term: &Term| UnmatchedTerm {
            term: term.index,
            requirements: (term.requirements.iter())
                .filter(|r| !r.holds_for(node))
                .map(|r| r.unmet(node))
                .collect(),
        };
        self.terms.iter().map(unmet).collect()
    }

    /// The labels that its requirements read.
    pub fn label_keys(&self) -> impl Iterator<Item = &str> {
        let requirements = self.terms.iter().flat_map(|term| &term.requirements);
        requirements.filter_map(|r| match r {
            TermRequirement::Label(requirement) => Some(requirement.key()),
            _ => None,
        })
    }

    /// Whether a requirement reads the node's name.
    #[must_use]
    pub fn reads_name(&self) -> bool {
        let requirements = self.terms.iter().flat_map(|term| &term.requirements);
        requirements
            .into_iter()
            .any(|r| matches!(r, TermRequirement::Field { .. }))
    }
}

impl TermRequirement {
    fn label(written: &NodeSelectorRequirement) -> Self {
        match Requirement::new(&written.key, &written.operator, &written.values) {
            Ok(requirement) => Self::Label(requirement),
            Err(fault) => Self::Malformed {
                subject: Subject::Label,
                written: written.clone(),
                fault,
            },
        }
    }

    /// Fields take `In` and `NotIn` only, with exactly one value; any field may be named.
    fn field(written: &NodeSelectorRequirement) -> Self {
        let malformed = |fault| Self::Malformed {
            subject: Subject::Field,
            written: written.clone(),
            fault,
        };
        let operator = match written.operator.as_str() {
            "In" => FieldOperator::In,
            "NotIn" => FieldOperator::NotIn,
            _ => return malformed(RequirementFault::Operator),
        };
        match written.values.as_slice() {
            [value] => Self::Field {
                key: written.key.clone(),
                operator,
                value: value.clone(),
            },
            _ => malformed(RequirementFault::ValuesRequired),
        }
    }

    /// Whether the node satisfies it.
    #[allow(
        clippy::inline_always,
        reason = "asked of every node: a call costs as much as the answer"
    )]
    #[inline(always)]
    #[must_use]
    pub fn holds_for(&self, node: &impl NodeView) -> bool {
        match self {
            Self::Label(requirement) => requirement.holds_for(node.label(requirement.key())),
            Self::Field {
                key,
                operator,
                value,
            } => operator.holds_for(value, field(node, key)),
            Self::Malformed { .. } => false,
        }
    }

    /// What it wants and what the node has.
    #[must_use]
    pub fn unmet(&self, node: &impl NodeView) -> UnmetRequirement {
        match self {
            Self::Label(requirement) => UnmetRequirement {
                subject: Subject::Label,
                key: requirement.key().to_owned(),
                operator: requirement.operator().to_owned(),
                values: requirement.values().to_vec(),
                found: node.label(requirement.key()).map(str::to_owned),
                malformed: None,
            },
            Self::Field {
                key,
                operator,
                value,
            } => UnmetRequirement {
                subject: Subject::Field,
                key: key.clone(),
                operator: match operator {
                    FieldOperator::In => "In",
                    FieldOperator::NotIn => "NotIn",
                }
                .to_owned(),
                values: vec![value.clone()],
                found: Some(field(node, key).to_owned()),
                malformed: None,
            },
            Self::Malformed {
                subject,
                written,
                fault,
            } => UnmetRequirement {
                subject: *subject,
                key: written.key.clone(),
                operator: written.operator.clone(),
                values: written.values.clone(),
                found: match subject {
                    Subject::Field => Some(field(node, &written.key)),
                    Subject::Label => node.label(&written.key),
                }
                .map(str::to_owned),
                malformed: Some(fault.to_string()),
            },
        }
    }
}

impl FieldOperator {
    /// Whether a field satisfies the operator with this one value.
    #[inline]
    #[must_use]
    pub fn holds_for(self, value: &str, found: &str) -> bool {
        match self {
            Self::In => found == value,
            Self::NotIn => found != value,
        }
    }
}

impl UnmatchedTerm {
    /// The term of this index, and what of it does not hold.
    #[must_use]
    pub fn new(term: usize, requirements: Vec<UnmetRequirement>) -> Self {
        Self { term, requirements }
    }
}

/// The node's field of that name; one it does not have reads as the empty string.
fn field<'n>(node: &'n impl NodeView, key: &str) -> &'n str {
    match key {
        METADATA_NAME => node.name(),
        _ => "",
    }
}

impl fmt::Display for UnmetRequirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.operator)?;
        if !self.values.is_empty() {
            write!(f, " {}", self.values.join(","))?;
        }
        if let Some(fault) = &self.malformed {
            return write!(f, " can never hold: {fault}");
        }
        match &self.found {
            Some(found) => write!(f, ", node has {found:?}"),
            None => f.write_str(", node has no such label"),
        }
    }
}
