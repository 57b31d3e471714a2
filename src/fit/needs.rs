//! What a pod needs of a node.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::admission::{Admission, Assumed};
use super::facts::{FactsError, PodAffinityTerm, PodFacts, PodSpec};
use super::ports::HostPort;
use super::requests;
use super::resource::Amounts;
use super::terms::Term;
use crate::api::{Labels, NodeSelector, PodTemplate};
use crate::matching::{ComparisonOperators, RequiredNodeAffinity, Tolerations};
use crate::placement::daemon_tolerations;

/// What a pod needs of a node, compiled once: its effective requests and host ports, its
/// priority, and which nodes and neighbours it accepts.
///
/// ```
/// use daemonset::api::PodTemplate;
/// use daemonset::fit::{Admission, Answer, NodeFacts, NodeRoom, PodNeeds};
/// use serde_json::json;
///
/// let template = PodTemplate::try_from(json!({"spec": {"containers": [
///     {"name": "agent", "resources": {"limits": {"cpu": "2500m"}}},
/// ]}}))?;
/// let needs = PodNeeds::of_template(&template, "infra", &Admission::default())?;
/// assert_eq!(needs.requests().get("cpu"), 2500);
///
/// let node = NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
/// }))?;
/// let fit = needs.fit(&NodeRoom::new(&node));
/// assert_eq!(fit.answer, Answer::TooSmall);
/// assert_eq!(fit.obstacles[0].to_string(), "asks for 2500m cpu, more than the 2 that the node has");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodNeeds {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: Labels,
    pub(super) requests: Amounts,
    pub(super) host_ports: Vec<HostPort>,
    pub(super) priority: i32,
    pub(super) preemption: PreemptionPolicy,
    pub(super) node_name: String,
    pub(super) node_selector: Labels,
    pub(super) runtime_selector: Labels,
    pub(super) node_affinity: Option<RequiredNodeAffinity>,
    pub(super) pinned: Pinned,
    pub(super) tolerations: Tolerations,
    pub(super) affinity: Vec<Term>,
    pub(super) anti_affinity: Vec<Term>,
    pub(super) nominated_node: Option<String>,
    pub(super) missing: Vec<Need>,
    pub(super) assumed: Vec<Assumed>,
}

/// Whether a pod may evict others.
///
/// Source: [Non-preempting PriorityClass](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#non-preempting-priority-class).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum PreemptionPolicy {
    /// Pods of lower priority.
    #[default]
    PreemptLowerPriority,
    /// None.
    Never,
}

/// The nodes that the pod's affinity names, where every term names some: all others are passed
/// over before anything else is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pinned {
    /// Some term names none.
    No,
    To(BTreeSet<String>),
}

/// Something that would have to be known to say whether a pod fits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "need",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Need {
    /// What the node has to give: it reports neither allocatable resources nor a capacity.
    Allocatable,
    /// The claims, volumes and storage classes behind a volume of the pod.
    Volume {
        /// The volume's name.
        name: String,
    },
    /// The devices that a resource claim of the pod is for
    /// ([dynamic resource allocation](https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/)).
    ResourceClaim {
        /// The claim's name in the pod.
        name: String,
    },
    /// The devices behind a resource that the node does not have itself, but a `DeviceClass` maps.
    Devices {
        /// The resource.
        resource: String,
    },
    /// How the pods that a
    /// [topology spread constraint](https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/)
    /// counts are spread.
    TopologySpread {
        /// The constraint's topology key.
        topology_key: String,
    },
    /// Pods on other nodes, which an inter-pod term reads.
    OtherNodes {
        /// The term's topology key.
        topology_key: String,
    },
    /// The labels of namespaces, which a term's `namespaceSelector` reads.
    NamespaceLabels,
    /// Whether the node's kubelet has a feature that the pod uses
    /// ([`declaredFeatures`](https://kubernetes.io/docs/concepts/scheduling-eviction/node-declared-features/)).
    NodeFeature {
        /// The feature.
        feature: String,
    },
    /// How another scheduler than Kubernetes's own decides.
    Scheduler {
        /// The scheduler's name.
        name: String,
    },
    /// When the pod's scheduling gates are lifted; until then it is not scheduled at all.
    SchedulingGate {
        /// The gate's name.
        name: String,
    },
    /// What the kubelet says to a pod that names its node and so passes the scheduler by.
    Kubelet,
    /// How amounts beyond 64 bits are compared, at which Kubernetes's own integers overflow.
    Overflow {
        /// The resource.
        resource: String,
    },
}

