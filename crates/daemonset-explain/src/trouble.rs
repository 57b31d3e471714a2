//! What nodes and pods say of themselves.

use std::fmt;

use serde::Serialize;

use crate::api::{ConditionStatus, ConditionType, ContainerStatus, Node, Pod, PodPhase, Timestamp};

/// What is wrong with a node, as its conditions and taints say.
///
/// Source: [Node conditions](https://kubernetes.io/docs/reference/node/node-status/#condition) and
/// [taint-based evictions](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "trouble", rename_all = "camelCase")]
pub enum NodeTrouble {
    /// There is no such node (any more).
    Gone,
    /// Its kubelet says that it is not ready.
    NotReady {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Its kubelet does not answer.
    Unreachable {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It is short of something.
    Pressure {
        /// `DiskPressure`, `MemoryPressure` or `PIDPressure`.
        condition: &'static str,
    },
    /// Its network is not set up.
    NetworkUnavailable,
    /// It is being deleted.
    BeingDeleted,
    /// It takes no new pods, though daemon pods are an exception.
    Cordoned,
}

/// The conditions that are bad when they hold, the taints that come with them, and the name of
/// the condition.
const PRESSURES: [(ConditionType, &str, &str); 3] = [
    (
        ConditionType::DiskPressure,
        "node.kubernetes.io/disk-pressure",
        "DiskPressure",
    ),
    (
        ConditionType::MemoryPressure,
        "node.kubernetes.io/memory-pressure",
        "MemoryPressure",
    ),
    (
        ConditionType::PidPressure,
        "node.kubernetes.io/pid-pressure",
        "PIDPressure",
    ),
];

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NETWORK_UNAVAILABLE: &str = "node.kubernetes.io/network-unavailable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Whether the node controller puts this taint on nodes with a bad condition, and takes it off
/// when the condition is good again.
pub(super) fn comes_with_a_condition(taint: &str) -> bool {
    matches!(taint, NOT_READY | UNREACHABLE | NETWORK_UNAVAILABLE)
        || PRESSURES.iter().any(|(_, key, _)| *key == taint)
}

impl NodeTrouble {
    /// Everything that is wrong with a node, the worst first.
    ///
    /// ```
    /// use daemonset::api::Node;
    /// use daemonset::explain::NodeTrouble;
    ///
    /// let node: Node = serde_json::from_value(serde_json::json!({
    ///     "spec": {"unschedulable": true},
    ///     "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    /// }))?;
    /// assert_eq!(
    ///     NodeTrouble::of(&node),
    ///     [NodeTrouble::Unreachable { since: None }, NodeTrouble::Cordoned],
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(node: &Node) -> Vec<Self> {
        let tainted = |key: &str| node.spec.taints.iter().any(|taint| taint.key == key);
        let holds = |type_: &ConditionType| {
            node.condition(type_)
                .is_some_and(|c| c.status == ConditionStatus::True)
        };
        let ready = node.condition(&ConditionType::Ready);
        let since = ready.and_then(|condition| condition.last_transition_time);
        let mut all = Vec::new();
        match ready.map(|condition| condition.status) {
            Some(ConditionStatus::False) => all.push(Self::NotReady { since }),
            Some(ConditionStatus::Unknown) => all.push(Self::Unreachable { since }),
            _ if tainted(UNREACHABLE) => all.push(Self::Unreachable { since: None }),
            _ if tainted(NOT_READY) => all.push(Self::NotReady { since: None }),
            _ => {}
        }
        for (type_, taint, condition) in PRESSURES {
            if holds(&type_) || tainted(taint) {
                all.push(Self::Pressure { condition });
            }
        }
        if holds(&ConditionType::NetworkUnavailable) || tainted(NETWORK_UNAVAILABLE) {
            all.push(Self::NetworkUnavailable);
        }
        if node.metadata.is_terminating() {
            all.push(Self::BeingDeleted);
        }
        if node.spec.unschedulable || tainted(UNSCHEDULABLE) {
            all.push(Self::Cordoned);
        }
        all
    }

    /// Whether pods on the node may fail for this alone; daemon pods run on cordoned nodes.
    #[must_use]
    pub fn hinders_pods(&self) -> bool {
        !matches!(self, Self::Cordoned)
    }

    /// Whether nobody runs its pods any more: it does not exist, or its kubelet does not answer.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Gone | Self::Unreachable { .. })
    }

    /// Its stable id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::NotReady { .. } => "notReady",
            Self::Unreachable { .. } => "unreachable",
            Self::Pressure { .. } => "pressure",
            Self::NetworkUnavailable => "networkUnavailable",
            Self::BeingDeleted => "beingDeleted",
            Self::Cordoned => "cordoned",
        }
    }
}

