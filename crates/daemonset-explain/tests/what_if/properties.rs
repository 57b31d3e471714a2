//! Promises that hold for every cluster.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, DaemonSetStatus, Node, Pod, Timestamp};
use daemonset::outcome::Outcome;
use daemonset::placement::{Rules, Verdict};
use daemonset::rollout::Backoff;
use daemonset::template::Shape;
use daemonset::{Action, Cluster, Options, Planner};
use daemonset_explain::what_if::{Comparison, Difference, End, Forecast, differences};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::cluster::{Today, agent_with, set_at};

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn budgets() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!({"type": "OnDelete"}),
        json!({"rollingUpdate": {"maxUnavailable": 1}}),
        json!({"rollingUpdate": {"maxUnavailable": "40%"}}),
        json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 2}}),
        json!({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "100%"}}),
        json!({"rollingUpdate": {"maxUnavailable": 0}}),
        json!({"rollingUpdate": {"maxUnavailable": "1O%"}}),
        json!({"rollingUpdate": {"maxUnavailable": -1, "maxSurge": "-5%"}}),
    ])
}

fn labels() -> impl Strategy<Value = Value> {
    btree_map(select(vec!["disk", "zone"]), select(vec!["a", "b"]), 0..=2)
        .prop_map(|labels| json!(labels))
}

fn taints() -> impl Strategy<Value = Value> {
    let taint = (
        select(vec!["gpu", "node.kubernetes.io/not-ready"]),
        select(vec!["NoSchedule", "NoExecute", "PreferNoSchedule"]),
    );
    vec(taint, 0..=2).prop_map(|taints| {
        let taints = taints.into_iter();
        taints
            .map(|(key, effect)| json!({"key": key, "effect": effect}))
            .collect()
    })
}

/// The agent with any image, node selector, tolerations and strategy.
fn sets() -> impl Strategy<Value = DaemonSet> {
    (
        select(vec!["agent:1", "agent:2", "agent:3"]),
        option::weighted(0.4, labels()),
        any::<bool>(),
        budgets(),
        select(vec![0, 10]),
    )
        .prop_map(
            |(image, selector, tolerates, strategy, min_ready_seconds)| {
                let mut set = agent_with("/spec/template/spec/containers/0/image", json!(image));
                let tolerations = json!([{"key": "gpu", "operator": "Exists"}]);
                for (field, value) in [
                    ("/metadata/uid", json!("uid-agent")),
                    ("/spec/template/spec/nodeSelector", json!(selector)),
                    ("/spec/updateStrategy", strategy),
                    ("/spec/minReadySeconds", json!(min_ready_seconds)),
                ] {
                    set_at(&mut set, field, value);
                }
                if tolerates {
                    set_at(&mut set, "/spec/template/spec/tolerations", tolerations);
                }
                serde_json::from_value(set).unwrap()
            },
        )
}

fn node_lists() -> impl Strategy<Value = Vec<Node>> {
    // Of a few names, so that two lists have some in common and some names come twice.
    vec((0..8_u8, labels(), taints()), 0..=8).prop_map(|nodes| {
        let nodes = nodes.into_iter().map(|(name, labels, taints)| {
            let node = json!({
                "metadata": {"name": format!("node-{name}"), "labels": labels},
                "spec": {"taints": taints},
            });
            serde_json::from_value(node).unwrap()
        });
        nodes.collect()
    })
}

