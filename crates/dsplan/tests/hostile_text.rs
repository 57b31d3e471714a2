//! No text of the input moves the cursor, turns the writing direction or forges a line, whichever
//! field it stands in and whichever verb prints it; for programs every character is kept.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// An escape sequence, a bell, C1, DEL, a turn of the direction, a hidden character, line breaks.
const HOSTILE: &str = "\u{1b}[31m\u{7}\u{9b}2K\u{7f}\u{202e}\u{200b}\r\nFAKE: all is well\u{2028}";

/// What is run on each dump; `{}` is the dump and `{other}` another one.
const VERBS: [&str; 14] = [
    "explain {}",
    "explain {} --node node-1",
    "explain {} --matrix",
    "plan {}",
    "status {}",
    "history {}",
    "lint {}",
    "validate {}",
    "diff {} {other}",
    "lint {} -o github",
    "undo {} -n infra",
    "fit {}",
    "forecast {} {other}",
    "overhead {} --labels disk=ssd --taints gpu=a100:NoSchedule",
];

fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "agent"}, "annotations": {"note": "x"}},
        "spec": {
            "nodeSelector": {"disk": "ssd"},
            "serviceAccountName": "agent",
            "priorityClassName": "high",
            "runtimeClassName": "gvisor",
            "schedulerName": "default-scheduler",
            "schedulingGates": [{"name": "example.com/wait"}],
            "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "batch", "effect": "NoSchedule"}],
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]},
            ]}}},
            "volumes": [{"name": "tls", "secret": {"secretName": "agent-tls"}}],
            "readinessGates": [{"conditionType": "example.com/attached"}],
            "initContainers": [{"name": "wait", "image": "registry.example/wait:1"}],
            "containers": [{
                "name": "agent",
                "image": image,
                "command": ["/agent"],
                "args": ["--verbose"],
                "env": [{"name": "MODE", "value": "fast"}],
                "ports": [{"name": "http", "containerPort": 80, "hostPort": 80}],
                "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "64Mi"}},
                "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
                "volumeMounts": [{"name": "tls", "mountPath": "/tls"}],
            }],
        },
    })
}

fn meta(name: &str, more: &Value) -> Value {
    let mut meta = json!({
        "name": name,
        "namespace": "infra",
        "uid": format!("uid-{name}"),
        "creationTimestamp": "2026-03-01T12:00:00Z",
    });
    let fields = more.as_object().expect("an object").clone();
    meta.as_object_mut().expect("an object").extend(fields);
    meta
}

fn owner() -> Value {
    json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "uid-agent", "controller": true}])
}

fn revision(name: &str, number: i64, image: &str) -> Value {
    let mut template = template(image);
    template["$patch"] = json!("replace");
    json!({
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": meta(name, &json!({
            "labels": {"app": "agent", "controller-revision-hash": name},
            "annotations": {"kubernetes.io/change-cause": "a new image"},
            "ownerReferences": owner(),
        })),
        "data": {"spec": {"template": template}},
        "revision": number,
    })
}

fn pod(name: &str, node: &str, hash: &str, status: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(name, &json!({
            "labels": {"app": "agent", "controller-revision-hash": hash, "pod-template-generation": "2"},
            "ownerReferences": owner(),
        })),
        "spec": {"nodeName": node, "containers": [{"name": "agent", "image": "registry.example/agent:2"}]},
        "status": status,
    })
}

fn node(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"disk": "ssd", "zone": "a", "kubernetes.io/os": "linux"}},
        "spec": spec,
        "status": {
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ready",
                 "lastHeartbeatTime": "2026-03-01T12:30:00Z", "lastTransitionTime": "2026-03-01T12:00:00Z"},
                {"type": "ReadonlyFilesystem", "status": "True", "reason": "FilesystemIsReadOnly", "message": "read-only"},
            ],
        },
    })
}

