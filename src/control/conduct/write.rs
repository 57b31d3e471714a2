//! The requests of a conductor.

use serde_json::{Value, json};

use super::note::Note;
use super::{APPROVE, MEMORY};
use crate::control::request::{Merge, Request, Resource};
use crate::control::stored::{StoredRevision, StoredSet};

fn path(set: &StoredSet) -> String {
    let meta = &set.object.metadata;
    Resource::DaemonSets.named(&meta.namespace, &meta.name)
}

/// A patch that fails where the set is not in this very version any more.
fn patch(set: &StoredSet, annotations: &Value, strategy: Option<&str>, purpose: &str) -> Request {
    let uid = &set.object.metadata.uid;
    let version = &set.resource_version;
    let spec = match strategy {
        Some(strategy) => json!({"updateStrategy": {"type": strategy}}),
        None => json!({}),
    };
    let change = json!({
        "metadata": {"uid": uid, "resourceVersion": version, "annotations": annotations},
        "spec": spec,
    });
    Request::patch(path(set), Merge::Plain, &change, &purpose)
}

pub(super) fn read(set: &StoredSet) -> Request {
    Request::get(path(set), &"read the DaemonSet as it is now")
}

/// What is written beside the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Nothing,
    /// The strategy `OnDelete`.
    Strategy,
    /// What is approved was taken in.
    Approvals,
}

/// Writes the note, and gives its text.
pub(super) fn remember(set: &StoredSet, note: &Note, beside: Beside) -> (String, Request) {
    let text = json!(note).to_string();
    let annotations = match beside {
        Beside::Approvals => json!({MEMORY: text, APPROVE: null}),
        Beside::Nothing | Beside::Strategy => json!({MEMORY: text}),
    };
    let request = match beside {
        Beside::Strategy => {
            let purpose = "take the rolling update over: strategy OnDelete, and the policy decides";
            patch(set, &annotations, Some("OnDelete"), purpose)
        }
        Beside::Nothing | Beside::Approvals => {
            let purpose = "remember what is begun, before it is";
            patch(set, &annotations, None, purpose)
        }
    };
    (text, request)
}

/// Takes the note away, and gives back the strategy that was taken over.
pub(super) fn release(set: &StoredSet, note: &Note) -> Request {
    let annotations = json!({MEMORY: null, APPROVE: null});
    if note.took_over && set.object.spec.update_strategy.type_ == "OnDelete" {
        let purpose = "give the rolling update back: there is no policy any more";
        patch(set, &annotations, Some("RollingUpdate"), purpose)
    } else {
        let purpose = "forget: there is no policy any more";
        patch(set, &annotations, None, purpose)
    }
}

/// Puts a revision's template in the place of the set's, as `kubectl rollout undo` does.
pub(super) fn roll_back(set: &StoredSet, to: &StoredRevision) -> Request {
    let mut change = to.object.data.clone();
    if let Value::Object(change) = &mut change {
        let uid = &set.object.metadata.uid;
        let version = &set.resource_version;
        let this_version = json!({"uid": uid, "resourceVersion": version});
        change.insert("metadata".to_owned(), this_version);
    }
    let purpose = format!("go back to revision {}", to.object.revision);
    Request::patch(path(set), Merge::Strategic, &change, &purpose)
}
