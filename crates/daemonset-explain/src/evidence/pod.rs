//! What pods say of themselves, beyond what the planner reads.

use std::sync::Arc;

use daemonset::api::{List, Recent, Timestamp};
use serde::de::DeserializeSeed;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::node_info::NodeInfo;
use super::read::{Named, ScalarAt, null_as_default};

/// What a pod's spec and status say that explanations read and no decision does.
///
/// Source: [PodStatus](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus).
///
/// ```
/// use daemonset_explain::evidence::{ContainerState, PodEvidence};
///
/// let pod: PodEvidence = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent-x7k2p", "namespace": "infra"},
///     "status": {"containerStatuses": [{
///         "name": "agent",
///         "restartCount": 10,
///         "state": {"waiting": {"reason": "CrashLoopBackOff"}},
///         "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}},
///     }]},
/// }))?;
/// let agent = &pod.containers[0];
/// assert!(matches!(&agent.state, ContainerState::Waiting { reason, .. } if &**reason == "CrashLoopBackOff"));
/// assert_eq!(&*agent.last.as_ref().unwrap().reason, "OOMKilled");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
#[non_exhaustive]
pub struct PodEvidence {
    /// `metadata.name`
    pub name: Box<str>,
    /// `metadata.namespace`; empty where the text names none.
    pub namespace: Arc<str>,
    /// `status.message`: why it is in its phase, such as what the kubelet says of an eviction.
    pub message: Box<str>,
    /// `status.nominatedNodeName`: where the scheduler has pods preempted for it.
    pub nominated_node: Box<str>,
    /// What its spec says.
    pub spec: Arc<PodSpecEvidence>,
    /// `status.initContainerStatuses`, in the order in which they run.
    pub init_containers: Box<[ContainerEvidence]>,
    /// `status.containerStatuses`
    pub containers: Box<[ContainerEvidence]>,
}

/// What a pod's spec says that explanations read and no decision does: the same for all pods of one
/// template, which can share it ([`PodEvidence::sharing`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PodSpecEvidence {
    /// `spec.schedulerName`
    pub scheduler: Box<str>,
    /// `spec.priority`; where it is not given, that of a class of Kubernetes itself, and otherwise 0.
    pub priority: i32,
    /// `spec.priorityClassName`: the class that its priority is of; empty where it names none.
    pub priority_class: Box<str>,
    /// `resources.limits.memory` of its containers, each with its name, and of the pod as a whole with an empty one.
    pub memory_limits: Vec<(Arc<str>, Box<str>)>,
    /// `spec.schedulingGates`: while there is one, no scheduler looks at it.
    pub scheduling_gates: Vec<Box<str>>,
    /// `spec.readinessGates`: conditions that have to hold before it is ready.
    pub readiness_gates: Vec<Box<str>>,
    /// What its containers were given, each with its name: image, command, arguments and environment; of a pod of a
    /// DaemonSet alone.
    pub given: Vec<ContainerGiven>,
    /// The init containers that go on running beside the others, and are only started first.
    ///
    /// Source: [Sidecar Containers](https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/).
    pub sidecars: Vec<Arc<str>>,
    /// The init containers of which the spec says that they run once, and have to end.
    pub run_once: Vec<Arc<str>>,
}

/// What a container of a pod was given, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ContainerGiven {
    /// Its name.
    pub name: Arc<str>,
    /// `image`
    pub image: Value,
    /// `command`
    pub command: Value,
    /// `args`
    pub args: Value,
    /// `env`
    pub env: Value,
}

/// What pods and nodes that came of late say alike, so that it is kept once.
#[derive(Clone, Debug, Default)]
pub struct RecentEvidence {
    pub(super) messages: Recent<List<(Box<str>, Box<str>)>>,
    pub(super) infos: Recent<Arc<NodeInfo>>,
    texts: Recent<Arc<str>>,
    specs: Recent<Arc<PodSpecEvidence>>,
}

/// How one container of a pod does and did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RawContainer")]
#[non_exhaustive]
pub struct ContainerEvidence {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it passes its readiness probe; of an init container, whether it has done its work.
    pub ready: bool,
    /// Whether it passes its startup probe; `None` where the kubelet does not say.
    pub started: Option<bool>,
    /// `imageID`: which image it runs, as far as a tag leaves that open; empty before it is pulled.
    pub image_id: Arc<str>,
    /// How often it was started again.
    pub restarts: i32,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended before it was started last.
    pub last: Option<Box<Ended>>,
}

