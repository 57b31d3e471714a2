//! Every finding, edit, effect and caution, as JSON and as a sentence: one line a case.
//!
//! The JSON is what programs read; reading it back and printing it must give the sentence, and
//! writing it again the same JSON.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use daemonset_explain::what_if::{Change, Difference, End, Restarts};
use daemonset_explain::{
    Applicability, BudgetField, Cause, Caution, DeletionStep, Diagnosis, Edit, Effect, Expense,
    Finding, Fix, Ledger, NodeProblem, PodProblem, PodRevision, Rounding, Standing,
};
use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A case: what is written as JSON, and the sentence.
type Case = (Value, &'static str);

/// Checks each case, and that every variant of the type has one. `tag` is the field that names the
/// variant.
fn check<T: DeserializeOwned + Serialize + Display>(tag: &'static str, cases: &[Case]) {
    let seen = check_each::<T>(tag, cases);
    let all: BTreeSet<&str> = variants::<T>(tag).iter().copied().collect();
    assert_eq!(seen, all, "every variant has a sentence");
}

/// Checks each case, and says which variants were among them.
fn check_each<'c, T: DeserializeOwned + Serialize + Display>(
    tag: &str,
    cases: &'c [Case],
) -> BTreeSet<&'c str> {
    let mut seen = BTreeSet::new();
    for (json, sentence) in cases {
        let read: T =
            serde_json::from_value(json.clone()).unwrap_or_else(|e| panic!("{json}: {e}"));
        assert_eq!(read.to_string(), *sentence, "{json}");
        assert_eq!(&json!(read), json);
        seen.insert(json[tag].as_str().unwrap());
    }
    seen
}

/// The names of the variants of an enum with a tag.
fn variants<T: DeserializeOwned>(tag: &'static str) -> &'static [&'static str] {
    let unknown = MapDeserializer::<_, Variants>::new([(tag, "no such variant")].into_iter());
    match T::deserialize(unknown) {
        Err(Variants(variants)) => variants,
        Ok(_) => panic!("there is no such variant"),
    }
}

/// The error that keeps which variants there are.
#[derive(Debug)]
struct Variants(&'static [&'static str]);

impl Display for Variants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Variants {}

impl de::Error for Variants {
    fn custom<T: Display>(message: T) -> Self {
        panic!("{message}")
    }
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self(expected)
    }
}

