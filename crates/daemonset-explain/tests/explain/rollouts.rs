//! What is said of single rollouts, word for word.

use daemonset::Planner;
use daemonset::api::{DaemonSet, Timestamp};
use daemonset::explain::Inputs;
use serde_json::{Value, json};

use super::cluster::{
    NEW, OLD, available, crashing, dead, inputs, node, now, planner, pod, rolling, set,
};

const NODES: [&str; 5] = ["node-a", "node-b", "node-c", "node-d", "node-e"];

fn agent(max_unavailable: &Value) -> DaemonSet {
    set(&rolling(max_unavailable, &json!(0)), &json!({}), 0)
}

/// Five nodes with an available old pod each.
fn outdated(set: DaemonSet) -> Inputs {
    let pods = NODES.map(|name| pod(&format!("{name}-old"), name, OLD, &available()));
    inputs(set, NODES.map(node).to_vec(), pods.to_vec())
}

fn put(inputs: &mut Inputs, at: usize, pod: Value) {
    inputs.pods[at] = serde_json::from_value(pod).unwrap();
}

fn put_node(inputs: &mut Inputs, at: usize, node: Value) {
    inputs.nodes[at] = serde_json::from_value(node).unwrap();
}

fn diagnosis(inputs: &Inputs) -> String {
    diagnosis_by(&planner(inputs), inputs)
}

fn diagnosis_by(planner: &Planner, inputs: &Inputs) -> String {
    planner.diagnose(&inputs.nodes, &inputs.pods).to_string()
}

fn fixes(inputs: &Inputs) -> Vec<String> {
    planner(inputs)
        .rollout_fixes(&inputs.nodes, &inputs.pods, &inputs.revisions)
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn ledger(inputs: &Inputs) -> String {
    planner(inputs)
        .ledger(&inputs.nodes, &inputs.pods)
        .to_string()
}

#[test]
fn a_dead_node_holds_the_budget() {
    let mut cluster = outdated(agent(&json!(1)));
    put_node(&mut cluster, 2, dead("node-c"));
    put(
        &mut cluster,
        2,
        pod("new", "node-c", NEW, &json!({"phase": "Pending"})),
    );
    assert_eq!(
        diagnosis(&cluster),
        "blocked: 1 node in trouble of its own: node-c (unreachable since 2026-02-01T00:00:00Z)\n\
         5 nodes should run it: 1 updated, 4 available\n\
         - maxUnavailable comes to 1, 1 node holds it for good, so 4 nodes wait for ever\n\
         - no node has an available pod of the new revision 7c6d8f5b9 yet \
         (1 node has an unavailable one), so nothing shows that it works"
    );
    let careful = "the new revision has not been available on any node yet";
    assert_eq!(
        fixes(&cluster),
        [
            format!(
                "get node node-c ready again: then the next round goes on: node-a is next; but {careful}"
            ),
            format!(
                "remove node node-c for good: then the next round goes on: node-a is next; but {careful}"
            ),
            format!(
                "set spec.updateStrategy.rollingUpdate.maxUnavailable to 2: \
                 then the next round goes on: node-a is next; but {careful}"
            ),
        ]
    );
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxUnavailable is 1: 1 spent, 0 left\n  \
         node-c: node unreachable since 2026-02-01T00:00:00Z; \
         new pod not ready (new: the kubelet has not reported on it)\n\
         waiting for their turn, 4 in all: node-a, node-b, node-d, …"
    );
}

