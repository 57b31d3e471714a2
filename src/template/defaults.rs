//! What the API server sets where a manifest says nothing.
//!
//! Defaults that depend on nothing else are in the field table; the few others are here.

use serde_json::{Map, Value};

use super::image::default_pull_policy;
use super::table::{self, Field, Kind, Presence, Type};

/// Sets what the API server sets on a new DaemonSet: the defaults of `spec`, its whole pod template
/// included.
///
/// A field counts as missing when it is `null`, and an empty string or a 0 does too where the API
/// cannot tell it from a missing one (`restartPolicy: ""`, `periodSeconds: 0`). Empty objects that
/// the API always writes are added (`resources: {}`). A field of the wrong type is left as it is,
/// and nothing that was written is taken away. `metadata` and `status` are not touched; the
/// namespace depends on who asks.
///
/// What the API server sets on pods but not on templates is not set here: requests from limits,
/// host ports under `hostNetwork`, `enableServiceLinks`.
///
/// Source: the defaults named in the API reference of
/// [DaemonSet](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/)
/// and [PodSpec](https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec).
///
/// ```
/// use serde_json::json;
///
/// let mut set = json!({"spec": {
///     "updateStrategy": {"type": "OnDelete"},
///     "template": {"spec": {"containers": [{"name": "agent", "image": "agent:1.0"}]}},
/// }});
/// daemonset::template::apply_defaults(set.as_object_mut().unwrap());
/// assert_eq!(set["spec"]["updateStrategy"], json!({"type": "OnDelete"}));
/// assert_eq!(set["spec"]["revisionHistoryLimit"], 10);
/// let container = &set["spec"]["template"]["spec"]["containers"][0];
/// assert_eq!(container["imagePullPolicy"], "IfNotPresent");
/// ```
pub fn apply_defaults(set: &mut Map<String, Value>) {
    if let Kind::Object(root) = table::root()
        && let Some(spec) = table::type_of(root).field("spec")
    {
        fill_field(spec, set);
    }
}

/// Sets the defaults of a value and of everything inside it.
pub(super) fn fill(kind: &Kind, value: &mut Value) {
    match (kind, value) {
        (Kind::Object(id), Value::Object(fields)) => fill_object(table::type_of(*id), fields),
        (Kind::List(element), Value::Array(items)) => {
            for item in items {
                // A `null` among objects is an object with nothing written.
                if item.is_null() && matches!(**element, Kind::Object(_)) {
                    *item = Value::Object(Map::new());
                }
                fill(element, item);
            }
        }
        _ => {}
    }
}

fn fill_object(type_: &Type, fields: &mut Map<String, Value>) {
    for field in &type_.fields {
        fill_field(field, fields);
    }
    match type_.name {
        "DaemonSetUpdateStrategy" => fill_update_strategy(fields),
        "PodSpec" => mirror_service_account(fields),
        "Container" | "EphemeralContainer" => {
            fill_pull_policy(fields, "image", "imagePullPolicy");
        }
        "ImageVolumeSource" => fill_pull_policy(fields, "reference", "pullPolicy"),
        "Volume" => fill_volume(fields),
        _ => {}
    }
}

fn fill_field(field: &Field, fields: &mut Map<String, Value>) {
    let value = fields.get(field.name);
    let missing = value.is_none_or(|value| {
        value.is_null() || (field.presence.is_empty_missing() && is_empty_scalar(value, field))
    });
    if missing {
        let always_written = field.presence == Presence::Always;
        match (&field.default, &field.kind) {
            (Some(default), _) => set(fields, field.name, default.clone()),
            (None, Kind::Object(_)) if always_written => {
                set(fields, field.name, Value::Object(Map::new()));
            }
            _ => return,
        }
    }
    if let Some(value) = fields.get_mut(field.name) {
        fill(&field.kind, value);
    }
}

/// Whether this is the empty string in a field of strings, or 0 in one of integers: no other type
/// has a default.
fn is_empty_scalar(value: &Value, field: &Field) -> bool {
    match field.kind {
        Kind::String => value == "",
        Kind::Int32 | Kind::Int64 => super::go_numbers::integer(value) == Some(0),
        _ => false,
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    fields.insert(name.to_owned(), value.into());
}

/// Whether a field is missing or `null`.
fn is_unset(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_none_or(Value::is_null)
}

/// The text of a field, empty where it is unset; none where it is of another type.
fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    match fields.get(name) {
        None | Some(Value::Null) => Some(""),
        Some(value) => value.as_str(),
    }
}

/// A rolling update has a budget; another strategy keeps what was written.
fn fill_update_strategy(strategy: &mut Map<String, Value>) {
    if text(strategy, "type") != Some("RollingUpdate") {
        return;
    }
    if is_unset(strategy, "rollingUpdate") {
        set(strategy, "rollingUpdate", Map::new());
    }
    if let Some(Value::Object(budget)) = strategy.get_mut("rollingUpdate") {
        for (name, default) in [("maxUnavailable", 1), ("maxSurge", 0)] {
            if is_unset(budget, name) {
                set(budget, name, default);
            }
        }
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`, which counts where both are written;
/// the API writes both.
fn mirror_service_account(spec: &mut Map<String, Value>) {
    const NAMES: [&str; 2] = ["serviceAccountName", "serviceAccount"];
    let [Some(name), Some(old)] = NAMES.map(|name| text(spec, name)) else {
        return;
    };
    let account = if name.is_empty() { old } else { name }.to_owned();
    if !account.is_empty() {
        for name in NAMES {
            set(spec, name, account.as_str());
        }
    }
}

fn fill_pull_policy(fields: &mut Map<String, Value>, image: &str, policy: &str) {
    if text(fields, policy) == Some("")
        && let Some(image) = text(fields, image)
    {
        let default = default_pull_policy(image);
        set(fields, policy, default);
    }
}

/// A volume without a source is an empty directory. A field that the table does not know may be the
/// source of a later release, so it counts as one.
fn fill_volume(volume: &mut Map<String, Value>) {
    let has_source = volume
        .iter()
        .any(|(name, value)| name != "name" && !value.is_null());
    if !has_source {
        set(volume, "emptyDir", Map::new());
    }
}
