//! What a tracker keeps, seen from within: nothing of what has gone, and each value once.

use super::*;
use crate::Cluster;
use crate::api::{DaemonSet, Labels, Node, Pod, PodPhase};
use crate::view::Ready;
use serde_json::json;

/// A pod whose labels come in any order, as a foreign type may have them.
struct Foreign<'a> {
    namespace: &'a str,
    uid: &'a str,
    name: &'a str,
    labels: &'a [(&'a str, &'a str)],
    version: Option<u64>,
}

fn foreign<'a>(
    name: &'a str,
    labels: &'a [(&'a str, &'a str)],
    version: Option<u64>,
) -> Foreign<'a> {
    Foreign {
        namespace: "infra",
        uid: "4bb0a2e1-7c1c-4b19-9d4e-0f2f7a9c1d3e",
        name,
        labels,
        version,
    }
}

impl PodView for Foreign<'_> {
    fn namespace(&self) -> &str {
        self.namespace
    }
    fn name(&self) -> &str {
        self.name
    }
    fn uid(&self) -> &str {
        self.uid
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().copied()
    }
    fn controller(&self) -> Option<&str> {
        Some("set")
    }
    fn node_name(&self) -> Option<&str> {
        Some("a")
    }
    fn aimed_at(&self) -> Option<&str> {
        None
    }
    fn is_terminating(&self) -> bool {
        false
    }
    fn phase(&self) -> PodPhase {
        PodPhase::Running
    }
    fn created(&self) -> Option<Timestamp> {
        None
    }
    fn ready(&self) -> Ready {
        Ready::No
    }
    fn resource_version(&self) -> Option<u64> {
        self.version
    }
}

fn node(name: &str, label: &str, taint: &str) -> Node {
    serde_json::from_value(json!({
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "disk": label}},
        "spec": {"taints": [{"key": taint, "effect": "NoSchedule"}]},
    }))
    .unwrap()
}

fn pod(name: &str, node: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": {
            "name": name, "namespace": "infra", "uid": name, "labels": {"app": "agent"},
            "ownerReferences": [{"uid": "set", "controller": true}],
        },
        "spec": {"nodeName": node},
    }))
    .unwrap()
}

fn set() -> Planner {
    set_on(&json!({"disk": "ssd"}))
}

fn set_on(node_selector: &serde_json::Value) -> Planner {
    let set: DaemonSet = serde_json::from_value(json!({
        "metadata": {"name": "agent", "namespace": "infra", "uid": "set"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"nodeSelector": node_selector},
            },
        },
    }))
    .unwrap();
    Planner::new(&set).unwrap()
}

/// How many strings, label sets, lists of taints, places and pods are kept.
fn kept(tracker: &Tracker) -> [usize; 5] {
    let store = &tracker.store;
    let places = (0..store.places()).filter(|id| store.place(*id).is_some());
    [
        store.strings.count(),
        store.label_sets.count(),
        store.taints.count(),
        places.count(),
        store.pods().count(),
    ]
}

