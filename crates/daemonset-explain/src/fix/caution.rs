//! What a fix does besides, or leaves open.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::NAMED;
use crate::health::Pressure;
use crate::words::{agree, all_of, count, duration, list};

/// What whoever makes an edit should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "caution",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Caution {
    /// The template changes, so all pods of the DaemonSet are replaced.
    ReplacesPods,
    /// The same, where the fix may be made on the node too.
    TypeReplacesPods,
    /// The template changes, and under `OnDelete` no pod is replaced for it.
    OnDelete,
    /// Other nodes run the daemon too then.
    AlsoRunsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Pods that are misscheduled now are where they should be then.
    NoLongerMisscheduled {
        /// Their nodes.
        nodes: Vec<String>,
    },
    /// Other nodes do not run the daemon any more then.
    StopsOn {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// No pod of the new revision is available on any node.
    UnprovenRevision,
    /// More than half of the nodes may be without the daemon at once.
    ManyAtOnce {
        /// How many may be.
        limit: i64,
        /// How many there are.
        desired: i32,
    },
    /// The budget lets all pods go at once, those that are available too.
    AllAtOnce {
        /// `maxUnavailable`.
        limit: String,
        /// How many nodes should run the daemon.
        desired: i32,
        /// How many have an available pod.
        available: i32,
    },
    /// On nodes whose kubelets do not answer it is done only once they do.
    OnlyOnceBack {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What hangs in the kernel of these nodes ends only as they are rebooted, and its pod before that does not.
    MayHang {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What hangs in the kernel of these nodes, which are to be repaired, ends only as they are rebooted.
    RebootAlone {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The kubelets of these nodes reject new pods while they are under this pressure.
    UnderPressure {
        /// The nodes.
        nodes: Vec<String>,
        /// Of the disk, or of process ids.
        pressure: Pressure,
    },
    /// The pods on these nodes go only once their finalizers are taken off.
    HeldByFinalizers {
        /// The nodes.
        nodes: Vec<String>,
        /// The finalizers.
        finalizers: Vec<String>,
    },
    /// One after the other keeps the daemon on the other nodes meanwhile.
    OneByOne,
    /// No pod of the revision to go back to is available anywhere, so nothing shows that it works.
    OldRevisionUnproven,
    /// Every pod of the revision to go back to fails too.
    OldRevisionFails {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The nodes that are left out are virtual: they run only what their provider takes.
    OnlyVirtual,
    /// The taint keeps other pods off the node too, which may come there then.
    OpensNode,
    /// Only where the machine is gone: a kubelet that comes back registers its node anew.
    OnlyIfGone,
    /// The amount is for so many pods of this DaemonSet: what others lack, and what the rest of its rollout takes more, is not in it.
    OnlyMissing {
        /// How many pods are missing now.
        pods: usize,
        /// Whether old pods are there that new ones are to take the place of.
        more_follow: bool,
    },
    /// What the finalizer stands for is not done then.
    SkipsFinalizer,
    /// The newest revision may leave the nodes out on purpose, as a way to switch a DaemonSet off.
    MayBeOnPurpose,
    /// Only where the label is a slip: the nodes may be left out on purpose.
    OnlyIfSlip,
    /// Something else writes the DaemonSet, and may write over what is edited here.
    Owned {
        /// Its kind and name.
        owner: String,
    },
    /// What controls the DaemonSet may delete its old pods in an order of its own.
    DeletedByOwner {
        /// Its kind and name.
        owner: String,
    },
    /// Pods of others on these nodes request a device that is of the daemon's domain.
    UsedThere {
        /// The pods, each with its namespace.
        pods: Vec<String>,
        /// Their nodes.
        nodes: Vec<String>,
    },
    /// What a container of the daemon mounts is mounted on its node, where pods of others may use it.
    MountsForOthers,
    /// The label of the node that is changed may be what other workloads select.
    MayBeSelected {
        /// The label as it is, with its value.
        label: String,
    },
    /// These words of the commands stand for what is to be put in.
    PutIn {
        /// The words.
        words: Vec<String>,
    },
    /// So many pods that run were started before what fails now was made, and may fail too once they start anew.
    StartedBefore {
        /// How many.
        pods: usize,
        /// When the last of them was started.
        until: Timestamp,
    },
    /// Pods of others leave the node.
    Drains,
    /// Images that no container uses are removed from the node.
    PrunesImages,
    /// Units of systemd are restarted on the node.
    Restarts {
        /// The units.
        units: Vec<String>,
    },
    /// These machines are shut down: nothing on them answers before they are started.
    StartsMachines {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// These nodes have been silent for long, so that their machines may be off or gone.
    MachinesMayBeOff {
        /// The nodes.
        nodes: Vec<String>,
        /// For how many seconds the one that has been for the shortest time.
        silent: i64,
        /// Whether that is by the time of its last heartbeat, long before it was marked.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_heartbeat: bool,
    },
}

impl Caution {
    /// Whether going back does nothing yet for the nodes that this is about, and keeps the others from what they have.
    pub(super) fn keeps_others(&self) -> bool {
        matches!(
            self,
            Self::OnlyOnceBack { .. } | Self::MayHang { .. } | Self::UnderPressure { .. }
        )
    }
}

/// Prints as a clause.
impl fmt::Display for Caution {
    #[allow(clippy::too_many_lines)] // one clause for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReplacesPods => f.write_str("every pod is replaced, since the template changes"),
            Self::TypeReplacesPods => {
                f.write_str("to change the template replaces every pod")
            }
            Self::OnDelete => f.write_str(
                "with OnDelete a pod has that only once it is deleted and made anew",
            ),
            Self::AlsoRunsOn { nodes } => write!(
                f,
                "{} {} it too: {}",
                count(nodes.len(), "other node"),
                agree(nodes.len(), "runs", "run"),
                list(nodes, NAMED)
            ),
            Self::NoLongerMisscheduled { nodes } => write!(
                f,
                "{} {} no longer misscheduled: on {}",
                count(nodes.len(), "pod"),
                agree(nodes.len(), "is", "are"),
                list(nodes, NAMED)
            ),
            Self::StopsOn { nodes } => write!(
                f,
                "{} no longer {} it: {}",
                count(nodes.len(), "other node"),
                agree(nodes.len(), "runs", "run"),
                list(nodes, NAMED)
            ),
            Self::UnprovenRevision => {
                f.write_str("the new revision is unproven: no pod of it is available")
            }
            Self::ManyAtOnce { limit, desired } => write!(
                f,
                "{limit} of {desired} nodes may be without the daemon at once"
            ),
            Self::AllAtOnce {
                limit,
                desired,
                available,
            } => write!(
                f,
                "maxUnavailable is {limit}, so that {} go at once{}: with the first command they go one by one",
                all_of(usize::try_from(*desired).unwrap_or(0), "pod"),
                match available {
                    all if all == desired => String::new(),
                    1 => ", the available one too".to_owned(),
                    many => format!(", the {many} available ones too"),
                }
            ),
            Self::OnlyOnceBack { nodes } => write!(
                f,
                "on {} it is done only once {} again",
                list(nodes, NAMED),
                agree(
                    nodes.len(),
                    "its kubelet answers and works",
                    "their kubelets answer and work"
                ),
            ),
            Self::OnlyMissing { pods, more_follow } => {
                write!(
                    f,
                    "the amount is for the {} of this DaemonSet that {} now: what other workloads lack comes on top",
                    count(*pods, "pod"),
                    agree(*pods, "is missing", "are missing"),
                )?;
                if *more_follow {
                    f.write_str(", and what each further new pod asks for more than the old one")?;
                }
                Ok(())
            }
            Self::MayHang { nodes } => write!(
                f,
                "on {} a process that hangs in the kernel ends with a reboot alone, so the pod may not end before",
                list(nodes, NAMED)
            ),
            Self::RebootAlone { nodes } => write!(
                f,
                "what hangs in the kernel of {} ends with a reboot alone",
                list(nodes, NAMED)
            ),
            Self::UnderPressure { nodes, pressure } => write!(
                f,
                "on {} kubelets reject new pods while under {} pressure, so that a pod that ends there is not replaced before \
                 that is over",
                list(nodes, NAMED),
                match pressure {
                    Pressure::Disk => "disk",
                    Pressure::Memory => "memory",
                    Pressure::Pid => "PID",
                },
            ),
            Self::HeldByFinalizers { nodes, finalizers } => write!(
                f,
                "{} on {} {} only once the {} of {} {} {} off",
                agree(nodes.len(), "the pod", "the pods"),
                list(nodes, NAMED),
                agree(nodes.len(), "goes", "go"),
                agree(finalizers.len(), "controller", "controllers"),
                agree(finalizers.len(), "finalizer", "finalizers"),
                list(finalizers, NAMED),
                agree(finalizers.len(), "takes it", "take them"),
            ),
            Self::OneByOne => f.write_str(
                "all at once leaves all of these nodes without the daemon: delete one, see its new pod \
                 available, then the next",
            ),
            Self::OldRevisionUnproven => {
                f.write_str("no pod of that revision is available anywhere to show that it works")
            }
            Self::OldRevisionFails { nodes } => write!(
                f,
                "what it goes back to fails on {}, which still {} it: it only takes back what the newest revision brought",
                list(nodes, NAMED),
                agree(nodes.len(), "runs", "run")
            ),
            Self::OnlyVirtual => f.write_str(
                "the virtual nodes, which run only what their provider takes, are without it",
            ),
            Self::OpensNode => f.write_str("other pods may be scheduled there too"),
            Self::OnlyIfGone => f.write_str(
                "only where the machine is gone and stays away: all pods of the node are deleted, and its labels and taints are lost",
            ),
            Self::MayBeSelected { label } => {
                write!(f, "what else selects {label} loses the node")
            }
            Self::PutIn { words } => write!(
                f,
                "{} {} for what you put in",
                list(words, words.len()),
                agree(words.len(), "stands", "stand")
            ),
            Self::StartedBefore { pods, until } => write!(
                f,
                "leave the {} alone that {}: {} started by {until}, and may fail too once {} anew",
                count(*pods, "pod"),
                agree(*pods, "runs", "run"),
                agree(*pods, "it was", "they were"),
                agree(*pods, "it starts", "they start"),
            ),
            Self::Drains => f.write_str(
                "drain evicts all pods there but those of DaemonSets, and stops at pods without a controller and at those with \
                 an emptyDir; kubectl uncordon lets pods come there again",
            ),
            Self::PrunesImages => {
                f.write_str("rmi --prune removes all images there that no container uses")
            }
            Self::Restarts { units } => {
                write!(f, "systemctl restarts {} there", units.join(" or "))
            }
            Self::MayBeOnPurpose => {
                f.write_str("the newest revision may leave these nodes out on purpose")
            }
            Self::OnlyIfSlip => f.write_str("only if the label that is there is a slip"),
            Self::Owned { owner } => write!(
                f,
                "{owner} owns the DaemonSet and may take it back: where it does, change it there"
            ),
            Self::DeletedByOwner { owner } => write!(
                f,
                "{owner} owns the DaemonSet, and its controller may delete these pods in an order of its own: where it does, leave \
                 it to that"
            ),
            Self::UsedThere { pods, nodes } => write!(
                f,
                "{} on {} {} a device that the daemon may hold or bring: before {} there {} deleted, drain {} \
                 (kubectl drain --ignore-daemonsets)",
                list(pods, NAMED),
                list(nodes, NAMED),
                agree(pods.len(), "requests", "request"),
                agree(nodes.len(), "its pod", "its pods"),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "that node", "each of these nodes"),
            ),
            Self::MountsForOthers => f.write_str(
                "what it mounts on its node (mountPropagation: Bidirectional) may end with it: where pods there use that, drain \
                 the node first",
            ),
            Self::StartsMachines { nodes } => starts_machines(f, nodes),
            Self::MachinesMayBeOff {
                nodes,
                silent,
                by_heartbeat,
            } => machines_may_be_off(f, nodes, *silent, *by_heartbeat),
            Self::SkipsFinalizer => f.write_str(
                "what the finalizer is there for is not done then, so only where its controller does not come back",
            ),
        }
    }
}

/// That machines are to be started first.
fn starts_machines(f: &mut fmt::Formatter<'_>, nodes: &[String]) -> fmt::Result {
    write!(
        f,
        "start {} of {} first, in the cloud or whatever runs {}: {} shut down",
        agree(nodes.len(), "the machine", "the machines"),
        list(nodes, NAMED),
        agree(nodes.len(), "it", "them"),
        agree(nodes.len(), "it is", "they are"),
    )
}

/// That machines have been silent for so many seconds, and may be off.
fn machines_may_be_off(
    f: &mut fmt::Formatter<'_>,
    nodes: &[String],
    silent: i64,
    by_heartbeat: bool,
) -> fmt::Result {
    write!(
        f,
        "see first whether {} of {} {}: {}{} been silent for {}",
        agree(nodes.len(), "the machine", "the machines"),
        list(nodes, NAMED),
        agree(nodes.len(), "runs", "run"),
        if by_heartbeat {
            agree(
                nodes.len(),
                "by its last heartbeat ",
                "by their last heartbeats ",
            )
        } else {
            ""
        },
        agree(nodes.len(), "it has", "they have"),
        duration(silent),
    )
}
