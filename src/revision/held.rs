//! Which revisions hold a set's template.

use serde_json::Value;

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
    if held.is_empty() || held.contains(&true) {
        return held;
    }
    let mut template = Value::from(set.spec.template.clone());
    if drop_null_times(&mut template) == 0 {
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

/// Takes `creationTimestamp: null` out of all metadata, and says how many times it was there.
fn drop_null_times(value: &mut Value) -> usize {
    match value {
        Value::Object(fields) => (fields.iter_mut())
            .map(|(name, value)| {
                let is_null = name == "metadata" && value.get(TIME) == Some(&Value::Null);
                if let (true, Value::Object(metadata)) = (is_null, &mut *value) {
                    metadata.remove(TIME);
                }
                drop_null_times(value) + usize::from(is_null)
            })
            .sum(),
        Value::Array(items) => items.iter_mut().map(drop_null_times).sum(),
        _ => 0,
    }
}