/// Whatever has come and gone, nothing of it stays.
#[test]
fn nothing_stays_of_what_has_gone() {
    let now = Timestamp::from_unix_seconds(0);
    let mut tracker = Tracker::new();
    let facts = |terminating, controller: Option<&str>| PodFacts {
        terminating,
        controller: controller.map(str::to_owned),
    };
    for round in 0..3 {
        let id = tracker.put_set(set());
        tracker.put_node(&node("a", "ssd", "x"));
        tracker.put_node(&node("a", "ssd", "x"));
        tracker.put_node(&node("a", "hdd", "y"));
        tracker.put_node(&node("b", "ssd", "x"));
        tracker.put_pod(&pod("p", "a"));
        tracker.put_pod(&pod("p", "a"));
        tracker.put_pod(&pod("p", "b"));
        tracker.put_pod(&pod("q", "missing"));
        assert!(tracker.plan(id, now).is_some());
        // An older version of a pod is passed over, with the place that it names.
        let labels = [("z", "1"), ("app", "agent")];
        tracker.put_pod(&foreign("r", &labels, Some(9)));
        tracker.put_pod(&foreign("r", &labels, Some(8)));
        tracker.set_pod_facts("infra", "p", &facts(true, None));
        tracker.set_pod_facts("infra", "p", &facts(true, Some("another")));
        tracker.set_pod_facts("infra", "p", &facts(true, Some("another")));
        tracker.set_pod_facts("infra", "nothing", &facts(true, Some("another")));
        assert!(tracker.plan(id, now).is_some());
        assert_eq!(tracker.pod_count(), 3);
        assert_eq!(tracker.put_set(set()), id);

        // In any order.
        match round {
            0 => tracker.remove_set(id),
            1 => tracker.remove_node("b"),
            _ => tracker.remove_pod("infra", "q"),
        }
        for name in ["p", "q", "r"] {
            tracker.remove_pod("infra", name);
        }
        for name in ["a", "b"] {
            tracker.remove_node(name);
        }
        tracker.remove_set(id);
        assert_eq!(kept(&tracker), [0; 5], "round {round}");
    }
}

/// Labels are kept once, in whatever order they come.
#[test]
fn label_sets_are_kept_once() {
    let mut tracker = Tracker::new();
    tracker.put_pod(&foreign("other", &[("app", "other")], None));
    let orders = [
        &[("app", "agent"), ("z", "1")],
        &[("z", "1"), ("app", "agent")],
        &[("z", "1"), ("app", "agent")],
    ];
    for (name, labels) in ["one", "two", "three"].into_iter().zip(orders) {
        tracker.put_pod(&foreign(name, labels, None));
    }
    assert_eq!(tracker.store.label_sets.count(), 2);
    let ids: Vec<_> = tracker.store.pods().map(|(_, pod)| pod.labels).collect();
    assert_eq!(ids[1..], [ids[1]; 3]);
    assert_ne!(ids[0], ids[1]);
    let kept = tracker.store.label_sets.get(ids[1]).unwrap();
    assert_eq!(*kept, Labels::from_iter([("app", "agent"), ("z", "1")]));
}

/// What a controller knows of a pod before a watch shows it.
#[test]
fn facts_of_a_pod() {
    let mut tracker = Tracker::new();
    assert_eq!(tracker.pod_facts("infra", "p"), None);
    assert_eq!(tracker.pod_version("infra", "p"), None);
    tracker.put_pod(&pod("p", "a"));
    assert_eq!(tracker.pod_version("infra", "p"), None, "it is not known");
    let first = PodFacts::of(&pod("p", "a"));
    assert_eq!(first.controller.as_deref(), Some("set"));
    assert!(!first.terminating);
    assert_eq!(
        tracker.pod_facts("infra", "p"),
        Some((Uid::new("p"), first))
    );
    for controller in [Some("another"), None] {
        let later = PodFacts {
            terminating: true,
            controller: controller.map(str::to_owned),
        };
        tracker.set_pod_facts("infra", "p", &later);
        assert_eq!(tracker.pod_facts("infra", "p").unwrap().1, later);
    }
    tracker.put_pod(&foreign("r", &[], Some(7)));
    assert_eq!(tracker.pod_version("infra", "r"), Some(7));
    // The same with a newer version says nothing new, but that it is newer.
    tracker.put_pod(&foreign("r", &[], Some(8)));
    assert_eq!(tracker.pod_version("infra", "r"), Some(8));
}

/// A long list makes room for a quarter more.
#[test]
fn lists_grow_by_a_quarter() {
    let mut list = Vec::new();
    let mut capacities = Vec::new();
    for item in 0..40 {
        interner::push(&mut list, item);
        if capacities.last() != Some(&list.capacity()) {
            capacities.push(list.capacity());
        }
    }
    assert_eq!(capacities, [8, 18, 30, 45]);
}