impl fmt::Display for NodeTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, since) = match self {
            Self::Gone => ("does not exist", &None),
            Self::NotReady { since } => ("not ready", since),
            Self::Unreachable { since } => ("unreachable", since),
            Self::Pressure { condition } => (*condition, &None),
            Self::NetworkUnavailable => ("without network", &None),
            Self::BeingDeleted => ("being deleted", &None),
            Self::Cordoned => ("cordoned", &None),
        };
        f.write_str(what)?;
        match since {
            Some(since) => write!(f, " since {since}"),
            None => Ok(()),
        }
    }
}

/// What is wrong with a pod, as its status says.
///
/// Source: [Pod Lifecycle](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "trouble",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PodTrouble {
    /// A container waits to start.
    Waiting {
        /// The container.
        container: String,
        /// A word, such as `CrashLoopBackOff` or `ImagePullBackOff`.
        reason: String,
        /// A sentence, where there is one.
        message: String,
        /// How often the container was started again.
        restarts: i32,
    },
    /// A container has ended badly.
    Terminated {
        /// The container.
        container: String,
        /// A word, such as `Error` or `OOMKilled`.
        reason: String,
        /// The process's exit code.
        exit_code: i32,
        /// How often the container was started again.
        restarts: i32,
    },
    /// A container runs, is not ready, and was started again before.
    Restarted {
        /// The container.
        container: String,
        /// How often.
        restarts: i32,
    },
    /// The scheduler finds no place for it.
    Unschedulable {
        /// What the scheduler says.
        message: String,
    },
    /// It has ended, or nobody knows where it stands.
    Phase {
        /// The phase.
        phase: PodPhase,
        /// A word for why, such as `Evicted`.
        reason: String,
    },
    /// It is bound to a node, whose kubelet has not said anything about it.
    Unreported,
    /// It is being deleted.
    Terminating {
        /// When its grace period ends or ended.
        until: Timestamp,
        /// What else has to happen first.
        finalizers: Vec<String>,
    },
}

