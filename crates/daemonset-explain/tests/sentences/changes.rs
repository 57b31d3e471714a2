//! What a change does, and what a deletion.

use daemonset_explain::DeletionStep;
use daemonset_explain::what_if::{Change, Difference, End, Restarts};
use serde_json::json;

use super::{check, check_each, variants};

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
                json!({"kind": "leftHanging"}),
                "in the end every pod is up to date but those that do not go",
            ),
            (
                json!({"kind": "refused"}),
                "it does not finish: the API server refuses new pods",
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
                json!({
                    "answer": "refused", "lost": 1, "restarted": 0,
                    "by": [{"by": "priorityClass", "class": "hihg", "near": "high"}],
                }),
                "no; 1 pod goes and no other comes: the API server would refuse new pods: there is no \
                 PriorityClass hihg, high may be meant",
            ),
            (
                json!({"answer": "onDelete", "pods": 1, "unwanted": 0}),
                "only when deleted: the update strategy is OnDelete, and 1 pod becomes outdated",
            ),
            (
                json!({"answer": "onDelete", "pods": 5, "unwanted": 3}),
                "only when deleted: the update strategy is OnDelete, and 8 pods become outdated, 3 of which are not made again",
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
            (
                json!({
                    "answer": "yes", "pods": 1, "anyway": 0, "waves": 1, "seconds": 0,
                    "end": {"kind": "stalled"}, "open": {"least": 1, "most": 4, "all": 4},
                }),
                "yes: 1 to 4 pods; it stops when nodes without room for the new pod use up the budget, unless \
                 these come last; which nodes come first is open",
            ),
            (
                json!({
                    "answer": "yes", "pods": 2, "anyway": 0, "waves": 1, "seconds": 0,
                    "end": {"kind": "stalled"}, "open": {"least": 1, "most": 3, "all": 4},
                }),
                "yes: 1 to 3 pods; it does not finish: nodes without room for the new pod use up the budget, and \
                 which nodes come first is open",
            ),
            (
                json!({
                    "answer": "yes", "pods": 1, "anyway": 0, "waves": 1, "seconds": 0,
                    "end": {"kind": "stalled"}, "open": {"least": 1, "most": 1, "all": 4},
                }),
                "yes: 1 pod; it does not finish: pods without room use up the whole budget",
            ),
            (
                json!({
                    "answer": "yes", "pods": 4, "anyway": 0, "waves": 2, "seconds": 0,
                    "end": {"kind": "unavailable"}, "open": {"least": 4, "most": 4, "all": 4},
                }),
                "yes: 4 pods; in the end every pod is up to date, and those without room are not available",
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