impl PodNeeds {
    /// What a pod needs that the API server has stored.
    #[must_use]
    pub fn of_pod(pod: &PodFacts) -> Self {
        let spec = &pod.spec;
        let required = spec.affinity.node_affinity.as_ref();
        let required = required.and_then(|affinity| {
            affinity
                .required_during_scheduling_ignored_during_execution
                .as_ref()
        });
        let terms = |written: &[PodAffinityTerm]| {
            let terms = written.iter();
            terms
                .map(|term| Term::new(term, &pod.metadata.namespace))
                .collect()
        };
        Self {
            name: pod.metadata.name.clone(),
            namespace: pod.metadata.namespace.clone(),
            labels: pod.metadata.labels.clone(),
            requests: requests::of_incoming(spec),
            host_ports: requests::host_ports(spec),
            priority: spec.priority.unwrap_or(0),
            preemption: match spec.preemption_policy.as_str() {
                "Never" => PreemptionPolicy::Never,
                _ => PreemptionPolicy::PreemptLowerPriority,
            },
            node_name: spec.node_name.clone(),
            node_selector: spec.node_selector.clone(),
            runtime_selector: spec.runtime_selector.clone(),
            node_affinity: required.map(RequiredNodeAffinity::new),
            pinned: required.map_or(Pinned::No, Pinned::of),
            tolerations: Tolerations::new(
                spec.tolerations.iter().cloned(),
                ComparisonOperators::Off,
            ),
            affinity: terms(&spec.affinity.pod_affinity.required),
            anti_affinity: terms(&spec.affinity.pod_anti_affinity.required),
            nominated_node: pod.nominated_node_name().map(str::to_owned),
            missing: missing(spec),
            assumed: Vec::new(),
        }
    }

    /// What the pods need that a DaemonSet makes of a template in this namespace, once they have
    /// passed admission.
    ///
    /// A daemon pod names its node in place of the template's required node affinity; that is
    /// [placement](crate::placement)'s to decide, so it is not asked again here: whichever node is
    /// asked about is the one it names. It gets the tolerations of daemon pods.
    ///
    /// # Errors
    /// A field of the wrong type, or a quantity that is none.
    pub fn of_template(
        template: &PodTemplate,
        namespace: &str,
        admission: &Admission,
    ) -> Result<Self, FactsError> {
        let mut pod = PodFacts::of_template(template, namespace)?;
        let assumed = admission.admit(&mut pod);
        Ok(Self::of_admitted(pod, assumed))
    }

    /// What a pod of a DaemonSet needs, once it has passed admission.
    pub(super) fn of_admitted(mut pod: PodFacts, assumed: Vec<Assumed>) -> Self {
        pod.spec.tolerations = daemon_tolerations(&pod.spec.tolerations, pod.spec.host_network)
            .into_iter()
            .map(|daemon| daemon.toleration)
            .collect();
        pod.spec.affinity.node_affinity = None;
        let needs = Self::of_pod(&pod);
        Self { assumed, ..needs }
    }

    /// What it asks for in all, as the scheduler counts.
    #[must_use]
    pub fn requests(&self) -> &Amounts {
        &self.requests
    }

    /// The ports of the host that it takes, sorted.
    #[must_use]
    pub fn host_ports(&self) -> &[HostPort] {
        &self.host_ports
    }

    /// Its priority.
    #[must_use]
    pub fn priority(&self) -> i32 {
        self.priority
    }

    /// The node on which the scheduler evicts pods for it, if it does.
    #[must_use]
    pub fn nominated_node(&self) -> Option<&str> {
        self.nominated_node.as_deref()
    }

    /// Whether it may evict others.
    #[must_use]
    pub fn preemption_policy(&self) -> PreemptionPolicy {
        self.preemption
    }

    /// What would have to be known of it, beside the node, to say whether it fits.
    #[must_use]
    pub fn missing(&self) -> &[Need] {
        &self.missing
    }

    /// What had to be assumed of its admission.
    #[must_use]
    pub fn assumed(&self) -> &[Assumed] {
        &self.assumed
    }

    /// The same pod, asking for that much more of a resource (or less).
    ///
    /// ```
    /// use daemonset::fit::{PodFacts, PodNeeds};
    ///
    /// let needs = PodNeeds::of_pod(&PodFacts::default()).raised("cpu", 250);
    /// assert_eq!(needs.requests().get("cpu"), 250);
    /// ```
    #[must_use]
    pub fn raised(mut self, resource: &str, by: i128) -> Self {
        self.requests.add(resource, by);
        self
    }