#[test]
fn a_new_revision_that_crashes_is_at_fault() {
    let mut cluster = outdated(agent(&json!("40%")));
    for (at, name) in [(0, "node-a"), (1, "node-b")] {
        put(
            &mut cluster,
            at,
            pod(&format!("new-{at}"), name, NEW, &crashing()),
        );
    }
    assert_eq!(
        diagnosis(&cluster),
        "blocked: the new revision 7c6d8f5b9 fails on 2 healthy nodes: CrashLoopBackOff (2); \
         it is available on 0 nodes, and old pods on 3 nodes; failing on node-a, node-b\n\
         5 nodes should run it: 2 updated, 3 available\n\
         - maxUnavailable comes to 2, 2 nodes hold it for good, so 3 nodes wait for ever"
    );
    // Nothing that would spread it.
    assert_eq!(
        fixes(&cluster),
        ["roll back to revision 1: then the next round goes on: node-a is next, and 1 more"]
    );
    assert_eq!(
        ledger(&cluster).lines().take(2).collect::<Vec<_>>(),
        [
            "5 nodes should run it; maxUnavailable 40% of 5 is 2: 2 spent, 0 left",
            "  node-a: new pod not ready (new-0: container agent waits: CrashLoopBackOff, restarted 12 times)",
        ]
    );
}

/// A network daemon that crashes makes its node not ready; one that was not ready before is not
/// its fault.
#[test]
fn a_node_that_failed_after_the_pod_came_does_not_excuse_it() {
    let mut cluster = outdated(agent(&json!(1)));
    put(&mut cluster, 0, pod("new", "node-a", NEW, &crashing()));
    let not_ready = |since: &str| {
        let mut node = node("node-a");
        node["status"]["conditions"][0] =
            json!({"type": "Ready", "status": "False", "lastTransitionTime": since});
        node
    };
    put_node(&mut cluster, 0, not_ready("2026-03-01T10:00:30Z"));
    assert!(diagnosis(&cluster).starts_with("blocked: the new revision 7c6d8f5b9 fails"));
    put_node(&mut cluster, 0, not_ready("2026-03-01T09:00:00Z"));
    assert!(diagnosis(&cluster).starts_with(
        "blocked: 1 node in trouble of its own: node-a (not ready since 2026-03-01T09:00:00Z)"
    ));
}

#[test]
fn pods_that_fail_where_others_run_show_what_their_nodes_share() {
    let mut cluster = outdated(agent(&json!(2)));
    for (at, name) in NODES.iter().enumerate() {
        let status = if at < 2 { crashing() } else { available() };
        put(
            &mut cluster,
            at,
            pod(&format!("new-{at}"), name, NEW, &status),
        );
        let mut node = node(name);
        let arch = if at < 2 { "arm64" } else { "amd64" };
        node["metadata"]["labels"]["kubernetes.io/arch"] = arch.into();
        put_node(&mut cluster, at, node);
    }
    assert_eq!(
        diagnosis(&cluster),
        "blocked: pods fail on 2 healthy nodes: CrashLoopBackOff (2); updated pods are available on 3 nodes; \
         failing on node-a, node-b; only those nodes have kubernetes.io/arch=arm64\n\
         5 nodes should run it: 5 updated, 3 available"
    );
    assert!(fixes(&cluster).is_empty());
}

#[test]
fn pods_that_start_or_wait_need_nothing_but_time() {
    let starting = json!({"phase": "Pending", "containerStatuses": [
        {"name": "agent", "state": {"waiting": {"reason": "ContainerCreating"}}},
    ]});
    let mut young = pod("new", "node-b", NEW, &starting);
    young["metadata"]["creationTimestamp"] = "2026-03-01T11:59:00Z".into();
    let mut cluster = outdated(agent(&json!(1)));
    put(&mut cluster, 1, young.clone());
    assert_eq!(
        diagnosis(&cluster),
        "progressing: 1 pod starting on node-b\n5 nodes should run it: 1 updated, 4 available"
    );
    assert!(fixes(&cluster).is_empty());

    // Ten minutes later it is no longer starting.
    let later = planner(&cluster).now(now().plus_seconds(600));
    assert!(diagnosis_by(&later, &cluster).starts_with(
        "blocked: the new revision 7c6d8f5b9 fails on 1 healthy node: ContainerCreating (1)"
    ));

    let mut cluster = outdated(set(&rolling(&json!(1), &json!(0)), &json!({}), 30));
    let ready = json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T11:59:45Z"},
    ]});
    put(&mut cluster, 1, pod("new", "node-b", NEW, &ready));
    assert_eq!(
        diagnosis(&cluster),
        "waiting: 1 pod is ready, not yet for minReadySeconds; available at 2026-03-01T12:00:15Z\n\
         5 nodes should run it: 1 updated, 4 available"
    );
    assert_eq!(
        ledger(&cluster).lines().nth(1),
        Some("  node-b: new pod ready, counts from 2026-03-01T12:00:15Z on (new)")
    );
    assert!(fixes(&cluster).is_empty());
}

