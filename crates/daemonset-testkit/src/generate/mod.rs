//! Clusters of every kind: as an API server could hold them, and odder ones.

mod owned;
mod placement;

pub use placement::{any_json, nodes, taints, templates, tolerations};

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Node, Timestamp};
use daemonset::rollout::Backoff;
use proptest::collection::{btree_map, vec};
use proptest::option::{self, weighted};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use self::owned::{residents, revisions, strays};
use crate::world::{Conduct, World};

/// How far from everyday life a cluster may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// What an API server could have stored, with a strategy that reads.
    Stored,
    /// Names twice or empty, selectors and strategies of any kind, a set that is being deleted.
    Anything,
}

/// The UID of the generated DaemonSet.
pub const SET_UID: &str = "uid-agent";
const NAMESPACE: &str = "infra";

/// The moment that all clusters start from.
pub fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    start().plus_seconds(-seconds)
}

/// Worlds of up to eight nodes.
pub fn worlds(oddity: Oddity) -> impl Strategy<Value = World> {
    let sizes = match oddity {
        Oddity::Stored => (1_i64..=3, 0_i64..=4, 0_i64..=10),
        Oddity::Anything => (0..=30, 0..=40, -20..=60),
    };
    (
        sets(oddity),
        vec((nodes(), odd_name(oddity)), 0..=8),
        (residents(), strays(oddity)),
        vec(revisions(), 0..=4),
        waits(),
        (sizes, vec(any::<Index>(), 0..=2), any::<bool>()),
    )
        .prop_map(
            |(set, nodes, (residents, strays), revisions, waits, (times, broken, bad))| {
                let nodes: Vec<Node> = (nodes.into_iter().enumerate())
                    .map(|(at, (node, name))| {
                        let mut node = node;
                        node.metadata.name = name.unwrap_or_else(|| format!("node-{at}"));
                        node
                    })
                    .collect();
                let residents = residents.into_iter().zip(&nodes).enumerate();
                let residents = residents.filter_map(|(at, (pod, node))| {
                    let mut pod = pod?.build(format!("resident-{at}"), &set);
                    pod.spec.node_name.clone_from(&node.metadata.name);
                    Some(pod)
                });
                let strays = (strays.into_iter().enumerate()).map(|(at, (pod, name))| {
                    pod.build(name.unwrap_or_else(|| format!("pod-{at}")), &set)
                });
                let pods = residents.chain(strays).collect();
                let revisions = (revisions.into_iter().enumerate())
                    .map(|(at, revision)| revision.build(at, &set))
                    .collect::<Vec<_>>();
                let broken_nodes: BTreeSet<String> = (broken.iter().filter(|_| !nodes.is_empty()))
                    .map(|index| index.get(&nodes).metadata.name.clone())
                    .collect();
                let backoff: Backoff = serde_json::from_value(json!({
                    "uid": SET_UID,
                    "observedGeneration": set.status.observed_generation,
                    "nodes": waits,
                }))
                .unwrap();
                let mut cluster = World {
                    set,
                    nodes,
                    pods,
                    revisions,
                    backoff,
                    now: start(),
                    burst: daemonset::BURST_REPLICAS,
                    conduct: Conduct {
                        step: times.0,
                        grace: times.1,
                        collected_at: start().plus_seconds(times.2),
                        broken_nodes,
                        broken_revision: bad,
                        made: 0,
                    },
                };
                cluster.forget_repeated_revisions();
                cluster
            },
        )
}

impl World {
    /// Keeps of each name the first revision: names are the API server's keys.
    fn forget_repeated_revisions(&mut self) {
        let mut seen = BTreeSet::new();
        self.revisions.retain(|revision| {
            let meta = &revision.metadata;
            seen.insert((meta.name.clone(), meta.namespace.clone()))
        });
    }

    /// The same cluster in a world in which every pod that is bound gets ready.
    pub fn healthy(mut self) -> Self {
        self.conduct.broken_nodes.clear();
        self.conduct.broken_revision = false;
        self
    }
}

/// Sometimes a name that is empty or given twice.
fn odd_name(oddity: Oddity) -> BoxedStrategy<Option<String>> {
    let odd = select(vec!["", "node-0", "node-1", "pod-0", "pod-1"]).prop_map(str::to_owned);
    match oddity {
        Oddity::Stored => Just(None).boxed(),
        Oddity::Anything => weighted(0.15, odd).boxed(),
    }
}

