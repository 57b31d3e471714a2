//! What the API server stores when a set is updated.

use daemonset::api::{DaemonSet, DaemonSetSpec, Labels, ObjectMeta, PodTemplate};
use daemonset::template::{apply_defaults, canonical_template, same_amounts};
use daemonset::well_known::{LAST_APPLIED_CONFIGURATION, TEMPLATE_GENERATION};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How one template differs from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TemplateChange {
    /// Not at all, the order of fields aside.
    Same,
    /// In writing only: the API server stores the same for both.
    Spelling,
    /// In how amounts are written (`100Mi`, `104857600`): no change to the API server, which stores the
    /// new text. The controller makes a new revision of it, and pods count as updated by their
    /// generation label.
    Amounts,
    /// In a way that makes a new revision, and pods of the other one outdated.
    Changed,
}

/// The form in which the API server stores a template, for comparing.
pub(crate) fn canonical(template: &PodTemplate) -> Value {
    canonical_template(&value(template))
}

fn value(template: &PodTemplate) -> Value {
    Value::Object(template.as_json().clone())
}

/// The change from one template to another.
pub(crate) fn template_change(old: &PodTemplate, new: &PodTemplate) -> TemplateChange {
    if old == new {
        TemplateChange::Same
    } else if canonical(old) == canonical(new) {
        TemplateChange::Spelling
    } else if same_amounts(&value(old), &value(new)) {
        TemplateChange::Amounts
    } else {
        TemplateChange::Changed
    }
}

/// What the API server stores when a DaemonSet is replaced by a new version of it: UID, status and
/// what it counts itself are those of the old one, and so is an empty namespace. The rest is the
/// new version's, as with `kubectl replace`; for `kubectl apply`, which keeps fields that others
/// have set, hand in what `daemonset_manifest::apply` makes of the two.
///
/// `metadata.generation` is raised if the spec changes, and the annotation
/// `deprecated.daemonset.template.generation` if the template does.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset_explain::what_if::update;
///
/// let mut live = DaemonSet::default();
/// live.metadata.generation = 3;
/// let mut slower = live.clone();
/// slower.spec.min_ready_seconds = 30;
/// assert_eq!(update(&live, &slower).metadata.generation, 4);
/// assert_eq!(update(&live, &live).metadata.generation, 3);
/// ```
///
/// Source: `PUT` of the [API](https://kubernetes.io/docs/reference/using-api/api-concepts/), and
/// `metadata.generation`, which counts the changes of `spec`.
#[must_use]
pub fn update(old: &DaemonSet, new: &DaemonSet) -> DaemonSet {
    let mut set = new.clone();
    let template_changes =
        template_change(&old.spec.template, &new.spec.template) == TemplateChange::Changed;
    let beside = |set: &DaemonSet| {
        let mut spec = stored_spec(&without_template(&set.spec));
        if let Some(fields) = spec.as_object_mut() {
            fields.remove("template");
        }
        spec
    };
    let spec_changes = template_changes || beside(old) != beside(new);
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

/// All of a spec but its template.
fn without_template(spec: &DaemonSetSpec) -> DaemonSetSpec {
    DaemonSetSpec {
        template: PodTemplate::default(),
        selector: spec.selector.clone(),
        update_strategy: spec.update_strategy.clone(),
        min_ready_seconds: spec.min_ready_seconds,
        revision_history_limit: spec.revision_history_limit,
    }
}

/// The spec with what the API server sets where nothing is written.
fn stored_spec(spec: &DaemonSetSpec) -> Value {
    let mut stored = Map::from_iter([("spec".to_owned(), json!(spec))]);
    apply_defaults(&mut stored);
    stored.remove("spec").unwrap_or_default()
}

/// The spec as the API server stores it, template and all.
pub(crate) fn spec_json(set: &DaemonSet) -> Value {
    let mut spec = stored_spec(&without_template(&set.spec));
    if let Some(fields) = spec.as_object_mut() {
        fields.insert("template".to_owned(), canonical(&set.spec.template));
    }
    spec
}

/// What of a set people compare: labels and annotations, without those that others write, and
/// the spec.
pub(crate) fn comparable(set: &DaemonSet) -> Value {
    let annotations: Labels = (set.metadata.annotations.iter())
        .filter(|(key, _)| *key != TEMPLATE_GENERATION && *key != LAST_APPLIED_CONFIGURATION)
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
