//! Small clusters in one line, and plans in one line: what tables of cases are written in.
//!
//! ```
//! use daemonset_testkit::scenario::{scenario, told};
//!
//! let world = scenario("a: old; b: new starting; c=exclude: old").rolling("1", "0");
//! assert_eq!(told(&world.plan()), "delete c1 (nodeExcluded)");
//! ```
//!
//! The DaemonSet is `agent` in the namespace `infra`; its revisions are `agent-new` with its template
//! and `agent-old` with an older one, whose hashes are `new` and `old`. Nodes stand between `;`, each
//! with its pods after a `:`, between `,`. The pods of node `a` are called `a1`, `a2` and so on.
//!
//! | of a node | it |
//! | --- | --- |
//! | `a` | should run the daemon |
//! | `a=keep` | gets no new pod: an untolerated taint `NoSchedule` |
//! | `a=exclude` | should not run the daemon: an untolerated taint `NoExecute` |
//! | `a=gone` | does not exist, and pods belong to it all the same |
//!
//! | of a pod | it |
//! | --- | --- |
//! | `new`, `old`, `unknown`, `unlabelled` | is of that revision, of one that is not there, or has no hash label |
//! | (nothing) | is available: ready for an hour |
//! | `ready` | has been ready for one second |
//! | `undated` | is ready and does not say since when |
//! | `starting` | is not ready |
//! | `failed`, `succeeded` | has ended |
//! | `terminating` | is being deleted |
//! | `unbound` | is aimed at the node and not bound |
//! | `younger` | was created later than the others |
//! | `orphan`, `foreign`, `loose` | has no controller, another's, or the set as an owner that is none |
//! | `unselected` | has other labels than the selector wants |
//! | `elsewhere` | is in another namespace |
//! | `generation=2` | has the label `pod-template-generation` |

use std::fmt::Write;

use daemonset::api::{ControllerRevision, DaemonSet, IntOrString, Node, Pod};
use daemonset::template::revision_data;
use daemonset::{Action, Plan};
use serde_json::{Value, json};

use crate::generate::{AGENT, start};
use crate::world::World;

/// The DaemonSet of a scenario.
///
/// # Panics
/// Never: it is valid.
#[must_use]
pub fn agent() -> DaemonSet {
    read(json!({
        "metadata": {
            "name": AGENT.name,
            "namespace": AGENT.namespace,
            "uid": AGENT.uid,
            "generation": 2,
        },
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"containers": [{"name": "agent", "image": "agent:2"}]},
            },
        },
        "status": {"observedGeneration": 2},
    }))
}

fn read<T: serde::de::DeserializeOwned>(json: Value) -> T {
    let text = json.to_string();
    serde_json::from_value(json).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The cluster that a line describes.
///
/// # Panics
/// Where the line says something that is not known.
#[must_use]
pub fn scenario(line: &str) -> World {
    let mut world = World::empty(agent(), 0, start());
    let data = revision_data(&world.set.spec.template);
    let current: Value = serde_json::from_str(&data).expect("JSON");
    world.revisions = vec![
        revision(
            "old",
            1,
            json!({"spec": {"template": {"$patch": "replace"}}}),
        ),
        revision("new", 2, current),
    ];
    for node in line.split(';').map(str::trim) {
        if node.is_empty() {
            continue;
        }
        let (node, pods) = node.split_once(':').unwrap_or((node, ""));
        let (name, verdict) = node.split_once('=').unwrap_or((node, "run"));
        if verdict != "gone" {
            world.nodes.push(node_of(name, verdict));
        }
        let pods = pods.split(',').filter(|words| !words.trim().is_empty());
        for (at, words) in (1..).zip(pods) {
            world.pods.push(pod_of(&format!("{name}{at}"), name, words));
        }
    }
    world
}

/// A ControllerRevision of the DaemonSet, by its hash.
#[must_use]
pub fn revision(hash: &str, number: i64, data: Value) -> ControllerRevision {
    read(json!({
        "metadata": {
            "name": format!("agent-{hash}"),
            "namespace": AGENT.namespace,
            "labels": {"app": "agent", "controller-revision-hash": hash},
            "ownerReferences": [owner(AGENT.uid, true)],
        },
        "revision": number,
        "data": data,
    }))
}

fn owner(uid: &str, controller: bool) -> Value {
    json!({"kind": "DaemonSet", "name": "agent", "uid": uid, "controller": controller})
}

fn node_of(name: &str, verdict: &str) -> Node {
    let taints = match verdict {
        "run" => json!([]),
        "keep" => json!([{"key": "full", "effect": "NoSchedule"}]),
        "exclude" => json!([{"key": "full", "effect": "NoExecute"}]),
        other => panic!("{name}: no verdict {other:?}"),
    };
    read(json!({"metadata": {"name": name}, "spec": {"taints": taints}}))
}

fn pod_of(name: &str, node: &str, words: &str) -> Pod {
    let hour = |hours: i64| start().plus_seconds(-3600 * hours);
    let mut pod = json!({
        "metadata": {
            "name": name,
            "namespace": AGENT.namespace,
            "uid": format!("uid-{name}"),
            "creationTimestamp": hour(2),
            "labels": {"app": "agent"},
            "ownerReferences": [owner(AGENT.uid, true)],
        },
        "spec": {"nodeName": node},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": hour(1)}],
        },
    });
    let (meta, labels) = ("metadata", "labels");
    for word in words.split_whitespace() {
        match word {
            "new" | "old" | "unknown" => {
                pod[meta][labels]["controller-revision-hash"] = word.into();
            }
            "unlabelled" => {}
            "ready" => {
                pod["status"]["conditions"][0]["lastTransitionTime"] =
                    json!(start().plus_seconds(-1));
            }
            "undated" => pod["status"]["conditions"][0]["lastTransitionTime"] = Value::Null,
            "starting" => pod["status"]["conditions"][0]["status"] = "False".into(),
            "failed" => pod["status"]["phase"] = "Failed".into(),
            "succeeded" => pod["status"]["phase"] = "Succeeded".into(),
            "terminating" => pod[meta]["deletionTimestamp"] = json!(start()),
            "unbound" => {
                pod["spec"] = json!({"affinity": {"nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                        {"matchFields": [
                            {"key": "metadata.name", "operator": "In", "values": [node]},
                        ]},
                    ]},
                }}});
                pod["status"]["phase"] = "Pending".into();
            }
            "younger" => pod[meta]["creationTimestamp"] = json!(hour(1)),
            "orphan" => pod[meta]["ownerReferences"] = json!([]),
            "foreign" => pod[meta]["ownerReferences"] = json!([owner("uid-other", true)]),
            "loose" => pod[meta]["ownerReferences"] = json!([owner(AGENT.uid, false)]),
            "unselected" => pod[meta][labels]["app"] = "other".into(),
            "elsewhere" => pod[meta]["namespace"] = "elsewhere".into(),
            word => match word.split_once('=') {
                Some(("generation", number)) => {
                    pod[meta][labels]["pod-template-generation"] = number.into();
                }
                _ => panic!("{name}: {word:?} says nothing"),
            },
        }
    }
    read(pod)
}

