//! Odd input is named as what it is, with its file; output that was not written is a failure.

#[path = "odd_input/on_the_way.rs"]
mod on_the_way;

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SET: &str = "apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: infra, uid: u}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: 'registry.example/agent:1'}]}
";

const SNAPSHOT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../examples/snapshots/stuck-rollout.yaml"
);

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("odd-input");
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn dsplan(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dsplan"));
    command.args(arguments).current_dir(folder());
    command
}

/// The exit code and everything that is printed.
fn said(arguments: &[&str]) -> (Option<i32>, String) {
    let output = dsplan(arguments).output().expect("the command runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("UTF-8"),
    )
}

#[test]
fn what_is_no_manifest_is_named() {
    for (name, text, named) in [
        (
            "empty.yaml",
            "",
            "empty.yaml: expected YAML or JSON, found an empty file",
        ),
        (
            "comment.yaml",
            "# nothing\n",
            "comment.yaml: expected YAML or JSON, found no object",
        ),
        (
            "get.txt",
            "NAME    DESIRED   CURRENT   READY   AGE\nagent   3         3         3       4d\n",
            "get.txt, line 1: expected YAML or JSON, found the table that kubectl get prints; ask it for -o yaml",
        ),
        (
            "describe.txt",
            "Name:           agent\nSelector:       app=agent\n",
            "describe.txt, line 1: expected YAML or JSON, found what kubectl describe prints",
        ),
        (
            "status.json",
            r#"{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "is forbidden", "code": 403}"#,
            "status.json, document 1, line 1: expected an object, found an answer of the API server: is forbidden",
        ),
        (
            "cut.json",
            r#"{"apiVersion": "apps/v1", "kind": "Daem"#,
            "cut.json, document 1, line 1: not JSON: the text ends in the middle",
        ),
        (
            "cut.yaml",
            "metadata:\n  name: \"age",
            "cut.yaml, document 1, line 2: not YAML: ",
        ),
        (
            "text.txt",
            "No resources found in infra namespace.\n",
            "text.txt, line 1: expected YAML or JSON, found a message of kubectl",
        ),
        (
            "slip.yaml",
            "apiVersion: apps/v1\nkind: Daemonset\nmetadata: {name: a}\n",
            "slip.yaml, document 1, line 2: kind: expected DaemonSet, found \"Daemonset\", did you mean DaemonSet?",
        ),
        (
            "core.yaml",
            "apiVersion: v1\nkind: DaemonSet\nmetadata: {name: a}\n",
            "core.yaml, document 1, line 1: apiVersion: expected apps/v1, found \"v1\", did you mean apps/v1?",
        ),
    ] {
        fs::write(folder().join(name), text).expect("it can be written");
        for verb in [
            "explain", "plan", "status", "history", "undo", "validate", "lint",
        ] {
            let (code, said) = said(&[verb, name]);
            assert!(said.contains(named), "{verb} {name}: {said}");
            assert!(said.contains("expected a DaemonSet, found none"), "{said}");
            assert_eq!(code, Some(2), "{verb} {name}: {said}");
        }
        // Beside a DaemonSet it is told, and the rest is answered.
        fs::write(folder().join("set.yaml"), SET).expect("it can be written");
        let (_, said) = said(&["validate", "set.yaml", name]);
        assert!(said.contains(named), "{said}");
        assert!(said.contains("infra/agent: valid"), "{said}");
    }
}

#[test]
fn a_missing_file_is_not_taken_for_a_name() {
    fs::write(folder().join("named.yaml"), SET).expect("it can be written");
    for (last, told) in [
        ("missing.yaml", "missing.yaml: No such file"),
        ("./missing", "./missing: No such file"),
        (
            "missing.txt",
            "missing.txt: no such file, and no DaemonSet of that name: expected DaemonSet */missing.txt, found infra/agent",
        ),
        (
            "infra/agnt",
            "infra/agnt: no such file, and no DaemonSet of that name: expected DaemonSet infra/agnt, found infra/agent; did you mean infra/agent?",
        ),
    ] {
        let (code, said) = said(&["plan", "named.yaml", last]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(told), "{said}");
    }
    assert_eq!(said(&["validate", "named.yaml", "agent"]).0, Some(0));
    assert_eq!(said(&["validate", "named.yaml", "infra/agent"]).0, Some(0));
}

