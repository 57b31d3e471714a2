//! Suggestions, and how they are tried out.

use std::fmt;

use serde::Serialize;

use super::edit::{Edit, Inputs};
use super::finding::{count, list};
use crate::action::Action;
use crate::api::Timestamp;
use crate::plan::Planner;

/// How many of the actions that a fix leads to are given.
pub(super) const ACTIONS_GIVEN: usize = 5;

/// How many edits the printed form spells out.
const NAMED: usize = 5;

/// A suggestion that was tried out: the edits, and what came of them.
///
/// None of its edits can be left out: without it the rest does not have the effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fix {
    /// What to do, all of it.
    pub edits: Vec<Edit>,
    /// What came of it when it was tried.
    pub effect: Effect,
    /// What else it does, or what it leaves open.
    pub cautions: Vec<Caution>,
}

/// What comes of a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "effect",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Effect {
    /// The node should run the daemon.
    NodeRuns {
        /// The node.
        node: String,
    },
    /// New pods are made on these nodes.
    NewPods {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The next round acts.
    RoundActs {
        /// The pods that it makes and deletes; the first five.
        actions: Vec<Action>,
        /// How many there are in all.
        in_all: usize,
    },
    /// Nothing is left to do.
    Completes,
}

/// What somebody who makes an edit should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "caution",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Caution {
    /// The template changes, so all pods of the set are replaced.
    ReplacesPods,
    /// Other nodes run the daemon too then.
    AlsoRunsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Other nodes do not run the daemon any more then.
    StopsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// No pod of the new revision has been available on any node, so nothing shows that it works.
    UnprovenRevision,
    /// More than half of the nodes may be without the daemon at once.
    ManyAtOnce {
        /// How many may be.
        limit: i64,
        /// How many there are.
        desired: i32,
    },
}

impl Planner {
    /// A planner of edited inputs, in all else like this one.
    pub(super) fn again(&self, inputs: &Inputs, now: Timestamp) -> Option<Planner> {
        let planner = Planner::new(&inputs.set).ok()?;
        Some(
            planner
                .revisions(&inputs.revisions)
                .now(now)
                .backoff(self.backoff.clone())
                .burst_replicas(self.burst)
                .comparison_operators(self.rules.comparison()),
        )
    }
}

impl Inputs {
    /// A copy with the edits made; `None` where one cannot be.
    pub(super) fn with(&self, edits: &[Edit]) -> Option<Self> {
        let mut copy = self.clone();
        for edit in edits {
            edit.apply(&mut copy).ok()?;
        }
        Some(copy)
    }
}

/// Leaves out what is not needed.
pub(super) fn minimal(mut edits: Vec<Edit>, works: impl Fn(&[Edit]) -> bool) -> Option<Vec<Edit>> {
    if edits.is_empty() || !works(&edits) {
        return None;
    }
    let mut at = 0;
    while at < edits.len() {
        let mut fewer = edits.clone();
        fewer.remove(at);
        if !fewer.is_empty() && works(&fewer) {
            edits = fewer;
        } else {
            at += 1;
        }
    }
    Some(edits)
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeRuns { node } => write!(f, "{node} runs it"),
            Self::NewPods { nodes } => {
                let pods = count(nodes.len(), "new pod");
                write!(f, "{pods} on {}", list(nodes))
            }
            Self::RoundActs { actions, in_all } => {
                f.write_str("the next round goes on: ")?;
                match actions.first() {
                    Some(Action::CreatePod { node, .. }) => write!(f, "a new pod on {node}")?,
                    Some(Action::DeletePod { node, .. }) => write!(f, "{node} is next")?,
                    _ => {}
                }
                match in_all.saturating_sub(1) {
                    0 => Ok(()),
                    more => write!(f, ", and {more} more"),
                }
            }
            Self::Completes => f.write_str("the rollout is complete"),
        }
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplacesPods => f.write_str("every pod is replaced, since the template changes"),
            Self::AlsoRunsOn { nodes } => write!(
                f,
                "so will {}: {}",
                count(nodes.len(), "other node"),
                list(nodes)
            ),
            Self::StopsOn { nodes } => write!(
                f,
                "{} will not any more: {}",
                count(nodes.len(), "other node"),
                list(nodes)
            ),
            Self::UnprovenRevision => {
                f.write_str("the new revision has not been available on any node yet")
            }
            Self::ManyAtOnce { limit, desired } => {
                write!(
                    f,
                    "{limit} of {desired} nodes may be without the daemon at once"
                )
            }
        }
    }
}

/// Prints the edits, what comes of them, and what to be careful about.
impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, edit) in self.edits.iter().take(NAMED).enumerate() {
            write!(f, "{}{edit}", if at == 0 { "" } else { ", and " })?;
        }
        if self.edits.len() > NAMED {
            write!(f, ", and {} more such", self.edits.len() - NAMED)?;
        }
        write!(f, ": then {}", self.effect)?;
        for (at, caution) in self.cautions.iter().enumerate() {
            write!(f, "{}{caution}", if at == 0 { "; but " } else { ", and " })?;
        }
        Ok(())
    }
}
