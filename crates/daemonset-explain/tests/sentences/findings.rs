//! What a diagnosis finds.

use daemonset_explain::Finding;
use serde_json::json;

use super::check;

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn findings() {
    check::<Finding>(
        "id",
        &[
            (
                json!({"id": "selectingAll"}),
                "the selector selects every pod, so the controller does nothing; give it a requirement",
            ),
            (
                json!({"id": "deleting", "finalizers": ["foregroundDeletion"], "held": [{"pod": "x", "node": "a", "finalizers": ["f"], "over": 1800, "nodeIs": null}, {"pod": "y", "node": "b", "finalizers": [], "over": 60, "nodeIs": {"problem": "unreachable", "since": "2026-03-01T12:00:00Z"}}], "since": null, "pods": 0}),
                "the DaemonSet is being deleted, so the controller does nothing; pod x on a is terminating, and its grace period ended 30 min ago: finalizer f holds it; pod y on b is terminating, and its grace period ended 1 min ago: its node is unreachable since 2026-03-01T12:00:00Z, so that nothing ends it; finalizer foregroundDeletion of the DaemonSet waits only for its pods",
            ),
            (
                json!({"id": "deleting", "finalizers": [], "held": [], "since": null, "pods": 2}),
                "the DaemonSet is being deleted, so the controller does nothing",
            ),
            (
                json!({"id": "deleting", "finalizers": ["orphan"], "held": [], "since": "2026-03-01T12:00:00Z", "pods": 2}),
                "the DaemonSet is being deleted, since 2026-03-01T12:00:00Z, so the controller does nothing; finalizer orphan holds it; 2 pods of it are still there, not terminating, and nothing is rolled out to them any more",
            ),
            (
                json!({"id": "flipping", "revisions": [813, 814], "returns": 812, "changes": ["c: 1 → 2"], "writers": ["a", "b"], "within": 13, "namespace": "infra"}),
                "the template goes to and fro: revisions 813 and 814 take turns (together they came back 812 times, as their numbers tell), and with each change every pod is replaced, which does not end while both are written; they differ in c: 1 → 2; a and b wrote the template within 13 s of each other",
            ),
            (
                json!({"id": "flipping", "revisions": [8, 9], "returns": 7, "changes": [], "writers": ["a"], "namespace": "infra"}),
                "the template goes to and fro: revisions 8 and 9 take turns (together they came back 7 times, as their numbers tell), and with each change every pod is replaced, which does not end while both are written; a wrote the template last",
            ),
            (
                json!({"id": "collision"}),
                "the new revision's name is taken; the controller tries another in the next round",
            ),
            (
                json!({"id": "notGiven", "kinds": ["node"], "desired": 3, "current": 3, "podsOfOthers": false, "nodesGiven": 0, "namespace": "infra"}),
                "cannot tell: no nodes are given, while its own status counts 3 that should run it, and 3 with a pod; add the output of: kubectl get nodes -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["node", "pod"], "desired": 0, "current": 0, "podsOfOthers": false, "nodesGiven": 0, "namespace": "infra"}),
                "cannot tell: no nodes and no pods are given; add the output of: kubectl get nodes,pods -A -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["pod"], "desired": 3, "current": 2, "unavailable": 2, "podsOfOthers": false, "nodesGiven": 0, "namespace": "infra"}),
                "cannot tell: no pods are given, while its own status counts 3 that should run it, and 2 with a pod; on 2 of them none is available; add the output of: kubectl get pods -n infra -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["pod"], "desired": 3, "current": 2, "podsOfOthers": true, "nodesGiven": 0, "namespace": ""}),
                "cannot tell: no pods are given that belong to it (pods of others are), while its own status counts 3 that should run it, and 2 with a pod; add the output of: kubectl get pods -A -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["pod"], "desired": 7, "current": 7, "podsOfOthers": false, "nodesGiven": 7, "podsGiven": 1, "namespace": "infra"}),
                "cannot tell: only 1 of its pods is given, while its own status counts 7 that should run it, and 7 with a pod; add the output of: kubectl get pods -n infra -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["pod"], "desired": 0, "current": 0, "podsOfOthers": false, "nodesGiven": 4, "podsGiven": 4, "namespace": "infra"}),
                "cannot tell: its pods are given without their status, as tools leave it that shorten dumps (kubectl neat); add the output of: kubectl get pods -n infra -o yaml",
            ),
            (
                json!({"id": "notGiven", "kinds": ["node", "pod"], "desired": 7, "current": 7, "podsOfOthers": false, "nodesGiven": 2, "podsGiven": 3, "namespace": "infra"}),
                "cannot tell: only 2 nodes are given, and it has pods on others; only 3 of its pods are given, while its own status counts 7 that should run it, and 7 with a pod; add the output of: kubectl get nodes,pods -A -o yaml",
            ),
            (
                json!({"id": "toldByGeneration", "namespace": "infra", "byPods": false}),
                "which pods are up to date is told by their generation label alone, since no ControllerRevision that was given holds the DaemonSet's template: what the newest one changed cannot be told; add the output of: kubectl get controllerrevisions -o yaml -n infra",
            ),
            (
                json!({"id": "toldByGeneration", "namespace": "infra", "byPods": true}),
                "which pods are up to date is told by their generation label alone, since no ControllerRevision that was given holds the DaemonSet's template: what the newest one changed is told by the image, command, args, env, memory limit and annotations of its pods and of older ones, and nothing else of it; add the output of: kubectl get controllerrevisions -o yaml -n infra",
            ),
            (
                json!({"id": "toldByGeneration", "namespace": "infra", "byPods": false, "isAlike": true}),
                "which pods are up to date is told by their generation label alone, since no ControllerRevision that was given holds the DaemonSet's template: what the newest one changed is something else than image, command, args, env, memory limit and annotations, which its pods and older ones have alike; add the output of: kubectl get controllerrevisions -o yaml -n infra",
            ),
            (
                json!({"id": "revisionsNotGiven", "namespace": "infra", "pods": 1}),
                "cannot tell whether 1 pod is up to date: no ControllerRevision that was given holds the DaemonSet's template; add the output of: kubectl get controllerrevisions -o yaml -n infra",
            ),
            (
                json!({"id": "revisionsNotGiven", "namespace": "", "pods": 5}),
                "cannot tell whether 5 pods are up to date: no ControllerRevision that was given holds the DaemonSet's template; add the output of: kubectl get controllerrevisions -o yaml",
            ),
            (
                json!({"id": "controllerIdle", "generation": 2, "observed": 1, "changed": "2026-03-01T12:00:00Z", "lease": null}),
                "the DaemonSet controller does not act: the DaemonSet is at generation 2, the controller has observed 1, though the spec was changed at 2026-03-01T12:00:00Z",
            ),
            (
                json!({"id": "controllerIdle", "generation": 2, "observed": 1, "changed": null, "lease": null}),
                "the DaemonSet controller does not act: the DaemonSet is at generation 2, the controller has observed 1; it takes the controller less than a second to observe a change, so that nothing is wrong only if this one was made seconds ago, which was not given: ask again in a minute, or with --show-managed-fields",
            ),
            (
                json!({"id": "controllerIdle", "generation": 2, "observed": 1, "changed": "2026-03-01T12:00:00Z", "lease": {"holder": "cp-1", "renewed": 1300}}),
                "the DaemonSet controller does not act: the DaemonSet is at generation 2, the controller has observed 1, though the spec was changed at 2026-03-01T12:00:00Z; the Lease of kube-controller-manager was renewed last 21 min ago, by cp-1: none of them leads",
            ),
            (
                json!({"id": "controllerIdle", "generation": 2, "observed": 1, "changed": null, "lease": {"holder": "cp-1", "renewed": 3}, "manager": "the one pod of kube-controller-manager that was given is not ready: x"}),
                "the DaemonSet controller does not act: the DaemonSet is at generation 2, the controller has observed 1; the one pod of kube-controller-manager that was given is not ready: x",
            ),
            (
                json!({"id": "nodesNotCounted", "nodes": ["d"], "written": 3, "ready": 840, "lease": {"holder": "cp-1", "renewed": 3}}),
                "the DaemonSet controller counts 3 nodes that should run it, and not d, which has been Ready for 14 min: unless labels, taints or the template changed just now, it does not act; the Lease of kube-controller-manager was renewed 3 s ago, by cp-1: that one runs, so its DaemonSet controller hangs or is switched off (--controllers)",
            ),
            (
                json!({"id": "otherMoments", "made": "2026-03-01T12:00:00Z", "heard": "2026-03-01T11:00:00Z", "pods": []}),
                "what was given is of different moments: the newest revision is of 2026-03-01T12:00:00Z, and no node says anything after 2026-03-01T11:00:00Z, so that what should happen next cannot be told; give one dump: kubectl get nodes,pods,daemonsets,controllerrevisions -A -o yaml",
            ),
            (
                json!({"id": "otherMoments", "made": null, "heard": null, "pods": ["x"]}),
                "what was given is of different moments: 1 pod (x) is of a revision that is newer than all that were given, so that what should happen next cannot be told; give one dump: kubectl get nodes,pods,daemonsets,controllerrevisions -A -o yaml",
            ),
            (
                json!({"id": "preempted", "nodes": ["a"], "times": 2, "last": "2026-03-01T12:00:00Z"}),
                "its pods were preempted on a: 2 times, last 2026-03-01T12:00:00Z; pods of a higher priority take their place",
            ),
            (
                json!({"id": "statusContradicted", "figure": "available", "written": 3, "found": 4}),
                "by its pods 4 are available, and the status that the DaemonSet controller wrote says 3 available: unless that changes within a minute, the controller does not work, and kubectl rollout status goes by what it wrote",
            ),
            (
                json!({"id": "statusContradicted", "figure": "available", "written": 5, "found": 2, "lasts": 1980}),
                "by its pods 2 are available, and the status that the DaemonSet controller wrote says 5 available, which has not been so for 33 min: the controller does not work, and kubectl rollout status goes by what it wrote",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "said": [{"symptom": "exceeded quota: pods", "pods": 12}], "refusals": [{"by": "quota", "quota": "pods", "full": ["pods 4 of 4"]}], "revision": null, "changes": [], "last": "2026-03-01T12:00:00Z", "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod (a): exceeded quota: pods; ResourceQuota pods is used up: pods 4 of 4 (last 2026-03-01T12:00:00Z)",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "quota", "quota": "pods", "full": []}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): ResourceQuota pods has no room for them",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "templateField", "field": "priority", "class": "priorityClassName"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): the template gives priority, which only a priorityClassName may give, and names none",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "priorityClass", "class": "high"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): there is no PriorityClass high",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "said": [], "refusals": [{"by": "quotaScope", "class": "system-node-critical"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod (a): priority class system-node-critical is only for namespaces with a ResourceQuota for it",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "runtimeClass", "class": "gvisor"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): there is no RuntimeClass gvisor",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "isBeside": true, "said": [{"symptom": "exceeded quota: pods", "pods": 12}], "refusals": [], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod beside an old one: exceeded quota: pods",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "podSecurity", "level": "restricted:latest"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server seems to refuse 2 pods (a and b): the namespace enforces Pod Security restricted:latest, which the template does not meet",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "said": [{"symptom": "no endpoints", "pods": 1}], "refusals": [{"by": "webhook", "webhook": "w", "namespace": "n", "service": "s", "isOfCertificate": false}], "revision": null, "changes": [], "notes": ["the one pod of s that was given is not ready: n/s-a: Error"], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod (a): no endpoints; the one pod of s that was given is not ready: n/s-a: Error",
            ),
            (
                json!({"id": "managerDown", "acts": true, "lease": {"holder": "cp-1", "renewed": 5400}, "kept": null}),
                "the Lease of kube-controller-manager was renewed last 1 h 30 min ago, by cp-1: none of them leads; no pod is created or deleted until one does",
            ),
            (
                json!({"id": "managerDown", "acts": false, "lease": {"holder": "", "renewed": null}, "kept": null}),
                "the Lease of kube-controller-manager has no holder: none of them leads; no controller acts on what changes until one does",
            ),
            (
                json!({"id": "managerDown", "acts": false, "lease": {"holder": "cp-1", "renewed": 2}, "kept": {"nodes": ["a"], "taint": "node.kubernetes.io/not-ready", "ready": 600}}),
                "a keeps taint node.kubernetes.io/not-ready though Ready for 10 min: the node lifecycle controller, a part of kube-controller-manager, takes it off within seconds where it works; cp-1 leads, by the Lease of kube-controller-manager: that controller hangs there or is switched off (--controllers), or something else puts the taint there",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "namespaceTerminating"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): the namespace is being deleted",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "serviceAccount", "account": "infra/agent"}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): there is no ServiceAccount infra/agent",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b"], "said": [], "refusals": [{"by": "webhook", "webhook": "w.example.com", "namespace": null, "isOfCertificate": false}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 2 pods (a and b): admission webhook w.example.com does not answer",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "said": [{"symptom": "host network is not allowed", "pods": 1}], "refusals": [{"by": "denied", "deniedBy": "admission webhook w"}], "revision": 2, "changes": ["hostNetwork: added true"], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod (a): host network is not allowed; revision 2 changed hostNetwork: added true",
            ),
            (
                json!({"id": "refused", "nodes": ["a"], "said": [], "refusals": [{"by": "denied", "deniedBy": "admission webhook w"}, {"by": "limitRange"}, {"by": "unspecified", "quota": "compute", "resources": ["limits.cpu", "limits.memory"]}], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server refuses 1 pod (a): admission webhook w denies them; a LimitRange does not allow what the template asks for; ResourceQuota compute wants every container to specify limits.cpu and limits.memory",
            ),
            (
                json!({"id": "refused", "nodes": ["a", "b", "c", "d"], "said": [], "refusals": [], "revision": null, "changes": [], "last": null, "namespace": "infra", "name": "agent", "isFirst": false}),
                "the API server seems to refuse 4 pods (a, b, c and 1 more): the controller has observed this generation and counted what is missing, and still nothing is created; why is in the events: kubectl describe daemonset agent -n infra",
            ),
            (
                json!({"id": "revisionEndsNodes", "hash": "h2", "revision": 2, "nodes": [{"node": "a", "problems": [{"problem": "unreachable", "since": null}], "pod": null}, {"node": "b", "problems": [{"problem": "unreachable", "since": null}], "pod": null}], "last": 0, "well": 2, "within": 45, "changes": ["containers[a].image: a:1 → a:2"]}),
                "revision 2 (h2) seems to take nodes down: both nodes that got it went down within 45 s of it (a and b (unreachable)), and both nodes with an older one are well; it changed containers[a].image: a:1 → a:2",
            ),
            (
                json!({"id": "failingRevision", "hash": "7c6d8f5b9", "revision": 2, "failing": ["a", "b", "c"], "symptoms": [{"symptom": "CrashLoopBackOff", "pods": 2}, {"symptom": "Error", "pods": 1}], "available": 0, "oldAvailable": 1, "blame": {"kind": "changed"}, "changes": ["w: 1 → 2", "x: 1 → 2", "y: 1 → 2", "z: 1 → 2"], "notes": ["its memory limit is 1Gi"]}),
                "revision 2 (7c6d8f5b9) fails on 3 nodes (a, b and c): CrashLoopBackOff (2 of them) and Error; its memory limit is 1Gi; it changed w: 1 → 2; x: 1 → 2; y: 1 → 2; and 1 more; it is available nowhere, an older one on 1 node",
            ),
            (
                json!({"id": "failingRevision", "hash": null, "revision": null, "failing": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "oldAvailable": 2, "blame": {"kind": "changed"}, "changes": [], "notes": []}),
                "the new revision fails on a: Error; no other node has tried it; an older one is available on 2 nodes",
            ),
            (
                json!({"id": "failingRevision", "hash": "h", "revision": null, "failing": ["a", "b"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 1, "oldAvailable": 0, "blame": {"kind": "everyNode"}, "changes": [], "notes": []}),
                "the new revision h fails on 2 nodes (a and b): Error; it is available on 1 node",
            ),
            (
                json!({"id": "invalidBudget", "error": "maxSurge: no number", "waiting": 0}),
                "maxSurge: no number",
            ),
            (
                json!({"id": "invalidBudget", "error": "maxSurge: no number", "waiting": 1}),
                "maxSurge: no number; 1 node cannot be updated",
            ),
            (
                json!({"id": "onDelete", "nodes": ["a"]}),
                "the update strategy is OnDelete: 1 node keeps an outdated pod until it is deleted: a",
            ),
            (
                json!({"id": "onDelete", "nodes": ["a"], "noneFollows": true}),
                "the update strategy is OnDelete: 1 node keeps an outdated pod until it is deleted: a; as things are, none \
                 takes the place of a pod that is deleted",
            ),
            (
                json!({"id": "onDelete", "nodes": ["a", "b", "c", "d", "e"]}),
                "the update strategy is OnDelete: 5 nodes keep an outdated pod until it is deleted: a, b, c and 2 more",
            ),
            (
                json!({"id": "strategyWritten", "manager": "kubectl-patch", "at": "2026-03-01T12:00:00Z", "fields": ["maxUnavailable"]}),
                "since the newest revision came, maxUnavailable of the update strategy was written by kubectl-patch, at 2026-03-01T12:00:00Z: if that is for this rollout alone, put it back afterwards",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": 1, "usedBy": ["a"], "waiting": 11}),
                "maxUnavailable is 1 and is used up by node a; until a new pod is available there, 11 nodes cannot be updated",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": 1, "usedBy": ["a"], "gone": ["a"], "waiting": 2}),
                "maxUnavailable is 1 and is used up by the pod of a, which does not exist: once it is gone, the rollout takes \
                 the next of 2 nodes",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": 2, "usedBy": ["a", "b"], "gone": ["a"], "waiting": 2}),
                "maxUnavailable is 2 and is used up by node b and by the pod of a, which does not exist: once it is gone, the \
                 rollout takes the next of 2 nodes",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": 1, "usedBy": ["a", "b"], "gone": ["a"], "waiting": 2}),
                "maxUnavailable is 1 and is used up by node b; until a new pod is available there, 2 nodes cannot be updated",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxSurge", "limit": 2, "usedBy": ["a", "b"], "waiting": 1}),
                "maxSurge is 2 and is used up by nodes a and b; until new pods are available there, 1 node cannot be updated",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": -1, "usedBy": [], "waiting": 2}),
                "maxUnavailable is -1, which allows no update; 2 nodes cannot be updated",
            ),
            (
                json!({"id": "looping", "nodes": [{"node": "a", "problems": [], "pod": null}], "symptoms": [{"symptom": "Failed: Evicted", "pods": 1}], "reasons": ["Evicted"], "failed": 4, "lived": 5820, "revision": null, "changes": []}),
                "an endless loop on a: one pod after the other fails, this time after 1 h 37 min: Failed: Evicted; 4 have failed",
            ),
            (
                json!({"id": "certificatesPending", "requests": ["csr-b", "csr-a"], "since": "2026-03-01T12:00:00Z"}),
                "2 CertificateSigningRequests of kubelets wait to be approved, the oldest since 2026-03-01T12:00:00Z: a kubelet whose certificate has expired cannot report until it has a new one",
            ),
            (
                json!({"id": "looping", "nodes": [{"node": "a", "problems": [{"problem": "pressure", "condition": "DiskPressure"}], "pod": null}], "symptoms": [{"symptom": "Failed: Evicted", "pods": 1}], "reasons": ["Evicted"], "failed": 7, "lived": null, "revision": null, "changes": []}),
                "an endless loop on a (under disk pressure): one pod after the other fails: Failed: Evicted; 7 have failed",
            ),
            (
                json!({"id": "looping", "nodes": [{"node": "a", "problems": [], "pod": null}], "symptoms": [{"symptom": "Failed: OutOfcpu", "pods": 1}], "reasons": ["OutOfcpu"], "failed": 1, "lived": null, "revision": 2, "changes": ["cpu: 1 → 2"]}),
                "an endless loop on a while the cause lasts (a failed pod is replaced by one like it): Failed: OutOfcpu; revision 2 changed cpu: 1 → 2",
            ),
            (
                json!({"id": "looping", "nodes": [{"node": "a", "problems": [], "pod": null}], "symptoms": [{"symptom": "Failed: OutOfcpu", "pods": 1}], "reasons": ["OutOfcpu"], "failed": 1, "lived": null, "left": 5_097_600, "revision": null, "changes": []}),
                "its pod on a failed 59 d ago and is still there: a controller that works deletes a failed pod within a quarter of an hour; Failed: OutOfcpu",
            ),
            (
                json!({"id": "unhealthyNodes", "nodes": [{"node": "a", "problems": [{"problem": "unreachable", "since": null}, {"problem": "cordoned"}], "pod": null}], "onlyThere": []}),
                "1 unhealthy node: a (unreachable and cordoned)",
            ),
            (
                json!({"id": "unhealthyNodes", "nodes": [{"node": "a", "problems": [{"problem": "missing"}], "pod": null}, {"node": "b", "problems": [{"problem": "terminating", "finalizers": []}], "pod": "exit code 1"}], "onlyThere": ["topology.kubernetes.io/zone=b"]}),
                "2 unhealthy nodes: a (missing) and b (being deleted); its pod on b says: exit code 1; all of these nodes have topology.kubernetes.io/zone=b, and no node with an available pod has",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a", "b"], "symptoms": [{"symptom": "Error", "pods": 2}], "available": 3, "onlyThere": ["arch=arm64"], "blame": null, "changes": [], "notes": []}),
                "its pods fail on 2 nodes (a and b): Error; all of these nodes have arch=arm64, and no node with an available pod has; updated pods are available on 3 nodes",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": null, "changes": [], "notes": []}),
                "its pod fails on a: Error",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "oldFailAlike", "nodes": ["z"]}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: a pod of an older one fails alike on z, so going back changes nothing",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "oldFailAlike", "nodes": ["y", "z"]}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: pods of an older one fail alike on y and z, so going back changes nothing",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "cameToNodes", "before": 2}, "changes": [], "notes": []}),
                "its pod fails on a: Error; by revision 2 the daemon should not run on these nodes",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "oldFailedThere", "nodes": 3, "limit": 1}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: 3 nodes were updated at once though the budget is 1, as where the old pods were not available either",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "oldFailedThere", "nodes": 3, "limit": 1, "starting": 6}, "changes": [], "notes": []}),
                "its pod fails on a: Error; probably not the revision: 3 nodes were updated at once though the budget is 1, as where the old pods were not available either; but these were at most 6 s old, and may only have been starting",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "otherTemplate", "revisions": ["revision 2"]}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the current template: what fails is of revision 2",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ranBefore", "since": "2026-03-01T12:00:00Z", "ran": 864_000, "knownBy": "readiness"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: its rollout had passed, and these pods had run for 10 d before they began to fail, not before 2026-03-01T12:00:00Z",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ranBefore", "since": null, "ran": 864_000, "knownBy": "restarts"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: its rollout had passed, and its pods are 10 d old: had they failed all along as they do now, they would have restarted more often",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "noAnswer", "address": "10.20.0.5:4317"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; it is about 10.20.0.5:4317, which is outside of the pods and is not written in what the revision changed; whether the one before asks it too is not known: that old pods run does not show that they would find it, since none is known to have been started since",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ownPort", "port": 9100}, "changes": [], "notes": []}),
                "its pod fails on a: Error; its own old pod there is on the network of the node too and holds port 9100, so maxSurge cannot work: both never run on a node",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "nodeLacks", "lack": {"id": "disk", "owner": "node", "lacks": "disk space"}, "nodes": []}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: the node lacks disk space, as its pod says",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "startedAnew", "field": "metadata.annotations[checksum/config]"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the template: of it the revision changed metadata.annotations[checksum/config] \
                 alone, with which pods are started anew, so going back changes nothing; what pods read or ask for as they start, \
                 or their node, may have changed since the old ones started",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "injected", "container": "proxy", "by": "Istio"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; container proxy is not in the template: it was put into the pod as that was made, by Istio (a mutating webhook), as an annotation of the pod tells; going back changes nothing",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "injected", "container": "proxy", "by": null}, "changes": [], "notes": []}),
                "its pod fails on a: Error; container proxy is not in the template: it was put into the pod as that was made, as mutating webhooks do; going back changes nothing",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "namedBefore", "object": "ConfigMap c"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: the one before asks for ConfigMap c too, so going back changes nothing",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "askedPods", "who": "Typha"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; not the revision: they ask Typha, of which no pod is ready; going back changes nothing of that",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "rateLimited"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; the registry limits how often images are pulled: that is neither the revision nor the node",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "registryFails"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; it is about the registry or the way to it, on every node that pulls, and not about the image",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "runsElsewhere"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; the same revision runs on at least as many other nodes",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "byItsWords"}, "changes": [], "notes": []}),
                "its pod fails on a: Error; going by its words, the node is not why it fails",
            ),
            (
                json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "oneNode"}, "changes": ["image: a → b"], "notes": []}),
                "its pod fails on a: Error; one pod on one node proves nothing about the revision: it may be the node; the revision changed image: a → b",
            ),
            (
                json!({"id": "unscheduledPods", "nodes": ["a"], "symptoms": [{"symptom": "unschedulable: Too many pods", "pods": 1}], "onlyThere": [], "changes": [], "notes": []}),
                "1 pod meant for a is not scheduled: unschedulable: Too many pods",
            ),
            (
                json!({"id": "unscheduledPods", "nodes": ["a", "b"], "symptoms": [], "onlyThere": ["k=v"], "changes": ["cpu: 1 → 2"], "notes": ["its own old pod x holds host port 80 there"]}),
                "2 pods meant for a and b are not scheduled; no scheduler says anything; its own old pod x holds host port 80 there; all of these nodes have k=v, and no node with an available pod has; the revision changed cpu: 1 → 2",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x", "y"], "finalizers": [], "runs": true, "over": 120, "notes": []}),
                "2 pods are being deleted already on a, and the grace period ended 2 min ago: x and y; no finalizer holds them: their kubelets do not end them",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x"], "finalizers": ["e.com/f"], "runs": false, "over": 3600, "notes": []}),
                "1 pod is being deleted already on a, and its grace period ended 1 h ago: x; finalizer e.com/f is not removed",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a", "b"], "pods": ["x", "y"], "finalizers": ["f", "g"], "runs": false, "over": 90, "notes": []}),
                "2 pods are being deleted already on 2 nodes (a and b), and the grace period ended 90 s ago: x and y; finalizers f and g are not removed",
            ),
            (
                json!({"id": "ending", "nodes": ["a"], "pods": ["x"], "until": "2026-03-01T12:00:00Z"}),
                "1 pod is being deleted on a, and its grace period ends at 2026-03-01T12:00:00Z, which is not over by the newest time read: x; until it is gone, no new pod comes there",
            ),
            (
                json!({"id": "ending", "nodes": ["a", "b"], "pods": ["x", "y"], "until": "2026-03-01T12:00:00Z"}),
                "2 pods are being deleted on 2 nodes (a and b), and the last grace period ends at 2026-03-01T12:00:00Z, which is not over by the newest time read: x and y; until they are gone, no new pod comes there",
            ),
            (
                json!({"id": "markedNotReady", "nodes": ["a"], "since": "2026-03-01T12:00:00Z", "locked": ["a", "2026-03-01T11:58:00Z"]}),
                "its pod on a is marked as not ready since 2026-03-01T12:00:00Z, though all containers are ready: so the node \
                 lifecycle controller marks pods of a node that it does not hear of; kured has locked a for a reboot since \
                 2026-03-01T11:58:00Z, and reboots no other node while it holds that lock",
            ),
            (
                json!({"id": "markedNotReady", "nodes": ["a"], "since": "2026-03-01T12:00:00Z"}),
                "its pod on a is marked as not ready since 2026-03-01T12:00:00Z, though all containers are ready: so the node \
                 lifecycle controller marks pods of a node that it does not hear of",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": ["x"], "nodes": ["a"], "terminating": [], "areGone": false}),
                "1 pod (x) is bound to a node that was not given (a): if it does not exist, the pod garbage collector deletes the pod within a minute or two",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": ["x", "y"], "nodes": ["a", "b"], "terminating": ["y"], "areGone": true}),
                "2 pods (x and y) are bound to nodes that do not exist (a and b): the pod garbage collector deletes the pods within a minute or two",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": ["x"], "nodes": ["a"], "terminating": [], "unbound": ["x"], "areGone": false}),
                "1 pod (x) is meant for a node that was not given (a): if it does not exist, the DaemonSet controller deletes the pod",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": ["x", "y"], "nodes": ["a", "b"], "terminating": [], "unbound": ["y"], "areGone": true}),
                "2 pods (x and y) are bound to, or meant for, nodes that do not exist (a and b): the pod garbage collector deletes \
                 those that are bound within a minute or two, and the DaemonSet controller the others",
            ),
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
                json!({"id": "soFar", "nodes": ["a"], "symptoms": [{"symptom": "pod p: x", "pods": 1}], "revision": 2, "changes": ["image: a → b"], "until": "2026-03-01T12:00:00Z"}),
                "so far, on a: pod p: x; its startup probe allows it until 2026-03-01T12:00:00Z; revision 2 changed image: a → b",
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
                json!({"id": "complete", "nodes": 1}),
                "1 node has an available pod of the current revision",
            ),
            (
                json!({"id": "complete", "nodes": 5}),
                "all 5 nodes have an available pod of the current revision",
            ),
        ],
    );
}
