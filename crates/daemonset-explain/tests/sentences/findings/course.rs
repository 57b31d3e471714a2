//! What goes on, is done, or is left out.

use serde_json::json;

use crate::Case;

#[allow(clippy::too_many_lines)] // one line a case
pub(super) fn cases() -> Vec<Case> {
    vec![
        (
            json!({"id": "progressing", "creates": 1, "deletes": 2, "starting": ["a"], "unready": ["d"], "terminating": ["b", "c"], "until": null}),
            "1 pod to create; 2 pods to delete; 1 pod starting on a; 1 pod no longer ready on d; 2 pods terminating on b and c",
        ),
        (
            json!({"id": "progressing", "creates": 0, "deletes": 0, "starting": [], "unready": [], "terminating": [], "until": null}),
            "no pod to create or delete in this round",
        ),
        (
            json!({"id": "progressing", "creates": 0, "deletes": 0, "starting": [], "unready": [], "terminating": ["a"], "until": "2026-03-01T12:00:00Z"}),
            "1 pod terminating on a, until 2026-03-01T12:00:00Z at the latest, when its grace period ends",
        ),
        (
            json!({"id": "soFar", "nodes": ["a"], "symptoms": [{"symptom": "pod p: x", "pods": 1}], "notes": ["pod o failed there too"], "revision": 2, "changes": ["image: a → b"], "until": "2026-03-01T12:00:00Z"}),
            "so far, on a: pod p: x; pod o failed there too; its startup probe allows it until 2026-03-01T12:00:00Z; revision 2 changed image: a → b",
        ),
        (
            json!({"id": "nodesRebooting", "nodes": ["a"], "since": "2026-03-01T12:00:00Z"}),
            "kured reboots a, which is down since 2026-03-01T12:00:00Z: its pod comes back with the node",
        ),
        (
            json!({"id": "nodesRebooting", "nodes": ["a", "b"], "since": "2026-03-01T12:00:00Z"}),
            "kured reboots a and b, which are down since 2026-03-01T12:00:00Z: their pods come back with the nodes",
        ),
        (
            json!({"id": "nodesShuttingDown", "nodes": ["a"], "since": "2026-03-01T12:00:00Z"}),
            "a is shutting down since 2026-03-01T12:00:00Z in good order: its pod has ended or was rejected for that, and one comes back with the node",
        ),
        (
            json!({"id": "nodesShuttingDown", "nodes": ["a", "b"], "since": null}),
            "a and b are shutting down in good order: their pods have ended or were rejected for that, and come back with the nodes",
        ),
        (
            json!({"id": "leftByRevision", "revision": 2, "made": "2026-03-01T12:00:00Z", "nodes": ["a", "b"], "changes": ["nodeSelector: added disk=ssd"], "before": 1}),
            "revision 2, made at 2026-03-01T12:00:00Z, took it off 2 nodes (a and b): it changed nodeSelector: added disk=ssd; with revision 1 they should run it",
        ),
        (
            json!({"id": "leftByRevision", "revision": 2, "made": "2026-03-01T12:00:00Z", "nodes": [], "later": ["a"], "changes": ["tolerations: removed"], "before": 1}),
            "revision 2, made at 2026-03-01T12:00:00Z, keeps it off 1 node (a), which joined later: it changed tolerations: removed; with revision 1 it should run it",
        ),
        (
            json!({"id": "leftByRevision", "revision": 2, "made": null, "nodes": ["a"], "later": ["b"], "changes": ["x"], "before": 1}),
            "revision 2 took it off 1 node (a) and keeps it off 1 node (b), which joined later: it changed x; with revision 1 they should run it",
        ),
        (
            json!({"id": "waitsForItself", "nodes": ["a"], "since": "2026-03-01T12:00:00Z", "said": "cni plugin not initialized", "taints": ["node.kubernetes.io/not-ready:NoSchedule"]}),
            "a is not ready since 2026-03-01T12:00:00Z, for want of a pod network: cni plugin not initialized; this DaemonSet seems to bring it, and does not run there, since it does not tolerate taint node.kubernetes.io/not-ready:NoSchedule: each waits for the other",
        ),
        (
            json!({"id": "waitsForItself", "nodes": ["a", "b"], "since": "2026-03-01T12:00:00Z", "said": "s", "taints": ["t:NoSchedule", "u:NoSchedule"]}),
            "a and b are not ready, the first of them since 2026-03-01T12:00:00Z, for want of a pod network: s; this DaemonSet seems to bring it, and does not run there, since it does not tolerate taints t:NoSchedule and u:NoSchedule: each waits for the other",
        ),
        (
            json!({"id": "pulling", "nodes": ["a"], "said": "Pulling image \"a:2\"", "since": "2026-03-01T12:00:00Z"}),
            "on a still: Pulling image \"a:2\", since 2026-03-01T12:00:00Z",
        ),
        (
            json!({"id": "minReadySeconds", "nodes": 1, "first": "2026-03-01T12:00:00Z", "last": "2026-03-01T12:00:00Z", "notes": []}),
            "1 pod is ready, but not yet for minReadySeconds: available at 2026-03-01T12:00:00Z",
        ),
        (
            json!({"id": "minReadySeconds", "nodes": 2, "first": "2026-03-01T12:00:00Z", "last": "2026-03-01T12:00:30Z", "notes": ["its readiness probe failed 3 times"]}),
            "2 pods are ready, but not yet for minReadySeconds: available not before 2026-03-01T12:00:00Z to 2026-03-01T12:00:30Z; its readiness probe failed 3 times",
        ),
        (
            json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x"], "finalizers": ["e.com/f"], "runs": true, "over": 3600, "notes": ["no"]}),
            "1 pod is being deleted already on a, and its grace period ended 1 h ago: x; finalizer e.com/f is not removed, and its kubelet does not end it either; no",
        ),
        (
            json!({"id": "roomToCome", "nodes": ["a"], "preempted": true, "until": "2026-03-01T12:00:00Z"}),
            "1 pod waits for room on a: pods that are preempted for it are terminating there, until 2026-03-01T12:00:00Z at the latest, when the last grace period ends",
        ),
        (
            json!({"id": "roomToCome", "nodes": ["a", "b"], "preempted": false, "until": null}),
            "2 pods wait for room on 2 nodes (a and b): pods are terminating there",
        ),
        (
            json!({"id": "backOff", "pods": 1, "until": "2026-03-01T12:00:00Z"}),
            "1 failed pod is backing off until 2026-03-01T12:00:00Z",
        ),
        (
            json!({"id": "backOff", "pods": 2, "until": "2026-03-01T12:00:00Z"}),
            "2 failed pods are backing off until 2026-03-01T12:00:00Z",
        ),
        (
            json!({"id": "unprovenRevision", "hash": "h", "nodes": 0, "terminating": 0}),
            "the new revision h is unproven: it has no pod yet",
        ),
        (
            json!({"id": "unprovenRevision", "hash": null, "nodes": 1, "terminating": 0}),
            "the new revision is unproven: no pod of it is available, and 1 node has one",
        ),
        (
            json!({"id": "unprovenRevision", "hash": null, "nodes": 1, "terminating": 1}),
            "the new revision is unproven: no pod of it is available, and 1 node has one, terminating",
        ),
        (
            json!({"id": "unprovenRevision", "hash": null, "nodes": 3, "terminating": 1}),
            "the new revision is unproven: no pod of it is available, and 3 nodes have one, 1 of them terminating",
        ),
        (
            json!({"id": "refusedBefore", "said": [{"symptom": "no PriorityClass with name a was found", "pods": 0}],
            "last": "2026-03-01T12:00:00Z", "revision": 3}),
            "the API server refused pods of the template before (last 2026-03-01T12:00:00Z): no PriorityClass with \
         name a was found; that says nothing of revision 3: whether its pods are taken shows with the next one",
        ),
        (
            json!({"id": "notObserved", "generation": 3, "observed": 2, "changed": null}),
            "the controller has observed generation 2, and the DaemonSet is at 3",
        ),
        (
            json!({"id": "notObserved", "generation": 3, "observed": 2, "changed": "2026-03-01T12:00:00Z"}),
            "the controller has observed generation 2, and the DaemonSet is at 3 since 2026-03-01T12:00:00Z",
        ),
        (
            json!({"id": "capped", "creates": 1, "deletes": 2}),
            "the cap on pods of one round defers 1 create and 2 deletes to the next",
        ),
        (
            json!({"id": "unknownHashes", "pods": 1}),
            "1 pod has a hash that no known ControllerRevision has, and counts as outdated",
        ),
        (
            json!({"id": "unknownHashes", "pods": 2}),
            "2 pods have a hash that no known ControllerRevision has, and count as outdated",
        ),
        (
            json!({"id": "keptOutdated", "pods": 1}),
            "1 outdated pod stays on a node that gets no new one, since no other available pod is spare",
        ),
        (
            json!({"id": "keptOutdated", "pods": 2}),
            "2 outdated pods stay on nodes that get no new ones, since no other available pod is spare",
        ),
        (
            json!({"id": "generationOnly", "leaving": 0, "pods": ["x"], "revisions": ["revision 1"], "namespace": "infra", "name": "agent"}),
            "1 pod counts as up to date by its generation label alone, and runs the template of revision 1: it is never replaced (x)",
        ),
        (
            json!({"id": "generationOnly", "leaving": 0, "pods": ["x"], "revisions": ["revision 1 of DaemonSet blue"], "leaving": 3, "namespace": "infra", "name": "agent"}),
            "1 pod counts as up to date by its generation label alone, and runs the template of revision 1 of DaemonSet blue: it is never replaced (x); all 3 pods of the current template are terminating, and then none runs it",
        ),
        (
            json!({"id": "generationOnly", "leaving": 0, "pods": ["x", "y"], "revisions": ["revision 1", "hash h"], "namespace": "infra", "name": "agent"}),
            "2 pods count as up to date by their generation label alone, and run the template of revision 1 and hash h: they are never replaced (x and y)",
        ),
        (
            json!({"id": "restartingWhileUp", "pods": ["x", "y"], "container": "agent", "restarts": 11, "last": {"reason": "Error", "message": "", "exitCode": 2, "at": null, "ran": 25}, "up": 4, "hasProbe": false, "notes": []}),
            "a crash loop while up: 2 pods (x and y): container agent was started again up to 11 times; x last ended with exit code 2, after 25 s, and has been up for 4 s; without a readiness probe it counts as available while it is up",
        ),
        (
            json!({"id": "restartingWhileUp", "pods": ["x", "y"], "container": "agent", "restarts": 11, "last": null, "up": 4, "longest": 4, "hasProbe": true, "notes": []}),
            "a crash loop while up: 2 pods (x and y): container agent was started again 11 times in each; none has been up for more than 4 s",
        ),
        (
            json!({"id": "restartingWhileUp", "pods": ["x", "y"], "container": "agent", "restarts": 11, "last": null, "up": 4, "longest": 9, "hasProbe": true, "notes": []}),
            "a crash loop while up: 2 pods (x and y): container agent was started again 11 times in each; none has been up for more than 9 s",
        ),
        (
            json!({"id": "restartingWhileUp", "pods": ["x"], "container": "agent", "restarts": 3, "last": null, "up": 60, "hasProbe": true, "notes": ["a runs X"]}),
            "a crash loop while up: 1 pod (x): container agent was started again 3 times, and has been up for 1 min; a runs X",
        ),
        (
            json!({"id": "misscheduled", "pods": ["x", "y"], "nodes": [{"node": "a", "why": ["taint d=b:NoSchedule"], "stays": true}, {"node": "b", "why": ["taint e:NoSchedule"], "stays": true}]}),
            "misscheduled: 2 pods on nodes that should not run it: a (taint d=b:NoSchedule) and b (taint e:NoSchedule); no new pod is created there, and an existing one stays",
        ),
        (
            json!({"id": "misscheduled", "pods": ["x", "y"], "nodes": [{"node": "a", "why": ["taint d"], "stays": false, "goes": "withTheRollout"}, {"node": "b", "why": ["taint d"], "stays": false, "goes": "withTheRollout"}]}),
            "misscheduled: 2 pods on nodes that should not run it: a (taint d) and b (taint d); the rollout deletes them too, and none takes their place",
        ),
        (
            json!({"id": "misscheduled", "pods": ["x"], "nodes": [{"node": "a", "why": ["taint d"], "stays": false, "goes": "terminating"}]}),
            "misscheduled: 1 pod on nodes that should not run it: a (taint d); it is being deleted, and none takes its place",
        ),
        (
            json!({"id": "misscheduled", "pods": ["x"], "nodes": [{"node": "a", "why": ["taint d:NoExecute"], "stays": false}]}),
            "misscheduled: 1 pod on nodes that should not run it: a (taint d:NoExecute); the controller deletes it",
        ),
        (
            json!({"id": "heldByFinalizers", "pods": ["x"], "finalizers": ["f"], "until": null}),
            "1 pod (x) is terminating and is held by finalizer f",
        ),
        (
            json!({"id": "heldByFinalizers", "pods": ["x", "y"], "finalizers": ["f", "g"], "until": "2026-03-01T12:00:00Z"}),
            "2 pods (x and y) are terminating and are held by finalizers f and g; the first had until 2026-03-01T12:00:00Z to end",
        ),
        (
            json!({"id": "earlierSet", "pods": ["x", "y"], "terminating": 2, "until": "2026-03-01T12:00:00Z", "overdue": null}),
            "2 pods of an earlier DaemonSet of this name (another uid) are still there beside its own: x and y; 2 terminating, until 2026-03-01T12:00:00Z at the latest",
        ),
        (
            json!({"id": "earlierSet", "pods": ["x"], "terminating": 1, "until": "2026-03-01T12:00:00Z", "overdue": 1200}),
            "1 pod of an earlier DaemonSet of this name (another uid) is still there beside its own: x; 1 terminating, though the last grace period ended 20 min ago",
        ),
        (
            json!({"id": "earlierSet", "pods": ["x"], "terminating": 0, "until": null, "overdue": null}),
            "1 pod of an earlier DaemonSet of this name (another uid) is still there beside its own: x",
        ),
        (
            json!({"id": "leftOut", "groups": [{"why": "taint t:NoSchedule", "near": "the template tolerates u:NoSchedule, another key", "nodes": ["a"]}]}),
            "nodes that should not run it: 1 node (a): taint t:NoSchedule: the template tolerates u:NoSchedule, another key",
        ),
        (
            json!({"id": "noNodes", "nodes": 4, "groups": [{"why": "nodeSelector wants d=sdd, node has \"ssd\"", "near": "d=\"ssd\" may be meant", "nodes": ["a", "b", "c"]}, {"why": "taint t:NoSchedule", "near": null, "nodes": ["d"]}]}),
            "none of 4 nodes should run it: 3 nodes (a, b and c): nodeSelector wants d=sdd, node has \"ssd\": d=\"ssd\" may be meant; 1 node (d): taint t:NoSchedule",
        ),
        (
            json!({"id": "noNodes", "nodes": 0, "groups": []}),
            "none of 0 nodes should run it",
        ),
        (
            json!({"id": "complete", "nodes": 2, "byGeneration": true}),
            "both nodes have an available pod that counts as up to date by its generation label; no ControllerRevision that was given holds the template",
        ),
        (
            json!({"id": "complete", "nodes": 1}),
            "1 node has an available pod of the current revision",
        ),
        (
            json!({"id": "complete", "nodes": 5}),
            "all 5 nodes have an available pod of the current revision",
        ),
    ]
}
