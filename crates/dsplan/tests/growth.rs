//! Hostile input takes the command time in proportion to its size: twice as much takes less than
//! three times as long, where a square would take four times.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

fn set(name: &str, spec: &Value) -> Value {
    let mut pod_spec = json!({"containers": [{"name": "c", "image": "x:1"}]});
    let more = spec.as_object().expect("an object").clone();
    pod_spec.as_object_mut().expect("an object").extend(more);
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "infra", "uid": format!("u-{name}"), "generation": 1},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec},
        },
    })
}

fn node(name: &str, labels: &Value, taints: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints},
        "status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T12:00:00Z"}]},
    })
}

fn owned(kind: &str, api: &str, name: &str, set: &str, more: &Value) -> Value {
    let mut object = json!({
        "apiVersion": api,
        "kind": kind,
        "metadata": {
            "name": name, "namespace": "infra", "uid": format!("u-{name}"),
            "creationTimestamp": "2026-03-01T12:00:00Z",
            "labels": {"app": set, "controller-revision-hash": "h0"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": set, "uid": format!("u-{set}"), "controller": true}],
        },
    });
    let more = more.as_object().expect("an object").clone();
    object.as_object_mut().expect("an object").extend(more);
    object
}

fn pod(name: &str, set: &str, node: &str) -> Value {
    let ready = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-03-01T12:00:00Z"}]});
    let more = json!({"spec": {"nodeName": node, "containers": []}, "status": ready});
    owned("Pod", "v1", name, set, &more)
}

/// So many of something, one after the other.
fn many(count: usize, one: impl Fn(usize) -> Value) -> Value {
    (0..count).map(one).collect()
}

fn map(count: usize, value: &str) -> Value {
    let entries = (0..count).map(|at| (format!("k{at}"), json!(value)));
    Value::Object(entries.collect())
}

fn affinity(terms: &Value) -> Value {
    json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}})
}

fn sets(count: usize) -> Vec<Value> {
    let mut items: Vec<_> = (0..100)
        .map(|at| node(&format!("n{at}"), &json!({}), &json!([])))
        .collect();
    for at in 0..count {
        let name = format!("s{at}");
        items.push(set(&name, &json!({})));
        items.extend(
            (0..100).map(|node| pod(&format!("{name}-{node}"), &name, &format!("n{node}"))),
        );
    }
    items
}

fn one_node(count: usize) -> Vec<Value> {
    let mut items = vec![set("agent", &json!({})), node("n0", &json!({}), &json!([]))];
    items.extend((0..count).map(|at| pod(&format!("agent-{at}"), "agent", "n0")));
    items
}

