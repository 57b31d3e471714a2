//! Small clusters of every kind: healthy and broken, before, during and after a rollout.

use std::fmt;

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, PodTemplate, Timestamp};
use daemonset::template::revision_data;
use daemonset::{Cluster, Options, Plan, Planner};
use daemonset_explain::evidence::{Evidence, GivenKind};
use daemonset_explain::{Diagnosis, Edit, Explainer, Fix, Ledger};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde::Deserialize;
use serde_json::{Value, json};

pub const NOW: &str = "2026-03-01T12:00:00Z";
pub const OLD: &str = "5d8f7c9b4";
pub const NEW: &str = "7c6d8f5b9";

/// Everything that is explained.
#[derive(Clone)]
pub struct Scene {
    pub set: DaemonSet,
    pub nodes: Vec<Node>,
    pub pods: Vec<Pod>,
    /// `None` where none are given.
    pub revisions: Option<Vec<ControllerRevision>>,
    pub now: Timestamp,
    pub evidence: Evidence,
}

impl Scene {
    pub fn cluster(&self) -> Cluster<'_> {
        let cluster = Cluster::new(&self.nodes, &self.pods).with_now(self.now);
        match &self.revisions {
            Some(revisions) => cluster.with_revisions(revisions),
            None => cluster,
        }
    }

    pub fn planner(&self) -> Planner {
        Planner::in_cluster(&self.set, &self.cluster(), &Options::default()).unwrap()
    }

    pub fn plan(&self) -> Plan {
        self.planner().plan(&self.cluster())
    }

    pub fn explainer<'c>(&'c self, cluster: &'c Cluster<'c>) -> Explainer<'c> {
        let explainer = Explainer::new(&self.set, cluster, &Options::default());
        explainer.unwrap().with_evidence(&self.evidence)
    }

    pub fn diagnosis(&self) -> Diagnosis {
        self.explainer(&self.cluster()).diagnosis().clone()
    }

    pub fn ledger(&self) -> Ledger {
        self.explainer(&self.cluster()).ledger()
    }

    pub fn fixes(&self) -> Vec<Fix> {
        self.explainer(&self.cluster()).fixes()
    }

    pub fn node_fixes(&self, node: &str) -> Vec<Fix> {
        self.explainer(&self.cluster()).node_fixes(node)
    }

    /// The scene with edits made, and with these nodes Ready.
    pub fn edited(&self, edits: &[Edit], repaired: &[String]) -> Self {
        let original = self.cluster();
        let edited = self.explainer(&original).edited(edits, repaired).unwrap();
        let cluster = edited.cluster();
        Self {
            set: edited.daemon_set().clone(),
            nodes: cluster.nodes().iter().map(|it| (*it).clone()).collect(),
            pods: cluster.pods().iter().map(|it| (*it).clone()).collect(),
            revisions: self.revisions.clone(),
            now: self.now,
            evidence: self.evidence.clone(),
        }
    }

    /// One pod more, with what it says.
    pub fn add_pod(&mut self, pod: &Value) {
        self.evidence
            .add_pod(Deserialize::deserialize(pod).unwrap());
        self.pods.push(Deserialize::deserialize(pod).unwrap());
    }

    /// Puts a pod in its place among the pods, with what it says.
    pub fn put_pod(&mut self, at: usize, pod: &Value) {
        self.evidence
            .add_pod(Deserialize::deserialize(pod).unwrap());
        self.pods[at] = Deserialize::deserialize(pod).unwrap();
    }
}

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Prints the objects as JSON, one a line, so that a small counterexample reads well.
impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "set {}", json!(self.set))?;
        for node in &self.nodes {
            writeln!(f, "node {}", json!(node))?;
        }
        for pod in &self.pods {
            writeln!(f, "pod {}", json!(pod))?;
        }
        for revision in self.revisions.iter().flatten() {
            writeln!(f, "revision {}", json!(revision))?;
        }
        Ok(())
    }
}

