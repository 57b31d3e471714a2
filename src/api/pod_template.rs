//! The pod template: carried whole, read in part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Affinity, Labels, Toleration, null_as_default};

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
