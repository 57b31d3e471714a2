//! `-o sarif`, `-o junit` and `-o github` hold what their readers require.

use std::process::{Command, Output};
use std::sync::Once;

use quick_xml::Reader;
use quick_xml::events::Event;
use regex::Regex;
use serde_json::Value;

/// Two DaemonSets with findings of every severity, a document that is refused and one that cannot
/// be read; in names what the formats must escape.
const INPUT: &str = r#"apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: infra}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {"100%<&>, a:b\u001b[31m\u202e": "x"}
      containers:
      - {name: agent, image: "registry.example/agent:1", ports: [{containerPort: 80, hostPort: 80}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: other, namespace: infra}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      hostNetwork: maybe
      containers:
      - {name: other, image: "registry.example/other:1", ports: [{containerPort: 80}]}
---
a: {b
"#;

/// The file's name has what a URI, an attribute and a property must escape.
const NAME: &str = "a b%,:&.yaml";

fn run(arguments: &[&str]) -> Output {
    // Written once, so that no test reads what another one is about to write.
    static WRITTEN: Once = Once::new();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    WRITTEN.call_once(|| {
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join(NAME), INPUT).expect("it can be written");
    });
    Command::new(env!("CARGO_BIN_EXE_dsplan"))
        .args(arguments)
        .arg(NAME)
        .current_dir(folder)
        .output()
        .expect("the command runs")
}

fn text(arguments: &[&str]) -> String {
    let out = String::from_utf8(run(arguments).stdout).expect("UTF-8");
    let is_harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!out.contains(is_harmful), "{out}");
    out
}

/// What the schema of SARIF 2.1.0 requires of what we write.
fn assert_sarif(log: &Value) {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    };
    let level = |value: &Value| {
        let levels = ["none", "note", "warning", "error"];
        assert!(
            levels.contains(&value.as_str().expect("a level")),
            "{value}"
        );
    };
    assert_eq!(log["version"], "2.1.0");
    for run in log["runs"].as_array().expect("runs") {
        let driver = &run["tool"]["driver"];
        assert_eq!(text(&driver["name"]).as_deref(), Some("dsplan"));
        let rules = driver["rules"].as_array().expect("rules");
        let ids: Vec<_> = (rules.iter())
            .map(|rule| text(&rule["id"]).expect("an id"))
            .collect();
        let mut unique = ids.clone();
        unique.dedup();
        assert_eq!(ids, unique, "each rule once");
        for rule in rules {
            for message in ["shortDescription", "help"] {
                if let Some(message) = rule.get(message) {
                    text(&message["text"]).expect("a text");
                }
            }
            if let Some(configuration) = rule.get("defaultConfiguration") {
                level(&configuration["level"]);
            }
            if let Some(uri) = rule.get("helpUri") {
                assert!(text(uri).expect("a URI").starts_with("https://"));
            }
        }
        for result in run["results"].as_array().expect("results") {
            text(&result["message"]["text"]).expect("a message");
            level(&result["level"]);
            assert!(ids.contains(&text(&result["ruleId"]).expect("a rule")));
            for location in result["locations"].as_array().expect("locations") {
                let physical = &location["physicalLocation"];
                let uri = &physical["artifactLocation"]["uri"];
                assert_eq!(uri, "a%20b%25%2C%3A%26.yaml");
                if let Some(region) = physical.get("region") {
                    assert!(region["startLine"].as_u64().expect("a line") >= 1);
                }
                for logical in location["logicalLocations"].as_array().expect("a list") {
                    text(&logical["fullyQualifiedName"]).expect("a name");
                }
            }
        }
    }
}

#[test]
fn sarif_has_what_its_schema_requires() {
    for verb in ["lint", "validate"] {
        let log: Value = serde_json::from_str(&text(&[verb, "-o", "sarif"])).expect("JSON");
        assert_sarif(&log);
        let results = log["runs"][0]["results"].as_array().expect("results");
        // What could not be read is told, too.
        let rules: Vec<_> = results
            .iter()
            .filter_map(|it| it["ruleId"].as_str())
            .collect();
        assert!(
            rules.contains(&"syntax") || rules.contains(&"cut-short"),
            "{rules:?}"
        );
        assert!(rules.contains(&"wrong-type"), "{rules:?}");
    }
}

#[test]
fn junit_is_well_formed_and_counts_right() {
    for (level, some_pass) in [("error", true), ("info", false)] {
        let xml = text(&["lint", "-o", "junit", "--fail-level", level]);
        let mut reader = Reader::from_str(&xml);
        let (mut tests, mut failures, mut counted) = (0, 0, (0, 0));
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                    b"testcase" => tests += 1,
                    b"failure" => failures += 1,
                    b"testsuites" => {
                        let number = |name: &str| {
                            let found = tag.try_get_attribute(name).expect("well-formed");
                            let value = found.expect("it is there").value;
                            std::str::from_utf8(&value).expect("UTF-8").parse::<usize>()
                        };
                        let of = |name: &str| number(name).expect("a number");
                        counted = (of("tests"), of("failures"));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        assert_eq!((tests, failures), counted);
        assert_eq!(failures < tests, some_pass, "{xml}");
    }
}

#[test]
fn a_workflow_command_is_one_line_and_escaped() {
    let command = Regex::new(
        "^::(error|warning|notice) title=[a-z0-9-]+,file=a b%25%2C%3A&.yaml(,line=[0-9]+)?::[^\n]+$",
    )
    .expect("valid");
    for verb in ["lint", "validate"] {
        let out = text(&[verb, "-o", "github"]);
        assert!(out.lines().count() >= 2, "{out}");
        for line in out.lines() {
            assert!(command.is_match(line), "{line}");
            let (_, message) = line.rsplit_once("::").expect("a message");
            assert!(!message.replace("%25", "").contains('%'), "{line}");
        }
    }
}

#[test]
fn the_level_decides_on_the_exit_code() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/input/manifests");
    for (arguments, code) in [
        (&["lint", "base.yaml"][..], 1),
        (&["lint", "base.yaml", "--fail-level", "error"], 0),
        (&["lint", "base.yaml", "--fail-level", "never"], 0),
        (
            &["lint", "startup-probe-only.yaml", "--fail-level", "info"],
            0,
        ),
        (&["lint", "base.yaml", "--off", "missing-requests"], 0),
        (
            &[
                "lint",
                "base.yaml",
                "--off",
                "missing-requests",
                "--fail-level",
                "info",
            ],
            1,
        ),
        (&["validate", "env-twice.yaml"], 0),
        (
            &["validate", "env-twice.yaml", "--fail-level", "warning"],
            1,
        ),
        (&["validate", "no-image.yaml"], 1),
        (&["rule", "virtual-node"], 0),
        (&["rule", "no-such-rule"], 2),
    ] {
        let status = Command::new(env!("CARGO_BIN_EXE_dsplan"))
            .args(arguments)
            .current_dir(folder)
            .output()
            .expect("the command runs")
            .status;
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
}