#[test]
fn on_delete_waits_for_somebody() {
    let mut cluster = outdated(set(&json!({"type": "OnDelete"}), &json!({}), 0));
    put(&mut cluster, 0, pod("new", "node-a", NEW, &available()));
    assert_eq!(
        diagnosis(&cluster),
        "blocked: the update strategy is OnDelete: 4 nodes wait for somebody to delete the old pod there: \
         node-b, node-c, node-d, 1 more\n\
         5 nodes should run it: 1 updated, 5 available"
    );
    assert_eq!(
        fixes(&cluster),
        [
            "delete pod node-b-old on node node-b, and delete pod node-c-old on node node-c, \
          and delete pod node-d-old on node node-d, and delete pod node-e-old on node node-e: \
          then 4 new pods on node-b, node-c, node-d, 1 more"
        ]
    );
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; no budget: the update strategy is OnDelete"
    );
}

#[test]
fn a_budget_that_does_not_read_moves_nothing() {
    let cluster = outdated(agent(&json!("1O%")));
    let error = "spec.updateStrategy.rollingUpdate.maxUnavailable: \
                 expected an integer or a percentage, found \"1O%\"";
    assert_eq!(
        diagnosis(&cluster).lines().next(),
        Some(&*format!("blocked: {error}, so 5 nodes wait"))
    );
    assert_eq!(
        fixes(&cluster),
        [
            "set spec.updateStrategy.rollingUpdate.maxUnavailable to 1: \
          then the next round goes on: node-a is next; \
          but the new revision has not been available on any node yet"
        ]
    );
    assert_eq!(
        ledger(&cluster),
        format!("5 nodes should run it; no budget: {error}")
    );
}

#[test]
fn a_budget_below_nothing_never_works() {
    let cluster = outdated(agent(&json!(-1)));
    assert_eq!(
        diagnosis(&cluster).lines().next(),
        Some("blocked: maxUnavailable comes to -1, so 5 nodes wait for ever")
    );
    assert_eq!(
        fixes(&cluster),
        [
            "set spec.updateStrategy.rollingUpdate.maxUnavailable to 1: \
          then the next round goes on: node-a is next; \
          but the new revision has not been available on any node yet"
        ]
    );
}

#[test]
fn a_wide_budget_comes_with_a_warning() {
    let mut cluster = outdated(agent(&json!(3)));
    for (at, name) in NODES.iter().enumerate().take(3) {
        let pod = pod(
            &format!("new-{at}"),
            name,
            NEW,
            &json!({"phase": "Pending"}),
        );
        put_node(&mut cluster, at, dead(name));
        put(&mut cluster, at, pod);
    }
    put(&mut cluster, 3, pod("new-3", "node-d", NEW, &available()));
    assert_eq!(
        fixes(&cluster).last().unwrap(),
        "set spec.updateStrategy.rollingUpdate.maxUnavailable to 4: \
         then the next round goes on: node-e is next; \
         but 4 of 5 nodes may be without the daemon at once"
    );
}

