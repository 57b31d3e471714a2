//! The request that each action means.

use serde_json::{Value, json};

use super::request::{Merge, Request, Resource, delete_options};
use super::stored::{StoredRevision, StoredSet};
use crate::api::{DaemonSetStatus, Labels};
use crate::outcome::Action;
use crate::planner::Planner;
use crate::round::owner_reference;
use crate::well_known::CONTROLLER_REVISION_HASH;

/// Makes requests for one DaemonSet.
#[derive(Clone, Copy)]
pub(super) struct Composer<'a> {
    pub set: &'a StoredSet,
    pub planner: &'a Planner,
}

impl Composer<'_> {
    fn namespace(&self) -> &str {
        &self.set.object.metadata.namespace
    }

    /// Asks for the set itself.
    pub(super) fn read_set(&self) -> Request {
        let name = &self.set.object.metadata.name;
        let path = Resource::DaemonSets.named(self.namespace(), name);
        Request::get(path, &"read the DaemonSet as it is now")
    }

    /// Asks for a revision.
    pub(super) fn read_revision(&self, name: &str) -> Request {
        let path = Resource::ControllerRevisions.named(self.namespace(), name);
        Request::get(path, &"read the revision as it is now")
    }

    /// Makes the set the controller of an object with this UID, and of no later one.
    fn adopt(&self, path: String, uid: &str, action: &Action) -> Request {
        let owner = owner_reference(&self.set.object);
        let change = json!({"metadata": {"uid": uid, "ownerReferences": [owner]}});
        Request::patch(path, Merge::Strategic, &change, action)
    }

    fn release(&self, path: String, uid: &str, action: &Action) -> Request {
        let owner = json!({"$patch": "delete", "uid": self.set.object.metadata.uid});
        let change = json!({"metadata": {"uid": uid, "ownerReferences": [owner]}});
        Request::patch(path, Merge::Strategic, &change, action)
    }

    /// The request for an action that changes a pod or a revision. `None` for the others, which have
    /// methods of their own.
    pub(super) fn act(&self, action: &Action, stored: Option<&StoredRevision>) -> Option<Request> {
        let pod = |name: &str| Resource::Pods.named(self.namespace(), name);
        let revision = |name: &str| Resource::ControllerRevisions.named(self.namespace(), name);
        Some(match action {
            Action::AdoptPod { pod: name, uid } => self.adopt(pod(name), uid, action),
            Action::ReleasePod { pod: name, uid } => self.release(pod(name), uid, action),
            Action::RelabelPod {
                pod: name,
                uid,
                hash,
            } => {
                let labels = json!({CONTROLLER_REVISION_HASH: hash});
                let patch = json!({"metadata": {"uid": uid, "labels": labels}});
                Request::patch(pod(name), Merge::Plain, &patch, action)
            }
            Action::AdoptRevision { name } => {
                self.adopt(revision(name), &stored?.object.metadata.uid, action)
            }
            Action::ReleaseRevision { name } => {
                self.release(revision(name), &stored?.object.metadata.uid, action)
            }
            Action::UpdateRevision {
                name,
                revision: number,
                hash,
                ..
            } => {
                let stored = stored?;
                let patch = json!({
                    "metadata": {
                        "uid": stored.object.metadata.uid,
                        "resourceVersion": stored.resource_version,
                        "labels": {CONTROLLER_REVISION_HASH: hash},
                    },
                    "revision": number,
                });
                Request::patch(revision(name), Merge::Plain, &patch, action)
            }
            Action::DeleteRevision { name, .. } => {
                let stored = stored?;
                let uid = &stored.object.metadata.uid;
                let options = delete_options(uid, &stored.resource_version);
                Request::delete(revision(name), &options, action)
            }
            Action::CreateRevision { .. }
            | Action::CreatePod { .. }
            | Action::DeletePod { .. }
            | Action::Event { .. }
            | Action::UpdateStatus { .. } => return None,
        })
    }

    /// Stores the template as a new revision.
    pub(super) fn create_revision(&self, action: &Action) -> Request {
        let path = Resource::ControllerRevisions.in_namespace(self.namespace());
        Request::post(path, self.planner.revision_manifest(), action)
    }

    /// Creates a pod of this name; the labels that it gets come with the request.
    pub(super) fn create_pod(&self, node: &str, name: &str, action: &Action) -> (Labels, Request) {
        let mut pod = self.planner.pod_for(node);
        let mut labels = Labels::default();
        if let Some(Value::Object(metadata)) = pod.get_mut("metadata") {
            metadata.insert("name".to_owned(), name.into());
            if let Some(Value::Object(made)) = metadata.get("labels") {
                let made = made.iter();
                labels = made.filter_map(|(k, v)| Some((k, v.as_str()?))).collect();
            }
        }
        let path = Resource::Pods.in_namespace(self.namespace());
        (labels, Request::post(path, pod.to_string(), action))
    }

    /// Writes the status, all but what others report in it.
    pub(super) fn write_status(&self, status: &DaemonSetStatus, action: &Action) -> Request {
        let meta = &self.set.object.metadata;
        let mut status = json!(status);
        if let Value::Object(status) = &mut status {
            status.remove("conditions");
        }
        let change = json!({
            "metadata": {"uid": meta.uid, "resourceVersion": self.set.resource_version},
            "status": status,
        });
        let path = Resource::DaemonSets.named(self.namespace(), &meta.name);
        Request::patch(path + "/status", Merge::Plain, &change, action)
    }
}
