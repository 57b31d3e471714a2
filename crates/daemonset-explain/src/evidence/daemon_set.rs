//! When a DaemonSet was changed last, as the API server writes it down.

use daemonset::api::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

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
    managed_fields: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    time: Option<Timestamp>,
    #[serde(rename = "fieldsV1", deserialize_with = "null_as_default")]
    fields: Fields,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "f:spec")]
    spec: Option<IgnoredAny>,
    #[serde(rename = "f:status")]
    status: Option<IgnoredAny>,
}

impl From<Raw> for DaemonSetEvidence {
    fn from(raw: Raw) -> Self {
        let RawMeta {
            name,
            namespace,
            managed_fields,
        } = raw.metadata;
        let written = |is_of_part: fn(&Fields) -> bool| {
            let entries = managed_fields.iter();
            let of_part = entries.filter(|entry| is_of_part(&entry.fields));
            of_part.filter_map(|entry| entry.time).max()
        };
        Self {
            spec_written: written(|fields| fields.spec.is_some()),
            status_written: written(|fields| fields.status.is_some()),
            name,
            namespace,
        }
    }
}
