//! The rollout: its controller, its revisions, and pods that do not end.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::phrases::{NAMED, of_writers, older_revision, own_finalizers, victim};
use crate::cause::by_pods::ByPods;
use crate::words::{agree, count, duration, list};

/// The rollout: its controller, its revisions, and pods that do not end.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum RolloutRepair {
    /// The DaemonSet controller, which is part of kube-controller-manager.
    Controller {
        /// The option that this does not know, by its last words, where it is run by a file of its node.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        option: Option<String>,
        /// That node.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
    },
    /// The controllers that remove finalizers.
    Finalizers {
        /// The finalizers.
        finalizers: Vec<String>,
        /// The pod that may be it by its name, with its namespace, and does not run.
        perhaps: Option<String>,
        /// Why that does not run, as it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The revision that older pods are of, which was not given.
    OlderRevision {
        /// Its hash.
        hash: String,
        /// Whether it is the one before the newest.
        is_last: bool,
    },
    /// A pod whose room is awaited, and that does not end.
    Victim {
        /// The pod, with its namespace.
        pod: String,
        /// Its node.
        node: String,
        /// For how many seconds its grace period has been over.
        over: i64,
        /// What its kubelet says of it.
        said: Option<String>,
        /// What has to be removed first.
        finalizers: Vec<String>,
    },
    /// The finalizers of such a pod, where their controllers do not come back.
    VictimFinalizers {
        /// The pod, with its namespace.
        pod: String,
        /// Its finalizers.
        finalizers: Vec<String>,
    },
    /// Those that write a template in turn.
    Writers {
        /// Who wrote it of late, where that was given.
        writers: Vec<String>,
    },
    /// The finalizers of a DaemonSet that is being deleted, where their controllers do not come back.
    OwnFinalizers {
        /// The finalizers.
        finalizers: Vec<String>,
        /// How many pods of it are there, which go with it.
        pods: usize,
    },
    /// The revision that takes nodes down: to go back, of which no copy shows yet what comes of it.
    GoBack {
        /// The older revision.
        revision: i64,
    },
    /// The revision all of whose pods fail that were given, where nodes were not: to go back, of which no copy shows what comes
    /// of it.
    BackByPods {
        /// The older revision.
        revision: i64,
        /// How many pods of the newest one were given.
        failing: usize,
        /// How many of older ones are available.
        available: usize,
    },
    /// The revision before, where the scheduler misses what the newest one asks for, and nodes were not given.
    BackOfScheduling {
        /// The older revision.
        revision: i64,
        /// How many pods of older ones are available.
        older: usize,
    },
    /// Pods that may have ended since.
    StillThere {
        /// The pods.
        pods: Vec<String>,
        /// Their nodes.
        nodes: Vec<String>,
        /// When the last of their grace periods ends.
        until: Timestamp,
    },
    /// Pods that had not been up yet, and may be by now.
    UpByNow {
        /// The pods.
        pods: Vec<String>,
    },
    /// The revision before, where the newest one runs on some nodes and fails on others.
    BackFromSome {
        /// The older revision.
        revision: i64,
        /// On how many nodes the newest one runs.
        runs: usize,
        /// On how many nodes an older one does.
        older: usize,
    },
    /// `OnDelete` that was set while the rollout goes on.
    RollingAgain {
        /// The name by which it was set.
        manager: String,
        /// When that wrote last.
        at: Timestamp,
    },
    /// The revision that nodes may have gone down for: to go back before they are repaired.
    BackBeforeRepair {
        /// The older revision.
        revision: i64,
        /// The nodes.
        nodes: Vec<String>,
        /// Within how many seconds of getting the newest one they went down, or were found unwell.
        within: i64,
        /// Whether all of them are down.
        #[serde(default)]
        are_down: bool,
    },
}

