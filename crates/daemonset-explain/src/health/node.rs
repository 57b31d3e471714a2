//! What a node's conditions and taints say.

use std::fmt;

use daemonset::api::{ConditionStatus, ConditionType, Node, NodeCondition, Timestamp};
use daemonset::well_known::{
    DISK_PRESSURE, MEMORY_PRESSURE, NETWORK_UNAVAILABLE, NOT_READY, PID_PRESSURE, UNREACHABLE,
    UNSCHEDULABLE,
};
use serde::{Deserialize, Serialize};

use super::message::core;
use super::virtual_node::virtual_by;
use crate::evidence::{Evidence, NodeEvidence};
use crate::words::{agree, list};

/// The taint of a node whose machine is shut down.
const MACHINE_OFF: &str = "node.cloudprovider.kubernetes.io/shutdown";

/// A kubelet posts its status every 5 min at least, and is marked within a minute of its silence where the node lifecycle
/// controller runs. Twice as much as that, in seconds, no delay explains.
///
/// Source: [Node heartbeats](https://kubernetes.io/docs/reference/node/node-status/#heartbeats).
const HEARD_AND_MARKED: i64 = 720;

/// How many finalizers the printed form names.
const NAMED: usize = 3;

/// What is wrong with a node, as its conditions and taints say.
///
/// Source: [Node conditions](https://kubernetes.io/docs/reference/node/node-status/#condition) and
/// [taint-based evictions](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "problem", rename_all = "camelCase")]
pub enum NodeProblem {
    /// There is no such node.
    Missing,
    /// Its kubelet says that it is not ready.
    NotReady {
        /// Since when.
        since: Option<Timestamp>,
        /// What it says; empty where that was not given.
        message: String,
    },
    /// Its kubelet does not answer.
    Unreachable {
        /// Since when.
        since: Option<Timestamp>,
        /// Its last heartbeat, where that was long before it was marked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heard: Option<Timestamp>,
    },
    /// Its machine is shut down, as the cloud provider says.
    ///
    /// Source: [`node.cloudprovider.kubernetes.io/shutdown`](https://kubernetes.io/docs/reference/labels-annotations-taints/#node-cloudprovider-kubernetes-io-shutdown).
    MachineOff,
    /// It runs out of something.
    Pressure {
        /// The condition that holds.
        condition: Pressure,
    },
    /// Its network is not set up.
    NetworkUnavailable {
        /// What its network says of it; empty where that was not given.
        message: String,
    },
    /// A condition that others than Kubernetes report, such as node-problem-detector.
    ///
    /// Source: [Monitor Node Health](https://kubernetes.io/docs/tasks/debug/debug-cluster/monitor-node-health/).
    Condition {
        /// Its type, such as `ReadonlyFilesystem`.
        condition: String,
        /// Whether it holds; one such as `StorageReady` is bad where it does not.
        holds: bool,
        /// Since when.
        since: Option<Timestamp>,
        /// What it says; empty where that was not given.
        message: String,
    },
    /// Something is under way that a condition announces, such as `MaintenanceInProgress`.
    ///
    /// Source: [Node lifecycle conditions](https://kep.k8s.io/5683).
    InProgress {
        /// The condition's type.
        condition: String,
        /// Since when.
        since: Option<Timestamp>,
        /// What it says of that.
        #[serde(default)]
        message: String,
    },
    /// Kured reboots it, or is about to: it drains it first.
    ///
    /// Source: [kured](https://kured.dev/docs/operation/).
    Rebooting {
        /// Since when it has the turn.
        since: Timestamp,
    },
    /// It is being deleted.
    Terminating {
        /// What has to be removed first.
        finalizers: Vec<String>,
    },
    /// It is marked as unschedulable, which daemon pods tolerate.
    Cordoned,
    /// It is no machine: it runs what the provider behind it takes.
    Virtual {
        /// The label that says so, such as `type=virtual-kubelet`.
        label: String,
    },
}

/// What a node runs out of, by the name of the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pressure {
    /// `DiskPressure`
    #[serde(rename = "DiskPressure")]
    Disk,
    /// `MemoryPressure`
    #[serde(rename = "MemoryPressure")]
    Memory,
    /// `PIDPressure`
    #[serde(rename = "PIDPressure")]
    Pid,
}

impl Pressure {
    pub(crate) const ALL: &[Self] = &[Self::Disk, Self::Memory, Self::Pid];

    /// The condition by which the node says that it runs out of this.
    pub(crate) fn said_by(self, node: &Node) -> Option<&NodeCondition> {
        let condition = node.condition(&self.condition())?;
        (condition.status == ConditionStatus::True).then_some(condition)
    }

