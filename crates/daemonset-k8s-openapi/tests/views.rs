//! A view of a generated type reads what the crate's own type reads of the same JSON.

use std::collections::BTreeMap;

use daemonset::api;
use daemonset::policy::Signals;
use daemonset::tracker::Tracker;
use daemonset::view::{NodeView, PodView};
use daemonset::{Cluster, Planner};
use daemonset_k8s_openapi::{FromObjects, View};
use daemonset_testkit::generate::{Oddity, worlds};
use k8s_openapi::api::core::v1::{Node, Pod};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The same object in another type.
fn same<T: DeserializeOwned>(object: &impl Serialize) -> T {
    let json = serde_json::to_value(object).unwrap();
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

macro_rules! equal {
    ($what:expr, $own:expr, $typed:expr $(,)?) => {
        assert_eq!($own, $typed, "{}", $what)
    };
}

fn compare_nodes(own: &impl NodeView, typed: &impl NodeView) {
    equal!("name", own.name(), typed.name());
    let labels: BTreeMap<_, _> = own.labels().collect();
    equal!("labels", labels, typed.labels().collect::<BTreeMap<_, _>>());
    for key in labels.keys().copied().chain(["absent", ""]) {
        equal!(key, own.label(key), typed.label(key));
    }
    let taints: (Vec<_>, Vec<_>) = (own.taints().collect(), typed.taints().collect());
    equal!("taints", taints.0, taints.1);
    equal!("newest time", own.newest_time(), typed.newest_time());
}

fn compare_pods(own: &impl PodView, typed: &impl PodView) {
    equal!("namespace", own.namespace(), typed.namespace());
    equal!("name", own.name(), typed.name());
    equal!("uid", own.uid(), typed.uid());
    let labels: BTreeMap<_, _> = own.labels().collect();
    equal!("labels", labels, typed.labels().collect::<BTreeMap<_, _>>());
    for key in labels.keys().copied().chain(["absent", ""]) {
        equal!(key, own.label(key), typed.label(key));
    }
    equal!("controller", own.controller(), typed.controller());
    equal!("node", own.node_name(), typed.node_name());
    equal!("aimed at", own.aimed_at(), typed.aimed_at());
    equal!("target", own.target_node(), typed.target_node());
    equal!("terminating", own.is_terminating(), typed.is_terminating());
    equal!("phase", own.phase(), typed.phase());
    equal!("created", own.created(), typed.created());
    equal!("ready", own.ready(), typed.ready());
    equal!("newest time", own.newest_time(), typed.newest_time());
}

proptest! {
    #[test]
    fn generated_types_read_as_the_crates_own(world in worlds(Oddity::Anything)) {
        let nodes: Vec<Node> = world.nodes.iter().map(same).collect();
        let pods: Vec<Pod> = world.pods.iter().map(same).collect();
        for (own, typed) in world.nodes.iter().zip(&nodes) {
            compare_nodes(own, &View(typed));
        }
        for (own, typed) in world.pods.iter().zip(&pods) {
            compare_pods(own, &View(typed));
        }

        let planner = Planner::new(&world.set);
        prop_assume!(planner.is_ok());
        let planner = planner.unwrap().with_revisions(&world.revisions);
        let expected = planner.plan(&Cluster::new(&world.nodes, &world.pods).with_now(world.now));
        let (nodes, pods): (Vec<_>, Vec<_>) =
            (nodes.iter().map(View).collect(), pods.iter().map(View).collect());
        let planned = planner.plan(&Cluster::new(&nodes, &pods).with_now(world.now));
        prop_assert_eq!(&planned, &expected);

        let mut tracker = Tracker::new();
        for node in &nodes {
            tracker.put_node(node);
        }
        for pod in &pods {
            tracker.put_pod(pod);
        }
        let set = tracker.put_set(planner);
        prop_assert_eq!(tracker.plan(set, world.now).unwrap().actions, expected.actions);
    }
}

/// What clusters that are generated do not have.
#[test]
fn odd_objects_read_alike() {
    let affinity = |terms: Value| {
        json!({"spec": {"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}
        }}}})
    };
    let field = |operator: &str, values: Value| json!({"key": "metadata.name", "operator": operator, "values": values});
    for pod in [
        json!({}),
        json!({"metadata": {"labels": {}, "ownerReferences": []}, "spec": {}, "status": {}}),
        json!({"spec": {"nodeName": ""}, "status": {"phase": "Odd", "conditions": []}}),
        json!({"metadata": {"ownerReferences": [
            {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "1"},
            {"apiVersion": "v1", "kind": "A", "name": "b", "uid": "2", "controller": false},
            {"apiVersion": "v1", "kind": "A", "name": "c", "uid": "3", "controller": true},
            {"apiVersion": "v1", "kind": "A", "name": "d", "uid": "4", "controller": true},
        ]}}),
        json!({"status": {"conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-03-01T12:00:09Z"},
            {"type": "Ready", "status": "Unknown"},
            {"type": "Ready", "status": "True"},
        ]}}),
        json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
        json!({"status": {"conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T12:00:00.5Z"},
        ]}}),
        affinity(json!([])),
        affinity(
            json!([{}, {"matchFields": [field("NotIn", json!(["a"])), field("In", json!(["b"]))]}]),
        ),
        affinity(json!([{"matchFields": [field("In", json!(["a", "b"]))]}])),
        affinity(json!([{"matchFields": [field("In", Value::Null)]}])),
        json!({"metadata": {"deletionTimestamp": "2026-03-01T12:00:00Z"}}),
    ] {
        compare_pods(&same::<api::Pod>(&pod), &View(same::<Pod>(&pod)));
    }
    for node in [
        json!({}),
        json!({"metadata": {"creationTimestamp": "2026-03-01T12:00:00Z"}, "spec": {}, "status": {}}),
        json!({"spec": {"taints": [
            {"key": "a", "effect": "NoSchedule"},
            {"key": "b", "value": "c", "effect": "NoExecute", "timeAdded": "2026-03-01T12:00:03Z"},
        ]}}),
        json!({"status": {"conditions": [
            {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-03-01T12:00:04Z"},
        ]}}),
    ] {
        compare_nodes(&same::<api::Node>(&node), &View(same::<Node>(&node)));
    }
}

