//! An API server in memory: it keeps what it is told, checks preconditions, numbers versions, and
//! logs every change for the watches.

use std::collections::BTreeMap;

use daemonset::api::Timestamp;
use daemonset::control::{Kind, Method, Request};
use serde_json::{Value, json};

/// The only namespace there is.
pub const NAMESPACE: &str = "infra";

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    pub at: i64,
    pub kind: Kind,
    pub name: String,
    /// The object, or as it was before it was removed.
    pub object: Value,
    pub gone: bool,
}

/// What refuses requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// How many pods the namespace may have.
    pub quota: Option<usize>,
    /// Whether the namespace is being deleted.
    pub terminating: bool,
}

#[derive(Default)]
pub struct Server {
    pub now: i64,
    version: u64,
    uids: u64,
    objects: BTreeMap<(Kind, String), Value>,
    pub events: BTreeMap<String, Value>,
    pub log: Vec<Change>,
    /// How many events had the name of an earlier one.
    pub events_twice: usize,
    pub refusals: Refusals,
}

pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

pub fn name_of(object: &Value) -> &str {
    text(object, "/metadata/name")
}

pub fn uid_of(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

pub fn is_terminating(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// The UID of an object's controller.
pub fn controller_of(object: &Value) -> Option<&str> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    owner["uid"].as_str()
}

/// The node that a pod is bound to or aimed at.
pub fn node_of(pod: &Value) -> &str {
    match text(pod, "/spec/nodeName") {
        "" => text(
            pod,
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0",
        ),
        bound => bound,
    }
}

pub fn image_of(pod_or_template: &Value) -> &str {
    text(pod_or_template, "/spec/containers/0/image")
}

/// Since when a pod is ready, in seconds.
pub fn ready_since(pod: &Value) -> Option<i64> {
    let conditions = pod.pointer("/status/conditions")?.as_array()?;
    let ready = conditions
        .iter()
        .find(|c| c["type"] == "Ready" && c["status"] == "True")?;
    let since: Timestamp = ready["lastTransitionTime"].as_str()?.parse().ok()?;
    Some(since.unix_seconds())
}

fn status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    (
        code,
        json!({"kind": "Status", "code": code, "reason": reason, "message": message}),
    )
}

impl Server {
    pub fn stamp(&self) -> String {
        Timestamp::from_unix_seconds(self.now / 1000).to_string()
    }

    pub fn all(&self, kind: Kind) -> impl Iterator<Item = &Value> {
        let all = self.objects.range((kind, String::new())..);
        all.take_while(move |((of, _), _)| *of == kind)
            .map(|(_, object)| object)
    }

    pub fn get(&self, kind: Kind, name: &str) -> Option<&Value> {
        self.objects.get(&(kind, name.to_owned()))
    }

    /// Stores an object as its next version.
    pub fn store(&mut self, kind: Kind, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        let name = name_of(&object).to_owned();
        self.objects.insert((kind, name.clone()), object.clone());
        self.log.push(Change {
            at: self.now,
            kind,
            name,
            object: object.clone(),
            gone: false,
        });
        object
    }

    /// Stores a new object.
    pub fn create(&mut self, kind: Kind, mut object: Value) -> Value {
        self.uids += 1;
        object["metadata"]["uid"] = json!(format!("00000000-0000-4000-8000-{:012x}", self.uids));
        object["metadata"]["creationTimestamp"] = json!(self.stamp());
        if kind != Kind::Node {
            object["metadata"]["namespace"] = json!(NAMESPACE);
        }
        if kind == Kind::DaemonSet {
            object["metadata"]["generation"] = json!(1);
        }
        if kind == Kind::Pod {
            object["status"] = json!({"phase": "Pending"});
        }
        self.store(kind, object)
    }

    /// Changes an object, if it is there.
    pub fn change(&mut self, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
        if let Some(mut object) = self.get(kind, name).cloned() {
            change(&mut object);
            self.store(kind, object);
        }
    }