    fn condition(self) -> ConditionType {
        match self {
            Self::Disk => ConditionType::DiskPressure,
            Self::Memory => ConditionType::MemoryPressure,
            Self::Pid => ConditionType::PidPressure,
        }
    }

    fn taint(self) -> &'static str {
        match self {
            Self::Disk => DISK_PRESSURE,
            Self::Memory => MEMORY_PRESSURE,
            Self::Pid => PID_PRESSURE,
        }
    }
}

/// Whether the node controller puts this taint on nodes with a bad condition, and takes it off
/// when the condition is good again.
pub(crate) fn comes_with_a_condition(taint: &str) -> bool {
    matches!(taint, NOT_READY | UNREACHABLE | NETWORK_UNAVAILABLE)
        || Pressure::ALL.iter().any(|it| it.taint() == taint)
}

/// Whether a taint is one that nodes have while they have no network.
///
/// ```
/// use daemonset_explain::comes_without_network;
///
/// assert!(comes_without_network("node.kubernetes.io/network-unavailable"));
/// assert!(!comes_without_network("node.kubernetes.io/disk-pressure"));
/// ```
#[must_use]
pub fn comes_without_network(taint: &str) -> bool {
    matches!(taint, NOT_READY | NETWORK_UNAVAILABLE)
}

impl NodeProblem {
    /// Everything that is wrong with a node, the worst first; in its own words where it was given
    /// what it says besides.
    ///
    /// ```
    /// use daemonset::api::Node;
    /// use daemonset_explain::NodeProblem;
    ///
    /// let node: Node = serde_json::from_value(serde_json::json!({
    ///     "spec": {"unschedulable": true},
    ///     "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    /// }))?;
    /// assert_eq!(
    ///     NodeProblem::of(&node, None),
    ///     [NodeProblem::Unreachable { since: None, heard: None }, NodeProblem::Cordoned],
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(node: &Node, said: Option<&NodeEvidence>) -> Vec<Self> {
        let tainted = |key: &str| node.spec.taints.iter().any(|taint| taint.key == key);
        let holds = |type_: &ConditionType| {
            node.condition(type_)
                .is_some_and(|c| c.status == ConditionStatus::True)
        };
        let message = |condition: &str| {
            let message = said.and_then(|said| said.message(condition));
            message.unwrap_or_default().to_owned()
        };
        let mut all = Vec::new();
        all.extend(Self::down(node, said));
        if tainted(MACHINE_OFF) {
            all.push(Self::MachineOff);
        }
        for &condition in Pressure::ALL {
            if holds(&condition.condition()) || tainted(condition.taint()) {
                all.push(Self::Pressure { condition });
            }
        }
        if holds(&ConditionType::NetworkUnavailable) || tainted(NETWORK_UNAVAILABLE) {
            all.push(Self::NetworkUnavailable {
                message: message("NetworkUnavailable"),
            });
        }
        for condition in &node.status.conditions {
            let ConditionType::Other(type_) = &condition.type_ else {
                continue;
            };
            let holds = condition.status == ConditionStatus::True;
            let since = condition.last_transition_time;
            if holds && type_.ends_with("InProgress") {
                all.push(Self::InProgress {
                    condition: type_.to_string(),
                    since,
                    message: message(type_),
                });
            } else if is_bad(type_, condition.status) {
                all.push(Self::Condition {
                    condition: type_.to_string(),
                    holds,
                    since,
                    message: message(type_),
                });
            }
        }
        if node.metadata.is_terminating() {
            all.push(Self::Terminating {
                finalizers: node.metadata.finalizers.to_vec(),
            });
        }
        if node.spec.unschedulable || tainted(UNSCHEDULABLE) {
            all.push(Self::Cordoned);
        }
        if let Some((key, value)) = virtual_by(node) {
            let label = format!("{key}={value}");
            all.push(Self::Virtual { label });
        }
        all
    }

    /// The same, and that it is being rebooted, where that was given.
    pub(crate) fn told(node: &Node, evidence: Option<&Evidence>) -> Vec<Self> {
        let name = &node.metadata.name;
        let mut problems = Self::of(node, evidence.and_then(|it| it.node(name)));
        let since = evidence.and_then(|it| it.rebooted_since(name));
        problems.extend(since.map(|since| Self::Rebooting { since }));
        problems
    }

