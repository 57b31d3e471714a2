//! Without a file, the cluster is asked by kubectl: here by a script in its place.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A folder with a kubectl that answers from files in it and keeps what it is asked.
struct Fake {
    folder: PathBuf,
}

const SCRIPT: &str = r#"#!/bin/sh
echo "$*" >> "$FAKE/asked"
case "$*" in
  *--watch-only*) for n in 1 2 3 4 5 6 7 8 9; do sleep 0.2; echo changed || exit; done; exec sleep 60 ;;
esac
if [ -f "$FAKE/forbidden-$2" ]; then
  echo "E0101 memcache: noise" >&2
  echo "Error from server (Forbidden): $2 is forbidden" >&2
  exit 1
fi
if [ -f "$FAKE/only-own-$2" ]; then
  case "$*" in *--all-namespaces*) echo "Error from server (Forbidden): $2 is forbidden" >&2; exit 1 ;; esac
fi
if [ "$1" = config ]; then cat "$FAKE/context"; exit; fi
if [ -f "$FAKE/$2.json" ]; then cat "$FAKE/$2.json"; else echo '{"apiVersion": "v1", "kind": "List", "items": []}'; fi
"#;

const SET: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "apps/v1", "kind": "DaemonSet",
   "metadata": {"name": "agent", "namespace": "infra", "uid": "1", "generation": 1},
   "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": []}}},
   "status": {"observedGeneration": 1, "desiredNumberScheduled": 1, "updatedNumberScheduled": UPDATED, "numberAvailable": UPDATED, "currentNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0}}]}"#;

const NODE: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a"}}]}"#;

impl Fake {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kubectl-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let fake = Self { folder };
        fake.write("kubectl", SCRIPT);
        let script = fake.folder.join("kubectl");
        fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
        fake.write("daemonsets.apps.json", &SET.replace("UPDATED", "0"));
        fake.write("nodes.json", NODE);
        fake
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsplan"));
        let path = format!(
            "{}:{}",
            self.folder.display(),
            std::env::var("PATH").unwrap()
        );
        command
            .args(arguments)
            .env("FAKE", &self.folder)
            .env("PATH", path);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn asked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join("asked")).unwrap_or_default();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn each_verb_asks_for_what_it_needs() {
    let fake = Fake::new("needs");
    assert!(fake.run(&["status", "-n", "infra"]).stderr.is_empty());
    assert_eq!(
        fake.asked(),
        ["get daemonsets.apps --namespace infra --output json --show-managed-fields"]
    );
    let (plan, _) = texts(&fake.run(&["plan", "-A", "--context", "far"]));
    assert!(plan.contains("node-a"), "{plan}");
    let asked = fake.asked();
    assert!(
        asked.contains(&"get nodes --context far --output json".to_owned()),
        "{asked:#?}"
    );
    assert!(
        asked.contains(&"get pods --context far --all-namespaces --output json".to_owned()),
        "{asked:#?}"
    );
    assert!(!asked.iter().any(|line| line.contains("events")));
    fake.run(&["explain"]);
    assert!(
        fake.asked()
            .contains(&"get events --output json".to_owned())
    );
}

#[test]
fn what_may_not_be_read_is_told_and_the_rest_answered() {
    let fake = Fake::new("forbidden");
    fake.write("forbidden-events", "");
    let output = fake.run(&["explain", "-n", "infra"]);
    let (text, said) = texts(&output);
    assert!(text.contains("infra/agent"), "{text}");
    assert!(
        said.contains("warning: may not be read, so not known: events"),
        "{said}"
    );
    fake.write("forbidden-nodes", "");
    let (_, said) = texts(&fake.run(&["explain", "-n", "infra"]));
    assert!(
        said.contains("warning: may not be read, so not known: nodes and events"),
        "{said}"
    );
    fake.write("only-own-pods", "");
    let (_, said) = texts(&fake.run(&["explain", "-n", "infra"]));
    assert!(
        said.contains("note: pods of other namespaces may not be read"),
        "{said}"
    );
    assert!(!said.contains("pods are not known"), "{said}");
}

#[test]
fn without_the_daemon_sets_there_is_no_answer() {
    let fake = Fake::new("none");
    fake.write("forbidden-daemonsets.apps", "");
    let output = fake.run(&["explain"]);
    let (text, said) = texts(&output);
    assert_eq!((output.status.code(), text.as_str()), (Some(2), ""));
    assert!(
        said.contains("kubectl does not get the DaemonSets: Error from server (Forbidden)"),
        "{said}"
    );
    let mut command = fake.command(&["explain", "dump"]);
    let output = command.env("PATH", "/nowhere").output().unwrap();
    let (_, said) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("no file dump: taken for a DaemonSet, and kubectl is asked"),
        "{said}"
    );
    assert!(said.contains("kubectl does not run"), "{said}");
}

#[test]
fn a_name_is_looked_for_in_its_namespace() {
    let fake = Fake::new("name");
    let (text, _) = texts(&fake.run(&["plan", "infra/agent"]));
    assert!(text.contains("node-a"), "{text}");
    assert!(fake.asked().contains(
        &"get daemonsets.apps --namespace infra --output json --show-managed-fields".to_owned()
    ));
}

