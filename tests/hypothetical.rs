//! Placement on nodes that are known in part, against every node that they could turn out to be.

use std::collections::BTreeSet;

use daemonset::api::{Labels, Node, PodTemplate, Taint};
use daemonset::hypothetical::{Eligibility, HypotheticalNode, OtherLabels};
use daemonset::placement::{Rules, Verdict};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Value, json};

const KEYS: [&str; 3] = ["a", "b", "not a key"];

/// Values that templates name, and for each kind of value that they do not name one that stands
/// for it.
const VALUES: [&str; 11] = [
    "x",
    "y",
    "zz",
    "",
    "1",
    "2",
    "3",
    "0",
    "9",
    "02",
    "bad value",
];

fn named() -> impl Strategy<Value = &'static str> {
    select(&["x", "y", "", "1", "3", "02", "bad value"][..])
}

fn requirement() -> impl Strategy<Value = Value> {
    const OPERATORS: [&str; 7] = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Near"];
    (
        select(&KEYS[..]),
        select(&OPERATORS[..]),
        prop::collection::vec(named(), 1..3),
        0..12_u8,
    )
        .prop_map(|(key, operator, values, oddity)| {
            let values = match operator {
                "Exists" | "DoesNotExist" if oddity > 0 => vec![],
                "Gt" | "Lt" if oddity > 0 => vec![if oddity % 2 == 0 { "1" } else { "3" }],
                _ => values,
            };
            json!({"key": key, "operator": operator, "values": values})
        })
}

fn field() -> impl Strategy<Value = Value> {
    (
        select(&["metadata.name", "metadata.name", "spec.other"][..]),
        select(&["In", "NotIn"][..]),
        select(&["node-a", "node-b", ""][..]),
    )
        .prop_map(
            |(key, operator, value)| json!({"key": key, "operator": operator, "values": [value]}),
        )
}

fn template() -> impl Strategy<Value = PodTemplate> {
    let term = (
        prop::collection::vec(requirement(), 0..3),
        prop::collection::vec(field(), 0..2),
    )
        .prop_map(|(labels, fields)| json!({"matchExpressions": labels, "matchFields": fields}));
    let affinity = prop_oneof![
        Just(Value::Null),
        prop::collection::vec(term, 0..4).prop_map(|terms| json!({
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}},
        })),
    ];
    (
        select(&["", "", "", "node-a"][..]),
        prop::collection::btree_map(select(&KEYS[..]), named(), 0..2),
        affinity,
        prop::bool::ANY,
    )
        .prop_map(|(name, selector, affinity, tolerates)| {
            let tolerations = if tolerates {
                json!([{"key": "gpu", "operator": "Exists"}])
            } else {
                json!([])
            };
            PodTemplate::try_from(json!({"spec": {
                "nodeName": name,
                "nodeSelector": selector,
                "affinity": affinity,
                "tolerations": tolerations,
            }}))
            .unwrap()
        })
}

fn taint(key: &str) -> Taint {
    Taint {
        key: key.into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    }
}

fn taints() -> impl Strategy<Value = Vec<Taint>> {
    subsequence(vec![taint("gpu"), taint("spot")], 0..=1)
}

fn outline() -> impl Strategy<Value = HypotheticalNode> {
    (
        prop::option::of(select(&["node-a", "node-b", "node-c"][..])),
        prop::collection::btree_map(select(&["a", "b"][..]), select(&VALUES[..10]), 0..2),
        prop::bool::ANY,
        subsequence(KEYS.to_vec(), 0..=3),
        taints(),
        taints(),
    )
        .prop_map(|(name, labels, open, keys, taints, possible_taints)| {
            let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).collect();
            HypotheticalNode {
                name: name.map(str::to_owned),
                labels: labels.into_iter().collect(),
                other_labels: if open {
                    OtherLabels::UnknownExcept(keys)
                } else {
                    OtherLabels::MissingExcept(keys)
                },
                taints,
                possible_taints,
            }
        })
}

