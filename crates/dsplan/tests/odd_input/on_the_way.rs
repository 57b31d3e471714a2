//! What dumps go through on their way from the cluster changes no answer, or there is none.

use std::fs;

use super::{SET, dsplan, folder};

/// A list of a cluster's objects as kubectl prints it.
fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| indented(item)).collect();
    format!("apiVersion: v1\nitems:\n{items}kind: List\nmetadata:\n  resourceVersion: \"\"\n")
}

/// An item of it.
fn indented(object: &str) -> String {
    let mut lines = object.lines();
    let first = lines.next().unwrap_or_default();
    let rest: Vec<String> = lines.map(|line| format!("  {line}\n")).collect();
    format!("- {first}\n{}", rest.concat())
}

fn stored_node(name: &str, label: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  labels:\n    gpu: {label}\n  name: {name}\n  uid: u-{name}\nstatus: {{}}"
    )
}

/// What is answered of a file: the exit code, standard output and standard error.
fn answered(file: &str) -> (Option<i32>, String, String) {
    let output = dsplan(&["plan", file]).output().expect("the command runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn what_a_dump_went_through_changes_no_answer() {
    let set = SET.replace(
        "spec: {containers: [{name: agent, image: 'registry.example/agent:1'}]}",
        "spec:\n      nodeSelector:\n        gpu: \"true\"\n      containers: [{name: agent, image: 'registry.example/agent:1'}]",
    );
    let (set, node) = (set.trim_end(), stored_node("a", "\"true\""));
    let whole = list(&[set.to_owned(), node.clone()]);
    fs::write(folder().join("whole.yaml"), &whole).expect("the folder is writable");
    let (code, answer, said) = answered("whole.yaml");
    assert!(answer.contains("has no pod of it"), "{answer}{said}");
    let logged = "I1127 14:09:59.204121   18234 request.go:752] \"Waited before sending request\" delay=\"1.2s\" verb=\"GET\"";
    let json = |set: &str| {
        let set = set.replace('\n', "\\n");
        format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{set}]}}")
    };
    let json_node = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"a","uid":"u-a","labels":{"gpu":"true"}}}"#;
    let json_set = r#"{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent","namespace":"infra","uid":"u"},"spec":{"selector":{"matchLabels":{"app":"agent"}},"template":{"metadata":{"labels":{"app":"agent"}},"spec":{"nodeSelector":{"gpu":"true"},"containers":[{"name":"agent","image":"registry.example/agent:1"}]}}}}"#;
    let colours = whole.replace("kind: ", "\u{1b}[1;33mkind\u{1b}[0m: ");
    for (name, text, told) in [
        (
            "logged.yaml",
            format!("{logged}\nWarning: v1 ComponentStatus is deprecated\n{whole}"),
            "logged.yaml, document 1, line 1: passed over a line that is of no object",
        ),
        (
            "logged.json",
            format!("{logged}\n{}\n", json(&format!("{json_set},{json_node}"))),
            "line 1: passed over a line that is of no object",
        ),
        (
            "typed.yaml",
            format!("$ kubectl get ds,nodes -A -o yaml\n{whole}"),
            "line 1: passed over a line that is of no object",
        ),
        (
            "forbidden.yaml",
            format!("{whole}Error from server (Forbidden): events is forbidden\n"),
            "found a message of kubectl among the objects: Error from server (Forbidden): events is forbidden",
        ),
        (
            "coloured.yaml",
            colours,
            "expected text, found colours of a terminal",
        ),
        (
            "glued.yaml",
            format!(
                "{}{}",
                list(&[set.to_owned()]),
                list(std::slice::from_ref(&node))
            ),
            "expected `---` between two dumps, found none: read as two",
        ),
        (
            "unquoted.yaml",
            list(&[set.replace("\"true\"", "true"), stored_node("a", "true")]),
            "expected a string, found true: quotes were lost",
        ),
        (
            "older.yaml",
            whole.replace("apps/v1", "extensions/v1beta1"),
            "apiVersion: expected apps/v1, found \"extensions/v1beta1\", which is no longer served: read as the former",
        ),
        (
            "older-field.yaml",
            whole.replace("apps/v1", "extensions/v1beta1").replace(
                "    selector: {",
                "    templateGeneration: 3\n    selector: {",
            ),
            "no longer served",
        ),
    ] {
        fs::write(folder().join(name), text).expect("the folder is writable");
        let (of_it, said_of_it, warned) = answered(name);
        assert_eq!((of_it, &said_of_it), (code, &answer), "{name}: {warned}");
        assert_eq!(warned.matches("warning: ").count(), 1, "{name}: {warned}");
        assert!(warned.contains(told), "{name}: {warned}");
    }
}