fn revisions(count: usize) -> Vec<Value> {
    let mut items = vec![node("n0", &json!({}), &json!([]))];
    for at in 0..count {
        let name = format!("s{at}");
        items.push(set(&name, &json!({})));
        items.push(pod(&format!("{name}-0"), &name, "n0"));
        items.extend((0..10).map(|number| {
            let template = json!({"$patch": "replace", "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "c", "image": format!("x:{number}")}]}});
            let more = json!({"revision": number + 1, "data": {"spec": {"template": template}}});
            owned(
                "ControllerRevision",
                "apps/v1",
                &format!("{name}-h{number}"),
                &name,
                &more,
            )
        }));
    }
    items
}

fn taints(count: usize) -> Vec<Value> {
    let taint = |at| json!({"key": format!("t{at}"), "effect": "NoSchedule"});
    let toleration =
        |at| json!({"key": format!("o{at}"), "operator": "Exists", "effect": "NoSchedule"});
    vec![
        set("agent", &json!({"tolerations": many(count, toleration)})),
        node("n0", &json!({}), &many(count, taint)),
        node("n1", &json!({}), &many(count, taint)),
    ]
}

fn tolerations_that_end(count: usize) -> Vec<Value> {
    let one = |at| json!({"key": format!("o{at}"), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5});
    vec![
        set("agent", &json!({"tolerations": many(count, one)})),
        node("n0", &json!({}), &json!([])),
    ]
}

fn requirements(count: usize) -> Vec<Value> {
    let wanted = |at| json!({"key": format!("k{at}"), "operator": "In", "values": ["a"]});
    let other = |at| json!({"key": format!("k{at}"), "operator": "NotIn", "values": ["x"]});
    let mut agent = set(
        "agent",
        &affinity(&json!([{"matchExpressions": many(count, wanted)}])),
    );
    agent["spec"]["selector"]["matchExpressions"] = many(count, other);
    vec![
        agent,
        node("n0", &json!({}), &json!([])),
        node("n1", &json!({}), &json!([])),
    ]
}

fn terms(count: usize) -> Vec<Value> {
    let values = |term: usize| many(50, |at| json!(format!("v{term}-{at}")));
    let term = |at| json!({"matchExpressions": [{"key": format!("k{at}"), "operator": "In", "values": values(at)}]});
    vec![
        set("agent", &affinity(&many(count, term))),
        node("n0", &json!({}), &json!([])),
    ]
}

fn labels(count: usize) -> Vec<Value> {
    vec![
        set("agent", &json!({"nodeSelector": map(count, "v")})),
        node("n0", &map(count, "w"), &json!([])),
        node("n1", &map(count, "w"), &json!([])),
    ]
}

fn overlap(count: usize) -> Vec<Value> {
    let one = |at: usize| {
        let mut set = set("agent", &json!({}));
        set["metadata"]["name"] = json!(format!("s{at}"));
        set
    };
    (0..count).map(one).collect()
}

fn faults(count: usize) -> Vec<Value> {
    let one = |at| json!({"key": format!("k{at}"), "operator": "Never"});
    vec![set("agent", &json!({"tolerations": many(count, one)}))]
}

fn groups(count: usize) -> Vec<Value> {
    let mut items: Vec<_> = (0..20)
        .map(|at| {
            set(
                &format!("s{at}"),
                &json!({"nodeSelector": {"disk": format!("d{at}")}}),
            )
        })
        .collect();
    items.extend((0..count).map(|at| {
        let taint = json!([{"key": format!("t{at}"), "effect": "NoSchedule"}]);
        node(
            &format!("n{at}"),
            &json!({"disk": format!("d{at}")}),
            &taint,
        )
    }));
    items
}

/// A node with this much cpu to give.
fn roomy(name: &str, cpu: &str) -> Value {
    let mut node = node(name, &json!({"kubernetes.io/hostname": name}), &json!([]));
    node["status"]["allocatable"] = json!({"cpu": cpu, "memory": "256Gi", "pods": "100000"});
    node
}

fn containers(image: &str) -> Value {
    json!([{"name": "c", "image": image, "resources": {"requests": {"cpu": "10m", "memory": "1Mi"}}}])
}

/// Sets that all run on the same 50 nodes, with requests and with anti-affinity against themselves.
fn sets_with_room(count: usize, image: &str) -> Vec<Value> {
    let affinity = |set: &str| {
        let term = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": set}}});
        json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    };
    let mut items: Vec<_> = (0..50).map(|at| roomy(&format!("n{at}"), "64")).collect();
    for at in 0..count {
        let name = format!("s{at}");
        let spec = json!({"containers": containers(image), "affinity": affinity(&name)});
        items.push(set(&name, &spec));
        items.extend((0..50).map(|node| {
            let mut pod = pod(&format!("{name}-{node}"), &name, &format!("n{node}"));
            pod["spec"]["containers"] = containers("x:1");
            pod["spec"]["affinity"] = affinity(&name);
            pod
        }));
    }
    items
}

/// Sets on a few nodes whose pods have all lost their owners.
fn orphans(count: usize) -> Vec<Value> {
    let mut items: Vec<_> = (0..20).map(|at| roomy(&format!("n{at}"), "64")).collect();
    for at in 0..count {
        let name = format!("s{at}");
        items.push(set(&name, &json!({"containers": containers("x:1")})));
        items.extend((0..20).map(|node| {
            let mut pod = pod(&format!("{name}-{node}"), &name, &format!("n{node}"));
            pod["metadata"]["ownerReferences"] = json!([]);
            pod
        }));
    }
    items
}

/// A pod that is not bound yet and is for this node.
fn waiting(at: usize, node: &str) -> Value {
    let mut pod = pod(&format!("agent-{at}"), "agent", node);
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let terms = json!({"nodeSelectorTerms": [{"matchFields": [field]}]});
    pod["spec"] = json!({
        "containers": containers("x:1"),
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}},
    });
    pod["status"] = json!({"phase": "Pending"});
    pod
}