/// Every node that the outline could turn out to be.
fn nodes(outline: &HypotheticalNode) -> Vec<Node> {
    let names = match &outline.name {
        Some(name) => vec![name.clone()],
        None => ["node-a", "node-b", "node-c"].map(str::to_owned).to_vec(),
    };
    let mut all: Vec<(Labels, Vec<Taint>)> = vec![(outline.labels.clone(), outline.taints.clone())];
    for key in ["a", "b"] {
        let unknown = outline.labels.get(key).is_none()
            && match &outline.other_labels {
                OtherLabels::MissingExcept(keys) => keys.contains(key),
                OtherLabels::UnknownExcept(keys) => !keys.contains(key),
            };
        if unknown {
            let mut more = all.clone();
            for value in &VALUES[..10] {
                more.extend(all.iter().map(|(labels, taints)| {
                    let mut labels = labels.clone();
                    labels.insert(key, *value);
                    (labels, taints.clone())
                }));
            }
            all = more;
        }
    }
    for taint in &outline.possible_taints {
        let mut more = all.clone();
        for (_, taints) in &mut more {
            taints.push(taint.clone());
        }
        all.append(&mut more);
    }
    let node = |name: &String, (labels, taints): &(Labels, Vec<Taint>)| {
        let mut node = Node::default();
        node.metadata.name.clone_from(name);
        node.metadata.labels = labels.clone();
        node.spec.taints.clone_from(taints);
        node
    };
    names
        .iter()
        .flat_map(|name| all.iter().map(move |rest| node(name, rest)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn eligibility_agrees_with_every_node_there_could_be(template in template(), outline in outline()) {
        let rules = Rules::new(&template);
        let eligibility = Eligibility::of(&rules, &outline);
        let nodes = nodes(&outline);
        let runs = |node: &Node| rules.verdict(node) == Verdict::Run;
        match &eligibility {
            Eligibility::Runs => prop_assert!(nodes.iter().all(runs)),
            Eligibility::DoesNotRun { obstacles, contradictions } => {
                prop_assert!(!nodes.iter().any(runs));
                prop_assert!(!obstacles.is_empty() || !contradictions.is_empty());
            }
            Eligibility::Depends { all_of, any_of } => {
                for node in &nodes {
                    let expected = all_of.iter().all(|a| a.holds_for(node))
                        && (any_of.is_empty()
                            || any_of.iter().any(|group| group.iter().all(|a| a.holds_for(node))));
                    prop_assert_eq!(runs(node), expected, "{} on {:?}", eligibility, node.metadata);
                }
                prop_assert!(nodes.iter().any(runs), "{eligibility}, and no node runs it");
                prop_assert!(!nodes.iter().all(runs), "{eligibility}, and every node runs it");
            }
        }
    }

    /// Where everything is known, the answer is that of the node itself.
    #[test]
    fn a_known_node_is_foreseen_as_it_is_placed(template in template(), outline in outline(), pick in any::<Index>()) {
        let rules = Rules::new(&template);
        let nodes = nodes(&outline);
        let node = pick.get(&nodes);
        let known = HypotheticalNode {
            name: Some(node.metadata.name.clone()),
            labels: node.metadata.labels.clone(),
            taints: node.spec.taints.clone(),
            ..HypotheticalNode::default()
        };
        let placement = rules.place(node);
        match Eligibility::of(&rules, &known) {
            Eligibility::Runs => prop_assert_eq!(placement.verdict, Verdict::Run),
            Eligibility::DoesNotRun { obstacles, contradictions } => {
                prop_assert_eq!(obstacles, placement.obstacles);
                prop_assert!(contradictions.is_empty());
            }
            depends @ Eligibility::Depends { .. } => prop_assert!(false, "{depends}"),
        }
    }
}

fn rules(spec: &Value) -> Rules {
    Rules::new(&PodTemplate::try_from(json!({ "spec": spec })).unwrap())
}

fn terms(terms: &Value) -> Value {
    json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": terms,
    }}}})
}

fn unknown() -> HypotheticalNode {
    HypotheticalNode {
        other_labels: OtherLabels::unknown(),
        ..HypotheticalNode::default()
    }
}

#[test]
fn terms_that_together_match_every_node_depend_on_nothing() {
    let rules = rules(&terms(&json!([
        {"matchExpressions": [{"key": "gpu", "operator": "Exists"}]},
        {"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]},
    ])));
    assert_eq!(Eligibility::of(&rules, &unknown()), Eligibility::Runs);
}

#[test]
fn what_excludes_itself_never_runs() {
    let spec = terms(&json!([
        {"matchExpressions": [
            {"key": "cores", "operator": "Gt", "values": ["8"]},
            {"key": "cores", "operator": "Lt", "values": ["9"]},
        ]},
        {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["hdd"]}]},
    ]));
    let mut spec = spec;
    spec["nodeSelector"] = json!({"disk": "ssd"});
    assert_eq!(
        Eligibility::of(&rules(&spec), &unknown()).to_string(),
        "does not run: no value of cores satisfies cores>8 and cores<9; \
         no value of disk satisfies nodeSelector disk=ssd and disk=hdd",
    );
}

#[test]
fn the_alternatives_are_listed() {
    let mut spec = terms(&json!([
        {"matchExpressions": [
            {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
            {"key": "pool", "operator": "NotIn", "values": ["edge"]},
        ]},
        {"matchExpressions": [{"key": "agent", "operator": "Exists"}]},
    ]));
    spec["nodeSelector"] = json!({"disk": "ssd"});
    let mut outline = unknown();
    outline.labels.insert("kubernetes.io/arch", "amd64");
    outline.possible_taints.push(taint("spot"));
    let eligibility = Eligibility::of(&rules(&spec), &outline);
    assert_eq!(
        eligibility.to_string(),
        "depends: disk=ssd and no taint spot:NoSchedule and either (pool notin (edge)) or (agent)",
    );
    assert_eq!(eligibility.label_keys(), ["agent", "disk", "pool"]);
}
