//! From a pod template to the pod: what the API server and its admission plugins fill in.
//!
//! The template is not the pod. In order: requests are copied from limits; the pod as a whole
//! gets requests where it has limits; with `hostNetwork` every port is one of the host; then the
//! admission plugins `Priority`, `RuntimeClass` and `LimitRanger` fill in what their objects say.
//! What webhooks change is not known here.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::facts::{Container, FactsError, PodFacts, PodSpec};
use super::limits::LimitRange;
use super::requests;
use super::resource::{CPU, MEMORY, ResourceList, is_pod_level};
use super::terms::merge_label_keys;
use crate::api::{Labels, ObjectMeta, PodTemplate, Toleration, null_as_default};

/// The priority classes that every cluster has.
///
/// Source: [Guaranteed scheduling for critical add-on pods](https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/).
const BUILT_IN: [(&str, i32); 2] = [
    ("system-node-critical", 2_000_001_000),
    ("system-cluster-critical", 2_000_000_000),
];

/// A PriorityClass, as far as admission reads it.
///
/// Source: [Pod Priority and Preemption](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PriorityClass {
    #[serde(deserialize_with = "null_as_default")]
    metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    value: i32,
    #[serde(deserialize_with = "null_as_default")]
    global_default: bool,
    #[serde(deserialize_with = "null_as_default")]
    preemption_policy: String,
}

/// A RuntimeClass, as far as admission reads it.
///
/// Source: [Pod Overhead](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-overhead/)
/// and [Runtime Class scheduling](https://kubernetes.io/docs/concepts/containers/runtime-class/#scheduling).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RuntimeClass {
    #[serde(deserialize_with = "null_as_default")]
    metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    overhead: Overhead,
    #[serde(deserialize_with = "null_as_default")]
    scheduling: Scheduling,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Overhead {
    #[serde(deserialize_with = "null_as_default")]
    pod_fixed: ResourceList,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Scheduling {
    #[serde(deserialize_with = "null_as_default")]
    node_selector: Labels,
    #[serde(deserialize_with = "null_as_default")]
    tolerations: Vec<Toleration>,
}

/// Something of a pod's admission that had to be assumed, since the object that says it was not
/// given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
#[serde(
    tag = "assumed",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Assumed {
    /// The pod names a PriorityClass: priority 0.
    PriorityClass {
        /// The class.
        name: String,
    },
    /// The pod names no PriorityClass: priority 0, as without a default class.
    NoDefaultPriorityClass,
    /// The pod names a RuntimeClass: nothing but what the template says itself.
    RuntimeClass {
        /// The class.
        name: String,
    },
    /// A container asks for no cpu or no memory: no LimitRange fills that in.
    NoLimitRange {
        /// The namespace.
        namespace: String,
    },
    /// Several LimitRanges have different defaults for a resource, and Kubernetes does not say
    /// which counts: the first by name.
    LimitRangeOrder {
        /// The resource.
        resource: String,
    },
}

impl fmt::Display for Assumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PriorityClass { name } => {
                write!(f, "priority 0, since PriorityClass {name} is not given")
            }
            Self::NoDefaultPriorityClass => {
                f.write_str("priority 0, since no PriorityClass is given")
            }
            Self::RuntimeClass { name } => {
                write!(f, "no overhead, since RuntimeClass {name} is not given")
            }
            Self::NoLimitRange { namespace } => write!(
                f,
                "no default requests, since the LimitRanges of namespace {namespace} are not given"
            ),
            Self::LimitRangeOrder { resource } => write!(
                f,
                "the default request for {resource} of the first LimitRange by name"
            ),
        }
    }
}

/// The objects that admission reads, as far as they are given.
///
/// ```
/// use daemonset::api::PodTemplate;
/// use daemonset::fit::{Admission, Assumed, PodNeeds, PriorityClass};
/// use serde_json::json;
///
/// let template = PodTemplate::try_from(json!({"spec": {
///     "priorityClassName": "agents",
///     "containers": [{"name": "agent", "resources": {"limits": {"cpu": "100m"}}}],
/// }}))?;
/// let class: PriorityClass =
///     serde_json::from_value(json!({"metadata": {"name": "agents"}, "value": 1000}))?;
/// let admission = Admission::default().priority_classes([class]);
/// let needs = PodNeeds::of_template(&template, "infra", &admission)?;
/// assert_eq!(needs.priority(), 1000);
/// assert_eq!(needs.assumed(), [Assumed::NoLimitRange { namespace: "infra".into() }]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admission {
    priority_classes: Option<Vec<PriorityClass>>,
    runtime_classes: Vec<RuntimeClass>,
    limit_ranges: Option<Vec<LimitRange>>,
}

