//! Rollouts whose new pods find no room.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
use daemonset::fit::{ClusterRoom, NodeFacts, PodFacts};
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::room::{Room, SetRoom, waits};
use daemonset_explain::what_if::{End, Forecast, compare_with_room, forecast};
use serde_json::{Value, json};

/// Nodes of two CPUs each, and what is on them.
struct World {
    nodes: Vec<Value>,
    pods: Vec<Value>,
}

fn set(cpu: &str, strategy: &Value) -> DaemonSet {
    serde_json::from_value(json!({
        "metadata": {
            "name": "agent", "namespace": "infra", "uid": "1", "generation": 1,
            "annotations": {"deprecated.daemonset.template.generation": "1"},
        },
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": strategy},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"containers": [{
                    "name": "agent", "image": "agent",
                    "resources": {"requests": {"cpu": cpu}},
                }]},
            },
        },
    }))
    .unwrap()
}

fn no_surge(budget: i32) -> Value {
    json!({"maxUnavailable": budget, "maxSurge": 0})
}

impl World {
    /// Four nodes, each with a pod of the daemon that asks for 1500m.
    fn new() -> Self {
        let mut world = Self {
            nodes: Vec::new(),
            pods: Vec::new(),
        };
        for node in ["a", "b", "c", "d"] {
            world.node(node, "2");
            world.pod(&format!("agent-{node}"), node, "1500m", json!({
                "labels": {"app": "agent", "controller-revision-hash": "1"},
                "ownerReferences": [{"kind": "DaemonSet", "name": "agent", "uid": "1", "controller": true}],
            }));
        }
        world
    }

    fn node(&mut self, name: &str, cpu: &str) {
        self.nodes.push(json!({
            "metadata": {"name": name},
            "status": {"allocatable": {"cpu": cpu, "pods": "110"}},
        }));
    }

    fn pod(&mut self, name: &str, node: &str, cpu: &str, mut metadata: Value) {
        metadata["name"] = name.into();
        metadata["namespace"] = "infra".into();
        self.pods.push(json!({
            "metadata": metadata,
            "spec": {
                "nodeName": node,
                "containers": [{"name": "c", "resources": {"requests": {"cpu": cpu}}}],
            },
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }));
    }

    fn with_world<T>(&self, tell: impl FnOnce(&Cluster<'_>, &ClusterRoom) -> T) -> T {
        fn read<T: serde::de::DeserializeOwned>(objects: &[Value]) -> Vec<T> {
            let each = objects.iter().cloned();
            each.map(|object| serde_json::from_value(object).unwrap())
                .collect()
        }
        let (nodes, pods): (Vec<Node>, Vec<Pod>) = (read(&self.nodes), read(&self.pods));
        let (node_facts, pod_facts): (Vec<NodeFacts>, Vec<PodFacts>) =
            (read(&self.nodes), read(&self.pods));
        let room = ClusterRoom::new(&node_facts, &pod_facts);
        let revisions: [ControllerRevision; 0] = [];
        tell(
            &Cluster::new(&nodes, &pods).with_revisions(&revisions),
            &room,
        )
    }

    /// What becomes of a rollout from one version to the other.
    fn rollout(&self, from: &DaemonSet, to: &DaemonSet) -> Forecast {
        let mut to = to.clone();
        to.metadata.generation = 2;
        let annotations = &mut to.metadata.annotations;
        annotations.insert("deprecated.daemonset.template.generation", "2");
        self.with_world(|cluster, room| {
            compare_with_room(from, &to, cluster, cluster, &Options::default(), room)
                .unwrap()
                .after
        })
    }
}

fn without_room(forecast: &Forecast) -> Vec<&str> {
    let nodes = forecast.without_room.iter();
    nodes.map(|it| it.node.as_str()).collect()
}

#[test]
fn a_request_that_no_node_can_hold_stops_after_the_budget() {
    let world = World::new();
    let (old, new) = (set("1500m", &no_surge(1)), set("2500m", &no_surge(1)));
    let forecast = world.rollout(&old, &new);
    assert_eq!(forecast.end, End::Stalled);
    assert_eq!(forecast.restarted.len(), 1);
    assert_eq!(without_room(&forecast), ["a", "b", "c", "d"]);
    assert_eq!(
        forecast.without_room[0].why,
        "node too small: asks for 2500m cpu, more than the 2 that the node has"
    );
}

#[test]
fn without_surge_the_old_pods_room_is_free_first() {
    let world = World::new();
    let forecast = world.rollout(&set("1500m", &no_surge(1)), &set("1900m", &no_surge(1)));
    assert_eq!(forecast.end, End::Settled);
    assert_eq!(without_room(&forecast), [""; 0]);
}

#[test]
fn with_surge_both_must_fit() {
    let world = World::new();
    let surge = json!({"maxUnavailable": 0, "maxSurge": 1});
    let forecast = world.rollout(&set("1500m", &surge), &set("1000m", &surge));
    assert_eq!(forecast.end, End::Stalled);
    assert_eq!(forecast.restarted.len(), 0);
    assert_eq!(without_room(&forecast), ["a", "b", "c", "d"]);
    // Half a CPU is free beside the old pod.
    let forecast = world.rollout(&set("1500m", &surge), &set("500m", &surge));
    assert_eq!(forecast.end, End::Settled);
}

#[test]
fn a_budget_that_outlasts_the_full_nodes_leaves_them_behind() {
    let mut world = World::new();
    world.pod("batch", "b", "400m", json!({}));
    let forecast = world.rollout(&set("1500m", &no_surge(2)), &set("1700m", &no_surge(2)));
    assert_eq!(forecast.end, End::Unavailable);
    assert_eq!(forecast.restarted.len(), 4);
    assert_eq!(without_room(&forecast), ["b"]);
    assert_eq!(
        forecast.without_room[0].why,
        "node full: asks for 1700m cpu, 1600m of 2 is free, held by pod infra/batch (400m)"
    );
}

#[test]
fn what_is_terminating_is_waited_for() {
    let mut world = World::new();
    let goes = json!({"deletionTimestamp": "2026-03-01T09:00:00Z"});
    world.pod("batch", "b", "400m", goes);
    let forecast = world.rollout(&set("1500m", &no_surge(1)), &set("1700m", &no_surge(1)));
    assert_eq!(forecast.end, End::Settled);
    world.with_world(|cluster, room| {
        let planner = Planner::new(&set("1700m", &no_surge(1))).unwrap();
        let room = SetRoom::new(&planner, cluster, room).unwrap();
        let found = room.alone("b").unwrap();
        assert!(matches!(found, Room::AfterTerminating { .. }));
        assert_eq!(
            room.why("b", &found).unwrap(),
            "waits for terminating pods: pod infra/batch"
        );
    });
}

#[test]
fn without_the_question_everything_has_room() {
    let world = World::new();
    let forecast = world.with_world(|cluster, _| {
        forecast(&set("2500m", &no_surge(1)), cluster, &Options::default()).unwrap()
    });
    assert_eq!(without_room(&forecast), [""; 0]);
}

/// A pod of the daemon that waits for a node.
fn pending(world: &mut World, name: &str, node: &str, cpu: &str) {
    world.pods.push(json!({
        "metadata": {
            "name": name, "namespace": "infra",
            "labels": {"app": "agent", "controller-revision-hash": "1"},
            "ownerReferences": [{"kind": "DaemonSet", "name": "agent", "uid": "1", "controller": true}],
        },
        "spec": {
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [
                    {"key": "metadata.name", "operator": "In", "values": [node]},
                ]}],
            }}},
            "containers": [{"name": "agent", "resources": {"requests": {"cpu": cpu}}}],
        },
        "status": {"phase": "Pending"},
    }));
}

