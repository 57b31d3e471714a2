//! What fit reads of pods and nodes, beside the slim types that deciding uses: read from the same
//! JSON, and only by those who ask.

#![allow(clippy::struct_field_names)] // the API's own names

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::resource::ResourceList;
use crate::api::{
    LabelSelector, Labels, NodeAffinity, ObjectMeta, Pod, PodCondition, PodPhase, PodTemplate,
    Taint, Timestamp, Toleration, null_as_default,
};

/// An object whose fields have the wrong type, or whose quantities do not read.
#[derive(Debug, thiserror::Error)]
#[error("{kind}: {fault}")]
pub struct FactsError {
    /// The object's kind.
    pub(super) kind: &'static str,
    /// What is wrong.
    pub(super) fault: serde_json::Error,
}

/// What fit reads of a pod: the resources and ports of its containers, its priority, what it
/// asks of nodes and of other pods, and what its status says of resizing.
///
/// Reads from the pod's JSON, by serde or [`from_json`](Self::from_json). Source: the API's
/// [Pod](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
///
/// ```
/// use daemonset::fit::PodFacts;
///
/// let pod: PodFacts = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "db-0", "namespace": "shop"},
///     "spec": {"nodeName": "node-a", "containers": [
///         {"name": "db", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}},
///     ]},
/// }))?;
/// assert_eq!(pod.node_name(), Some("node-a"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PodFacts {
    #[serde(deserialize_with = "null_as_default")]
    pub(super) metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    pub(super) spec: PodSpec,
    #[serde(deserialize_with = "null_as_default")]
    pub(super) status: PodStatus,
}

impl PodFacts {
    /// Reads a pod.
    ///
    /// # Errors
    /// A field of the wrong type, or a quantity that is none.
    pub fn from_json(pod: &Value) -> Result<Self, FactsError> {
        Self::deserialize(pod).map_err(|fault| FactsError { kind: "pod", fault })
    }

    /// What a pod template says, in a namespace.
    pub(super) fn of_template(template: &PodTemplate, namespace: &str) -> Result<Self, FactsError> {
        let mut facts = Self::deserialize(template.as_json()).map_err(|fault| FactsError {
            kind: "pod template",
            fault,
        })?;
        namespace.clone_into(&mut facts.metadata.namespace);
        Ok(facts)
    }