/// A set with this update strategy and these fields in its pod spec.
pub fn set(strategy: &Value, spec: &Value, min_ready_seconds: i32) -> DaemonSet {
    let mut template = template("2.0");
    for (key, value) in spec.as_object().into_iter().flatten() {
        template["spec"][key] = value.clone();
    }
    serde_json::from_value(json!({
        "metadata": {"name": "agent", "namespace": "infra", "uid": "set", "generation": 2},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": template,
            "updateStrategy": strategy,
            "minReadySeconds": min_ready_seconds,
        },
        "status": {"observedGeneration": 2},
    }))
    .unwrap()
}

fn template(version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "agent"}},
        "spec": {"containers": [{"name": "agent", "image": format!("agent:{version}")}]},
    })
}

pub fn rolling(max_unavailable: &Value, max_surge: &Value) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {
        "maxUnavailable": max_unavailable,
        "maxSurge": max_surge,
    }})
}

fn owner() -> Value {
    json!([{"kind": "DaemonSet", "name": "agent", "uid": "set", "controller": true}])
}

/// The revisions of a set that was changed once: an old template, and the one it has now.
pub fn revisions(set: &DaemonSet) -> Vec<ControllerRevision> {
    let older = PodTemplate::try_from(template("1.9")).unwrap();
    [(OLD, 1, &older), (NEW, 2, &set.spec.template)]
        .into_iter()
        .map(|(hash, number, template)| {
            let data: Value = serde_json::from_str(&revision_data(template)).unwrap();
            serde_json::from_value(json!({
                "metadata": {
                    "name": format!("agent-{hash}"),
                    "namespace": "infra",
                    "labels": {"app": "agent", "controller-revision-hash": hash},
                    "ownerReferences": owner(),
                },
                "revision": number,
                "data": data,
            }))
            .unwrap()
        })
        .collect()
}

/// A node of this name that is well.
pub fn node(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {"conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": "2026-02-01T00:00:00Z"},
        ]},
    })
}

/// A node whose kubelet does not answer.
pub fn dead(name: &str) -> Value {
    let mut node = node(name);
    node["status"]["conditions"][0]["status"] = "Unknown".into();
    node["spec"]["taints"] = json!([
        {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"},
    ]);
    node
}

/// A pod of this revision on a node, with this status.
pub fn pod(name: &str, node: &str, hash: &str, status: &Value) -> Value {
    json!({
        "metadata": {
            "name": name,
            "namespace": "infra",
            "creationTimestamp": "2026-03-01T10:00:00Z",
            "labels": {"app": "agent", "controller-revision-hash": hash},
            "ownerReferences": owner(),
        },
        "spec": {"nodeName": node},
        "status": status,
    })
}

pub fn available() -> Value {
    json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T10:00:00Z"},
    ]})
}

pub fn crashing() -> Value {
    json!({
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T10:00:00Z"}],
        "containerStatuses": [{
            "name": "agent",
            "restartCount": 12,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }],
    })
}

pub fn scene(set: DaemonSet, nodes: Vec<Value>, pods: Vec<Value>) -> Scene {
    let mut evidence = Evidence::new();
    for kind in [
        GivenKind::Node,
        GivenKind::Pod,
        GivenKind::ControllerRevision,
    ] {
        evidence.note_given(kind);
    }
    for pod in &pods {
        evidence.add_pod(Deserialize::deserialize(pod).unwrap());
    }
    let nodes = nodes.into_iter().map(serde_json::from_value);
    let pods = pods.into_iter().map(serde_json::from_value);
    Scene {
        evidence,
        revisions: Some(revisions(&set)),
        nodes: nodes.collect::<Result<_, _>>().unwrap(),
        pods: pods.collect::<Result<_, _>>().unwrap(),
        now: now(),
        set,
    }
}

