//! Nodes that are not well, and pods that fail or do not end.

use serde_json::json;

use crate::Case;

#[allow(clippy::too_many_lines)] // one line a case
pub(super) fn cases() -> Vec<Case> {
    vec![
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
            json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ranBefore", "since": "2026-03-01T12:00:00Z", "within": 8, "ran": 864_000, "knownBy": "readiness"}, "changes": [], "notes": []}),
            "its pod fails on a: Error; not the revision: its rollout had passed, and these pods had run for 10 d, until all of them failed within 8 s, from 2026-03-01T12:00:00Z on, which points at something that they share",
        ),
        (
            json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ranBefore", "since": "2026-03-01T12:00:00Z", "within": 0, "ran": 864_000, "knownBy": "readiness"}, "changes": [], "notes": []}),
            "its pod fails on a: Error; not the revision: its rollout had passed, and these pods had run for 10 d, until all of them failed in the same second, at 2026-03-01T12:00:00Z, which points at something that they share",
        ),
        (
            json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "ranBefore", "since": "2026-03-01T12:00:00Z", "ran": 864_000, "knownBy": "readiness"}, "changes": [], "notes": []}),
            "its pod fails on a: Error; not the revision: its rollout had passed, and these pods had run for 10 d, until the first began to fail at 2026-03-01T12:00:00Z",
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
            json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "gateBefore", "gate": "g", "updated": 0}, "changes": [], "notes": []}),
            "its pod fails on a: Error; not the revision, as far as it shows: the one before asks for readiness gate g too, and while its controller does not set that, going back changes nothing",
        ),
        (
            json!({"id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "onlyThere": [], "blame": {"kind": "gateBefore", "gate": "g", "updated": 2}, "changes": [], "notes": []}),
            "its pod fails on a: Error; not the revision: 2 other pods of it have readiness gate g True",
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
            "its pod fails on a: Error; it is about the registry or the way to it, and not about the image, nor about one node alone",
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
            json!({"id": "notYetUp", "nodes": ["a"], "symptoms": [{"symptom": "ContainerCreating", "pods": 1}], "areNewest": true, "after": 19}),
            "its pod is not up yet on a: ContainerCreating; it is of the newest revision; the newest time that was given is 19 s after it was created: for how long it has been so since is not known",
        ),
        (
            json!({"id": "notYetUp", "nodes": ["a", "b"], "symptoms": [{"symptom": "ContainerCreating", "pods": 2}]}),
            "its pods are not up yet on 2 nodes (a and b): ContainerCreating; when they were created was not given: they may only be starting",
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
    ]
}
