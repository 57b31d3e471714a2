//! Placement: does this node run the daemon, and why not?
//!
//! Asked by itself, without any pod:
//!
//! ```
//! use daemonset::api::{DaemonSet, Node};
//! use daemonset::placement::{Rules, Verdict};
//!
//! let agent: DaemonSet = serde_json::from_value(serde_json::json!({
//!     "spec": {"template": {"spec": {"nodeSelector": {"gpu": "a100"}}}},
//! }))?;
//! let rules = Rules::new(&agent.spec.template);
//! let node: Node = serde_json::from_value(serde_json::json!({
//!     "metadata": {"name": "node-a", "labels": {"gpu": "t4"}},
//! }))?;
//! assert_eq!(rules.verdict(&node), Verdict::Exclude);
//! assert_eq!(
//!     rules.place(&node).obstacles[0].to_string(),
//!     r#"nodeSelector wants gpu=a100, node has "t4""#,
//! );
//! # Ok::<(), serde_json::Error>(())
//! ```

mod foresee;
mod node_affinity;
mod outline;
mod taints;

pub use node_affinity::{RequiredNodeAffinity, UnmatchedTerm, UnmetRequirement};
pub use outline::{Assumption, Contradiction, Foresight, NodeOutline, OtherLabels};
pub use taints::{ComparisonOperators, DaemonToleration, daemon_tolerations, tolerates};

use std::fmt;
use std::ops::ControlFlow;

use serde::Serialize;

use crate::api::{Labels, Node, PodTemplate, Taint, Toleration};

/// What placement reads of a node.
///
/// Implemented for [`Node`]; implement it to ask about nodes that you keep in another form.
pub trait NodeView {
    /// The node's name.
    fn name(&self) -> &str;
    /// The value of a label; `None` where the node does not have it.
    fn label(&self, key: &str) -> Option<&str>;
    /// The node's taints.
    fn taints(&self) -> &[Taint];
}

impl NodeView for Node {
    fn name(&self) -> &str {
        &self.metadata.name
    }
    fn label(&self, key: &str) -> Option<&str> {
        self.metadata.labels.get(key)
    }
    fn taints(&self) -> &[Taint] {
        &self.spec.taints
    }
}

/// Whether a node runs the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Verdict {
    /// It does not, and pods of the daemon there are removed.
    Exclude,
    /// It gets no new pod, and a pod that is there stays.
    KeepExisting,
    /// It does.
    Run,
}

impl Verdict {
    /// Whether a pod is made where there is none.
    #[must_use]
    pub fn should_run(self) -> bool {
        self == Self::Run
    }

    /// Whether a pod that is there stays.
    #[must_use]
    pub fn should_continue_running(self) -> bool {
        self >= Self::KeepExisting
    }
}

/// A verdict on one node and everything that stands against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Whether the node runs the daemon.
    pub verdict: Verdict,
    /// Every check that fails, not the first alone; empty where the verdict is
    /// [`Verdict::Run`].
    pub obstacles: Vec<Obstacle>,
}

/// One check that a node fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "check", rename_all = "camelCase")]
pub enum Obstacle {
    /// The template names another node.
    #[serde(rename_all = "camelCase")]
    NodeName {
        /// The node that `spec.nodeName` of the template names.
        wanted: String,
    },
    /// An entry of the template's `nodeSelector` that the node's labels do not have.
    #[serde(rename_all = "camelCase")]
    NodeSelector {
        /// The label.
        key: String,
        /// The value it must have.
        wanted: String,
        /// The value it has.
        found: Option<String>,
    },
    /// No term of the required node affinity matches.
    #[serde(rename_all = "camelCase")]
    NodeAffinity {
        /// Each term that requires anything, with what does not hold; empty where there is no
        /// such term, which matches no node at all.
        terms: Vec<UnmatchedTerm>,
    },
    /// A taint that nothing tolerates.
    #[serde(rename_all = "camelCase")]
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
            Self::Taint { taint } => Found::Taint(taint).allows(),
            _ => Verdict::Exclude,
        }
    }
}

/// Where the daemon runs: the placement rules of a template, compiled once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    node_name: String,
    node_selector: Labels,
    affinity: Option<RequiredNodeAffinity>,
    tolerations: Vec<Toleration>,
    comparison: ComparisonOperators,
}

/// An obstacle as it is found, before anything is copied.
enum Found<'a> {
    NodeName,
    NodeSelector(&'a str, &'a str),
    NodeAffinity(&'a RequiredNodeAffinity),
    Taint(&'a Taint),
}

impl Found<'_> {
    fn allows(&self) -> Verdict {
        match self {
            Found::Taint(taint) if taint.effect != "NoExecute" => Verdict::KeepExisting,
            _ => Verdict::Exclude,
        }
    }
}

