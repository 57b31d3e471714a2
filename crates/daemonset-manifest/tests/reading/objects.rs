//! Documents into objects: lists, kinds, versions, types, and objects that come twice.

use daemonset_explain::evidence::Moment;
use daemonset_manifest::{FieldPath, Inventory, NamespaceOrigin, Written, to_yaml};
use serde_json::{Value, json};

use super::{read, refuses, told};

const FLEET: &str = include_str!("../manifest/fleet.yaml");

fn passed_over(inventory: &Inventory) -> Vec<(&str, usize)> {
    inventory.passed_over().collect()
}

#[test]
fn a_dump_is_taken_apart() {
    let (errors, inventory) = read(FLEET);
    assert_eq!(errors, "");
    let [agent] = &inventory.daemon_sets[..] else {
        panic!("{:?}", inventory.daemon_sets);
    };
    let written = &agent.written;
    assert_eq!((written.namespace(), written.name()), ("infra", "agent"));
    assert_eq!(agent.daemon_set.metadata.name, "agent");
    assert_eq!(
        agent.daemon_set.spec.template.labels().get("app"),
        Some("agent")
    );
    assert_eq!(
        written.to_json()["spec"]["template"]["spec"]["containers"][0]["args"],
        json!(["--verbose", "yes"])
    );
    assert_eq!(agent.namespace, NamespaceOrigin::Given);
    assert_eq!(
        written.place().to_string(),
        "s, document 1, items[0], line 5"
    );
    for (path, line) in [
        ("metadata.name", 8),
        ("metadata.labels[kubernetes.io/part-of]", 13),
        ("spec.updateStrategy.rollingUpdate.maxUnavailable", 19),
        ("spec.template.spec.tolerations[0].operator", 34),
        // Where it is missing, the line of what is around it.
        ("spec.template.spec.tolerations[0].effect", 34),
    ] {
        assert_eq!(written.line_of(&FieldPath::parse(path)), line, "{path}");
    }
    let names: Vec<_> = inventory
        .nodes
        .iter()
        .map(|node| &*node.metadata.name)
        .collect();
    assert_eq!(names, ["node-a", "node-b"]);
    assert!(inventory.pods[0].is_ready());
    assert_eq!(inventory.revisions[0].revision, 3);
    assert_eq!(passed_over(&inventory), [("ConfigMap", 1)]);
    let cluster = inventory.cluster();
    assert_eq!((cluster.nodes().len(), cluster.pods().len()), (2, 1));
    assert_eq!(cluster.revisions().map(<[_]>::len), Some(1));
    assert_eq!(inventory.repeated, 0);
}

#[test]
fn what_is_written_is_the_same_dump() {
    let (_, before) = read(FLEET);
    let before = before.daemon_sets[0].written.to_json();
    let yaml = to_yaml(&Value::Object(before.clone()));
    let (errors, after) = read(&yaml);
    assert_eq!(errors, "");
    assert_eq!(after.daemon_sets[0].written.to_json(), before);
    assert!(yaml.contains("- \"yes\"\n"), "{yaml}");
}