fn taints() -> impl Strategy<Value = Value> {
    let all = vec![
        json!({"key": "gpu", "value": "a100", "effect": "NoSchedule"}),
        json!({"key": "gpu", "value": "a100", "effect": "NoExecute"}),
        json!({"key": "drain", "effect": "NoExecute"}),
        json!({"key": "spot", "effect": "PreferNoSchedule"}),
        json!({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}),
        json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}),
        json!({"key": "node.kubernetes.io/network-unavailable", "effect": "NoSchedule"}),
    ];
    prop_oneof![
        3 => Just(json!([])),
        2 => subsequence(all, 1..4).prop_map(Value::Array),
    ]
}

fn nodes() -> impl Strategy<Value = Vec<Value>> {
    let node = |at: usize| {
        (
            subsequence(
                vec![("disk", "ssd"), ("cores", "16"), ("zone", "a"), ("arm", "")],
                0..=4,
            ),
            taints(),
            select(&["True", "True", "True", "False", "Unknown"][..]),
            select(&["False", "False", "False", "True"][..]),
            prop::bool::weighted(0.1),
        )
            .prop_map(move |(labels, taints, ready, pressure, cordoned)| {
                let mut node = node(&format!("node-{at}"));
                for (key, value) in labels {
                    node["metadata"]["labels"][key] = value.into();
                }
                node["spec"] = json!({"taints": taints, "unschedulable": cordoned});
                node["status"]["conditions"] = json!([
                    {"type": "Ready", "status": ready, "lastTransitionTime": "2026-03-01T11:00:00Z"},
                    {"type": "DiskPressure", "status": pressure},
                ]);
                node
            })
    };
    (0..6_usize).prop_flat_map(move |many| (0..many).map(node).collect::<Vec<_>>())
}

fn pod_status() -> impl Strategy<Value = Value> {
    let ready = |since: &str| {
        json!({"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": since},
        ]})
    };
    prop_oneof![
        6 => Just(available()),
        2 => Just(crashing()),
        1 => Just(ready("2026-03-01T11:59:50Z")),
        1 => Just(json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})),
        1 => Just(json!({"phase": "Pending"})),
        1 => Just(json!({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"},
        ]})),
        1 => Just(json!({"phase": "Failed", "reason": "Evicted"})),
        1 => Just(json!({"phase": "Running", "containerStatuses": [
            {"name": "agent", "restartCount": 1, "state": {}},
        ]})),
    ]
}

fn pods() -> impl Strategy<Value = Vec<Value>> {
    let traits = (
        0..6_usize,
        select(&[OLD, OLD, NEW, NEW, "unknown"][..]),
        pod_status(),
        select(&["2026-03-01T10:00:00Z", "2026-03-01T11:58:00Z"][..]),
        prop_oneof![
            6 => Just(None),
            1 => Just(Some("2026-03-01T12:00:20Z")),
            1 => Just(Some("2026-03-01T11:00:00Z")),
        ],
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.3),
    );
    prop::collection::vec(traits, 0..8).prop_map(|pods| {
        let pods = pods.into_iter().enumerate();
        pods.map(|(at, (node, hash, status, created, deleted, unbound, finalizer))| {
            let node = format!("node-{node}");
            let mut pod = pod(&format!("agent-{at}"), &node, hash, &status);
            pod["metadata"]["creationTimestamp"] = created.into();
            pod["metadata"]["deletionTimestamp"] = deleted.into();
            if finalizer {
                pod["metadata"]["finalizers"] = json!(["example.com/keep"]);
            }
            if unbound {
                pod["spec"] = json!({"affinity": {"nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]},
                    ]},
                }}});
            }
            pod
        })
        .collect()
    })
}

