//! What holds for the public types: results read back from JSON, one casing, errors that say all of
//! it once, and types that may be sent to other threads.

use std::error::Error;
use std::fmt::Debug;

use daemonset::api::{
    ControllerRevision, DaemonSet, IntOrString, LabelSelector, Node, Pod, PodTemplate, Taint,
    Timestamp, Toleration,
};
use daemonset::matching::{Requirement, Selector};
use daemonset::outcome::{EventReason, EventType, Outcome, RolloutStatus};
use daemonset::ownership::Claim;
use daemonset::placement::{Placement, Verdict};
use daemonset::revision::{RollbackError, history, roll_back};
use daemonset::rollout::{Backoff, Budget, NodeState, Strategy as UpdateStrategy};
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Action, Cluster, Options, Plan, Planner, Reason};
use daemonset_testkit::World;
use daemonset_testkit::generate::{Oddity, worlds};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Writes a value, reads it back, and looks at how its keys and tags are written.
fn read_back<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let json = serde_json::to_value(value).expect("it is written");
    prop_assert_eq!(
        &serde_json::from_value::<T>(json.clone()).expect("it reads"),
        value
    );
    let text = serde_json::to_string(value).expect("it is written");
    prop_assert_eq!(&serde_json::from_str::<T>(&text).expect("it reads"), value);
    prop_assert_eq!(badly_cased(&json), None);
    Ok(())
}

/// A key or a tag that is not in camel case.
fn badly_cased(json: &Value) -> Option<String> {
    const TAGS: &[&str] = &[
        "action", "reason", "kind", "mode", "state", "check", "verdict", "subject", "type",
    ];
    let is_camel = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    match json {
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            // An event speaks the API's own words, and back-off is kept by the names of nodes.
            let is_api = key == "kind" && matches!(value.as_str(), Some("Normal" | "Warning"));
            if key == "nodes" {
                return None;
            }
            let tag = value
                .as_str()
                .filter(|_| TAGS.contains(&key.as_str()) && !is_api);
            [Some(key.as_str()), tag]
                .into_iter()
                .flatten()
                .find(|text| !is_camel(text))
                .map(str::to_owned)
                .or_else(|| badly_cased(value))
        }),
        Value::Array(items) => items.iter().find_map(badly_cased),
        _ => None,
    }
}