impl World {
    /// The same with a rolling update of these two budgets: numbers or percentages.
    #[must_use]
    pub fn rolling(mut self, max_unavailable: &str, max_surge: &str) -> Self {
        let budgets = [max_unavailable, max_surge].map(IntOrString::from);
        self.set.spec.update_strategy = read(json!({
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": budgets[0], "maxSurge": budgets[1]},
        }));
        self
    }

    /// The same with the strategy `OnDelete`.
    #[must_use]
    pub fn on_delete(mut self) -> Self {
        self.set.spec.update_strategy = read(json!({"type": "OnDelete"}));
        self
    }

    /// The same with this `minReadySeconds`.
    #[must_use]
    pub fn min_ready(mut self, seconds: i32) -> Self {
        self.set.spec.min_ready_seconds = seconds;
        self
    }

    /// The same with this generation of the template in the set's annotation.
    #[must_use]
    pub fn generation(mut self, number: &str) -> Self {
        let annotations = &mut self.set.metadata.annotations;
        annotations.insert("deprecated.daemonset.template.generation", number);
        self
    }

    /// The same with these revisions.
    #[must_use]
    pub fn with_revisions(mut self, revisions: Vec<ControllerRevision>) -> Self {
        self.revisions = revisions;
        self
    }
}

/// What a plan does, in one line and in its order; the status and events are left out.
#[must_use]
pub fn told(plan: &Plan) -> String {
    let mut line = String::new();
    for action in &plan.actions {
        let text = match action {
            Action::AdoptPod { pod, .. } => format!("adopt {pod}"),
            Action::ReleasePod { pod, .. } => format!("release {pod}"),
            Action::RelabelPod { pod, hash, .. } => format!("relabel {pod} {hash}"),
            Action::AdoptRevision { name } => format!("adopt {name}"),
            Action::ReleaseRevision { name } => format!("release {name}"),
            Action::CreateRevision { revision, .. } => format!("create revision {revision}"),
            Action::UpdateRevision {
                name,
                revision,
                hash,
                reason,
            } => format!("update {name} {revision} {hash} ({})", reason.id()),
            Action::DeleteRevision { name, reason } => format!("delete {name} ({})", reason.id()),
            Action::CreatePod { node, reason } => format!("create on {node} ({})", reason.id()),
            Action::DeletePod { pod, reason, .. } => format!("delete {pod} ({})", reason.id()),
            Action::Event { .. } | Action::UpdateStatus { .. } => continue,
        };
        let comma = if line.is_empty() { "" } else { ", " };
        let _ = write!(line, "{comma}{text}");
    }
    line
}
