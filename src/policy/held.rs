//! What a policy holds back, and why.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::api::Timestamp;

/// Something that Kubernetes might do now and the policy holds back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Held {
    /// What is not done.
    pub action: Action,
    /// Why.
    pub hold: Hold,
}

/// A pod of the current revision that is there before it is its node's turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ahead {
    /// The node.
    pub node: String,
    /// The pod's name.
    pub pod: String,
    /// The pod's UID.
    pub uid: String,
    /// When the pod was created.
    pub created: Option<Timestamp>,
    /// What would hold the node back.
    pub hold: Hold,
}

/// Why something is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "hold",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Hold {
    /// The policy is paused.
    Paused,
    /// The policy is frozen.
    Frozen,
    /// The revision was refused.
    Refused,
    /// The rollout has stopped.
    Stopped {
        /// The failing nodes, by name.
        failing: Vec<String>,
    },
    /// No window is open.
    Window {
        /// When the next one opens; `None` where none does.
        opens: Option<Timestamp>,
    },
    /// The policy's `nodes` do not include the node.
    NotSelected,
    /// Canaries go first, and no node may be one.
    NoCanary,
    /// Canaries go first.
    Canary {
        /// Those that are not updated and available yet, by name; none where they only have to stay so.
        waits_for: Vec<String>,
        /// Until when they are watched, where that is known.
        until: Option<Timestamp>,
    },
    /// An earlier wave goes first.
    Wave {
        /// The wave that is not done.
        wave: String,
        /// Its nodes that are not updated and available yet, by name; none where they only have to
        /// stay so.
        waits_for: Vec<String>,
        /// Until when they have to, where that is known.
        until: Option<Timestamp>,
    },
    /// The wave begins once it is approved.
    Gate {
        /// The wave.
        wave: String,
    },
    /// So many pods stay of older revisions.
    KeptOld {
        /// How many.
        pods: usize,
    },
    /// So many nodes of the wave are in work already.
    WaveBudget {
        /// The wave.
        wave: String,
        /// How many may be.
        max: usize,
    },
    /// So many nodes of the domain are in work already.
    Topology {
        /// The label.
        key: String,
        /// Its value; `None` for nodes without it.
        value: Option<String>,
        /// How many may be.
        max: usize,
    },
    /// Others are in work, and the DaemonSet's own budget has no room for more.
    Budget,
    /// As many pods go in this round as may.
    Burst,
    /// A pod was created there that is not seen yet.
    Begun,
}

/// Names of nodes, the first few.
fn nodes(number: usize) -> String {
    match number {
        1 => "1 node".to_owned(),
        many => format!("{many} nodes"),
    }
}

fn names(nodes: &[String]) -> String {
    const SHOWN: usize = 3;
    let first: Vec<&str> = nodes.iter().take(SHOWN).map(String::as_str).collect();
    match nodes.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// What nodes are waited for, and until when.
fn waits(who: &str, nodes: &[String], until: Option<Timestamp>) -> String {
    match (nodes, until) {
        ([], Some(until)) => format!("{who} have to stay available until {until}"),
        ([], None) => format!("{who} do not say since when they are available"),
        (nodes, _) => format!("{} not updated and available yet", names(nodes)),
    }
}

/// Prints why, as a clause.
impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused => f.write_str("the policy is paused"),
            Self::Frozen => f.write_str("the policy is frozen"),
            Self::Refused => f.write_str("the revision was refused after it had failed"),
            Self::Stopped { failing } if failing.is_empty() => {
                f.write_str("the rollout has stopped")
            }
            Self::Stopped { failing } => {
                write!(
                    f,
                    "the rollout has stopped, since it fails on {}",
                    names(failing)
                )
            }
            Self::Window { opens: Some(opens) } => {
                write!(f, "no window is open; the next one opens at {opens}")
            }
            Self::Window { opens: None } => f.write_str("no window ever opens"),
            Self::NotSelected => f.write_str("the policy's nodes do not include it"),
            Self::NoCanary => f.write_str("canaries go first, and no node may be one"),
            Self::Canary { waits_for, until } => {
                write!(f, "canaries go first: {}", waits("they", waits_for, *until))
            }
            Self::Wave {
                wave,
                waits_for,
                until,
            } => write!(
                f,
                "wave {wave} goes first: {}",
                waits("its nodes", waits_for, *until)
            ),
            Self::Gate { wave } => write!(f, "wave {wave} waits for approval"),
            Self::KeptOld { pods } => write!(f, "{pods} pods are to stay of older revisions"),
            Self::WaveBudget { wave, max } => {
                write!(f, "wave {wave} takes {} at once", nodes(*max))
            }
            Self::Topology { key, value, max } => match value {
                Some(value) => write!(f, "{key}={value} takes {} at once", nodes(*max)),
                None => write!(f, "nodes without {key} go {max} at once"),
            },
            Self::Budget => f.write_str("the DaemonSet's budget has no room for more"),
            Self::Burst => f.write_str("as many pods go in this round as may"),
            Self::Begun => f.write_str("its new pod was begun and is not seen yet"),
        }
    }
}