/// A cluster in which much is wrong, with something in every field that is printed.
fn cluster() -> Vec<Value> {
    let not_ready = json!({"type": "Ready", "status": "False", "reason": "ContainersNotReady",
        "message": "containers with unready status: [agent]", "lastTransitionTime": "2026-03-01T12:00:00Z"});
    let crashing = json!({"phase": "Running", "conditions": [not_ready], "containerStatuses": [{
        "name": "agent", "ready": false, "restartCount": 9,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no such file"}},
    }]});
    let unscheduled = json!({"phase": "Pending", "nominatedNodeName": "node-2", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}]});
    let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"});
    let mut terminating = pod("agent-4", "node-4", "agent-1", &json!({"phase": "Running"}));
    terminating["metadata"]["deletionTimestamp"] = json!("2026-03-01T12:00:00Z");
    terminating["metadata"]["finalizers"] = json!(["example.com/drain"]);
    let tainted = json!({"unschedulable": true, "taints": [{"key": "gpu", "value": "a100", "effect": "NoSchedule"}]});
    let event = |kind: &str, name: &str, reason: &str, message: &str| {
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": meta(&format!("event-{name}"), &json!({})),
            "involvedObject": {"kind": kind, "namespace": "infra", "name": name, "uid": format!("uid-{name}")},
            "type": "Warning", "reason": reason, "message": message, "count": 12,
            "firstTimestamp": "2026-03-01T12:00:00Z", "lastTimestamp": "2026-03-01T12:20:00Z",
        })
    };
    vec![
        json!({
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": meta("agent", &json!({
                "generation": 2,
                "labels": {"team": "infra"},
                "annotations": {"note": "x", "deprecated.daemonset.template.generation": "2"},
            })),
            "spec": {
                "selector": {"matchLabels": {"app": "agent"}},
                "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
                "template": template("registry.example/agent:2"),
            },
            "status": {"observedGeneration": 2, "desiredNumberScheduled": 3},
        }),
        revision("agent-2", 2, "registry.example/agent:2"),
        revision("agent-1", 1, "registry.example/agent:1"),
        node("node-1", &json!({})),
        node("node-2", &tainted),
        node("node-3", &json!({})),
        node("node-4", &json!({})),
        pod("agent-1", "node-1", "agent-2", &crashing),
        pod("agent-2", "node-2", "agent-2", &unscheduled),
        pod("agent-3", "node-3", "agent-2", &evicted),
        terminating,
        event("Pod", "agent-1", "BackOff", "restarting failed container"),
        event("DaemonSet", "agent", "FailedCreate", "pods is forbidden"),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infra"}, "status": {"phase": "Active"}}),
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta("pods", &json!({})),
            "spec": {"hard": {"pods": "4"}}, "status": {"hard": {"pods": "4"}, "used": {"pods": "4"}}}),
        json!({"apiVersion": "v1", "kind": "LimitRange", "metadata": meta("limits", &json!({})),
            "spec": {"limits": [{"type": "Container", "defaultRequest": {"memory": "1Gi"}}]}}),
        json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}),
    ]
}

/// A place that a text can stand at: that of a value, or of a key.
#[derive(Clone, Debug)]
enum Place {
    Value(String),
    Key(String, String),
}

/// The places of all strings and of all keys of an object, in order.
fn places(value: &Value, at: &str, all: &mut Vec<Place>) {
    match value {
        Value::String(_) => all.push(Place::Value(at.to_owned())),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), all);
            }
        }
        Value::Object(fields) => {
            for (key, inner) in fields {
                all.push(Place::Key(at.to_owned(), key.clone()));
                let escaped = key.replace('~', "~0").replace('/', "~1");
                places(inner, &format!("{at}/{escaped}"), all);
            }
        }
        _ => {}
    }
}

fn plant(object: &mut Value, place: &Place) {
    match place {
        Place::Value(at) => {
            let value = object.pointer_mut(at).expect("it is there");
            let text = value.as_str().expect("a string");
            *value = json!(format!("{text}{HOSTILE}"));
        }
        Place::Key(at, key) => {
            let fields = object.pointer_mut(at).and_then(Value::as_object_mut);
            let fields = fields.expect("an object");
            let inner = fields.remove(key).expect("it is there");
            fields.insert(format!("{key}{HOSTILE}"), inner);
        }
    }
}

fn write(name: &str, items: &[Value]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-text");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let file = folder.join(name);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    std::fs::write(&file, list.to_string()).expect("it can be written");
    file
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dsplan"))
        .args(arguments)
        .output()
        .expect("the command runs")
}

