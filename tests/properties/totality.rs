//! Nothing that can be read makes the planner panic or hesitate.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod, Timestamp};
use daemonset::matching::ComparisonOperators;
use daemonset::outcome::RolloutStatus;
use daemonset::rollout::Backoff;
use daemonset::{Cluster, Options, Planner, plan};
use proptest::prelude::*;
use proptest::sample::select;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cases;
use daemonset_testkit::generate::{Oddity, jsons, worlds};

const FIELDS: [&str; 44] = [
    "metadata",
    "spec",
    "status",
    "name",
    "namespace",
    "uid",
    "generation",
    "labels",
    "annotations",
    "creationTimestamp",
    "deletionTimestamp",
    "ownerReferences",
    "controller",
    "selector",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "template",
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
    "matchFields",
    "tolerations",
    "effect",
    "value",
    "nodeSelector",
    "nodeName",
    "hostNetwork",
    "updateStrategy",
    "type",
    "rollingUpdate",
    "maxUnavailable",
    "maxSurge",
    "minReadySeconds",
    "revisionHistoryLimit",
    "conditions",
    "lastTransitionTime",
    "phase",
    "taints",
    "data",
    "revision",
];

/// Values that fields of the API hold, and some that they had better not.
fn leaves() -> impl Strategy<Value = Value> {
    let texts = vec![
        "",
        "agent",
        "node-0",
        "Exists",
        "In",
        "NotIn",
        "Gt",
        "Equal",
        "NoSchedule",
        "NoExecute",
        "True",
        "Ready",
        "Failed",
        "RollingUpdate",
        "OnDelete",
        "25%",
        "-9223372036854775808%",
        "9223372036854775807%",
        "metadata.name",
        "9223372036854775807",
        "controller-revision-hash",
        "-009999-01-02T01:59:59Z",
        "9999-12-30T22:00:00Z",
        "2026-03-01T12:00:00.5Z",
        "1970-01-01T00:00:00+14:00",
        "\u{0}",
        "ünïcödé",
        "a/b/c",
    ];
    let numbers = vec![
        0,
        1,
        -1,
        i64::from(i32::MAX),
        i64::from(i32::MIN),
        i64::MAX,
        i64::MIN,
        250,
        1 << 53,
    ];
    prop_oneof![
        select(texts).prop_map(Value::from),
        select(numbers).prop_map(Value::from),
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        any::<bool>().prop_map(Value::from),
        jsons(),
    ]
}

/// Objects with the API's field names and anything in them.
fn objects() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..=3).prop_map(Value::from),
            4 => prop::collection::vec((select(FIELDS.as_slice()), inner), 0..=6)
                .prop_map(|fields| fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// One change to a JSON tree: the value at some place becomes another.
type Change = (prop::sample::Index, Value);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((any::<prop::sample::Index>(), leaves()), 0..=8)
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at that place, in the order in which the tree is written.
fn at_mut(value: &mut Value, at: usize) -> Result<&mut Value, usize> {
    if at == 0 {
        return Ok(value);
    }
    let mut left = at - 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        match at_mut(child, left) {
            Ok(found) => return Ok(found),
            Err(rest) => left = rest,
        }
    }
    Err(left)
}

fn read_all<T: DeserializeOwned>(objects: &[Value]) -> Vec<T> {
    objects
        .iter()
        .filter_map(|object| T::deserialize(object).ok())
        .collect()
}

/// Asks for everything twice; the answers must be the same.
fn ask(
    set: &Value,
    nodes: &[Value],
    pods: &[Value],
    revisions: &[Value],
    now: Option<Timestamp>,
    backoff: &Value,
) -> Result<(), TestCaseError> {
    let Ok(set) = DaemonSet::deserialize(set) else {
        return Ok(());
    };
    let nodes: Vec<Node> = read_all(nodes);
    let pods: Vec<Pod> = read_all(pods);
    let revisions: Vec<ControllerRevision> = read_all(revisions);
    prop_assert_eq!(plan(&set, &nodes, &pods), plan(&set, &nodes, &pods));
    let _ = RolloutStatus::of(&set).to_string();
    if Planner::new(&set).is_err() {
        return Ok(());
    }
    let mut options = Options::default().with_comparison_operators(ComparisonOperators::On);
    if let Ok(backoff) = Backoff::deserialize(backoff) {
        options = options.with_backoff(backoff);
    }
    let mut cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    if let Some(now) = now {
        cluster = cluster.with_now(now);
    }
    let planner = Planner::in_cluster(&set, &cluster, &options).expect("it compiled before");
    let plan = planner.plan(&cluster);
    prop_assert_eq!(&planner.clone().plan(&cluster), &plan);
    prop_assert_eq!(json!(&plan), json!(planner.plan(&cluster)));
    prop_assert_eq!(planner.view(&cluster).plan, plan.clone());
    let mut backoff = Backoff::new(&set);
    backoff.advance(&plan.begun_waits);
    for action in &plan.actions {
        prop_assert!(!action.to_string().is_empty());
    }
    for node in &nodes {
        let _ = planner.pod_for(&node.metadata.name);
        for obstacle in planner.place(node).obstacles {
            prop_assert!(!obstacle.to_string().is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1024))]

    /// Whatever reads as API objects is planned, without a panic and twice the same.
    #[test]
    fn whatever_reads_is_planned(
        (set, nodes, pods, revisions) in (
            objects(),
            prop::collection::vec(objects(), 0..=3),
            prop::collection::vec(objects(), 0..=3),
            prop::collection::vec(objects(), 0..=3),
        )
    ) {
        ask(&set, &nodes, &pods, &revisions, None, &Value::Null)?;
    }

    /// So is a usual cluster in which anything was replaced by anything.
    #[test]
    fn a_spoilt_cluster_is_planned((cluster, changes) in (worlds(Oddity::Anything), changes())) {
        let mut all = json!([
            cluster.set, cluster.nodes, cluster.pods, cluster.revisions, cluster.now, cluster.backoff,
        ]);
        for (at, value) in changes {
            let at = at.index(count(&all));
            if let Ok(place) = at_mut(&mut all, at) {
                *place = value;
            }
        }
        let list = |at: usize| all[at].as_array().cloned().unwrap_or_default();
        let now = Timestamp::deserialize(&all[4]).ok();
        ask(&all[0], &list(1), &list(2), &list(3), now, &all[5])?;
    }
}

/// Above the highest revision number there is none, and that is no trouble.
#[test]
fn the_highest_revision_number_has_none_above_it() {
    let set = json!({"metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": {"app": "agent"}}}});
    let set: DaemonSet = serde_json::from_value(set).unwrap();
    let old = json!({"metadata": {"name": "agent-old", "labels": {"app": "agent"}}, "revision": i64::MAX});
    let old: ControllerRevision = serde_json::from_value(old).unwrap();
    let planner = Planner::new(&set).unwrap().with_revisions(&[old]);
    assert_eq!(planner.current_revision().revision, i64::MAX);
}
