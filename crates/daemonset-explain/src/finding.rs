//! What a diagnosis finds.

use std::fmt;

use serde::Serialize;

use super::trouble::NodeTrouble;
use crate::api::Timestamp;

/// How many names of a list the printed form gives.
const NAMED: usize = 3;

/// One thing that a diagnosis finds, with its evidence.
///
/// Serialized with its [`id`](Self::id), which stays the same from release to release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// The selector has no requirement, so the controller decides nothing.
    SelectingAll,
    /// The set is being deleted, so the controller decides nothing.
    Deleting,
    /// The name of the new revision is taken by another template; the next round takes another.
    Collision,
    /// No ControllerRevision is known and pods carry hashes: which of them are up to date nobody
    /// can tell.
    UnknownRevisions {
        /// Pods with a hash that no known revision has.
        pods: usize,
    },
    /// Pods of the new revision fail on healthy nodes, and more of them fail than are available,
    /// while an older revision is there that ran.
    NewRevision {
        /// The new revision's hash.
        hash: String,
        /// The healthy nodes on which its pods fail.
        failing: Vec<String>,
        /// What the pods say, the most frequent first.
        faults: Vec<PodFault>,
        /// Nodes on which a pod of it is available.
        available: usize,
        /// Nodes on which an old pod is available.
        old_available: usize,
    },
    /// `maxUnavailable` or `maxSurge` is neither a number nor a percentage.
    InvalidBudget {
        /// What is wrong with it.
        error: String,
        /// How many nodes wait for it.
        waiting: usize,
    },
    /// Old pods stay until somebody deletes them.
    OnDelete {
        /// The nodes with old pods.
        nodes: Vec<String>,
    },
    /// Nodes that do not come back by themselves use up the whole budget, so that no further pod
    /// is ever replaced.
    UnworkableBudget {
        /// `maxUnavailable` or `maxSurge`.
        field: &'static str,
        /// What it comes to, in nodes.
        limit: i64,
        /// How many nodes hold it for good.
        held: usize,
        /// How many nodes wait for it.
        waiting: usize,
    },
    /// Nodes that are in trouble themselves, and whose pods are not available or being deleted.
    BadNodes {
        /// The nodes.
        nodes: Vec<BadNode>,
    },
    /// Pods fail on healthy nodes, and it is not, or not evidently, the new revision's fault.
    FailingPods {
        /// The nodes.
        nodes: Vec<String>,
        /// What the pods say, the most frequent first.
        faults: Vec<PodFault>,
        /// Nodes on which a pod of the current revision is available.
        available: usize,
        /// Labels that all these nodes have, and none on which such a pod is available.
        only_there: Vec<String>,
    },
    /// The scheduler finds no place for pods.
    UnscheduledPods {
        /// The nodes that they are meant for.
        nodes: Vec<String>,
        /// What the scheduler says, the most frequent first.
        faults: Vec<PodFault>,
    },
    /// Pods on healthy nodes are being deleted and do not go.
    HangingPods {
        /// The nodes.
        nodes: Vec<String>,
        /// The pods.
        pods: Vec<String>,
        /// Finalizers that they wait for.
        finalizers: Vec<String>,
    },
    /// Pods are bound to nodes that do not exist; they are left to the garbage collector.
    StrandedPods {
        /// How many.
        pods: usize,
    },
    /// The round makes or deletes pods, or pods come and go.
    Progressing {
        /// Pods that the round makes.
        creates: usize,
        /// Pods that the round deletes.
        deletes: usize,
        /// Nodes whose pods start.
        starting: Vec<String>,
        /// Nodes whose pods are being deleted, within their grace period.
        leaving: Vec<String>,
    },
    /// Pods are ready, and not yet for `minReadySeconds`.
    MinReadySeconds {
        /// On how many nodes.
        nodes: usize,
        /// When the first of them counts as available.
        first: Timestamp,
        /// When the last of them does.
        last: Timestamp,
    },
    /// Failed pods stay until their node's back-off is over.
    BackOff {
        /// How many.
        pods: usize,
        /// When the first of them goes.
        until: Timestamp,
    },
    /// No pod of the new revision has been available on any node, so a wider budget is a risk.
    UnprovenRevision {
        /// Its hash.
        hash: String,
        /// Nodes that have a pod of it.
        nodes: usize,
    },
    /// The controller has not yet seen the newest spec.
    NotObserved {
        /// `metadata.generation`.
        generation: i64,
        /// `status.observedGeneration`.
        observed: i64,
    },
    /// The round leaves pods for the next one, because of the cap on pods of one round.
    Capped {
        /// Creates.
        creates: usize,
        /// Deletes.
        deletes: usize,
    },
    /// Some pods carry hashes that none of the known revisions has; they look outdated.
    UnknownHashes {
        /// How many.
        pods: usize,
    },
    /// With surge: old pods stay on nodes that take no new ones, since there are not more
    /// available pods than needed.
    KeptOutdated {
        /// How many.
        pods: usize,
    },
    /// No node should run the daemon.
    NoNodes {
        /// How many nodes there are.
        nodes: usize,
    },
    /// Every node that should run the daemon has an available pod of the current revision.
    Complete {
        /// How many nodes that are.
        nodes: usize,
    },
}

