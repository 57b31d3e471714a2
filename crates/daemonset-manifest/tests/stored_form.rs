//! Templates as they are written and as the API server stores them, and what it says of the fields
//! of a DaemonSet.

use std::path::Path;

use daemonset::template::{apply_defaults, canonical_template};
use daemonset_manifest::check::{Check, FieldValidation};
use serde_json::{Map, Value, json};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

fn with_defaults(set: Value) -> Value {
    let mut set = object(set);
    apply_defaults(&mut set);
    Value::Object(set)
}

/// The pod spec of a template with this in it, as it is stored.
fn stored_spec(spec: Value) -> Value {
    let template = Map::from_iter([("spec".to_owned(), spec)]);
    canonical_template(&Value::Object(template))["spec"].take()
}

/// What is found by this code, a line for each.
fn found(code: &str, set: Value) -> Vec<String> {
    let check = Check::new().field_validation(FieldValidation::Strict);
    let verdict = check.of(&object(set));
    let of_code = verdict.findings().filter(|it| it.code.as_str() == code);
    of_code.map(ToString::to_string).collect()
}

fn unknown(set: Value) -> Vec<String> {
    found("unknown-field", set)
}

fn faults(set: Value) -> Vec<String> {
    found("wrong-type", set)
}

/// Each file has a template as written and as the API server stores it.
#[test]
fn templates_are_stored_as_the_api_server_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored_form");
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Value = serde_json::from_str(&text).unwrap();
        let stored = canonical_template(&case["written"]);
        assert_eq!(stored, case["stored"], "{}", path.display());
        let fields_in_order = |value: &Value| serde_json::to_string(value).unwrap();
        assert_eq!(fields_in_order(&stored), fields_in_order(&case["stored"]));
        assert_eq!(canonical_template(&stored), stored, "{}", path.display());
        compared += 1;
    }
    assert!(compared >= 5, "only {compared} templates compared");
}

#[test]
fn a_new_daemon_set_rolls_one_node_at_a_time() {
    let set = with_defaults(json!({"metadata": {"name": "agent"}, "spec": {}}));
    assert_eq!(
        set,
        json!({
            "metadata": {"name": "agent"},
            "spec": {
                "revisionHistoryLimit": 10,
                "updateStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
                },
                "template": {"metadata": {}, "spec": {
                    "restartPolicy": "Always",
                    "dnsPolicy": "ClusterFirst",
                    "schedulerName": "default-scheduler",
                    "securityContext": {},
                    "terminationGracePeriodSeconds": 30,
                }},
            },
        })
    );
}

#[test]
fn what_was_written_stands() {
    let strategy = |strategy: Value| {
        let set = with_defaults(json!({"spec": {"updateStrategy": strategy}}));
        set["spec"]["updateStrategy"].clone()
    };
    assert_eq!(
        strategy(json!({"rollingUpdate": {"maxSurge": "10%", "maxUnavailable": 0}})),
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "10%", "maxUnavailable": 0}})
    );
    // Only a rolling update has a budget.
    for other in [
        json!({"type": "OnDelete"}),
        json!({"type": "OnDelete", "rollingUpdate": {}}),
        json!({"type": "Recreate"}),
        json!({"type": 5}),
    ] {
        assert_eq!(strategy(other.clone()), other);
    }
    let set = with_defaults(json!({"spec": {"revisionHistoryLimit": 0, "template": "none"}}));
    assert_eq!(set["spec"]["revisionHistoryLimit"], 0);
    assert_eq!(set["spec"]["template"], "none");
    assert_eq!(
        with_defaults(json!({"spec": []})),
        json!({"spec": []}),
        "a spec of the wrong type is left as it is"
    );
}

#[test]
fn the_tag_decides_the_pull_policy() {
    const DIGEST: &str = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";
    let policy = |image: &str| {
        let spec = stored_spec(json!({"containers": [{"image": image}]}));
        spec["containers"][0]["imagePullPolicy"].clone()
    };
    for image in [
        "agent",
        "agent:latest",
        "localhost:5000/agent",
        "registry.example:443/team/agent:latest",
        "[::1]:5000/agent",
        &format!("agent:latest@{DIGEST}"),
    ] {
        assert_eq!(policy(image), "Always", "{image}");
    }
    for image in [
        "agent:1.0",
        "localhost:5000/agent:1.0",
        &format!("agent@{DIGEST}"),
        &format!("agent:1.0@{DIGEST}"),
        // No image references, so no tag.
        "",
        "registry.example/Agent",
        "${IMAGE}",
        "agent@sha256:4bcf",
        &DIGEST["sha256:".len()..],
    ] {
        assert_eq!(policy(image), "IfNotPresent", "{image}");
    }
}