#[test]
fn lists_may_be_nested_empty_and_broken_in_part() {
    let (errors, inventory) = read(
        "apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Pod, metadata: {name: a}}
  - 1
- null
- kind: Pod
- apiVersion: v1
  kind: NodeList
  items:
  - metadata: {name: a}
  - metadata: {name: 1}
- {apiVersion: v1, kind: PodList, items: null}
- {apiVersion: v1, kind: PodList, items: []}
",
    );
    assert_eq!(
        errors,
        "s, document 1, items[0].items[1], line 8: expected an object, found 1
s, document 1, items[1], line 9: expected an object, found nothing
s, document 1, items[2], line 10: apiVersion: expected a version such as apps/v1, found nothing
s, document 1, items[3].items[1], line 15: metadata.name: expected a string, found 1, did you mean \"1\"?"
    );
    assert_eq!((inventory.pods.len(), inventory.nodes.len()), (1, 1));
    refuses(
        "apiVersion: v1\nkind: List\nitems: x\n",
        "s, document 1, line 3: items: expected a list, found \"x\"",
    );
    refuses(
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{\"kind\": \"Pod\"}]}",
        "s, document 1, items[0], line 2: apiVersion: expected a version such as apps/v1, found nothing",
    );
    // Items of a typed list may say what they are, and may be something else.
    let (errors, inventory) = read(
        "apiVersion: apps/v1\nkind: DaemonSetList\nitems: [{metadata: {name: a}}, {apiVersion: v1, kind: Node, metadata: {name: b}}]\n",
    );
    assert_eq!(errors, "");
    assert_eq!((inventory.daemon_sets.len(), inventory.nodes.len()), (1, 1));
}

#[test]
fn revisions_that_are_not_given_are_not_none() {
    let set = "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}}\n";
    let empty = "---\n{apiVersion: apps/v1, kind: ControllerRevisionList, items: []}\n";
    let (_, inventory) = read(set);
    assert!(inventory.cluster().revisions().is_none());
    let (_, inventory) = read(format!("{set}{empty}"));
    assert_eq!(inventory.cluster().revisions().map(<[_]>::len), Some(0));
}

#[test]
fn every_object_says_what_it_is_and_is_named() {
    let kind = "kind: expected a kind such as DaemonSet, found";
    let version = "apiVersion: expected a version such as apps/v1, found";
    for (source, expected) in [
        ("apiVersion: v1\n", format!("1: {kind} nothing")),
        ("apiVersion: v1\nkind: 1\n", format!("2: {kind} 1")),
        ("apiVersion: v1\nkind: ''\n", format!("2: {kind} \"\"")),
        (
            "apiVersion: v1\nKind: Pod\n",
            format!("1: {kind} nothing; `Kind` is written `kind`"),
        ),
        ("kind: Pod\n", format!("1: {version} nothing")),
        ("kind: Pod\napiVersion:\n", format!("2: {version} nothing")),
        ("- a\n", "1: expected an object, found a list".to_owned()),
        (
            "hello\n",
            "1: expected an object, found \"hello\"".to_owned(),
        ),
        (
            "kind: Pod\napiVersion: v1\nmetadata:\n  generateName: a\n",
            "3: metadata.name: expected a name, found nothing".to_owned(),
        ),
        (
            "kind: DaemonSet\napiVersion: apps/v1\n",
            "1: metadata.name: expected a name, found nothing".to_owned(),
        ),
    ] {
        refuses(source, &format!("s, document 1, line {expected}"));
    }
    let generated = "kind: DaemonSet\napiVersion: apps/v1\nmetadata: {generateName: a-}\n";
    let (errors, inventory) = read(format!("{generated}---\n{generated}"));
    assert_eq!((errors.as_str(), inventory.daemon_sets.len()), ("", 2));
}

#[test]
fn other_kinds_are_counted_in_order_of_first_sight() {
    let (errors, inventory) = read(
        "{apiVersion: foo.example/v1, kind: Node}
---
{apiVersion: v1, kind: Secret}
---
{apiVersion: apps/v1, kind: Deployment}
---
{apiVersion: v1, kind: SecretList, items: [{}, {}]}
---
{apiVersion: apps.example/v1, kind: DaemonSet}
---
{apiVersion: foo.example/v1, kind: AllowList}
",
    );
    assert_eq!(errors, "");
    assert!(inventory.nodes.is_empty() && inventory.daemon_sets.is_empty());
    assert_eq!(
        passed_over(&inventory),
        [
            ("Node.foo.example", 1),
            ("Secret", 3),
            ("Deployment.apps", 1),
            ("DaemonSet.apps.example", 1),
            ("AllowList.foo.example", 1)
        ]
    );
}

#[test]
fn the_same_object_counts_once_and_another_of_its_name_is_an_error() {
    let pod = |rest: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a{rest}}}\n---\n");
    let source = [
        pod(""),
        pod(", namespace: default"),
        pod(", namespace: infra"),
        pod(", labels: {b: c}"),
    ]
    .concat();
    let (errors, mut inventory) = read(source);
    assert_eq!(
        errors,
        "s, document 4, line 13: expected one Pod \"default/a\", found another with other content at s, document 1, line 1"
    );
    assert_eq!((inventory.pods.len(), inventory.repeated), (2, 1));
    // In another source as well.
    inventory.read(
        "t",
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: x}\n",
    );
    assert_eq!(
        told(&inventory).lines().nth(1),
        Some(
            "t, document 1, line 1: expected one Pod \"default/a\", found another with other content at s, document 1, line 1"
        )
    );
    // A whole dump twice.
    let mut inventory = Inventory::new();
    inventory.read("a", FLEET.as_bytes());
    inventory.read("b", FLEET.as_bytes());
    assert_eq!(told(&inventory), "");
    assert_eq!(
        (
            inventory.daemon_sets.len(),
            inventory.nodes.len(),
            inventory.pods.len(),
            inventory.revisions.len()
        ),
        (1, 2, 1, 1)
    );
    assert_eq!(inventory.repeated, 5);
    assert_eq!(passed_over(&inventory), [("ConfigMap", 2)]);
    // What differs in a field that planning does not read differs for a DaemonSet, which is kept whole.
    let other = FLEET.replace("agent:1.0", "agent:1.1");
    inventory.read("c", other.as_bytes());
    assert_eq!(
        told(&inventory),
        "c, document 1, items[0], line 5: expected one DaemonSet \"infra/agent\", found another with other content at a, document 1, line 5"
    );
}