#[test]
fn a_pod_that_does_not_go_is_deleted_by_force() {
    let mut cluster = outdated(agent(&json!(1)));
    let mut going = pod("going", "node-a", OLD, &available());
    going["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z".into();
    going["metadata"]["finalizers"] = json!(["example.com/keep"]);
    put(&mut cluster, 0, going);
    put(&mut cluster, 1, pod("new", "node-b", NEW, &available()));
    assert_eq!(
        diagnosis(&cluster),
        "blocked: 1 pod on 1 healthy node is being deleted and does not go: going; \
         held by finalizers example.com/keep\n\
         5 nodes should run it: 1 updated, 5 available\n\
         - maxUnavailable comes to 1, 1 node holds it for good, so 3 nodes wait for ever"
    );
    assert_eq!(
        fixes(&cluster),
        [
            "delete pod going on node node-a: then the next round goes on: a new pod on node-a",
            "set spec.updateStrategy.rollingUpdate.maxUnavailable to 2: \
             then the next round goes on: node-c is next",
        ]
    );
    let soon: Timestamp = "2026-03-01T11:00:30Z".parse().unwrap();
    assert!(
        diagnosis_by(&planner(&cluster).now(soon), &cluster)
            .starts_with("progressing: 1 pod going on node-a")
    );
}

#[test]
fn surge_counts_nodes_with_two_pods() {
    let mut cluster = outdated(set(&rolling(&json!(0), &json!("30%")), &json!({}), 0));
    for (at, name) in [(0, "node-a"), (1, "node-b")] {
        let new = pod(&format!("new-{at}"), name, NEW, &crashing());
        cluster.pods.push(serde_json::from_value(new).unwrap());
    }
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxSurge 30% of 5, rounded up, is 2: 2 spent, 0 left\n  \
         node-a: new pod not ready (new-0: container agent waits: CrashLoopBackOff, restarted 12 times)\n  \
         node-b: new pod not ready (new-1: container agent waits: CrashLoopBackOff, restarted 12 times)\n\
         waiting for their turn, 3 in all: node-c, node-d, node-e"
    );
    assert!(diagnosis(&cluster).starts_with(
        "blocked: the new revision 7c6d8f5b9 fails on 2 healthy nodes: CrashLoopBackOff (2); \
         it is available on 0 nodes, and old pods on 5 nodes; failing on node-a, node-b"
    ));
    // Back to the old one, the new pods are the old ones and go.
    assert_eq!(
        fixes(&cluster),
        ["roll back to revision 1: then the next round goes on: node-a is next, and 1 more"]
    );
}

#[test]
fn the_ledger_says_where_its_figure_comes_from() {
    let first = |strategy: &Value| {
        let cluster = outdated(set(strategy, &json!({}), 0));
        ledger(&cluster).lines().next().unwrap().to_owned()
    };
    let strategies = [
        json!({}),
        rolling(&json!(0), &json!(0)),
        rolling(&json!("0%"), &json!("0%")),
        rolling(&json!(2), &json!(0)),
        rolling(&json!("20%"), &json!(0)),
        rolling(&json!("25%"), &json!(0)),
        rolling(&json!(0), &json!("100%")),
    ];
    assert_eq!(
        strategies.map(|strategy| first(&strategy)),
        [
            "5 nodes should run it; maxUnavailable is not set, so 1: 0 spent, 1 left",
            "5 nodes should run it; maxUnavailable and maxSurge both come to 0, so 1: 0 spent, 1 left",
            "5 nodes should run it; maxUnavailable and maxSurge both come to 0, so 1: 0 spent, 1 left",
            "5 nodes should run it; maxUnavailable is 2: 0 spent, 2 left",
            "5 nodes should run it; maxUnavailable 20% of 5 is 1: 0 spent, 1 left",
            "5 nodes should run it; maxUnavailable 25% of 5, rounded up, is 2: 0 spent, 2 left",
            "5 nodes should run it; maxSurge 100% of 5 is 5: 0 spent, 5 left",
        ]
    );
}

#[test]
fn missing_pods_come_before_the_budget() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.pods.remove(0);
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxUnavailable is 1: 1 spent, 0 left\n  \
         node-a: no pod\n\
         this round, before the budget is asked:\n  \
         create a pod on node-a: the node should run the daemon and has no pod of it\n\
         waiting for their turn, 4 in all: node-b, node-c, node-d, …"
    );
    assert!(diagnosis(&cluster).starts_with("progressing: 1 pod to make\n"));
}

