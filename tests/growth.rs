//! What is decided takes time in proportion to what it is decided from.

use daemonset::api::{ControllerRevision, DaemonSet, LabelSelector, Labels, Node, Pod};
use daemonset::matching::Selector;
use daemonset::placement::{Rules, Verdict};
use daemonset::tracker::Tracker;
use daemonset::{Cluster, Options, Planner};
use daemonset_testkit::growth::grows_in_proportion;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A DaemonSet with this pod spec.
fn set(name: &str, pod_spec: &Value) -> DaemonSet {
    read(json!({
        "metadata": {"name": name, "namespace": "infra", "uid": name, "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec},
        },
    }))
}

fn pod(name: &str, set: &str, node: &str) -> Pod {
    read(json!({
        "metadata": {
            "name": name, "namespace": "infra", "labels": {"app": set},
            "ownerReferences": [{"kind": "DaemonSet", "name": set, "uid": set, "controller": true}],
        },
        "spec": {"nodeName": node},
        "status": {"phase": "Running"},
    }))
}

/// Labels `k0` and so on, each with the value `v`.
fn labels(count: usize) -> Labels {
    (0..count).map(|at| (format!("k{at}"), "v")).collect()
}

fn node_with_labels(count: usize) -> Node {
    let mut node = Node::default();
    node.metadata.name = "n".into();
    node.metadata.labels = labels(count);
    node
}

#[test]
fn taints_and_tolerations_of_different_keys() {
    taints_and_tolerations(
        |at| json!({"key": format!("t{at}"), "effect": "NoSchedule"}),
        |at| json!({"key": format!("o{at}"), "operator": "Exists"}),
    );
}

#[test]
fn taints_and_tolerations_of_one_key() {
    taints_and_tolerations(
        |at| json!({"key": "k", "value": format!("t{at}"), "effect": "NoSchedule"}),
        |at| json!({"key": "k", "operator": "Equal", "value": format!("o{at}")}),
    );
}

#[test]
fn taints_and_tolerations_with_numbers() {
    taints_and_tolerations(
        |at| json!({"key": "k", "value": at.to_string(), "effect": "NoSchedule"}),
        |at| json!({"key": "k", "operator": "Lt", "value": format!("-{at}")}),
    );
}

fn taints_and_tolerations(taint: fn(usize) -> Value, toleration: fn(usize) -> Value) {
    let make = |count: usize| {
        let tolerations: Value = (0..count).map(toleration).collect();
        let taints: Value = (0..count).map(taint).collect();
        let set = set("agent", &json!({"tolerations": tolerations}));
        let node = read(json!({"metadata": {"name": "n"}, "spec": {"taints": taints}}));
        (Rules::new(&set.spec.template), node)
    };
    grows_in_proportion(1_000, make, |(rules, node): &(Rules, Node)| {
        let placement = rules.place(node);
        assert_eq!(placement.verdict, Verdict::KeepExisting);
        assert_eq!(placement.obstacles.len(), node.spec.taints.len());
    });
}

#[test]
fn labels_and_entries_of_the_node_selector() {
    let make = |count: usize| {
        let wanted: serde_json::Map<_, _> = (0..count)
            .map(|at| (format!("k{at}"), "v".into()))
            .collect();
        let set = set("agent", &json!({"nodeSelector": wanted}));
        (Rules::new(&set.spec.template), node_with_labels(count))
    };
    grows_in_proportion(4_000, make, |(rules, node): &(Rules, Node)| {
        assert_eq!(rules.verdict(node), Verdict::Run);
    });
}

#[test]
fn labels_and_requirements_of_the_node_affinity() {
    let make = |count: usize| {
        let requirement =
            |at: usize| json!({"key": format!("k{at}"), "operator": "NotIn", "values": ["w"]});
        let all: Value = (0..count).map(requirement).collect();
        let affinity = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution":
                {"nodeSelectorTerms": [{"matchExpressions": all}]},
        }});
        let set = set("agent", &json!({"affinity": affinity}));
        (Rules::new(&set.spec.template), node_with_labels(count))
    };
    grows_in_proportion(4_000, make, |(rules, node): &(Rules, Node)| {
        assert_eq!(rules.verdict(node), Verdict::Run);
    });
}

#[test]
fn labels_and_requirements_of_a_selector() {
    let make = |count: usize| {
        let selector = LabelSelector {
            match_labels: labels(count),
            ..LabelSelector::default()
        };
        (Selector::new(Some(&selector)).unwrap(), labels(count))
    };
    grows_in_proportion(4_000, make, |(selector, labels): &(Selector, Labels)| {
        assert!(selector.matches(labels));
    });
}

/// Each set reads its own revisions alone.
#[test]
fn sets_and_their_revisions() {
    let make = |count: usize| -> (Vec<DaemonSet>, Vec<ControllerRevision>) {
        let sets = (0..count).map(|at| set(&format!("s{at}"), &json!({})));
        let revisions = (0..4 * count).map(|at| {
            let owner = format!("s{}", at / 4);
            read(json!({
                "metadata": {
                    "name": format!("{owner}-{at}"), "namespace": "infra", "labels": {"app": owner},
                    "ownerReferences":
                        [{"kind": "DaemonSet", "name": owner, "uid": owner, "controller": true}],
                },
                "revision": at + 1,
                "data": {"spec": {"template": {"a": at}}},
            }))
        });
        (sets.collect(), revisions.collect())
    };
    grows_in_proportion(500, make, |(sets, revisions)| {
        let cluster: Cluster<'_> = Cluster::new(&[], &[]);
        let cluster = cluster.with_revisions(revisions);
        for set in sets {
            let planner = Planner::in_cluster(set, &cluster, &Options::default()).unwrap();
            assert_eq!(planner.old_revisions().len(), 4);
        }
    });
}

/// Pods of one node that come and go one by one between two plans.
#[test]
fn pods_of_one_node() {
    let make = |count: usize| -> Vec<Pod> {
        (0..count)
            .map(|at| pod(&format!("p{at}"), "agent", "n"))
            .collect()
    };
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    grows_in_proportion(2_000, make, |pods: &Vec<Pod>| {
        let mut tracker = Tracker::new();
        tracker.put_node(&node_with_labels(0));
        let planner = Planner::new(&set("agent", &json!({}))).unwrap();
        let set = tracker.put_set(planner.with_revisions(&[]));
        assert!(tracker.plan(set, now).is_some());
        for pod in pods {
            tracker.put_pod(pod);
        }
        let plan = tracker.plan(set, now).unwrap();
        assert_eq!(plan.status.current_number_scheduled, 1);
        for pod in &pods[1..] {
            tracker.remove_pod("infra", &pod.metadata.name);
        }
        let plan = tracker.plan(set, now).unwrap();
        assert_eq!(plan.status.current_number_scheduled, 1);
        assert_eq!(tracker.pod_count(), 1);
    });
}