#[test]
fn pods_alone_get_requests_and_host_ports() {
    let stored = stored_spec(json!({
        "hostNetwork": true,
        "containers": [{
            "ports": [{"containerPort": 9100}],
            "resources": {"limits": {"cpu": "1"}},
        }],
    }));
    let container = &stored["containers"][0];
    assert_eq!(
        container["ports"][0],
        json!({"containerPort": 9100, "protocol": "TCP"})
    );
    assert_eq!(container["resources"], json!({"limits": {"cpu": "1"}}));
}

#[test]
fn the_service_account_has_two_names() {
    let accounts = |spec: Value| {
        let spec = stored_spec(spec);
        [
            spec["serviceAccountName"].clone(),
            spec["serviceAccount"].clone(),
        ]
    };
    assert_eq!(accounts(json!({"serviceAccount": "a"})), ["a", "a"]);
    assert_eq!(
        accounts(json!({"serviceAccountName": "a", "serviceAccount": "b"})),
        ["a", "a"]
    );
    assert_eq!(
        accounts(json!({"serviceAccountName": "", "serviceAccount": ""})),
        [Value::Null, Value::Null]
    );
}

#[test]
fn empty_and_missing_differ_where_the_api_can_tell() {
    let same = stored_spec(json!({}));
    for empty in [
        json!({"hostNetwork": false}),
        json!({"nodeSelector": {}, "tolerations": [], "nodeName": ""}),
        json!({"affinity": null, "containers": null}),
        json!({"terminationGracePeriodSeconds": 30}),
    ] {
        assert_eq!(stored_spec(empty.clone()), same, "{empty}");
    }
    for kept in [
        json!({"affinity": {}}),
        json!({"containers": []}),
        json!({"automountServiceAccountToken": false}),
        json!({"terminationGracePeriodSeconds": 0}),
        json!({"runtimeClassName": ""}),
    ] {
        let stored = stored_spec(kept.clone());
        assert_ne!(stored, same, "{kept}");
        for (name, value) in object(kept) {
            assert_eq!(stored[&name], value);
        }
    }
}

#[test]
fn lists_are_in_order() {
    let env = |names: [&str; 2]| {
        let env: Value = names.iter().map(|name| json!({"name": name})).collect();
        stored_spec(json!({"containers": [{"name": "agent", "env": env}]}))
    };
    assert_ne!(env(["A", "B"]), env(["B", "A"]));
}

#[test]
fn unknown_fields_are_named_with_what_may_have_been_meant() {
    assert_eq!(
        unknown(json!({
            "Kind": "DaemonSet",
            "replicas": 3,
            "metadata": {
                "Labels": {},
                "ownerReferences": [{"UID": "1"}],
                "managedFields": [{"fieldsV1": {"f:anything": {}}, "manger": "kubectl"}],
            },
            "spec": {
                "containers": [],
                "maxUnavailable": 1,
                "template": {
                    "labels": {},
                    "tolerations": [],
                    "spec": {
                        "hostnetwork": true,
                        "containers": [
                            {"name": "a"},
                            {"imagePullPolice": "Always", "evn": [], "limits": {}, "volumes": []},
                        ],
                        "volumes": [{"hostPath": {"paht": "/"}, "host path": {}}],
                    },
                },
            },
            "status": {"numberRaedy": 1},
        })),
        [
            "Kind: unknown field, did you mean kind?",
            "metadata.Labels: unknown field, did you mean labels?",
            "metadata.managedFields[0].manger: unknown field, did you mean manager?",
            "metadata.ownerReferences[0].UID: unknown field, did you mean uid?",
            "replicas: unknown field",
            "spec.containers: unknown field, did you mean spec.template.spec.containers?",
            "spec.maxUnavailable: unknown field, did you mean \
             spec.updateStrategy.rollingUpdate.maxUnavailable?",
            "spec.template.labels: unknown field, did you mean spec.template.metadata.labels?",
            "spec.template.spec.containers[1].evn: unknown field, did you mean env?",
            "spec.template.spec.containers[1].imagePullPolice: unknown field, did you mean \
             imagePullPolicy?",
            "spec.template.spec.containers[1].limits: unknown field, did you mean \
             spec.template.spec.containers[1].resources.limits?",
            "spec.template.spec.containers[1].volumes: unknown field, did you mean \
             spec.template.spec.volumes?",
            "spec.template.spec.hostnetwork: unknown field, did you mean hostNetwork?",
            "spec.template.spec.volumes[0].host path: unknown field, did you mean hostPath?",
            "spec.template.spec.volumes[0].hostPath.paht: unknown field, did you mean path?",
            "spec.template.tolerations: unknown field, did you mean \
             spec.template.spec.tolerations?",
            "status.numberRaedy: unknown field, did you mean numberReady?",
        ]
    );
}

