//! The yardstick: a loop that merely reads what any planner must read, over maps of strings.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use daemonset::api::{Labels, Node, Pod};

use daemonset_testkit::Fleet;

/// Nodes and pods as generated bindings have them: every map a map of strings.
pub struct Naive {
    nodes: Vec<NaiveNode>,
    pods: Vec<NaivePod>,
}

struct NaiveNode {
    name: String,
    labels: BTreeMap<String, String>,
    taints: Vec<(String, String, String)>,
}

struct NaivePod {
    namespace: String,
    labels: BTreeMap<String, String>,
    owners: Vec<(String, bool)>,
    node_name: String,
    conditions: Vec<(String, String)>,
}

impl Naive {
    /// The same objects, every map a map of strings.
    pub fn new(fleet: &Fleet) -> Self {
        let strings = |labels: &Labels| {
            let entries = labels.iter();
            entries.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
        };
        let node = |node: &Node| NaiveNode {
            name: node.metadata.name.clone(),
            labels: strings(&node.metadata.labels),
            taints: (node.spec.taints.iter())
                .map(|t| (t.key.clone(), t.value.clone(), t.effect.clone()))
                .collect(),
        };
        let pod = |pod: &Pod| NaivePod {
            namespace: pod.metadata.namespace.clone(),
            labels: strings(&pod.metadata.labels),
            owners: (pod.metadata.owner_references.iter())
                .map(|owner| (owner.uid.clone(), owner.controller))
                .collect(),
            node_name: pod.spec.node_name.clone(),
            conditions: (pod.status.conditions.iter())
                .map(|c| (c.type_.to_string(), format!("{:?}", c.status)))
                .collect(),
        };
        Self {
            nodes: fleet.nodes.iter().map(node).collect(),
            pods: fleet.pods.iter().map(pod).collect(),
        }
    }

    /// Reads three labels and the taints of each node; owner, selector label, hash, node and
    /// readiness of each pod; joins the two by the node's name; and counts, so that nothing can be
    /// left out.
    pub fn read(&self, uid: &str, hash: &str) -> [usize; 4] {
        // The hasher of the planner, so that what is compared is the work.
        let mut by_node: HashMap<&str, (usize, usize), FixedState> =
            HashMap::with_capacity_and_hasher(self.pods.len(), FixedState::default());
        for pod in &self.pods {
            let own = pod.namespace == "infra"
                && pod.owners.iter().any(|(owner, is)| *is && owner == uid)
                && pod.labels.get("app").is_some_and(|app| app == "agent");
            if own {
                let current = pod.labels.get("controller-revision-hash");
                let ready = pod
                    .conditions
                    .iter()
                    .any(|(kind, status)| kind == "Ready" && status == "True");
                let entry = by_node.entry(&pod.node_name).or_default();
                entry.0 += usize::from(current.is_some_and(|label| label == hash));
                entry.1 += usize::from(ready);
            }
        }
        let mut counts = [0; 4];
        for node in &self.nodes {
            let is = |key: &str, value: &str| node.labels.get(key).is_some_and(|v| v == value);
            let fits = is("kubernetes.io/os", "linux")
                && !is("eks.amazonaws.com/nodegroup", "edge")
                && (is("kubernetes.io/arch", "amd64") || is("kubernetes.io/arch", "arm64"))
                && node
                    .taints
                    .iter()
                    .all(|(key, _, effect)| key != "dedicated" || effect != "NoSchedule");
            if fits {
                let (current, ready) = by_node.get(node.name.as_str()).copied().unwrap_or_default();
                counts[0] += 1;
                counts[1] += current;
                counts[2] += ready;
            } else {
                counts[3] += 1;
            }
        }
        counts
    }
}