fn results_read_back(world: &World) -> Result<(), TestCaseError> {
    let Some(planner) = world.try_planner() else {
        return Ok(());
    };
    let plan = planner.plan(&world.cluster());
    read_back(&plan)?;
    for action in &plan.actions {
        read_back(action)?;
    }
    let blind = Planner::with_options(&world.set, world.options()).expect("it parses");
    read_back(&blind.plan(&world.cluster_without_revisions()))?;
    for node in &world.nodes {
        read_back(&planner.place(node))?;
    }
    read_back(&RolloutStatus::of(&world.set))?;
    read_back(&world.options())?;
    read_back(planner.strategy())?;
    for entry in history(&world.set, &world.revisions) {
        read_back(&entry)?;
    }
    let selector = planner.selector();
    prop_assert_eq!(
        &selector.to_string().parse::<Selector>().expect("it reads"),
        selector
    );
    for object in world.nodes.iter().flat_map(|node| &node.spec.taints) {
        if let Ok(read) = object.to_string().parse::<Taint>() {
            prop_assert_eq!(read.to_string(), object.to_string());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn results_of_stored_clusters_read_back(world in worlds(Oddity::Stored)) {
        results_read_back(&world)?;
    }

    #[test]
    fn results_of_odd_clusters_read_back(world in worlds(Oddity::Anything)) {
        results_read_back(&world)?;
    }
}

#[test]
fn ids_are_written_as_they_read() {
    fn check<T: Copy + PartialEq + Debug + Serialize + DeserializeOwned + std::str::FromStr>(
        all: &[T],
        id: impl Fn(T) -> &'static str,
    ) where
        T::Err: Debug,
    {
        for &one in all {
            assert_eq!(id(one).parse::<T>().unwrap(), one);
            assert_eq!(json!(one), json!(id(one)));
            assert_eq!(serde_json::from_value::<T>(json!(id(one))).unwrap(), one);
            assert_eq!(all.iter().filter(|other| id(**other) == id(one)).count(), 1);
        }
    }
    check(Reason::ALL, Reason::id);
    check(Verdict::ALL, Verdict::id);
    check(Claim::ALL, Claim::id);
    check(EventType::ALL, EventType::id);
    check(EventReason::ALL, EventReason::id);
    let error = "Run".parse::<Verdict>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected run, keepExisting or exclude, found "Run""#
    );
}

fn set(spec: &Value) -> DaemonSet {
    serde_json::from_value(json!({"metadata": {"name": "agent"}, "spec": spec})).unwrap()
}

/// An error's text is all of it, so there is no source that would be told a second time.
#[test]
fn errors_say_all_of_it_once() {
    fn check(error: &dyn Error, text: &str) {
        assert_eq!(error.to_string(), text);
        assert!(error.source().is_none(), "{text}");
    }

    let selector = |selector: Value| {
        let set = set(&json!({"selector": selector}));
        Planner::new(&set).expect_err("the selector is malformed")
    };
    for (written, text) in [
        (
            json!({"matchLabels": {"bad key": "a"}}),
            r#"spec.selector.matchLabels["bad key"]: expected a qualified name, found "bad key""#,
        ),
        (
            json!({"matchLabels": {"example.com/a": "-"}}),
            r#"spec.selector.matchLabels[example.com/a]: expected a label's value, found "-""#,
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "Exists"}, {"key": "a", "operator": "Gt", "values": ["1"]}]}),
            r#"spec.selector.matchExpressions[1].operator: expected In, NotIn, Exists or DoesNotExist, found "Gt""#,
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "In"}]}),
            "spec.selector.matchExpressions[0].values: expected at least one value, found none",
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}),
            r#"spec.selector.matchExpressions[0].values: expected no values, found "b""#,
        ),
        (
            json!({"matchExpressions": [{"key": "", "operator": "Exists"}]}),
            r#"spec.selector.matchExpressions[0].key: expected a qualified name, found """#,
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b", "a b"]}]}),
            r#"spec.selector.matchExpressions[0].values[1]: expected a label's value, found "a b""#,
        ),
    ] {
        check(&selector(written), text);
    }

    let strategy = |name: &str| {
        let budget = json!({"rollingUpdate": {name: "1O%"}});
        UpdateStrategy::new(&set(&json!({"updateStrategy": budget})).spec)
    };
    for name in ["maxUnavailable", "maxSurge"] {
        let error = strategy(name).limits(3).unwrap_err();
        let path = format!("spec.updateStrategy.rollingUpdate.{name}");
        check(
            &error,
            &format!(r#"{path}: expected an integer or a percentage, found "1O%""#),
        );
        assert_eq!(error.path, path);
    }
    check(
        &IntOrString::from("1O%").scaled(3).unwrap_err(),
        r#"expected an integer or a percentage, found "1O%""#,
    );
    check(
        &"soon".parse::<Timestamp>().unwrap_err(),
        r#"expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found "soon""#,
    );
    check(
        &PodTemplate::try_from(json!([])).unwrap_err(),
        "template: expected an object, found a list",
    );

    let agent = set(&json!({"selector": {"matchLabels": {"app": "agent"}}}));
    let revision = |data: Value| {
        let owner = json!({"name": "agent", "controller": true});
        let metadata =
            json!({"name": "agent-1", "labels": {"app": "agent"}, "ownerReferences": [owner]});
        let revision = json!({"metadata": metadata, "revision": 1, "data": data});
        serde_json::from_value::<ControllerRevision>(revision).unwrap()
    };
    let refused = |data: Value| roll_back(&agent, &[revision(data)], Some(1)).unwrap_err();
    check(
        &refused(json!({})),
        r#"ControllerRevision agent-1: data: expected {"spec": {"template": …}}"#,
    );
    let error = refused(json!({"spec": {"template": {"spec": {"tolerations": [5]}}}}));
    assert!(matches!(error, RollbackError::Template { .. }));
    let text = error.to_string();
    assert!(
        text.starts_with("ControllerRevision agent-1: data.spec.template.spec.tolerations[0]: "),
        "{text}"
    );
    assert!(error.source().is_none());
    check(
        &roll_back(&agent, &[revision(json!({}))], Some(2)).unwrap_err(),
        "the DaemonSet has no revision 2; it has 1",
    );
    check(
        &roll_back(&agent, &[], None).unwrap_err(),
        "the DaemonSet has no earlier revision",
    );
}

