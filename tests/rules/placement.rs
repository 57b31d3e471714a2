//! Placement: does this node run the daemon, and what stands against it?

use daemonset::api::{Node, PodTemplate};
use daemonset::matching::ComparisonOperators;
use daemonset::placement::{Rules, Verdict};
use serde_json::{Value, json};

use Verdict::{Exclude, KeepExisting, Run};

fn node(labels: &str, taints: &str) -> Node {
    let labels: daemonset::api::Labels = (labels.split_whitespace())
        .filter_map(|label| label.split_once('='))
        .collect();
    let mut node = Node::default();
    node.metadata.name = "node-a".into();
    node.metadata.labels = labels;
    node.spec.taints = (taints.split_whitespace())
        .map(|taint| taint.parse().unwrap())
        .collect();
    node
}

fn place(spec: &Value, node: &Node) -> (Verdict, Vec<String>) {
    let template = PodTemplate::try_from(json!({"spec": spec})).unwrap();
    let rules = Rules::new(&template);
    let placement = rules.place(node);
    assert_eq!(placement.verdict, rules.verdict(node));
    let obstacles = placement.obstacles.iter().map(ToString::to_string);
    (placement.verdict, obstacles.collect())
}

fn required(terms: &Value) -> Value {
    json!({"affinity": {"nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
    }}})
}

#[test]
fn node_name_and_node_selector() {
    for (spec, labels, verdict, obstacle) in [
        // template                             labels      then
        (json!({}), "", Run, ""),
        (json!({"nodeName": "node-a"}), "", Run, ""),
        (
            json!({"nodeName": "node-b"}),
            "",
            Exclude,
            "the template names node node-b",
        ),
        (
            json!({"nodeSelector": {"gpu": "a100"}}),
            "gpu=a100",
            Run,
            "",
        ),
        (
            json!({"nodeSelector": {"gpu": "a100"}}),
            "gpu=t4",
            Exclude,
            r#"nodeSelector wants gpu=a100, node has "t4""#,
        ),
        (
            json!({"nodeSelector": {"gpu": ""}}),
            "",
            Exclude,
            "nodeSelector wants gpu=, node has no such label",
        ),
        (json!({"nodeSelector": {"gpu": ""}}), "gpu=", Run, ""),
        // A value that could never be a label's just compares.
        (
            json!({"nodeSelector": {"gpu": "a b"}}),
            "gpu=a",
            Exclude,
            r#"nodeSelector wants gpu=a b, node has "a""#,
        ),
        (
            json!({"nodeSelector": {"gpu": "A"}}),
            "gpu=a",
            Exclude,
            r#"nodeSelector wants gpu=A, node has "a""#,
        ),
    ] {
        let (found, obstacles) = place(&spec, &node(labels, ""));
        assert_eq!(
            (found, obstacles.join("; ").as_str()),
            (verdict, obstacle),
            "{spec}"
        );
    }
}