impl Admission {
    /// The cluster has these PriorityClasses, besides the two that are built in.
    #[must_use]
    pub fn priority_classes(mut self, classes: impl IntoIterator<Item = PriorityClass>) -> Self {
        self.priority_classes = Some(classes.into_iter().collect());
        self
    }

    /// The cluster has these RuntimeClasses.
    #[must_use]
    pub fn runtime_classes(mut self, classes: impl IntoIterator<Item = RuntimeClass>) -> Self {
        self.runtime_classes = classes.into_iter().collect();
        self
    }

    /// The cluster has these LimitRanges, in all namespaces together.
    #[must_use]
    pub fn limit_ranges(mut self, ranges: impl IntoIterator<Item = LimitRange>) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
        self.limit_ranges = Some(ranges);
        self
    }

    /// The LimitRanges of a namespace.
    fn ranges_in<'s>(&'s self, namespace: &'s str) -> impl Iterator<Item = &'s LimitRange> {
        let ranges = self.limit_ranges.iter().flatten();
        ranges.filter(move |range| range.metadata.namespace == namespace)
    }

    /// The names of the LimitRanges of a namespace that give a request of this resource to containers which have none.
    pub fn requested_by<'s>(
        &'s self,
        namespace: &'s str,
        resource: &'s str,
    ) -> impl Iterator<Item = &'s str> {
        let ranges = self.ranges_in(namespace);
        let named = ranges.filter(move |it| it.default_requests().get(resource).is_some());
        named.map(|range| &*range.metadata.name)
    }

    /// The limits that the LimitRanges of a namespace give to containers that have none.
    fn default_limits(&self, namespace: &str) -> ResourceList {
        let mut all = ResourceList::default();
        for range in self.ranges_in(namespace) {
            all.fill_from(&range.default_limits());
        }
        all
    }

    /// What the LimitRanges of the namespace forbid of the pods that a DaemonSet makes of a template,
    /// each as the API server says it; none also where no LimitRange was given. Requests and limits
    /// are those that defaults have filled in.
    ///
    /// Of a pod as a whole its requests are looked at.
    ///
    /// Source: [Limit Ranges](https://kubernetes.io/docs/concepts/policy/limit-range/).
    ///
    /// # Errors
    /// A field of the wrong type, or a quantity that is none.
    ///
    /// ```
    /// use daemonset::api::PodTemplate;
    /// use daemonset::fit::{Admission, LimitRange};
    /// use serde_json::json;
    ///
    /// let template = PodTemplate::try_from(json!({"spec": {"containers": [
    ///     {"name": "agent", "resources": {"requests": {"memory": "1Gi"}}},
    /// ]}}))?;
    /// let range: LimitRange = serde_json::from_value(json!({
    ///     "metadata": {"name": "small", "namespace": "infra"},
    ///     "spec": {"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]},
    /// }))?;
    /// let admission = Admission::default().limit_ranges([range]);
    /// assert_eq!(
    ///     admission.forbidden(&template, "infra")?,
    ///     ["maximum memory usage per Container is 512Mi, but request is 1Gi (container agent)"],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forbidden(
        &self,
        template: &PodTemplate,
        namespace: &str,
    ) -> Result<Vec<String>, FactsError> {
        let mut pod = PodFacts::of_template(template, namespace)?;
        self.admit(&mut pod);
        let default_limits = self.default_limits(namespace);
        for container in containers_mut(&mut pod.spec) {
            container.resources.limits.fill_from(&default_limits);
        }
        let ranges = self.ranges_in(namespace);
        let mut all: Vec<String> = ranges.flat_map(|range| range.forbids(&pod.spec)).collect();
        all.dedup();
        Ok(all)
    }

    /// Fills in what a pod gets on its way through the API server, and says what was assumed.
    pub(super) fn admit(&self, pod: &mut PodFacts) -> Vec<Assumed> {
        let mut assumed = Vec::new();
        set_defaults(&mut pod.spec);
        let affinity = &mut pod.spec.affinity;
        let own = affinity.pod_affinity.required.iter_mut();
        for term in own.chain(&mut affinity.pod_anti_affinity.required) {
            merge_label_keys(term, &pod.metadata.labels);
        }
        self.set_priority(&mut pod.spec, &mut assumed);
        self.set_overhead(&mut pod.spec, &mut assumed);
        self.set_default_requests(pod, &mut assumed);
        assumed
    }

    /// Source: [PriorityClass](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass).
    /// Of several default classes the one with the lowest value counts.
    fn set_priority(&self, spec: &mut PodSpec, assumed: &mut Vec<Assumed>) {
        let classes = self.priority_classes.as_deref();
        let mut all = classes.unwrap_or_default().iter();
        let name = spec.priority_class_name.as_str();
        let class = if name.is_empty() {
            all.filter(|class| class.global_default)
                .min_by(|a, b| (a.value, &a.metadata.name).cmp(&(b.value, &b.metadata.name)))
        } else {
            all.find(|class| class.metadata.name == name)
        };
        if let Some(class) = class {
            spec.priority = Some(class.value);
            if !class.preemption_policy.is_empty() {
                class
                    .preemption_policy
                    .clone_into(&mut spec.preemption_policy);
            }
        } else if let Some((_, priority)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            spec.priority = Some(*priority);
        } else {
            // The API server refuses a priority that is not the class's, so one that stands there is.
            spec.priority = spec.priority.or(Some(0));
            if !name.is_empty() {
                assumed.push(Assumed::PriorityClass {
                    name: name.to_owned(),
                });
            } else if classes.is_none() {
                assumed.push(Assumed::NoDefaultPriorityClass);
            }
        }
    }

    fn set_overhead(&self, spec: &mut PodSpec, assumed: &mut Vec<Assumed>) {
        let name = spec.runtime_class_name.as_str();
        if name.is_empty() {
            return;
        }
        let mut classes = self.runtime_classes.iter();
        let Some(class) = classes.find(|class| class.metadata.name == name) else {
            assumed.push(Assumed::RuntimeClass {
                name: name.to_owned(),
            });
            return;
        };
        spec.overhead = class.overhead.pod_fixed.clone();
        spec.overhead.store();
        spec.runtime_selector = class.scheduling.node_selector.clone();
        let tolerations = class.scheduling.tolerations.iter();
        spec.tolerations.extend(tolerations.cloned());
    }

    fn set_default_requests(&self, pod: &mut PodFacts, assumed: &mut Vec<Assumed>) {
        let namespace = &pod.metadata.namespace;
        let Some(ranges) = &self.limit_ranges else {
            if leaves_requests_open(&pod.spec) {
                assumed.push(Assumed::NoLimitRange {
                    namespace: namespace.clone(),
                });
            }
            return;
        };
        let ranges = ranges.iter().filter(|r| r.metadata.namespace == *namespace);
        let defaults: Vec<_> = ranges.map(LimitRange::default_requests).collect();
        let mut all = ResourceList::default();
        for list in &defaults {
            all.fill_from(list);
        }
        let differs = |(name, amount)| {
            let mut others = defaults.iter().filter_map(|list| list.get(name));
            others.any(|other| other != amount)
        };
        for (name, _) in all.iter().filter(|entry| differs(*entry)) {
            if containers(&pod.spec).any(|c| c.resources.requests.get(name).is_none()) {
                assumed.push(Assumed::LimitRangeOrder {
                    resource: name.to_owned(),
                });
            }
        }
        for container in containers_mut(&mut pod.spec) {
            container.resources.requests.fill_from(&all);
        }
    }
}