#[test]
fn versions_are_numbers() {
    let pod = |version: &str| -> Pod { same(&json!({"metadata": {"resourceVersion": version}})) };
    let version = |version| View(pod(version)).resource_version();
    assert_eq!(version("17"), Some(17));
    assert_eq!(version(""), None);
    assert_eq!(version("x"), None);
    let node: Node = same(&json!({"metadata": {"resourceVersion": "18"}}));
    assert_eq!(View(&node).resource_version(), Some(18));
    // An older version does not take the place of a newer one.
    let node = |version: &str, label: &str| -> Node {
        same(
            &json!({"metadata": {"name": "n", "resourceVersion": version, "labels": {"a": label}}}),
        )
    };
    let mut tracker = Tracker::new();
    let set = json!({"spec": {
        "selector": {"matchLabels": {"app": "x"}},
        "template": {"metadata": {"labels": {"app": "x"}}, "spec": {"nodeSelector": {"a": "new"}}},
    }});
    let set = tracker.put_set(Planner::new(&same(&set)).unwrap());
    tracker.put_node(&View(node("9", "new")));
    tracker.put_node(&View(node("8", "old")));
    let now = api::Timestamp::from_unix_seconds(0);
    let desired = tracker
        .plan(set, now)
        .unwrap()
        .status
        .desired_number_scheduled;
    assert_eq!(desired, 1);
}

#[test]
fn what_a_policy_reads_of_them() {
    type OfPolicy = dyn Signals<View<Node>, View<Pod>>;
    let signals: &OfPolicy = &FromObjects;
    let node: Node = serde_json::from_value(json!({
        "metadata": {"creationTimestamp": "2026-03-01T12:00:00Z"},
        "status": {"conditions": [
            {"type": "Ready", "status": "True"},
            {"type": "DrainInProgress", "status": "True"},
        ]},
    }))
    .unwrap();
    let created = "2026-03-01T12:00:00Z".parse().ok();
    assert_eq!(signals.node_created(&View(node.clone())), created);
    assert!(signals.in_maintenance(&View(node)));
    assert!(!signals.in_maintenance(&View(Node::default())));

    let ended = |at| json!({"terminated": {"exitCode": 1, "finishedAt": at}});
    let status = |name, restarts, last| json!({"name": name, "image": "", "imageID": "", "ready": true, "restartCount": restarts, "lastState": last});
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-7"}},
        "status": {
            "initContainerStatuses": [status("a", 1, ended("2026-03-01T12:00:00Z"))],
            "containerStatuses": [status("b", 2, ended("2026-03-01T11:00:00Z")), status("c", -1, json!({}))],
        },
    }))
    .unwrap();
    assert_eq!(signals.deletion_cost(&View(pod.clone())), -7);
    assert_eq!(signals.restarts(&View(pod.clone())), 3);
    assert_eq!(signals.last_restart(&View(pod)), created);
    let empty = View(Pod::default());
    let nothing = (signals.deletion_cost(&empty), signals.restarts(&empty));
    assert_eq!((nothing, signals.last_restart(&empty)), ((0, 0), None));
}
