//! Every rule hits what it is about, in these words, and leaves alone what merely looks like it.

use std::collections::BTreeSet;

use daemonset::api::{DaemonSet, Node, Pod};
use daemonset::matching::ComparisonOperators;
use daemonset::{Cluster, Options};
use daemonset_testkit::growth::grows_in_proportion;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

use super::{Linter, Lints, Rule};
use crate::{Diagnostic, FitObjects, Inventory, Severity};

/// What is given to a rule, and what it finds there.
///
/// The first document is put over a DaemonSet in which no rule finds anything: fields of its pod
/// spec, or of the whole where it begins with `spec` or `metadata`; numbers are places in lists,
/// and null takes a field away. Further documents are nodes, and DaemonSets that are put over the
/// same one.
#[derive(Debug)]
pub(super) struct Case {
    given: &'static str,
    nodes: Nodes,
    /// Path and sentence; nothing is found where there is none.
    found: Option<(&'static str, &'static str)>,
}

/// Which nodes there are beside those that a case gives.
#[derive(Debug, PartialEq, Eq)]
enum Nodes {
    None,
    /// `node-a` and `node-b`, and a tainted `node-gpu`.
    Three,
}

/// The rule finds one thing.
pub(super) const fn hit(given: &'static str, path: &'static str, says: &'static str) -> Case {
    Case {
        given,
        nodes: Nodes::None,
        found: Some((path, says)),
    }
}

/// The rule finds one thing amid three nodes.
pub(super) const fn hit_with_nodes(
    given: &'static str,
    path: &'static str,
    says: &'static str,
) -> Case {
    Case {
        nodes: Nodes::Three,
        ..hit(given, path, says)
    }
}

/// No rule finds anything.
pub(super) const fn miss(given: &'static str) -> Case {
    Case {
        given,
        nodes: Nodes::None,
        found: None,
    }
}

/// No rule finds anything amid three nodes.
pub(super) const fn miss_with_nodes(given: &'static str) -> Case {
    Case {
        nodes: Nodes::Three,
        ..miss(given)
    }
}

/// A DaemonSet in which no rule finds anything.
fn clean() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "infra"},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {
                    "containers": [{
                        "name": "agent",
                        "image": "registry.example:5000/agent:1.4",
                        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                        "readinessProbe": {"tcpSocket": {"port": 9100}},
                    }],
                },
            },
        },
    })
}

fn three_nodes() -> [Value; 3] {
    let node = |name: &str, disk: &str, zone: &str, taints: Value| {
        let mut labels = json!({"kubernetes.io/os": "linux", "topology.kubernetes.io/zone": zone});
        if !disk.is_empty() {
            labels["disk"] = json!(disk);
        }
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": taints},
        })
    };
    let gpu = json!([{"key": "gpu", "value": "a100", "effect": "NoSchedule"}]);
    [
        node("node-a", "ssd", "a", json!([])),
        node("node-b", "hdd", "b", json!([])),
        node("node-gpu", "", "b", gpu),
    ]
}