#[test]
#[allow(clippy::too_many_lines)] // one line a case
fn findings() {
    let crash =
        json!([{"symptom": "CrashLoopBackOff", "pods": 2}, {"symptom": "Error", "pods": 1}]);
    check::<Finding>(
        "id",
        &[
            (
                json!({"id": "selectingAll"}),
                "the selector selects every pod, so the controller does nothing; give it a requirement",
            ),
            (
                json!({"id": "deleting"}),
                "the DaemonSet is being deleted, so the controller does nothing",
            ),
            (
                json!({"id": "collision"}),
                "the new revision's name is taken; the controller tries another in the next round",
            ),
            (
                json!({"id": "revisionsNotGiven", "namespace": "infra", "pods": 1}),
                "cannot tell whether 1 pod is up to date: no ControllerRevisions are given; \
                 add the output of: kubectl get controllerrevisions -o yaml -n infra",
            ),
            (
                json!({"id": "revisionsNotGiven", "namespace": "", "pods": 5}),
                "cannot tell whether 5 pods are up to date: no ControllerRevisions are given; \
                 add the output of: kubectl get controllerrevisions -o yaml",
            ),
            (
                json!({
                    "id": "failingRevision", "hash": "7c6d8f5b9", "failing": ["a", "b", "c"],
                    "symptoms": crash, "available": 0, "oldAvailable": 1,
                }),
                "the new revision 7c6d8f5b9 fails on 3 healthy nodes (a, b and c): \
                 CrashLoopBackOff (2) and Error (1); it is available on 0 nodes, older revisions on 1 node",
            ),
            (
                json!({
                    "id": "failingRevision", "hash": null, "failing": ["a"],
                    "symptoms": [{"symptom": "Error", "pods": 1}], "available": 0, "oldAvailable": 2,
                }),
                "the new revision fails on 1 healthy node (a): Error (1); \
                 it is available on 0 nodes, older revisions on 2 nodes",
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
                json!({"id": "onDelete", "nodes": ["a", "b", "c", "d", "e"]}),
                "the update strategy is OnDelete: 5 nodes keep an outdated pod until it is deleted: \
                 a, b, c and 2 more",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": 1, "usedBy": ["a"], "waiting": 11}),
                "maxUnavailable is 1 and is used up by node a, which does not recover by itself; \
                 11 nodes cannot be updated",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxSurge", "limit": 2, "usedBy": ["a", "b"], "waiting": 1}),
                "maxSurge is 2 and is used up by nodes a and b, which do not recover by themselves; \
                 1 node cannot be updated",
            ),
            (
                json!({"id": "budgetUsedUp", "field": "maxUnavailable", "limit": -1, "usedBy": [], "waiting": 2}),
                "maxUnavailable is -1, which allows no update; 2 nodes cannot be updated",
            ),
            (
                json!({"id": "unhealthyNodes", "nodes": [
                    {"node": "a", "problems": [{"problem": "unreachable", "since": null}, {"problem": "cordoned"}]},
                ]}),
                "1 unhealthy node: a (unreachable, cordoned)",
            ),
            (
                json!({"id": "unhealthyNodes", "nodes": [
                    {"node": "a", "problems": [{"problem": "missing"}]},
                    {"node": "b", "problems": [{"problem": "terminating"}]},
                ]}),
                "2 unhealthy nodes: a (missing) and b (terminating)",
            ),
            (
                json!({
                    "id": "failingPods", "nodes": ["a", "b"], "symptoms": [{"symptom": "Error", "pods": 2}],
                    "available": 3, "onlyThere": ["arch=arm64"],
                }),
                "pods fail on 2 healthy nodes (a and b): Error (2); updated pods are available on 3 nodes; \
                 only the failing nodes have arch=arm64",
            ),
            (
                json!({
                    "id": "failingPods", "nodes": ["a"], "symptoms": [{"symptom": "Error", "pods": 1}],
                    "available": 0, "onlyThere": [],
                }),
                "pods fail on 1 healthy node (a): Error (1); updated pods are available on 0 nodes",
            ),
            (
                json!({
                    "id": "unscheduledPods", "nodes": ["a"],
                    "symptoms": [{"symptom": "0/3 nodes are available", "pods": 1}],
                }),
                "1 pod meant for a is not scheduled; the scheduler says 0/3 nodes are available (1)",
            ),
            (
                json!({"id": "unscheduledPods", "nodes": ["a", "b"], "symptoms": []}),
                "2 pods meant for a and b are not scheduled; the scheduler says nothing",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x", "y"], "finalizers": []}),
                "2 pods on 1 healthy node are still terminating after their grace period: x and y",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x"], "finalizers": ["e.com/f"]}),
                "1 pod on 1 healthy node is still terminating after its grace period: x; \
                 finalizer e.com/f is not removed",
            ),
            (
                json!({"id": "stuckTerminating", "nodes": ["a"], "pods": ["x"], "finalizers": ["f", "g"]}),
                "1 pod on 1 healthy node is still terminating after its grace period: x; \
                 finalizers f and g are not removed",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": 1}),
                "1 pod is bound to nodes that do not exist; the pod garbage collector deletes it",
            ),
            (
                json!({"id": "podsOnMissingNodes", "pods": 2}),
                "2 pods are bound to nodes that do not exist; the pod garbage collector deletes them",
            ),
            (
                json!({"id": "progressing", "creates": 1, "deletes": 2, "starting": ["a"], "terminating": ["b", "c"]}),
                "1 pod to create; 2 pods to delete; 1 pod starting on a; 2 pods terminating on b and c",
            ),
            (
                json!({"id": "progressing", "creates": 0, "deletes": 0, "starting": [], "terminating": []}),
                "no pod to create or delete in this round",
            ),
            (
                json!({
                    "id": "minReadySeconds", "nodes": 1,
                    "first": "2026-03-01T12:00:00Z", "last": "2026-03-01T12:00:00Z",
                }),
                "1 pod is ready, but not yet for minReadySeconds: available at 2026-03-01T12:00:00Z",
            ),
            (
                json!({
                    "id": "minReadySeconds", "nodes": 2,
                    "first": "2026-03-01T12:00:00Z", "last": "2026-03-01T12:00:30Z",
                }),
                "2 pods are ready, but not yet for minReadySeconds: \
                 available at 2026-03-01T12:00:00Z to 2026-03-01T12:00:30Z",
            ),
            (
                json!({"id": "backOff", "pods": 1, "until": "2026-03-01T12:00:00Z"}),
                "1 failed pod is backing off until 2026-03-01T12:00:00Z",
            ),
            (
                json!({"id": "unprovenRevision", "hash": "7c6d8f5b9", "nodes": 0}),
                "the new revision 7c6d8f5b9 is unproven: it has no pod yet",
            ),
            (
                json!({"id": "unprovenRevision", "hash": null, "nodes": 2}),
                "the new revision is unproven: no pod of it is available, and 2 nodes have one",
            ),
            (
                json!({"id": "notObserved", "generation": 3, "observed": 2}),
                "the controller has observed generation 2, and the DaemonSet is at 3",
            ),
            (
                json!({"id": "capped", "creates": 1, "deletes": 20}),
                "the cap on pods of one round defers 1 create and 20 deletes to the next",
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
                "1 outdated pod stays on nodes that get no new pod, since no other available pod is spare",
            ),
            (
                json!({"id": "noNodes", "nodes": 5}),
                "none of 5 nodes should run it",
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
                json!({"edit": "addAffinityValue", "term": 1, "requirement": 0, "key": "pool", "value": "edge"}),
                "add edge to the values of pool in node affinity term 1 of the template",
            ),
            (
                json!({"edit": "removeAffinityValue", "term": 0, "requirement": 2, "key": "pool", "value": "edge"}),
                "remove edge from the values of pool in node affinity term 0 of the template",
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
            (json!({"effect": "completes"}), "the rollout is complete"),
        ],
    );
}

#[test]
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
                json!({"caution": "stopsOn", "nodes": ["a"]}),
                "1 other node no longer runs it: a",
            ),
            (
                json!({"caution": "unprovenRevision"}),
                "the new revision is unproven: no pod of it is available",
            ),
            (
                json!({"caution": "manyAtOnce", "limit": 4, "desired": 5}),
                "4 of 5 nodes may be without the daemon at once",
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
                "if a and b become Ready",
            ),
        ],
    );
}