/// A pod of the set by template, on a node or not, and doing well or not.
fn pods() -> impl Strategy<Value = Value> {
    (
        0..10_u8,
        select(vec!["Running", "Pending", "Failed", "Succeeded"]),
        select(vec!["True", "False"]),
        -20..=0_i64,
        select(vec!["agent", "other"]),
        (any::<bool>(), any::<bool>(), option::weighted(0.1, Just(()))),
    )
        .prop_map(|(node, phase, ready, since, app, (owned, bound, terminating))| {
            let since = start().plus_seconds(since);
            let named = json!([{"matchFields": [
                {"key": "metadata.name", "operator": "In", "values": [format!("node-{node}")]},
            ]}]);
            let affinity = json!({"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": named},
            }});
            let mut pod = json!({
                "metadata": {
                    "namespace": "infra",
                    "creationTimestamp": since,
                    "labels": {"app": app, "controller-revision-hash": phase},
                },
                "spec": {"affinity": affinity},
                "status": {
                    "phase": phase,
                    "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": since}],
                },
            });
            if owned {
                let owner = json!([{"uid": "uid-agent", "controller": true}]);
                set_at(&mut pod, "/metadata/ownerReferences", owner);
            }
            if bound {
                set_at(&mut pod, "/spec/nodeName", json!(format!("node-{node}")));
            }
            if terminating.is_some() {
                set_at(&mut pod, "/metadata/deletionTimestamp", json!(since));
            }
            pod
        })
}

/// A set that was rolled out, some of whose pods were replaced by others.
fn todays() -> impl Strategy<Value = Today> {
    let nodes = (node_lists(), node_lists());
    (sets(), sets(), nodes, vec(pods(), 0..=6)).prop_map(|(first, set, (old, new), others)| {
        let mut today = Today::settled(&first, old);
        let others = others.into_iter().enumerate().map(|(at, mut pod)| {
            set_at(&mut pod, "/metadata/name", json!(format!("other-{at}")));
            serde_json::from_value::<Pod>(pod).unwrap()
        });
        today.pods.extend(others);
        today.set = set;
        today.nodes = new;
        today.now = Some(start());
        today
    })
}

