//! What was given in place of what was meant is named.

use super::{read, refuses};

fn object(api_version: &str, kind: &str) -> String {
    format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n")
}

#[test]
fn kinds_and_versions() {
    for (api_version, kind, expected) in [
        (
            "apps/v1",
            "Daemonset",
            "2: kind: expected DaemonSet, found \"Daemonset\", did you mean DaemonSet?",
        ),
        (
            "apps/v1",
            "daemonset",
            "2: kind: expected DaemonSet, found \"daemonset\", did you mean DaemonSet?",
        ),
        (
            "apps/v1",
            "DeamonSet",
            "2: kind: expected DaemonSet, found \"DeamonSet\", did you mean DaemonSet?",
        ),
        (
            "v1",
            "Nodes",
            "2: kind: expected Node, found \"Nodes\", did you mean Node?",
        ),
        (
            "v1",
            "pod",
            "2: kind: expected Pod, found \"pod\", did you mean Pod?",
        ),
        (
            "v1",
            "DaemonSet",
            "1: apiVersion: expected apps/v1, found \"v1\", did you mean apps/v1?",
        ),
        (
            "apps/v1",
            "Pod",
            "1: apiVersion: expected v1, found \"apps/v1\", did you mean v1?",
        ),
        (
            "app/v1",
            "DaemonSet",
            "1: apiVersion: expected apps/v1, found \"app/v1\", did you mean apps/v1?",
        ),
        (
            "extensions/v1beta1",
            "DaemonSet",
            "1: apiVersion: expected apps/v1, found \"extensions/v1beta1\", did you mean apps/v1?",
        ),
        (
            "apps/v1beta2",
            "ControllerRevision",
            "1: apiVersion: expected apps/v1, found \"apps/v1beta2\", did you mean apps/v1?",
        ),
        (
            "v2",
            "Pod",
            "1: apiVersion: expected v1, found \"v2\", did you mean v1?",
        ),
    ] {
        refuses(
            object(api_version, kind),
            &format!("s, document 1, line {expected}"),
        );
    }
    for (api_version, kind) in [
        ("v1", "Config"),
        ("v1", "PodTemplate"),
        ("apps/v1", "Deployment"),
        ("apps.kruise.io/v1alpha1", "DaemonSet"),
        ("example.com/v1", "Daemonset"),
        ("batch/v1", "Job"),
    ] {
        assert_eq!(
            read(object(api_version, kind)).0,
            "",
            "{api_version} {kind}"
        );
    }
    // A list says it once, and not once an item.
    refuses(
        "apiVersion: apps/v1\nkind: DaemonsetList\nitems: [{}, {}, {}]\n",
        "s, document 1, line 2: kind: expected DaemonSetList, found \"DaemonsetList\", did you mean DaemonSetList?",
    );
}

#[test]
fn what_kubectl_prints_for_people() {
    for (source, what) in [
        (
            "NAME    DESIRED   CURRENT   READY   AGE\nagent   3         3         3       4d\n",
            "the table that kubectl get prints",
        ),
        (
            "NAMESPACE     NAME    DESIRED\nkube-system   agent   3\n",
            "the table that kubectl get prints",
        ),
        (
            "Name:           agent\nSelector:       app=agent\nNode-Selector:  <none>\n",
            "what kubectl describe prints",
        ),
    ] {
        refuses(
            source,
            &format!("s, line 1: expected YAML or JSON, found {what}; ask it for -o yaml"),
        );
    }
}

#[test]
fn answers_of_the_api_server() {
    let status = r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden",
        "message": "daemonsets.apps is forbidden: User \"a\" cannot list it"}"#;
    refuses(
        status,
        "s, document 1, line 1: expected an object, found an answer of the API server: daemonsets.apps is forbidden: User \\\"a\\\" cannot list it",
    );
}

#[test]
fn files_that_were_cut() {
    // kubectl writes the kind of a list behind its items.
    let (said, inventory) =
        read("apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node\n  metadata: {name: a}\n");
    assert_eq!(
        said,
        "s, document 1, line 1: kind: expected a kind such as DaemonSet, found nothing; a list whose kind is not there looks cut short"
    );
    assert!(inventory.nodes.is_empty(), "a part of a cluster is none");
    for cut in [
        "a: 1\nb",
        "a: 1\nb: [c",
        "a: 1\nb: \"c",
        "{\"a\": 1, \"b",
        "{\"a\": tru",
    ] {
        let (said, _) = read(cut);
        assert!(
            ["cut short", "found the end", "ends in the middle"]
                .iter()
                .any(|it| said.contains(it)),
            "{cut:?}: {said}"
        );
    }
    assert!(!read("a: 1\nb\nc: 2\n").0.contains("cut short"));
}
