//! What is said of single rollouts, word for word.

use daemonset::api::{DaemonSet, Timestamp};
use serde_json::{Value, json};

use super::scene::{
    NEW, OLD, Scene, available, crashing, dead, node, now, pod, rolling, scene, set,
};

const NODES: [&str; 5] = ["node-a", "node-b", "node-c", "node-d", "node-e"];

fn agent(max_unavailable: &Value) -> DaemonSet {
    set(&rolling(max_unavailable, &json!(0)), &json!({}), 0)
}

/// Five nodes with an available old pod each.
fn outdated(set: DaemonSet) -> Scene {
    let pods = NODES.map(|name| pod(&format!("{name}-old"), name, OLD, &available()));
    scene(set, NODES.map(node).to_vec(), pods.to_vec())
}

fn put(scene: &mut Scene, at: usize, pod: &Value) {
    scene.put_pod(at, pod);
}

fn put_node(scene: &mut Scene, at: usize, node: Value) {
    scene.nodes[at] = serde_json::from_value(node).unwrap();
}

fn diagnosis(scene: &Scene) -> String {
    scene.diagnosis().to_string()
}

fn diagnosis_at(scene: &Scene, now: Timestamp) -> String {
    let now = Scene {
        now,
        ..scene.clone()
    };
    diagnosis(&now)
}

fn fixes(scene: &Scene) -> Vec<String> {
    scene.fixes().iter().map(ToString::to_string).collect()
}

fn node_fixes(scene: &Scene, node: &str) -> Vec<String> {
    let fixes = scene.node_fixes(node);
    fixes.iter().map(ToString::to_string).collect()
}

fn ledger(scene: &Scene) -> String {
    scene.ledger().to_string()
}

#[test]
fn a_dead_node_uses_up_the_budget() {
    let mut cluster = outdated(agent(&json!(1)));
    put_node(&mut cluster, 2, dead("node-c"));
    put(
        &mut cluster,
        2,
        &pod("new", "node-c", NEW, &json!({"phase": "Pending"})),
    );
    assert_eq!(
        diagnosis(&cluster),
        "blocked: 1 unhealthy node: node-c (unreachable since 2026-02-01T00:00:00Z)\n\
         5 nodes should run it: 1 updated, 4 available\n\
         - maxUnavailable is 1 and is used up by node node-c; until a new pod is available there, \
         4 nodes cannot be updated\n\
         - the new revision 7c6d8f5b9 is unproven: no pod of it is available, and 1 node has one"
    );
    let careful = "the new revision is unproven: no pod of it is available";
    assert_eq!(
        fixes(&cluster),
        [
            format!(
                "if node-c is well again, the rollout continues, 1 node at a time; but {careful}, \
                 and see first whether the machine of node-c runs: it has been silent for 28 d"
            ),
            format!(
                "delete node node-c: then the rollout continues, 1 node at a time; but {careful}, \
                 and only where the machine is gone and stays away: all pods of the node are deleted, and its labels and \
                 taints are lost"
            ),
            format!(
                "set spec.updateStrategy.rollingUpdate.maxUnavailable to 2: \
                 then the rollout continues, 1 node at a time; but {careful}"
            ),
        ]
    );
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxUnavailable is 1: 1 used, 0 left\n  \
         node-c: node unreachable since 2026-02-01T00:00:00Z; \
         new pod not ready (new: the kubelet has not reported on it)\n\
         4 nodes wait for the next rounds: node-a, node-b, node-d, …"
    );
}

#[test]
fn a_new_revision_that_crashes_is_at_fault() {
    let mut cluster = outdated(agent(&json!("40%")));
    for (at, name) in [(0, "node-a"), (1, "node-b")] {
        put(
            &mut cluster,
            at,
            &pod(&format!("new-{at}"), name, NEW, &crashing()),
        );
    }
    assert_eq!(
        diagnosis(&cluster),
        "blocked: revision 2 (7c6d8f5b9) fails on 2 nodes (node-a and node-b): container agent: \
         CrashLoopBackOff, restarted 12 times; how it ended is not given; it changed \
         containers[agent].image: agent:1.9 → agent:2.0; it is available nowhere, an older one on 3 nodes\n\
         5 nodes should run it: 2 updated, 3 available\n\
         - maxUnavailable is 2 and is used up by nodes node-a and node-b; until new pods are available there, 3 nodes cannot be updated"
    );
    // Nothing that would spread it.
    assert_eq!(
        fixes(&cluster),
        ["roll back to revision 1: then the rollout continues with node-a and node-b"]
    );
    assert_eq!(
        ledger(&cluster).lines().take(2).collect::<Vec<_>>(),
        [
            "5 nodes should run it; maxUnavailable 40% of 5 is 2: 2 used, 0 left",
            "  node-a: new pod not ready (new-0: container agent: CrashLoopBackOff, restarted 12 times; how it ended is not given)",
        ]
    );
}