#[test]
fn old_and_new_are_held_apart() {
    fs::write(folder().join("new.yaml"), SET).expect("it can be written");
    let other = SET.replace("name: agent, namespace", "name: other, namespace");
    fs::write(folder().join("other.yaml"), other).expect("it can be written");
    let (code, text) = said(&["validate", "new.yaml", "--old", "other.yaml"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("expected DaemonSet infra/agent in other.yaml"),
        "{text}"
    );
    assert!(!text.contains("valid"), "{text}");
    for twice in [
        &["validate", "-", "--old", "-"][..],
        &["validate", "-", "-"],
        &["diff", "-", "-"],
    ] {
        let (code, text) = said(twice);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("standard input"), "{text}");
    }
}

/// The verbs, each with what it reads.
const VERBS: [&[&str]; 17] = [
    &["plan"],
    &["explain"],
    &["explain", "--matrix"],
    &[
        "explain",
        "--node",
        "ip-10-0-1-10.eu-west-1.compute.internal",
    ],
    &["status"],
    &["history"],
    &["history", "--revision", "1"],
    &["undo"],
    &["validate"],
    &["lint"],
    &["lint", "-o", "sarif"],
    &["lint", "-o", "junit"],
    &["lint", "-o", "github"],
    &["validate", "-o", "json"],
    &["fit"],
    &["overhead"],
    &["report"],
];

/// `-n` gives manifests without a namespace that one, with every command and on both sides.
#[test]
fn what_names_no_namespace_is_put_into_the_one_asked_for() {
    let nowhere = SET.replace("namespace: infra, uid: u", "labels: {a: b}");
    let node = "---\napiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
    let broken = nowhere.replace("selector:", "minReadySeconds: x\n  selector:");
    fs::write(folder().join("here.yaml"), SET.to_owned() + node).expect("written");
    fs::write(folder().join("nowhere.yaml"), &nowhere).expect("written");
    fs::write(folder().join("newer.yaml"), nowhere.replace(":1'", ":2'")).expect("written");
    fs::write(folder().join("nowhere-broken.yaml"), broken).expect("written");
    for (arguments, told) in [
        (
            &["forecast", "here.yaml", "newer.yaml", "-n", "infra"][..],
            "infra/agent: ",
        ),
        (
            &["diff", "here.yaml", "newer.yaml", "-n", "infra"],
            "infra/agent",
        ),
        (
            &["diff", "nowhere.yaml", "newer.yaml", "-n", "infra"],
            "agent:1",
        ),
        (
            &["diff", "here.yaml", "nowhere-broken.yaml", "-n", "infra"],
            "refused",
        ),
        (&["lint", "nowhere.yaml", "-n", "infra"], "infra/agent"),
        (
            &["validate", "nowhere.yaml", "-n", "infra"],
            "infra/agent: valid",
        ),
        (
            &[
                "validate",
                "nowhere.yaml",
                "--old",
                "here.yaml",
                "-n",
                "infra",
            ],
            "infra/agent: valid",
        ),
        (
            &["validate", "nowhere-broken.yaml", "-n", "infra"],
            "minReadySeconds",
        ),
    ] {
        let (_, said) = said(arguments);
        assert!(said.contains(told), "{arguments:?}: {said}");
        assert!(!said.contains("default/agent"), "{arguments:?}: {said}");
        assert!(!said.contains("new DaemonSet"), "{arguments:?}: {said}");
    }
}

fn asked(verb: &[&str]) -> Command {
    let mut command = dsplan(verb);
    command.args([SNAPSHOT, "kube-system/calico-node"]);
    command.stderr(Stdio::null());
    command
}

