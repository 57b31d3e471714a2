//! Small objects to ask about.

use daemonset::api::PodTemplate;
use daemonset::fit::{Admission, NodeFacts, NodeRoom, PodFacts, PodNeeds, Resident};
use serde_json::{Value, json};

/// A node with these allocatable resources.
pub fn node(name: &str, allocatable: Value) -> NodeFacts {
    NodeFacts::from_json(&json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {"allocatable": allocatable},
    }))
    .unwrap()
}

/// An empty node of a usual size.
pub fn room() -> NodeRoom {
    NodeRoom::new(&node(
        "node-a",
        json!({"cpu": "2", "memory": "4Gi", "pods": "110"}),
    ))
}

/// A pod of this name and priority with this one container.
pub fn pod(name: &str, priority: i32, container: Value) -> PodFacts {
    PodFacts::from_json(&json!({
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [container], "priority": priority},
        "status": {"phase": "Running"},
    }))
    .unwrap()
}

pub fn resident(name: &str, priority: i32, container: Value) -> Resident {
    Resident::of(&pod(name, priority, container)).unwrap()
}

pub fn asking_for(requests: Value) -> Value {
    json!({"resources": {"requests": requests}})
}

pub fn needs(pod_spec: Value) -> PodNeeds {
    let pod = json!({"metadata": {"name": "agent", "namespace": "infra"}, "spec": pod_spec});
    PodNeeds::of_pod(&PodFacts::from_json(&pod).unwrap())
}

pub fn of_template(pod_spec: Value, admission: &Admission) -> PodNeeds {
    let template = json!({"metadata": {"labels": {"app": "agent"}}, "spec": pod_spec});
    let template = PodTemplate::try_from(template).unwrap();
    PodNeeds::of_template(&template, "infra", admission).unwrap()
}