/// Puts one value over another.
fn put_over(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, over) in over {
                if over.is_null() && base.contains_key(key) {
                    base.remove(key);
                } else {
                    put_over(base.entry(key).or_insert(Value::Null), over);
                }
            }
        }
        (Value::Array(base), Value::Object(over)) if !over.is_empty() => {
            for (at, over) in over {
                put_over(&mut base[at.parse::<usize>().unwrap()], over);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// The documents of a YAML text, as they are.
fn documents(yaml: &str) -> Vec<Value> {
    let mut all = Vec::new();
    crate::source::documents(yaml.as_bytes(), &mut (), |document, ()| {
        all.push(document.value.expect(yaml).to_value());
    });
    all
}

/// What a case's text stands for, as manifests.
fn objects(given: &str, nodes: &Nodes) -> Inventory {
    let mut documents = documents(given);
    let mut first = documents.remove(0);
    let is_whole = ["spec", "metadata"]
        .iter()
        .any(|field| first.get(field).is_some());
    if !is_whole {
        first = json!({"spec": {"template": {"spec": first}}});
    }
    let mut all = vec![first];
    all.extend(documents);
    let is_set = |at: usize, value: &Value| at == 0 || value["kind"] == "DaemonSet";
    let mut texts: Vec<String> = Vec::new();
    for (at, value) in all.iter().enumerate() {
        let mut object = if is_set(at, value) {
            clean()
        } else {
            json!({"apiVersion": "v1"})
        };
        put_over(&mut object, value);
        texts.push(object.to_string());
    }
    if *nodes == Nodes::Three {
        texts.extend(three_nodes().map(|node| node.to_string()));
    }
    let mut inventory = Inventory::new().with_fit_objects();
    inventory.read("case", texts.join("\n").as_bytes());
    assert!(
        inventory.diagnostics().is_empty(),
        "{given}: {:?}",
        inventory.diagnostics()
    );
    inventory
}

fn lint_first(inventory: &Inventory, lints: Lints) -> Vec<Diagnostic> {
    let cluster = inventory.cluster();
    let sets = inventory
        .daemon_sets
        .iter()
        .map(|manifest| &manifest.daemon_set);
    let room = inventory.fit_objects().map(FitObjects::cluster_room);
    let room = room.unwrap_or_default();
    let linter = Linter::new(&cluster, sets, &Options::default(), lints).with_room(&room);
    linter.lint_manifest(&inventory.daemon_sets[0])
}

/// What the rules find, warnings of the API server aside.
fn found(given: &str, nodes: &Nodes) -> Vec<Diagnostic> {
    let mut found = lint_first(&objects(given, nodes), Lints::default());
    found.retain(|finding| Rule::of(finding.code).is_some());
    found
}

#[test]
fn nothing_is_found_in_a_clean_set() {
    assert_eq!(found("{}", &Nodes::None), []);
    assert_eq!(found("{}", &Nodes::Three), []);
}

#[test]
fn every_rule_finds_what_its_cases_say_and_nothing_else() {
    for &rule in Rule::ALL {
        let cases = rule.cases();
        assert!(
            cases.iter().any(|case| case.found.is_some()),
            "{rule} has no case"
        );
        for case in cases {
            let found = found(case.given, &case.nodes);
            let lines: Vec<_> = found
                .iter()
                .map(|it| format!("{}: {it}", it.code))
                .collect();
            let expected = case
                .found
                .map(|(path, says)| format!("{rule}: {path}: {says}"));
            assert_eq!(
                lines,
                expected.into_iter().collect::<Vec<_>>(),
                "{}",
                case.given
            );
        }
    }
}

/// A page's example shows its rule at work.
#[test]
fn every_rule_finds_something_in_its_example() {
    for &rule in Rule::ALL {
        let inventory = objects(rule.example(), &Nodes::None);
        let found = lint_first(&inventory, Lints::default());
        let codes: Vec<_> = found.iter().map(|it| it.code).collect();
        assert!(codes.contains(&rule.code()), "{rule}: {found:?}");
        let found = lint_first(&inventory, Lints::default().without(rule));
        assert!(
            found.iter().all(|it| it.code != rule.code()),
            "{rule} is not switched off"
        );
    }
}

#[test]
fn names_and_references_are_fit_for_programs() {
    let mut seen = BTreeSet::new();
    for &rule in Rule::ALL {
        let name = rule.to_string();
        assert!(seen.insert(name.clone()), "{name} twice");
        assert!(
            rule.reference().starts_with("https://kubernetes.io/docs/"),
            "{name}"
        );
        assert_eq!(name.parse(), Ok(rule));
        assert_eq!(Rule::of(rule.code()), Some(rule));
        assert_eq!(serde_json::to_value(rule).unwrap(), json!(name));
        // The code is the variant's name in words.
        let variant = format!("{rule:?}").to_lowercase();
        assert_eq!(variant, name.replace('-', ""));
        for part in [
            "\n## Why\n",
            "\n## Example\n",
            "\n## Instead\n",
            "\n## Switching it off\n",
        ] {
            assert!(rule.page().contains(part), "{name}");
        }
        assert!(rule.summary().ends_with('.'), "{name}");
    }
    let error = "no-such-rule".parse::<Rule>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected the name of a rule, found \"no-such-rule\""
    );
}

#[test]
fn the_same_is_told_so_often_and_no_more() {
    let entries: Vec<_> = (0..300).map(|at| format!("k{at}: v")).collect();
    let found = found(
        &format!("nodeSelector: {{{}}}", entries.join(", ")),
        &Nodes::Three,
    );
    assert_eq!(found.len(), 201);
    assert_eq!(found[200].to_string(), "100 more of these");
    assert_eq!(found[200].code, Rule::NodeSelectorMatchesNoNode.code());
}

#[test]
fn findings_have_a_place_and_warnings_come_first() {
    let mut inventory = Inventory::new();
    let text = "apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: infra}
spec:
  selector: {matchLabels: {app: agent}}
  revisionHistoryLimit: 0
  template:
    metadata: {labels: {app: agent}}
    spec:
      hostNetwork: true
      containers:
      - name: agent
        image: agent
        resources: {limits: {cpu: 1, memory: 1Gi}}
        readinessProbe: {tcpSocket: {port: 1}}
        env: [{name: A, value: a}, {name: A, value: b}]
";
    inventory.read("agent.yaml", text.as_bytes());
    let found = lint_first(&inventory, Lints::default());
    let lines: Vec<_> = found
        .iter()
        .map(|it| format!("{} {} {}", it.place.as_ref().unwrap(), it.severity, it.code))
        .collect();
    assert_eq!(
        lines,
        [
            "agent.yaml, document 1, line 13 warning floating-image",
            // What the API server would warn of.
            "agent.yaml, document 1, line 16 warning hidden-variable",
            "agent.yaml, document 1, line 6 info no-history",
            "agent.yaml, document 1, line 9 info host-network-dns",
        ]
    );
    let json = serde_json::to_value(&found[2]).unwrap();
    assert_eq!(
        json,
        json!({
            "code": "no-history",
            "severity": "info",
            "path": "spec.revisionHistoryLimit",
            "message": "no old revision is kept, so that there is nothing to roll back to",
            "place": {"source": "agent.yaml", "document": 1, "line": 6},
        })
    );
    assert_eq!(found[2].severity, Severity::Info);
}

/// With the gate on, a toleration may compare numbers.
#[test]
fn feature_gates_are_heeded() {
    let given = "tolerations: [{key: size, operator: Gt, value: '1'}]
---
{kind: Node, metadata: {name: a}, spec: {taints: [{key: size, value: '2', effect: NoSchedule}]}}
---
{kind: Node, metadata: {name: b}}";
    let inventory = objects(given, &Nodes::None);
    let lint = |options: &Options| {
        let cluster = inventory.cluster();
        let linter = Linter::new(&cluster, [], options, Lints::default());
        let found = linter.lint(&inventory.daemon_sets[0].daemon_set);
        found.iter().map(|it| it.code.as_str()).collect::<Vec<_>>()
    };
    let off = Options::default();
    let on = Options::default().with_comparison_operators(ComparisonOperators::On);
    assert_eq!(lint(&off), ["toleration-misses-taint"]);
    assert_eq!(lint(&on), [""; 0]);
}

/// Every path of a JSON value.
fn paths(value: &Value) -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => (items.iter().enumerate())
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (step, child) in children {
        for path in paths(child) {
            found.push([vec![step.clone()], path].concat());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    /// Whatever a template says, it is looked at without a panic; and neither the order of nodes
    /// nor that of other DaemonSets changes what is found.
    #[test]
    fn any_field_may_hold_anything(
        at in any::<Index>(),
        value in select(vec![
            json!(null), json!(-1), json!(""), json!("x"), json!([]), json!([null]), json!({}),
            json!([{"topologyKey": "a", "labelSelector": {"matchLabels": {"app": "agent"}}}]),
            json!([{"key": "gpu", "tolerationSeconds": -1, "effect": "NoExecute"}]),
        ]),
    ) {
        let mut set = clean();
        put_over(&mut set, &documents(
            "spec:
  updateStrategy: {rollingUpdate: {maxSurge: 100%}}
  template:
    spec:
      nodeSelector: {disk: ssd}
      tolerations: [{key: gpu}]
      containers: {0: {ports: [{hostPort: 1}]}}
      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: disk}]}}",
        )[0]);
        let paths = paths(&set);
        let mut place = &mut set;
        for step in at.get::<Vec<String>>(&paths) {
            place = match place {
                Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
                place => &mut place[step],
            };
        }
        *place = value;
        if let Ok(read) = serde_json::from_value::<DaemonSet>(set) {
            let other = |name: &str| {
                let mut other = clean();
                other["metadata"]["name"] = json!(name);
                serde_json::from_value::<DaemonSet>(other).unwrap()
            };
            let mut sets = [other("a"), other("b")];
            let mut nodes: Vec<Node> =
                three_nodes().map(|node| serde_json::from_value(node).unwrap()).into();
            let lint = |nodes: &[Node], sets: &[DaemonSet]| {
                let cluster = Cluster::new(nodes, <&[Pod]>::default());
                Linter::new(&cluster, sets, &Options::default(), Lints::default()).lint(&read)
            };
            let first = lint(&nodes, &sets);
            nodes.reverse();
            sets.reverse();
            prop_assert_eq!(first, lint(&nodes, &sets));
        }
    }
}

