//! Objects made to cost as much as they can: judged in time and memory in proportion to them.

use std::time::{Duration, Instant};

use daemonset_manifest::check::{Check, FieldValidation, MAX_FINDINGS};
use serde_json::{Map, Value, json};

/// How many of a thing there are. Comparing each with each would take minutes.
const MANY: usize = 30_000;

/// How long any of them may take, built without optimizations.
const LIMIT: Duration = Duration::from_secs(10);

/// Time of this thread alone where the system tells it, so that other work does not count.
struct Clock {
    begun: Instant,
    spent: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self {
            begun: Instant::now(),
            spent: Self::spent(),
        }
    }

    fn spent() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let nanos = text.split(' ').next()?.parse().ok()?;
        Some(Duration::from_nanos(nanos))
    }

    fn elapsed(&self) -> Duration {
        match (self.spent, Self::spent()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => self.begun.elapsed(),
        }
    }
}

/// What there is much of, and where in the set it stands. `[{"*": item}]` is a list of many items,
/// a key with `#` many entries; `#` stands for the number of each.
const SETS: [(&str, &str, &str); 27] = [
    (
        "containers",
        POD,
        r#"{"containers": [{"*": {"name": "c#", "image": "i", "ports": [{"containerPort": 80, "hostPort": 80}]}}]}"#,
    ),
    (
        "containers of one name",
        POD,
        r#"{"containers": [{"*": {"name": "c"}}]}"#,
    ),
    (
        "init containers",
        POD,
        r#"{"initContainers": [{"*": {"name": "c#", "image": "i"}}], "containers": [{"*": {"name": "c#", "image": "i"}}]}"#,
    ),
    (
        "variables",
        CONTAINER,
        r#"{"env": [{"*": {"name": "A", "value": "$(A)"}}]}"#,
    ),
    (
        "ports",
        CONTAINER,
        r#"{"ports": [{"*": {"name": "p", "containerPort": 80, "hostPort": 80}}]}"#,
    ),
    (
        "mounts of no volume",
        CONTAINER,
        r#"{"volumeMounts": [{"*": {"name": "v#", "mountPath": "/a"}}]}"#,
    ),
    (
        "mounts",
        POD,
        r#"{"volumes": [{"*": {"name": "v#", "emptyDir": {}}}], "containers": [{"volumeMounts": [{"*": {"name": "v#", "mountPath": "/#"}}]}]}"#,
    ),
    (
        "misspelt mounts",
        POD,
        r#"{"volumes": [{"*": {"name": "v#", "emptyDir": {}}}], "containers": [{"volumeMounts": [{"*": {"name": "v#x", "mountPath": "/#"}}]}]}"#,
    ),
    (
        "volumes of one name",
        POD,
        r#"{"volumes": [{"*": {"name": "v", "nfs": {}, "emptyDir": {}}}]}"#,
    ),
    (
        "paths of a volume",
        POD,
        r#"{"volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"*": {"key": "k", "path": "a/#"}}]}}], "containers": [{"name": "c", "image": "i"}]}"#,
    ),
    (
        "projected sources",
        POD,
        r#"{"volumes": [{"name": "v", "projected": {"sources": [{"*": {"configMap": {"name": "c", "items": [{"key": "k", "path": "p"}]}}}]}}], "containers": [{"name": "c", "image": "i"}]}"#,
    ),
    (
        "requirements",
        POD,
        r#"{"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"*": {"key": "k#", "operator": "in", "values": ["v"]}}]}]}}}}"#,
    ),
    (
        "resources",
        CONTAINER,
        r#"{"resources": {"limits": {"example.com/r#": "0.5"}, "requests": {"example.com/r#": "0.5"}}}"#,
    ),
    (
        "claims",
        POD,
        r#"{"resourceClaims": [{"*": {"name": "a"}}], "containers": [{"name": "c", "resources": {"claims": [{"*": {"name": "a", "request": "r#"}}]}}]}"#,
    ),
    (
        "sysctls",
        POD,
        r#"{"securityContext": {"sysctls": [{"*": {"name": "a.b"}}]}}"#,
    ),
    (
        "tolerations",
        POD,
        r#"{"tolerations": [{"*": {"key": "a", "operator": "exists"}}]}"#,
    ),
    (
        "spread constraints",
        POD,
        r#"{"topologySpreadConstraints": [{"*": {"topologyKey": "z", "maxSkew": 1}}]}"#,
    ),
    (
        "gates",
        POD,
        r#"{"schedulingGates": [{"*": {"name": "g"}}]}"#,
    ),
    (
        "aliases",
        POD,
        r#"{"hostAliases": [{"*": {"ip": "1"}}], "imagePullSecrets": [{"*": {"name": "x"}}]}"#,
    ),
    ("labels", "/metadata", r#"{"labels": {"-#": "-"}}"#),
    (
        "profiles",
        "/spec/template/metadata",
        r#"{"annotations": {"container.apparmor.security.beta.kubernetes.io/c#": "x"}}"#,
    ),
    (
        "owners",
        "/metadata",
        r#"{"ownerReferences": [{"*": {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}}]}"#,
    ),
    (
        "finalizers",
        "/metadata",
        r#"{"finalizers": [{"*": "a#"}]}"#,
    ),
    ("unknown fields", "/spec", r#"{"templat#": 1}"#),
    (
        "values of the wrong type",
        POD,
        r#"{"containers": [{"*": "x"}]}"#,
    ),
    (
        "long texts",
        CONTAINER,
        r#"{"name": "~", "imagePullPolicy": "~", "workingDir": "~", "restartPolicy": "~"}"#,
    ),
    (
        "long amounts",
        CONTAINER,
        r#"{"resources": {"limits": {"cpu": "1~", "memory": "0.~1Ei", "1~": "1e1"}}}"#,
    ),
];

const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn set(pointer: &str, fields: &str) -> Map<String, Value> {
    let mut set = json!({
        "metadata": {"name": "agent"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"containers": [{"name": "agent", "image": "agent:1.0"}]},
            },
        },
    });
    let fields = grown(&serde_json::from_str(fields).unwrap());
    let at = set.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
    at.extend(fields.as_object().unwrap().clone());
    set.as_object().unwrap().clone()
}

