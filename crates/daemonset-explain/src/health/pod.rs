//! What a pod's status says.

use std::collections::BTreeSet;

use daemonset::api::{ConditionStatus, ConditionType, Pod, PodCondition, PodPhase, Timestamp};
use serde::{Deserialize, Serialize};

use super::message;
use crate::evidence::{ContainerEvidence, ContainerState, Ended, PodEvidence};

/// How long after a container's start a pod may turn ready and count as ready from the beginning,
/// in seconds.
const AT_ONCE: i64 = 60;

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
        /// Whether it is one that runs before the others.
        init: bool,
        /// A word, such as `CrashLoopBackOff` or `ImagePullBackOff`.
        reason: String,
        /// A sentence, where there is one.
        message: String,
        /// How often the container was started again.
        restarts: i32,
        /// How it ended before, if it did and that was given.
        last: Option<LastEnd>,
    },
    /// A container has ended badly.
    Terminated {
        /// The container.
        container: String,
        /// Whether it is one that runs before the others.
        init: bool,
        /// How it ended.
        end: LastEnd,
        /// How often the container was started again.
        restarts: i32,
    },
    /// A container runs and is not ready.
    NotReady {
        /// The container.
        container: String,
        /// Since when it runs.
        running_since: Option<Timestamp>,
        /// Since when the pod is not ready, where it was before.
        lost_since: Option<Timestamp>,
        /// Whether its startup probe is what it waits for.
        startup: bool,
        /// How often it was started again.
        restarts: i32,
        /// How it ended before, if it did and that was given.
        last: Option<LastEnd>,
    },
    /// A container that runs before the others has not done its work yet.
    Initializing {
        /// The container.
        container: String,
        /// Since when it runs.
        running_since: Option<Timestamp>,
        /// How often it was started again.
        restarts: i32,
    },
    /// All containers are ready, and a readiness gate is not.
    ReadinessGate {
        /// The condition that has to hold.
        gate: String,
        /// Whether the pod has such a condition at all: its controller sets it.
        is_set: bool,
        /// Why its controller says that it does not hold; empty where that was not given.
        message: String,
    },
    /// Its volumes or its network are not set up.
    NotSetUp {
        /// Since when it is bound to its node.
        since: Option<Timestamp>,
    },
    /// Its volumes and its network are set up, and its containers are not created: their image is
    /// being pulled, or the runtime is not done.
    NotCreated {
        /// Since when it is bound to its node.
        since: Option<Timestamp>,
    },
    /// The scheduler finds no place for it.
    Unschedulable {
        /// What the scheduler says.
        message: String,
        /// The node on which it has pods preempted; empty where it does not.
        nominated: String,
    },
    /// It has scheduling gates, and no scheduler looks at it while it has one.
    SchedulingGated {
        /// The gates.
        gates: Vec<String>,
    },
    /// No scheduler has said anything about it.
    NotScheduled {
        /// The scheduler that is meant; empty where that was not given.
        scheduler: String,
        /// When it was created.
        since: Option<Timestamp>,
    },
    /// It has ended, or its status gives a reason for its phase.
    Phase {
        /// The phase.
        phase: PodPhase,
        /// A word for why, such as `Evicted`.
        reason: String,
        /// A sentence for why.
        message: String,
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

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LastEnd {
    /// A word, such as `Error` or `OOMKilled`.
    pub reason: String,
    /// What it wrote to its termination log, or the runtime said.
    pub message: String,
    /// The process's exit code.
    pub exit_code: i32,
    /// When it ended.
    pub at: Option<Timestamp>,
    /// For how long it had run, in seconds.
    pub ran: Option<i64>,
}

impl LastEnd {
    pub(crate) fn of(ended: &Ended) -> Self {
        // One that was never started has no start, which kubelets write as 1970.
        let started = ended.started_at.filter(|start| {
            start.unix_seconds() > 0
                && !matches!(&*ended.reason, "StartError" | "ContainerCannotRun")
        });
        let ran =
            (ended.finished_at.zip(started)).map(|(end, start)| end.seconds_since(start).max(0));
        Self {
            reason: ended.reason.to_string(),
            message: ended.message.to_string(),
            exit_code: ended.exit_code,
            at: ended.finished_at,
            ran,
        }
    }
}

/// What an image that is not pulled waits with.
const PULLS: [&str; 4] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "SignatureValidationFailed",
    "RegistryUnavailable",
];