/// Items whose kind comes first are read as trees, when all of the document is there, and others before that.
#[test]
fn of_two_that_differ_the_first_in_the_list_counts() {
    let early = |node: &str| {
        format!(
            "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n  spec:\n    nodeName: {node}\n"
        )
    };
    let late = |node: &str| {
        format!(
            "- kind: Pod\n  apiVersion: v1\n  metadata:\n    name: a\n  spec:\n    nodeName: {node}\n"
        )
    };
    let other = early("node-o").replace("name: a", "name: b");
    for [first, second] in [
        [early("node-m"), late("node-n")],
        [late("node-m"), early("node-n")],
        [early("node-m"), early("node-n")],
        [late("node-m"), late("node-n")],
    ] {
        let text = format!("apiVersion: v1\nitems:\n{first}{other}{second}kind: List\n");
        for inventory in [Inventory::new(), Inventory::new().with_full_readers()] {
            let mut inventory = inventory.with_fit_objects();
            inventory.read("s", text.as_bytes());
            assert_eq!(
                told(&inventory),
                "s, document 1, items[2], line 15: expected one Pod \"default/a\", found another with other content at s, document 1, line 3"
            );
            let pods = inventory.pods.iter();
            let pods: Vec<_> = pods
                .map(|pod| (&*pod.metadata.name, &*pod.spec.node_name))
                .collect();
            assert_eq!(pods, [("a", "node-m"), ("b", "node-o")]);
            let said = inventory.evidence().all_pods().map(|pod| &*pod.name);
            assert_eq!(said.collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!(inventory.fit_objects().unwrap().cluster_room().pods(), 2);
        }
    }
}

#[test]
fn objects_without_a_namespace_are_in_default() {
    let (_, inventory) = read(
        "apiVersion: apps/v1\nkind: DaemonSetList\nitems:\n- metadata: {name: a}\n- metadata: {name: b, namespace: null}\n- metadata: {name: c, namespace: default}\n",
    );
    let origins: Vec<_> = inventory
        .daemon_sets
        .iter()
        .map(|agent| (&*agent.daemon_set.metadata.namespace, agent.namespace))
        .collect();
    assert_eq!(
        origins,
        [
            ("default", NamespaceOrigin::Default),
            ("default", NamespaceOrigin::Default),
            ("default", NamespaceOrigin::Given)
        ]
    );
    assert_eq!(
        inventory.daemon_sets[0].written.to_json()["metadata"],
        json!({"name": "a"})
    );
    let (_, inventory) = read("{apiVersion: v1, kind: Node, metadata: {name: a}}");
    assert_eq!(inventory.nodes[0].metadata.namespace, "");
}

#[test]
fn errors_are_counted_beyond_twenty() {
    let (errors, _) = read("- a\n---\n".repeat(25));
    assert_eq!(errors.lines().count(), 21);
    assert!(
        errors.ends_with("s, document 20, line 39: expected an object, found a list\nand 5 more"),
        "{errors}"
    );
}

const OBJECT: &str = "an object";
const TEXT: &str = "a string";
const TRUTH: &str = "a boolean";
const LIST: &str = "a list";
const MAP: &str = "a map";
const I32: &str = "a 32-bit integer";
const I64: &str = "a 64-bit integer";
const SCALED: &str = "a 32-bit integer or a string";
const TIME: &str = "an RFC 3339 time such as 2026-03-01T12:00:00Z";

/// Fields, and what belongs there.
type Fields = &'static [(&'static str, &'static str)];

/// Every field that is read.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, Fields)] = &[
    ("apps/v1", "DaemonSet", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("metadata/namespace", TEXT),
        ("metadata/uid", TEXT), ("metadata/generation", I64), ("metadata/creationTimestamp", TIME),
        ("metadata/deletionTimestamp", TIME), ("metadata/labels", MAP), ("metadata/labels/a", TEXT),
        ("metadata/annotations", MAP), ("metadata/annotations/a.b~1c", TEXT),
        ("metadata/ownerReferences", LIST), ("metadata/ownerReferences/0", OBJECT),
        ("metadata/ownerReferences/0/apiVersion", TEXT), ("metadata/ownerReferences/0/kind", TEXT),
        ("metadata/ownerReferences/0/name", TEXT), ("metadata/ownerReferences/0/uid", TEXT),
        ("metadata/ownerReferences/0/controller", TRUTH),
        ("metadata/ownerReferences/0/blockOwnerDeletion", TRUTH),
        ("metadata/finalizers", LIST), ("metadata/finalizers/0", TEXT),
        ("spec", OBJECT), ("spec/selector", OBJECT), ("spec/selector/matchLabels", MAP),
        ("spec/selector/matchLabels/a", TEXT), ("spec/selector/matchExpressions", LIST),
        ("spec/selector/matchExpressions/0", OBJECT), ("spec/selector/matchExpressions/0/key", TEXT),
        ("spec/selector/matchExpressions/0/operator", TEXT),
        ("spec/selector/matchExpressions/0/values", LIST),
        ("spec/selector/matchExpressions/0/values/0", TEXT),
        ("spec/minReadySeconds", I32), ("spec/revisionHistoryLimit", I32),
        ("spec/updateStrategy", OBJECT), ("spec/updateStrategy/type", TEXT),
        ("spec/updateStrategy/rollingUpdate", OBJECT),
        ("spec/updateStrategy/rollingUpdate/maxSurge", SCALED),
        ("spec/updateStrategy/rollingUpdate/maxUnavailable", SCALED),
        ("spec/template", OBJECT), ("spec/template/metadata", OBJECT),
        ("spec/template/metadata/labels", MAP), ("spec/template/metadata/labels/a", TEXT),
        ("spec/template/spec", OBJECT), ("spec/template/spec/nodeName", TEXT),
        ("spec/template/spec/nodeSelector", MAP), ("spec/template/spec/nodeSelector/a", TEXT),
        ("spec/template/spec/hostNetwork", TRUTH), ("spec/template/spec/restartPolicy", TEXT),
        ("spec/template/spec/activeDeadlineSeconds", I64),
        ("spec/template/spec/tolerations", LIST), ("spec/template/spec/tolerations/0", OBJECT),
        ("spec/template/spec/tolerations/0/key", TEXT), ("spec/template/spec/tolerations/0/operator", TEXT),
        ("spec/template/spec/tolerations/0/value", TEXT), ("spec/template/spec/tolerations/0/effect", TEXT),
        ("spec/template/spec/tolerations/0/tolerationSeconds", I64),
        ("spec/template/spec/affinity", OBJECT), ("spec/template/spec/affinity/nodeAffinity", OBJECT),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution", OBJECT),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms", LIST),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0", OBJECT),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions", LIST),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields", LIST),
        ("spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchFields/0/values/0", TEXT),
        ("status", OBJECT), ("status/currentNumberScheduled", I32), ("status/numberMisscheduled", I32),
        ("status/desiredNumberScheduled", I32), ("status/numberReady", I32), ("status/observedGeneration", I64),
        ("status/updatedNumberScheduled", I32), ("status/numberAvailable", I32),
        ("status/numberUnavailable", I32), ("status/collisionCount", I32),
    ]),
    ("v1", "Node", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("spec", OBJECT), ("spec/taints", LIST),
        ("spec/taints/0", OBJECT), ("spec/taints/0/key", TEXT), ("spec/taints/0/value", TEXT),
        ("spec/taints/0/effect", TEXT), ("spec/taints/0/timeAdded", TIME), ("spec/unschedulable", TRUTH),
        ("status", OBJECT), ("status/conditions", LIST), ("status/conditions/0", OBJECT),
        ("status/conditions/0/type", TEXT), ("status/conditions/0/status", TEXT),
        ("status/conditions/0/reason", TEXT), ("status/conditions/0/lastHeartbeatTime", TIME),
        ("status/conditions/0/lastTransitionTime", TIME),
    ]),
    ("v1", "Pod", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("spec", OBJECT), ("spec/nodeName", TEXT),
        ("spec/affinity", OBJECT), ("status", OBJECT), ("status/phase", TEXT), ("status/reason", TEXT),
        ("status/conditions", LIST), ("status/conditions/0/type", TEXT), ("status/conditions/0/status", TEXT),
        ("status/conditions/0/reason", TEXT), ("status/conditions/0/message", TEXT),
        ("status/conditions/0/lastTransitionTime", TIME), ("status/containerStatuses", LIST),
        ("status/containerStatuses/0/name", TEXT), ("status/containerStatuses/0/ready", TRUTH),
        ("status/containerStatuses/0/restartCount", I32), ("status/containerStatuses/0/state", OBJECT),
        ("status/containerStatuses/0/state/waiting", OBJECT),
        ("status/containerStatuses/0/state/waiting/reason", TEXT),
        ("status/containerStatuses/0/state/waiting/message", TEXT),
        ("status/containerStatuses/0/state/terminated", OBJECT),
        ("status/containerStatuses/0/state/terminated/reason", TEXT),
        ("status/containerStatuses/0/state/terminated/exitCode", I32),
        ("status/initContainerStatuses", LIST), ("status/initContainerStatuses/0", OBJECT),
    ]),
    ("apps/v1", "ControllerRevision", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("metadata/labels/a", TEXT), ("revision", I64),
    ]),
];