/// What the daemon's pods wait for, as sentences.
fn told(world: &World, now: &str) -> Vec<String> {
    world.with_world(|cluster, room| {
        let planner = Planner::new(&set("500m", &no_surge(1))).unwrap();
        let waits = waits(&planner, cluster, room, now.parse().unwrap());
        waits.iter().map(ToString::to_string).collect()
    })
}

#[test]
fn what_is_asked_free_and_held_is_told_of_pods_that_wait() {
    let mut world = World::new();
    world.pods.clear();
    world.nodes[2]["status"]["allocatable"]["cpu"] = "8".into();
    world.pod("batch", "a", "1800m", json!({}));
    let goes = json!({"deletionTimestamp": "2026-03-01T09:00:00Z"});
    world.pod("goes", "b", "1800m", goes);
    pending(&mut world, "agent-a", "a", "500m");
    pending(&mut world, "agent-b", "b", "500m");
    pending(&mut world, "agent-c", "c", "500m");
    pending(&mut world, "agent-d", "d", "3");
    assert_eq!(
        told(&world, "2026-03-01T09:05:00Z"),
        [
            "not scheduled on a: node full: asks for 500m cpu, 200m of 2 is free, held by pod \
             infra/batch (1800m)",
            "not scheduled on b: it has room once infra/goes is gone, which is terminating, though \
             the grace period ended 5 min ago",
            "not scheduled on c: by what was given it has room there; pods that were not given may \
             have taken it, or the scheduler has not come to it",
            "not scheduled on d: node too small: asks for 3 cpu, more than the 2 that the node has",
        ]
    );
}

#[test]
fn pods_that_wait_for_the_same_are_told_together() {
    let mut world = World::new();
    world.pods.clear();
    pending(&mut world, "agent-a", "a", "3");
    pending(&mut world, "agent-b", "b", "3");
    assert_eq!(
        told(&world, "2026-03-01T09:05:00Z"),
        [
            "not scheduled on 2 nodes (a and b): node too small: asks for 3 cpu, more than the 2 that the node has; no node that should run the daemon has that much"
        ]
    );
}

/// Nodes are taken by name here. Which of them are full stands for the order in which Kubernetes may
/// come to them: over all ways, the fewest and the most restarts are those that are told.
#[test]
fn how_many_restart_is_told_for_every_order() {
    let surge = |most: i32| json!({"maxUnavailable": 0, "maxSurge": most});
    for strategy in (1..=4).flat_map(|limit| [no_surge(limit), surge(limit)]) {
        for full in 1..=4 {
            let mut seen = Vec::new();
            let mut told = Vec::new();
            for nodes in (0_u32..16).filter(|nodes| nodes.count_ones() == full) {
                let mut world = World::new();
                for (at, node) in ["a", "b", "c", "d"].iter().enumerate() {
                    if nodes & (1 << at) != 0 {
                        world.pod(&format!("batch-{node}"), node, "400m", json!({}));
                    }
                }
                let cpu = if strategy["maxSurge"] == 0 {
                    ("1500m", "1700m")
                } else {
                    ("1500m", "200m")
                };
                let forecast = world.rollout(&set(cpu.0, &strategy), &set(cpu.1, &strategy));
                seen.push(forecast.restarted.len());
                told.push(forecast.open.unwrap());
            }
            let open = told[0];
            assert!(told.iter().all(|it| *it == open), "{strategy} {full}");
            let bounds = (seen.iter().min(), seen.iter().max());
            assert_eq!(
                bounds,
                (Some(&open.least), Some(&open.most)),
                "{strategy} {full}"
            );
        }
    }
    let world = World::new();
    let settled = world.rollout(&set("1500m", &no_surge(1)), &set("1900m", &no_surge(1)));
    assert_eq!(settled.open, None);
}