/// What a container says that does not reach another one of its pod.
const OF_NEIGHBOURS: [&str; 6] = [
    "Error connecting to CSI driver",
    "csi.sock",
    "dial unix",
    "127.0.0.1:",
    "localhost:",
    "[::1]:",
];

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
    /// assert_eq!(problems[0].to_string(), "container agent: ImagePullBackOff");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(pod: &Pod, said: Option<&PodEvidence>) -> Vec<Self> {
        let mut all = Vec::new();
        if let Some(until) = pod.metadata.deletion_timestamp {
            all.push(Self::Terminating {
                until,
                finalizers: pod.metadata.finalizers.to_vec(),
            });
        }
        let status = &pod.status;
        if pod.is_terminal() || !status.reason.is_empty() {
            all.push(Self::Phase {
                phase: status.phase,
                reason: status.reason.clone(),
                message: said.map_or_else(String::new, |said| said.message.to_string()),
            });
        }
        if pod.spec.node_name.is_empty() {
            all.extend(Self::of_unbound(pod, said));
        } else if !pod.is_terminal() {
            let before = all.len();
            if let Some(said) = said {
                all.extend(Self::of_containers(pod, said));
            }
            let silent = pod.condition(&ConditionType::Ready).is_none()
                && said.is_none_or(|said| said.all_containers().next().is_none());
            if all.len() == before && status.phase == PodPhase::Pending && silent {
                all.push(Self::Unreported);
            }
        }
        // Stable: of the same weight, the first one named stays first.
        all.sort_by_key(|problem| (!problem.is_fault(), problem.follows()));
        all
    }

    /// Whether a container ended for want of another one of its pod: it says that it does not reach it.
    pub(crate) fn follows(&self) -> bool {
        let said = self.last_end().map_or("", |end| &*end.message);
        OF_NEIGHBOURS.iter().any(|words| said.contains(words)) && !said.contains("listen")
    }

    /// What keeps a pod from being bound to a node.
    fn of_unbound(pod: &Pod, said: Option<&PodEvidence>) -> Option<Self> {
        let gates = said.map_or(&[][..], |said| &said.spec.scheduling_gates);
        let scheduled = pod.condition(&ConditionType::PodScheduled);
        let reason = scheduled.map_or("", |condition| condition.reason.as_str());
        if !gates.is_empty() || reason == "SchedulingGated" {
            return Some(Self::SchedulingGated {
                gates: gates.iter().map(ToString::to_string).collect(),
            });
        }
        match scheduled {
            Some(scheduled) if scheduled.status == ConditionStatus::False => {
                Some(Self::Unschedulable {
                    message: scheduled.message.clone(),
                    nominated: said.map_or_else(String::new, |it| it.nominated_node.to_string()),
                })
            }
            Some(scheduled) if scheduled.status == ConditionStatus::True => None,
            _ => (!pod.is_terminal()).then(|| Self::NotScheduled {
                scheduler: said.map_or_else(String::new, |said| said.spec.scheduler.to_string()),
                since: pod.metadata.creation_timestamp,
            }),
        }
    }

    fn of_containers(pod: &Pod, said: &PodEvidence) -> Vec<Self> {
        let ready = pod.condition(&ConditionType::Ready);
        let is_ready = ready.is_some_and(|ready| ready.status == ConditionStatus::True);
        let mut all: Vec<Self> = Vec::new();
        for container in &said.init_containers {
            // A sidecar runs on beside the others, and is to be ready as they are.
            let is_first = !said.spec.sidecars.contains(&container.name);
            let found = Self::of_container(container, is_first, ready);
            // The kubelet says of what runs and has no startup probe that it has started, though it has to
            // end before the others begin.
            let found = found.or_else(|| match container.state {
                ContainerState::Running { since }
                    if said.spec.run_once.contains(&container.name) =>
                {
                    Some(Self::Initializing {
                        container: container.name.to_string(),
                        running_since: since,
                        restarts: container.restarts,
                    })
                }
                _ => None,
            });
            let waits_its_turn =
                |found: &Self| !is_first && !found.is_fault() && found.is_waiting();
            all.extend(found.filter(|found| !waits_its_turn(found)));
        }
        let is_initializing = !all.is_empty();
        for container in &said.containers {
            let found = Self::of_container(container, false, ready);
            // While the first ones run, the others only wait for them.
            all.extend(found.filter(|found| found.is_fault() || !is_initializing));
        }
        let is_set_up = pod.condition(&ConditionType::PodReadyToStartContainers);
        let is_set_up = is_set_up.map(|it| it.status);
        let waits = |problem: &Self| problem.is_waiting() && !problem.is_fault();
        let is_created = said
            .containers
            .iter()
            .any(|container| match &container.state {
                ContainerState::Waiting { reason, .. } => &**reason == "ContainerCreating",
                _ => false,
            });
        let nothing_runs = all.iter().all(waits) && !is_ready;
        if nothing_runs && (is_set_up == Some(ConditionStatus::False) || is_created) {
            let scheduled = pod.condition(&ConditionType::PodScheduled);
            let since = scheduled.and_then(|condition| condition.last_transition_time);
            let since = since.or(pod.metadata.creation_timestamp);
            return vec![match is_set_up {
                Some(ConditionStatus::True) => Self::NotCreated { since },
                _ => Self::NotSetUp { since },
            }];
        }
        if said.has_started() && !is_ready {
            let of_condition = ready.map_or_else(Vec::new, gates_named_by);
            let gates = said.spec.readiness_gates.iter().map(|gate| &**gate);
            let gates = gates.chain(of_condition).collect::<BTreeSet<&str>>();
            let gates = gates.into_iter().filter_map(|gate| {
                let condition = pod.condition(&ConditionType::from(gate));
                let holds = condition.is_some_and(|it| it.status == ConditionStatus::True);
                (!holds).then(|| Self::ReadinessGate {
                    gate: gate.to_string(),
                    is_set: condition.is_some(),
                    message: condition.map_or_else(String::new, |it| match &*it.message {
                        "" => it.reason.clone(),
                        message => message.to_owned(),
                    }),
                })
            });
            all.extend(gates);
        }
        all
    }

    fn of_container(
        said: &ContainerEvidence,
        init: bool,
        ready: Option<&PodCondition>,
    ) -> Option<Self> {
        let container = said.name.to_string();
        let restarts = said.restarts;
        let last = said.last.as_deref().map(LastEnd::of);
        match &said.state {
            ContainerState::Waiting { reason, message } => {
                let only_waits = init && matches!(&**reason, "" | "PodInitializing");
                (!only_waits).then(|| Self::Waiting {
                    container,
                    init,
                    reason: reason.to_string(),
                    message: message.to_string(),
                    restarts,
                    last,
                })
            }
            ContainerState::Ended(ended) => {
                // An init container that has done its work.
                let well = ended.exit_code == 0 && matches!(&*ended.reason, "" | "Completed");
                (!well || !init).then(|| Self::Terminated {
                    container,
                    init,
                    end: LastEnd::of(ended),
                    restarts,
                })
            }
            // A sidecar has done its work once it has started.
            _ if init && (said.ready || said.started == Some(true)) => None,
            ContainerState::Running { since } if init => Some(Self::Initializing {
                container,
                running_since: *since,
                restarts,
            }),
            _ if said.ready || init => None,
            state => {
                let running_since = match state {
                    ContainerState::Running { since } => *since,
                    _ => None,
                };
                let since = ready.and_then(|ready| ready.last_transition_time);
                let was_ready = (since.zip(running_since))
                    .is_some_and(|(since, running)| since.seconds_since(running) > AT_ONCE);
                Some(Self::NotReady {
                    container,
                    running_since,
                    lost_since: since.filter(|_| was_ready),
                    startup: said.started == Some(false),
                    restarts,
                    last,
                })
            }
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
            Self::NotReady { restarts, .. } => *restarts > 0,
            Self::Terminated { .. }
            | Self::Unschedulable { .. }
            | Self::SchedulingGated { .. }
            | Self::Phase { .. } => true,
            Self::Initializing { .. }
            | Self::ReadinessGate { .. }
            | Self::NotSetUp { .. }
            | Self::NotCreated { .. }
            | Self::NotScheduled { .. }
            | Self::Unreported
            | Self::Terminating { .. } => false,
        }
    }

    /// Whether an image is not pulled.
    pub(crate) fn is_of_a_pull(&self) -> bool {
        matches!(self, Self::Waiting { reason, .. } if matches!(reason.as_str(), "ErrImagePull" | "ImagePullBackOff"))
    }

    /// Whether it is a container that waits to start.
    fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }

    /// What is wrong with a pod that is not ready and does not say why.
    pub(crate) fn not_ready(pod: &Pod) -> Self {
        let ready = pod.condition(&ConditionType::Ready);
        Self::Phase {
            phase: pod.status.phase,
            reason: "NotReady".to_owned(),
            message: ready.map_or_else(String::new, |ready| ready.message.clone()),
        }
    }

    /// What is wrong with a pod that is ready and does not say since when.
    pub(crate) fn undated() -> Self {
        Self::Phase {
            phase: PodPhase::Running,
            reason: "Ready without lastTransitionTime".to_owned(),
            message: String::new(),
        }
    }

    /// Whether a pod with this problem has never been available.
    pub(crate) fn was_never_available(&self) -> bool {
        match self {
            Self::Waiting { restarts, last, .. } => *restarts == 0 && last.is_none(),
            Self::NotReady {
                restarts,
                lost_since,
                ..
            } => *restarts == 0 && lost_since.is_none(),
            Self::Initializing { .. }
            | Self::ReadinessGate { .. }
            | Self::NotSetUp { .. }
            | Self::NotCreated { .. }
            | Self::Unschedulable { .. }
            | Self::SchedulingGated { .. }
            | Self::NotScheduled { .. } => true,
            _ => false,
        }
    }

    /// Whether it keeps the pod from being bound to a node.
    #[must_use]
    pub fn is_of_scheduling(&self) -> bool {
        matches!(
            self,
            Self::Unschedulable { .. } | Self::SchedulingGated { .. } | Self::NotScheduled { .. }
        )
    }

    /// How the container that fails ended last.
    #[must_use]
    pub fn last_end(&self) -> Option<&LastEnd> {
        match self {
            Self::Waiting { last, .. } | Self::NotReady { last, .. } => last.as_ref(),
            Self::Terminated { end, .. } => Some(end),
            _ => None,
        }
    }

    /// The container that it is about.
    #[must_use]
    pub fn container(&self) -> Option<&str> {
        match self {
            Self::Waiting { container, .. }
            | Self::Terminated { container, .. }
            | Self::NotReady { container, .. }
            | Self::Initializing { container, .. } => Some(container),
            _ => None,
        }
    }

    /// How often the container that fails was started again.
    pub(crate) fn restarts(&self) -> i32 {
        match self {
            Self::Waiting { restarts, .. }
            | Self::Terminated { restarts, .. }
            | Self::NotReady { restarts, .. }
            | Self::Initializing { restarts, .. } => *restarts,
            _ => 0,
        }
    }

    /// A word for it: the one that the API uses, where it has one.
    #[must_use]
    pub fn word(&self) -> String {
        let (word, otherwise) = match self {
            Self::Waiting { reason, .. } => (reason.as_str(), "Waiting".to_owned()),
            Self::Terminated { end, .. } => {
                (end.reason.as_str(), format!("exit code {}", end.exit_code))
            }
            Self::Phase { phase, reason, .. } => (reason.as_str(), format!("{phase:?}")),
            Self::NotReady { restarts, .. } if *restarts > 0 => ("Restarted", String::new()),
            Self::NotReady { .. } => ("NotReady", String::new()),
            Self::Initializing { .. } => ("Initializing", String::new()),
            Self::ReadinessGate { .. } => ("ReadinessGatesNotReady", String::new()),
            Self::NotSetUp { .. } | Self::NotCreated { .. } => ("ContainerCreating", String::new()),
            Self::Unschedulable { .. } => ("Unschedulable", String::new()),
            Self::SchedulingGated { .. } => ("SchedulingGated", String::new()),
            Self::NotScheduled { .. } => ("NotScheduled", String::new()),
            Self::Unreported => ("Unreported", String::new()),
            Self::Terminating { .. } => ("Terminating", String::new()),
        };
        if word.is_empty() {
            otherwise
        } else {
            word.to_owned()
        }
    }

    /// What two pods have in common that fail alike: the same word, the same container, the same
    /// exit code, the same message but for numbers and the pod's name.
    pub(crate) fn likeness(&self, pod: &str) -> String {
        let message = match self {
            Self::Waiting {
                reason, message, ..
            } if PULLS.contains(&reason.as_str()) => message::of_pull(message, &PULLS),
            Self::Waiting {
                reason, message, ..
            } if reason != "CrashLoopBackOff" => message.as_str(),
            Self::Phase { message, .. } => message,
            Self::Unschedulable { message, .. } => {
                let message = message::of_scheduler(message);
                // As it names the claims that are made for a pod.
                return format!("unschedulable {}", message.replace(pod, "POD"));
            }
            Self::SchedulingGated { gates } => return format!("gated {}", gates.join(" ")),
            Self::ReadinessGate { gate, .. } => return format!("gate {gate}"),
            Self::NotScheduled { scheduler, .. } => return format!("scheduler {scheduler}"),
            _ => "",
        };
        // A pod that has just been started again crashes as one does that waits for it.
        let word = match self {
            // Tried, or waiting to be tried again.
            Self::Waiting { reason, .. } if PULLS.contains(&reason.as_str()) => "pull".to_owned(),
            Self::Waiting { reason, .. } if reason != "CrashLoopBackOff" => self.word(),
            Self::Phase { .. } => self.word(),
            problem if problem.last_end().is_some() => "ended".to_owned(),
            _ => self.word(),
        };
        let container = self.container().unwrap_or_default();
        let end = self.last_end().map_or_else(String::new, |end| {
            format!("{} {} {}", end.reason, end.exit_code, end.message)
        });
        format!(
            "{container} {word} {} {}",
            message::alike(message, pod),
            message::alike(&end, pod)
        )
    }
}

/// The readiness gates that the Ready condition says are not ready.
fn gates_named_by(ready: &PodCondition) -> Vec<&str> {
    if ready.reason != "ReadinessGatesNotReady" {
        return Vec::new();
    }
    // `… pod readiness gate "X" does not exist.`, or `… gate "X" is not "True", but False`
    let after = ready.message.split("readiness gate \"").skip(1);
    after.filter_map(|rest| rest.split('"').next()).collect()
}
