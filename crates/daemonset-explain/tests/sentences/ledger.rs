//! The ledger.

use std::collections::BTreeSet;

use daemonset_explain::{BudgetField, Cause, Expense, Ledger, PodRevision, Rounding};
use serde_json::{Value, json};

use super::variants;

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
        "n: node cordoned; no pod; no new pod is created there"
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