    /// The labels that a node must have, with these very values.
    pub(super) fn selected(&self) -> impl Iterator<Item = (&str, &str)> {
        self.node_selector
            .iter()
            .chain(self.runtime_selector.iter())
    }

    /// Whether it asks for the same as another pod, whatever both are called.
    #[must_use]
    pub fn asks_as(&self, other: &Self) -> bool {
        let name = self.name.clone();
        *self
            == Self {
                name,
                ..other.clone()
            }
    }

    /// Whether the same pods elsewhere matter to both.
    pub(super) fn has_neighbours_of(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.labels == other.labels
            && self.affinity == other.affinity
            && self.anti_affinity == other.anti_affinity
    }

    /// Whether it may evict a resident of this priority.
    pub(super) fn may_evict(&self, priority: i32) -> bool {
        self.preemption == PreemptionPolicy::PreemptLowerPriority && priority < self.priority
    }
}

impl Pinned {
    fn of(required: &NodeSelector) -> Self {
        let terms = &required.node_selector_terms;
        let mut all = BTreeSet::new();
        for term in terms {
            let named = term
                .match_fields
                .iter()
                .filter(|field| field.key == "metadata.name" && field.operator == "In")
                .map(|field| field.values.iter().cloned().collect::<BTreeSet<_>>())
                .reduce(|all, names| &all & &names);
            match named {
                Some(nodes) => all.extend(nodes),
                None => return Self::No,
            }
        }
        if terms.is_empty() {
            Self::No
        } else {
            Self::To(all)
        }
    }
}

/// What of a pod is left out here and may keep it off a node.
fn missing(spec: &PodSpec) -> Vec<Need> {
    let volumes = spec.volumes.iter().filter(|volume| volume.is_looked_at());
    let volumes = volumes.map(|volume| Need::Volume {
        name: volume.name.clone(),
    });
    let claims = spec
        .resource_claims
        .iter()
        .map(|claim| Need::ResourceClaim {
            name: claim.name.clone(),
        });
    let constraints = spec.topology_spread_constraints.iter();
    let constraints = constraints
        .filter(|constraint| constraint.when_unsatisfiable != "ScheduleAnyway")
        .map(|constraint| Need::TopologySpread {
            topology_key: constraint.topology_key.clone(),
        });
    let gates = spec
        .scheduling_gates
        .iter()
        .map(|gate| Need::SchedulingGate {
            name: gate.name.clone(),
        });
    let scheduler = match spec.scheduler_name.as_str() {
        "" | "default-scheduler" => None,
        other => Some(Need::Scheduler {
            name: other.to_owned(),
        }),
    };
    let feature = |feature: &str| Need::NodeFeature {
        feature: feature.to_owned(),
    };
    let containers = spec.containers.iter().chain(&spec.init_containers);
    let restarts_all = containers
        .flat_map(|container| &container.restart_policy_rules)
        .any(|rule| rule.action == "RestartAllContainers")
        .then(|| feature("RestartAllContainersOnContainerExits"));
    let maps_users = (spec.host_network && spec.host_users == Some(false))
        .then(|| feature("UserNamespacesHostNetworkSupport"));
    (volumes.chain(claims).chain(constraints).chain(gates))
        .chain(scheduler)
        .chain(restarts_all)
        .chain(maps_users)
        .collect()
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allocatable => f.write_str("the node's allocatable resources"),
            Self::Volume { name } => write!(f, "what is behind volume {name}"),
            Self::ResourceClaim { name } => write!(f, "the devices for resource claim {name}"),
            Self::Devices { resource } => write!(f, "the devices behind resource {resource}"),
            Self::TopologySpread { topology_key } => {
                write!(f, "how pods are spread over {topology_key}")
            }
            Self::OtherNodes { topology_key } => {
                write!(f, "the pods on other nodes, for a term over {topology_key}")
            }
            Self::NamespaceLabels => f.write_str("the labels of namespaces"),
            Self::NodeFeature { feature } => {
                write!(f, "whether the node's kubelet has feature {feature}")
            }
            Self::Scheduler { name } => write!(f, "how scheduler {name} decides"),
            Self::SchedulingGate { name } => {
                write!(f, "when scheduling gate {name} is lifted")
            }
            Self::Kubelet => f.write_str("what the kubelet says to a pod that names its node"),
            Self::Overflow { resource } => {
                write!(f, "how amounts of {resource} beyond 64 bits compare")
            }
        }
    }
}