    /// Changes the spec of a set, which gets its next generation.
    pub fn change_spec(&mut self, name: &str, change: impl FnOnce(&mut Value)) {
        self.change(Kind::DaemonSet, name, |set| {
            let before = set["spec"].clone();
            change(&mut set["spec"]);
            if set["spec"] != before {
                let generation = set["metadata"]["generation"].as_i64().unwrap_or(0);
                set["metadata"]["generation"] = json!(generation + 1);
            }
        });
    }

    pub fn remove(&mut self, kind: Kind, name: &str) {
        if let Some(object) = self.objects.remove(&(kind, name.to_owned())) {
            self.version += 1;
            self.log.push(Change {
                at: self.now,
                kind,
                name: name.to_owned(),
                object,
                gone: true,
            });
        }
    }

    /// Deletes a pod: at once where no kubelet has it, else its kubelet ends it.
    pub fn delete_pod(&mut self, name: &str) {
        let Some(pod) = self.get(Kind::Pod, name) else {
            return;
        };
        if text(pod, "/spec/nodeName").is_empty() {
            self.remove(Kind::Pod, name);
        } else if !is_terminating(pod) {
            let stamp = self.stamp();
            self.change(Kind::Pod, name, |pod| {
                pod["metadata"]["deletionTimestamp"] = json!(stamp)
            });
        }
    }

    /// Carries a request out.
    pub fn handle(&mut self, request: &Request) -> (u16, Value) {
        let prefix = format!("/namespaces/{NAMESPACE}/");
        let Some((_, rest)) = request.path.split_once(&prefix) else {
            return status(404, "NotFound", "no such path");
        };
        let mut rest = rest.split('/');
        let (plural, name, sub) = (rest.next().unwrap_or_default(), rest.next(), rest.next());
        let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
        let kind = match plural {
            "pods" => Kind::Pod,
            "daemonsets" => Kind::DaemonSet,
            "controllerrevisions" => Kind::ControllerRevision,
            "events" => return self.event(request.method, name, body),
            _ => return status(404, "NotFound", "no such resource"),
        };
        match (request.method, name) {
            (Method::Post, None) => self.post(kind, body),
            (_, None) => status(405, "MethodNotAllowed", "no"),
            (Method::Post, Some(_)) => status(405, "MethodNotAllowed", "no"),
            (method, Some(name)) => {
                let Some(object) = self.get(kind, name).cloned() else {
                    return status(404, "NotFound", &format!("{plural} {name:?} not found"));
                };
                match method {
                    Method::Get => (200, object),
                    Method::Patch => self.patch(kind, object, &body, request.content_type, sub),
                    _ => self.delete(kind, &object, &body),
                }
            }
        }
    }

    fn event(&mut self, method: Method, name: Option<&str>, body: Value) -> (u16, Value) {
        match (method, name) {
            (Method::Post, None) => {
                let name = name_of(&body).to_owned();
                // Two operators may name theirs alike; one must not.
                if self.events.contains_key(&name) {
                    self.events_twice += 1;
                    return status(409, "AlreadyExists", "there is such an event");
                }
                self.events.insert(name, body.clone());
                (201, body)
            }
            (Method::Patch, Some(name)) if self.events.contains_key(name) => (200, body),
            _ => status(404, "NotFound", "no such event"),
        }
    }

    fn post(&mut self, kind: Kind, body: Value) -> (u16, Value) {
        let name = name_of(&body).to_owned();
        if self.refusals.terminating {
            let (code, mut answer) = status(403, "Forbidden", "the namespace is being terminated");
            answer["details"] = json!({"causes": [{"reason": "NamespaceTerminating"}]});
            return (code, answer);
        }
        if self.get(kind, &name).is_some() {
            return status(409, "AlreadyExists", &format!("{name:?} already exists"));
        }
        let pods = self.all(Kind::Pod).count();
        if kind == Kind::Pod && self.refusals.quota.is_some_and(|quota| pods >= quota) {
            return status(
                403,
                "Forbidden",
                &format!("pods {name:?} is forbidden: exceeded quota"),
            );
        }
        (201, self.create(kind, body))
    }