/// An object in which only this field is set.
fn object(api_version: &str, kind: &str, path: &str, value: Value) -> Value {
    let inner = path.rsplit('/').fold(value, |inner, step| {
        if step == "0" {
            json!([inner])
        } else {
            json!({step.replace("~1", "/"): inner})
        }
    });
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}});
    for (key, value) in inner.as_object().unwrap() {
        match (key.as_str(), value) {
            ("metadata", Value::Object(fields)) => {
                for (key, value) in fields {
                    object["metadata"][key] = value.clone();
                }
            }
            _ => object[key] = value.clone(),
        }
    }
    object
}

#[test]
fn every_field_has_a_type() {
    for &(api_version, kind, fields) in FIELDS {
        for &(path, expected) in fields {
            for (wrong, found) in [
                (json!([]), "an empty list"),
                (json!([1]), "a list"),
                (json!({}), "an empty object"),
                (json!({"a": {}}), "an object"),
                (json!(2.5), "2.5"),
                (json!(true), "true"),
                (json!("x\"y"), "\"x\\\"y\""),
                (json!(i64::from(i32::MAX) + 1), "2147483648"),
                (json!(u64::MAX), "18446744073709551615"),
            ] {
                let fits = match expected {
                    OBJECT | MAP => wrong.is_object(),
                    TEXT | SCALED => wrong.is_string(),
                    TRUTH => wrong.is_boolean(),
                    LIST => wrong.is_array(),
                    I64 => wrong.is_i64(),
                    _ => false,
                };
                if fits {
                    continue;
                }
                let json = object(api_version, kind, path, wrong).to_string();
                let shown = match path {
                    "metadata/annotations/a.b~1c" => "metadata.annotations[a.b/c]".to_owned(),
                    _ => shown(path),
                };
                let expected = if expected == MAP { OBJECT } else { expected };
                let expected =
                    format!("s, document 1, line 1: {shown}: expected {expected}, found {found}");
                let (said, inventory) = read(&json);
                let said = said.split(", did you mean ").next().unwrap();
                assert_eq!(said, expected, "{json}");
                assert!(inventory.is_incomplete());
            }
            // Null is the zero value, whatever the field.
            let json = object(api_version, kind, path, Value::Null).to_string();
            if !path.ends_with("/0") && !matches!(path, "metadata" | "metadata/name") {
                assert_eq!(read(&json).0, "", "{json}");
            }
        }
    }
}