#[test]
fn only_the_nearest_names_are_suggested() {
    for (name, question) in [
        // `hostIPC` would be one letter further away than `hostPID`.
        ("hostPD", ", did you mean hostPID?"),
        ("hostIPID", ", did you mean hostPID?"),
        ("hostPIC", ", did you mean hostIPC or hostPID?"),
        ("HOSTPID", ", did you mean hostPID?"),
        ("x", ""),
        ("qqqqqqqq", ""),
        (&"hostNetwork".repeat(20), ""),
    ] {
        let lines = unknown(json!({"spec": {"template": {"spec": {name: 1}}}}));
        assert_eq!(
            lines,
            [format!(
                "spec.template.spec.{name}: unknown field{question}"
            )]
        );
    }
}

#[test]
fn type_faults_say_where_what_was_expected_and_what_was_found() {
    assert_eq!(
        faults(json!({
            "apiVersion": 1,
            "metadata": {
                "annotations": {"example.com/on": true},
                "creationTimestamp": "yesterday",
                "labels": {"version": 1.25, "fine": "1.25", "unset": null},
            },
            "spec": {
                "minReadySeconds": 2_147_483_648_u32,
                "revisionHistoryLimit": "10",
                "updateStrategy": {"rollingUpdate": {"maxSurge": 0.5, "maxUnavailable": true}},
                "template": {"spec": {
                    "containers": {"name": "agent"},
                    "hostNetwork": "yes",
                    "priority": 7.0,
                    "terminationGracePeriodSeconds": 9_223_372_036_854_775_808_u64,
                    "initContainers": [
                        {"command": "sh -c true", "resources": {"limits": {
                            "cpu": 0.5, "memory": "1G1", "storage": [1],
                        }}},
                        "x".repeat(80),
                        null,
                    ],
                }},
            },
        })),
        [
            "apiVersion: expected a string, found 1, did you mean \"1\"?".to_owned(),
            "metadata.annotations[example.com/on]: expected a string, found true, did you mean \
             \"true\"?"
                .to_owned(),
            "metadata.creationTimestamp: expected an RFC 3339 time such as \
             2026-03-01T12:00:00Z, found \"yesterday\""
                .to_owned(),
            "metadata.labels[version]: expected a string, found 1.25, did you mean \"1.25\"?"
                .to_owned(),
            "spec.minReadySeconds: expected a 32-bit integer, found 2147483648".to_owned(),
            "spec.revisionHistoryLimit: expected a 32-bit integer, found \"10\", did you mean 10?"
                .to_owned(),
            "spec.template.spec.containers: expected a list, found an object, did you mean \
             [{\"name\":\"agent\"}]?"
                .to_owned(),
            "spec.template.spec.hostNetwork: expected a boolean, found \"yes\", did you mean true?"
                .to_owned(),
            "spec.template.spec.initContainers[0].command: expected a list, found \"sh -c true\", \
             did you mean [\"sh -c true\"]?"
                .to_owned(),
            "spec.template.spec.initContainers[0].resources.limits[memory]: expected a quantity \
             such as 500m or 1Gi, found \"1G1\""
                .to_owned(),
            "spec.template.spec.initContainers[0].resources.limits[storage]: expected a quantity \
             such as 500m or 1Gi, found a list"
                .to_owned(),
            format!(
                "spec.template.spec.initContainers[1]: expected an object, found \"{}\"…",
                "x".repeat(64)
            ),
            "spec.template.spec.priority: expected a 32-bit integer, found 7.0, did you mean 7?"
                .to_owned(),
            "spec.template.spec.terminationGracePeriodSeconds: expected a 64-bit integer, found \
             9223372036854775808"
                .to_owned(),
            "spec.updateStrategy.rollingUpdate.maxSurge: expected a 32-bit integer or a string, \
             found 0.5"
                .to_owned(),
            "spec.updateStrategy.rollingUpdate.maxUnavailable: expected a 32-bit integer or a \
             string, found true"
                .to_owned(),
        ]
    );
}
