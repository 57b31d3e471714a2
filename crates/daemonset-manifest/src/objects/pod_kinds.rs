//! What the pods of one template have in common, read once.
//!
//! The pods of a set are written alike but for their names, nodes and times. What their specs mean for
//! explanations and for room is taken from the one before, where all pieces of it are the same.

use std::collections::HashMap;
use std::sync::Arc;

use daemonset::api::{ConditionType, Pod, PodCondition, Timestamp};
use daemonset::fit::PodRoom;
use daemonset_explain::evidence::{PodEvidence, PodSpecEvidence};

use foldhash::fast::FixedState;

use super::mistyped::Mistyped;
use super::taped::Taped;
use super::typed::{Look, Value, Without, field, typed};
use crate::source::{Fields, Piece, Unread, span};

/// So many kinds are known; then they are forgotten, and come again.
const KINDS: usize = 256;

/// A kind of pods whose pieces are more bytes is not remembered.
const LONGEST: usize = 16 << 10;

/// The kinds of pods that came.
#[derive(Debug, Default)]
pub(super) struct PodKinds {
    kinds: HashMap<Box<[u8]>, PodKind, FixedState>,
    /// What tells the kind of the pod that is looked at.
    key: Vec<u8>,
}

/// What pods of one kind have in common.
#[derive(Debug)]
pub(super) struct PodKind {
    spec: Arc<PodSpecEvidence>,
    /// What one of them means for room, where that is asked.
    room: Option<PodRoom>,
}

/// Whether the kind of a pod is known.
pub(super) enum Found<'k> {
    Known(&'k PodKind),
    /// What is read of this pod stands for the others.
    New,
    /// It is like no other.
    Odd,
}

impl PodKinds {
    /// Looks for the kind of a pod that is bound and has not ended.
    pub fn look(&mut self, item: Taped<'_>, pod: &Pod) -> Found<'_> {
        // A condition of another type may bear on what it takes.
        let is_usual = |it: &PodCondition| !matches!(it.type_, ConditionType::Other(_));
        let is_usual = pod.status.conditions.iter().all(is_usual);
        if pod.spec.node_name.is_empty() || pod.is_terminal() || !is_usual {
            return Found::Odd;
        }
        self.key.clear();
        put_pod(&mut self.key, item);
        match self.kinds.get(&*self.key) {
            Some(kind) => Found::Known(kind),
            None if self.key.len() > LONGEST => Found::Odd,
            None => Found::New,
        }
    }

    /// Remembers what a pod whose kind was looked for says and means.
    pub fn remember(&mut self, said: &PodEvidence, room: Option<&PodRoom>) {
        if self.kinds.len() >= KINDS {
            self.kinds.clear();
        }
        let kind = PodKind {
            spec: Arc::clone(&said.spec),
            room: room.cloned(),
        };
        self.kinds.insert(self.key.as_slice().into(), kind);
    }
}

impl PodKind {
    /// What a pod of the kind says, and what it means for room; none where it does not read.
    pub fn read(&self, item: Taped<'_>, pod: &Pod) -> Option<(PodEvidence, Option<PodRoom>)> {
        let mut said: PodEvidence = typed(Without(item, READ_OF_KIND)).ok()?;
        said.spec = Arc::clone(&self.spec);
        let room = match &self.room {
            Some(room) => Some(room.of_one_alike(pod, start_time(item).ok()?)?),
            None => None,
        };
        Some((said, room))
    }
}

/// What pods of one kind say alike of themselves.
const READ_OF_KIND: Unread = Unread::Of(&Fields::new(&[
    (
        "metadata",
        Unread::Of(&Fields::new(&[("ownerReferences", Unread::All)])),
    ),
    ("spec", Unread::All),
]));

/// `status.startTime`
fn start_time(pod: Taped<'_>) -> Result<Option<Timestamp>, Mistyped> {
    let time = field(pod, "status").and_then(|status| field(status, "startTime"));
    time.map_or(Ok(None), typed)
}

/// What of a pod tells its kind.
fn put_pod(key: &mut Vec<u8>, pod: Taped<'_>) {
    put_part(key, "", pod, |key, name, value| match name {
        "metadata" => put_part(key, name, value, |key, name, value| {
            // What a term of affinity selects is in the pod's namespace.
            if matches!(name, "labels" | "namespace" | "ownerReferences") {
                put_field(key, name, value);
            }
        }),
        "spec" => put_part(key, name, value, |key, name, value| match name {
            "nodeName" => {}
            // Where a pod may go says nothing of one that is there.
            "affinity" => put_part(key, name, value, |key, name, value| {
                if !matches!(name, "nodeAffinity" | "podAffinity") {
                    put_field(key, name, value);
                }
            }),
            _ => put_field(key, name, value),
        }),
        "status" => put_part(key, name, value, |key, name, value| match name {
            "allocatedResources" | "resources" => put_field(key, name, value),
            "containerStatuses" | "initContainerStatuses" => put_statuses(key, name, value),
            _ => {}
        }),
        _ => {}
    });
}

/// What containers were given.
fn put_statuses(key: &mut Vec<u8>, name: &str, statuses: Taped<'_>) {
    let Look::List(items) = statuses.look() else {
        return put_field(key, name, statuses);
    };
    for item in items {
        put_part(key, name, item, |key, name, value| {
            if matches!(name, "allocatedResources" | "name" | "resources") {
                put_field(key, name, value);
            }
        });
    }
}

/// Some fields of an object; all of what is none.
fn put_part<'t>(
    key: &mut Vec<u8>,
    name: &str,
    value: Taped<'t>,
    put: impl Fn(&mut Vec<u8>, &'t str, Taped<'t>),
) {
    let Look::Object(fields) = value.look() else {
        return put_field(key, name, value);
    };
    put_text(key, b'<', name);
    for (name, value) in fields {
        put(key, name, value);
    }
    key.push(b'>');
}

