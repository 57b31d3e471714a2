//! What a verdict may read beside the pod and the node.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::inter_pod::Surroundings;
use super::pods::Resident;
use crate::api::{LabelSelector, ObjectMeta, Timestamp, null_as_default};
use crate::matching::Selector;

/// What a verdict may read beside the pod and the node; by default nothing.
///
/// ```
/// use daemonset::fit::{Context, DisruptionBudget};
///
/// let budget: DisruptionBudget = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "db", "namespace": "shop"},
///     "spec": {"selector": {"matchLabels": {"app": "db"}}},
///     "status": {"disruptionsAllowed": 1},
/// }))?;
/// let budgets = [budget];
/// let context = Context { budgets: &budgets, ..Context::default() };
/// # let _ = context;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The cluster's disruption budgets. They say whom preemption would rather spare, never that
    /// it must.
    pub budgets: &'a [DisruptionBudget],
    /// The pods of other nodes. Without them one node's pods decide alone: a term of the pod that
    /// reads further is [missing](super::Need::OtherNodes), and anti-affinity of pods on other
    /// nodes is not looked at.
    pub surroundings: Option<&'a Surroundings>,
    /// The extended resources that a `DeviceClass` maps (`spec.extendedResourceName`), so that
    /// pods may have them of nodes that do not list them. Without it no resource is.
    pub device_resources: Option<&'a BTreeSet<String>>,
}

impl Context<'_> {
    /// Whether a `DeviceClass` maps the resource.
    pub(super) fn is_mapped(&self, resource: &str) -> bool {
        let mapped = self.device_resources;
        mapped.is_some_and(|mapped| mapped.contains(resource))
    }
}

/// A PodDisruptionBudget, as far as preemption reads it.
///
/// Source: [Specifying a Disruption Budget](https://kubernetes.io/docs/tasks/run-application/configure-pdb/)
/// and [PodDisruptionBudget is supported, but not guaranteed](https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#poddisruptionbudget-is-supported-but-not-guaranteed).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct DisruptionBudget {
    namespace: String,
    selector: Selector,
    allowed: i32,
    disrupted: BTreeSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Written {
    #[serde(deserialize_with = "null_as_default")]
    metadata: ObjectMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: Spec,
    #[serde(deserialize_with = "null_as_default")]
    status: Status,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Spec {
    selector: Option<LabelSelector>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    #[serde(deserialize_with = "null_as_default")]
    disruptions_allowed: i32,
    #[serde(deserialize_with = "null_as_default")]
    disrupted_pods: BTreeMap<String, Option<Timestamp>>,
}

impl From<Written> for DisruptionBudget {
    /// A selector that selects everything, and one that does not parse, selects nothing here.
    fn from(written: Written) -> Self {
        let selector = Selector::new(written.spec.selector.as_ref()).ok();
        let selector = selector.filter(|selector| !selector.is_everything());
        Self {
            namespace: written.metadata.namespace,
            selector: selector.unwrap_or_else(Selector::nothing),
            allowed: written.status.disruptions_allowed,
            disrupted: written.status.disrupted_pods.into_keys().collect(),
        }
    }
}

impl DisruptionBudget {
    /// How many more pods may be disrupted.
    pub(super) fn allowed(&self) -> i64 {
        self.allowed.into()
    }

    /// Whether evicting the pod counts against it.
    pub(super) fn counts(&self, pod: &Resident) -> bool {
        self.namespace == pod.namespace()
            && !pod.kind.labels.is_empty()
            && self.selector.matches(&pod.kind.labels)
            && !self.disrupted.contains(pod.name())
    }
}
