//! What a diagnosis finds.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::NodeProblem;
use crate::words::{agree, count, list};

/// How many names of a list the printed form gives.
const NAMED: usize = 3;

/// One thing that a diagnosis finds, with its evidence.
///
/// Serialized with an `id`, which stays the same from release to release. Prints as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "id", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// The selector has no requirement, so the controller decides nothing.
    SelectingAll,
    /// The DaemonSet is being deleted, so the controller decides nothing.
    Deleting,
    /// The name of the new revision is taken by another template; the next round takes another.
    Collision,
    /// No ControllerRevisions were given, and pods do not tell otherwise whether they are up to
    /// date.
    RevisionsNotGiven {
        /// The namespace in which the revisions are.
        namespace: String,
        /// How many pods that concerns.
        pods: usize,
    },
    /// Pods of the new revision fail on healthy nodes, and more of them fail than are available,
    /// while there is an older revision.
    FailingRevision {
        /// The new revision's hash; `None` where the cluster does not have it yet, as far as given.
        hash: Option<String>,
        /// The healthy nodes on which its pods fail.
        failing: Vec<String>,
        /// What the pods say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// Nodes on which a pod of it is available.
        available: usize,
        /// Nodes on which an old pod is available.
        old_available: usize,
    },
    /// `maxUnavailable` or `maxSurge` is neither a number nor a percentage.
    InvalidBudget {
        /// What is wrong with it.
        error: String,
        /// How many nodes have an old pod.
        waiting: usize,
    },
    /// The strategy is `OnDelete`: an old pod stays until its deletion is asked for.
    OnDelete {
        /// The nodes with old pods.
        nodes: Vec<String>,
    },
    /// Nodes that do not recover with time use up the whole budget, or there is none: no further
    /// pod is replaced.
    BudgetUsedUp {
        /// `maxUnavailable` or `maxSurge`.
        field: BudgetField,
        /// What it comes to, in nodes.
        limit: i64,
        /// The nodes that use it up.
        used_by: Vec<String>,
        /// How many nodes wait for it.
        waiting: usize,
    },
    /// Unhealthy nodes whose pods are not available or terminating.
    UnhealthyNodes {
        /// The nodes.
        nodes: Vec<UnhealthyNode>,
    },
    /// Pods fail on healthy nodes, and it is not, or not evidently, the new revision's fault.
    FailingPods {
        /// The nodes.
        nodes: Vec<String>,
        /// What the pods say, the most frequent first.
        symptoms: Vec<Symptom>,
        /// Nodes on which a pod of the current revision is available.
        available: usize,
        /// Labels that all these nodes have, and none on which such a pod is available.
        only_there: Vec<String>,
    },
    /// The scheduler does not place pods.
    UnscheduledPods {
        /// The nodes that they are meant for.
        nodes: Vec<String>,
        /// What the scheduler says, the most frequent first; empty where it says nothing.
        symptoms: Vec<Symptom>,
    },
    /// Pods on healthy nodes are terminating, and their grace period is over.
    StuckTerminating {
        /// The nodes.
        nodes: Vec<String>,
        /// The pods.
        pods: Vec<String>,
        /// Their finalizers.
        finalizers: Vec<String>,
    },
    /// Pods are bound to nodes that do not exist; the pod garbage collector deletes them.
    PodsOnMissingNodes {
        /// How many.
        pods: usize,
    },
    /// The round creates or deletes pods, or pods come and go.
    Progressing {
        /// Pods that the round creates.
        creates: usize,
        /// Pods that the round deletes.
        deletes: usize,
        /// Nodes whose pods start.
        starting: Vec<String>,
        /// Nodes whose pods are terminating, within their grace period.
        terminating: Vec<String>,
    },
    /// Pods are ready, and not yet for `minReadySeconds`.
    MinReadySeconds {
        /// On how many nodes.
        nodes: usize,
        /// When the first of them becomes available.
        first: Timestamp,
        /// When the last of them does.
        last: Timestamp,
    },
    /// Failed pods stay until their node's back-off is over.
    BackOff {
        /// How many.
        pods: usize,
        /// When the first of them is deleted.
        until: Timestamp,
    },
    /// No pod of the new revision is available on any node, so a wider budget is a risk.
    UnprovenRevision {
        /// Its hash; `None` where the cluster does not have it yet, as far as given.
        hash: Option<String>,
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
    /// Some pods carry hashes that none of the known revisions has; they count as outdated.
    UnknownHashes {
        /// How many.
        pods: usize,
    },
    /// With surge: old pods stay on nodes that get no new ones, since there are not more
    /// available pods than nodes that should run the daemon.
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

/// The field that sets a rolling update's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BudgetField {
    /// `maxUnavailable`
    MaxUnavailable,
    /// `maxSurge`
    MaxSurge,
}