    /// The pod's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The pod's namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.metadata.namespace
    }

    /// The same pod, in this namespace where it names none.
    #[must_use]
    pub fn or_in_namespace(mut self, namespace: &str) -> Self {
        if self.metadata.namespace.is_empty() {
            namespace.clone_into(&mut self.metadata.namespace);
        }
        self
    }

    /// The same with the metadata and the conditions of the pod, which was read before: texts that are
    /// shared there are shared here.
    ///
    /// ```
    /// use daemonset::api::Pod;
    /// use daemonset::fit::PodFacts;
    /// use serde_json::json;
    ///
    /// let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "db-0"}}))?;
    /// let facts = PodFacts::from_json(&json!({"spec": {"containers": []}}))?;
    /// assert_eq!(facts.of_pod(&pod).name(), "db-0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_pod(mut self, pod: &Pod) -> Self {
        self.metadata = pod.metadata.clone();
        self.status.conditions.clone_from(&pod.status.conditions);
        self
    }

    /// The node it is bound to, if it is.
    #[must_use]
    pub fn node_name(&self) -> Option<&str> {
        Some(self.spec.node_name.as_str()).filter(|name| !name.is_empty())
    }

    /// The node on which the scheduler evicts pods for it, if it is not bound yet.
    #[must_use]
    pub fn nominated_node_name(&self) -> Option<&str> {
        let nominated = self.status.nominated_node_name.as_str();
        Some(nominated).filter(|name| !name.is_empty() && self.node_name().is_none())
    }

    /// Whether it has run to its end and takes nothing any more: phase `Succeeded` or `Failed`.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        matches!(self.status.phase, PodPhase::Succeeded | PodPhase::Failed)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodSpec {
    #[serde(deserialize_with = "null_as_default")]
    pub node_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub node_selector: Labels,
    /// What a RuntimeClass adds to the node selector. The API server refuses a pod where the two
    /// differ in a value; both stand here, so that no node matches then.
    #[serde(skip)]
    pub runtime_selector: Labels,
    #[serde(deserialize_with = "null_as_default")]
    pub affinity: Affinity,
    #[serde(deserialize_with = "null_as_default")]
    pub tolerations: Vec<Toleration>,
    #[serde(deserialize_with = "null_as_default")]
    pub containers: Vec<Container>,
    #[serde(deserialize_with = "null_as_default")]
    pub init_containers: Vec<Container>,
    #[serde(deserialize_with = "null_as_default")]
    pub resources: Resources,
    #[serde(deserialize_with = "null_as_default")]
    pub overhead: ResourceList,
    pub priority: Option<i32>,
    #[serde(deserialize_with = "null_as_default")]
    pub priority_class_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub preemption_policy: String,
    #[serde(deserialize_with = "null_as_default")]
    pub runtime_class_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub host_network: bool,
    pub host_users: Option<bool>,
    #[serde(deserialize_with = "null_as_default")]
    pub scheduler_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub scheduling_gates: Vec<Named>,
    #[serde(deserialize_with = "null_as_default")]
    pub topology_spread_constraints: Vec<SpreadConstraint>,
    #[serde(deserialize_with = "null_as_default")]
    pub volumes: Vec<Volume>,
    #[serde(deserialize_with = "null_as_default")]
    pub resource_claims: Vec<Named>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container {
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub resources: Resources,
    #[serde(deserialize_with = "null_as_default")]
    pub ports: Vec<ContainerPort>,
    #[serde(deserialize_with = "null_as_default")]
    pub restart_policy: String,
    #[serde(deserialize_with = "null_as_default")]
    pub restart_policy_rules: Vec<RestartRule>,
}

