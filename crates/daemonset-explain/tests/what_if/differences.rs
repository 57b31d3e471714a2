//! Where two objects differ.

use daemonset::template::Shape;
use daemonset_explain::what_if::{Change, differences};
use serde_json::{Value, json};

#[test]
fn lists_are_matched_by_key_or_place() {
    let found = |before: Value, after: Value| -> Vec<String> {
        let container = Shape::of_type("Container");
        let pod = Shape::of_type("PodSpec");
        let shape = if before.get("nodeSelector").is_some() {
            pod
        } else {
            container
        };
        let found = differences(shape, &before, &after);
        found.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        found(
            json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}),
            json!({"env": [{"name": "B", "value": "3"}, {"name": "C", "value": ""}]}),
        ),
        [
            r#"env[A]: removed {"name":"A","value":"1"}"#,
            "env[B].value: 2 → 3",
            r#"env[C]: added {"name":"C","value":""}"#,
        ]
    );
    assert_eq!(
        found(
            json!({"ports": [{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]}),
            json!({"ports": [{"containerPort": 53, "protocol": "TCP", "hostPort": 53}, {"containerPort": 53, "protocol": "UDP"}]}),
        ),
        ["ports[53/TCP].hostPort: added 53"]
    );
    // One key twice: by place.
    assert_eq!(
        found(
            json!({"env": [{"name": "A"}, {"name": "A"}]}),
            json!({"env": [{"name": "A"}, {"name": "B"}]}),
        ),
        ["env[1].name: A → B"]
    );
    assert_eq!(
        found(
            json!({"args": ["-a", "-b", "-z"]}),
            json!({"args": ["-a", "-c", "-d", "-z"]})
        ),
        ["args[1]: -b → -c", "args[2]: added -d"]
    );
    // Without a key, and by no place: what both have is passed over, wherever it stands.
    let tolerated = |all: Value| json!({"nodeSelector": {}, "tolerations": all});
    let (all, critical, known) = (
        json!({"effect": "NoSchedule", "operator": "Exists"}),
        json!({"key": "CriticalAddonsOnly", "operator": "Exists"}),
        json!({"effect": "NoExecute", "operator": "Exists"}),
    );
    assert_eq!(
        found(
            tolerated(json!([all, critical, known])),
            tolerated(json!([critical]))
        ),
        [
            r#"tolerations[0]: removed {"effect":"NoSchedule","operator":"Exists"}"#,
            r#"tolerations[2]: removed {"effect":"NoExecute","operator":"Exists"}"#,
        ]
    );
    assert_eq!(
        found(
            tolerated(json!([all, critical])),
            tolerated(json!([critical, known]))
        ),
        ["tolerations[1].effect: NoSchedule → NoExecute"]
    );
    assert_eq!(
        found(
            tolerated(json!([all, critical, known])),
            tolerated(json!([known, all, critical]))
        ),
        ["tolerations: order 0, 1, 2 → 2, 0, 1"]
    );
    assert_eq!(
        found(
            json!({"securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_ADMIN"]}}}),
            json!({"securityContext": {"capabilities": {"add": ["SYS_ADMIN", "BPF", "PERFMON"]}}}),
        ),
        [
            "securityContext.capabilities.add[0]: removed NET_ADMIN",
            "securityContext.capabilities.add[1]: added BPF",
            "securityContext.capabilities.add[2]: added PERFMON",
        ]
    );
    assert_eq!(
        found(
            json!({"nodeSelector": {"disk": "1", "example.com/pool": "x", "x[y": "z"}}),
            json!({"nodeSelector": {"disk": 1}})
        ),
        [
            r#"nodeSelector[disk]: "1" → 1"#,
            "nodeSelector[example.com/pool]: removed x",
            r#"nodeSelector["x[y"]: removed z"#,
        ]
    );
    assert!(found(json!({"a": null}), json!({})).is_empty());
    assert!(matches!(
        differences(Shape::daemon_set(), &json!([]), &Value::Null)[0].change,
        Change::Removed { .. }
    ));
}