/// What the API server fills in by itself when a pod is created.
///
/// For the pod as a whole it copies what the containers ask for too; that changes nothing of the
/// pod's effective requests unless a LimitRange adds to the containers afterwards.
fn set_defaults(spec: &mut PodSpec) {
    for container in containers_mut(spec) {
        let resources = &mut container.resources;
        resources.requests.store();
        resources.limits.store();
        resources.requests.fill_from(&resources.limits);
    }
    let of_containers = requests::of_containers_as_written(spec);
    let whole = &mut spec.resources;
    whole.requests.store();
    whole.limits.store();
    if !whole.limits.is_empty() {
        for (name, amount) in of_containers.iter() {
            if matches!(name, CPU | MEMORY) && whole.requests.get(name).is_none() {
                whole.requests.set(name, amount);
            }
        }
        for (name, amount) in whole.limits.iter() {
            if is_pod_level(name) && whole.requests.get(name).is_none() {
                whole.requests.set(name, amount);
            }
        }
    }
    spec.overhead.store();
    if spec.host_network {
        let ports = containers_mut(spec).flat_map(|container| &mut container.ports);
        for port in ports.filter(|port| port.host_port == 0) {
            port.host_port = port.container_port;
        }
    }
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers)
}

fn containers_mut(spec: &mut PodSpec) -> impl Iterator<Item = &mut Container> {
    spec.containers.iter_mut().chain(&mut spec.init_containers)
}

/// Whether a container leaves cpu or memory open, which a LimitRange may fill in.
fn leaves_requests_open(spec: &PodSpec) -> bool {
    containers(spec).any(|container| {
        let requests = &container.resources.requests;
        requests.get(CPU).is_none() || requests.get(MEMORY).is_none()
    })
}