fn all() -> Vec<Command> {
    let mut all: Vec<_> = VERBS.iter().map(|verb| asked(verb)).collect();
    all.push(dsplan(&["diff", SNAPSHOT, SNAPSHOT]));
    all.extend(
        [
            &["rule"][..],
            &["rule", "no-budget"],
            &["--help"],
            &["help", "plan"],
        ]
        .map(dsplan),
    );
    all
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_a_failure() {
    for mut command in all() {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        command
            .stdout(full.expect("Linux has it"))
            .stderr(Stdio::null());
        let status = command.status().expect("the command runs");
        assert_eq!(status.code(), Some(2), "{command:?}");
    }
}

#[test]
fn a_reader_that_reads_nothing_is_a_failure() {
    for mut command in all() {
        let (reader, writer) = std::io::pipe().expect("there are pipes");
        drop(reader);
        command.stdout(writer).stderr(Stdio::null());
        let status = command.status().expect("the command runs");
        assert_eq!(status.code(), Some(2), "{command:?}");
    }
}

/// `dsplan history … | head -1` has read enough.
#[test]
fn a_reader_may_stop_early() {
    // More than a pipe holds.
    let sets: Vec<_> = (0..2_000)
        .map(|at| {
            SET.replace(
                "name: agent, namespace",
                &format!("name: agent-{at}, namespace"),
            )
        })
        .collect();
    let file = folder().join("many.yaml");
    fs::write(&file, sets.join("---\n")).expect("it can be written");
    let mut child = dsplan(&["history", "many.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    let mut first = [0];
    let mut out = child.stdout.take().expect("it is piped");
    out.read_exact(&mut first).expect("something is printed");
    drop(out);
    // No revision of any is given, which is a finding.
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

/// `dsplan undo … > f && kubectl apply -f f` must not apply a part of it.
#[cfg(target_os = "linux")]
#[test]
fn half_a_manifest_is_not_for_applying() {
    let script = "ulimit -f 1; exec \"$0\" undo \"$1\" kube-system/calico-node > cut.out";
    let status = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_dsplan"), SNAPSHOT])
        .current_dir(folder())
        .stderr(Stdio::null())
        .status()
        .expect("bash runs");
    // The limit ends the process with a signal, or fails the write.
    assert!(!status.success(), "{status}");
}

/// A pod whose restarts are no number is there all the same, and a node whose processors are none should
/// run the daemon; what they do not tell is not known.
#[test]
fn what_does_not_read_in_a_status_takes_no_object_away() {
    let snapshot = fs::read_to_string(SNAPSHOT).expect("the snapshot");
    let odd = snapshot.replace("restartCount: 0", "restartCount: 'none'");
    assert_ne!(odd, snapshot);
    let file = folder().join("odd-status.yaml");
    fs::write(&file, odd).expect("the file can be written");
    let told = |file: &str| {
        let output = dsplan(&["plan", file]).output().expect("the command runs");
        let told = String::from_utf8(output.stdout).expect("UTF-8");
        (output.status.code(), told)
    };
    let (_, whole) = told(SNAPSHOT);
    let (code, odd) = told(file.to_str().expect("UTF-8"));
    assert_eq!(code, Some(2));
    let unread = "Not all of the input was read, as the errors tell: this is said of the rest.\n";
    assert!(odd.contains(unread), "{odd}");
    assert_eq!(odd.replace(unread, ""), whole);

    let node = "apiVersion: v1
kind: Node
metadata: {name: node-a}
status: {allocatable: {cpu: four, memory: 1Gi, pods: '9'}}
";
    fs::write(&file, format!("{SET}---\n{node}")).expect("the file can be written");
    let (code, fits) = said(&["fit", "odd-status.yaml"]);
    assert_eq!(code, Some(2));
    assert!(fits.contains("cannot tell for 1 of 1 node"), "{fits}");
}

#[test]
fn no_more_is_read_than_the_limit() {
    let endless = |limit: &str, bytes: usize| {
        let mut child = dsplan(&["validate", "-", "--max-size", limit])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut input = child.stdin.take().expect("it is piped");
        let comment = vec![b'x'; 65_536];
        let line = [SET.as_bytes(), b"# ", &comment, b"\n---\n"].concat();
        let mut written = 0;
        while written < bytes && input.write_all(&line).is_ok() {
            written += line.len();
        }
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        (output.status.code(), written, said)
    };
    let (code, written, said) = endless("1", usize::MAX);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("expected at most 1048576 bytes, found more"),
        "{said}"
    );
    assert!(written < 2 << 20, "{written}");
    let (code, _, said) = endless("4", 2 << 20);
    assert_eq!(code, Some(0), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn endless_bytes_are_no_text() {
    let (code, said) = said(&["validate", "/dev/zero"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("/dev/zero: expected YAML or JSON, found bytes that are no text"),
        "{said}"
    );
}

#[test]
fn what_undo_prints_can_be_applied() {
    let output = asked(&["undo"])
        .args(["-o", "json"])
        .output()
        .expect("the command runs");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let metadata = object["metadata"].as_object().expect("an object");
    // With these, kubectl apply conflicts, or sends what the API server refuses or ignores.
    for field in [
        "resourceVersion",
        "uid",
        "generation",
        "creationTimestamp",
        "managedFields",
    ] {
        assert!(!metadata.contains_key(field), "{field}");
    }
    assert!(object.get("status").is_none());
    let generation = "deprecated.daemonset.template.generation";
    let dump = fs::read_to_string(SNAPSHOT).expect("it is there");
    let count = metadata["annotations"][generation]
        .as_str()
        .expect("a text");
    let before: i64 = count.parse::<i64>().expect("a number") - 1;
    assert!(
        dump.contains(&format!("{generation}: \"{before}\"")),
        "{count}"
    );
}

/// `kubectl rollout restart` sets an annotation that no manifest says, and `kubectl apply` keeps it.
#[test]
fn undo_tells_what_apply_would_not_take_back() {
    let template = |annotations: &str, image: &str| {
        format!(
            "{{metadata: {{labels: {{app: agent}}{annotations}}}, spec: {{containers: [{{name: agent, image: '{image}'}}]}}}}"
        )
    };
    let last = "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"app\":\"agent\"}},\"spec\":{\"containers\":[{\"name\":\"agent\",\"image\":\"agent:2\"}]}}}}";
    let dump = |annotations: &str| {
        let revision = |number: usize, template: &str| {
            let template = template.replacen('{', "{$patch: replace, ", 1);
            format!(
                "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {{name: agent-{number}, namespace: infra, labels: {{app: agent, controller-revision-hash: h{number}}}, ownerReferences: [{{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: u, controller: true}}]}}\ndata: {{spec: {{template: {template}}}}}\nrevision: {number}\n"
            )
        };
        let (old, new) = (template("", "agent:1"), template(annotations, "agent:2"));
        let set = format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata:\n  name: agent\n  namespace: infra\n  uid: u\n  annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{last}'}}\nspec:\n  selector: {{matchLabels: {{app: agent}}}}\n  template: {new}\n"
        );
        [set, revision(1, &old), revision(2, &new)].join("---\n")
    };
    let restarted = ", annotations: {kubectl.kubernetes.io/restartedAt: '2026-03-01T12:00:00Z'}";
    for (name, annotations, is_left) in [
        ("restarted.yaml", restarted, true),
        ("plain.yaml", "", false),
    ] {
        fs::write(folder().join(name), dump(annotations)).expect("it can be written");
        let (code, said) = said(&["undo", name]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("image: agent:1"), "{said}");
        let is_told = said.contains("kubectl apply would not go back all the way")
            && said.contains("restartedAt");
        assert_eq!(is_told, is_left, "{said}");
    }
}
