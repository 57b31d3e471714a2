//! What `kubectl apply` makes of a set that is there already.

use std::collections::BTreeMap;

use daemonset::api::{DaemonSet, DaemonSetSpec, Labels};
use daemonset::well_known::LAST_APPLIED_CONFIGURATION;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::difference::{key_of_list, keys};

/// The DaemonSet that is left when a manifest is given to `kubectl apply`: what the manifest says,
/// and what others have added since.
///
/// A field goes only if the manifest that was applied last had it and the new one does not: so a
/// defaulted field stays as it is, and so does the annotation that `kubectl rollout restart` puts
/// into the template. The last manifest is read from the annotation
/// `kubectl.kubernetes.io/last-applied-configuration`; without it, nothing goes. With
/// `--server-side`, where the API server records who set what, the outcome is the same as long as
/// no other manager has set the fields in question.
///
/// Source: [How apply calculates differences and merges changes](https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes).
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset_explain::what_if::applied;
/// use serde_json::json;
///
/// let agent = |annotations: serde_json::Value, args: serde_json::Value| -> DaemonSet {
///     serde_json::from_value(json!({
///         "metadata": {"name": "agent"},
///         "spec": {"template": {
///             "metadata": {"annotations": annotations},
///             "spec": {"containers": [{"name": "agent", "args": args}]},
///         }},
///     })).unwrap()
/// };
/// let live = agent(json!({"kubectl.kubernetes.io/restartedAt": "2026-03-01T12:00:00Z"}), json!(["-v"]));
/// let stored = applied(&live, &agent(json!({}), json!(["-vv"])));
/// assert_eq!(
///     stored.spec.template,
///     agent(json!({"kubectl.kubernetes.io/restartedAt": "2026-03-01T12:00:00Z"}), json!(["-vv"]))
///         .spec.template,
/// );
/// ```
#[must_use]
pub fn applied(live: &DaemonSet, manifest: &DaemonSet) -> DaemonSet {
    let last = live.metadata.annotations.get(LAST_APPLIED_CONFIGURATION);
    let last = last.and_then(|text| serde_json::from_str(text).ok());
    let last = last.unwrap_or(Value::Null);
    let merged = merge("", &written(live), &last, &written(manifest));
    let mut stored = manifest.clone();
    let labels = |field: &str| Labels::deserialize(&merged["metadata"][field]);
    match (
        DaemonSetSpec::deserialize(&merged["spec"]),
        labels("labels"),
        labels("annotations"),
    ) {
        (Ok(spec), Ok(labels), Ok(annotations)) => {
            stored.spec = spec;
            stored.metadata.labels = labels;
            stored.metadata.annotations = annotations;
            stored
        }
        // Only where a last manifest of wrong types gets in the way.
        _ => stored,
    }
}

/// What a manifest says, as far as the set keeps it, without what it leaves open.
fn written(set: &DaemonSet) -> Value {
    let mut spec = json!(set.spec);
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
        if let Some(Value::Object(strategy)) = fields.get_mut("updateStrategy") {
            strategy.retain(|_, value| *value != "");
        }
    }
    json!({
        "metadata": {"labels": set.metadata.labels, "annotations": set.metadata.annotations},
        "spec": spec,
    })
}

/// Merges the value of the field of this name.
fn merge(name: &str, live: &Value, last: &Value, new: &Value) -> Value {
    match (live, new) {
        (Value::Object(live), Value::Object(new)) => Value::Object(merge_objects(live, last, new)),
        (Value::Array(live), Value::Array(new)) => {
            let merged = key_of_list(name).and_then(|key| merge_lists(name, key, live, last, new));
            Value::Array(merged.unwrap_or_else(|| new.clone()))
        }
        _ => new.clone(),
    }
}

fn merge_objects(
    live: &Map<String, Value>,
    last: &Value,
    new: &Map<String, Value>,
) -> Map<String, Value> {
    let is_said = |key: &str| new.get(key).is_some_and(|value| !value.is_null());
    let is_dropped = |key: &str| {
        let was_said = last.get(key).is_some_and(|value| !value.is_null());
        !is_said(key) && (was_said || new.contains_key(key))
    };
    let mut merged = live.clone();
    merged.retain(|key, _| !is_dropped(key));
    for (key, value) in new.iter().filter(|(key, _)| is_said(key)) {
        let live = live.get(key).unwrap_or(&Value::Null);
        let last = last.get(key).unwrap_or(&Value::Null);
        merged.insert(key.clone(), merge(key, live, last, value));
    }
    merged
}

/// The items of the new list, each merged with the live one of its key, and then what others have
/// added. None where an item has no key of its own.
fn merge_lists(
    name: &str,
    key: &[&str],
    live: &[Value],
    last: &Value,
    new: &[Value],
) -> Option<Vec<Value>> {
    // The key of a patch is the first field alone.
    let key = &key[..1];
    let last = last.as_array().map_or(&[][..], Vec::as_slice);
    let by_key = |items: &[Value]| -> Option<BTreeMap<String, Value>> {
        Some(
            keys(items, key)?
                .into_iter()
                .zip(items.iter().cloned())
                .collect(),
        )
    };
    let (live_keys, new_keys) = (keys(live, key)?, keys(new, key)?);
    let (in_live, in_last, in_new) = (by_key(live)?, by_key(last)?, by_key(new)?);
    let mut merged = Vec::with_capacity(new.len());
    for (key, item) in new_keys.iter().zip(new) {
        let live = in_live.get(key).unwrap_or(&Value::Null);
        let last = in_last.get(key).unwrap_or(&Value::Null);
        let mut item_merged = merge("", live, last, item);
        // A volume has one source: that of the manifest takes the place of any other.
        if let (true, Value::Object(fields)) = (name == "volumes", &mut item_merged) {
            fields.retain(|field, _| item.get(field).is_some());
        }
        merged.push(item_merged);
    }
    for (key, item) in live_keys.iter().zip(live) {
        if !in_new.contains_key(key) && !in_last.contains_key(key) {
            merged.push(item.clone());
        }
    }
    Some(merged)
}