#[test]
fn problems_of_nodes() {
    check::<NodeProblem>(
        "problem",
        &[
            (json!({"problem": "missing"}), "missing"),
            (
                json!({"problem": "notReady", "since": "2026-03-01T12:00:00Z"}),
                "not ready since 2026-03-01T12:00:00Z",
            ),
            (
                json!({"problem": "unreachable", "since": null}),
                "unreachable",
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
            (json!({"problem": "networkUnavailable"}), "without network"),
            (json!({"problem": "terminating"}), "terminating"),
            (json!({"problem": "cordoned"}), "cordoned"),
        ],
    );
}

#[test]
fn problems_of_pods() {
    check::<PodProblem>(
        "problem",
        &[
            (
                json!({
                    "problem": "waiting", "container": "agent", "reason": "ImagePullBackOff",
                    "message": "Back-off pulling image", "restarts": 0,
                }),
                "container agent waits: ImagePullBackOff (Back-off pulling image)",
            ),
            (
                json!({"problem": "waiting", "container": "agent", "reason": "", "message": "", "restarts": 1}),
                "container agent waits: Waiting, restarted once",
            ),
            (
                json!({
                    "problem": "terminated", "container": "agent", "reason": "OOMKilled",
                    "exitCode": 137, "restarts": 12,
                }),
                "container agent ended: OOMKilled, exit code 137, restarted 12 times",
            ),
            (
                json!({"problem": "terminated", "container": "agent", "reason": "", "exitCode": 1, "restarts": 0}),
                "container agent ended: exit code 1",
            ),
            (
                json!({"problem": "restarted", "container": "agent", "restarts": 2}),
                "container agent is not ready, restarted 2 times",
            ),
            (
                json!({"problem": "unschedulable", "message": "0/3 nodes are available"}),
                "unschedulable: 0/3 nodes are available",
            ),
            (
                json!({"problem": "unschedulable", "message": ""}),
                "unschedulable",
            ),
            (
                json!({"problem": "phase", "phase": "Failed", "reason": "Evicted"}),
                "Failed: Evicted",
            ),
            (
                json!({"problem": "phase", "phase": "Succeeded", "reason": ""}),
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
                "terminating, its grace period ends 2026-03-01T12:00:00Z, finalizer f",
            ),
        ],
    );
}

/// An expense with this cause.
fn expense(cause: &Value) -> Expense {
    let pods = [("old", "a"), ("new", "b")].map(|(revision, name)| {
        json!({"name": name, "revision": revision, "hash": null, "created": null, "problems": []})
    });
    let expense = json!({
        "node": "n", "cause": cause, "pods": pods, "nodeProblems": [], "verdict": "run",
    });
    serde_json::from_value(expense).unwrap()
}

#[test]
fn causes_of_expenses() {
    let until = "2026-03-01T12:00:00Z";
    let cases = [
        (json!({"cause": "noPod"}), "n: no pod (a), (b)"),
        (
            json!({"cause": "onlyTerminatingPods"}),
            "n: all its pods are terminating (a), (b)",
        ),
        (
            json!({"cause": "newPodNotReady"}),
            "n: new pod not ready (b)",
        ),
        (
            json!({"cause": "newPodWaiting", "until": until}),
            "n: new pod ready, available from 2026-03-01T12:00:00Z on (b)",
        ),
        (
            json!({"cause": "oldPodNotReady"}),
            "n: old pod not ready (a)",
        ),
        (
            json!({"cause": "oldPodWaiting", "until": null}),
            "n: old pod ready, without a lastTransitionTime (a)",
        ),
        (
            json!({"cause": "oldAndNew"}),
            "n: an old and a new pod at once (a), (b)",
        ),
        (
            json!({"cause": "crowded"}),
            "n: several old or several new pods (a), (b)",
        ),
        (
            json!({"cause": "unknownRevision"}),
            "n: a pod of unknown revision, not available or not the only one (a), (b)",
        ),
    ];
    let seen: BTreeSet<_> = cases
        .iter()
        .map(|(json, _)| json["cause"].as_str().unwrap())
        .collect();
    assert_eq!(seen, variants::<Cause>("cause").iter().copied().collect());
    for (cause, sentence) in cases {
        assert_eq!(expense(&cause).to_string(), sentence);
    }
}

#[test]
fn an_expense_says_what_is_wrong_with_its_node() {
    let json = json!({
        "node": "n", "cause": {"cause": "noPod"}, "pods": [], "verdict": "exclude",
        "nodeProblems": [{"problem": "cordoned"}],
    });
    let expense: Expense = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(
        expense.to_string(),
        "n: node cordoned; no pod; the node should not run it"
    );
    let mut json = json;
    json["verdict"] = "keepExisting".into();
    let expense: Expense = serde_json::from_value(json).unwrap();
    assert_eq!(
        expense.to_string(),
        "n: node cordoned; no pod; no new pod is created there, an existing pod stays"
    );
}

#[test]
fn fixes() {
    let fix = |edits: Value, applicability: Value, cautions: Value| -> String {
        let fix = json!({
            "edits": edits, "applicability": applicability, "cautions": cautions,
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
        "if x becomes Ready, the rollout continues with y; \
         but the new revision is unproven: no pod of it is available"
    );
    assert_eq!(
        fix(
            json!([delete("a"), {"edit": "deleteNode", "node": "n"}]),
            repaired,
            json!([{"caution": "unprovenRevision"}, {"caution": "manyAtOnce", "limit": 3, "desired": 5}]),
        ),
        "delete pod a on n, and delete node n; if x becomes Ready, the rollout continues with y; \
         but the new revision is unproven: no pod of it is available, \
         and 3 of 5 nodes may be without the daemon at once"
    );
    let many: Vec<_> = ["a", "b", "c", "d", "e"].map(delete).into();
    assert_eq!(
        fix(json!(many), proven, json!([])),
        "delete pods a on n, b on n, c on n and 2 more: then the rollout continues with y"
    );
}

#[test]
fn a_diagnosis_as_a_whole() {
    let json = json!({
        "standing": "blocked",
        "primary": {"id": "onDelete", "nodes": ["a"]},
        "others": [{"id": "unknownHashes", "pods": 1}],
        "status": {
            "currentNumberScheduled": 3, "numberMisscheduled": 0, "desiredNumberScheduled": 3,
            "numberReady": 3, "observedGeneration": 1, "updatedNumberScheduled": 2,
            "numberAvailable": 3, "numberUnavailable": 0,
        },
    });
    let read = |json: &Value| -> Diagnosis { serde_json::from_value(json.clone()).unwrap() };
    assert_eq!(
        read(&json).to_string(),
        "blocked: the update strategy is OnDelete: 1 node keeps an outdated pod until it is deleted: a\n\
         3 nodes should run it: 2 updated, 3 available\n\
         - 1 pod has a hash that no known ControllerRevision has, and counts as outdated"
    );
    let standings = [
        "idle",
        "unclear",
        "progressing",
        "waiting",
        "blocked",
        "complete",
    ];
    for standing in standings {
        let mut json = json.clone();
        json["standing"] = standing.into();
        assert_eq!(read(&json).standing.to_string(), standing);
    }
    assert!(serde_json::from_value::<Standing>(json!("going")).is_err());
    let mut unclear = json;
    unclear["standing"] = "unclear".into();
    assert_eq!(
        read(&unclear).to_string().lines().nth(1),
        Some("3 nodes should run it: how many are updated is not known, 3 available")
    );
}

#[test]
fn allowances() {
    let first_line = |account: Value| -> String {
        let ledger = json!({
            "outcome": {"kind": "complete"}, "desired": 11, "account": account, "spent": [],
            "round": [], "waiting": [], "waitingInAll": 0, "deferred": {},
        });
        let ledger: Ledger = serde_json::from_value(ledger).unwrap();
        ledger.to_string()
    };
    let of = |rounding: &str, written: Value| {
        first_line(json!({
            "kind": "open",
            "budget": {"mode": "unavailable", "maxUnavailable": 3, "unavailable": 1, "remaining": 2},
            "allowance": {
                "field": "maxUnavailable", "written": written, "of": 11, "nodes": 3, "rounding": rounding,
            },
        }))
    };
    for (rounding, written, sentence) in [
        ("number", json!(3), "maxUnavailable is 3"),
        ("default", json!(null), "maxUnavailable is not set, so 3"),
        ("exact", json!("27%"), "maxUnavailable 27% of 11 is 3"),
        (
            "roundedUp",
            json!("25%"),
            "maxUnavailable 25% of 11, rounded up, is 3",
        ),
        (
            "bothZero",
            json!(0),
            "maxUnavailable and maxSurge both come to 0, so 3",
        ),
    ] {
        assert!(serde_json::from_value::<Rounding>(json!(rounding)).is_ok());
        assert_eq!(
            of(rounding, written),
            format!("11 nodes should run it; {sentence}: 1 used, 2 left")
        );
    }
    for (account, sentence) in [
        (
            json!({"kind": "onDelete"}),
            "no budget: the update strategy is OnDelete",
        ),
        (
            json!({"kind": "unreadable", "error": "maxSurge: no number"}),
            "no budget: maxSurge: no number",
        ),
        (json!({"kind": "nothing"}), "nothing is decided"),
    ] {
        assert_eq!(
            first_line(account),
            format!("11 nodes should run it; {sentence}")
        );
    }
    for (field, name) in [
        (BudgetField::MaxUnavailable, "maxUnavailable"),
        (BudgetField::MaxSurge, "maxSurge"),
    ] {
        assert_eq!(field.to_string(), name);
        assert_eq!(json!(field), name);
    }
    for revision in [PodRevision::New, PodRevision::Old, PodRevision::Unknown] {
        let read: PodRevision = serde_json::from_value(json!(revision)).unwrap();
        assert_eq!(read, revision);
    }
}

#[test]
fn steps_of_a_deletion() {
    check::<DeletionStep>(
        "step",
        &[
            (
                json!({"step": "markSet", "finalizer": "foregroundDeletion"}),
                "mark the DaemonSet with finalizer foregroundDeletion",
            ),
            (
                json!({"step": "markSet", "finalizer": "orphan"}),
                "mark the DaemonSet with finalizer orphan",
            ),
            (
                json!({"step": "delete", "kind": "Pod", "name": "agent-x"}),
                "delete Pod agent-x",
            ),
            (
                json!({"step": "removeOwnerReference", "kind": "ControllerRevision", "name": "agent-1"}),
                "remove the DaemonSet's owner reference from ControllerRevision agent-1",
            ),
            (json!({"step": "removeSet"}), "remove the DaemonSet"),
        ],
    );
}

#[test]
fn ends_of_forecasts() {
    check::<End>(
        "kind",
        &[
            (
                json!({"kind": "settled"}),
                "in the end every pod is up to date and available",
            ),
            (
                json!({"kind": "onDelete"}),
                "pods of older revisions stay until they are deleted",
            ),
            (
                json!({"kind": "unavailable"}),
                "in the end every pod is up to date, and some are not available",
            ),
            (
                json!({"kind": "stalled"}),
                "it does not finish: pods that are not available use up the whole budget",
            ),
            (
                json!({"kind": "unclear", "detail": 5}),
                "whether 5 pods are outdated is not known: no ControllerRevisions are given",
            ),
            (
                json!({"kind": "nothingDecided", "detail": {"kind": "selectingAll"}}),
                "nothing is decided: the selector selects every pod",
            ),
            (
                json!({"kind": "nothingDecided", "detail": {"kind": "deleting"}}),
                "nothing is decided: the DaemonSet is being deleted",
            ),
            (
                json!({"kind": "unfinished", "detail": 1}),
                "it did not come to rest within 1 round",
            ),
        ],
    );
}

#[test]
fn restarts() {
    check::<Restarts>(
        "answer",
        &[
            (json!({"answer": "no"}), "no"),
            (
                json!({"answer": "onDelete", "pods": 1}),
                "only when deleted: the update strategy is OnDelete, and 1 pod becomes outdated",
            ),
            (
                json!({"answer": "unclear", "pods": 5}),
                "cannot tell for 5 pods: no ControllerRevisions are given",
            ),
            (
                json!({
                    "answer": "yes", "pods": 4, "anyway": 3, "waves": 4, "seconds": 120,
                    "end": {"kind": "settled"},
                }),
                "yes: 4 pods, 3 of which restart anyway, in at least 4 waves and 120 s",
            ),
            (
                json!({
                    "answer": "yes", "pods": 1, "anyway": 1, "waves": 1, "seconds": 0,
                    "end": {"kind": "stalled"},
                }),
                "yes: 1 pod, as without the change, in at least 1 wave; \
                 it does not finish: pods that are not available use up the whole budget",
            ),
        ],
    );
}

#[test]
fn differences() {
    let cases = [
        (
            json!({"path": "spec.a", "change": "added", "after": {"b": 1}}),
            r#"spec.a: added {"b":1}"#,
        ),
        (
            json!({"path": "", "change": "removed", "before": "x"}),
            "the whole: removed x",
        ),
        (
            json!({"path": "spec.a", "change": "changed", "before": "x", "after": "y"}),
            "spec.a: x → y",
        ),
        (
            json!({"path": "spec.a", "change": "changed", "before": "1", "after": 1}),
            r#"spec.a: "1" → 1"#,
        ),
        (
            json!({"path": "spec.a", "change": "reordered", "before": ["a", "b"], "after": ["b", "a"]}),
            "spec.a: order a, b → b, a",
        ),
    ];
    let seen = check_each::<Difference>("change", &cases);
    assert_eq!(seen, variants::<Change>("change").iter().copied().collect());
}

/// What no other test reads from a map.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
enum Probe {
    #[serde(rename = "a")]
    A,
    #[serde(rename = "b")]
    B,
}

/// The list of variants is found as it is written.
#[test]
fn the_list_of_variants_is_whole() {
    assert_eq!(variants::<Probe>("kind"), ["a", "b"]);
    assert!(matches!(
        serde_json::from_str(r#"{"kind": "a"}"#),
        Ok(Probe::A)
    ));
    assert!(matches!(
        serde_json::from_str(r#"{"kind": "b"}"#),
        Ok(Probe::B)
    ));
}