/// What a reader of the whole manifest is told of a template at fault.
#[test]
fn a_set_with_a_faulty_template_names_the_field() {
    let read = serde_json::from_value::<DaemonSet>(json!({
        "spec": {"template": {"spec": {"tolerations": [{}, {"key": 5}]}}},
    }));
    let text = read.unwrap_err().to_string();
    assert!(
        text.starts_with("template.spec.tolerations[1].key: "),
        "{text}"
    );
}

#[test]
fn an_invalid_budget_reads_back() {
    let outcome = Outcome::InvalidBudget(
        UpdateStrategy::new(
            &set(&json!({"updateStrategy": {"rollingUpdate": {"maxSurge": "x"}}})).spec,
        )
        .limits(1)
        .unwrap_err(),
    );
    let json = json!(outcome);
    assert_eq!(
        json,
        json!({
            "kind": "invalidBudget",
            "path": "spec.updateStrategy.rollingUpdate.maxSurge",
            "found": "x",
        }),
    );
    assert_eq!(serde_json::from_value::<Outcome>(json).unwrap(), outcome);
    assert_eq!(
        outcome.to_string(),
        r#"no rolling update: spec.updateStrategy.rollingUpdate.maxSurge: expected an integer or a percentage, found "x""#,
    );
}

#[test]
fn budgets_print_their_figures() {
    for (json, text) in [
        (
            json!({"mode": "unavailable", "maxUnavailable": 3, "unavailable": 1, "remaining": 2}),
            "maxUnavailable is 3: 1 used, 2 left",
        ),
        (
            json!({"mode": "surge", "maxSurge": 2, "surging": 2, "remaining": 0, "spare": 1}),
            "maxSurge is 2: 2 used, 0 left, 1 spare",
        ),
    ] {
        let budget: Budget = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(budget.to_string(), text);
        assert_eq!(json!(budget), json);
    }
}

#[test]
fn types_may_be_shared_between_threads() {
    fn check<T: Send + Sync + Debug + Clone>() {}
    check::<DaemonSet>();
    check::<Node>();
    check::<Pod>();
    check::<ControllerRevision>();
    check::<LabelSelector>();
    check::<Toleration>();
    check::<Selector>();
    check::<Requirement>();
    check::<Cluster<'_>>();
    check::<Options>();
    check::<Planner>();
    check::<Plan>();
    check::<Action>();
    check::<Placement>();
    check::<NodeState>();
    check::<Backoff>();
    check::<Tracker>();
    check::<SetId>();
}

/// The file that `examples/from_yaml.rs` reads, with an API that is plain serde.
#[test]
fn the_example_file_plans_as_its_comment_says() {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<Value>,
    }
    fn of<T: DeserializeOwned>(list: &List, kind: &str) -> Vec<T> {
        let items = list.items.iter().filter(|item| item["kind"] == kind);
        items
            .map(|item| serde_json::from_value(item.clone()).unwrap())
            .collect()
    }
    let list: List = serde_yaml::from_str(include_str!("../examples/from_yaml.yaml")).unwrap();
    let (nodes, pods): (Vec<Node>, Vec<Pod>) = (of(&list, "Node"), of(&list, "Pod"));
    let revisions: Vec<ControllerRevision> = of(&list, "ControllerRevision");
    let sets: Vec<DaemonSet> = of(&list, "DaemonSet");
    let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    let planner = Planner::in_cluster(&sets[0], &cluster, &Options::default()).unwrap();
    let plan = planner.plan(&cluster);
    let changes: Vec<_> = plan.actions.iter().filter_map(Action::reason).collect();
    assert_eq!(changes, [Reason::Outdated]);
    assert_eq!(plan.status.updated_number_scheduled, 0);
    assert_eq!(plan.status.desired_number_scheduled, 2);
    assert_eq!(plan.status.number_misscheduled, 1);
}