fn amounts(oddity: Oddity) -> impl Strategy<Value = Value> {
    let mut strings = vec!["0%", "10%", "25%", "50%", "100%"];
    if oddity == Oddity::Anything {
        strings.extend(["1O%", "5", "-10%", "1.5%", " 5%", "", "%", "+25%"]);
        strings.push("9223372036854775807%");
    }
    let lowest = if oddity == Oddity::Stored { 0 } else { -2 };
    prop_oneof![
        (lowest..=3_i32).prop_map(Value::from),
        select(strings).prop_map(Value::from),
    ]
}

fn strategies(oddity: Oddity) -> impl Strategy<Value = Value> {
    let rolling = (
        weighted(0.8, amounts(oddity)),
        weighted(0.6, amounts(oddity)),
    )
        .prop_map(|(unavailable, surge)| json!({"maxUnavailable": unavailable, "maxSurge": surge}));
    let types = match oddity {
        Oddity::Stored => vec!["RollingUpdate"],
        Oddity::Anything => vec!["RollingUpdate", "", "Recreate"],
    };
    prop_oneof![
        6 => (select(types), weighted(0.85, rolling))
            .prop_map(|(kind, rolling)| json!({"type": kind, "rollingUpdate": rolling})),
        1 => Just(json!({"type": "OnDelete"})),
    ]
}

fn selectors(oddity: Oddity) -> BoxedStrategy<Value> {
    let usual = prop_oneof![
        Just(json!({"matchLabels": {"app": "agent"}})),
        Just(json!({
            "matchLabels": {"app": "agent"},
            "matchExpressions": [{"key": "canary", "operator": "DoesNotExist"}],
        })),
        Just(json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["agent"]}]})),
    ];
    if oddity == Oddity::Stored {
        return usual.boxed();
    }
    let odd = prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!({"matchLabels": {"app": "other"}})),
        Just(json!({"matchExpressions": [{"key": "app", "operator": "Gt", "values": ["1"]}]})),
    ];
    prop_oneof![6 => usual, 1 => odd].boxed()
}

/// DaemonSets named `agent`, in the namespace `infra`.
pub fn sets(oddity: Oddity) -> impl Strategy<Value = DaemonSet> {
    let odd = if oddity == Oddity::Stored { 0.0 } else { 0.05 };
    let limits = if oddity == Oddity::Stored {
        0..=3
    } else {
        -1..=3
    };
    (
        templates(),
        strategies(oddity),
        selectors(oddity),
        prop_oneof![Just(0), Just(5), Just(60)],
        option::of(limits),
        (1_i64..=3, 0_i64..=1),
        weighted(0.3, select(vec!["1", "2", "+2", "x", ""])),
        prop::bool::weighted(odd),
        weighted(0.2, 0..=2),
        0..=3,
    )
        .prop_map(
            |(
                template,
                strategy,
                selector,
                min_ready,
                limit,
                (generation, lag),
                template_generation,
                deleting,
                collisions,
                ready,
            )| {
                let annotations = template_generation
                    .map(|text| json!({"deprecated.daemonset.template.generation": text}));
                read(json!({
                    "metadata": {
                        "name": "agent",
                        "namespace": NAMESPACE,
                        "uid": SET_UID,
                        "generation": generation,
                        "annotations": annotations,
                        "deletionTimestamp": deleting.then(start),
                    },
                    "spec": {
                        "selector": selector,
                        "template": template,
                        "updateStrategy": strategy,
                        "minReadySeconds": min_ready,
                        "revisionHistoryLimit": limit,
                    },
                    "status": {
                        "observedGeneration": generation - lag,
                        "numberReady": ready,
                        "collisionCount": collisions,
                    },
                }))
            },
        )
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    let text = value.to_string();
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn waits() -> impl Strategy<Value = Value> {
    let since = prop_oneof![0_i64..=20, 0_i64..=2000];
    let wait = (since, 0_u32..=10).prop_map(
        |(since, doubled)| json!({"since": ago(since), "seconds": (1_u32 << doubled).min(900)}),
    );
    btree_map(
        (0_usize..=9).prop_map(|at| format!("node-{at}")),
        wait,
        0..=8,
    )
    .prop_map(|waits| json!(waits))
}