/// A network daemon that crashes makes its node not ready; one that was not ready before is not
/// its fault.
#[test]
fn a_node_that_failed_after_the_pod_came_does_not_excuse_it() {
    let mut cluster = outdated(agent(&json!(1)));
    put(&mut cluster, 0, &pod("new", "node-a", NEW, &crashing()));
    let not_ready = |since: &str| {
        let mut node = node("node-a");
        node["status"]["conditions"][0] =
            json!({"type": "Ready", "status": "False", "lastTransitionTime": since});
        node
    };
    put_node(&mut cluster, 0, not_ready("2026-03-01T10:00:30Z"));
    assert!(diagnosis(&cluster).starts_with("blocked: its pod fails on node-a: pod new:"));
    put_node(&mut cluster, 0, not_ready("2026-03-01T09:00:00Z"));
    assert!(
        diagnosis(&cluster).starts_with(
            "blocked: 1 unhealthy node: node-a (not ready since 2026-03-01T09:00:00Z)"
        )
    );
}

#[test]
fn pods_that_fail_where_others_run_show_what_their_nodes_share() {
    let mut cluster = outdated(agent(&json!(2)));
    for (at, name) in NODES.iter().enumerate() {
        let status = if at < 2 { crashing() } else { available() };
        put(
            &mut cluster,
            at,
            &pod(&format!("new-{at}"), name, NEW, &status),
        );
        let mut node = node(name);
        let arch = if at < 2 { "arm64" } else { "amd64" };
        node["metadata"]["labels"]["kubernetes.io/arch"] = arch.into();
        put_node(&mut cluster, at, node);
    }
    assert_eq!(
        diagnosis(&cluster),
        "blocked: its pods fail on 2 nodes (node-a and node-b): container agent: CrashLoopBackOff, \
         restarted 12 times; how it ended is not given; all of these nodes have kubernetes.io/arch=arm64, and no node with an available pod has; \
         updated pods are available on 3 nodes\n\
         5 nodes should run it: 5 updated, 3 available"
    );
    let all = fixes(&cluster);
    assert_eq!(
        all[0],
        "leave out the nodes with kubernetes.io/arch=arm64: add kubernetes.io/arch NotIn [arm64] to the \
         required node affinity of the template: then node-a and node-b are left out: the pods there are \
         deleted, and none takes their place; but every pod is replaced, since the template changes"
    );
    assert_eq!(
        all[1..],
        [
            "look at what node-a and node-b have that the others have not, on which the same revision runs; \
             node-a and node-b have kubernetes.io/arch=arm64, nodes with an available updated pod kubernetes.io/arch=amd64"
        ]
    );
}

#[test]
fn pods_that_start_or_wait_need_nothing_but_time() {
    let starting = json!({"phase": "Pending", "containerStatuses": [
        {"name": "agent", "state": {"waiting": {"reason": "ContainerCreating"}}},
    ]});
    let mut young = pod("new", "node-b", NEW, &starting);
    young["metadata"]["creationTimestamp"] = "2026-03-01T11:59:00Z".into();
    let mut cluster = outdated(agent(&json!(1)));
    put(&mut cluster, 1, &young);
    assert_eq!(
        diagnosis(&cluster),
        "progressing: 1 pod starting on node-b\n5 nodes should run it: 1 updated, 4 available"
    );
    assert!(fixes(&cluster).is_empty());

    // Ten minutes later it is no longer starting.
    assert!(diagnosis_at(&cluster, now().plus_seconds(600)).starts_with(
        "blocked: its pod fails on node-b: pod new: ContainerCreating for 11 min: its volumes or its \
         network are not set up"
    ));

    let mut cluster = outdated(set(&rolling(&json!(1), &json!(0)), &json!({}), 30));
    let ready = json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T11:59:45Z"},
    ]});
    put(&mut cluster, 1, &pod("new", "node-b", NEW, &ready));
    assert_eq!(
        diagnosis(&cluster),
        "waiting: 1 pod is ready, but not yet for minReadySeconds: available at 2026-03-01T12:00:15Z\n\
         5 nodes should run it: 1 updated, 4 available"
    );
    assert_eq!(
        ledger(&cluster).lines().nth(1),
        Some("  node-b: new pod ready, available from 2026-03-01T12:00:15Z on (new)")
    );
    assert!(fixes(&cluster).is_empty());
}