impl PodTrouble {
    /// Everything that is wrong with a pod, the worst first.
    ///
    /// ```
    /// use daemonset::api::Pod;
    /// use daemonset::explain::PodTrouble;
    ///
    /// let pod: Pod = serde_json::from_value(serde_json::json!({
    ///     "spec": {"nodeName": "node-a"},
    ///     "status": {"phase": "Pending", "containerStatuses": [
    ///         {"name": "agent", "state": {"waiting": {"reason": "ImagePullBackOff"}}},
    ///     ]},
    /// }))?;
    /// let troubles = PodTrouble::of(&pod);
    /// assert!(troubles[0].is_fault());
    /// assert_eq!(troubles[0].to_string(), "container agent waits: ImagePullBackOff");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(pod: &Pod) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(until) = pod.metadata.deletion_timestamp {
            all.push(Self::Terminating {
                until,
                finalizers: pod.metadata.finalizers.clone(),
            });
        }
        let status = &pod.status;
        if pod.is_terminal() || !status.reason.is_empty() {
            all.push(Self::Phase {
                phase: status.phase,
                reason: status.reason.clone(),
            });
        }
        let unbound = pod.spec.node_name.is_empty();
        let scheduled = pod.condition(&ConditionType::PodScheduled);
        if let Some(scheduled) = scheduled.filter(|c| unbound && c.status == ConditionStatus::False)
        {
            all.push(Self::Unschedulable {
                message: scheduled.message.clone(),
            });
        }
        let containers = (status.init_container_statuses.iter()).chain(&status.container_statuses);
        all.extend(containers.filter_map(Self::of_container));
        let silent = status.container_statuses.is_empty()
            && status.init_container_statuses.is_empty()
            && pod.condition(&ConditionType::Ready).is_none();
        if !unbound && status.phase == PodPhase::Pending && silent {
            all.push(Self::Unreported);
        }
        // Stable: of the same weight, the first one named stays first.
        all.sort_by_key(|trouble| !trouble.is_fault());
        all
    }

    fn of_container(status: &ContainerStatus) -> Option<Self> {
        let container = status.name.clone();
        let restarts = status.restart_count;
        if let Some(waiting) = &status.state.waiting {
            return Some(Self::Waiting {
                container,
                reason: waiting.reason.clone(),
                message: waiting.message.clone(),
                restarts,
            });
        }
        if let Some(ended) = &status.state.terminated {
            // An init container that has done its work.
            let well = ended.exit_code == 0 && matches!(ended.reason.as_str(), "" | "Completed");
            return (!well).then(|| Self::Terminated {
                container,
                reason: ended.reason.clone(),
                exit_code: ended.exit_code,
                restarts,
            });
        }
        (restarts > 0 && !status.ready).then_some(Self::Restarted {
            container,
            restarts,
        })
    }

    /// Whether the pod will not get over it by waiting a little, as it does over a container
    /// that is being created.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Self::Waiting { reason, .. } => !matches!(
                reason.as_str(),
                "" | "ContainerCreating" | "PodInitializing"
            ),
            Self::Terminated { .. }
            | Self::Restarted { .. }
            | Self::Unschedulable { .. }
            | Self::Phase { .. } => true,
            Self::Unreported | Self::Terminating { .. } => false,
        }
    }

    /// A word for it: the one that the API uses, where it has one.
    #[must_use]
    pub fn word(&self) -> String {
        let (word, otherwise) = match self {
            Self::Waiting { reason, .. } => (reason.as_str(), "Waiting".to_owned()),
            Self::Terminated {
                reason, exit_code, ..
            } => (reason.as_str(), format!("exit code {exit_code}")),
            Self::Phase { phase, reason } => (reason.as_str(), format!("{phase:?}")),
            Self::Restarted { .. } => ("Restarted", String::new()),
            Self::Unschedulable { .. } => ("Unschedulable", String::new()),
            Self::Unreported => ("not reported on by the kubelet", String::new()),
            Self::Terminating { .. } => ("Terminating", String::new()),
        };
        if word.is_empty() {
            otherwise
        } else {
            word.to_owned()
        }
    }
}

impl fmt::Display for PodTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let restarted = |f: &mut fmt::Formatter<'_>, restarts: i32| match restarts {
            ..=0 => Ok(()),
            1 => f.write_str(", restarted once"),
            many => write!(f, ", restarted {many} times"),
        };
        match self {
            Self::Waiting {
                container,
                message,
                restarts,
                ..
            } => {
                write!(f, "container {container} waits: {}", self.word())?;
                if !message.is_empty() {
                    write!(f, " ({message})")?;
                }
                restarted(f, *restarts)
            }
            Self::Terminated {
                container,
                exit_code,
                restarts,
                ..
            } => {
                write!(f, "container {container} ended: {}", self.word())?;
                if self.word() != format!("exit code {exit_code}") {
                    write!(f, ", exit code {exit_code}")?;
                }
                restarted(f, *restarts)
            }
            Self::Restarted {
                container,
                restarts,
            } => {
                write!(f, "container {container} is not ready")?;
                restarted(f, *restarts)
            }
            Self::Unschedulable { message } if message.is_empty() => f.write_str("unschedulable"),
            Self::Unschedulable { message } => write!(f, "unschedulable: {message}"),
            Self::Phase { phase, reason } if reason.is_empty() => write!(f, "{phase:?}"),
            Self::Phase { phase, reason } => write!(f, "{phase:?}: {reason}"),
            Self::Unreported => f.write_str("the kubelet has not reported on it"),
            Self::Terminating { until, finalizers } => {
                write!(f, "being deleted, its grace period ends {until}")?;
                if !finalizers.is_empty() {
                    write!(f, ", held by finalizers {}", finalizers.join(", "))?;
                }
                Ok(())
            }
        }
    }
}