/// What a container does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContainerState {
    /// The kubelet does not say.
    #[default]
    Unknown,
    /// It waits to start.
    Waiting {
        /// A word, such as `CrashLoopBackOff` or `ImagePullBackOff`.
        reason: Box<str>,
        /// A sentence.
        message: Box<str>,
    },
    /// It runs.
    Running {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It has ended.
    Ended(Box<Ended>),
}

/// The priority of a pod, which the API server writes into it; where that was left out, its class may tell.
///
/// Source: [Guaranteed scheduling for critical pods](https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/).
fn priority_of(written: i32, class: &str) -> i32 {
    match (written, class) {
        (0, "system-cluster-critical") => 2_000_000_000,
        (0, "system-node-critical") => 2_000_001_000,
        _ => written,
    }
}

/// How a container ended.
///
/// Source: [ContainerStateTerminated](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ContainerStateTerminated).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Ended {
    /// A word, such as `Error`, `OOMKilled` or `StartError`.
    #[serde(deserialize_with = "null_as_default")]
    pub reason: Box<str>,
    /// What the container wrote to its termination log, or the runtime said.
    #[serde(deserialize_with = "null_as_default")]
    pub message: Box<str>,
    /// The process's exit code; 128 and the signal's number where a signal ended it.
    #[serde(deserialize_with = "null_as_default")]
    pub exit_code: i32,
    /// The signal that ended it; 0 where none is told.
    #[serde(deserialize_with = "null_as_default")]
    pub signal: i32,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl PodEvidence {
    /// The same, with what pods that came of late say alike kept once.
    #[must_use]
    pub fn sharing(mut self, recent: &mut RecentEvidence) -> Self {
        let RecentEvidence { texts, specs, .. } = recent;
        self.spec = specs.shared(self.spec);
        self.namespace = texts.shared(self.namespace);
        for container in self.init_containers.iter_mut().chain(&mut self.containers) {
            for text in [&mut container.name, &mut container.image_id] {
                *text = texts.shared(std::mem::take(text));
            }
        }
        self
    }

    /// Whether all of its containers run and are ready, as far as is known of any.
    pub(crate) fn has_started(&self) -> bool {
        !self.containers.is_empty() && self.containers.iter().all(|it| it.ready)
    }

    /// Whether all of its containers run, ready or not, as far as is known of any.
    pub(crate) fn runs(&self) -> bool {
        let runs = |it: &ContainerEvidence| matches!(it.state, ContainerState::Running { .. });
        !self.containers.is_empty() && self.containers.iter().all(runs)
    }

    /// All containers, those that run first before the others.
    pub fn all_containers(&self) -> impl Iterator<Item = &ContainerEvidence> {
        self.init_containers.iter().chain(&self.containers)
    }

    /// The newest moment that its containers tell.
    #[must_use]
    pub fn newest_time(&self) -> Option<Timestamp> {
        let times = self.all_containers().flat_map(ContainerEvidence::times);
        times.flatten().max()
    }
}

impl ContainerEvidence {
    fn times(&self) -> [Option<Timestamp>; 5] {
        let of = |ended: Option<&Ended>| {
            let started = ended.and_then(|ended| ended.started_at);
            (started, ended.and_then(|ended| ended.finished_at))
        };
        let (last_start, last_end) = of(self.last.as_deref());
        let (start, end) = of(self.ended());
        let since = match self.state {
            ContainerState::Running { since } => since,
            _ => None,
        };
        [last_start, last_end, start, end, since]
    }