    /// That the node is down, where it is.
    pub(crate) fn down(node: &Node, said: Option<&NodeEvidence>) -> Option<Self> {
        let tainted = |key: &str| node.spec.taints.iter().any(|taint| taint.key == key);
        let ready = node.condition(&ConditionType::Ready);
        let since = ready.and_then(|condition| condition.last_transition_time);
        match ready.map(|condition| condition.status) {
            Some(ConditionStatus::False) => Some(Self::NotReady {
                since,
                message: (said.and_then(|said| said.message("Ready")))
                    .unwrap_or_default()
                    .to_owned(),
            }),
            Some(ConditionStatus::Unknown) => {
                let heard = ready.and_then(|condition| condition.last_heartbeat_time);
                let is_long_before = |heard: &Timestamp| {
                    since.is_some_and(|since| since.seconds_since(*heard) > HEARD_AND_MARKED)
                };
                Some(Self::Unreachable {
                    since,
                    heard: heard.filter(is_long_before),
                })
            }
            // Its kubelet says so now; the taint only stays until the node controller has seen that.
            Some(ConditionStatus::True) => None,
            _ if tainted(UNREACHABLE) => Some(Self::Unreachable {
                since: None,
                heard: None,
            }),
            _ if tainted(NOT_READY) => Some(Self::NotReady {
                since: None,
                message: String::new(),
            }),
            _ => None,
        }
    }

    /// Whether pods on the node may fail for this alone. Daemon pods run on cordoned nodes.
    #[must_use]
    pub fn hinders_pods(&self) -> bool {
        match self {
            Self::Cordoned
            | Self::InProgress { .. }
            | Self::Rebooting { .. }
            | Self::Virtual { .. } => false,
            // A daemon that is restarted often may be well in between.
            Self::Condition { condition, .. } => !condition.starts_with("Frequent"),
            _ => true,
        }
    }

    /// Whether a pod of which its kubelet says nothing may be silent for this.
    pub(crate) fn hinders_silent_pods(&self) -> bool {
        !matches!(
            self,
            Self::Cordoned
                | Self::InProgress { .. }
                | Self::Rebooting { .. }
                | Self::Virtual { .. }
        )
    }

    /// Whether it runs out of something, so that its kubelet evicts pods.
    pub(crate) fn is_pressure(&self) -> bool {
        matches!(self, Self::Pressure { .. })
    }

    /// Whether the node is down.
    pub(crate) fn is_down(&self) -> bool {
        matches!(self, Self::NotReady { .. } | Self::Unreachable { .. })
    }

    /// Whether it is what someone is at work on: such a node comes back.
    pub(crate) fn is_in_work(&self) -> bool {
        matches!(self, Self::InProgress { .. } | Self::Rebooting { .. })
    }

    /// Whether its kubelet says that it shuts down in good order.
    ///
    /// Source: [Node Shutdowns](https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/).
    pub(crate) fn is_shutdown(&self) -> bool {
        matches!(self, Self::NotReady { message, .. } if message.contains("node is shutting down"))
    }

    /// Whether the kernel reports a task that hangs in it, which no signal ends.
    ///
    /// Source: [node-problem-detector](https://github.com/kubernetes/node-problem-detector#problem-daemon).
    pub(crate) fn is_hang(&self) -> bool {
        matches!(self, Self::Condition { condition, holds: true, .. } if condition == "KernelDeadlock")
    }

    /// Whether its kubelet says that its container runtime does not work.
    pub(crate) fn is_of_runtime(&self) -> bool {
        let of_runtime = ["container runtime", "PLEG", "containerd", "docker", "crio"];
        !self.is_of_network()
            && matches!(self, Self::NotReady { message, .. } if of_runtime.iter().any(|it| message.contains(it)))
    }

    /// Whether it is for want of a pod network, which pods on the network of the node do not need.
    pub(crate) fn is_of_network(&self) -> bool {
        match self {
            Self::NetworkUnavailable { .. } => true,
            Self::NotReady { message, .. } => is_of_network(message),
            _ => false,
        }
    }

    /// Since when it holds, as far as that was given.
    pub(crate) fn since(&self) -> Option<Timestamp> {
        match self {
            Self::NotReady { since, .. }
            | Self::Unreachable { since, .. }
            | Self::Condition { since, .. }
            | Self::InProgress { since, .. } => *since,
            Self::Rebooting { since } => Some(*since),
            _ => None,
        }
    }

    /// The same without since when it holds.
    pub(crate) fn timeless(&self) -> Self {
        let mut timeless = self.clone();
        match &mut timeless {
            Self::NotReady { since, .. }
            | Self::Unreachable { since, .. }
            | Self::Condition { since, .. }
            | Self::InProgress { since, .. } => *since = None,
            _ => {}
        }
        timeless
    }