#[test]
fn under_on_delete_pods_stay_until_they_are_deleted() {
    let mut cluster = outdated(set(&json!({"type": "OnDelete"}), &json!({}), 0));
    put(&mut cluster, 0, &pod("new", "node-a", NEW, &available()));
    assert_eq!(
        diagnosis(&cluster),
        "blocked: the update strategy is OnDelete: 4 nodes keep an outdated pod until it is deleted: \
         node-b, node-c, node-d and 1 more\n\
         5 nodes should run it: 1 updated, 5 available"
    );
    assert_eq!(
        fixes(&cluster),
        [
            "delete pods node-b-old on node-b, node-c-old on node-c, node-d-old on node-d and 1 more: \
             then 4 new pods are created, on node-b, node-c, node-d and 1 more; but all at once leaves all \
             of these nodes without the daemon: delete one, see its new pod available, then the next"
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
        Some(&*format!("blocked: {error}; 5 nodes cannot be updated"))
    );
    assert_eq!(
        fixes(&cluster),
        [
            "set spec.updateStrategy.rollingUpdate.maxUnavailable to 1: \
             then the rollout continues, 1 node at a time; \
             but the new revision is unproven: no pod of it is available"
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
        Some("blocked: maxUnavailable is -1, which allows no update; 5 nodes cannot be updated")
    );
    assert_eq!(
        fixes(&cluster),
        [
            "set spec.updateStrategy.rollingUpdate.maxUnavailable to 1: \
             then the rollout continues, 1 node at a time; \
             but the new revision is unproven: no pod of it is available"
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
        let mut node = dead(name);
        // One after the other: what falls silent together has one cause.
        node["status"]["conditions"][0]["lastTransitionTime"] =
            format!("2026-02-0{}T00:00:00Z", at + 1).into();
        put_node(&mut cluster, at, node);
        put(&mut cluster, at, &pod);
    }
    put(&mut cluster, 3, &pod("new-3", "node-d", NEW, &available()));
    assert_eq!(
        fixes(&cluster).last().unwrap(),
        "set spec.updateStrategy.rollingUpdate.maxUnavailable to 4: \
         then the rollout continues with node-e; \
         but 4 of 5 nodes may be without the daemon at once"
    );
}

#[test]
fn a_stuck_pod_is_not_deleted_over_the_head_of_its_kubelet() {
    let mut cluster = outdated(agent(&json!(1)));
    let mut stuck = pod("stuck", "node-a", OLD, &available());
    stuck["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z".into();
    put(&mut cluster, 0, &stuck);
    assert_eq!(
        fixes(&cluster)[0],
        "look at the kubelet and the container runtime of node-a, and for processes that wait in the kernel (state D): the pod does not end there; what cannot be killed ends with a reboot alone, which is the last resort: drain the node before it"
    );
    stuck["metadata"]["finalizers"] = json!(["example.com/keep"]);
    put(&mut cluster, 0, &stuck);
    put(&mut cluster, 1, &pod("new", "node-b", NEW, &available()));
    assert_eq!(
        diagnosis(&cluster),
        "blocked: 1 pod is being deleted already on node-a, and its grace period ended 1 h ago: stuck; \
         finalizer example.com/keep is not removed\n\
         5 nodes should run it: 1 updated, 5 available\n\
         - maxUnavailable is 1 and is used up by node node-a; until a new pod is available there, \
         3 nodes cannot be updated"
    );
    assert_eq!(
        fixes(&cluster),
        [
            "remove finalizer example.com/keep of pod stuck on node-a: \
             then the rollout continues with node-a; but what the finalizer is there for is not done then, so only where its \
             controller does not come back",
            "start the controller that removes finalizer example.com/keep",
        ]
    );
    let soon: Timestamp = "2026-03-01T11:00:30Z".parse().unwrap();
    assert!(diagnosis_at(&cluster, soon).starts_with("progressing: 1 pod terminating on node-a"));
}

#[test]
fn surge_counts_nodes_with_two_pods() {
    let mut cluster = outdated(set(&rolling(&json!(0), &json!("30%")), &json!({}), 0));
    for (at, name) in [(0, "node-a"), (1, "node-b")] {
        let new = pod(&format!("new-{at}"), name, NEW, &crashing());
        cluster.add_pod(&new);
    }
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxSurge 30% of 5, rounded up, is 2: 2 used, 0 left\n  \
         node-a: new pod not ready (new-0: container agent: CrashLoopBackOff, restarted 12 times; how it ended is not given)\n  \
         node-b: new pod not ready (new-1: container agent: CrashLoopBackOff, restarted 12 times; how it ended is not given)\n\
         3 nodes wait for the next rounds: node-c, node-d, node-e"
    );
    assert!(diagnosis(&cluster).starts_with(
        "blocked: revision 2 (7c6d8f5b9) fails on 2 nodes (node-a and node-b): container agent: \
         CrashLoopBackOff, restarted 12 times"
    ));
    // Back to the old one, the new pods are the old ones and go.
    assert_eq!(
        fixes(&cluster),
        ["roll back to revision 1: then the rollout continues with node-a and node-b"]
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
            "5 nodes should run it; maxUnavailable is not set, so 1: 0 used, 1 left",
            "5 nodes should run it; maxUnavailable and maxSurge both come to 0, so 1: 0 used, 1 left",
            "5 nodes should run it; maxUnavailable and maxSurge both come to 0, so 1: 0 used, 1 left",
            "5 nodes should run it; maxUnavailable is 2: 0 used, 2 left",
            "5 nodes should run it; maxUnavailable 20% of 5 is 1: 0 used, 1 left",
            "5 nodes should run it; maxUnavailable 25% of 5, rounded up, is 2: 0 used, 2 left",
            "5 nodes should run it; maxSurge 100% of 5 is 5: 0 used, 5 left",
        ]
    );
}

#[test]
fn missing_pods_come_before_the_budget() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.pods.remove(0);
    assert_eq!(
        ledger(&cluster),
        "5 nodes should run it; maxUnavailable is 1: 1 used, 0 left\n  \
         node-a: no pod\n\
         in this round, whatever the budget:\n  \
         create a pod on node-a: the node should run the daemon and has no pod of it\n\
         4 nodes wait for the next rounds: node-b, node-c, node-d, …"
    );
    assert!(diagnosis(&cluster).starts_with("progressing: 1 pod to create\n"));
}

#[test]
fn without_revisions_it_is_unclear() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.revisions = None;
    assert_eq!(
        diagnosis(&cluster),
        "unclear: cannot tell whether 5 pods are up to date: no ControllerRevision that was given \
         holds the DaemonSet's template; add the output of: kubectl get controllerrevisions -o yaml -n infra\n\
         5 nodes should run it: how many are updated is not known, 5 available"
    );
}