/// One pod on each of the nodes, of the old or the new revision; now and then one that is terminating,
/// and held.
fn one_each() -> impl Strategy<Value = Vec<Value>> {
    let traits = (
        select(&[OLD, OLD, NEW][..]),
        pod_status(),
        prop::bool::weighted(0.05),
    );
    prop::collection::vec(traits, 6).prop_map(|pods| {
        let pods = pods.into_iter().enumerate();
        pods.map(|(at, (hash, status, is_held))| {
            let mut pod = pod(&format!("agent-{at}"), &format!("node-{at}"), hash, &status);
            if is_held {
                pod["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z".into();
                pod["metadata"]["finalizers"] = json!(["example.com/keep"]);
            }
            pod
        })
        .collect()
    })
}

fn strategy() -> impl Strategy<Value = Value> {
    let amounts = || {
        prop_oneof![
            4 => (0..4_i32).prop_map(|n| json!(n)),
            2 => select(&["0%", "25%", "50%", "100%", "-10%"][..]).prop_map(|p| json!(p)),
            1 => Just(json!("1O%")),
            1 => Just(Value::Null),
        ]
    };
    prop_oneof![
        4 => amounts().prop_map(|amount| rolling(&amount, &json!(0))),
        3 => amounts().prop_map(|amount| rolling(&json!(0), &amount)),
        1 => (amounts(), amounts()).prop_map(|(a, b)| rolling(&a, &b)),
        1 => Just(json!({})),
        1 => Just(json!({"type": "OnDelete"})),
    ]
}

fn expression() -> impl Strategy<Value = Value> {
    let key = select(&["disk", "cores", "zone", "arm", "kubernetes.io/os"][..]);
    let keyed = |operator: &'static str, values: &'static [&'static str]| {
        key.clone()
            .prop_map(move |key| json!({"key": key, "operator": operator, "values": values}))
    };
    prop_oneof![
        keyed("In", &["hdd", "b"]),
        keyed("In", &["ssd", "linux"]),
        keyed("NotIn", &["ssd", "a"]),
        keyed("NotIn", &["a"]),
        keyed("Exists", &[]),
        keyed("DoesNotExist", &[]),
        keyed("Gt", &["8"]),
        keyed("Lt", &["8"]),
        keyed("Gt", &["none"]),
    ]
}

/// Fields of the pod spec that decide where it runs.
fn placing() -> impl Strategy<Value = Value> {
    let term = prop::collection::vec(expression(), 1..3)
        .prop_map(|expressions| json!({"matchExpressions": expressions}));
    let affinity = prop_oneof![
        3 => Just(Value::Null),
        2 => prop::collection::vec(term, 0..3).prop_map(|terms| json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
        }})),
    ];
    let selector = prop_oneof![
        4 => Just(json!({})),
        1 => Just(json!({"disk": "ssd"})),
        1 => Just(json!({"zone": "b", "disk": "ssd"})),
        1 => Just(json!({"kubernetes.io/os": "linux"})),
    ];
    let tolerations = subsequence(
        vec![
            json!({"key": "gpu", "operator": "Exists"}),
            json!({"operator": "Exists", "effect": "NoSchedule"}),
            json!({"key": "drain", "operator": "Equal", "effect": "NoExecute"}),
        ],
        0..=2,
    );
    (affinity, selector, tolerations).prop_map(|(affinity, selector, tolerations)| {
        json!({"affinity": affinity, "nodeSelector": selector, "tolerations": tolerations})
    })
}

/// Any cluster.
pub fn any_scene() -> impl Strategy<Value = Scene> {
    let traits = (strategy(), placing(), select(&[0, 0, 30][..]));
    let pods = prop_oneof![one_each(), pods()];
    (traits, nodes(), pods, 0..4_usize).prop_map(|((strategy, spec, wait), nodes, pods, known)| {
        let mut scene = scene(set(&strategy, &spec, wait), nodes, pods);
        if known == 0 {
            scene.revisions = None;
        }
        scene
    })
}

/// A cluster in which every node should run the daemon and has one pod that was bound there: a
/// rollout that is on its way or stuck.
pub fn any_rollout() -> impl Strategy<Value = Scene> {
    (strategy(), nodes(), one_each(), select(&[0, 0, 30][..])).prop_map(
        |(strategy, mut nodes, mut pods, wait)| {
            for node in &mut nodes {
                node["spec"]["taints"] = json!([]);
            }
            pods.truncate(nodes.len());
            scene(set(&strategy, &json!({}), wait), nodes, pods)
        },
    )
}