/// The same value, the fields of every object in another order.
fn shuffled(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.reverse();
            let fields = fields
                .into_iter()
                .map(|(key, value)| (key.clone(), shuffled(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(shuffled).collect(),
        other => other.clone(),
    }
}

fn verdict(set: &DaemonSet, nodes: &[Node], name: &str) -> Option<Verdict> {
    let rules = Rules::new(&set.spec.template);
    let mut named = nodes.iter().rev();
    let node = named.find(|node| node.metadata.name == name)?;
    Some(rules.verdict(node))
}

/// What a forecast says, found the slow way: by fresh plans, round by round.
fn planned(today: &Today) -> (usize, usize, i64, DaemonSetStatus) {
    let Today {
        mut set,
        nodes,
        mut pods,
        revisions,
        ..
    } = today.clone();
    let mut revisions = revisions.unwrap();
    let names: BTreeSet<_> = nodes
        .iter()
        .map(|node| node.metadata.name.clone())
        .collect();
    pods.retain(|pod| {
        let node = &pod.spec.node_name;
        !pod.metadata.is_terminating() && (node.is_empty() || names.contains(node))
    });
    let mut backoff = Backoff::new(&set);
    let (mut now, mut rounds, mut waves) = (start(), 0, 0);
    loop {
        if !backoff.is_for(&set) {
            backoff = Backoff::new(&set);
        }
        let cluster = Cluster::new(&nodes, &pods)
            .with_revisions(&revisions)
            .with_now(now);
        let options = Options::default().with_backoff(backoff.clone());
        let planner = Planner::in_cluster(&set, &cluster, &options).unwrap();
        let plan = planner.plan(&cluster);
        backoff.advance(&plan.begun_waits);
        let mut works = false;
        let mut pods_change = false;
        for action in &plan.actions {
            works |= !matches!(action, Action::UpdateStatus { .. } | Action::Event { .. });
            pods_change |= matches!(action, Action::CreatePod { .. } | Action::DeletePod { .. });
            match action {
                Action::CreatePod { node, .. } => {
                    let mut json = planner.pod_for(node);
                    let ready =
                        json!([{"type": "Ready", "status": "True", "lastTransitionTime": now}]);
                    let name = format!("made-{rounds}-{node}");
                    set_at(&mut json, "/metadata/name", json!(name));
                    set_at(&mut json, "/metadata/creationTimestamp", json!(now));
                    set_at(&mut json, "/spec/nodeName", json!(node));
                    set_at(
                        &mut json,
                        "/status",
                        json!({"phase": "Running", "conditions": ready}),
                    );
                    pods.push(serde_json::from_value(json).unwrap());
                }
                Action::DeletePod { pod, .. } | Action::ReleasePod { pod, .. } => {
                    pods.retain(|it| it.metadata.name != *pod);
                }
                Action::AdoptPod { pod, .. } => {
                    let owner = json!([{"uid": "uid-agent", "controller": true}]);
                    let owner = serde_json::from_value(owner).unwrap();
                    let found = pods.iter_mut().filter(|it| it.metadata.name == *pod);
                    found.for_each(|it| it.metadata.owner_references.clone_from(&owner));
                }
                Action::CreateRevision { revision, .. } => {
                    revisions.push(super::cluster::revision(&set, *revision));
                }
                Action::UpdateRevision { name, revision, .. } => {
                    let found = revisions.iter_mut().filter(|it| it.metadata.name == *name);
                    found.for_each(|it| it.revision = *revision);
                }
                Action::DeleteRevision { name, .. } => {
                    revisions.retain(|it| it.metadata.name != *name);
                }
                Action::UpdateStatus { status } => set.status = status.clone(),
                other => assert!(matches!(other, Action::Event { .. }), "{other}"),
            }
        }
        rounds += usize::from(works);
        waves += usize::from(pods_change && plan.outcome == Outcome::Complete);
        if !works {
            match plan.look_again_at.filter(|at| *at > now) {
                Some(at) => now = at,
                None => break,
            }
        }
    }
    (rounds, waves, now.seconds_since(start()), set.status)
}

fn check_forecast(today: &Today, nodes: &[Node], forecast: &Forecast) {
    let objects = nodes.len() + today.pods.len() + today.revisions.iter().flatten().count();
    assert!(forecast.rounds <= 10 * (objects + 10));
    assert!(forecast.waves <= forecast.rounds);
    assert!(forecast.seconds >= 0);
    assert!(
        !matches!(forecast.end, End::Unfinished(_)),
        "these clusters come to rest"
    );
    let desired: BTreeSet<_> = (nodes.iter())
        .map(|node| node.metadata.name.as_str())
        .collect();
    let touched = (forecast.restarted.iter().map(|goes| &goes.node))
        .chain(forecast.created.iter().map(|comes| &comes.node));
    for node in touched {
        assert!(desired.contains(node.as_str()), "{node} is no node");
    }
    let pods: BTreeSet<_> = today
        .pods
        .iter()
        .map(|pod| pod.metadata.name.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    for goes in forecast.restarted.iter().chain(&forecast.removed) {
        assert!(
            pods.contains(goes.pod.as_str()),
            "{} is none of today's pods",
            goes.pod
        );
        assert!(seen.insert(goes.pod.as_str()), "{} goes twice", goes.pod);
    }
    for stays in &forecast.outdated {
        assert!(
            !seen.contains(stays.pod.as_str()),
            "{} goes and stays",
            stays.pod
        );
    }
}

fn check(today: &Today, set: &DaemonSet, nodes: &[Node], comparison: &Comparison) {
    check_forecast(today, &today.nodes, &comparison.before);
    check_forecast(today, nodes, &comparison.after);
    let all: BTreeSet<_> = (today.nodes.iter().chain(nodes))
        .map(|node| node.metadata.name.as_str())
        .collect();
    let change = |name: &str| {
        let before = verdict(&today.set, &today.nodes, name);
        (before, verdict(set, nodes, name))
    };
    let run = Some(Verdict::Run);
    let of = |which: fn(bool, bool) -> bool| -> Vec<&str> {
        let changed = all.iter().copied().filter(|&name| {
            let (before, after) = change(name);
            which(before == run, after == run)
        });
        changed.collect()
    };
    let gains: Vec<_> = comparison.gains().map(|node| node.node.as_str()).collect();
    assert_eq!(gains, of(|before, after| !before && after));
    let losses: Vec<_> = comparison.losses().map(|node| node.node.as_str()).collect();
    assert_eq!(losses, of(|before, after| before && !after));
    for node in &comparison.nodes {
        assert_eq!((node.before, node.after), change(&node.node));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(100)
    })]

    /// The forecast is what fresh plans come to.
    #[test]
    fn a_forecast_is_what_plans_come_to(today in todays()) {
        let forecast = today.forecast();
        let (rounds, waves, seconds, status) = planned(&today);
        prop_assert_eq!(
            (forecast.rounds, forecast.waves, forecast.seconds, forecast.status),
            (rounds, waves, seconds, status)
        );
    }

    /// A set compared with itself is no change, whatever is under way.
    #[test]
    fn itself_is_no_change(today in todays()) {
        let same = today.replaced(&today.set);
        prop_assert_eq!(&same.differences, &[]);
        prop_assert_eq!(&same.nodes, &[]);
        prop_assert!(same.is_empty());
    }

    /// Neither is a manifest with its fields in another order.
    #[test]
    fn the_order_of_fields_is_no_change(today in todays()) {
        let json = serde_json::to_value(&today.set).unwrap();
        let set = serde_json::from_value(shuffled(&json)).unwrap();
        let same = today.replaced(&set);
        prop_assert_eq!(&same.differences, &[]);
        prop_assert!(same.is_empty());
    }

    /// Nodes gained and lost are those whose verdicts differ, and forecasts keep within bounds.
    #[test]
    fn gains_and_losses_are_differences_of_verdicts(
        today in todays(), set in sets(), nodes in node_lists(),
    ) {
        let comparison = today.try_replaced(&set, &nodes).unwrap();
        check(&today, &set, &nodes, &comparison);
    }

    /// A change of nodes alone, or of nothing in the template, restarts nothing that would not
    /// restart anyway once the set is settled.
    #[test]
    fn a_settled_set_restarts_only_for_its_template(
        set in sets(), nodes in node_lists(), strategy in budgets(), wait in 0..20_i32,
    ) {
        let today = Today::settled(&set, nodes);
        let mut json = serde_json::to_value(&set).unwrap();
        set_at(&mut json, "/spec/updateStrategy", strategy);
        set_at(&mut json, "/spec/minReadySeconds", json!(wait));
        let changed = serde_json::from_value(json).unwrap();
        let comparison = today.replaced(&changed);
        prop_assert_eq!(comparison.restarted().count(), 0);
    }

    /// A settled set has nothing to do.
    #[test]
    fn settled_is_settled(set in sets(), nodes in node_lists()) {
        let today = Today::settled(&set, nodes);
        let forecast = today.forecast();
        prop_assert_eq!(forecast.rounds, 0);
        prop_assert_eq!(forecast.seconds, 0);
        let cluster = today.cluster();
        let planner = Planner::in_cluster(&today.set, &cluster, &Options::default()).unwrap();
        let plan = planner.plan(&cluster);
        prop_assert_eq!(plan.actions, vec![]);
    }

    /// The later side of a difference, written into the earlier one, leaves no difference: nothing
    /// is passed over.
    #[test]
    fn two_sets_differ_exactly_where_their_json_does(one in sets(), other in sets()) {
        let (one, other) = (json!(one), json!(other));
        let shape = Shape::daemon_set();
        let found = differences(shape, &one, &other);
        prop_assert_eq!(found.is_empty(), one == other);
        let back = differences(shape, &other, &one);
        // An item without a key stands elsewhere on the other side.
        let fields = |found: &[Difference]| -> Vec<String> {
            let paths = found.iter().map(|difference| difference.path.to_string());
            let mut paths: Vec<String> = paths.map(|path| path.replace(|c: char| c.is_ascii_digit(), "")).collect();
            paths.sort();
            paths
        };
        prop_assert_eq!(fields(&found), fields(&back));
    }
}