/// Prints the name of the field.
impl fmt::Display for BudgetField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxUnavailable => "maxUnavailable",
            Self::MaxSurge => "maxSurge",
        })
    }
}

/// A node that is not well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnhealthyNode {
    /// The node.
    pub node: String,
    /// What is wrong with it.
    pub problems: Vec<NodeProblem>,
}

/// What pods say of themselves, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Symptom {
    /// A word such as `CrashLoopBackOff`, or the scheduler's message.
    pub symptom: String,
    /// How many pods.
    pub pods: usize,
}

impl Finding {
    /// How many nodes it is about, where that tells how much it weighs.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::UnhealthyNodes { nodes } => nodes.len(),
            Self::FailingPods { nodes, .. }
            | Self::UnscheduledPods { nodes, .. }
            | Self::StuckTerminating { nodes, .. } => nodes.len(),
            _ => 0,
        }
    }
}

/// Prints the node, and in brackets what is wrong with it.
impl fmt::Display for UnhealthyNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<_> = self.problems.iter().map(ToString::to_string).collect();
        write!(f, "{} ({})", self.node, problems.join(", "))
    }
}

/// Prints what pods say, and in brackets how many.
impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.symptom, self.pods)
    }
}

/// `the new revision 7c6d8f5b9`
fn new_revision(hash: Option<&str>) -> String {
    match hash {
        Some(hash) => format!("the new revision {hash}"),
        None => "the new revision".to_owned(),
    }
}

fn progress(
    f: &mut fmt::Formatter<'_>,
    (creates, deletes): (usize, usize),
    (starting, terminating): (&[String], &[String]),
) -> fmt::Result {
    let mut parts = Vec::new();
    for (pods, what) in [(creates, "to create"), (deletes, "to delete")] {
        if pods > 0 {
            parts.push(format!("{} {what}", count(pods, "pod")));
        }
    }
    for (nodes, what) in [(starting, "starting"), (terminating, "terminating")] {
        if !nodes.is_empty() {
            let pods = count(nodes.len(), "pod");
            parts.push(format!("{pods} {what} on {}", list(nodes, NAMED)));
        }
    }
    if parts.is_empty() {
        parts.push("no pod to create or delete in this round".to_owned());
    }
    f.write_str(&parts.join("; "))
}

fn used_up(
    f: &mut fmt::Formatter<'_>,
    (field, limit): (BudgetField, i64),
    used_by: &[String],
    waiting: usize,
) -> fmt::Result {
    let waiting = format!("{} cannot be updated", count(waiting, "node"));
    let nodes = agree(used_by.len(), "node", "nodes");
    match used_by.len() {
        _ if limit <= 0 => write!(f, "{field} is {limit}, which allows no update; {waiting}"),
        one_or_more => write!(
            f,
            "{field} is {limit} and is used up by {nodes} {}, which {}; {waiting}",
            list(used_by, NAMED),
            agree(
                one_or_more,
                "does not recover by itself",
                "do not recover by themselves"
            ),
        ),
    }
}