/// Prints as an instruction.
impl fmt::Display for RolloutRepair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller { option, node } => {
                controller(f, option.as_deref().zip(node.as_deref()))
            }
            Self::Finalizers {
                finalizers,
                perhaps,
                why,
            } => {
                write!(
                    f,
                    "start the controller that removes finalizer {}",
                    list(finalizers, NAMED)
                )?;
                if let Some(pod) = perhaps {
                    write!(f, ": by its name it may be {pod}, which does not run")?;
                }
                match why {
                    Some(why) => write!(f, " ({why})"),
                    None => Ok(()),
                }
            }
            Self::Writers { writers } => of_writers(f, writers),
            Self::OwnFinalizers { finalizers, pods } => own_finalizers(f, finalizers, *pods),
            Self::Victim {
                pod,
                node,
                over,
                said,
                finalizers,
            } => victim(f, (pod, node), *over, said.as_deref(), finalizers),
            Self::VictimFinalizers { pod, finalizers } => write!(
                f,
                "or, where that controller is not to come back, take {} {} off {pod}",
                agree(finalizers.len(), "finalizer", "finalizers"),
                list(finalizers, NAMED),
            ),
            Self::OlderRevision { hash, is_last } => older_revision(f, hash, *is_last),
            Self::GoBack { revision } => write!(
                f,
                "go back to revision {revision} at once, so that the rollout takes no further node"
            ),
            Self::RollingAgain { manager, at } => write!(
                f,
                "if OnDelete is for the time being alone ({manager} set it, at {at}), let the controller replace the other pods, as its \
                 budget allows"
            ),
            Self::BackByPods {
                revision,
                failing,
                available,
            } => write!(
                f,
                "go back to revision {revision}: {}",
                ByPods {
                    failing: *failing,
                    available: *available
                }
            ),
            Self::BackOfScheduling { revision, older } => write!(
                f,
                "go back to revision {revision}: what the scheduler misses was changed since, and {} of older ones {} available",
                count(*older, "pod"),
                agree(*older, "is", "are"),
            ),
            Self::StillThere { pods, nodes, until } => still_there(f, pods, nodes, *until),
            Self::UpByNow { pods } => write!(
                f,
                "see whether {} {} up by now, and what {} for: events say it",
                list(pods, NAMED),
                agree(pods.len(), "is", "are"),
                agree(pods.len(), "it waits", "they wait"),
            ),
            Self::BackFromSome {
                revision,
                runs,
                older,
            } => write!(
                f,
                "or go back to revision {revision}: an older one is available on {}; it takes the newest one off the {} \
                 that {} it, too",
                count(*older, "node"),
                count(*runs, "node"),
                agree(*runs, "runs", "run"),
            ),
            Self::BackBeforeRepair {
                revision,
                nodes,
                within,
                are_down,
            } => back_before_repair(f, *revision, nodes, *within, *are_down),
        }
    }
}

fn controller(f: &mut fmt::Formatter<'_>, unknown: Option<(&str, &str)>) -> fmt::Result {
    f.write_str(
        "get kube-controller-manager, of which the DaemonSet controller and the node lifecycle controller are parts, to work \
         again",
    )?;
    if let Some((option, node)) = unknown {
        write!(
            f,
            ": take option {option}, which its release does not know, out of the file of its static pod on {node}"
        )?;
    }
    f.write_str("; its Lease tells whether one leads: spec.renewTime is of the last minute then")
}

fn still_there(
    f: &mut fmt::Formatter<'_>,
    pods: &[String],
    nodes: &[String],
    until: Timestamp,
) -> fmt::Result {
    write!(
        f,
        "see after {until} whether {} {} still there: then look at {} and {}, which {} not end {}; {} to be \
         deleted by force only if that machine is gone",
        list(pods, NAMED),
        agree(pods.len(), "is", "are"),
        list(nodes, NAMED),
        agree(nodes.len(), "its kubelet", "their kubelets"),
        agree(nodes.len(), "does", "do"),
        agree(pods.len(), "it", "them"),
        agree(pods.len(), "it is", "they are"),
    )
}

fn back_before_repair(
    f: &mut fmt::Formatter<'_>,
    revision: i64,
    nodes: &[String],
    within: i64,
    are_down: bool,
) -> fmt::Result {
    let count = nodes.len();
    let (what_else, how) = if are_down {
        (
            agree(count, "what else took it down", "what else took them down"),
            "went down",
        )
    } else {
        (
            "what else is wrong there",
            agree(count, "was found unwell", "were found unwell"),
        )
    };
    write!(
        f,
        "go back to revision {revision} before {} {} repaired, unless it is known {what_else}: {} {how} \
         within {} of getting the newest revision, of which no pod is available, and once {} well again the rollout \
         takes further nodes",
        list(nodes, NAMED),
        agree(count, "is", "are"),
        agree(count, "it", "they"),
        duration(within),
        agree(count, "it is", "they are"),
    )
}
