//! What the API server stores when a set is updated.

use serde_json::{Map, Value, json};

use crate::api::{DaemonSet, Labels, ObjectMeta, PodTemplate};
use crate::schema::{apply_defaults, canonical_template};

/// The annotation in which the API server counts the changes of the template.
const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// The annotation in which `kubectl apply` keeps what it was given.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How one template differs from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TemplateChange {
    /// Not at all, the order of fields aside.
    Same,
    /// In writing only: the API server stores the same for both.
    Spelling,
    /// In a way that makes a new revision, and pods of the other one outdated.
    Changed,
}

/// The form in which the API server stores a template, for comparing.
pub(super) fn canonical(template: &PodTemplate) -> Value {
    canonical_template(&Value::Object(template.as_json().clone()))
}

/// The change from one template to another.
pub(super) fn template_change(old: &PodTemplate, new: &PodTemplate) -> TemplateChange {
    if old == new {
        TemplateChange::Same
    } else if canonical(old) == canonical(new) {
        TemplateChange::Spelling
    } else {
        TemplateChange::Changed
    }
}

/// The set once it is replaced by `new`: what the API server keeps, it keeps.
///
/// Source: `PUT` of the [API](https://kubernetes.io/docs/reference/using-api/api-concepts/), and
/// `metadata.generation`, which counts the changes of `spec`.
pub(super) fn update(old: &DaemonSet, new: &DaemonSet) -> DaemonSet {
    let mut set = new.clone();
    let template_changes =
        template_change(&old.spec.template, &new.spec.template) == TemplateChange::Changed;
    let spec_changes = template_changes || spec_json(old) != spec_json(new);
    let count = old.metadata.annotations.get(TEMPLATE_GENERATION);
    if let Some(count) = count {
        let next = (count.parse::<i64>().ok())
            .map(|number| number.saturating_add(i64::from(template_changes)));
        let next = next.map_or_else(|| count.to_owned(), |number| number.to_string());
        set.metadata.annotations.insert(TEMPLATE_GENERATION, next);
    } else {
        set.metadata.annotations.remove(TEMPLATE_GENERATION);
    }
    let generation = old.metadata.generation;
    set.metadata = ObjectMeta {
        namespace: old.metadata.namespace.clone(),
        uid: old.metadata.uid.clone(),
        generation: generation.saturating_add(i64::from(spec_changes)),
        creation_timestamp: old.metadata.creation_timestamp,
        deletion_timestamp: old.metadata.deletion_timestamp,
        ..set.metadata
    };
    set.status = old.status.clone();
    set
}

/// The spec as the API server stores it, template and all.
pub(super) fn spec_json(set: &DaemonSet) -> Value {
    let mut stored = Map::from_iter([("spec".to_owned(), json!(set.spec))]);
    apply_defaults(&mut stored);
    let mut spec = stored.remove("spec").unwrap_or_default();
    if let Some(fields) = spec.as_object_mut() {
        fields.insert("template".to_owned(), canonical(&set.spec.template));
    }
    spec
}

/// What of a set people compare: labels and annotations, without those that others write, and
/// the spec.
pub(super) fn comparable(set: &DaemonSet) -> Value {
    let annotations: Labels = (set.metadata.annotations.iter())
        .filter(|(key, _)| *key != TEMPLATE_GENERATION && *key != LAST_APPLIED)
        .collect();
    let mut metadata = Map::new();
    for (field, entries) in [
        ("labels", &set.metadata.labels),
        ("annotations", &annotations),
    ] {
        if !entries.is_empty() {
            metadata.insert(field.to_owned(), json!(entries));
        }
    }
    json!({"metadata": metadata, "spec": spec_json(set)})
}