/// So many tolerations, labels and taints take time in proportion.
#[test]
fn hostile_sets_take_no_longer_than_their_size() {
    let labels = |count: usize| -> Map<String, Value> {
        (0..count)
            .map(|at| (format!("k{at}"), json!("v")))
            .collect()
    };
    let tolerations = |count: usize, key: &dyn Fn(usize) -> String| -> Value {
        let one = |at: usize| json!({"key": key(at), "value": format!("v{at}"), "effect": "NoExecute", "tolerationSeconds": 5});
        (0..count).map(one).collect()
    };
    let comparing = |count: usize, operator: &str| -> Value {
        let one = |at: usize| json!({"key": "t", "operator": operator, "value": format!("-{at}")});
        (0..count).map(one).collect()
    };
    let kinds: [&dyn Fn(usize) -> Value; 7] = [
        &|count| json!({"tolerations": tolerations(count, &|at| format!("o{at}"))}),
        &|count| json!({"tolerations": tolerations(count, &|at| format!("t{at}"))}),
        &|count| json!({"tolerations": tolerations(count, &|_| "t".to_owned())}),
        &|count| json!({"tolerations": tolerations(count, &|_| "node-role.kubernetes.io/master".to_owned())}),
        &|count| json!({"tolerations": comparing(count, "Lt")}),
        &|count| json!({"tolerations": comparing(count, "Near")}),
        &|count| json!({"nodeSelector": labels(count)}),
    ];
    let options = Options::default().with_comparison_operators(ComparisonOperators::On);
    for kind in kinds {
        let make = |count: usize| -> (DaemonSet, Node) {
            let spec = json!({"spec": {"template": {"spec": kind(count)}}});
            let mut set = clean();
            put_over(&mut set, &spec);
            let taints = (0..count).flat_map(|at| {
                let of_its_own = json!({"key": format!("t{at}"), "effect": "NoSchedule"});
                let of_one_key =
                    json!({"key": "t", "value": at.to_string(), "effect": "NoSchedule"});
                [of_its_own, of_one_key]
            });
            let node = json!({
                "metadata": {"name": "n", "labels": labels(count)},
                "spec": {"taints": taints.collect::<Value>()},
            });
            (
                serde_json::from_value(set).unwrap(),
                serde_json::from_value(node).unwrap(),
            )
        };
        grows_in_proportion(400, make, |(set, node)| {
            let cluster: Cluster<'_> = Cluster::new([node], &[]);
            let linter = Linter::new(&cluster, [set], &options, Lints::default());
            assert!(!linter.lint(set).is_empty());
        });
    }
}
