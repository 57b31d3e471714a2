//! What a reader is told: what was expected, what was found, and what may have been meant.

use daemonset_manifest::check::Check;
use daemonset_manifest::{Diagnostic, Inventory, Place};
use serde_json::{Value, json};

fn set(pod: Value) -> Value {
    let mut set = json!({
        "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}},
        },
    });
    set["spec"]["template"]["spec"] = pod;
    set
}

/// A pod of one container with these fields.
fn pod(fields: &Value) -> Value {
    let mut container = json!({"name": "agent", "image": "agent:1.0"});
    for (name, value) in fields.as_object().unwrap() {
        container[name] = value.clone();
    }
    json!({"containers": [container], "volumes": [{"name": "config", "emptyDir": {}}]})
}

#[test]
fn a_fault_says_what_is_allowed_and_what_may_be_meant() {
    let container = "spec.template.spec.containers[0]";
    for (fields, expected) in [
        (
            json!({"imagePullPolicy": "always"}),
            r#".imagePullPolicy: expected Always, IfNotPresent or Never, found "always", did you mean Always?"#,
        ),
        (
            json!({"volumeMounts": [{"name": "confg", "mountPath": "/etc/agent"}]}),
            r#".volumeMounts[0].name: expected the name of a volume, found "confg", did you mean config?"#,
        ),
        (
            json!({"resources": {"limits": {"memory": "1GB"}}}),
            r#".resources.limits[memory]: expected a quantity such as 500m or 1Gi, found "1GB", did you mean 1G?"#,
        ),
        (
            json!({"resources": {"limits": {"memroy": "1Gi"}}}),
            r#".resources.limits[memroy]: expected cpu, memory, ephemeral-storage, hugepages-<size> or a name with a domain, found "memroy", did you mean memory?"#,
        ),
        (
            json!({"ports": [{"containerPort": "80"}]}),
            r#".ports[0].containerPort: expected a 32-bit integer, found "80", did you mean 80?"#,
        ),
        (
            json!({"env": [{"name": "REPLICAS", "value": 3}]}),
            r#".env[0].value: expected a string, found 3, did you mean "3"?"#,
        ),
        (
            json!({"readinessProbe": {"tcpSocket": {"port": 80}, "initialDelay": 5}}),
            ".readinessProbe.initialDelay: unknown field, did you mean initialDelaySeconds?",
        ),
        (
            json!({"runAsUser": 1000}),
            ".runAsUser: unknown field, did you mean spec.template.spec.containers[0].securityContext.runAsUser?",
        ),
        (
            json!({"command": "run"}),
            r#".command: expected a list, found "run", did you mean ["run"]?"#,
        ),
        (
            json!({"name": "My_Agent"}),
            r#".name: expected a DNS label (lowercase letters, digits and -, at most 63 characters), found "My_Agent", did you mean my-agent?"#,
        ),
    ] {
        let set = set(pod(&fields));
        let verdict = Check::new().of(set.as_object().unwrap());
        let lines: Vec<String> = verdict.findings().map(ToString::to_string).collect();
        assert_eq!(lines, [format!("{container}{expected}")]);
        assert!(!verdict.is_accepted());
    }
}

#[test]
fn findings_stand_where_their_value_is_written() {
    let mounts = json!([{"name": "config", "mountPath": "/etc/agent", "subPath": "../up"}, {"name": "config"}]);
    let set = set(pod(&json!({"volumeMounts": mounts})));
    let set = set.as_object().unwrap();
    // Each place is named after the path that it was asked for.
    let findings = Check::new()
        .of(set)
        .at(|home| Place::of_source(home.to_string()));
    let placed: Vec<String> = findings
        .iter()
        .map(|finding| format!("{}: {}", finding.path, finding.place.as_ref().unwrap()))
        .collect();
    let containers = "spec.template.spec.containers[0]";
    assert!(
        // The API server leaves out which of the mounts it is. Its place is told here.
        placed.contains(&format!(
            "{containers}.volumeMounts.subPath: {containers}.volumeMounts[0].subPath"
        )),
        "{placed:#?}"
    );
}

/// Whatever kind it is of, an object that does not read is told by the field that is wrong, with its line.
#[test]
fn a_value_of_the_wrong_type_is_told_with_its_field() {
    const QUANTITY: &str =
        "expected a quantity such as 500m or 1Gi, found \"1.5Gib\", did you mean 1.5Gi?";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a}\n";
    let class = "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: a}\n";
    let priority = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: a}\n";
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n";
    let event = "apiVersion: v1\nkind: Event\nmetadata: {name: a}\n";
    for (text, line, told) in [
        (
            format!("{node}status:\n  allocatable:\n    memory: 1.5Gib\n"),
            6,
            format!("status.allocatable[memory]: {QUANTITY}"),
        ),
        (
            format!("{node}status:\n  allocatable:\n    memory: [1]\n"),
            6,
            "status.allocatable[memory]: expected a quantity such as 500m or 1Gi, found a list".to_owned(),
        ),
        (
            format!("{pod}spec:\n  containers:\n  - resources:\n      requests: {{cpu: 1.5Gib}}\n"),
            7,
            format!("spec.containers[0].resources.requests[cpu]: {QUANTITY}"),
        ),
        (
            format!("{pod}spec:\n  overhead: {{cpu: 1.5Gib}}\n"),
            5,
            format!("spec.overhead[cpu]: {QUANTITY}"),
        ),
        (
            format!("{pod}status:\n  containerStatuses:\n  - name: a\n    allocatedResources: {{cpu: 1.5Gib}}\n"),
            7,
            format!("status.containerStatuses[0].allocatedResources[cpu]: {QUANTITY}"),
        ),
        (
            format!("{range}spec:\n  limits:\n  - type: Container\n    default: {{memory: 1.5Gib}}\n"),
            7,
            format!("spec.limits[0].default[memory]: {QUANTITY}"),
        ),
        (
            format!("{class}handler: a\noverhead:\n  podFixed: {{cpu: 1.5Gib}}\n"),
            6,
            format!("overhead.podFixed[cpu]: {QUANTITY}"),
        ),
        (
            format!("{priority}value: high\n"),
            4,
            "value: expected a 32-bit integer, found \"high\"".to_owned(),
        ),
        (
            format!("{budget}status:\n  disruptionsAllowed: lots\n"),
            5,
            "status.disruptionsAllowed: expected a 32-bit integer, found \"lots\"".to_owned(),
        ),
        (
            format!("{event}lastTimestamp: yesterday\n"),
            4,
            "lastTimestamp: expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found \"yesterday\"".to_owned(),
        ),
    ] {
        let mut inventory = Inventory::new().with_fit_objects();
        inventory.read("dump.yaml", text.as_bytes());
        let found: Vec<String> = (inventory.diagnostics().iter())
            .map(Diagnostic::in_full)
            .collect();
        let place = format!("dump.yaml, document 1, line {line}: ");
        assert!(found.contains(&format!("{place}{told}")), "{text}{found:#?}");
    }
}