    /// How it has ended, where it has and was not started again.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        match &self.state {
            ContainerState::Ended(ended) => Some(ended),
            _ => None,
        }
    }

    /// How it ended the last time that it did.
    #[must_use]
    pub fn last_end(&self) -> Option<&Ended> {
        self.ended().or(self.last.as_deref())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: RawSpec,
    #[serde(deserialize_with = "null_as_default")]
    status: RawStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpec {
    #[serde(deserialize_with = "null_as_default")]
    scheduler_name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    priority: i32,
    #[serde(deserialize_with = "null_as_default")]
    priority_class_name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    scheduling_gates: Vec<Named>,
    #[serde(deserialize_with = "null_as_default")]
    readiness_gates: Vec<RawGate>,
    #[serde(deserialize_with = "null_as_default")]
    init_containers: Vec<RawSpecContainer>,
    #[serde(deserialize_with = "null_as_default")]
    containers: Vec<RawSpecContainer>,
    resources: RawResources,
}

/// The resources of a container or of a pod, whatever else than an object is written there.
#[derive(Default)]
struct RawResources {
    /// `limits.memory`, where it is a text or a number.
    memory_limit: Option<Box<str>>,
}

impl<'de> Deserialize<'de> for RawResources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let memory_limit = ScalarAt(&["limits", "memory"]).deserialize(deserializer)?;
        Ok(Self { memory_limit })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpecContainer {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    restart_policy: Box<str>,
    resources: RawResources,
    image: Value,
    command: Value,
    args: Value,
    env: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMeta {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    namespace: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    owner_references: Vec<RawOwner>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawOwner {
    #[serde(deserialize_with = "null_as_default")]
    kind: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawGate {
    #[serde(deserialize_with = "null_as_default")]
    condition_type: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawStatus {
    #[serde(deserialize_with = "null_as_default")]
    message: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    nominated_node_name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    init_container_statuses: Box<[ContainerEvidence]>,
    #[serde(deserialize_with = "null_as_default")]
    container_statuses: Box<[ContainerEvidence]>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawContainer {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    ready: bool,
    started: Option<bool>,
    #[serde(rename = "imageID", deserialize_with = "null_as_default")]
    image_id: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    restart_count: i32,
    #[serde(deserialize_with = "null_as_default")]
    state: RawState,
    #[serde(deserialize_with = "null_as_default")]
    last_state: RawState,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawState {
    waiting: Option<RawWaiting>,
    running: Option<RawRunning>,
    terminated: Option<Box<Ended>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawWaiting {
    #[serde(deserialize_with = "null_as_default")]
    reason: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    message: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawRunning {
    started_at: Option<Timestamp>,
}

impl From<Raw> for PodEvidence {
    fn from(raw: Raw) -> Self {
        let Raw {
            metadata,
            spec,
            status,
        } = raw;
        let whole = spec.resources.memory_limit;
        let whole = whole.map(|limit| (Arc::default(), limit));
        let of_containers = spec.containers.iter().chain(&spec.init_containers);
        let limits = of_containers.filter_map(|it| {
            let limit = it.resources.memory_limit.clone()?;
            Some((Arc::from(&*it.name), limit))
        });
        let memory_limits = limits.chain(whole).collect();
        let mut owners = metadata.owner_references.iter();
        let is_of_set = owners.any(|owner| &*owner.kind == "DaemonSet");
        let mut init = spec.init_containers;
        let mut containers = spec.containers;
        let of_all = containers.iter_mut().chain(&mut init);
        let given = of_all.filter(|_| is_of_set).map(|it| ContainerGiven {
            name: Arc::from(&*it.name),
            image: it.image.take(),
            command: it.command.take(),
            args: it.args.take(),
            env: it.env.take(),
        });
        let given = given.collect();
        let gates = spec.readiness_gates.into_iter();
        let (sidecars, run_once): (Vec<_>, Vec<_>) =
            (init.into_iter()).partition(|container| &*container.restart_policy == "Always");
        let names = |containers: Vec<RawSpecContainer>| -> Vec<Arc<str>> {
            containers.into_iter().map(|it| it.name.into()).collect()
        };
        Self {
            name: metadata.name,
            namespace: metadata.namespace.into(),
            message: status.message,
            nominated_node: status.nominated_node_name,
            spec: Arc::new(PodSpecEvidence {
                scheduler: spec.scheduler_name,
                priority: priority_of(spec.priority, &spec.priority_class_name),
                priority_class: spec.priority_class_name,
                memory_limits,
                given,
                scheduling_gates: (spec.scheduling_gates.into_iter())
                    .map(|gate| gate.name)
                    .collect(),
                readiness_gates: gates.map(|gate| gate.condition_type).collect(),
                sidecars: names(sidecars),
                run_once: names(run_once),
            }),
            init_containers: status.init_container_statuses,
            containers: status.container_statuses,
        }
    }
}

impl From<RawContainer> for ContainerEvidence {
    fn from(raw: RawContainer) -> Self {
        Self {
            name: raw.name.into(),
            ready: raw.ready,
            started: raw.started,
            image_id: raw.image_id.into(),
            restarts: raw.restart_count,
            state: raw.state.into(),
            last: raw.last_state.terminated,
        }
    }
}

impl From<RawState> for ContainerState {
    fn from(raw: RawState) -> Self {
        match raw {
            RawState {
                terminated: Some(ended),
                ..
            } => Self::Ended(ended),
            RawState {
                running: Some(running),
                ..
            } => Self::Running {
                since: running.started_at,
            },
            RawState {
                waiting: Some(waiting),
                ..
            } => Self::Waiting {
                reason: waiting.reason,
                message: waiting.message,
            },
            _ => Self::Unknown,
        }
    }
}
