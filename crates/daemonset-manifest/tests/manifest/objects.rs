//! Documents into objects: lists, kinds, versions, types, and objects that come twice.

use daemonset::manifest::{Inventory, NamespaceOrigin, ReadErrorKind, to_yaml};
use serde_json::{Value, json};

use super::{read, refuses};

const FLEET: &str = include_str!("fleet.yaml");

#[test]
fn a_dump_is_taken_apart() {
    let (errors, inventory) = read(FLEET);
    assert_eq!(errors, "");
    let [agent] = &inventory.daemon_sets[..] else {
        panic!("{:?}", inventory.daemon_sets);
    };
    assert_eq!(agent.daemon_set.metadata.name, "agent");
    assert_eq!(
        agent.daemon_set.spec.template.labels().get("app"),
        Some("agent")
    );
    assert_eq!(
        agent.json["spec"]["template"]["spec"]["containers"][0]["args"],
        json!(["--verbose", "yes"])
    );
    assert_eq!(agent.namespace, NamespaceOrigin::Given);
    assert_eq!(agent.place.to_string(), "s, document 1, items[0], line 5");
    assert_eq!(agent.line_of("metadata.name"), Some(8));
    assert_eq!(
        agent.line_of("metadata.labels[kubernetes.io/part-of]"),
        Some(13)
    );
    assert_eq!(
        agent.line_of("spec.updateStrategy.rollingUpdate.maxUnavailable"),
        Some(19)
    );
    assert_eq!(
        agent.line_of("spec.template.spec.tolerations[0].operator"),
        Some(34)
    );
    assert_eq!(
        agent.line_of("spec.template.spec.tolerations[0].effect"),
        Some(34)
    );
    let names: Vec<_> = inventory
        .nodes
        .iter()
        .map(|node| &*node.metadata.name)
        .collect();
    assert_eq!(names, ["node-a", "node-b"]);
    assert!(inventory.pods[0].is_ready());
    assert_eq!(inventory.revisions[0].revision, 3);
    assert_eq!(
        inventory.passed_over.iter().collect::<Vec<_>>(),
        [(&"ConfigMap".to_owned(), &1)]
    );
    assert_eq!(inventory.repeated, 0);
}

#[test]
fn what_is_written_is_the_same_dump() {
    let (_, before) = read(FLEET);
    let yaml = to_yaml(&Value::Object(before.daemon_sets[0].json.clone()));
    let (errors, after) = read(&yaml);
    assert_eq!(errors, "");
    assert_eq!(after.daemon_sets[0].json, before.daemon_sets[0].json);
    assert!(yaml.contains("- \"yes\"\n"), "{yaml}");
}

#[test]
fn lists_may_be_nested_empty_and_broken_in_part() {
    let (errors, inventory) = read(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: v1, kind: Pod}\n  - 1\n- null\n- kind: Pod\n- apiVersion: v1\n  kind: NodeList\n  items:\n  - metadata: {name: a}\n  - metadata: {name: 1}\n- {apiVersion: v1, kind: PodList, items: null}\n- {apiVersion: v1, kind: PodList, items: []}\n",
    );
    assert_eq!(
        errors,
        "s, document 1, items[0].items[1], line 8: expected an object, found 1\n\
         s, document 1, items[1], line 9: expected an object, found null\n\
         s, document 1, items[2], line 10: apiVersion: expected a string such as \"apps/v1\", found nothing\n\
         s, document 1, items[3].items[1], line 15: metadata.name: expected a string, found 1"
    );
    assert_eq!((inventory.pods.len(), inventory.nodes.len()), (1, 1));
    refuses(
        "apiVersion: v1\nkind: List\nitems: x\n",
        "s, document 1, line 3: items: expected a list, found \"x\"",
    );
    refuses(
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{\"kind\": \"Pod\"}]}",
        "s, document 1, items[0], line 2: apiVersion: expected a string such as \"apps/v1\", found nothing",
    );
    // Items of a typed list may say what they are, and may be something else.
    let (errors, inventory) = read(
        "apiVersion: apps/v1\nkind: DaemonSetList\nitems: [{}, {apiVersion: v1, kind: Node}]\n",
    );
    assert_eq!(errors, "");
    assert_eq!((inventory.daemon_sets.len(), inventory.nodes.len()), (1, 1));
}