/// A node in trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BadNode {
    /// The node.
    pub node: String,
    /// What is wrong with it.
    pub troubles: Vec<NodeTrouble>,
}

/// What pods say of themselves, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodFault {
    /// A word such as `CrashLoopBackOff`, or the scheduler's message.
    pub fault: String,
    /// How many pods.
    pub pods: usize,
}

impl Finding {
    /// Its stable id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::SelectingAll => "selectingAll",
            Self::Deleting => "deleting",
            Self::Collision => "collision",
            Self::UnknownRevisions { .. } => "unknownRevisions",
            Self::NewRevision { .. } => "newRevision",
            Self::InvalidBudget { .. } => "invalidBudget",
            Self::OnDelete { .. } => "onDelete",
            Self::UnworkableBudget { .. } => "unworkableBudget",
            Self::BadNodes { .. } => "badNodes",
            Self::FailingPods { .. } => "failingPods",
            Self::UnscheduledPods { .. } => "unscheduledPods",
            Self::HangingPods { .. } => "hangingPods",
            Self::StrandedPods { .. } => "strandedPods",
            Self::Progressing { .. } => "progressing",
            Self::MinReadySeconds { .. } => "minReadySeconds",
            Self::BackOff { .. } => "backOff",
            Self::UnprovenRevision { .. } => "unprovenRevision",
            Self::NotObserved { .. } => "notObserved",
            Self::Capped { .. } => "capped",
            Self::UnknownHashes { .. } => "unknownHashes",
            Self::KeptOutdated { .. } => "keptOutdated",
            Self::NoNodes { .. } => "noNodes",
            Self::Complete { .. } => "complete",
        }
    }

    /// How many nodes it is about, where that tells how much it weighs.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::BadNodes { nodes } => nodes.len(),
            Self::FailingPods { nodes, .. }
            | Self::UnscheduledPods { nodes, .. }
            | Self::HangingPods { nodes, .. } => nodes.len(),
            _ => 0,
        }
    }
}

impl fmt::Display for BadNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let troubles: Vec<_> = self.troubles.iter().map(ToString::to_string).collect();
        write!(f, "{} ({})", self.node, troubles.join(", "))
    }
}

/// `1 node`, `2 nodes`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

/// `1 node waits`, `2 nodes wait`.
fn wait(nodes: usize) -> String {
    let wait = if nodes == 1 { "waits" } else { "wait" };
    format!("{} {wait}", count(nodes, "node"))
}

/// `1 node has`, `2 nodes have`.
fn have(nodes: usize) -> String {
    let have = if nodes == 1 { "has" } else { "have" };
    format!("{} {have}", count(nodes, "node"))
}

/// The first few, and how many more.
pub(super) fn list<T: ToString>(items: &[T]) -> String {
    let mut texts: Vec<_> = items.iter().take(NAMED).map(ToString::to_string).collect();
    if items.len() > NAMED {
        texts.push(format!("{} more", items.len() - NAMED));
    }
    texts.join(", ")
}

fn faults(faults: &[PodFault]) -> String {
    let texts: Vec<_> = faults
        .iter()
        .map(|fault| format!("{} ({})", fault.fault, fault.pods))
        .collect();
    list(&texts)
}

