//! The set, what was given of it, its controller and its revisions.

use serde_json::json;

use crate::Case;

#[allow(clippy::too_many_lines)] // one line a case
pub(super) fn cases() -> Vec<Case> {
    vec![
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
            json!({"id": "notGiven", "kinds": ["pod"], "desired": 0, "current": 0, "podsOfOthers": false, "nodesGiven": 4, "podsGiven": 4, "withoutStatus": true, "namespace": "infra"}),
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
            json!({"id": "onDelete", "nodes": ["a"], "by": {"owner": "ClusterPolicy p"}}),
            "the update strategy is OnDelete: 1 node keeps an outdated pod until it is deleted: a; ClusterPolicy p owns the DaemonSet: whether its controller deletes them was not given",
        ),
        (
            json!({"id": "onDelete", "nodes": ["a", "b"], "isAtIt": true, "by": {"label": "e.com/x-upgrade-state", "states": [{"state": "drain-required", "nodes": ["a"]}, {"state": "upgrade-required", "nodes": ["b"]}]}}),
            "the update strategy is OnDelete: 2 nodes keep an outdated pod until it is deleted: a and b; the controller that sets label e.com/x-upgrade-state of nodes is to delete them: it says drain-required on a and upgrade-required on b; leave it to that",
        ),
        (
            json!({"id": "onDelete", "nodes": ["a"], "by": {"owner": "ClusterPolicy p", "label": "e.com/x-upgrade-state", "states": [{"state": "upgrade-failed", "nodes": ["a"]}]}}),
            "the update strategy is OnDelete: 1 node keeps an outdated pod until it is deleted: a; the controller that sets label e.com/x-upgrade-state of nodes is to delete them (the DaemonSet's owner is ClusterPolicy p): it says upgrade-failed on a; it may go no further before that is put right",
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
    ]
}
