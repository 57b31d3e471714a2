//! DaemonSets.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{IntOrString, LabelSelector, ObjectMeta, PodTemplate, is_zero, null_as_default};

/// A DaemonSet: one pod of its template on every node that fits.
///
/// Source: the API's
/// [`DaemonSet`](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/).
///
/// ```
/// use daemonset::api::DaemonSet;
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "namespace": "infra"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {}},
///     },
/// }))?;
/// assert_eq!(agent.spec.template.labels().get("app"), Some("agent"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DaemonSet {
    /// Name, namespace, UID and generation.
    #[serde(deserialize_with = "null_as_default")]
    pub metadata: ObjectMeta,
    /// What should be.
    #[serde(deserialize_with = "null_as_default")]
    pub spec: DaemonSetSpec,
    /// What the controller last wrote.
    #[serde(deserialize_with = "null_as_default")]
    pub status: DaemonSetStatus,
}

/// What a DaemonSet should be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSetSpec {
    /// Which pods belong to the set; none matches no pod at all. Cannot be changed.
    pub selector: Option<LabelSelector>,
    /// What its pods are made from.
    #[serde(deserialize_with = "null_as_default")]
    pub template: PodTemplate,
    /// How pods of an older template are replaced.
    #[serde(deserialize_with = "null_as_default")]
    pub update_strategy: DaemonSetUpdateStrategy,
    /// How many seconds a pod must have been ready to count as available.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub min_ready_seconds: i32,
    /// How many old revisions are kept; 10 where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_history_limit: Option<i32>,
}

/// How pods of an older template are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSetUpdateStrategy {
    /// `RollingUpdate` or `OnDelete`; empty means `RollingUpdate`.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub type_: String,
    /// The budget of a rolling update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling_update: Option<RollingUpdateDaemonSet>,
}

/// The budget of a rolling update.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdateDaemonSet {
    /// How many nodes may be without an available pod during the update; 1 where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_unavailable: Option<IntOrString>,
    /// How many nodes may run a new pod beside the old one during the update; 0 where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_surge: Option<IntOrString>,
}

/// What the controller reports of a DaemonSet. All figures count nodes, and all of them are always
/// written, zeros too, so that a merge patch of the status says what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DaemonSetStatus {
    /// Nodes that should run the daemon and have a pod of it.
    #[serde(deserialize_with = "null_as_default")]
    pub current_number_scheduled: i32,
    /// Nodes that should not run the daemon and have a pod of it all the same.
    #[serde(deserialize_with = "null_as_default")]
    pub number_misscheduled: i32,
    /// Nodes that should run the daemon.
    #[serde(deserialize_with = "null_as_default")]
    pub desired_number_scheduled: i32,
    /// Nodes that should run the daemon and whose pod is ready.
    #[serde(deserialize_with = "null_as_default")]
    pub number_ready: i32,
    /// The generation of the set that these figures were counted for.
    #[serde(deserialize_with = "null_as_default")]
    pub observed_generation: i64,
    /// Nodes that should run the daemon and whose pod is of the current template.
    #[serde(deserialize_with = "null_as_default")]
    pub updated_number_scheduled: i32,
    /// Nodes that should run the daemon and whose pod has been ready for `minReadySeconds`.
    #[serde(deserialize_with = "null_as_default")]
    pub number_available: i32,
    /// Desired minus available.
    #[serde(deserialize_with = "null_as_default")]
    pub number_unavailable: i32,
    /// How often the name of a new revision was taken already; part of its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collision_count: Option<i32>,
    /// What other controllers report; carried through as it is.
    #[serde(deserialize_with = "null_as_default", skip_serializing_if = "is_zero")]
    pub conditions: Vec<Value>,
}
