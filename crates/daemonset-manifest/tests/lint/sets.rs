//! A clean set, what is changed in it, and the nodes it runs on.

use daemonset::api::{DaemonSet, Node};
use serde_json::{Map, Value, json};

/// A set that no rule finds anything in.
pub fn clean() -> Value {
    json!({
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {
                    "containers": [{
                        "name": "agent",
                        "image": "registry.example:5000/agent:1.4",
                        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                        "readinessProbe": {"tcpSocket": {"port": 9100}},
                    }],
                },
            },
        },
    })
}

/// Sets the field that a JSON pointer names, objects and items on the way made where they are
/// missing.
pub fn put(json: &mut Value, field: &str, value: Value) {
    let mut at = json;
    for step in field.split('/').skip(1) {
        at = match (at, step.parse::<usize>()) {
            (at, Ok(index)) => {
                if !at.is_array() {
                    *at = json!([]);
                }
                let items = at.as_array_mut().unwrap();
                while items.len() <= index {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            (at, Err(_)) => {
                if !at.is_object() {
                    *at = Value::Object(Map::new());
                }
                let key = step.replace("~1", "/");
                at.as_object_mut()
                    .unwrap()
                    .entry(key)
                    .or_insert(Value::Null)
            }
        };
    }
    *at = value;
}

pub fn set(changes: &[(&str, Value)]) -> DaemonSet {
    let mut set = clean();
    for (field, value) in changes {
        put(&mut set, field, value.clone());
    }
    serde_json::from_value(set).unwrap()
}

pub fn node(name: &str, labels: &Value, taints: &Value) -> Node {
    let node = json!({"metadata": {"name": name, "labels": labels}, "spec": {"taints": taints}});
    serde_json::from_value(node).unwrap()
}

/// Two Linux nodes, a tainted one among them.
pub fn nodes() -> Vec<Node> {
    vec![
        node(
            "node-a",
            &json!({"kubernetes.io/os": "linux", "disk": "ssd", "topology.kubernetes.io/zone": "a"}),
            &json!([]),
        ),
        node(
            "node-b",
            &json!({"kubernetes.io/os": "linux", "disk": "hdd", "topology.kubernetes.io/zone": "b"}),
            &json!([]),
        ),
        node(
            "node-gpu",
            &json!({"kubernetes.io/os": "linux", "topology.kubernetes.io/zone": "b"}),
            &json!([{"key": "gpu", "value": "a100", "effect": "NoSchedule"}]),
        ),
    ]
}

pub const T: &str = "/spec/template/spec";

pub fn t(field: &str) -> String {
    format!("{T}/{field}")
}

/// Field and value pairs, below the pod spec where they do not begin with a slash.
pub fn below(changes: &[(&str, Value)]) -> DaemonSet {
    let changes: Vec<(String, Value)> = changes
        .iter()
        .map(|(field, value)| {
            let field = if field.starts_with('/') {
                (*field).to_owned()
            } else {
                t(field)
            };
            (field, value.clone())
        })
        .collect();
    let changes: Vec<_> = changes
        .iter()
        .map(|(field, value)| (field.as_str(), value.clone()))
        .collect();
    set(&changes)
}