/// All of a field, so that no other is written alike.
fn put_field(key: &mut Vec<u8>, name: &str, value: Taped<'_>) {
    put_text(key, b':', name);
    for piece in &value.0[..span(value.0)] {
        match piece {
            Piece::Null => key.push(b'n'),
            Piece::Bool(true) => key.push(b't'),
            Piece::Bool(false) => key.push(b'f'),
            Piece::Number(number) => put_text(key, b'0', &number.to_string()),
            Piece::Text(text) => put_text(key, b'"', text),
            Piece::Made(text) => put_text(key, b'"', text),
            Piece::List(pieces) => put_length(key, b'[', *pieces),
            Piece::Object(pieces) => put_length(key, b'{', *pieces),
        }
    }
}

fn put_text(key: &mut Vec<u8>, mark: u8, text: &str) {
    put_length(key, mark, text.len());
    key.extend_from_slice(text.as_bytes());
}

fn put_length(key: &mut Vec<u8>, mark: u8, length: usize) {
    key.push(mark);
    key.extend_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{FitObjects, Inventory};

    fn read(inventory: Inventory, pods: &[&Value]) -> String {
        let list = json!({"apiVersion": "v1", "items": pods, "kind": "List"});
        let mut inventory = inventory;
        inventory.read("pods.json", list.to_string().as_bytes());
        format!(
            "{:?} {:?} {:?} {:?}",
            inventory.pods,
            inventory.evidence(),
            inventory.fit_objects().map(FitObjects::cluster_room),
            inventory.diagnostics(),
        )
    }

    /// Puts a value at a place within objects and lists, or takes it away.
    fn put(value: &mut Value, path: &str, new: Option<Value>) {
        let (outer, name) = path.rsplit_once('/').unwrap();
        let outer = value.pointer_mut(outer).unwrap().as_object_mut().unwrap();
        match new {
            Some(new) => drop(outer.insert(name.to_owned(), new)),
            None => drop(outer.remove(name)),
        }
    }

    /// A pod of which much is read.
    fn first() -> Value {
        let term =
            json!([{"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": "zone"}]);
        let required = json!({"requiredDuringSchedulingIgnoredDuringExecution": term});
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"labels": {"app": "db"}, "name": "a", "namespace": "b", "ownerReferences": [
                {"apiVersion": "apps/v1", "controller": true, "kind": "DaemonSet", "name": "db", "uid": "7"},
            ]},
            "spec": {
                "affinity": {"podAntiAffinity": required},
                "containers": [{
                    "name": "db", "ports": [{"containerPort": 80, "hostPort": 80}],
                    "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "1"}},
                }],
                "nodeName": "n",
                "priority": 7,
            },
            "status": {
                "conditions": [{"status": "True", "type": "Ready"}],
                "containerStatuses": [{"name": "db", "restartCount": 1, "state": {}}],
                "phase": "Running",
                "startTime": "2026-03-01T12:00:00Z",
            },
        })
    }

    /// Places in it, and what is put there, or nothing.
    fn changes() -> Vec<(&'static str, Option<Value>)> {
        let condition = |type_: &str, reason: &str| {
            Some(json!([{"reason": reason, "status": "True", "type": type_}]))
        };
        let cpu = |cpu: &str| Some(json!({"requests": {"cpu": cpu}}));
        vec![
            ("/metadata/uid", Some(json!("8"))),
            ("/metadata/labels/app", Some(json!("web"))),
            ("/metadata/labels", None),
            ("/metadata/namespace", Some(json!("c"))),
            ("/metadata/namespace", None),
            ("/metadata/ownerReferences/0/uid", Some(json!("8"))),
            ("/metadata/ownerReferences", None),
            (
                "/metadata/deletionTimestamp",
                Some(json!("2026-03-01T13:00:00Z")),
            ),
            ("/metadata/finalizers", Some(json!(["a/b"]))),
            ("/spec/nodeName", Some(json!("o"))),
            ("/spec/nodeName", None),
            ("/spec/affinity", None),
            ("/spec/affinity", Some(json!("none"))),
            ("/spec/affinity/podAntiAffinity", Some(json!("none"))),
            ("/spec/affinity/nodeAffinity", Some(json!("none"))),
            ("/spec/containers/0/name", Some(json!("web"))),
            ("/spec/containers/0/ports", None),
            ("/spec/containers/0/ports/0/hostPort", Some(json!(81))),
            ("/spec/containers/0/ports/0/hostPort", Some(json!("81"))),
            (
                "/spec/containers/0/resources/requests/cpu",
                Some(json!("2")),
            ),
            (
                "/spec/containers/0/resources/requests/cpu",
                Some(json!("lots")),
            ),
            (
                "/spec/containers/0/resources/limits/memory",
                Some(json!("2Gi")),
            ),
            ("/spec/containers", Some(json!("none"))),
            (
                "/spec/initContainers",
                Some(json!([{"name": "init", "resources": cpu("3")}])),
            ),
            ("/spec/priority", Some(json!(8))),
            ("/spec/priority", Some(json!("8"))),
            ("/spec/resources", cpu("4")),
            ("/spec/overhead", Some(json!({"cpu": "1"}))),
            ("/spec/schedulerName", Some(json!("other"))),
            ("/status/resources", cpu("4")),
            ("/status/allocatedResources", Some(json!({"cpu": "4"}))),
            ("/status/containerStatuses/0/resources", cpu("4")),
            (
                "/status/containerStatuses/0/allocatedResources",
                Some(json!({"cpu": "4"})),
            ),
            (
                "/status/containerStatuses/0/allocatedResources",
                Some(json!("4")),
            ),
            ("/status/containerStatuses/0/name", Some(json!("web"))),
            ("/status/containerStatuses/0/restartCount", Some(json!(2))),
            ("/status/containerStatuses", Some(json!("none"))),
            ("/status/containerStatuses", Some(json!(["none"]))),
            (
                "/status/conditions",
                condition("PodResizePending", "Infeasible"),
            ),
            (
                "/status/conditions",
                condition("DisruptionTarget", "PreemptionByScheduler"),
            ),
            ("/status/conditions", Some(json!("none"))),
            ("/status/phase", Some(json!("Failed"))),
            ("/status/phase", Some(json!("Pending"))),
            ("/status/startTime", Some(json!("2026-03-01T12:30:00Z"))),
            ("/status/startTime", Some(json!("noon"))),
            ("/status/startTime", Some(Value::Null)),
            ("/status/startTime", None),
            ("/status", Some(json!("none"))),
        ]
    }

    /// Whatever differs between two pods, the second means what it does alone.
    #[test]
    fn what_is_not_alike_is_told_apart() {
        let (first, changes) = (first(), changes());
        let kept = || Inventory::new().with_fit_objects();
        for (at, (path, new)) in changes.iter().enumerate() {
            let mut other = first.clone();
            put(&mut other, "/metadata/name", Some(json!("z")));
            put(&mut other, path, new.clone());
            // With two changes, too: that a pod is going matters where it is evicted, and so on.
            let (second_path, second) = &changes[(at * 7 + 3) % changes.len()];
            let mut twice = other.clone();
            if twice
                .pointer(second_path.rsplit_once('/').unwrap().0)
                .is_some_and(Value::is_object)
            {
                put(&mut twice, second_path, second.clone());
            }
            put(&mut twice, "/metadata/name", Some(json!("y")));
            for pods in [[&first, &other, &twice], [&twice, &other, &first]] {
                for inventory in [kept, Inventory::new] {
                    let all = read(inventory().with_full_readers(), &pods);
                    assert_eq!(read(inventory(), &pods), all, "{path} {second_path}");
                }
            }
        }
    }
}
