//! The pod template: carried whole, read in part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Affinity, Labels, Toleration, null_as_default, path};

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

/// A pod template of which a field has the wrong type.
///
/// ```
/// use daemonset::api::PodTemplate;
///
/// let written = serde_json::json!({"spec": {"tolerations": [{"key": "gpu"}, {"key": 5}]}});
/// let error = PodTemplate::try_from(written).unwrap_err();
/// assert_eq!(error.path, "spec.tolerations[1].key");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.path_below("template"))]
#[non_exhaustive]
pub struct TemplateError {
    /// The field, as a path from the template on: `spec.tolerations[1].key`; empty where the
    /// template itself is of the wrong type.
    pub path: String,
    /// What was expected, and what was found.
    pub message: String,
}

/// The part of a template that is read.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Read {
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

    /// The pod's spec as it was read; null where there is none.
    ///
    /// ```
    /// use daemonset::api::PodTemplate;
    /// use serde_json::{Value, json};
    ///
    /// let template: PodTemplate = serde_json::from_value(json!({"spec": {"fieldOfTheFuture": 1}}))?;
    /// assert_eq!(template.spec_as_json()["fieldOfTheFuture"], 1);
    /// assert_eq!(PodTemplate::default().spec_as_json(), &Value::Null);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn spec_as_json(&self) -> &Value {
        self.json.get("spec").unwrap_or(&Value::Null)
    }
}

impl TryFrom<Map<String, Value>> for PodTemplate {
    type Error = TemplateError;

    fn try_from(json: Map<String, Value>) -> Result<Self, TemplateError> {
        match Read::deserialize(&json) {
            Ok(read) => Ok(Self { json, read }),
            Err(error) => Err(TemplateError::find(&Value::Object(json), &error)),
        }
    }
}

impl TryFrom<Value> for PodTemplate {
    type Error = TemplateError;

    fn try_from(json: Value) -> Result<Self, TemplateError> {
        match json {
            Value::Null => Ok(Self::default()),
            Value::Object(json) => Self::try_from(json),
            other => Err(TemplateError {
                path: String::new(),
                message: format!("expected an object, found {}", kind_of(&other)),
            }),
        }
    }
}

/// What a value is, for a message.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl From<PodTemplate> for Value {
    fn from(template: PodTemplate) -> Self {
        Self::Object(template.json)
    }
}

/// A step from a value into it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Item(usize),
}

impl TemplateError {
    /// Finds the field at fault, given what reading the whole template said: whatever does not read
    /// alone either.
    fn find(template: &Value, error: &serde_json::Error) -> Self {
        let mut steps = Vec::new();
        let mut message = error.to_string();
        let mut here = template;
        loop {
            let inner: Vec<(Step<'_>, &Value)> = match here {
                Value::Object(fields) => (fields.iter())
                    .map(|(name, value)| (Step::Field(name), value))
                    .collect(),
                Value::Array(items) => (items.iter().enumerate())
                    .map(|(at, item)| (Step::Item(at), item))
                    .collect(),
                _ => Vec::new(),
            };
            let faulty = inner.into_iter().find_map(|(step, value)| {
                steps.push(step);
                let fault = read_alone(&steps, value).err();
                if fault.is_none() {
                    steps.pop();
                }
                fault.map(|fault| (fault, value))
            });
            let Some((fault, value)) = faulty else { break };
            message = fault.to_string();
            here = value;
        }
        Self {
            path: path_of(&steps),
            message,
        }
    }

    /// The path of the field, given that of the template.
    pub(crate) fn path_below(&self, template: &str) -> String {
        path::join(template, &self.path)
    }
}

/// Reads a template that has but one value, at the end of these steps.
fn read_alone(steps: &[Step<'_>], value: &Value) -> Result<Read, serde_json::Error> {
    let alone = steps
        .iter()
        .rev()
        .fold(value.clone(), |inner, step| match step {
            Step::Field(name) => Value::Object(Map::from_iter([((*name).to_owned(), inner)])),
            Step::Item(_) => Value::Array(vec![inner]),
        });
    Read::deserialize(&alone)
}

fn path_of(steps: &[Step<'_>]) -> String {
    let mut path = String::new();
    let mut above = "";
    for step in steps {
        match *step {
            Step::Item(at) => path = path::join(&path, &format!("[{at}]")),
            Step::Field(key) if matches!(above, "labels" | "nodeSelector") => {
                path = path::join(&path, &path::entry(key));
            }
            Step::Field(name) if path.is_empty() => name.clone_into(&mut path),
            Step::Field(name) => path = path::join(&path, name),
        }
        above = match *step {
            Step::Field(name) => name,
            Step::Item(_) => "",
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_names_the_field_at_fault() {
        const TERMS: &str = "spec.affinity.nodeAffinity\
            .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
        let affinity = |expression: Value| {
            let terms = json!([{}, {"matchExpressions": [{}, expression]}]);
            json!({"spec": {"affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
            }}}})
        };
        for (template, path) in [
            (json!([]), ""),
            (json!("none"), ""),
            (json!({"metadata": 3}), "metadata"),
            (
                json!({"metadata": {"labels": {"a": "b", "example.com/on": true}}}),
                "metadata.labels[example.com/on]",
            ),
            (
                json!({"metadata": {"labels": {"a b": []}}}),
                r#"metadata.labels["a b"]"#,
            ),
            (
                json!({"spec": {"nodeName": null, "hostNetwork": "yes"}}),
                "spec.hostNetwork",
            ),
            (json!({"spec": {"tolerations": {}}}), "spec.tolerations"),
            (
                json!({"spec": {"tolerations": [{}, 5]}}),
                "spec.tolerations[1]",
            ),
            (
                affinity(json!({"values": ["a", 5]})),
                &format!("{TERMS}[1].matchExpressions[1].values[1]"),
            ),
            (
                affinity(json!({"key": {}})),
                &format!("{TERMS}[1].matchExpressions[1].key"),
            ),
        ] {
            let error = PodTemplate::try_from(template.clone()).expect_err(path);
            assert_eq!(error.path, path, "{template}");
            assert!(!error.message.is_empty());
            let printed = error.to_string();
            assert!(
                printed.starts_with(&path::join("template", path)),
                "{printed}"
            );
            assert!(std::error::Error::source(&error).is_none());
        }
    }
}
