//! When a DaemonSet was changed last, as the API server writes it down.

use daemonset::api::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::read::null_as_default;

/// When the spec of a DaemonSet was written last, and when its status was. kubectl shows it with
/// `--show-managed-fields` alone.
///
/// Source: [managed fields](https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
///
/// ```
/// use daemonset_explain::evidence::DaemonSetEvidence;
///
/// let agent: DaemonSetEvidence = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent", "namespace": "infra", "managedFields": [
///         {"time": "2026-03-01T12:00:00Z", "fieldsV1": {"f:spec": {"f:template": {}}}},
///     ]},
/// }))?;
/// assert_eq!(agent.spec_written.unwrap().to_string(), "2026-03-01T12:00:00Z");
/// assert_eq!(agent.status_written, None);
/// assert_eq!(agent.strategy_writer, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Raw")]
#[non_exhaustive]
pub struct DaemonSetEvidence {
    /// `metadata.name`
    pub name: Box<str>,
    /// `metadata.namespace`
    pub namespace: Box<str>,
    /// When fields of the spec were written last.
    pub spec_written: Option<Timestamp>,
    /// When the status was written last, which its controller does.
    pub status_written: Option<Timestamp>,
    /// Which node a daemon that reboots nodes has locked for that, where this is kured.
    pub reboot_lock: Option<RebootLock>,
    /// Who wrote fields of the template, those that wrote last first.
    pub template_writers: Vec<TemplateWriter>,
    /// Who wrote fields of the update strategy and no others, and wrote last.
    pub strategy_writer: Option<StrategyWriter>,
}

/// Who wrote fields of an update strategy that it still owns, and no others, so that its time is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrategyWriter {
    /// The name by which it writes, such as `kubectl-edit`.
    pub manager: Box<str>,
    /// When it wrote last.
    pub time: Timestamp,
    /// The fields: `maxUnavailable`, `maxSurge`, `type`.
    pub fields: Vec<String>,
}

/// The node that kured reboots, or is about to.
///
/// Source: [kured's lock](https://kured.dev/docs/operation/), an annotation of its DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RebootLock {
    /// The node's name.
    #[serde(rename = "nodeID")]
    pub node: Box<str>,
    /// Since when it is locked.
    #[serde(rename = "created")]
    pub since: Timestamp,
}

/// Who wrote fields of a template that it still owns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateWriter {
    /// The name by which it writes, such as `argocd-controller`.
    pub manager: Box<str>,
    /// When it wrote last.
    pub time: Option<Timestamp>,
    /// The fields, at most 64, as the API server names them: `f:spec.f:containers.k:{"name":"agent"}.f:image`.
    pub fields: Vec<String>,
}

/// How many managers of fields are kept, and how many fields of each.
const MOST_WRITERS: usize = 16;
const MOST_FIELDS: usize = 64;

/// The names of the leaves of a set of fields.
fn leaves(set: &Value, path: &str, all: &mut Vec<String>) {
    let Some(entries) = set.as_object() else {
        return;
    };
    for (key, below) in entries {
        if all.len() >= MOST_FIELDS {
            return;
        }
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        match below.as_object() {
            Some(entries) if !entries.is_empty() => leaves(below, &path, all),
            _ if key == "." => {}
            _ => all.push(path),
        }
    }
}