impl Container {
    /// Whether an init container runs for the pod's whole life.
    pub(super) fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct RestartRule {
    #[serde(deserialize_with = "null_as_default")]
    pub action: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    #[serde(deserialize_with = "null_as_default")]
    pub requests: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    pub limits: ResourceList,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerPort {
    #[serde(deserialize_with = "null_as_default")]
    pub container_port: i32,
    #[serde(deserialize_with = "null_as_default")]
    pub host_port: i32,
    #[serde(rename = "hostIP", deserialize_with = "null_as_default")]
    pub host_ip: String,
    #[serde(deserialize_with = "null_as_default")]
    pub protocol: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Affinity {
    pub node_affinity: Option<NodeAffinity>,
    #[serde(deserialize_with = "null_as_default")]
    pub pod_affinity: PodAffinity,
    #[serde(deserialize_with = "null_as_default")]
    pub pod_anti_affinity: PodAffinity,
}

/// Affinity or anti-affinity to pods; preferred terms never keep a pod off a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct PodAffinity {
    #[serde(
        rename = "requiredDuringSchedulingIgnoredDuringExecution",
        deserialize_with = "null_as_default"
    )]
    pub required: Vec<PodAffinityTerm>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodAffinityTerm {
    pub label_selector: Option<LabelSelector>,
    #[serde(deserialize_with = "null_as_default")]
    pub namespaces: Vec<String>,
    pub namespace_selector: Option<LabelSelector>,
    #[serde(deserialize_with = "null_as_default")]
    pub topology_key: String,
    #[serde(deserialize_with = "null_as_default")]
    pub match_label_keys: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub mismatch_label_keys: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SpreadConstraint {
    #[serde(deserialize_with = "null_as_default")]
    pub topology_key: String,
    #[serde(deserialize_with = "null_as_default")]
    pub when_unsatisfiable: String,
}

/// A volume, as far as its kind may keep a pod off a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Volume {
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    persistent_volume_claim: Option<IgnoredAny>,
    ephemeral: Option<IgnoredAny>,
    gce_persistent_disk: Option<IgnoredAny>,
    aws_elastic_block_store: Option<IgnoredAny>,
    azure_disk: Option<IgnoredAny>,
    cinder: Option<IgnoredAny>,
    vsphere_volume: Option<IgnoredAny>,
    portworx_volume: Option<IgnoredAny>,
    iscsi: Option<IgnoredAny>,
    rbd: Option<IgnoredAny>,
}

impl Volume {
    /// Whether the scheduler's volume plugins look at it.
    pub(super) fn is_looked_at(&self) -> bool {
        let kinds = [
            &self.persistent_volume_claim,
            &self.ephemeral,
            &self.gce_persistent_disk,
            &self.aws_elastic_block_store,
            &self.azure_disk,
            &self.cinder,
            &self.vsphere_volume,
            &self.portworx_volume,
            &self.iscsi,
            &self.rbd,
        ];
        kinds.into_iter().any(Option::is_some)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodStatus {
    #[serde(deserialize_with = "null_as_default")]
    pub phase: PodPhase,
    pub start_time: Option<Timestamp>,
    #[serde(deserialize_with = "null_as_default")]
    pub conditions: Vec<PodCondition>,
    #[serde(deserialize_with = "null_as_default")]
    pub container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "null_as_default")]
    pub init_container_statuses: Vec<ContainerStatus>,
    /// What the pod as a whole has been given; even an empty one counts as reported.
    pub resources: Option<Resources>,
    #[serde(deserialize_with = "null_as_default")]
    pub allocated_resources: ResourceList,
    #[serde(deserialize_with = "null_as_default")]
    pub nominated_node_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerStatus {
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// What the container has been given; even an empty one counts as reported.
    pub resources: Option<Resources>,
    #[serde(deserialize_with = "null_as_default")]
    pub allocated_resources: ResourceList,
}

/// What fit reads of a node: its labels, taints, whether it is cordoned, and its allocatable
/// resources.
///
/// Reads from the node's JSON, by serde or [`from_json`](Self::from_json). Source: the API's
/// [Node](https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/).
///
/// ```
/// use daemonset::fit::NodeFacts;
///
/// let node: NodeFacts = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "3920m", "memory": "15Gi", "pods": "110"}},
/// }))?;
/// assert_eq!(node.name(), "node-a");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NodeFacts {
    #[serde(deserialize_with = "null_as_default")]
    pub(super) metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    pub(super) spec: NodeSpec,
    #[serde(deserialize_with = "null_as_default")]
    pub(super) status: NodeStatus,
}

impl NodeFacts {
    /// Reads a node.
    ///
    /// # Errors
    /// A field of the wrong type, or a quantity that is none.
    pub fn from_json(node: &Value) -> Result<Self, FactsError> {
        Self::deserialize(node).map_err(|fault| FactsError {
            kind: "node",
            fault,
        })
    }

    /// The same with this metadata, which was read before: texts that are shared there are shared here.
    #[must_use]
    pub fn with_metadata(mut self, metadata: &ObjectMeta) -> Self {
        self.metadata = metadata.clone();
        self
    }

    /// The node's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// What pods may take; the whole capacity where the node does not say, as the API server has
    /// it.
    pub(super) fn allocatable(&self) -> Option<&ResourceList> {
        let status = &self.status;
        status.allocatable.as_ref().or(status.capacity.as_ref())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct NodeSpec {
    #[serde(deserialize_with = "null_as_default")]
    pub taints: Vec<Taint>,
    #[serde(deserialize_with = "null_as_default")]
    pub unschedulable: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct NodeStatus {
    pub allocatable: Option<ResourceList>,
    pub capacity: Option<ResourceList>,
}
