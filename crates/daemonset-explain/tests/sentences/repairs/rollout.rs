//! The rollout: its controller, its revisions, and pods that do not end.

use daemonset_explain::RolloutRepair;
use serde_json::json;

use super::check;

#[test]
fn rollout() {
    check::<RolloutRepair>(&[
        (
            json!({"repair": "controller", "option": "--pod-eviction-timeout", "node": "cp-1"}),
            "get kube-controller-manager, of which the DaemonSet controller and the node lifecycle controller are parts, to work again: take option --pod-eviction-timeout, which its release does not know, out of the file of its static pod on cp-1; its Lease tells whether one leads: spec.renewTime is of the last minute then",
        ),
        (
            json!({"repair": "backByPods", "revision": 3, "failing": 2, "available": 6}),
            "go back to revision 3: both pods of the newest revision that were given fail, and 6 pods of older ones are available",
        ),
        (
            json!({"repair": "rollingAgain", "manager": "kubectl-edit", "at": "2026-03-01T12:00:00Z"}),
            "if OnDelete is for the time being alone (kubectl-edit set it, at 2026-03-01T12:00:00Z), let the controller replace the other pods, as its budget allows",
        ),
        (
            json!({"repair": "controller"}),
            "get kube-controller-manager, of which the DaemonSet controller and the node lifecycle controller are parts, to work again; its Lease tells whether one leads: spec.renewTime is of the last minute then",
        ),
        (
            json!({"repair": "backBeforeRepair", "revision": 3, "nodes": ["a"], "within": 95, "areDown": false}),
            "go back to revision 3 before a is repaired, unless it is known what else is wrong there: it was found unwell within \
             95 s of getting the newest revision, of which no pod is available, and once it is well again the rollout takes \
             further nodes",
        ),
        (
            json!({"repair": "backBeforeRepair", "revision": 3, "nodes": ["a"], "within": 95, "areDown": true}),
            "go back to revision 3 before a is repaired, unless it is known what else took it down: it went down within 95 s of \
             getting the newest revision, of which no pod is available, and once it is well again the rollout takes further nodes",
        ),
        (
            json!({"repair": "backOfScheduling", "revision": 4, "older": 6}),
            "go back to revision 4: what the scheduler misses was changed since, and 6 pods of older ones are available",
        ),
        (
            json!({"repair": "backFromSome", "revision": 4, "runs": 3, "older": 7}),
            "or go back to revision 4: an older one is available on 7 nodes; it takes the newest one off the 3 nodes that run it, too",
        ),
        (
            json!({"repair": "upByNow", "pods": ["x"]}),
            "see whether x is up by now, and what it waits for: events say it",
        ),
        (
            json!({"repair": "upByNow", "pods": ["x", "y"]}),
            "see whether x and y are up by now, and what they wait for: events say it",
        ),
        (
            json!({"repair": "stillThere", "pods": ["x"], "nodes": ["a"], "until": "2026-03-01T12:00:00Z"}),
            "see after 2026-03-01T12:00:00Z whether x is still there: then look at a and its kubelet, which does not end it; it is to be deleted by force only if that machine is gone",
        ),
        (
            json!({"repair": "stillThere", "pods": ["x", "y"], "nodes": ["a", "b"], "until": "2026-03-01T12:00:00Z"}),
            "see after 2026-03-01T12:00:00Z whether x and y are still there: then look at a and b and their kubelets, which do not end them; they are to be deleted by force only if that machine is gone",
        ),
        (
            json!({"repair": "goBack", "revision": 11}),
            "go back to revision 11 at once, so that the rollout takes no further node",
        ),
        (
            json!({"repair": "finalizers", "finalizers": ["f"], "perhaps": null}),
            "start the controller that removes finalizer f",
        ),
        (
            json!({"repair": "finalizers", "finalizers": ["a.b/f"], "perhaps": "a/a-operator-x"}),
            "start the controller that removes finalizer a.b/f: by its name it may be a/a-operator-x, which does not run",
        ),
        (
            json!({"repair": "ownFinalizers", "finalizers": ["x/f"], "pods": 2}),
            "or, where that controller is not to come back, take finalizer x/f off the DaemonSet: it is gone then, and its 2 pods are deleted with it; if it is to run, it has to be applied anew",
        ),
        (
            json!({"repair": "writers", "writers": ["a", "b"]}),
            "let only one of a and b write what they differ in: let the manifests of a GitOps controller leave the field out, or have it ignore that field (ignoreDifferences), or give an operator the value in its own custom resource",
        ),
        (
            json!({"repair": "writers", "writers": []}),
            "find the two that write the template in turn (metadata.managedFields names them): let the manifests of a GitOps controller leave the field out, or have it ignore that field (ignoreDifferences), or give an operator the value in its own custom resource",
        ),
        (
            json!({"repair": "olderRevision", "hash": "h1", "isLast": true}),
            "go back to the revision before (h1), of which pods are available, as long as it is still kept: it was not given, and the first command shows what is",
        ),
        (
            json!({"repair": "olderRevision", "hash": "h1", "isLast": false}),
            "go back to revision h1, of which pods are available and which is not the one before, as long as it is still kept: it was not given, and the first command shows its number",
        ),
        (
            json!({"repair": "victim", "pod": "apps/web-1", "node": "a", "over": 600, "said": "unable to kill it", "finalizers": []}),
            "find out on a why apps/web-1 does not end: the scheduler waits for its room, and its grace period ended 10 min ago; its kubelet says: unable to kill it",
        ),
        (
            json!({"repair": "victim", "pod": "apps/web-1", "node": "a", "over": 600, "said": null, "finalizers": ["example.com/hold"]}),
            "start the controller that removes finalizer example.com/hold from apps/web-1: the scheduler waits for its room on a, and its grace period ended 10 min ago",
        ),
        (
            json!({"repair": "victimFinalizers", "pod": "apps/web-1", "finalizers": ["example.com/hold"]}),
            "or, where that controller is not to come back, take finalizer example.com/hold off apps/web-1",
        ),
    ]);
}
