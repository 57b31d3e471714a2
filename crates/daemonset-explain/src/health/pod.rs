//! What a pod's status says.

use std::fmt;

use daemonset::api::{ConditionStatus, ConditionType, Pod, PodPhase, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evidence::{ContainerEvidence, ContainerState, PodEvidence};
use crate::words::list;

/// How many finalizers the printed form names.
const NAMED: usize = 3;

/// What is wrong with a pod, as its status says.
///
/// Source: [Pod Lifecycle](https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "problem",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PodProblem {
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
    /// It has ended, or its status gives a reason for its phase.
    Phase {
        /// The phase.
        phase: PodPhase,
        /// A word for why, such as `Evicted`.
        reason: String,
    },
    /// It is bound to a node, whose kubelet has not said anything about it.
    Unreported,
    /// It is terminating.
    Terminating {
        /// When its grace period ends or ended.
        until: Timestamp,
        /// What else has to happen first.
        finalizers: Vec<String>,
    },
}

impl PodProblem {
    /// Everything that is wrong with a pod, the worst first; what its containers do is read of what
    /// it says besides.
    ///
    /// ```
    /// use daemonset::api::Pod;
    /// use daemonset_explain::PodProblem;
    /// use serde::Deserialize;
    ///
    /// let json = serde_json::json!({
    ///     "spec": {"nodeName": "node-a"},
    ///     "status": {"phase": "Pending", "containerStatuses": [
    ///         {"name": "agent", "state": {"waiting": {"reason": "ImagePullBackOff"}}},
    ///     ]},
    /// });
    /// let said = Deserialize::deserialize(&json)?;
    /// let problems = PodProblem::of(&Pod::deserialize(&json)?, Some(&said));
    /// assert!(problems[0].is_fault());
    /// assert_eq!(problems[0].to_string(), "container agent waits: ImagePullBackOff");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(pod: &Pod, said: Option<&PodEvidence>) -> Vec<Self> {
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
        let containers = said.into_iter().flat_map(PodEvidence::all_containers);
        all.extend(containers.filter_map(Self::of_container));
        let silent = pod.condition(&ConditionType::Ready).is_none()
            && said.is_none_or(|said| said.all_containers().next().is_none());
        if !unbound && status.phase == PodPhase::Pending && silent {
            all.push(Self::Unreported);
        }
        // Stable: of the same weight, the first one named stays first.
        all.sort_by_key(|problem| !problem.is_fault());
        all
    }

    fn of_container(status: &ContainerEvidence) -> Option<Self> {
        let container = status.name.to_string();
        let restarts = status.restarts;
        match &status.state {
            ContainerState::Waiting { reason, message } => Some(Self::Waiting {
                container,
                reason: reason.to_string(),
                message: message.to_string(),
                restarts,
            }),
            ContainerState::Ended(ended) => {
                // An init container that has done its work.
                let well = ended.exit_code == 0 && matches!(&*ended.reason, "" | "Completed");
                (!well).then(|| Self::Terminated {
                    container,
                    reason: ended.reason.to_string(),
                    exit_code: ended.exit_code,
                    restarts,
                })
            }
            _ => (restarts > 0 && !status.ready).then_some(Self::Restarted {
                container,
                restarts,
            }),
        }
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

impl fmt::Display for PodProblem {
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
                write!(f, "terminating, its grace period ends {until}")?;
                match finalizers.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, ", finalizer {one}"),
                    many => write!(f, ", finalizers {}", list(many, NAMED)),
                }
            }
        }
    }
}
