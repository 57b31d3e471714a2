//! Fixes and what they are made of.

use daemonset_explain::{Applicability, Caution, Edit, Effect, Fix};
use serde_json::{Value, json};

use super::check;

#[test]
fn edits() {
    check::<Edit>(
        "edit",
        &[
            (
                json!({"edit": "addToleration", "toleration": {
                    "key": "gpu", "operator": "Equal", "value": "a100", "effect": "NoSchedule",
                }}),
                "add a toleration for gpu=a100:NoSchedule to the template",
            ),
            (
                json!({"edit": "replaceAffinityValues", "term": 0, "requirement": 0, "key": "zone", "values": {"z-a": "za", "z-b": "zb"}}),
                "replace z-a by za and z-b by zb in the values of zone in node affinity term 1 of the template",
            ),
            (
                json!({"edit": "addAffinityValue", "term": 1, "requirement": 0, "key": "pool", "value": "edge"}),
                "add edge to the values of pool in node affinity term 2 of the template",
            ),
            (
                json!({"edit": "removeAffinityValue", "term": 0, "requirement": 2, "key": "pool", "value": "edge"}),
                "remove edge from the values of pool in node affinity term 1 of the template",
            ),
            (
                json!({"edit": "setNodeLabel", "node": "a", "key": "disk", "value": "ssd"}),
                "label node a with disk=ssd",
            ),
            (
                json!({"edit": "removeNodeLabel", "node": "a", "key": "disk"}),
                "remove label disk from node a",
            ),
            (
                json!({"edit": "removeTaint", "node": "a", "taint": {"key": "gpu", "effect": "NoExecute"}}),
                "remove taint gpu:NoExecute from node a",
            ),
            (json!({"edit": "deleteNode", "node": "a"}), "delete node a"),
            (
                json!({"edit": "deletePod", "pod": "x", "node": "a"}),
                "delete pod x on a",
            ),
            (
                json!({"edit": "forceDeletePod", "pod": "x", "node": "a"}),
                "force-delete pod x on a",
            ),
            (
                json!({"edit": "removeFinalizers", "pod": "x", "node": "a", "finalizers": ["f", "g"]}),
                "remove finalizers f and g of pod x on a",
            ),
            (
                json!({"edit": "setMaxUnavailable", "value": 2}),
                "set spec.updateStrategy.rollingUpdate.maxUnavailable to 2",
            ),
            (
                json!({"edit": "setMaxSurge", "value": "25%"}),
                "set spec.updateStrategy.rollingUpdate.maxSurge to 25%",
            ),
            (
                json!({"edit": "setNodeSelector", "key": "kubernetes.io/os", "value": "linux"}),
                "set nodeSelector kubernetes.io/os to \"linux\" in the template",
            ),
            (
                json!({"edit": "renameNodeSelector", "from": "k", "key": "l", "value": ""}),
                "replace nodeSelector k by l=\"\" in the template",
            ),
            (
                json!({"edit": "renameAffinityKey", "term": 0, "requirement": 1, "from": "k", "key": "l"}),
                "replace k by l in node affinity term 1 of the template",
            ),
            (
                json!({"edit": "excludeNodes", "key": "k", "value": "v"}),
                "leave out the nodes with k=v: add k NotIn [v] to the required node affinity of the template",
            ),
            (
                json!({"edit": "restart"}),
                "replace all pods by new ones of the current template",
            ),
            (
                json!({"edit": "rollBack", "revision": 3}),
                "roll back to revision 3",
            ),
        ],
    );
}

#[test]
fn effects() {
    check::<Effect>(
        "effect",
        &[
            (json!({"effect": "nodeRuns", "node": "a"}), "a runs it"),
            (
                json!({"effect": "newPods", "nodes": ["a"]}),
                "1 new pod is created, on a",
            ),
            (
                json!({"effect": "newPods", "nodes": ["a", "b", "c", "d", "e"]}),
                "5 new pods are created, on a, b, c and 2 more",
            ),
            (
                json!({"effect": "continues", "nodes": ["a", "b"]}),
                "the rollout continues with a and b",
            ),
            (
                json!({"effect": "continues", "nodes": [], "ofOthers": 2}),
                "the rollout continues, 2 nodes at a time",
            ),
            (
                json!({"effect": "continues", "nodes": ["a"], "ofOthers": 2}),
                "the rollout continues with a, and 2 of the others",
            ),
            (
                json!({"effect": "thins", "nodes": ["a"]}),
                "the second pod on a goes, and the rollout continues",
            ),
            (
                json!({"effect": "leavesOut", "nodes": ["a"]}),
                "a is left out: the pod there is deleted, and none takes its place",
            ),
            (json!({"effect": "completes"}), "the rollout is complete"),
        ],
    );
}

