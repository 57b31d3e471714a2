//! Label selectors.

use daemonset::api::{LabelSelector, Labels};
use daemonset::matching::Selector;
use daemonset::matching::names::{
    is_dns_label, is_dns_subdomain, is_label_value, is_qualified_name,
};
use daemonset_testkit::scenario::{scenario, told};
use serde_json::{Value, json};

fn labels(text: &str) -> Labels {
    text.split_whitespace()
        .filter_map(|label| label.split_once('='))
        .collect()
}

fn selector(json: &Value) -> Result<Selector, String> {
    let written: Option<LabelSelector> = serde_json::from_value(json.clone()).unwrap();
    Selector::new(written.as_ref()).map_err(|error| error.to_string())
}

#[test]
fn what_matches() {
    let expression = |operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": "tier", "operator": operator, "values": values}]});
    for (written, given, matches) in [
        (Value::Null, "app=agent", false),
        (json!({}), "", true),
        (
            json!({"matchLabels": {"app": "agent"}}),
            "app=agent tier=a",
            true,
        ),
        (json!({"matchLabels": {"app": "agent"}}), "app=other", false),
        (json!({"matchLabels": {"app": "agent"}}), "", false),
        (json!({"matchLabels": {"app": ""}}), "app=", true),
        (json!({"matchLabels": {"app": ""}}), "", false),
        (
            json!({"matchLabels": {"app": "agent", "tier": "a"}}),
            "app=agent tier=b",
            false,
        ),
        (expression("In", &["a", "b"]), "tier=b", true),
        (expression("In", &["a", "b"]), "tier=c", false),
        (expression("In", &["a"]), "", false),
        (expression("NotIn", &["a"]), "tier=b", true),
        (expression("NotIn", &["a"]), "tier=a", false),
        (expression("NotIn", &["a"]), "", true),
        (expression("Exists", &[]), "tier=", true),
        (expression("Exists", &[]), "app=agent", false),
        (expression("DoesNotExist", &[]), "app=agent", true),
        (expression("DoesNotExist", &[]), "tier=a", false),
    ] {
        let selector = selector(&written).unwrap();
        assert_eq!(
            selector.matches(&labels(given)),
            matches,
            "{written} on {given:?}"
        );
    }
    // Labels and expressions must hold together.
    let both = json!({
        "matchLabels": {"app": "agent"},
        "matchExpressions": [{"key": "tier", "operator": "Exists"}],
    });
    let both = selector(&both).unwrap();
    assert!(both.matches(&labels("app=agent tier=a")));
    assert!(!both.matches(&labels("app=agent")));
    assert!(!both.matches(&labels("tier=a")));
}

#[test]
fn nothing_and_everything() {
    for (written, is_nothing, is_everything) in [
        (Value::Null, true, false),
        (json!({}), false, true),
        (
            json!({"matchLabels": {}, "matchExpressions": []}),
            false,
            true,
        ),
        (json!({"matchLabels": {"app": "agent"}}), false, false),
    ] {
        let selector = selector(&written).unwrap();
        assert_eq!(selector.is_nothing(), is_nothing, "{written}");
        assert_eq!(selector.is_everything(), is_everything, "{written}");
    }
}

#[test]
fn what_does_not_parse() {
    let expression = |key: &str, operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
    for (written, error) in [
        (
            json!({"matchLabels": {"bad key": "a"}}),
            r#"spec.selector.matchLabels["bad key"]: expected a qualified name, found "bad key""#,
        ),
        (
            json!({"matchLabels": {"app": "a b"}}),
            r#"spec.selector.matchLabels[app]: expected a label's value, found "a b""#,
        ),
        (
            expression("", "Exists", &[]),
            r#"spec.selector.matchExpressions[0].key: expected a qualified name, found """#,
        ),
        (
            expression("tier", "Gt", &["1"]),
            r#"spec.selector.matchExpressions[0].operator: expected In, NotIn, Exists or DoesNotExist, found "Gt""#,
        ),
        (
            expression("tier", "In", &[]),
            "spec.selector.matchExpressions[0].values: expected at least one value, found none",
        ),
        (
            expression("tier", "Exists", &["a"]),
            r#"spec.selector.matchExpressions[0].values: expected no values, found "a""#,
        ),
        (
            expression("tier", "NotIn", &["a", "-b"]),
            r#"spec.selector.matchExpressions[0].values[1]: expected a label's value, found "-b""#,
        ),
    ] {
        assert_eq!(selector(&written).unwrap_err(), error, "{written}");
    }
}

#[test]
fn names_and_values() {
    let long = "a".repeat(63);
    let longer = "a".repeat(64);
    for (text, is_value, is_name) in [
        ("", true, false),
        ("a", true, true),
        ("A-b_c.9", true, true),
        ("-a", false, false),
        ("a-", false, false),
        (".a", false, false),
        ("a b", false, false),
        ("é", false, false),
        (&long, true, true),
        (&longer, false, false),
        ("example.com/a", false, true),
        ("example.com/", false, false),
        ("/a", false, false),
        ("a/b/c", false, false),
        ("Example.com/a", false, false),
        ("-x.com/a", false, false),
        ("x..com/a", false, false),
    ] {
        assert_eq!(is_label_value(text), is_value, "value {text:?}");
        assert_eq!(is_qualified_name(text), is_name, "name {text:?}");
    }
}

#[test]
fn dns_names() {
    let long = "a".repeat(63);
    let longest = [long.as_str(); 3].join(".");
    let longest = format!("{longest}.{}", "a".repeat(61));
    let too_long = format!("{longest}a");
    for (text, is_subdomain, is_label) in [
        ("", false, false),
        ("a", true, true),
        ("a-1", true, true),
        ("1a", true, true),
        ("a.b", true, false),
        ("A", false, false),
        ("a_b", false, false),
        ("-a", false, false),
        ("a-", false, false),
        ("a.-b", false, false),
        ("a.", false, false),
        (&long, true, true),
        (&longest, true, false),
        (&too_long, false, false),
    ] {
        assert_eq!(is_dns_subdomain(text), is_subdomain, "subdomain {text:?}");
        assert_eq!(is_dns_label(text), is_label, "label {text:?}");
    }
}

/// Many requirements are asked as few are.
#[test]
fn many_requirements() {
    let entry = |at: usize| (format!("k{at}"), "v");
    let selector = LabelSelector {
        match_labels: (0..40).map(entry).collect(),
        ..LabelSelector::default()
    };
    let selector = Selector::new(Some(&selector)).unwrap();
    let all: Labels = (0..50).map(entry).collect();
    let but_one: Labels = (0..50).filter(|at| *at != 7).map(entry).collect();
    assert!(selector.matches(&all));
    assert!(!selector.matches(&but_one));
    for (labels, released) in [(all, false), (but_one, true)] {
        let mut world = scenario("a: new");
        world.set.spec.selector.as_mut().unwrap().match_labels = (0..40).map(entry).collect();
        world.pods[0].metadata.labels.extend(labels.iter());
        assert_eq!(told(&world.plan()).contains("release a1"), released);
    }
}