/// A newer status counts from then on.
#[test]
fn a_newer_status() {
    let now = Timestamp::from_unix_seconds(0);
    let mut tracker = Tracker::new();
    let id = tracker.put_set(set());
    assert!(tracker.looks_again_at(id).is_none());
    let plan = tracker.plan(id, now).unwrap();
    assert!(!tracker.is_due(id, now));
    tracker.put_status(id, &plan.status);
    assert!(tracker.is_due(id, now));
    assert_eq!(
        tracker.planner(id).unwrap().daemon_set().status,
        plan.status
    );

    // With a pod that becomes available later, that moment is told.
    let mut waiting = set().daemon_set().clone();
    waiting.spec.min_ready_seconds = 10;
    let id = tracker.put_set(Planner::new(&waiting).unwrap());
    tracker.put_node(&node("a", "ssd", "node.kubernetes.io/unschedulable"));
    let mut ready = pod("p", "a");
    ready.status = serde_json::from_value(json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "1970-01-01T00:00:00Z"},
    ]}))
    .unwrap();
    tracker.put_pod(&ready);
    assert!(tracker.plan(id, now).is_some());
    assert_eq!(tracker.looks_again_at(id), Some(now.plus_seconds(10)));
}

/// Rules that ask for many labels are answered from what is kept.
#[test]
fn many_labels() {
    let labels = |count: usize| -> serde_json::Map<String, serde_json::Value> {
        let label = |at: usize| (format!("k{at}"), json!("v"));
        (0..count).map(label).collect()
    };
    let mut tracker = Tracker::new();
    let id = tracker.put_set(set_on(&json!(labels(40))));
    for (name, count) in [("all", 40), ("few", 39)] {
        let node = json!({"metadata": {"name": name, "labels": labels(count)}});
        tracker.put_node(&serde_json::from_value::<Node>(node).unwrap());
    }
    assert_eq!(tracker.verdict(id, "all"), Some(Verdict::Run));
    assert_eq!(tracker.verdict(id, "few"), Some(Verdict::Exclude));
}

/// Where no revisions were given, what pods tell is counted: it is told until the last one of them has
/// gone, and tells of others.
#[test]
fn what_pods_tell_goes_with_the_last_of_them() {
    let now = Timestamp::from_unix_seconds(0);
    let mut daemon_set = set_on(&json!({})).daemon_set().clone();
    // Its controller has not seen it yet, so that its status tells nothing.
    daemon_set.metadata.generation = 2;
    let annotations = &mut daemon_set.metadata.annotations;
    annotations.insert("deprecated.daemonset.template.generation", "2");
    let planner = Planner::new(&daemon_set).unwrap();
    let mut tracker = Tracker::new();
    let id = tracker.put_set(planner.clone());
    let made = |name: &str, node: &str, generation: &str| {
        let mut pod = pod(name, node);
        pod.metadata
            .labels
            .insert("pod-template-generation", generation);
        let hash = format!("hash-{generation}");
        pod.metadata
            .labels
            .insert("controller-revision-hash", &hash);
        pod
    };
    let pods = [
        made("p", "a", "1"),
        made("q", "b", "2"),
        made("r", "c", "2"),
    ];
    let nodes = ["a", "b", "c"].map(|name| node(name, "ssd", "node.kubernetes.io/unschedulable"));
    for node in &nodes {
        tracker.put_node(node);
    }
    let mut undecided = Vec::new();
    for there in [&pods[..], &pods[..2], &pods[..1], &pods[..2]] {
        for pod in &pods {
            if there.iter().any(|it| it.metadata.name == pod.metadata.name) {
                tracker.put_pod(pod);
            } else {
                tracker.remove_pod("infra", &pod.metadata.name);
            }
        }
        let plan = tracker.plan(id, now).unwrap();
        let cluster = Cluster::new(&nodes, there).with_now(now);
        let afresh = planner.plan(&cluster);
        assert_eq!(
            (&plan.actions, plan.deferred),
            (&afresh.actions, afresh.deferred)
        );
        undecided.push(plan.deferred.undecided);
    }
    assert_eq!(undecided, [0, 0, 1, 0]);
}