#[test]
fn a_watch_answers_again_when_the_answer_changes() {
    let fake = Fake::new("watch");
    let mut command = fake.command(&["status", "-wn", "infra"]);
    let answers = fake.folder.join("answers");
    let file = fs::File::create(&answers).unwrap();
    let mut child = command.stdout(file).stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    let until = |wanted: &dyn Fn(&str) -> bool| {
        loop {
            let text = fs::read_to_string(&answers).unwrap();
            if wanted(&text) || begin.elapsed() > Duration::from_secs(50) {
                return text;
            }
            thread::sleep(Duration::from_millis(50));
        }
    };
    until(&|text| text.contains("not complete"));
    fake.write("daemonsets.apps.json", &SET.replace("UPDATED", "1"));
    let both = until(&|text| text.contains("is complete"));
    child.kill().unwrap();
    child.wait().unwrap();
    let at = |words: &str| both.find(words);
    assert!(
        at("is not complete") < at("is complete") && at("is complete").is_some(),
        "{both}"
    );
}

#[test]
fn a_watch_does_not_answer_again_because_time_goes_by() {
    let fake = Fake::new("watch-time");
    let mut command = fake.command(&["explain", "-n", "infra", "--watch"]);
    let answers = fake.folder.join("answers");
    let file = fs::File::create(&answers).unwrap();
    let mut child = command.stdout(file).stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    let reads = || {
        let asked = fake.asked();
        let of_sets = |line: &&String| {
            line.contains(
                "get daemonsets.apps --namespace infra --output json --show-managed-fields",
            )
        };
        asked.iter().filter(of_sets).count()
    };
    // The third answer has begun, so two are written.
    while reads() < 3 && begin.elapsed() < Duration::from_secs(50) {
        thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(reads() >= 3);
    let text = fs::read_to_string(&answers).unwrap();
    assert_eq!(
        text.matches("by the clock of this machine").count(),
        1,
        "{text}"
    );
}

#[test]
fn a_cluster_without_daemon_sets_is_told_with_where_was_looked() {
    let fake = Fake::new("empty");
    fs::remove_file(fake.folder.join("daemonsets.apps.json")).unwrap();
    for (arguments, place) in [
        (
            &["explain", "-n", "infra"][..],
            "no DaemonSet in namespace infra",
        ),
        (&["plan", "infra/agent"], "no DaemonSet in namespace infra"),
        (&["status", "-A"], "no DaemonSet in any namespace"),
        (
            &["explain"],
            "the namespace of kubectl's context; -A looks at all namespaces",
        ),
    ] {
        let output = fake.run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(texts(&output).1.contains(place), "{}", texts(&output).1);
    }
}

/// A new version alone is held against the cluster: in its own namespace, in that of kubectl's
/// context where it names none, or where `-n` says.
#[test]
fn a_new_version_is_held_against_the_cluster() {
    let fake = Fake::new("against");
    let new = |namespace: &str| {
        let metadata = format!("{{\"name\": \"agent\"{namespace}}}");
        let text = r#"{"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": META,
          "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": {"metadata": {"labels": {"app": "agent"}},
          "spec": {"containers": [{"name": "agent", "image": "agent:2"}]}}}}"#;
        let name = format!("new{}.json", namespace.len());
        fake.write(&name, &text.replace("META", &metadata));
        fake.folder.join(name).to_str().unwrap().to_owned()
    };
    fake.write("context", "infra");
    let (named, unnamed) = (new(", \"namespace\": \"infra\""), new(""));
    for arguments in [
        &["diff", &named][..],
        &["diff", &unnamed],
        &["diff", &unnamed, "-n", "infra"],
        &["diff", &named, "infra/agent"],
        &["diff", &named, "--context", "far"],
        &["forecast", &named],
    ] {
        let _ = fs::remove_file(fake.folder.join("asked"));
        let (said, complained) = texts(&fake.run(arguments));
        assert!(said.contains("infra/agent"), "{said}{complained}");
        assert!(said.contains("by the clock of this machine"), "{said}");
        let sets = |line: &&String| line.contains("daemonsets.apps") && line.contains("infra");
        let asked = fake.asked();
        assert_eq!(asked.iter().filter(sets).count(), 1, "{asked:#?}");
        assert!(asked.iter().any(|line| line.starts_with("get events")));
    }
    let (said, complained) = texts(&fake.run(&["diff", "agent"]));
    assert_eq!(said, "");
    assert!(
        complained.contains("expected the file with the new version, found no file agent"),
        "{complained}"
    );
}

#[test]
fn a_watch_has_no_file() {
    let fake = Fake::new("watched-file");
    fake.write("dump.yaml", "{}");
    let file = fake.folder.join("dump.yaml");
    let output = fake.run(&["status", "--watch", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(texts(&output).1.contains("expected no FILE with --watch"));
}

#[test]
fn linked_as_a_plugin_it_has_the_name_that_people_type() {
    let fake = Fake::new("plugin");
    for name in ["kubectl-dsplan", "kubectl_complete-dsplan"] {
        symlink(env!("CARGO_BIN_EXE_dsplan"), fake.folder.join(name)).unwrap();
    }
    let help = Command::new(fake.folder.join("kubectl-dsplan"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(
        texts(&help).0.contains("Usage: kubectl dsplan"),
        "{}",
        texts(&help).0
    );
    let mut complete = Command::new(fake.folder.join("kubectl_complete-dsplan"));
    let (text, _) = texts(&complete.args(["sta"]).output().unwrap());
    assert!(
        text.starts_with("status\t") && text.ends_with(":4\n"),
        "{text}"
    );
}

#[test]
fn the_manual_and_completions_are_printed() {
    let fake = Fake::new("manual");
    let (page, _) = texts(&fake.run(&["man"]));
    assert!(page.contains(".TH dsplan 1"), "{page}");
    let (page, _) = texts(&fake.run(&["man", "explain"]));
    assert!(page.contains("kubeconfig"), "{page}");
    assert_eq!(fake.run(&["man", "nonsense"]).status.code(), Some(2));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            !fake.run(&["completion", shell]).stdout.is_empty(),
            "{shell}"
        );
    }
}