#[test]
fn a_set_that_runs_nowhere_is_idle_and_says_why() {
    let mut cluster = outdated(set(
        &json!({}),
        &json!({"nodeSelector": {"disk": "ssd"}}),
        0,
    ));
    cluster.pods.clear();
    assert_eq!(
        diagnosis(&cluster),
        "idle: none of 5 nodes should run it: 5 nodes (node-a, node-b, node-c and 2 more): \
         nodeSelector wants disk=ssd, node has no such label\n\
         - revision 2 took it off 5 nodes (node-a, node-b, node-c and 2 more): it changed \
         nodeSelector: added disk=ssd; with revision 1 they should run it"
    );
    let all = node_fixes(&cluster, "node-c");
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
    let all = node_fixes(&cluster, "node-a");
    assert_eq!(
        all,
        [
            "label node node-a with disk=ssd, \
             and add core to the values of pool in node affinity term 1 of the template, \
             and add a toleration for gpu=a100:NoSchedule to the template; \
             if node-a is well again, node-a runs it; \
             but every pod is replaced, since the template changes",
            "label node node-a with disk=ssd, \
             and add core to the values of pool in node affinity term 1 of the template, \
             and remove taint gpu=a100:NoSchedule from node node-a; \
             if node-a is well again, node-a runs it; \
             but every pod is replaced, since the template changes, \
             and other pods may be scheduled there too",
            "label node node-a with disk=ssd, \
             and label node node-a with pool=edge, \
             and add a toleration for gpu=a100:NoSchedule to the template; \
             if node-a is well again, node-a runs it; \
             but every pod is replaced, since the template changes, \
             and what else selects pool=core loses the node",
            "label node node-a with disk=ssd, \
             and label node node-a with pool=edge, \
             and remove taint gpu=a100:NoSchedule from node node-a; \
             if node-a is well again, node-a runs it; \
             but other pods may be scheduled there too, \
             and what else selects pool=core loses the node",
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
    assert!(node_fixes(&cluster, "node-a").is_empty());
    assert!(node_fixes(&cluster, "node-z").is_empty());
}

#[test]
fn what_decides_nothing_is_idle() {
    let mut cluster = outdated(agent(&json!(1)));
    cluster.set.metadata.deletion_timestamp = Some(now());
    assert_eq!(
        diagnosis(&cluster),
        "idle: the DaemonSet is being deleted, since 2026-03-01T12:00:00Z, so the controller does nothing"
    );
    assert_eq!(
        ledger(&cluster).split(';').next_back(),
        Some(" nothing is decided")
    );
    assert!(fixes(&cluster).is_empty());
}
