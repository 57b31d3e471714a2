//! What stands against a node.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::api::Taint;
use crate::matching::UnmatchedTerm;
use crate::view::TaintView;

/// A verdict on one node and everything that stands against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Placement {
    /// Whether the node runs the daemon.
    pub verdict: Verdict,
    /// Every check that fails, not the first alone; empty where the verdict is
    /// [`Verdict::Run`].
    pub obstacles: Vec<Obstacle>,
}

/// One check that a node fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "check",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Obstacle {
    /// The template names another node.
    NodeName {
        /// The node that `spec.nodeName` of the template names.
        wanted: String,
    },
    /// An entry of the template's `nodeSelector` that the node's labels do not have.
    NodeSelector {
        /// The label.
        key: String,
        /// The value it must have.
        wanted: String,
        /// The value it has.
        found: Option<String>,
    },
    /// No term of the required node affinity matches.
    NodeAffinity {
        /// Each term that requires anything, with what does not hold; empty where there is no
        /// such term, which matches no node at all.
        terms: Vec<UnmatchedTerm>,
    },
    /// A taint that nothing tolerates.
    Taint {
        /// The taint.
        taint: Taint,
    },
}

impl Obstacle {
    /// The best verdict that a node with this obstacle can get.
    #[must_use]
    pub fn allows(&self) -> Verdict {
        match self {
            Self::Taint { taint } => allowed_by(taint.into()),
            _ => Verdict::Exclude,
        }
    }
}

/// The best verdict that a node with this untolerated taint can get.
pub(super) fn allowed_by(taint: TaintView<'_>) -> Verdict {
    if taint.effect == "NoExecute" {
        Verdict::Exclude
    } else {
        Verdict::KeepExisting
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeName { wanted } => write!(f, "the template names node {wanted}"),
            Self::NodeSelector { key, wanted, found } => {
                write!(f, "nodeSelector wants {key}={wanted}, node has ")?;
                match found {
                    Some(found) => write!(f, "{found:?}"),
                    None => f.write_str("no such label"),
                }
            }
            Self::NodeAffinity { terms } if terms.is_empty() => {
                f.write_str("the required node affinity has no term that could match")
            }
            Self::NodeAffinity { terms } => {
                f.write_str("no required node affinity term matches: ")?;
                for (at, term) in terms.iter().enumerate() {
                    if at > 0 {
                        f.write_str("; ")?;
                    }
                    for (at, requirement) in term.requirements.iter().enumerate() {
                        let and = if at == 0 { "" } else { " and " };
                        write!(f, "{and}{requirement}")?;
                    }
                }
                Ok(())
            }
            Self::Taint { taint } => write!(f, "untolerated taint {taint}"),
        }
    }
}