    /// Since when the node is down, as far as it says.
    pub(crate) fn down_since(&self) -> Option<Timestamp> {
        match self {
            Self::NotReady { since, .. } | Self::Unreachable { since, .. } => *since,
            _ => None,
        }
    }

    /// Its last heartbeat, where that was long before it was marked as unreachable.
    pub(crate) fn heard(&self) -> Option<Timestamp> {
        match self {
            Self::Unreachable { heard, .. } => *heard,
            _ => None,
        }
    }

    /// Whether no kubelet looks after its pods: it does not exist, or its kubelet does not answer.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Missing | Self::Unreachable { .. })
    }
}

/// Whether a kubelet says that it has no pod network.
pub(crate) fn is_of_network(message: &str) -> bool {
    const OF_NETWORK: [&str; 4] = [
        "network plugin",
        "Network plugin",
        "NetworkPluginNotReady",
        "cni ",
    ];
    OF_NETWORK.iter().any(|words| message.contains(words))
}

/// Prints as what follows `node X is`.
impl fmt::Display for NodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, since) = match self {
            Self::Missing => ("missing", &None),
            Self::NotReady { since, .. } => ("not ready", since),
            Self::Unreachable { since, .. } => ("unreachable", since),
            Self::MachineOff => ("shut down, as the cloud provider says", &None),
            Self::Pressure { condition } => match condition {
                Pressure::Disk => ("under disk pressure", &None),
                Pressure::Memory => ("under memory pressure", &None),
                Pressure::Pid => ("under PID pressure", &None),
            },
            Self::NetworkUnavailable { .. } => ("without network", &None),
            Self::Condition {
                condition,
                holds,
                since,
                ..
            } => {
                let is = if *holds { "True" } else { "False" };
                write!(f, "reporting {condition}={is}")?;
                ("", since)
            }
            Self::InProgress {
                condition, since, ..
            } => {
                write!(f, "reporting {condition}")?;
                ("", since)
            }
            Self::Rebooting { since } => {
                let since = Timestamp::from_unix_seconds(since.unix_seconds());
                write!(f, "locked by kured for a reboot since {since}")?;
                ("", &None)
            }
            Self::Terminating { .. } => ("being deleted", &None),
            Self::Cordoned => ("cordoned", &None),
            Self::Virtual { label } => {
                write!(
                    f,
                    "virtual ({label}), so that it runs only what its provider takes"
                )?;
                ("", &None)
            }
        };
        f.write_str(what)?;
        if let Some(since) = since {
            write!(f, " since {since}")?;
        }
        match self {
            Self::Unreachable {
                heard: Some(heard), ..
            } => write!(f, ", last heartbeat {heard}"),
            Self::Terminating { finalizers } if !finalizers.is_empty() => write!(
                f,
                ", held by {} {}",
                agree(finalizers.len(), "finalizer", "finalizers"),
                list(finalizers, NAMED)
            ),
            Self::NotReady { message, .. }
            | Self::Condition { message, .. }
            | Self::InProgress { message, .. }
            | Self::NetworkUnavailable { message } => match core(message).as_str() {
                "" => Ok(()),
                message => write!(f, ": {message}"),
            },
            _ => Ok(()),
        }
    }
}

/// Whether a condition of this type, with this status, says that something is wrong.
fn is_bad(type_: &str, status: ConditionStatus) -> bool {
    match status {
        ConditionStatus::True => is_of_trouble(type_) == Some(true),
        ConditionStatus::False => is_of_trouble(type_) == Some(false),
        ConditionStatus::Unknown => false,
    }
}

/// Whether a condition of this type is named after what is wrong, or tells of health; `None` where its name does not show
/// it. There is no list of them: those that tell of health end in `Ready` and the like.
pub(crate) fn is_of_trouble(type_: &str) -> Option<bool> {
    const OF_HEALTH: [&str; 3] = ["Ready", "Healthy", "Available"];
    const OF_TROUBLE: [&str; 14] = [
        "Deadlock",
        "Readonly",
        "ReadOnly",
        "Frequent",
        "Corrupt",
        "Unhealthy",
        "NotReady",
        "Problem",
        "Error",
        "Fail",
        "Unavailable",
        "Hung",
        "Outage",
        "XfsShutdown",
    ];
    let is_trouble = OF_TROUBLE.iter().any(|word| type_.contains(word));
    let is_health = || OF_HEALTH.iter().any(|end| type_.ends_with(end));
    (is_trouble || is_health()).then_some(is_trouble)
}