#[test]
fn a_folder_stands_for_the_files_below_it() {
    let below = folder().join("dump");
    fs::create_dir_all(below.join("infra")).expect("the folder is writable");
    fs::write(below.join("infra/sets.yaml"), SET).expect("the folder is writable");
    fs::write(below.join("infra/logs.txt"), "no objects").expect("the folder is writable");
    fs::write(below.join("nodes.yaml"), stored_node("a", "x")).expect("the folder is writable");
    let (_, answer, said) = answered("dump");
    assert!(
        answer.contains("has no pod of it") && said.is_empty(),
        "{answer}{said}"
    );
    fs::create_dir_all(folder().join("none")).expect("the folder is writable");
    let (code, answer, said) = answered("none");
    assert_eq!((code, &*answer), (Some(2), ""), "{said}");
    assert!(
        said.contains("none: a folder, and no file in it ends in .yaml, .yml, .json"),
        "{said}"
    );
}

#[test]
fn a_manifest_is_held_to_what_the_server_takes() {
    let set = SET.replace(", uid: u", "");
    for (name, text, told) in [
        (
            "bare-older.yaml",
            set.replace("apps/v1", "extensions/v1beta1"),
            "expected apps/v1, found \"extensions/v1beta1\", did you mean apps/v1?",
        ),
        (
            "bare-number.yaml",
            set.replace("{app: agent}", "{app: 5}"),
            "expected a string, found 5",
        ),
    ] {
        fs::write(folder().join(name), text).expect("the folder is writable");
        let (code, answer, said) = answered(name);
        assert_eq!(code, Some(2), "{name}: {answer}{said}");
        assert!(said.contains(told), "{name}: {said}");
    }
}

#[test]
fn two_clusters_in_one_get_no_answer() {
    let other = SET.replace("uid: u", "uid: v");
    fs::write(folder().join("two.yaml"), format!("{SET}---\n{other}"))
        .expect("the folder is writable");
    let (code, answer, said) = answered("two.yaml");
    assert_eq!((code, &*answer), (Some(2), ""), "{said}");
    assert!(said.contains("these are dumps of two clusters"), "{said}");
}

/// A dump of a cluster in which the set has this version, and of which the node says this at that time.
fn dump(uid: &str, version: &str, gpu: &str, at: &str) -> String {
    let set = SET.replacen(
        "metadata: {name: agent, namespace: infra",
        &format!("metadata: {{name: agent, namespace: infra, resourceVersion: '{version}'"),
        1,
    );
    assert_ne!(set, SET);
    let set = set.replacen("uid: u", &format!("uid: {uid}"), 1);
    let node = format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  uid: node-a\n  labels:\n    gpu: '{gpu}'\nstatus:\n  conditions:\n  \
         - type: Ready\n    status: 'True'\n    lastHeartbeatTime: '{at}'"
    );
    list(&[set.trim_end().to_owned(), node])
}

#[test]
fn of_two_dumps_of_one_cluster_the_later_one_counts() {
    let gone = "apiVersion: v1\nkind: Node\nmetadata:\n  name: gone\n  uid: node-g\nstatus: {}";
    let (early, late) = ("2026-03-01T12:00:00Z", "2026-03-01T12:12:00Z");
    let earlier = dump("u", "1007", "a", early);
    let earlier = earlier.replacen("items:\n", &format!("items:\n{}", indented(gone)), 1);
    let later = dump("u", "1012", "b", late);
    let write = |name: &str, text: &str| {
        fs::write(folder().join(name), text).expect("the folder is writable");
    };
    write("later.yaml", &later);
    let (code, answer, said) = answered("later.yaml");
    assert!(
        answer.contains("has no pod of it") && said.is_empty(),
        "{answer}{said}"
    );
    for (name, text, number) in [
        ("both.yaml", format!("{earlier}---\n{later}"), 2),
        ("turned.yaml", format!("{later}---\n{earlier}"), 1),
    ] {
        write(name, &text);
        let (of_it, said_of_it, warned) = answered(name);
        assert_eq!((of_it, &said_of_it), (code, &answer), "{name}: {warned}");
        assert_eq!(warned.matches("warning: ").count(), 1, "{name}: {warned}");
        assert!(!warned.contains("error: "), "{name}: {warned}");
        let told =
            format!("the later one, {name}, document {number}, counts, and nothing of the other");
        assert!(warned.contains(&told), "{name}: {warned}");
    }
    // Which is the later one is not known, or they are not of one cluster, or one has no uid and may be a manifest.
    let unlike = [
        (
            "torn.yaml",
            dump("u", "1012", "a", early),
            dump("u", "1007", "b", late),
        ),
        (
            "still.yaml",
            dump("u", "1007", "a", early),
            dump("u", "1007", "b", early),
        ),
        (
            "clusters.yaml",
            dump("u", "1007", "a", early),
            dump("v", "1012", "b", late),
        ),
        (
            "manifest.yaml",
            SET.replacen("uid: u", "generation: 1", 1),
            later.clone(),
        ),
    ];
    for (name, first, second) in unlike {
        write(name, &format!("{first}---\n{second}"));
        let (of_it, _, warned) = answered(name);
        assert_eq!(of_it, Some(2), "{name}: {warned}");
        assert!(warned.contains("error: "), "{name}: {warned}");
        assert!(
            !warned.contains("dumps of one cluster:"),
            "{name}: {warned}"
        );
    }
}