    fn preconditions(object: &Value, wanted: &Value) -> bool {
        ["uid", "resourceVersion"].iter().all(|field| {
            let wanted = wanted[*field].as_str();
            wanted.is_none_or(|wanted| object["metadata"][*field] == wanted)
        })
    }

    fn patch(
        &mut self,
        kind: Kind,
        object: Value,
        body: &Value,
        content: &str,
        sub: Option<&str>,
    ) -> (u16, Value) {
        if !Self::preconditions(&object, &body["metadata"]) {
            return status(409, "Conflict", "the object has been modified");
        }
        let mut new = object.clone();
        let mut body = body.clone();
        if kind == Kind::DaemonSet && content.contains("strategic") {
            new["spec"]["template"] = body["spec"]["template"].clone();
            new["spec"]["template"]
                .as_object_mut()
                .map(|template| template.remove("$patch"));
        } else if content.contains("strategic") {
            owners(&mut new, &body["metadata"]["ownerReferences"]);
            let owners = new["metadata"]["ownerReferences"].as_array();
            let controllers = owners
                .into_iter()
                .flatten()
                .filter(|it| it["controller"] == true);
            if controllers.count() > 1 {
                return status(
                    422,
                    "Invalid",
                    "only one reference can have controller set to true",
                );
            }
        } else if sub == Some("status") {
            merge(&mut new["status"], &body["status"]);
        } else {
            body["metadata"]
                .as_object_mut()
                .map(|meta| meta.remove("resourceVersion"));
            merge(&mut new, &body);
        }
        if new == object {
            return (200, object);
        }
        if kind == Kind::DaemonSet && new["spec"] != object["spec"] {
            let generation = new["metadata"]["generation"].as_i64().unwrap_or(0);
            new["metadata"]["generation"] = json!(generation + 1);
        }
        (200, self.store(kind, new))
    }

    fn delete(&mut self, kind: Kind, object: &Value, body: &Value) -> (u16, Value) {
        if !Self::preconditions(object, &body["preconditions"]) {
            return status(409, "Conflict", "the precondition failed");
        }
        match kind {
            Kind::Pod => self.delete_pod(name_of(object)),
            _ => self.remove(kind, name_of(object)),
        }
        (200, json!({"kind": "Status", "status": "Success"}))
    }
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        if value.is_null() {
            target.as_object_mut().map(|target| target.remove(key));
        } else {
            merge(&mut target[key], value);
        }
    }
}

/// Owner references are merged by UID.
fn owners(object: &mut Value, patch: &Value) {
    let mut list = object["metadata"]["ownerReferences"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for owner in patch.as_array().into_iter().flatten() {
        list.retain(|other| other["uid"] != owner["uid"]);
        if owner["$patch"] != "delete" {
            list.push(owner.clone());
        }
    }
    object["metadata"]["ownerReferences"] = json!(list);
}

/// An object in few words.
pub fn told(kind: Kind, object: &Value) -> String {
    let name = name_of(object);
    match kind {
        Kind::Pod => format!(
            "pod {name} on {} image {} hash {} {} ready {:?} {} owner {:?}",
            node_of(object),
            image_of(object),
            text(object, "/metadata/labels/controller-revision-hash"),
            text(object, "/status/phase"),
            ready_since(object).map(|since| since % 1000),
            if is_terminating(object) {
                "terminating"
            } else {
                ""
            },
            controller_of(object).map(|uid| &uid[uid.len() - 2..]),
        ),
        Kind::DaemonSet => format!(
            "set {name} uid {} {} {} {} status {}",
            &uid_of(object)[34..],
            object["metadata"]["generation"],
            object.pointer("/spec/template").map_or("", image_of),
            object["spec"]["updateStrategy"],
            object["status"],
        ),
        Kind::Node => format!(
            "node {name} taints {} tier {}",
            object["spec"]["taints"],
            text(object, "/metadata/labels/tier")
        ),
        Kind::ControllerRevision => format!("revision {name} {}", object["revision"]),
    }
}