#[test]
fn every_object_says_what_it_is() {
    refuses(
        "apiVersion: v1\n",
        "s, document 1, line 1: kind: expected a string such as \"DaemonSet\", found nothing",
    );
    refuses(
        "apiVersion: v1\nkind: 1\n",
        "s, document 1, line 2: kind: expected a string such as \"DaemonSet\", found 1",
    );
    refuses(
        "apiVersion: v1\nkind: ''\n",
        "s, document 1, line 2: kind: expected a string such as \"DaemonSet\", found \"\"",
    );
    refuses(
        "kind: Pod\n",
        "s, document 1, line 1: apiVersion: expected a string such as \"apps/v1\", found nothing",
    );
    refuses(
        "kind: Pod\napiVersion:\n",
        "s, document 1, line 2: apiVersion: expected a string such as \"apps/v1\", found null",
    );
    refuses(
        "- a\n",
        "s, document 1, line 1: expected an object, found a list",
    );
    refuses(
        "hello\n",
        "s, document 1, line 1: expected an object, found \"hello\"",
    );
}

#[test]
fn versions_are_those_that_are_served() {
    for version in ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"] {
        refuses(
            format!("kind: DaemonSet\napiVersion: {version}\n"),
            &format!(
                "s, document 1, line 2: apiVersion: expected \"apps/v1\", found \"{version}\""
            ),
        );
    }
    refuses(
        "kind: ControllerRevision\napiVersion: apps/v1beta2\n",
        "s, document 1, line 2: apiVersion: expected \"apps/v1\", found \"apps/v1beta2\"",
    );
    refuses(
        "kind: Pod\napiVersion: v2\n",
        "s, document 1, line 2: apiVersion: expected \"v1\", found \"v2\"",
    );
    let errors = Inventory::new()
        .read("s", b"kind: Pod\napiVersion: v2\n")
        .unwrap_err();
    assert!(
        matches!(&errors.errors()[0].kind, ReadErrorKind::Version { expected: "v1", found } if found == "v2")
    );
}