/// A full node from which many pods go, and many pods that wait for that.
fn terminating(count: usize) -> Vec<Value> {
    let mut items = vec![
        set("agent", &json!({"containers": containers("x:1")})),
        roomy("n0", &format!("{}m", 10 * count - 5)),
    ];
    items.extend((0..count).map(|at| {
        let mut pod = pod(&format!("other-{at}"), "other", "n0");
        pod["metadata"]["ownerReferences"] = json!([]);
        pod["metadata"]["deletionTimestamp"] = json!("2026-03-01T11:00:00Z");
        pod["metadata"]["finalizers"] = json!([format!("example.com/f{at}")]);
        pod["spec"]["containers"] = containers("x:1");
        pod
    }));
    items.extend((0..count).map(|at| waiting(at, "n0")));
    items
}

/// Nodes that are all too small, each with a pod that waits for it.
fn too_small(count: usize) -> Vec<Value> {
    let mut items = vec![set("agent", &json!({"containers": containers("x:1")}))];
    items.extend((0..count).map(|at| roomy(&format!("n{at}"), "5m")));
    items.extend((0..count).map(|at| waiting(at, &format!("n{at}"))));
    items
}

/// A node with many pods of others, of which a pod of higher priority may evict every one.
fn evictable(count: usize) -> Vec<Value> {
    let spec = json!({"containers": containers("x:1"), "priority": 1_000});
    let mut items = vec![
        set("agent", &spec),
        roomy("n0", &format!("{}m", 10 * count - 5)),
    ];
    let refuses = json!({"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "agent"}}});
    items.extend((0..count).map(|at| {
        let mut pod = pod(&format!("other-{at}"), "other", "n0");
        pod["metadata"]["ownerReferences"] = json!([]);
        pod["spec"] = json!({
            "nodeName": "n0", "priority": at % 7, "containers": containers("x:1"),
            "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [refuses]}},
        });
        pod
    }));
    items
}

/// One label whose value is that many thousand letters long, and a selector that misses it by one.
fn long_value(count: usize) -> Vec<Value> {
    let value = "v".repeat(1_000 * count);
    vec![
        set("agent", &json!({"nodeSelector": {"k": value}})),
        node("n0", &json!({"k": format!("{value}x")}), &json!([])),
    ]
}

/// The seconds that the command computes, all its threads and the kernel aside.
fn seconds(verb: &str, file: &str) -> f64 {
    let script = "TIMEFORMAT=%U; time \"$0\" \"$@\" >/dev/null 2>/dev/null";
    let words = verb
        .split(' ')
        .map(|word| if word == "{}" { file } else { word });
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_dsplan")])
        .args(words)
        .output()
        .expect("bash runs");
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    text.trim().parse().unwrap_or_else(|_| panic!("{text}"))
}

/// What grows, how it is made, how much of it is made at first, and who is to read it.
type Kind = (
    &'static str,
    fn(usize) -> Vec<Value>,
    usize,
    &'static [&'static str],
);

const KINDS: [Kind; 20] = [
    (
        "sets",
        sets,
        20,
        &["plan {}", "explain {}", "diff {} {}", "lint {}"],
    ),
    ("one node", one_node, 2_000, &["diff {} {}", "explain {}"]),
    ("revisions", revisions, 50, &["diff {} {}", "history {}"]),
    (
        "taints",
        taints,
        1_000,
        &["plan {}", "explain {}", "lint {}"],
    ),
    (
        "seconds",
        tolerations_that_end,
        2_000,
        &["explain {}", "lint {}"],
    ),
    (
        "requirements",
        requirements,
        2_000,
        &["plan {}", "explain {} --node n0", "lint {}"],
    ),
    ("terms", terms, 300, &["explain {}", "lint {}"]),
    (
        "labels",
        labels,
        3_000,
        &["explain {} --node n0", "lint {}"],
    ),
    ("overlap", overlap, 400, &["lint {}", "plan {}"]),
    ("faults", faults, 3_000, &["validate {} -o json", "lint {}"]),
    ("groups", groups, 400, &["explain {} --matrix -o json"]),
    (
        "one node, pods and all",
        one_node,
        2_000,
        &["explain {} --node n0", "status {}"],
    ),
    (
        "sets with room",
        |count| sets_with_room(count, "x:1"),
        20,
        &["fit {}", "plan {}", "explain {}", "overhead {}"],
    ),
    ("orphans", orphans, 60, &["plan {}", "explain {}", "fit {}"]),
    ("terminating", terminating, 300, &["explain {}", "plan {}"]),
    (
        "too small",
        too_small,
        500,
        &["explain {}", "explain {} --matrix"],
    ),
    ("evictable", evictable, 1_000, &["fit {}", "plan {}"]),
    (
        "long value",
        long_value,
        100,
        &["explain {}", "lint {}", "explain {} --node n0"],
    ),
    (
        "taints, of a node",
        taints,
        1_000,
        &["explain {} --node n0"],
    ),
    (
        "sets in rows",
        sets,
        20,
        &["validate {}", "explain {} --matrix"],
    ),
];

/// What of a kind takes more than it should.
fn faults_of((name, make, count, verbs): Kind, folder: &Path) -> Vec<String> {
    let files = [count, 2 * count].map(|count| {
        let file = folder.join(format!("{name}-{count}.json"));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": make(count)});
        std::fs::write(&file, list.to_string()).expect("it can be written");
        file.to_str().expect("UTF-8").to_owned()
    });
    let mut faults = Vec::new();
    for verb in verbs {
        // Other work on the machine only adds: one good measurement of a few is enough.
        let measured = || [&files[0], &files[1]].map(|file| seconds(verb, file));
        let is_linear = |[once, twice]: [f64; 2]| twice <= 3.0 * once + 0.1;
        let last = measured();
        if !is_linear(last) && !(0..3).any(|_| is_linear(measured())) {
            faults.push(format!("{name}: {verb}: {last:?} s"));
        }
    }
    faults
}

#[test]
fn twice_the_input_takes_twice_the_time() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("growth");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let one = || {
            let kinds = std::iter::from_fn(|| KINDS.get(next.fetch_add(1, Ordering::Relaxed)));
            kinds.flat_map(|kind| faults_of(*kind, &folder)).collect()
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        let ended = running.into_iter().map(|it| it.join().expect("it ends"));
        ended.flat_map(|faults: Vec<String>| faults).collect()
    });
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_new_version_of_twice_the_sets_takes_twice_the_time() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("growth");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let files = [20, 40].map(|count| {
        let [old, new] = ["x:1", "x:2"].map(|image| {
            let file = folder.join(format!("version-{count}-{}.json", &image[2..]));
            let items = sets_with_room(count, image);
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            std::fs::write(&file, list.to_string()).expect("it can be written");
            file.to_str().expect("UTF-8").to_owned()
        });
        format!("diff {old} {new}")
    });
    let measured = || [&files[0], &files[1]].map(|verb| seconds(verb, ""));
    let tries = (0..4).map(|_| measured());
    let tries: Vec<_> = tries
        .take_while(|[once, twice]| *twice > 3.0 * once + 0.1)
        .collect();
    assert!(tries.len() < 4, "{tries:?} s");
}
