//! What becomes of a cluster when it is left alone and everything goes well.

use std::fmt;

use daemonset::Reason;
use daemonset::api::DaemonSetStatus;
use daemonset::outcome::Outcome;
use serde::{Deserialize, Serialize};

use super::hindrances::{HangingPod, Hindrances};
use crate::finding::Refusal;
use crate::room::WayOut;
use crate::words::{agree, count, list};

/// How many names are given of a list.
const NAMED: usize = 3;

/// What becomes of a DaemonSet's pods when the plans are carried out one after another until
/// nothing is left to do.
///
/// The rounds are those of [`Planner::plan`](daemonset::Planner::plan), and everything goes as well as it can: a new pod is
/// ready at once and available after `minReadySeconds`, a deleted one is gone at once, nothing
/// fails, and a round takes no time. So the figures are what it takes *at least*. Pods that are
/// there already stay as ready as they are.
///
/// [`forecast`](super::forecast()) makes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Forecast {
    /// How many rounds have something to do other than to write the status.
    pub rounds: usize,
    /// In how many of them the rolling update replaces pods. Each such wave is followed by a round
    /// that creates or deletes the pods' counterparts.
    pub waves: usize,
    /// How many seconds pass, of which all are waits for `minReadySeconds` or a back-off.
    pub seconds: i64,
    /// How it ends.
    pub end: End,
    /// The last status counted.
    pub status: DaemonSetStatus,
    /// Pods of today that go and are followed by a new one on the same node, by node name.
    pub restarted: Vec<PodGoes>,
    /// Pods of today that go and are not followed by another, by node name.
    pub removed: Vec<PodGoes>,
    /// Nodes that get a pod and have none today, by name.
    pub created: Vec<PodComes>,
    /// Pods of today that stay although they are of an older revision, by node name.
    pub outdated: Vec<PodStays>,
    /// Nodes whose new pod finds no room, by name, or would find none where the rollout stops before
    /// it gets there. Such a pod waits, and counts as unavailable. Empty
    /// unless room was [asked for](super::forecast_with_room).
    #[serde(default)]
    pub without_room: Vec<NodeRoom>,
    /// How far it gets where pods restart on nodes without room. Kubernetes takes nodes in no order that
    /// is promised, and those without room may come first or last; the other figures are of the order
    /// by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Restarted>,
    /// Nodes where other pods are evicted for the new one, by name.
    #[serde(default)]
    pub preempting: Vec<NodeRoom>,
    /// Nodes of which it cannot be told whether the new pod finds room; it is taken to, by name.
    #[serde(default)]
    pub room_unknown: Vec<NodeRoom>,
    /// Nodes whose new pods the API server refuses, by name.
    #[serde(default)]
    pub refused_on: Vec<String>,
    /// What refuses them.
    #[serde(default)]
    pub refused: Vec<Refusal>,
    /// Pods of today that go, and for which the API server takes no other, by node name.
    #[serde(default)]
    pub lost: Vec<PodGoes>,
    /// Pods that are deleted, now or in the course of it, and do not go, by node name. Each counts as
    /// unavailable for as long.
    #[serde(default)]
    pub hanging: Vec<HangingPod>,
    /// What was known to keep it from coming true when it began.
    #[serde(default)]
    pub hindrances: Hindrances,
    /// Nodes that get a new pod and do not report to be ready, by name. The forecast takes the pod
    /// for ready all the same; in truth it may hold up the rollout.
    pub assumed_ready: Vec<String>,
}

/// How a [`Forecast`] ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "camelCase")]
#[non_exhaustive]
pub enum End {
    /// Every node that should run the daemon has an available pod of the current revision.
    Settled,
    /// Under `OnDelete`, pods of older revisions stay until they are deleted.
    OnDelete,
    /// Every node that should run the daemon has a pod of the current revision, and not all of
    /// them are available.
    Unavailable,
    /// Nothing more is done, and pods are left outdated: pods that are not available use up the
    /// budget.
    Stalled,
    /// Every node has a pod of the current revision but those from which the old one does not go.
    LeftHanging,
    /// The API server refuses new pods.
    Refused,
    /// Whether so many pods are outdated is not known, since no ControllerRevisions were given; they
    /// are left alone.
    Unclear(usize),
    /// No round gets as far as a rolling update: the selector selects everything, the DaemonSet is
    /// being deleted, or its budget does not read.
    NothingDecided(Outcome),
    /// It did not come to rest within so many rounds.
    Unfinished(usize),
}

/// How many pods restart, by which nodes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Restarted {
    /// Where the nodes without room come first.
    pub least: usize,
    /// Where they come last.
    pub most: usize,
    /// How many would restart if there were room everywhere.
    pub all: usize,
}

impl Restarted {
    /// How it ends, as a clause.
    #[must_use]
    pub fn end(&self) -> &'static str {
        if self.least == self.all {
            "in the end every pod is up to date, and those without room are not available"
        } else if self.most == self.all {
            "it stops when nodes without room for the new pod use up the budget, unless these come last; which \
             nodes come first is open"
        } else if self.least == self.most {
            "it does not finish: pods without room use up the whole budget"
        } else {
            "it does not finish: nodes without room for the new pod use up the budget, and which nodes come first \
             is open"
        }
    }
}