#[test]
#[allow(clippy::too_many_lines)] // one row for each
fn cautions() {
    check::<Caution>(
        "caution",
        &[
            (
                json!({"caution": "replacesPods"}),
                "every pod is replaced, since the template changes",
            ),
            (
                json!({"caution": "alsoRunsOn", "nodes": ["a", "b"]}),
                "2 other nodes run it too: a and b",
            ),
            (
                json!({"caution": "noLongerMisscheduled", "nodes": ["a", "b"]}),
                "2 pods are no longer misscheduled: on a and b",
            ),
            (
                json!({"caution": "stopsOn", "nodes": ["a"]}),
                "1 other node no longer runs it: a",
            ),
            (
                json!({"caution": "unprovenRevision"}),
                "the new revision is unproven: no pod of it is available",
            ),
            (
                json!({"caution": "oldRevisionFails", "nodes": ["a", "b"]}),
                "what it goes back to fails on a and b, which still run it: it only takes back what the newest revision brought",
            ),
            (
                json!({"caution": "manyAtOnce", "limit": 4, "desired": 5}),
                "4 of 5 nodes may be without the daemon at once",
            ),
            (
                json!({"caution": "allAtOnce", "limit": "100%", "desired": 4, "available": 2}),
                "maxUnavailable is 100%, so that all 4 pods go at once, the 2 available ones too: with the first command they go one by one",
            ),
            (
                json!({"caution": "onlyMissing", "pods": 1, "moreFollow": true}),
                "the amount is for the 1 pod of this DaemonSet that is missing now: what other workloads lack comes on top, and what each further new pod asks for more than the old one",
            ),
            (
                json!({"caution": "onlyMissing", "pods": 2, "moreFollow": false}),
                "the amount is for the 2 pods of this DaemonSet that are missing now: what other workloads lack comes on top",
            ),
            (
                json!({"caution": "mayHang", "nodes": ["a"]}),
                "on a a process that hangs in the kernel ends with a reboot alone, so the pod may not end before",
            ),
            (
                json!({"caution": "onlyOnceBack", "nodes": ["a", "b"]}),
                "on a and b it is done only once their kubelets answer and work again",
            ),
            (
                json!({"caution": "oldRevisionUnproven"}),
                "no pod of that revision is available anywhere to show that it works",
            ),
            (
                json!({"caution": "opensNode"}),
                "other pods may be scheduled there too",
            ),
            (
                json!({"caution": "onlyVirtual"}),
                "the virtual nodes, which run only what their provider takes, are without it",
            ),
            (
                json!({"caution": "onlyIfGone"}),
                "only where the machine is gone and stays away: all pods of the node are deleted, and its labels and taints are lost",
            ),
            (
                json!({"caution": "mayBeSelected", "label": "pool=b"}),
                "what else selects pool=b loses the node",
            ),
            (
                json!({"caution": "putIn", "words": ["FILE", "USER"]}),
                "FILE and USER stand for what you put in",
            ),
            (
                json!({"caution": "putIn", "words": ["AMOUNT"]}),
                "AMOUNT stands for what you put in",
            ),
            (
                json!({"caution": "startedBefore", "pods": 4, "until": "2026-03-01T12:00:00Z"}),
                "leave the 4 pods alone that run: they were started by 2026-03-01T12:00:00Z, and may fail too once they start anew",
            ),
            (
                json!({"caution": "startedBefore", "pods": 1, "until": "2026-03-01T12:00:00Z"}),
                "leave the 1 pod alone that runs: it was started by 2026-03-01T12:00:00Z, and may fail too once it starts anew",
            ),
            (
                json!({"caution": "drains"}),
                "drain evicts all pods there but those of DaemonSets, and stops at pods without a controller and at those with an emptyDir; kubectl uncordon lets pods come there again",
            ),
            (
                json!({"caution": "prunesImages"}),
                "rmi --prune removes all images there that no container uses",
            ),
            (
                json!({"caution": "restarts", "units": ["k3s", "k3s-agent"]}),
                "systemctl restarts k3s or k3s-agent there",
            ),
            (
                json!({"caution": "mayBeOnPurpose"}),
                "the newest revision may leave these nodes out on purpose",
            ),
            (
                json!({"caution": "onlyIfSlip"}),
                "only if the label that is there is a slip",
            ),
            (
                json!({"caution": "owned", "owner": "Deployment rook-ceph-operator"}),
                "Deployment rook-ceph-operator owns the DaemonSet and may take it back: where it does, change it there",
            ),
            (
                json!({"caution": "deletedByOwner", "owner": "ClusterPolicy p"}),
                "ClusterPolicy p owns the DaemonSet, and its controller may delete these pods in an order of its own: where it does, leave it to that",
            ),
            (
                json!({"caution": "usedThere", "pods": ["ml/a"], "nodes": ["n"]}),
                "ml/a on n requests a device that the daemon may hold or bring: before its pod there is deleted, drain that node (kubectl drain --ignore-daemonsets)",
            ),
            (
                json!({"caution": "usedThere", "pods": ["ml/a", "ml/b"], "nodes": ["n", "o"]}),
                "ml/a and ml/b on n and o request a device that the daemon may hold or bring: before its pods there are deleted, drain each of these nodes (kubectl drain --ignore-daemonsets)",
            ),
            (
                json!({"caution": "mountsForOthers"}),
                "what it mounts on its node (mountPropagation: Bidirectional) may end with it: where pods there use that, drain the node first",
            ),
            (
                json!({"caution": "typeReplacesPods"}),
                "to change the template replaces every pod",
            ),
            (
                json!({"caution": "onDelete"}),
                "with OnDelete a pod has that only once it is deleted and made anew",
            ),
            (
                json!({"caution": "startsMachines", "nodes": ["a"]}),
                "start the machine of a first, in the cloud or whatever runs it: it is shut down",
            ),
            (
                json!({"caution": "machinesMayBeOff", "nodes": ["a"], "silent": 7200, "byHeartbeat": true}),
                "see first whether the machine of a runs: by its last heartbeat it has been silent for 2 h",
            ),
            (
                json!({"caution": "machinesMayBeOff", "nodes": ["a", "b"], "silent": 7200}),
                "see first whether the machines of a and b run: they have been silent for 2 h",
            ),
            (
                json!({"caution": "skipsFinalizer"}),
                "what the finalizer is there for is not done then, so only where its controller does not come back",
            ),
            (
                json!({"caution": "underPressure", "nodes": ["a", "b"], "pressure": "DiskPressure"}),
                "on a and b kubelets reject new pods while under disk pressure, so that a pod that ends there is not replaced before that is over",
            ),
            (
                json!({"caution": "rebootAlone", "nodes": ["a", "b"]}),
                "what hangs in the kernel of a and b ends with a reboot alone",
            ),
            (
                json!({"caution": "heldByFinalizers", "nodes": ["a"], "finalizers": ["kueue.x-k8s.io/managed"]}),
                "the pod on a goes only once the controller of finalizer kueue.x-k8s.io/managed takes it off",
            ),
            (
                json!({"caution": "oneByOne"}),
                "all at once leaves all of these nodes without the daemon: delete one, see its new pod available, then the next",
            ),
        ],
    );
}

