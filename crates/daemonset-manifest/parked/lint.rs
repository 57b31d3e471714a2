//! Every rule hits what it is about, and leaves alone what merely looks like it.

#[path = "lint/cases.rs"]
mod cases;
#[path = "lint/properties.rs"]
mod properties;
#[path = "lint/sets.rs"]
mod sets;

use std::collections::BTreeSet;

use cases::{
    Case, anti_affinity_cases, container_cases, name_cases, placement_cases, rollout_cases,
    selector_cases, toleration_cases, tolerations,
};
use daemonset::api::{DaemonSet, Node};
use daemonset::lint::{Rule, Severity, lint};
use serde_json::{Value, json};
use sets::{below, node, nodes, set};

fn found(set: &DaemonSet, nodes: Option<&[Node]>) -> Vec<(Rule, String)> {
    let lints = lint(set, nodes, &[]);
    lints
        .into_iter()
        .map(|lint| (lint.rule, lint.field))
        .collect()
}

fn check(cases: &[Case]) {
    for (changes, with_nodes, expected) in cases {
        let nodes = nodes();
        let found = found(&below(changes), with_nodes.then_some(&nodes[..]));
        let expected: Vec<_> = expected.iter().cloned().collect();
        assert_eq!(found, expected, "{changes:?}");
    }
}

#[test]
fn the_clean_set_is_clean() {
    let nodes = nodes();
    assert_eq!(found(&set(&[]), None), []);
    assert_eq!(found(&set(&[]), Some(&nodes)), []);
    assert_eq!(found(&set(&[]), Some(&[])), []);
}

#[test]
fn selectors() {
    check(&selector_cases());
}

#[test]
fn placement() {
    check(&placement_cases());
}

#[test]
fn pods_against_each_other() {
    check(&anti_affinity_cases());
}

#[test]
fn taints_and_tolerations() {
    check(&toleration_cases());
}

#[test]
fn names_of_kubernetes() {
    check(&name_cases());
}

#[test]
fn rollouts() {
    check(&rollout_cases());
}

#[test]
fn containers() {
    check(&container_cases());
}

#[test]
fn what_a_node_has_is_not_misspelt() {
    let mut nodes = nodes();
    nodes[0]
        .metadata
        .labels
        .insert("topology.kubernetes.io/zonee", "a");
    let known = below(&[("nodeSelector", json!({"topology.kubernetes.io/zonee": "a"}))]);
    assert_eq!(found(&known, Some(&nodes)), []);
    nodes[0]
        .metadata
        .labels
        .insert("beta.kubernetes.io/os", "linux");
    let old = below(&[("nodeSelector", json!({"beta.kubernetes.io/os": "linux"}))]);
    assert_eq!(found(&old, Some(&nodes)), []);
}

#[test]
fn several_operating_systems() {
    let mut nodes = nodes();
    let windows = json!({"kubernetes.io/os": "windows"});
    nodes.push(node("node-win", &windows, &json!([])));
    assert_eq!(
        found(&set(&[]), Some(&nodes)),
        [(
            Rule::SeveralOperatingSystems,
            "spec.template.spec".to_owned()
        )]
    );
    let linux = below(&[("nodeSelector", json!({"kubernetes.io/os": "linux"}))]);
    assert_eq!(found(&linux, Some(&nodes)), []);
    // A taint keeps the set off.
    let taints = json!([{"key": "os", "value": "windows", "effect": "NoSchedule"}]);
    nodes[3] = node("node-win", &windows, &taints);
    assert_eq!(found(&set(&[]), Some(&nodes)), []);
}

#[test]
fn sets_that_overlap() {
    let agent = set(&[]);
    let overlap = |other: &[(&str, Value)]| -> Vec<String> {
        let lints = lint(&agent, None, &[set(other), agent.clone()]);
        assert!(lints.iter().all(|lint| lint.rule == Rule::SelectorOverlap));
        lints.into_iter().map(|lint| lint.field).collect()
    };
    let name = ("/metadata/name", json!("other"));
    let labels = "/spec/template/metadata/labels";
    let selector = "/spec/selector/matchLabels";
    // Its pods have the label that this one selects by, and one more.
    let wider = [name.clone(), (labels, json!({"app": "agent", "tier": "x"}))];
    assert_eq!(overlap(&wider), ["spec.selector"]);
    // It selects by a label that this one's pods have too.
    let narrower = [
        name.clone(),
        (selector, json!({"app": "agent"})),
        (labels, json!({"app": "other"})),
    ];
    assert_eq!(overlap(&narrower), ["spec.template.metadata.labels"]);
    let apart = [
        name.clone(),
        (selector, json!({"app": "agent", "tier": "x"})),
        (labels, json!({"app": "other", "tier": "x"})),
    ];
    assert!(overlap(&apart).is_empty());
    let elsewhere = [name, ("/metadata/namespace", json!("other"))];
    assert!(overlap(&elsewhere).is_empty());
    assert!(overlap(&[]).is_empty(), "a set does not overlap itself");
}