#[test]
fn other_kinds_are_counted_in_order_of_first_sight() {
    let (errors, inventory) = read(
        "{apiVersion: foo.example/v1, kind: Node}\n---\n{apiVersion: v1, kind: Secret}\n---\n{apiVersion: apps/v1, kind: Deployment}\n---\n{apiVersion: v1, kind: SecretList, items: [{}, {}]}\n---\n{apiVersion: v1, kind: DaemonSet}\n---\n{apiVersion: foo.example/v1, kind: AllowList}\n",
    );
    assert_eq!(errors, "");
    assert!(inventory.nodes.is_empty() && inventory.daemon_sets.is_empty());
    let counted: Vec<_> = inventory
        .passed_over
        .iter()
        .map(|(kind, count)| (&**kind, *count))
        .collect();
    assert_eq!(
        counted,
        [
            ("Node.foo.example", 1),
            ("Secret", 3),
            ("Deployment.apps", 1),
            ("DaemonSet", 1),
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
    let errors = inventory
        .read(
            "t",
            b"apiVersion: v1\nkind: Pod\nmetadata: {name: a, uid: x}\n",
        )
        .unwrap_err();
    assert_eq!(
        errors.to_string(),
        "t, document 1, line 1: expected one Pod \"default/a\", found another with other content at s, document 1, line 1"
    );
    // A whole dump twice.
    let mut inventory = Inventory::new();
    inventory.read("a", FLEET.as_bytes()).unwrap();
    inventory.read("b", FLEET.as_bytes()).unwrap();
    assert_eq!(
        (
            inventory.daemon_sets.len(),
            inventory.nodes.len(),
            inventory.pods.len(),
            inventory.revisions.len()
        ),
        (1, 2, 1, 1)
    );
    assert_eq!(
        (inventory.repeated, inventory.passed_over["ConfigMap"]),
        (5, 2)
    );
    // What differs in a field that planning does not read differs for a DaemonSet, which is kept whole.
    let other = FLEET.replace("agent:1.0", "agent:1.1");
    let errors = inventory.read("c", other.as_bytes()).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "c, document 1, items[0], line 5: expected one DaemonSet \"infra/agent\", found another with other content at a, document 1, items[0], line 5"
    );
    // Objects without a name have none in common.
    let (errors, inventory) = read(
        "{apiVersion: v1, kind: Pod}\n---\n{apiVersion: v1, kind: Pod, spec: {nodeName: a}}\n",
    );
    assert_eq!((&*errors, inventory.pods.len()), ("", 2));
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
        inventory.daemon_sets[0].json["metadata"],
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
const MAP: &str = "a map of strings";
const I32: &str = "a 32-bit integer";
const I64: &str = "a 64-bit integer";
const SCALED: &str = "a 32-bit integer or a percentage";

/// Fields, and what belongs there.
type Fields = &'static [(&'static str, &'static str)];

/// Every field that is read.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, Fields)] = &[
    ("apps/v1", "DaemonSet", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("metadata/namespace", TEXT),
        ("metadata/uid", TEXT), ("metadata/generation", I64), ("metadata/creationTimestamp", TEXT),
        ("metadata/deletionTimestamp", TEXT), ("metadata/labels", MAP), ("metadata/labels/a", TEXT),
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
        ("spec/taints/0/effect", TEXT), ("spec/taints/0/timeAdded", TEXT), ("spec/unschedulable", TRUTH),
        ("status", OBJECT), ("status/conditions", LIST), ("status/conditions/0", OBJECT),
        ("status/conditions/0/type", TEXT), ("status/conditions/0/status", TEXT),
        ("status/conditions/0/reason", TEXT), ("status/conditions/0/lastHeartbeatTime", TEXT),
        ("status/conditions/0/lastTransitionTime", TEXT),
    ]),
    ("v1", "Pod", &[
        ("metadata", OBJECT), ("metadata/name", TEXT), ("spec", OBJECT), ("spec/nodeName", TEXT),
        ("spec/affinity", OBJECT), ("status", OBJECT), ("status/phase", TEXT), ("status/reason", TEXT),
        ("status/conditions", LIST), ("status/conditions/0/type", TEXT), ("status/conditions/0/status", TEXT),
        ("status/conditions/0/reason", TEXT), ("status/conditions/0/message", TEXT),
        ("status/conditions/0/lastTransitionTime", TEXT), ("status/containerStatuses", LIST),
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
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    for (key, value) in inner.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

#[test]
fn every_field_has_a_type() {
    for &(api_version, kind, fields) in FIELDS {
        for &(path, expected) in fields {
            for (wrong, found) in [
                (json!([]), "a list"),
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
                let mut shown = path.replace("/0", "[0]").replace('/', ".");
                if path.ends_with("~1c") {
                    shown = "metadata.annotations[a.b/c]".to_owned();
                }
                refuses(
                    &json,
                    &format!("s, document 1, line 1: {shown}: expected {expected}, found {found}"),
                );
            }
            // Null is the zero value, whatever the field.
            let json = object(api_version, kind, path, Value::Null).to_string();
            if !path.ends_with("/0") {
                assert_eq!(read(&json).0, "", "{json}");
            }
        }
    }
}

#[test]
fn times_are_read_as_the_api_writes_them() {
    refuses(
        "apiVersion: v1\nkind: Node\nmetadata:\n  creationTimestamp: yesterday\n",
        "s, document 1, line 4: metadata.creationTimestamp: expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found \"yesterday\"",
    );
}
