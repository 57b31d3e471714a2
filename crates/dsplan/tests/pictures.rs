//! The pictures that `forecast` writes: whole files that need nothing else, whose words do not lie on
//! one another.

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use serde_json::{Value, json};

const HASH: &str = "7b545c6cf7";

fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "agent"}},
        "spec": {
            "containers": [{
                "name": "agent", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {},
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "securityContext": {},
            "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30,
        },
    })
}

fn daemon_set(image: &str, budget: usize) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": template(image),
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": budget, "maxSurge": 0},
            },
        },
    })
}

/// A rolled out DaemonSet on so many nodes, in zones of these names.
fn dump(nodes: usize, budget: usize, zones: &[&str]) -> Value {
    let mut set = daemon_set("agent:1", budget);
    set["metadata"]["uid"] = "set".into();
    let owner = json!([{
        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "set",
        "controller": true, "blockOwnerDeletion": true,
    }]);
    let mut data = template("agent:1");
    data["$patch"] = "replace".into();
    let mut items = vec![
        set,
        json!({
            "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": 1,
            "metadata": {
                "name": format!("agent-{HASH}"), "namespace": "infra", "uid": "revision",
                "labels": {"app": "agent", "controller-revision-hash": HASH},
                "ownerReferences": owner,
            },
            "data": {"spec": {"template": data}},
        }),
    ];
    for at in 0..nodes {
        let node = format!("node-{at:04}");
        items.push(json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": node, "labels": {"zone": zones[at % zones.len()]}},
        }));
        items.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("agent-{at}"), "namespace": "infra", "uid": format!("pod-{at}"),
                "creationTimestamp": "2026-03-01T12:00:00Z", "ownerReferences": owner,
                "labels": {"app": "agent", "controller-revision-hash": HASH},
            },
            "spec": {"nodeName": node},
            "status": {"phase": "Running", "conditions": [{
                "type": "Ready", "status": "True",
                "lastTransitionTime": format!("2026-03-01T12:00:{:02}Z", 10 + at % 40),
            }]},
        }));
    }
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// The picture and the page of a rollout, with these arguments.
fn pictures(name: &str, dump: &Value, budget: usize, more: &[&str]) -> [String; 2] {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::write(file("old.json"), dump.to_string()).unwrap();
    fs::write(file("new.json"), daemon_set("agent:2", budget).to_string()).unwrap();
    let mut arguments: Vec<String> = more.iter().map(|it| (*it).to_owned()).collect();
    if let Some(at) = more.iter().position(|it| *it == "--policy") {
        fs::write(file("policy.yaml"), more[at + 1]).unwrap();
        arguments[at + 1] = file("policy.yaml");
    }
    let done = Command::new(env!("CARGO_BIN_EXE_dsplan"))
        .args([
            "forecast",
            &file("old.json"),
            &file("new.json"),
            "--runs",
            "50",
        ])
        .args(["--svg", &file("a.svg"), "--html", &file("a.html")])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        done.status.code() < Some(2),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    [file("a.svg"), file("a.html")].map(|file| fs::read_to_string(file).unwrap())
}

/// Where the words of a picture are: from, to and at what height.
fn words(svg: &str) -> Vec<(f64, f64, f64, String)> {
    let one = Regex::new(
        r#"(?s)<text x="(-?\d+)" y="(-?\d+)"[^>]*?font-size="([\d.]+)"[^>]*>\s*(.*?)\s*</text>"#,
    )
    .unwrap();
    let anchored = |tag: &str, text: &str| tag.contains(&format!("text-anchor=\"{text}\""));
    let mut all = Vec::new();
    for found in one.captures_iter(svg) {
        if found[0].contains("rotate") {
            continue;
        }
        let number = |at: usize| found[at].parse::<f64>().unwrap();
        #[allow(clippy::cast_precision_loss)]
        let wide = found[4].chars().count() as f64 * number(3) * 0.6;
        let from = match &found[0] {
            tag if anchored(tag, "middle") => number(1) - wide / 2.0,
            tag if anchored(tag, "end") => number(1) - wide,
            _ => number(1),
        };
        all.push((from, from + wide, number(2), found[4].to_owned()));
    }
    all
}

fn assert_whole(svg: &str, html: &str) {
    for text in [svg, html] {
        let links = text.replace("http://www.w3.org/2000/svg", "");
        for outside in [
            "http:", "https:", "<script", "url(", "@import", " src=", " href=",
        ] {
            assert!(!links.contains(outside), "{outside}");
        }
        assert!(text.contains("prefers-color-scheme:dark"));
        assert!(!text.contains("NaN") && !text.contains("inf,"));
    }
    assert!(html.contains("class=\"narrow\"") && html.contains("class=\"wide\""));
    let all = html.split("<svg ").skip(1).chain([svg]);
    for picture in all {
        let words = words(picture);
        assert!(words.len() > 8, "{words:?}");
        for (at, one) in words.iter().enumerate() {
            for other in &words[at + 1..] {
                let meets = one.0 < other.1 && other.0 < one.1;
                assert!(
                    !meets || (one.2 - other.2).abs() >= 9.0,
                    "{one:?} {other:?}"
                );
            }
        }
    }
}

#[test]
fn one_node() {
    let [svg, html] = pictures("one-node", &dump(1, 1, &["a"]), 1, &[]);
    assert_whole(&svg, &html);
    assert!(svg.contains("maxUnavailable 1"));
}

#[test]
fn a_stall() {
    let faults = ["--node-failure", "100"];
    let [svg, html] = pictures("a-stall", &dump(40, 4, &["a"]), 4, &faults);
    assert_whole(&svg, &html);
    assert!(html.contains("stalls in each of 50 runs"));
}

#[test]
fn waves() {
    let zones = ["north", "south", "east", "west"];
    let policy = "waves: [{topologyKey: zone, soak: 2m}]";
    let [svg, html] = pictures("waves", &dump(40, 4, &zones), 4, &["--policy", policy]);
    assert_whole(&svg, &html);
    for zone in zones {
        assert!(svg.contains(zone), "{zone}");
        assert!(
            html.contains(&format!("<li>{zone} is done after")),
            "{zone}"
        );
    }
}

#[test]
fn waves_with_more_names_than_there_is_room_for() {
    let zones: Vec<String> = (0..24)
        .map(|at| format!("a-zone-with-a-long-name-{at}"))
        .collect();
    let zones: Vec<&str> = zones.iter().map(String::as_str).collect();
    let policy = "waves: [{topologyKey: zone}]";
    let [svg, html] = pictures("many-waves", &dump(48, 4, &zones), 4, &["--policy", policy]);
    assert_whole(&svg, &html);
}

#[test]
fn names_are_no_markup() {
    let zones = ["<b>&\"", "\u{202e}x"];
    let policy = "waves: [{topologyKey: zone, soak: 1h}]";
    let [svg, html] = pictures("markup", &dump(10, 2, &zones), 2, &["--policy", policy]);
    for text in [svg, html] {
        assert!(!text.contains("<b>") && !text.contains('\u{202e}'));
        assert!(text.contains("&lt;b&gt;&amp;"));
    }
}