fn is_harmful(character: char) -> bool {
    character.is_control() && character != '\n'
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn assert_harmless(what: &str, output: &Output, may_have_lines: bool) {
    for printed in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(printed).expect("UTF-8");
        assert!(!text.contains(is_harmful), "{what}: {text:?}");
        let is_forged = |line: &str| line.trim_start_matches([' ', '-']).starts_with("FAKE");
        let forged = text.lines().find(|line| is_forged(line));
        assert!(may_have_lines || forged.is_none(), "{what}: {text}");
    }
    assert!(
        matches!(output.status.code(), Some(0..=2)),
        "{what}: {}",
        output.status
    );
}

/// Plants hostile text in every string and key: in one of every object at a time.
#[test]
fn no_field_reaches_a_terminal_as_it_is() {
    let cluster = cluster();
    let places: Vec<Vec<Place>> = (cluster.iter())
        .map(|object| {
            let mut all = Vec::new();
            places(object, "", &mut all);
            all
        })
        .collect();
    let rounds = places
        .iter()
        .map(Vec::len)
        .max()
        .expect("there are objects");
    let other = write("other.json", &cluster);
    let other = other.to_str().expect("UTF-8");
    let round = |round: usize| {
        let mut items = cluster.clone();
        let mut planted = Vec::new();
        for (object, places) in items.iter_mut().zip(&places) {
            // Objects with fewer fields begin anew.
            if let Some(place) = places.get(round % places.len().max(1)) {
                plant(object, place);
                planted.push(place);
            }
        }
        let file = write(&format!("{round}.json"), &items);
        let file = file.to_str().expect("UTF-8");
        for verb in VERBS {
            let arguments: Vec<_> = (verb.split(' '))
                .map(|word| match word {
                    "{}" => file,
                    "{other}" => other,
                    word => word,
                })
                .collect();
            // What `undo` prints is YAML, whose values may have lines.
            let what = format!("{verb} with {planted:?}");
            assert_harmless(&what, &run(&arguments), verb.starts_with("undo"));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (thread..rounds).step_by(threads).for_each(round));
        }
    });
}

#[test]
fn arguments_and_file_names_reach_no_terminal_as_they_are() {
    let file = write("whole.json", &cluster());
    let file = file.to_str().expect("UTF-8");
    for arguments in [
        &["explain", HOSTILE][..],
        &["explain", file, HOSTILE],
        &["explain", file, "--node", HOSTILE],
        &["explain", file, "--now", HOSTILE],
        &["plan", file, "-n", HOSTILE],
        &["lint", file, "--off", HOSTILE],
        &["rule", HOSTILE],
        &["undo", file, "--to-revision", HOSTILE],
        &["validate", file, "--old", HOSTILE],
        &["diff", file, HOSTILE],
        &[HOSTILE],
    ] {
        assert_harmless(&format!("{arguments:?}"), &run(arguments), false);
    }
}

/// What a program reads has every character, and is escaped where a terminal would act on it.
#[test]
fn programs_get_every_character() {
    let text = format!("a{HOSTILE}b\u{0}\u{80}\u{9f}\u{feff}\u{fffe}\u{ffff}\u{10ffff}");
    let mut items = cluster();
    for object in [0, 2] {
        let template = match object {
            0 => "/spec/template",
            _ => "/data/spec/template",
        };
        let arguments = format!("{template}/spec/containers/0/args/0");
        *items[object].pointer_mut(&arguments).expect("it is there") = json!(text);
    }
    items[0]["metadata"]["annotations"]["note"] = json!(text);
    let file = write("exact.json", &items);
    let file = file.to_str().expect("UTF-8");
    let value = |arguments: &[&str]| {
        let output = run(arguments);
        let printed = std::str::from_utf8(&output.stdout)
            .expect("UTF-8")
            .to_owned();
        assert!(!printed.contains(is_harmful), "{arguments:?}: {printed}");
        serde_json::from_str::<Value>(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
    };
    let undone = value(&["undo", file, "-o", "json"]);
    assert_eq!(undone["metadata"]["annotations"]["note"], json!(text));
    let argument = "/spec/template/spec/containers/0/args/0";
    assert_eq!(undone.pointer(argument), Some(&json!(text)));
    // Written as YAML, it is JSON: no YAML text has all of these.
    assert_eq!(value(&["undo", file, "-o", "yaml"]), undone);
    let old = value(&["history", file, "--revision", "1", "-o", "json"]);
    assert_eq!(old.pointer("/spec/containers/0/args/0"), Some(&json!(text)));
}