/// One requirement on one label: operator, values, the label, and whether it holds.
#[test]
fn requirements_on_labels() {
    for (operator, values, label, holds) in [
        ("In", &["a", "b"][..], "zone=b", true),
        ("In", &["a"], "zone=b", false),
        ("In", &["a"], "", false),
        ("In", &[""], "zone=", true),
        ("In", &[], "zone=a", false),
        ("NotIn", &["a"], "zone=b", true),
        ("NotIn", &["a"], "zone=a", false),
        ("NotIn", &["a"], "", true),
        ("NotIn", &[], "zone=b", false),
        ("Exists", &[], "zone=", true),
        ("Exists", &[], "", false),
        ("Exists", &["a"], "zone=a", false),
        ("DoesNotExist", &[], "", true),
        ("DoesNotExist", &[], "zone=", false),
        ("DoesNotExist", &["a"], "", false),
        ("Gt", &["5"], "zone=6", true),
        ("Gt", &["5"], "zone=5", false),
        ("Gt", &["5"], "zone=-6", false),
        ("Gt", &["5"], "zone=08", true),
        ("Gt", &["5"], "zone=+8", true),
        ("Gt", &["5"], "zone=six", false),
        ("Gt", &["5"], "", false),
        ("Gt", &["-5"], "zone=6", false),
        (
            "Gt",
            &["9223372036854775807"],
            "zone=9223372036854775807",
            false,
        ),
        ("Gt", &["5"], "zone=9223372036854775808", false),
        ("Gt", &["5", "6"], "zone=7", false),
        ("Gt", &[], "zone=7", false),
        ("Gt", &["five"], "zone=7", false),
        ("Lt", &["5"], "zone=4", true),
        ("Lt", &["5"], "zone=5", false),
        ("Lt", &["5"], "zone=-9", true),
        ("in", &["a"], "zone=a", false),
        ("", &["a"], "zone=a", false),
    ] {
        let requirement = json!({"key": "zone", "operator": operator, "values": values});
        let spec = required(&json!([{"matchExpressions": [requirement]}]));
        let expected = if holds { Run } else { Exclude };
        let (found, _) = place(&spec, &node(label, ""));
        assert_eq!(found, expected, "{operator} {values:?} on {label:?}");
    }
    // A key that is no qualified name, or a value that no label has, never holds.
    for (key, value) in [
        ("no key", "a"),
        ("", "a"),
        ("-x", "a"),
        ("zone", "a b"),
        ("zone", "-a"),
    ] {
        let requirement = json!({"key": key, "operator": "NotIn", "values": [value]});
        let spec = required(&json!([{"matchExpressions": [requirement]}]));
        assert_eq!(place(&spec, &node("", "")).0, Exclude, "{key:?} {value:?}");
    }
}

/// One requirement on the field `metadata.name`, or another.
#[test]
fn requirements_on_fields() {
    for (key, operator, values, holds) in [
        ("metadata.name", "In", &["node-a"][..], true),
        ("metadata.name", "In", &["node-b"], false),
        ("metadata.name", "In", &["node-a", "node-b"], false),
        ("metadata.name", "In", &[], false),
        ("metadata.name", "NotIn", &["node-b"], true),
        ("metadata.name", "NotIn", &["node-a"], false),
        ("metadata.name", "Exists", &[], false),
        ("metadata.name", "Gt", &["5"], false),
        // A field that a node does not have reads as the empty string.
        ("metadata.uid", "In", &[""], true),
        ("metadata.uid", "In", &["node-a"], false),
        ("metadata.uid", "NotIn", &["node-a"], true),
    ] {
        let field = json!({"key": key, "operator": operator, "values": values});
        let spec = required(&json!([{"matchFields": [field]}]));
        let expected = if holds { Run } else { Exclude };
        assert_eq!(
            place(&spec, &node("", "")).0,
            expected,
            "{key} {operator} {values:?}"
        );
    }
}

