//! A small agent and the nodes it runs on.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::what_if::{
    CompareError, Comparison, Forecast, Settled, compare, forecast, update,
};
use serde_json::{Map, Value, json};

/// A DaemonSet and its cluster as they are.
#[derive(Clone, Debug)]
pub struct Today {
    pub set: DaemonSet,
    pub nodes: Vec<Node>,
    pub pods: Vec<Pod>,
    /// `None` where none are given.
    pub revisions: Option<Vec<ControllerRevision>>,
    pub now: Option<Timestamp>,
}

impl Today {
    /// Everything rolled out.
    pub fn settled(set: &DaemonSet, nodes: Vec<Node>) -> Self {
        let settled = Settled::new(set, &nodes, &Options::default()).unwrap();
        Self {
            set: settled.daemon_set,
            pods: settled.pods,
            revisions: Some(settled.revisions),
            now: Some(settled.now),
            nodes,
        }
    }

    /// Nothing rolled out yet.
    pub fn never_rolled_out(set: &DaemonSet, nodes: Vec<Node>) -> Self {
        Self {
            set: set.clone(),
            nodes,
            pods: Vec::new(),
            revisions: Some(Vec::new()),
            now: None,
        }
    }

    pub fn cluster(&self) -> Cluster<'_> {
        self.cluster_with(&self.nodes)
    }

    /// The cluster with other nodes.
    pub fn cluster_with<'s>(&'s self, nodes: &'s [Node]) -> Cluster<'s> {
        let mut cluster = Cluster::new(nodes, &self.pods);
        if let Some(now) = self.now {
            cluster = cluster.with_now(now);
        }
        match &self.revisions {
            Some(revisions) => cluster.with_revisions(revisions),
            None => cluster,
        }
    }

    pub fn forecast(&self) -> Forecast {
        forecast(&self.set, &self.cluster(), &Options::default()).unwrap()
    }

    /// What becomes of it when the set is replaced by this version.
    pub fn replaced(&self, new: &DaemonSet) -> Comparison {
        self.try_replaced(new, &self.nodes).unwrap()
    }

    /// The same, with other nodes too.
    pub fn try_replaced(
        &self,
        new: &DaemonSet,
        nodes: &[Node],
    ) -> Result<Comparison, CompareError> {
        let new = update(&self.set, new);
        let (before, after) = (self.cluster(), self.cluster_with(nodes));
        compare(&self.set, &new, &before, &after, &Options::default())
    }
}

/// The agent as a manifest: 25 % may be unavailable, and pods must be ready for 30 seconds.
pub fn agent() -> Value {
    json!({
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {
            "minReadySeconds": 30,
            "selector": {"matchLabels": {"app": "agent"}},
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {
                    "containers": [{
                        "name": "agent",
                        "image": "agent:1",
                        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
                    }],
                },
            },
        },
    })
}

/// The agent with one field changed.
pub fn agent_with(field: &str, value: Value) -> Value {
    let mut set = agent();
    set_at(&mut set, field, value);
    set
}

/// Sets the field that a JSON pointer names, objects and next items made where they are missing.
pub fn set_at(json: &mut Value, field: &str, value: Value) {
    let mut at = json;
    for step in field.split('/').skip(1) {
        at = match at {
            Value::Array(items) => {
                let index = step.parse::<usize>().unwrap();
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                let fields = other.as_object_mut().unwrap();
                fields.entry(step).or_insert(Value::Null)
            }
        };
    }
    *at = value;
}

pub fn node(name: &str) -> Node {
    let mut node = Node::default();
    node.metadata.name = name.into();
    node
}

pub fn nodes(count: usize) -> Vec<Node> {
    (0..count)
        .map(|at| node(&format!("node-{at:02}")))
        .collect()
}

/// The revision of the set's template as it is.
pub fn revision(set: &DaemonSet, number: i64) -> ControllerRevision {
    let planner = Planner::new(set).unwrap();
    let manifest = planner.with_revisions(&[]).revision_manifest();
    let mut revision: ControllerRevision = serde_json::from_str(&manifest).unwrap();
    revision.revision = number;
    revision
}

/// Marks a pod as being deleted.
pub fn gone(pod: &mut Pod) {
    pod.metadata.deletion_timestamp = Some("2026-03-01T12:00:00Z".parse().unwrap());
}
