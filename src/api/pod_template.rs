//! The pod template: carried whole, read in part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Labels, null_as_default};

/// A pod template: the JSON it was read from, every field in its place, beside the part that
/// deciding reads.
///
/// The JSON is what pods and revisions are made from, so nothing is lost on the way, unknown
/// fields included.
///
/// ```
/// use daemonset::api::PodTemplate;
/// use serde_json::json;
///
/// let template = PodTemplate::try_from(json!({
///     "metadata": {"labels": {"app": "agent"}},
///     "spec": {"hostNetwork": true, "fieldOfTheFuture": [1, 2]},
/// }))?;
/// assert!(template.spec().host_network);
/// assert_eq!(template.as_json()["spec"]["fieldOfTheFuture"], json!([1, 2]));
/// # Ok::<(), daemonset::api::TemplateError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct PodTemplate {
    json: Map<String, Value>,
    read: Read,
}

/// A pod template whose fields have the wrong type.
#[derive(Debug, thiserror::Error)]
#[error("pod template: {0}")]
pub struct TemplateError(#[source] serde_json::Error);

/// The part of a template that is read; apart from it, so that a fault in it has a field path.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct Read {
    #[serde(deserialize_with = "null_as_default")]
    metadata: TemplateMeta,
    #[serde(deserialize_with = "null_as_default")]
    spec: TemplateSpec,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct TemplateMeta {
    #[serde(deserialize_with = "null_as_default")]
    labels: Labels,
}

/// The part of a template's pod spec that deciding reads.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateSpec {
    /// The only node the daemon may run on, where set.
    #[serde(deserialize_with = "null_as_default")]
    pub node_name: String,
    /// Labels a node must have, with these very values.
    #[serde(deserialize_with = "null_as_default")]
    pub node_selector: Labels,
    /// Rules on which nodes and beside which pods the daemon runs; only node affinity is read.
    pub affinity: Option<Affinity>,
    /// Taints that do not keep the daemon off a node.
    #[serde(deserialize_with = "null_as_default")]
    pub tolerations: Vec<Toleration>,
    /// Whether the daemon shares its node's network.
    #[serde(deserialize_with = "null_as_default")]
    pub host_network: bool,
    /// What to do with containers that end; a DaemonSet allows `Always` only.
    #[serde(deserialize_with = "null_as_default")]
    pub restart_policy: String,
    /// How long a pod may run; a DaemonSet allows none.
    pub active_deadline_seconds: Option<i64>,
}

impl PodTemplate {
    /// The labels of the pods made from it.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.read.metadata.labels
    }

    /// The part of its pod spec that deciding reads.
    #[must_use]
    pub fn spec(&self) -> &TemplateSpec {
        &self.read.spec
    }

    /// The template as it was read.
    #[must_use]
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.json
    }
}

impl TryFrom<Map<String, Value>> for PodTemplate {
    type Error = TemplateError;
    fn try_from(json: Map<String, Value>) -> Result<Self, TemplateError> {
        let read = Read::deserialize(&Value::Object(json.clone())).map_err(TemplateError)?;
        Ok(Self { json, read })
    }
}

impl TryFrom<Value> for PodTemplate {
    type Error = TemplateError;
    fn try_from(json: Value) -> Result<Self, TemplateError> {
        match json {
            Value::Null => Ok(Self::default()),
            Value::Object(json) => Self::try_from(json),
            other => Err(TemplateError(serde::de::Error::custom(format_args!(
                "expected an object, found {other}"
            )))),
        }
    }
}

impl From<PodTemplate> for Value {
    fn from(template: PodTemplate) -> Self {
        Self::Object(template.json)
    }
}

/// A pod's affinity; only node affinity is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affinity {
    /// Rules on nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_affinity: Option<NodeAffinity>,
}

impl Affinity {
    /// The node selector that is required during scheduling, if there is one.
    #[must_use]
    pub fn required(&self) -> Option<&NodeSelector> {
        self.node_affinity
            .as_ref()?
            .required_during_scheduling_ignored_during_execution
            .as_ref()
    }
}

/// Rules on nodes. Preferred ones decide nothing for a DaemonSet and are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeAffinity {
    /// What a node must satisfy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
}

/// A choice of terms, of which a node must match one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelector {
    /// The terms.
    #[serde(deserialize_with = "null_as_default")]
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Requirements that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// Requirements on the node's labels.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub match_expressions: Vec<NodeSelectorRequirement>,
    /// Requirements on the node's fields; only `metadata.name` is known.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub match_fields: Vec<NodeSelectorRequirement>,
}

/// One requirement on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeSelectorRequirement {
    /// The label or field.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt` or `Lt`.
    #[serde(deserialize_with = "null_as_default")]
    pub operator: String,
    /// What the operator compares with.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub values: Vec<String>,
}

/// What to select pods by: all requirements must hold.
///
/// Source: [Label selectors](https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels with these very values.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Labels::is_empty"
    )]
    pub match_labels: Labels,
    /// Requirements on labels.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

/// One requirement of a label selector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct LabelSelectorRequirement {
    /// The label.
    #[serde(deserialize_with = "null_as_default")]
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    #[serde(deserialize_with = "null_as_default")]
    pub operator: String,
    /// What the operator compares with.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub values: Vec<String>,
}

/// One toleration of a pod.
///
/// Source: [Taints and Tolerations](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// The taint's key; empty means every key.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub key: String,
    /// `Exists` or `Equal`; empty means `Equal`.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub operator: String,
    /// The taint's value, for `Equal`.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub value: String,
    /// The taint's effect; empty means every effect.
    #[serde(
        deserialize_with = "null_as_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub effect: String,
    /// How long a pod stays once a `NoExecute` taint is there. Placement does not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
}
