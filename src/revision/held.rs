//! Which revisions hold a set's template.

use serde_json::{Map, Value};

use crate::api::{ControllerRevision, DaemonSet};
use crate::template::canonical;

/// Which of these revisions of a set hold its template, one answer for each. `wanted` is the
/// [`revision_data`](crate::template::revision_data) of the template.
///
/// What they hold is compared byte for byte, as by the controller. API servers before 1.34 wrote
/// `creationTimestamp: null` into metadata without one, in the set and in its revisions: where the set has that,
/// and no revision is without, those with it hold the template.
pub(super) fn holding(
    set: &DaemonSet,
    wanted: &str,
    revisions: &[&ControllerRevision],
) -> Vec<bool> {
    let is_wanted = |data: &Value| canonical(data) == wanted;
    let held: Vec<bool> = (revisions.iter())
        .map(|revision| is_wanted(&revision.data))
        .collect();
    if held.contains(&true) || !has_null_time(set.spec.template.as_json()) {
        return held;
    }
    let without = |revision: &&ControllerRevision| {
        let mut data = revision.data.clone();
        drop_null_times(&mut data);
        is_wanted(&data)
    };
    revisions.iter().map(without).collect()
}

const TIME: &str = "creationTimestamp";

/// Whether some metadata has `creationTimestamp: null`.
fn has_null_time(fields: &Map<String, Value>) -> bool {
    fields.iter().any(|(name, value)| match value {
        Value::Object(below) => {
            (name == "metadata" && below.get(TIME) == Some(&Value::Null)) || has_null_time(below)
        }
        Value::Array(items) => items.iter().filter_map(Value::as_object).any(has_null_time),
        _ => false,
    })
}

/// Takes `creationTimestamp: null` out of all metadata.
fn drop_null_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (true, Value::Object(metadata)) = (name == "metadata", &mut *value)
                    && metadata.get(TIME) == Some(&Value::Null)
                {
                    metadata.remove(TIME);
                }
                drop_null_times(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_null_times),
        _ => {}
    }
}
