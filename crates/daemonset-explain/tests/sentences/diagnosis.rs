//! A diagnosis as a whole, and which of its findings need attention.

use daemonset_explain::{Diagnosis, Finding, Standing};
use serde_json::{Value, json};

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
    let mut unclear = json.clone();
    unclear["standing"] = "unclear".into();
    unclear["primary"] = json!({"id": "revisionsNotGiven", "namespace": "infra", "pods": 1});
    assert_eq!(
        read(&unclear).figures().as_deref(),
        Some("3 nodes should run it: how many are updated is not known, 3 available")
    );
    let mut idle = json;
    idle["standing"] = "idle".into();
    assert_eq!(read(&idle).figures(), None);
}

/// What nobody has to look at ends with 0.
#[test]
fn what_needs_attention() {
    let read = |json: Value| -> Finding { serde_json::from_value(json).unwrap() };
    for (json, needs) in [
        (json!({"id": "complete", "nodes": 3}), false),
        (
            json!({"id": "notObserved", "generation": 2, "observed": 1, "changed": null}),
            false,
        ),
        (json!({"id": "noNodes", "nodes": 3, "groups": []}), true),
        (json!({"id": "onDelete", "nodes": ["a"]}), true),
    ] {
        assert_eq!(read(json.clone()).needs_attention(), needs, "{json}");
    }
}
