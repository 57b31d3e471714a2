//! A dump of any size as kubectl prints it: the nodes and pods of a real one, again and again under
//! other names.

use std::path::Path;

use daemonset_manifest::to_yaml;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Value, json};

/// A dump of seven DaemonSets on so many nodes.
pub struct Dump(Value);

impl Dump {
    /// As `kubectl get -o json` prints it.
    pub fn to_json(&self) -> String {
        let mut text = Vec::new();
        let layout = PrettyFormatter::with_indent(b"    ");
        let mut serializer = Serializer::with_formatter(&mut text, layout);
        (self.0.serialize(&mut serializer)).expect("a value is JSON");
        String::from_utf8(text).expect("JSON is UTF-8")
    }

    /// As `kubectl get -o yaml` prints it.
    pub fn to_yaml(&self) -> String {
        to_yaml(&self.0)
    }

    pub fn new(nodes: usize) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/snapshots/steady.yaml");
        let text = std::fs::read_to_string(path).expect("the snapshot is there");
        let real: Value = serde_yaml::from_str(&text).expect("the snapshot is YAML");
        let items = real["items"].as_array().expect("the snapshot is a list");
        let of_kind = |kind: &'static str| items.iter().filter(move |item| item["kind"] == kind);
        let is_worker = |node: &&Value| node["spec"]["taints"].is_null();
        let node = of_kind("Node").find(is_worker).expect("there is a worker");
        let sets: Vec<&Value> = of_kind("DaemonSet").take(7).collect();
        let mut all: Vec<Value> = sets.iter().map(|set| (*set).clone()).collect();
        all.extend(of_kind("ControllerRevision").cloned());
        let pods: Vec<&Value> = sets
            .iter()
            .filter_map(|set| {
                let uid = &set["metadata"]["uid"];
                of_kind("Pod").find(|pod| pod["metadata"]["ownerReferences"][0]["uid"] == *uid)
            })
            .collect();
        for n in 0..nodes {
            let name = format!("ip-10-0-{}-{}", n / 256, n % 256);
            let mut node = node.clone();
            node["metadata"]["name"] = json!(name);
            all.push(node);
            for (at, pod) in pods.iter().enumerate() {
                let mut pod = (*pod).clone();
                let uid = format!("{n:08x}-{at:04x}-4000-8000-{n:012x}");
                pod["metadata"]["name"] = json!(format!("pod-{at}-{n}"));
                pod["metadata"]["uid"] = json!(uid);
                pod["spec"]["nodeName"] = json!(name);
                let affinity = &mut pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
                affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"][0] = json!(name);
                all.push(pod);
            }
        }
        Self(
            json!({"apiVersion": "v1", "items": all, "kind": "List", "metadata": {"resourceVersion": ""}}),
        )
    }
}