impl fmt::Display for Finding {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelectingAll => f.write_str(
                "the selector selects every pod, so the controller does nothing; give it a requirement",
            ),
            Self::Deleting => {
                f.write_str("the DaemonSet is being deleted, so the controller does nothing")
            }
            Self::Collision => f.write_str(
                "the new revision's name is taken; the controller tries another in the next round",
            ),
            Self::RevisionsNotGiven { namespace, pods } => {
                write!(
                    f,
                    "cannot tell whether {} {} up to date: no ControllerRevisions are given; \
                     add the output of: kubectl get controllerrevisions -o yaml",
                    count(*pods, "pod"),
                    agree(*pods, "is", "are"),
                )?;
                match namespace.as_str() {
                    "" => Ok(()),
                    namespace => write!(f, " -n {namespace}"),
                }
            }
            Self::FailingRevision {
                hash,
                failing,
                symptoms,
                available,
                old_available,
            } => write!(
                f,
                "{} fails on {} ({}): {}; it is available on {}, older revisions on {}",
                new_revision(hash.as_deref()),
                count(failing.len(), "healthy node"),
                list(failing, NAMED),
                list(symptoms, NAMED),
                count(*available, "node"),
                count(*old_available, "node"),
            ),
            Self::InvalidBudget { error, waiting } => match waiting {
                0 => f.write_str(error),
                _ => write!(f, "{error}; {} cannot be updated", count(*waiting, "node")),
            },
            Self::OnDelete { nodes } => write!(
                f,
                "the update strategy is OnDelete: {} {} an outdated pod until it is deleted: {}",
                count(nodes.len(), "node"),
                agree(nodes.len(), "keeps", "keep"),
                list(nodes, NAMED)
            ),
            Self::BudgetUsedUp {
                field,
                limit,
                used_by,
                waiting,
            } => used_up(f, (*field, *limit), used_by, *waiting),
            Self::UnhealthyNodes { nodes } => write!(
                f,
                "{}: {}",
                count(nodes.len(), "unhealthy node"),
                list(nodes, NAMED)
            ),
            Self::FailingPods {
                nodes,
                symptoms,
                available,
                only_there,
            } => {
                write!(
                    f,
                    "pods fail on {} ({}): {}; updated pods are available on {}",
                    count(nodes.len(), "healthy node"),
                    list(nodes, NAMED),
                    list(symptoms, NAMED),
                    count(*available, "node"),
                )?;
                match only_there.as_slice() {
                    [] => Ok(()),
                    labels => write!(f, "; only the failing nodes have {}", list(labels, NAMED)),
                }
            }
            Self::UnscheduledPods { nodes, symptoms } => {
                let pods = count(nodes.len(), "pod");
                let is = agree(nodes.len(), "is", "are");
                let nodes = list(nodes, NAMED);
                write!(f, "{pods} meant for {nodes} {is} not scheduled; the scheduler says ")?;
                match symptoms.as_slice() {
                    [] => f.write_str("nothing"),
                    symptoms => f.write_str(&list(symptoms, NAMED)),
                }
            }
            Self::StuckTerminating {
                nodes,
                pods,
                finalizers,
            } => {
                write!(
                    f,
                    "{} on {} {} still terminating after {} grace period: {}",
                    count(pods.len(), "pod"),
                    count(nodes.len(), "healthy node"),
                    agree(pods.len(), "is", "are"),
                    agree(pods.len(), "its", "their"),
                    list(pods, NAMED)
                )?;
                match finalizers.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, "; finalizer {one} is not removed"),
                    many => write!(f, "; finalizers {} are not removed", list(many, NAMED)),
                }
            }
            Self::PodsOnMissingNodes { pods } => write!(
                f,
                "{} {} bound to nodes that do not exist; the pod garbage collector deletes {}",
                count(*pods, "pod"),
                agree(*pods, "is", "are"),
                agree(*pods, "it", "them"),
            ),
            Self::Progressing {
                creates,
                deletes,
                starting,
                terminating,
            } => progress(f, (*creates, *deletes), (starting, terminating)),
            Self::MinReadySeconds { nodes, first, last } => {
                write!(
                    f,
                    "{} {} ready, but not yet for minReadySeconds: available at {first}",
                    count(*nodes, "pod"),
                    agree(*nodes, "is", "are"),
                )?;
                if first != last {
                    write!(f, " to {last}")?;
                }
                Ok(())
            }
            Self::BackOff { pods, until } => write!(
                f,
                "{} {} backing off until {until}",
                count(*pods, "failed pod"),
                agree(*pods, "is", "are"),
            ),
            Self::UnprovenRevision { hash, nodes } => {
                let revision = new_revision(hash.as_deref());
                match nodes {
                    0 => write!(f, "{revision} is unproven: it has no pod yet"),
                    _ => write!(
                        f,
                        "{revision} is unproven: no pod of it is available, and {} {} one",
                        count(*nodes, "node"),
                        agree(*nodes, "has", "have")
                    ),
                }
            }
            Self::NotObserved {
                generation,
                observed,
            } => write!(
                f,
                "the controller has observed generation {observed}, and the DaemonSet is at {generation}"
            ),
            Self::Capped { creates, deletes } => write!(
                f,
                "the cap on pods of one round defers {} and {} to the next",
                count(*creates, "create"),
                count(*deletes, "delete")
            ),
            Self::UnknownHashes { pods } => write!(
                f,
                "{} {} a hash that no known ControllerRevision has, and {} as outdated",
                count(*pods, "pod"),
                agree(*pods, "has", "have"),
                agree(*pods, "counts", "count"),
            ),
            Self::KeptOutdated { pods } => write!(
                f,
                "{} {} on nodes that get no new pod, since no other available pod is spare",
                count(*pods, "outdated pod"),
                agree(*pods, "stays", "stay"),
            ),
            Self::NoNodes { nodes } => {
                write!(f, "none of {} should run it", count(*nodes, "node"))
            }
            Self::Complete { nodes } => write!(
                f,
                "{} {} an available pod of the current revision",
                match nodes {
                    1 => "1 node".to_owned(),
                    many => format!("all {many} nodes"),
                },
                agree(*nodes, "has", "have"),
            ),
        }
    }
}