#[test]
fn every_rule_has_a_case() {
    let cases = [
        selector_cases(),
        placement_cases(),
        anti_affinity_cases(),
        toleration_cases(),
        name_cases(),
        rollout_cases(),
        container_cases(),
    ];
    let mut hit: BTreeSet<Rule> = (cases.iter().flatten())
        .filter_map(|(.., expected)| Some(expected.as_ref()?.0))
        .collect();
    // These two need more than a field and have tests of their own.
    hit.extend([Rule::SelectorOverlap, Rule::SeveralOperatingSystems]);
    assert_eq!(hit, BTreeSet::from(Rule::ALL));
}

#[test]
fn ids_and_references_are_fit_for_programs() {
    let mut seen = BTreeSet::new();
    for rule in Rule::ALL {
        let id = rule.id();
        assert!(seen.insert(id), "{id} twice");
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{id}"
        );
        assert!(
            rule.reference().starts_with("https://kubernetes.io/docs/"),
            "{id}"
        );
        assert_eq!(Rule::from_id(id), Some(rule));
    }
    assert_eq!(Rule::from_id("no-such-rule"), None);
}

#[test]
fn a_finding_reads_well() {
    let master = json!([{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}]);
    let lints = lint(&below(&[tolerations(master)]), None, &[]);
    assert_eq!(
        lints[0].to_string(),
        "warning: spec.template.spec.tolerations[0].key: node-role.kubernetes.io/master is out of \
         use since 1.24, write node-role.kubernetes.io/control-plane (retired-name)"
    );
    assert_eq!(
        serde_json::to_value(&lints[0]).unwrap(),
        json!({
            "id": "retired-name",
            "severity": "warning",
            "field": "spec.template.spec.tolerations[0].key",
            "message": "node-role.kubernetes.io/master is out of use since 1.24, write \
                        node-role.kubernetes.io/control-plane",
            "reference": "https://kubernetes.io/docs/reference/labels-annotations-taints/",
        })
    );
    let nodes = nodes();
    let messages = |changes: &[(&str, Value)]| -> Vec<String> {
        let lints = lint(&below(changes), Some(&nodes), &[]);
        lints.into_iter().map(|lint| lint.message).collect()
    };
    assert_eq!(
        messages(&[("nodeSelector", json!({"disk": "nvme"}))]),
        [r#"no node has disk=nvme; the values of disk are "hdd", "ssd""#]
    );
    assert_eq!(
        messages(&[tolerations(json!([{"key": "gpu", "value": "h100"}]))]),
        [r#"does not tolerate gpu=a100:NoSchedule, which a node has: it wants the value "h100""#]
    );
    assert_eq!(
        messages(&[("containers/0/resources", json!({"requests": {"cpu": "1"}}))]),
        [
            "container agent requests no memory: its pods are among the first that a node short of \
             memory evicts"
        ]
    );
}

#[test]
fn warnings_come_first() {
    let both = below(&[
        ("hostNetwork", json!(true)),
        ("containers/0/image", json!("agent")),
        ("/spec/revisionHistoryLimit", json!(0)),
    ]);
    let severities: Vec<_> = lint(&both, None, &[])
        .iter()
        .map(|lint| (lint.rule.severity(), lint.rule))
        .collect();
    assert_eq!(
        severities,
        [
            (Severity::Warning, Rule::FloatingImage),
            (Severity::Info, Rule::NoHistory),
            (Severity::Info, Rule::HostNetworkDns),
        ]
    );
}

#[test]
fn a_service_name_is_evidence() {
    let told = |value: &str| {
        let env = json!([{"name": "HOST", "value": value}]);
        let set = below(&[("hostNetwork", json!(true)), ("containers/0/env", env)]);
        let lints = lint(&set, None, &[]);
        lints[0].message.contains("the name of a service")
    };
    assert!(told("http://elasticsearch.logging.svc:9200"));
    assert!(told("elasticsearch.logging.svc.cluster.local"));
    assert!(!told("/etc/agent.svconf"));
    assert!(!told("elasticsearch.example.com"));
}
