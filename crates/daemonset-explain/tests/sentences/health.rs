//! What is wrong with nodes and pods.

use daemonset_explain::{NodeProblem, PodProblem};
use serde_json::json;

use super::check;

#[test]
fn problems_of_nodes() {
    check::<NodeProblem>(
        "problem",
        &[
            (json!({"problem": "missing"}), "missing"),
            (
                json!({"problem": "notReady", "since": "2026-03-01T12:00:00Z", "message": "cni plugin not initialized"}),
                "not ready since 2026-03-01T12:00:00Z: cni plugin not initialized",
            ),
            (
                json!({"problem": "notReady", "since": null, "message": ""}),
                "not ready",
            ),
            (
                json!({"problem": "unreachable", "since": "2026-03-01T12:00:00Z", "heard": "2026-02-01T12:00:00Z"}),
                "unreachable since 2026-03-01T12:00:00Z, last heartbeat 2026-02-01T12:00:00Z",
            ),
            (
                json!({"problem": "unreachable", "since": null}),
                "unreachable",
            ),
            (
                json!({"problem": "machineOff"}),
                "shut down, as the cloud provider says",
            ),
            (
                json!({"problem": "pressure", "condition": "DiskPressure"}),
                "under disk pressure",
            ),
            (
                json!({"problem": "pressure", "condition": "MemoryPressure"}),
                "under memory pressure",
            ),
            (
                json!({"problem": "pressure", "condition": "PIDPressure"}),
                "under PID pressure",
            ),
            (
                json!({"problem": "networkUnavailable", "message": ""}),
                "without network",
            ),
            (
                json!({"problem": "networkUnavailable", "message": "Calico is down"}),
                "without network: Calico is down",
            ),
            (
                json!({"problem": "condition", "condition": "ReadonlyFilesystem", "holds": true, "since": "2026-03-01T12:00:00Z", "message": "Filesystem is read-only"}),
                "reporting ReadonlyFilesystem=True since 2026-03-01T12:00:00Z: Filesystem is read-only",
            ),
            (
                json!({"problem": "condition", "condition": "StorageReady", "holds": false, "since": null, "message": ""}),
                "reporting StorageReady=False",
            ),
            (
                json!({"problem": "inProgress", "condition": "MaintenanceInProgress", "since": "2026-03-01T12:00:00Z", "message": ""}),
                "reporting MaintenanceInProgress since 2026-03-01T12:00:00Z",
            ),
            (
                json!({"problem": "rebooting", "since": "2026-03-01T12:00:00.5Z"}),
                "locked by kured for a reboot since 2026-03-01T12:00:00Z",
            ),
            (
                json!({"problem": "terminating", "finalizers": []}),
                "being deleted",
            ),
            (
                json!({"problem": "terminating", "finalizers": ["f"]}),
                "being deleted, held by finalizer f",
            ),
            (json!({"problem": "cordoned"}), "cordoned"),
            (
                json!({"problem": "virtual", "label": "type=virtual-kubelet"}),
                "virtual (type=virtual-kubelet), so that it runs only what its provider takes",
            ),
        ],
    );
}

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn problems_of_pods() {
    check::<PodProblem>(
        "problem",
        &[
            (
                json!({"problem": "waiting", "container": "agent", "init": false, "reason": "ImagePullBackOff", "message": "Back-off pulling image \"a:2\": ErrImagePull: rpc error: code = NotFound desc = failed to resolve reference \"a:2\": a:2: not found", "restarts": 0, "last": null}),
                "container agent: ImagePullBackOff: a:2: not found",
            ),
            (
                json!({"problem": "waiting", "container": "agent", "init": false, "reason": "", "message": "", "restarts": 1, "last": null}),
                "container agent: Waiting, restarted once",
            ),
            (
                json!({"problem": "waiting", "container": "agent", "init": false, "reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container", "restarts": 12, "last": null}),
                "container agent: CrashLoopBackOff, restarted 12 times; how it ended is not given",
            ),
            (
                json!({"problem": "waiting", "container": "agent", "init": true, "reason": "CrashLoopBackOff", "message": "back-off 5m0s", "restarts": 12, "last": {"reason": "OOMKilled", "message": "", "exitCode": 137, "at": null, "ran": 2}}),
                "init container agent: CrashLoopBackOff, restarted 12 times, last ended with OOMKilled, exit code 137 (SIGKILL), after 2 s",
            ),
            (
                json!({"problem": "terminated", "container": "agent", "init": false, "end": {"reason": "StartError", "message": "exec: \"a\": not found", "exitCode": 127, "at": null, "ran": null}, "restarts": 0}),
                "container agent ended with StartError, exit code 127: exec: \"a\": not found",
            ),
            (
                json!({"problem": "notReady", "container": "agent", "runningSince": "2026-03-01T12:00:00Z", "lostSince": null, "startup": false, "restarts": 0, "last": null}),
                "container agent has been running since 2026-03-01T12:00:00Z and was never ready: its readiness probe does not succeed",
            ),
            (
                json!({"problem": "notReady", "container": "agent", "runningSince": "2026-03-01T12:00:00Z", "lostSince": "2026-03-01T13:00:00Z", "startup": false, "restarts": 0, "last": null}),
                "container agent has been running since 2026-03-01T12:00:00Z and is not ready since 2026-03-01T13:00:00Z: its readiness probe does not succeed",
            ),
            (
                json!({"problem": "notReady", "container": "agent", "runningSince": null, "lostSince": null, "startup": true, "restarts": 0, "last": null}),
                "container agent runs and was never ready: its startup probe does not succeed",
            ),
            (
                json!({"problem": "notReady", "container": "agent", "runningSince": "2026-03-01T12:00:00Z", "lostSince": null, "startup": false, "restarts": 14, "last": {"reason": "Error", "message": "", "exitCode": 137, "at": null, "ran": 90}}),
                "container agent has been running since 2026-03-01T12:00:00Z, restarted 14 times and is not ready; last killed with exit code 137 (SIGKILL), after 90 s, as after a liveness probe that fails",
            ),
            (
                json!({"problem": "notReady", "container": "agent", "runningSince": "2026-03-01T12:00:00Z", "lostSince": null, "startup": false, "restarts": 2, "last": {"reason": "Error", "message": "", "exitCode": 3, "at": null, "ran": null}}),
                "container agent has been running since 2026-03-01T12:00:00Z, restarted 2 times and is not ready; last ended with exit code 3",
            ),
            (
                json!({"problem": "initializing", "container": "wait", "runningSince": "2026-03-01T12:00:00Z", "restarts": 1}),
                "init container wait has been running since 2026-03-01T12:00:00Z, restarted once and does not end",
            ),
            (
                json!({"problem": "readinessGate", "gate": "e.com/lb", "isSet": false, "message": ""}),
                "all containers are ready; readiness gate e.com/lb has no condition, which its controller sets",
            ),
            (
                json!({"problem": "readinessGate", "gate": "e.com/lb", "isSet": true, "message": "target is unhealthy"}),
                "all containers are ready; readiness gate e.com/lb is not True, which its controller sets: target is unhealthy",
            ),
            (
                json!({"problem": "notSetUp", "since": "2026-03-01T12:00:00Z"}),
                "ContainerCreating since 2026-03-01T12:00:00Z: its volumes or its network are not set up",
            ),
            (
                json!({"problem": "notCreated", "since": "2026-03-01T12:00:00Z"}),
                "ContainerCreating since 2026-03-01T12:00:00Z: its network is set up, its image is not pulled or its containers are not created",
            ),
            (
                json!({"problem": "unschedulable", "message": "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].", "nominated": ""}),
                "unschedulable: Too many pods",
            ),
            (
                json!({"problem": "unschedulable", "message": "", "nominated": "a"}),
                "unschedulable; nominated already: pods there are preempted to make room",
            ),
            (
                json!({"problem": "schedulingGated", "gates": ["e.com/g"]}),
                "held by scheduling gate e.com/g",
            ),
            (
                json!({"problem": "schedulingGated", "gates": ["g", "h"]}),
                "held by scheduling gates g and h",
            ),
            (
                json!({"problem": "schedulingGated", "gates": []}),
                "held by a scheduling gate",
            ),
            (
                json!({"problem": "notScheduled", "scheduler": "volcano", "since": "2026-03-01T12:00:00Z"}),
                "scheduler volcano has not looked at it since 2026-03-01T12:00:00Z",
            ),
            (
                json!({"problem": "notScheduled", "scheduler": "", "since": null}),
                "no scheduler has looked at it",
            ),
            (
                json!({"problem": "phase", "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}),
                "Failed: Evicted: The node was low on resource: memory",
            ),
            (
                json!({"problem": "phase", "phase": "Succeeded", "reason": "", "message": ""}),
                "Succeeded",
            ),
            (
                json!({"problem": "unreported"}),
                "the kubelet has not reported on it",
            ),
            (
                json!({"problem": "terminating", "until": "2026-03-01T12:00:00Z", "finalizers": []}),
                "terminating, its grace period ends 2026-03-01T12:00:00Z",
            ),
            (
                json!({"problem": "terminating", "until": "2026-03-01T12:00:00Z", "finalizers": ["f"]}),
                "terminating, its grace period ends 2026-03-01T12:00:00Z, finalizer f holds it",
            ),
            (
                json!({"problem": "terminating", "until": "2026-03-01T12:00:00Z", "finalizers": ["f", "g"]}),
                "terminating, its grace period ends 2026-03-01T12:00:00Z, finalizers f and g hold it",
            ),
        ],
    );
}