/// A path as Kubernetes writes it: keys of maps in brackets.
fn shown(path: &str) -> String {
    let maps = ["labels", "matchLabels", "nodeSelector"];
    let mut shown = String::new();
    let mut before = "";
    for step in path.split('/') {
        match step {
            "0" => shown.push_str("[0]"),
            key if maps.contains(&before) => shown.push_str(&format!("[{key}]")),
            field if shown.is_empty() => shown.push_str(field),
            field => shown.push_str(&format!(".{field}")),
        }
        before = step;
    }
    shown
}

#[test]
fn all_of_an_object_that_is_of_the_wrong_type_is_told() {
    let (said, inventory) = read(
        "apiVersion: v1
kind: Node
metadata:
  name: a
  labels: {a: 1, b: true, c: x}
spec:
  unschedulable: 'yes'
",
    );
    assert_eq!(
        said,
        "s, document 1, line 5: metadata.labels[a]: expected a string, found 1, did you mean \"1\"?
s, document 1, line 5: metadata.labels[b]: expected a string, found true, did you mean \"true\"?
s, document 1, line 7: spec.unschedulable: expected a boolean, found \"yes\", did you mean true?"
    );
    assert!(inventory.nodes.is_empty());
    // A set that does not decode is there for everything that looks at its text.
    let (said, inventory) = read(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers: 3\n",
    );
    assert_eq!(
        said,
        "s, document 1, line 7: spec.template.spec.containers: expected a list, found 3"
    );
    assert!(inventory.daemon_sets.is_empty());
    let written: Vec<_> = inventory.written().map(Written::name).collect();
    assert_eq!(written, ["a"]);
}