/// One term must match, with everything in it; empty ones match nothing, malformed ones never.
#[test]
fn terms() {
    let is = |value: &str| json!({"key": "zone", "operator": "In", "values": [value]});
    let has = |key: &str| json!({"key": key, "operator": "Exists"});
    let named = |name: &str| json!({"key": "metadata.name", "operator": "In", "values": [name]});
    for (terms, verdict, obstacle) in [
        (
            json!([]),
            Exclude,
            "the required node affinity has no term that could match",
        ),
        (
            json!([{}]),
            Exclude,
            "the required node affinity has no term that could match",
        ),
        (json!([{}, {"matchExpressions": [is("a")]}]), Run, ""),
        (
            json!([{"matchExpressions": [is("b")]}, {"matchExpressions": [is("a")]}]),
            Run,
            "",
        ),
        (
            json!([{"matchExpressions": [has("zone"), has("disk")]}]),
            Exclude,
            "disk",
        ),
        (
            json!([{"matchExpressions": [is("a")], "matchFields": [named("node-a")]}]),
            Run,
            "",
        ),
        (
            json!([{"matchExpressions": [is("a")], "matchFields": [named("node-b")]}]),
            Exclude,
            "metadata.name",
        ),
        (
            json!([{"matchExpressions": [is("b")]}, {"matchFields": [named("node-b")]}]),
            Exclude,
            "; ",
        ),
        // A malformed term never matches; the others count all the same.
        (
            json!([{"matchExpressions": [{"key": "zone", "operator": "Is"}]}, {"matchExpressions": [is("a")]}]),
            Run,
            "",
        ),
        (
            json!([{"matchExpressions": [{"key": "zone", "operator": "Is"}]}]),
            Exclude,
            "Is",
        ),
    ] {
        let (found, obstacles) = place(&required(&terms), &node("zone=a", ""));
        assert_eq!(found, verdict, "{terms}");
        assert_eq!(obstacles.is_empty(), obstacle.is_empty(), "{terms}");
        let text = obstacles.join("");
        assert!(text.contains(obstacle), "{terms}: {text}");
    }
    // Preferred terms decide nothing, and neither does an affinity without required ones.
    for affinity in [
        json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "preference": {"matchExpressions": [is("b")]}},
        ]}}),
        json!({"nodeAffinity": {}}),
        json!({"podAntiAffinity": {}}),
    ] {
        let spec = json!({"affinity": affinity});
        assert_eq!(place(&spec, &node("zone=a", "")).0, Run, "{spec}");
    }
}

#[test]
fn taints() {
    for (taints, verdict, obstacles) in [
        ("", Run, ""),
        (
            "gpu:NoSchedule",
            KeepExisting,
            "untolerated taint gpu:NoSchedule",
        ),
        (
            "gpu=a100:NoExecute",
            Exclude,
            "untolerated taint gpu=a100:NoExecute",
        ),
        ("gpu:PreferNoSchedule", Run, ""),
        ("full:NoSchedule", Run, ""),
        (
            "full:NoExecute",
            Exclude,
            "untolerated taint full:NoExecute",
        ),
        (
            "gpu:NoSchedule gpu:NoExecute full:NoSchedule",
            Exclude,
            "untolerated taint gpu:NoSchedule; untolerated taint gpu:NoExecute",
        ),
    ] {
        let spec = json!({"tolerations": [{"key": "full", "effect": "NoSchedule"}]});
        let (found, told) = place(&spec, &node("", taints));
        assert_eq!(
            (found, told.join("; ").as_str()),
            (verdict, obstacles),
            "{taints}"
        );
    }
    // The field is not read: the taint is.
    let mut cordoned = node("", "");
    cordoned.spec.unschedulable = true;
    assert_eq!(place(&json!({}), &cordoned).0, Run);
}

/// Everything that stands against a node is told, and the worst of it decides.
#[test]
fn all_obstacles_are_told() {
    let spec = json!({
        "nodeName": "node-b",
        "nodeSelector": {"gpu": "a100", "disk": "ssd"},
        "affinity": required(&json!([]))["affinity"],
    });
    let (verdict, obstacles) = place(&spec, &node("gpu=t4", "full:NoSchedule"));
    assert_eq!(verdict, Exclude);
    assert_eq!(
        obstacles,
        [
            "the template names node node-b",
            "nodeSelector wants disk=ssd, node has no such label",
            r#"nodeSelector wants gpu=a100, node has "t4""#,
            "the required node affinity has no term that could match",
            "untolerated taint full:NoSchedule",
        ]
    );
}

#[test]
fn verdicts() {
    for (verdict, id, sentence, should_run, should_continue) in [
        (Run, "run", "runs the daemon", true, true),
        (
            KeepExisting,
            "keepExisting",
            "gets no new pod, and an existing one stays",
            false,
            true,
        ),
        (Exclude, "exclude", "does not run the daemon", false, false),
    ] {
        assert_eq!(verdict.id(), id);
        assert_eq!(verdict.to_string(), sentence);
        assert_eq!(verdict.should_run(), should_run);
        assert_eq!(verdict.should_continue_running(), should_continue);
    }
    assert!(Exclude < KeepExisting && KeepExisting < Run);
}