/// A pod of today that goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodGoes {
    /// Its node.
    pub node: String,
    /// Its name.
    pub pod: String,
    /// Why.
    pub reason: Reason,
    /// In which round, the first one being 1.
    pub round: usize,
}

/// A pod that is new on its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodComes {
    /// Its node.
    pub node: String,
    /// Why.
    pub reason: Reason,
    /// In which round, the first one being 1.
    pub round: usize,
}

/// A node and what becomes of a new pod there, as far as room goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NodeRoom {
    /// The node.
    pub node: String,
    /// What stands against the pod, whom it evicts, or what would have to be known, as a clause.
    pub why: String,
    /// What there is to do where it finds no room, as far as that is plain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways_out: Vec<WayOut>,
}

/// A pod of today that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodStays {
    /// Its node.
    pub node: String,
    /// Its name.
    pub pod: String,
    /// Whether its node should not run the daemon, so that none follows once it is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unwanted: bool,
}

impl Forecast {
    /// Whether anything was known to keep it from coming true.
    #[must_use]
    pub fn is_hindered(&self) -> bool {
        let known = &self.hindrances;
        let is_refused = !self.refused.is_empty() || !known.refused.is_empty();
        is_refused
            || !self.hanging.is_empty()
            || known.failing.is_some()
            || known.controller.is_some()
    }

    /// Everything that is known to keep the rollout from coming true, each a sentence, the worst first.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let known = &self.hindrances;
        let mut lines = Vec::new();
        let refused = if self.refused.is_empty() {
            &known.refused
        } else {
            &self.refused
        };
        if !refused.is_empty() {
            let all: Vec<String> = refused.iter().map(ToString::to_string).collect();
            let pods = match (self.refused_pods(), self.let_in()) {
                (_, 0) | (0, _) => "new pods would be refused".to_owned(),
                (refused, some) => format!(
                    "{} would be refused, once {} let in",
                    count(refused, "new pod"),
                    match some {
                        1 => "1 is".to_owned(),
                        some => format!("{some} are"),
                    }
                ),
            };
            lines.push(format!("{pods}: {}", all.join("; ")));
        }
        lines.extend(known.perhaps_refused.iter().cloned());
        lines.extend(known.controller.clone());
        lines.extend(known.told_of_hanging(&self.hanging));
        let failing = known.failing.iter();
        lines.extend(failing.map(|it| format!("new pods are taken to fail alike: {it}")));
        lines.extend(known.failing_some.iter().map(|some| {
            let pods = some.nodes.len();
            format!(
                "{} of today's template {} now ({}): {}; if the new {} alike, {} up the budget, and no other node is updated",
                count(pods, "pod"),
                agree(pods, "fails", "fail"),
                list(&some.nodes, NAMED),
                list(&some.said, NAMED),
                agree(pods, "one fails", "ones fail"),
                agree(pods, "it uses", "they use"),
            )
        }));
        lines
    }

    /// How many new pods the API server takes, before it refuses others or beside them.
    #[must_use]
    pub fn let_in(&self) -> usize {
        self.restarted.len() + self.created.len()
    }

    /// How many new pods it refuses, and takes no other in their place.
    #[must_use]
    pub fn refused_pods(&self) -> usize {
        let created = |node: &&String| self.created.iter().any(|it| it.node == **node);
        self.refused_on.iter().filter(|node| !created(node)).count()
    }
}

/// Prints how it ends, as a clause.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled => f.write_str("in the end every pod is up to date and available"),
            Self::OnDelete => f.write_str("pods of older revisions stay until they are deleted"),
            Self::Unavailable => {
                f.write_str("in the end every pod is up to date, and some are not available")
            }
            Self::Stalled => f.write_str(
                "it does not finish: pods that are not available use up the whole budget",
            ),
            Self::LeftHanging => {
                f.write_str("in the end every pod is up to date but those that do not go")
            }
            Self::Refused => f.write_str("it does not finish: the API server refuses new pods"),
            Self::Unclear(pods) => write!(
                f,
                "whether {} {} outdated is not known: no ControllerRevisions are given",
                count(*pods, "pod"),
                agree(*pods, "is", "are")
            ),
            Self::NothingDecided(Outcome::InvalidBudget(error)) => {
                write!(f, "the rolling update does not begin: {error}")
            }
            Self::NothingDecided(outcome) => outcome.fmt(f),
            Self::Unfinished(rounds) => {
                write!(
                    f,
                    "it did not come to rest within {}",
                    count(*rounds, "round")
                )
            }
        }
    }
}

/// `1 to 4 pods`
impl fmt::Display for Restarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.least == self.most {
            f.write_str(&count(self.most, "pod"))
        } else {
            write!(f, "{} to {}", self.least, count(self.most, "pod"))
        }
    }
}