impl fmt::Display for Finding {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelectingAll => f.write_str(
                "the selector selects every pod, so the controller does nothing; give it a requirement",
            ),
            Self::Deleting => f.write_str("the set is being deleted, so the controller does nothing"),
            Self::Collision => f.write_str(
                "the new revision's name is taken; the controller tries another in the next round",
            ),
            Self::UnknownRevisions { pods } => write!(
                f,
                "{} of unknown revisions, and no ControllerRevision is given; \
                 give them too to tell which are up to date",
                count(*pods, "pod")
            ),
            Self::NewRevision {
                hash,
                failing,
                faults: found,
                available,
                old_available,
            } => write!(
                f,
                "the new revision {hash} fails on {}: {}; it is available on {}, \
                 and old pods on {}; failing on {}",
                count(failing.len(), "healthy node"),
                faults(found),
                count(*available, "node"),
                count(*old_available, "node"),
                list(failing)
            ),
            Self::InvalidBudget { error, waiting } => {
                write!(f, "{error}")?;
                match waiting {
                    0 => Ok(()),
                    _ => write!(f, ", so {}", wait(*waiting)),
                }
            }
            Self::OnDelete { nodes } => write!(
                f,
                "the update strategy is OnDelete: {} for somebody to delete the old pod there: {}",
                wait(nodes.len()),
                list(nodes)
            ),
            Self::UnworkableBudget {
                field,
                limit,
                held,
                waiting,
            } => write!(
                f,
                "{field} comes to {limit}{}, so {} for ever",
                match held {
                    0 => String::new(),
                    1 => ", 1 node holds it for good".to_owned(),
                    _ => format!(", {held} nodes hold it for good"),
                },
                wait(*waiting)
            ),
            Self::BadNodes { nodes } => write!(
                f,
                "{} in trouble of {} own: {}",
                count(nodes.len(), "node"),
                if nodes.len() == 1 { "its" } else { "their" },
                list(nodes)
            ),
            Self::FailingPods {
                nodes,
                faults: found,
                available,
                only_there,
            } => {
                write!(
                    f,
                    "pods fail on {}: {}; updated pods are available on {}; failing on {}",
                    count(nodes.len(), "healthy node"),
                    faults(found),
                    count(*available, "node"),
                    list(nodes)
                )?;
                if !only_there.is_empty() {
                    write!(f, "; only those nodes have {}", list(only_there))?;
                }
                Ok(())
            }
            Self::UnscheduledPods {
                nodes,
                faults: found,
            } => write!(
                f,
                "the scheduler finds no place on {}: {}; {}",
                count(nodes.len(), "node"),
                list(nodes),
                faults(found)
            ),
            Self::HangingPods {
                nodes,
                pods,
                finalizers,
            } => {
                write!(
                    f,
                    "{} on {} {} being deleted and {} not go: {}",
                    count(pods.len(), "pod"),
                    count(nodes.len(), "healthy node"),
                    if pods.len() == 1 { "is" } else { "are" },
                    if pods.len() == 1 { "does" } else { "do" },
                    list(pods)
                )?;
                if !finalizers.is_empty() {
                    write!(f, "; held by finalizers {}", list(finalizers))?;
                }
                Ok(())
            }
            Self::StrandedPods { pods } => write!(
                f,
                "{} on nodes that do not exist, left to the garbage collector",
                count(*pods, "pod")
            ),
            Self::Progressing {
                creates,
                deletes,
                starting,
                leaving,
            } => {
                let of_round = [(*creates, "to make"), (*deletes, "to delete")];
                let of_nodes = [(starting, "starting"), (leaving, "going")];
                let mut parts = Vec::new();
                for (pods, what) in of_round.into_iter().filter(|(pods, _)| *pods > 0) {
                    parts.push(format!("{} {what}", count(pods, "pod")));
                }
                for (nodes, what) in of_nodes.into_iter().filter(|(nodes, _)| !nodes.is_empty()) {
                    let pods = count(nodes.len(), "pod");
                    parts.push(format!("{pods} {what} on {}", list(nodes)));
                }
                if parts.is_empty() {
                    parts.push("it goes on by itself".to_owned());
                }
                f.write_str(&parts.join("; "))
            }
            Self::MinReadySeconds { nodes, first, last } => {
                write!(
                    f,
                    "{} ready, not yet for minReadySeconds; available at {first}",
                    if *nodes == 1 {
                        "1 pod is".to_owned()
                    } else {
                        format!("{nodes} pods are")
                    }
                )?;
                if first != last {
                    write!(f, " to {last}")?;
                }
                Ok(())
            }
            Self::BackOff { pods, until } => write!(
                f,
                "{} held by the back-off until {until}",
                count(*pods, "failed pod")
            ),
            Self::UnprovenRevision { hash, nodes } => {
                write!(f, "no node has an available pod of the new revision {hash} yet")?;
                match nodes {
                    0 => f.write_str(", nor any other pod of it")?,
                    _ => write!(f, " ({} an unavailable one)", have(*nodes))?,
                }
                f.write_str(", so nothing shows that it works")
            }
            Self::NotObserved {
                generation,
                observed,
            } => write!(
                f,
                "the controller has observed generation {observed}, and the set is at {generation}"
            ),
            Self::Capped { creates, deletes } => write!(
                f,
                "the cap on pods of one round leaves {} and {} for the next",
                count(*creates, "create"),
                count(*deletes, "delete")
            ),
            Self::UnknownHashes { pods } => write!(
                f,
                "{} with a hash that no known ControllerRevision has, counted as old",
                count(*pods, "pod")
            ),
            Self::KeptOutdated { pods } => write!(
                f,
                "{} on nodes that take no new one, kept since no other is to spare",
                count(*pods, "old pod")
            ),
            Self::NoNodes { nodes } => write!(
                f,
                "none of {} should run it",
                count(*nodes, "node")
            ),
            Self::Complete { nodes } => write!(
                f,
                "an available pod of the current revision on every one of {}",
                count(*nodes, "node")
            ),
        }
    }
}