/// The value with as many of everything as it says. `~` stands for a long text.
fn grown(value: &Value) -> Value {
    match value {
        Value::Array(items) => match items.first().and_then(|item| item.get("*")) {
            Some(item) => {
                let item = grown(item);
                (0..MANY).map(|number| numbered(&item, number)).collect()
            }
            None => items.iter().map(grown).collect(),
        },
        Value::Object(fields) => {
            let fields = fields.iter().flat_map(|(key, value)| {
                let times = if key.contains('#') { MANY } else { 1 };
                let value = grown(value);
                (0..times).map(move |number| (filled(key, number), value.clone()))
            });
            Value::Object(fields.collect())
        }
        Value::String(text) => text.replace('~', &"0".repeat(MANY)).into(),
        other => other.clone(),
    }
}

fn numbered(value: &Value, number: usize) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| numbered(item, number)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), numbered(value, number)))
                    .collect(),
            )
        }
        Value::String(text) => filled(text, number).into(),
        other => other.clone(),
    }
}

fn filled(text: &str, number: usize) -> String {
    text.replace('#', &number.to_string())
        .replace('~', &"0".repeat(MANY))
}

#[test]
fn much_of_anything_is_judged_in_bounded_time() {
    for (name, pointer, fields) in SETS {
        let set = set(pointer, fields);
        let start = Clock::start();
        let check = Check::new().field_validation(FieldValidation::Warn);
        let verdict = check.of(&set);
        let lines = verdict.findings().map(ToString::to_string);
        let longest = lines.map(|line| line.len()).max().unwrap_or_default();
        let took = start.elapsed();
        let (shown, more) = (verdict.findings().count(), verdict.more());
        println!("{name}: {took:.1?}, {shown} findings and {more} more");
        assert!(took < LIMIT, "{name} took {took:?}");
        assert!(shown <= 2 * MAX_FINDINGS, "{name}");
        // A name that is wrong may stand in its message's path, as may a warning's own words.
        assert!(longest < 4 * MANY, "{name} is told in {longest} bytes");
    }
}