impl Rules {
    /// Compiles the placement rules of a template.
    #[must_use]
    pub fn new(template: &PodTemplate) -> Self {
        let spec = template.spec();
        let required = spec.affinity.as_ref().and_then(|a| a.required());
        Self {
            node_name: spec.node_name.clone(),
            node_selector: spec.node_selector.clone(),
            affinity: required.map(RequiredNodeAffinity::new),
            tolerations: daemon_tolerations(&spec.tolerations, spec.host_network)
                .into_iter()
                .map(|daemon| daemon.toleration)
                .collect(),
            comparison: ComparisonOperators::Off,
        }
    }

    /// Switches the operators `Gt` and `Lt` of tolerations on or off.
    #[must_use]
    pub fn comparison_operators(mut self, comparison: ComparisonOperators) -> Self {
        self.comparison = comparison;
        self
    }

    /// Whether the node runs the daemon.
    #[must_use]
    pub fn verdict(&self, node: &impl NodeView) -> Verdict {
        let mut verdict = Verdict::Run;
        let _ = self.check(node, |found| {
            verdict = verdict.min(found.allows());
            if verdict == Verdict::Exclude {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        verdict
    }

    /// Whether the node runs the daemon, with everything that stands against it.
    #[must_use]
    pub fn place(&self, node: &impl NodeView) -> Placement {
        let mut verdict = Verdict::Run;
        let mut obstacles = Vec::new();
        let _ = self.check(node, |found| {
            verdict = verdict.min(found.allows());
            obstacles.push(match found {
                Found::NodeName => Obstacle::NodeName {
                    wanted: self.node_name.clone(),
                },
                Found::NodeSelector(key, wanted) => Obstacle::NodeSelector {
                    key: key.to_owned(),
                    wanted: wanted.to_owned(),
                    found: node.label(key).map(str::to_owned),
                },
                Found::NodeAffinity(affinity) => Obstacle::NodeAffinity {
                    terms: affinity.unmatched(node),
                },
                Found::Taint(taint) => Obstacle::Taint {
                    taint: taint.clone(),
                },
            });
            ControlFlow::Continue(())
        });
        Placement { verdict, obstacles }
    }

    /// The rule itself: finds what stands against the node, the cheapest check first.
    #[inline]
    fn check<'a>(
        &'a self,
        node: &'a impl NodeView,
        mut found: impl FnMut(Found<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if !self.node_name.is_empty() && self.node_name != node.name() {
            found(Found::NodeName)?;
        }
        for (key, wanted) in self.node_selector.iter() {
            if !entry_holds(wanted, node.label(key)) {
                found(Found::NodeSelector(key, wanted))?;
            }
        }
        if let Some(affinity) = &self.affinity
            && !affinity.matches(node)
        {
            found(Found::NodeAffinity(affinity))?;
        }
        for taint in node.taints() {
            if self.is_kept_off_by(taint) {
                found(Found::Taint(taint))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Whether the taint keeps new pods off a node.
    fn is_kept_off_by(&self, taint: &Taint) -> bool {
        matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute") && !self.tolerates(taint)
    }

    /// Whether the operators `Gt` and `Lt` of tolerations are on.
    pub(crate) fn comparison(&self) -> ComparisonOperators {
        self.comparison
    }

    /// Whether one of the daemon's tolerations, added ones included, tolerates the taint.
    #[must_use]
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations
            .iter()
            .any(|toleration| tolerates(toleration, taint, self.comparison))
    }

    /// The labels that placement reads; a node's other labels change nothing.
    pub fn label_keys(&self) -> impl Iterator<Item = &str> {
        let affinity = self
            .affinity
            .iter()
            .flat_map(RequiredNodeAffinity::label_keys);
        self.node_selector
            .iter()
            .map(|(key, _)| key)
            .chain(affinity)
    }

    /// Whether placement reads the node's name.
    #[must_use]
    pub fn reads_name(&self) -> bool {
        !self.node_name.is_empty()
            || self
                .affinity
                .as_ref()
                .is_some_and(RequiredNodeAffinity::reads_name)
    }

    /// The required node affinity, where the template has one.
    #[must_use]
    pub fn affinity(&self) -> Option<&RequiredNodeAffinity> {
        self.affinity.as_ref()
    }
}

/// Whether a label satisfies an entry of `nodeSelector`; a missing one is not an empty one.
#[inline]
fn entry_holds(wanted: &str, found: Option<&str>) -> bool {
    found == Some(wanted)
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

/// Prints as kubectl does: `key=value:Effect`, or `key:Effect` without a value.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.as_str() {
            "" => write!(f, "{}:{}", self.key, self.effect),
            value => write!(f, "{}={value}:{}", self.key, self.effect),
        }
    }
}