#[test]
fn times_are_read_as_the_api_writes_them() {
    let node = |time: &str| {
        format!("apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  creationTimestamp: {time}\n")
    };
    refuses(
        node("yesterday"),
        "s, document 1, line 5: metadata.creationTimestamp: expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found \"yesterday\"",
    );
    for time in ["2026-03-01T12:00:00Z", "0001-01-01T00:00:00Z"] {
        assert_eq!(read(node(time)).0, "", "{time}");
    }
}

/// Of a pod that is ready, when it was scheduled tells the control plane's time and nothing else.
#[test]
fn when_ready_pods_were_scheduled_is_a_time_and_no_condition() {
    let pod = |name: &str, second: u32, ready: &str, reason: &str| {
        let at = |second: u32| format!("2026-03-01T12:00:{second:02}Z");
        let condition = |type_: &str, status: &str, reason: &str, second: u32| json!({"type": type_, "status": status, "reason": reason, "lastTransitionTime": at(second)});
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "infra", "creationTimestamp": at(1)},
            "spec": {"nodeName": "n"},
            "status": {"conditions": [
                condition("Initialized", "True", "", 2),
                condition("PodScheduled", "True", reason, second),
                condition("Ready", ready, "", 4),
            ]},
        })
    };
    for (second, ready, reason, kept, newest) in [
        (1, "True", "", 1, 4),
        (9, "True", "", 1, 9),
        (9, "False", "", 3, 9),
        (9, "True", "Odd", 2, 9),
    ] {
        let pods = json!({"apiVersion": "v1", "kind": "List", "items": [
            pod("a", second, ready, reason), pod("b", 1, "True", ""),
        ]});
        let readers: [fn() -> Inventory; 2] =
            [Inventory::new, || Inventory::new().with_full_readers()];
        for inventory in readers {
            let mut inventory = inventory();
            inventory.read("pods", pods.to_string().as_bytes());
            let conditions = &inventory.pods[0].status.conditions;
            assert_eq!(conditions.len(), kept, "{second} {ready} {reason}");
            let moment = Moment::of(&inventory.cluster(), inventory.evidence());
            let expected = format!(
                "2026-03-01T12:00:{newest:02}Z, the newest time read (a condition of pod infra/a)"
            );
            assert_eq!(moment.to_string(), expected, "{second} {ready} {reason}");
        }
    }
}