/// Of each obstacle the best verdict that a node with it can get.
#[test]
fn what_an_obstacle_allows() {
    for (spec, taint, allowed) in [
        (json!({"nodeName": "node-b"}), "", Exclude),
        (json!({"nodeSelector": {"gpu": "a100"}}), "", Exclude),
        (required(&json!([])), "", Exclude),
        (json!({}), "gpu:NoSchedule", KeepExisting),
        (json!({}), "gpu:NoExecute", Exclude),
    ] {
        let template = PodTemplate::try_from(json!({"spec": spec})).unwrap();
        let placement = Rules::new(&template).place(&node("", taint));
        let [obstacle] = placement.obstacles.as_slice() else {
            panic!("{placement:?}");
        };
        assert_eq!(obstacle.allows(), allowed, "{obstacle}");
    }
}

/// Of every term all that does not hold is told.
#[test]
fn terms_that_do_not_match_are_told() {
    let requires = |key: &str| json!({"key": key, "operator": "Exists"});
    let spec = required(&json!([
        {"matchExpressions": [requires("gpu"), requires("zone"), requires("disk")]},
        {"matchExpressions": [requires("rack")]},
    ]));
    let (_, obstacles) = place(&spec, &node("zone=a", ""));
    assert_eq!(
        obstacles,
        [
            "no required node affinity term matches: gpu Exists, node has no such label and \
          disk Exists, node has no such label; rack Exists, node has no such label"
        ]
    );
}

/// What of a node the rules read, so that whoever keeps verdicts knows when to ask again.
#[test]
fn what_is_read_of_a_node() {
    let on_name = json!([{"matchFields":
        [{"key": "metadata.name", "operator": "In", "values": ["node-a"]}]}]);
    let on_label = json!([{"matchExpressions": [{"key": "zone", "operator": "Exists"}]}]);
    for (spec, name, keys) in [
        (json!({}), false, &[][..]),
        (json!({"nodeName": "node-a"}), true, &[]),
        (json!({"nodeSelector": {"gpu": "a100"}}), false, &["gpu"]),
        (required(&on_name), true, &[]),
        (required(&on_label), false, &["zone"]),
    ] {
        let template = PodTemplate::try_from(json!({"spec": spec})).unwrap();
        let rules = Rules::new(&template);
        assert_eq!(rules.reads_name(), name, "{spec}");
        assert_eq!(rules.label_keys().collect::<Vec<_>>(), keys, "{spec}");
        assert_eq!(rules.comparison_operators(), ComparisonOperators::Off);
        let rules = rules.with_comparison_operators(ComparisonOperators::On);
        assert_eq!(rules.comparison_operators(), ComparisonOperators::On);
    }
}

/// Many labels are asked for as few are.
#[test]
fn many_labels() {
    let keys: Vec<String> = (0..40).map(|at| format!("k{at}")).collect();
    let labels = |value: &str| -> String {
        let labels = keys.iter().map(|key| format!("{key}={value} "));
        labels.collect()
    };
    let (with_all, with_others) = (labels("v"), labels("w"));
    let but_one = with_all.replacen("k7=v", "", 1);
    let selector: serde_json::Map<_, _> = keys.iter().map(|k| (k.clone(), json!("v"))).collect();
    let requirements: Value = (keys.iter())
        .map(|key| json!({"key": key, "operator": "In", "values": ["v"]}))
        .collect();
    for spec in [
        json!({"nodeSelector": selector}),
        required(&json!([{"matchExpressions": requirements}])),
    ] {
        for (labels, verdict, told) in [
            (&with_all, Run, 0),
            (&but_one, Exclude, 1),
            (&with_others, Exclude, 40),
        ] {
            let (found, obstacles) = place(&spec, &node(labels, ""));
            assert_eq!(found, verdict, "{labels}");
            let told_of = |kind: &str| obstacles.join("; ").matches(kind).count();
            assert_eq!(told_of("node has "), told, "{obstacles:?}");
        }
    }
}
