//! Pods of several DaemonSets that are to come to a node at once.

use daemonset::api::{DaemonSet, Node, Pod};
use daemonset::fit::{Admission, ClusterRoom, NodeFacts, PodFacts, PriorityClass};
use daemonset::{Cluster, Planner};
use daemonset_explain::room::{Contender, Order, SetRoom, contentions};
use serde_json::{Value, json};

/// A DaemonSet whose pods ask for so much.
struct Asks {
    name: &'static str,
    cpu: &'static str,
    class: &'static str,
    port: u16,
}

impl Asks {
    const fn cpu(name: &'static str, cpu: &'static str) -> Self {
        Self {
            name,
            cpu,
            class: "",
            port: 0,
        }
    }

    const fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    const fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    fn set(&self) -> DaemonSet {
        let ports = match self.port {
            0 => json!([]),
            port => json!([{"containerPort": port, "hostPort": port}]),
        };
        serde_json::from_value(json!({
            "metadata": {"name": self.name, "namespace": "infra", "uid": self.name},
            "spec": {
                "selector": {"matchLabels": {"app": self.name}},
                "template": {
                    "metadata": {"labels": {"app": self.name}},
                    "spec": {
                        "priorityClassName": self.class,
                        "containers": [{
                            "name": "c", "ports": ports,
                            "resources": {"requests": {"cpu": self.cpu}},
                        }],
                    },
                },
            },
        }))
        .unwrap()
    }
}

fn classes() -> Admission {
    let class = |name: &str, policy: &str| -> PriorityClass {
        let class = json!({"metadata": {"name": name}, "value": 1000, "preemptionPolicy": policy});
        serde_json::from_value(class).unwrap()
    };
    Admission::default().priority_classes([
        class("high", "PreemptLowerPriority"),
        class("polite", "Never"),
    ])
}

/// Who loses a node of one cpu, and how, as `a may wait: b` in one line each.
fn losers(asked: &[Asks], pods: &[Value]) -> Vec<String> {
    let node = json!({
        "metadata": {"name": "n"},
        "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "10"}},
    });
    let facts: Vec<PodFacts> = pods
        .iter()
        .map(|pod| PodFacts::from_json(pod).unwrap())
        .collect();
    let room =
        ClusterRoom::new(&[NodeFacts::from_json(&node).unwrap()], &facts).with_admission(classes());
    let nodes: [Node; 1] = [serde_json::from_value(node).unwrap()];
    let pods: Vec<Pod> = pods
        .iter()
        .map(|pod| serde_json::from_value(pod.clone()).unwrap())
        .collect();
    let cluster = Cluster::new(&nodes, &pods);
    let rooms: Vec<(String, SetRoom<'_>, Vec<String>)> = asked
        .iter()
        .map(|asks| {
            let planner = Planner::new(&asks.set()).unwrap();
            let of_set = SetRoom::new(&planner, &cluster, &room).unwrap();
            let nodes = of_set.nodes_to_come(&planner, &cluster);
            (format!("infra/{}", asks.name), of_set, nodes)
        })
        .collect();
    let mut contenders: Vec<Contender<'_>> = rooms
        .iter()
        .map(|(set, room, nodes)| Contender {
            set: set.clone(),
            room,
            nodes: nodes.clone(),
        })
        .collect();
    let found = contentions(&contenders);
    contenders.reverse();
    assert_eq!(found, contentions(&contenders), "the order of sets matters");
    found
        .iter()
        .map(|it| {
            let how = match it.order {
                Order::Known => "waits",
                _ => "may wait",
            };
            let name = |set: &str| set.trim_start_matches("infra/").to_owned();
            let rivals: Vec<String> = it.rivals.iter().map(|set| name(set)).collect();
            format!("{} {how}: {}", name(&it.set), rivals.join(", "))
        })
        .collect()
}

#[test]
fn there_is_room_for_all() {
    assert!(losers(&[Asks::cpu("a", "500m"), Asks::cpu("b", "500m")], &[]).is_empty());
}

#[test]
fn of_one_priority_either_may_wait() {
    assert_eq!(
        losers(&[Asks::cpu("a", "600m"), Asks::cpu("b", "500m")], &[]),
        ["a may wait: b", "b may wait: a"]
    );
}

#[test]
fn the_higher_priority_takes_the_room() {
    assert_eq!(
        losers(
            &[Asks::cpu("a", "600m").class("high"), Asks::cpu("b", "500m")],
            &[]
        ),
        ["b waits: a"]
    );
}

#[test]
fn a_class_that_evicts_nobody_takes_it_only_if_it_comes_first() {
    assert_eq!(
        losers(
            &[
                Asks::cpu("a", "600m").class("polite"),
                Asks::cpu("b", "500m")
            ],
            &[]
        ),
        ["a may wait: b", "b may wait: a"]
    );
}

#[test]
fn it_may_take_several_to_keep_one_off() {
    let asks = [
        Asks::cpu("a", "400m"),
        Asks::cpu("b", "400m"),
        Asks::cpu("c", "400m"),
    ];
    assert_eq!(
        losers(&asks, &[]),
        ["a may wait: b, c", "b may wait: a, c", "c may wait: a, b"]
    );
}

#[test]
fn host_ports_are_taken_once() {
    assert_eq!(
        losers(
            &[Asks::cpu("a", "1m").port(80), Asks::cpu("b", "1m").port(80)],
            &[]
        ),
        ["a may wait: b", "b may wait: a"]
    );
}

#[test]
fn one_that_never_fits_takes_nothing() {
    assert!(
        losers(
            &[Asks::cpu("a", "2").class("high"), Asks::cpu("b", "1")],
            &[]
        )
        .is_empty()
    );
}

#[test]
fn one_that_is_there_already_is_none_to_come() {
    let pod = json!({
        "metadata": {
            "name": "a-1", "namespace": "infra", "labels": {"app": "a"},
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "a", "uid": "a",
                "controller": true,
            }],
        },
        "spec": {
            "nodeName": "n", "containers": [{"name": "c", "resources": {"requests": {"cpu": "600m"}}}],
        },
        "status": {"phase": "Running"},
    });
    // The other one simply finds no room, which is told elsewhere.
    assert!(losers(&[Asks::cpu("a", "600m"), Asks::cpu("b", "500m")], &[pod]).is_empty());
}