#[test]
fn applicabilities() {
    check::<Applicability>(
        "kind",
        &[
            (json!({"kind": "proven"}), "proven on a copy"),
            (
                json!({"kind": "ifRepaired", "nodes": ["a", "b"]}),
                "if a and b are well again",
            ),
            (
                json!({"kind": "outside", "repair": {"repair": "outside", "asked": null}}),
                "repair what the pods' last words are about",
            ),
        ],
    );
}

#[test]
fn fixes() {
    let fix = |edits: Value, applicability: Value, cautions: Value| -> String {
        let fix = json!({
            "edits": edits, "applicability": applicability, "cautions": cautions, "commands": [],
            "effect": {"effect": "continues", "nodes": ["y"]},
        });
        let fix: Fix = serde_json::from_value(fix).unwrap();
        fix.to_string()
    };
    let proven = json!({"kind": "proven"});
    let repaired = json!({"kind": "ifRepaired", "nodes": ["x"]});
    let delete = |pod: &str| json!({"edit": "deletePod", "pod": pod, "node": "n"});
    assert_eq!(
        fix(json!([delete("a")]), proven.clone(), json!([])),
        "delete pod a on n: then the rollout continues with y"
    );
    assert_eq!(
        fix(
            json!([]),
            repaired.clone(),
            json!([{"caution": "unprovenRevision"}])
        ),
        "if x is well again, the rollout continues with y; \
         but the new revision is unproven: no pod of it is available"
    );
    assert_eq!(
        fix(
            json!([delete("a"), {"edit": "deleteNode", "node": "n"}]),
            repaired,
            json!([{"caution": "unprovenRevision"}, {"caution": "manyAtOnce", "limit": 3, "desired": 5}]),
        ),
        "delete pod a on n, and delete node n; if x is well again, the rollout continues with y; \
         but the new revision is unproven: no pod of it is available, \
         and 3 of 5 nodes may be without the daemon at once"
    );
    let many: Vec<_> = ["a", "b", "c", "d", "e"].map(delete).into();
    assert_eq!(
        fix(json!(many), proven, json!([])),
        "delete pods a on n, b on n, c on n and 2 more: then the rollout continues with y"
    );
}