#[test]
fn without_revisions_nobody_can_tell() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.revisions.clear();
    assert_eq!(
        diagnosis(&cluster).lines().next(),
        Some(
            "unclear: 5 pods of unknown revisions, and no ControllerRevision is given; \
             give them too to tell which are up to date"
        )
    );
}

#[test]
fn a_set_that_runs_nowhere_is_complete_and_says_so() {
    let mut cluster = outdated(set(
        &json!({}),
        &json!({"nodeSelector": {"disk": "ssd"}}),
        0,
    ));
    cluster.pods.clear();
    assert_eq!(
        diagnosis(&cluster),
        "complete: none of 5 nodes should run it\n0 nodes should run it: 0 updated, 0 available"
    );
    let all = planner(&cluster).node_fixes(&cluster.nodes, "node-c");
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        ["label node node-c with disk=ssd: then node-c runs it"]
    );
}

#[test]
fn several_obstacles_take_several_edits() {
    let spec = json!({
        "nodeSelector": {"disk": "ssd"},
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [
                {"key": "pool", "operator": "In", "values": ["edge"]},
                {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
            ]}],
        }}},
    });
    let mut cluster = outdated(set(&json!({}), &spec, 0));
    let mut odd = node("node-a");
    odd["metadata"]["labels"]["pool"] = "core".into();
    odd["spec"]["taints"] = json!([
        {"key": "gpu", "value": "a100", "effect": "NoSchedule"},
        {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"},
    ]);
    put_node(&mut cluster, 0, odd);
    let all = planner(&cluster).node_fixes(&cluster.nodes, "node-a");
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "label node node-a with disk=ssd, \
             and add core to the values of pool in node affinity term 0 of the template, \
             and take the taint gpu=a100:NoSchedule off node node-a, \
             and get node node-a ready again: then node-a runs it; \
             but every pod is replaced, since the template changes",
            "label node node-a with disk=ssd, and label node node-a with pool=edge, \
             and take the taint gpu=a100:NoSchedule off node node-a, \
             and get node node-a ready again: then node-a runs it",
            "label node node-a with disk=ssd, \
             and add core to the values of pool in node affinity term 0 of the template, \
             and add a toleration for gpu=a100:NoSchedule to the template, \
             and add a toleration for node.kubernetes.io/not-ready:NoSchedule to the template: \
             then node-a runs it; but every pod is replaced, since the template changes",
            "label node node-a with disk=ssd, and label node node-a with pool=edge, \
             and add a toleration for gpu=a100:NoSchedule to the template, \
             and add a toleration for node.kubernetes.io/not-ready:NoSchedule to the template: \
             then node-a runs it; but every pod is replaced, since the template changes",
        ]
    );
}

/// What a machine is cannot be changed by a label.
#[test]
fn no_fix_lies_about_a_machine() {
    let spec = json!({"nodeSelector": {"kubernetes.io/os": "linux"}});
    let mut cluster = outdated(set(&json!({}), &spec, 0));
    let mut windows = node("node-a");
    windows["metadata"]["labels"]["kubernetes.io/os"] = "windows".into();
    put_node(&mut cluster, 0, windows);
    assert!(
        planner(&cluster)
            .node_fixes(&cluster.nodes, "node-a")
            .is_empty()
    );
    assert!(
        planner(&cluster)
            .node_fixes(&cluster.nodes, "node-z")
            .is_empty()
    );
}

#[test]
fn what_decides_nothing_is_idle() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.set.metadata.deletion_timestamp = Some(now());
    assert_eq!(
        diagnosis(&cluster),
        "idle: the set is being deleted, so the controller does nothing"
    );
    assert_eq!(
        ledger(&cluster).split(';').next_back(),
        Some(" nothing is decided")
    );
    assert!(fixes(&cluster).is_empty());
}