impl DaemonSetEvidence {
    /// The same of a set in this namespace.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.namespace = namespace.into();
        self
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    #[serde(deserialize_with = "null_as_default")]
    metadata: RawMeta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMeta {
    #[serde(deserialize_with = "null_as_default")]
    name: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    namespace: Box<str>,
    #[serde(deserialize_with = "null_as_default")]
    annotations: RawAnnotations,
    #[serde(deserialize_with = "null_as_default")]
    managed_fields: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawAnnotations {
    #[serde(rename = "weave.works/kured-node-lock")]
    reboot_lock: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    #[serde(deserialize_with = "null_as_default")]
    manager: Box<str>,
    time: Option<Timestamp>,
    #[serde(rename = "fieldsV1", deserialize_with = "null_as_default")]
    fields: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:spec")]
    spec: Option<SpecFields>,
    #[serde(rename = "f:status")]
    status: Option<IgnoredAny>,
    #[serde(rename = "f:metadata")]
    metadata: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SpecFields {
    #[serde(rename = "f:template")]
    template: Value,
    #[serde(rename = "f:updateStrategy")]
    update_strategy: Value,
    #[serde(rename = "f:minReadySeconds")]
    min_ready_seconds: Option<IgnoredAny>,
    #[serde(rename = "f:revisionHistoryLimit")]
    revision_history_limit: Option<IgnoredAny>,
    #[serde(rename = "f:selector")]
    selector: Option<IgnoredAny>,
}

impl SpecFields {
    /// Whether there is none but of the update strategy.
    fn is_of_strategy_alone(&self) -> bool {
        let others = [
            &self.min_ready_seconds,
            &self.revision_history_limit,
            &self.selector,
        ];
        self.template.is_null() && others.iter().all(|it| it.is_none())
    }
}

impl Entry {
    fn of_template(&self) -> Option<TemplateWriter> {
        let mut fields = Vec::new();
        leaves(&self.fields.spec.as_ref()?.template, "", &mut fields);
        (!fields.is_empty()).then(|| TemplateWriter {
            manager: self.manager.clone(),
            time: self.time,
            fields,
        })
    }

    fn of_strategy(&self) -> Option<StrategyWriter> {
        let Fields { spec, metadata, .. } = &self.fields;
        let spec = spec.as_ref().filter(|it| it.is_of_strategy_alone())?;
        if metadata.is_some() {
            return None;
        }
        let mut fields = Vec::new();
        leaves(&spec.update_strategy, "", &mut fields);
        let name = |path: &String| {
            let last = path.rsplit("f:").next().unwrap_or_default();
            last.to_owned()
        };
        let time = self.time.filter(|_| !fields.is_empty())?;
        Some(StrategyWriter {
            manager: self.manager.clone(),
            time,
            fields: fields.iter().map(name).collect(),
        })
    }
}

impl From<Raw> for DaemonSetEvidence {
    fn from(raw: Raw) -> Self {
        let RawMeta {
            name,
            namespace,
            annotations,
            managed_fields,
        } = raw.metadata;
        let lock = annotations.reboot_lock;
        let written = |is_of_part: fn(&Fields) -> bool| {
            let entries = managed_fields.iter();
            let of_part = entries.filter(|entry| is_of_part(&entry.fields));
            of_part.filter_map(|entry| entry.time).max()
        };
        let writers = managed_fields.iter().filter_map(Entry::of_template);
        let mut writers: Vec<TemplateWriter> = writers.take(MOST_WRITERS).collect();
        writers.sort_by_key(|it| std::cmp::Reverse(it.time));
        Self {
            // One without a time, as people write it, holds reboots off and reboots nothing.
            reboot_lock: lock.as_str().and_then(|it| serde_json::from_str(it).ok()),
            template_writers: writers,
            strategy_writer: (managed_fields.iter().filter_map(Entry::of_strategy))
                .max_by_key(|it| it.time),
            spec_written: written(|fields| fields.spec.is_some()),
            status_written: written(|fields| fields.status.is_some()),
            name,
            namespace,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_of_the_strategy_where_nothing_else_is_written() {
        let writer = |fields: Value| {
            let entry = json!({"manager": "m", "time": "2026-03-01T12:00:00Z", "fieldsV1": fields});
            let set = json!({"metadata": {"name": "a", "managedFields": [entry]}});
            let set: DaemonSetEvidence = serde_json::from_value(set).unwrap();
            set.strategy_writer.map(|it| it.fields)
        };
        let strategy = json!({"f:rollingUpdate": {"f:maxUnavailable": {}}});
        assert_eq!(
            writer(json!({"f:spec": {"f:updateStrategy": strategy}})),
            Some(vec!["maxUnavailable".to_owned()])
        );
        for other in [
            json!({"f:spec": {"f:updateStrategy": strategy, "f:template": {"f:spec": {}}}}),
            json!({"f:spec": {"f:updateStrategy": strategy, "f:minReadySeconds": {}}}),
            json!({"f:spec": {"f:updateStrategy": strategy}, "f:metadata": {"f:labels": {}}}),
            json!({"f:spec": {"f:minReadySeconds": {}}}),
        ] {
            assert_eq!(writer(other), None);
        }
    }
}
