//! Tolerations: which taint they match, and which ones every daemon pod gets.

use daemonset::api::Toleration;
use daemonset::matching::{ComparisonOperators, Tolerations, tolerates};
use daemonset::placement::daemon_tolerations;
use daemonset::view::TaintView;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Key, operator, value and effect of a toleration; `-` stands for an empty one.
fn toleration(text: &str) -> Toleration {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches('-'))
        .collect();
    let [key, operator, value, effect] = words.as_slice() else {
        panic!("{text:?} has not four words");
    };
    let json = json!({"key": key, "operator": operator, "value": value, "effect": effect});
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_matches() {
    for (mine, taint, matches) in [
        // key operator value effect     taint                   then
        ("gpu Exists - -", "gpu=a100:NoSchedule", true),
        ("gpu Exists - NoSchedule", "gpu:NoSchedule", true),
        ("gpu Exists - NoExecute", "gpu:NoSchedule", false),
        ("disk Exists - -", "gpu:NoSchedule", false),
        ("- Exists - -", "gpu=a100:NoExecute", true),
        ("- Exists - NoSchedule", "gpu=a100:NoExecute", false),
        ("gpu Exists a100 -", "gpu=t4:NoSchedule", true),
        ("gpu Equal a100 -", "gpu=a100:NoSchedule", true),
        ("gpu Equal a100 -", "gpu=t4:NoSchedule", false),
        ("gpu - a100 -", "gpu=a100:NoSchedule", true),
        ("gpu - - -", "gpu:NoSchedule", true),
        ("gpu - - -", "gpu=a100:NoSchedule", false),
        ("- Equal a100 -", "gpu=a100:NoSchedule", true),
        ("GPU Exists - -", "gpu:NoSchedule", false),
        ("gpu exists - -", "gpu:NoSchedule", false),
        ("gpu Near - -", "gpu:NoSchedule", false),
        ("gpu Gt 5 -", "gpu=6:NoSchedule", false),
        ("gpu Lt 5 -", "gpu=4:NoSchedule", false),
    ] {
        let taint = taint.parse::<daemonset::api::Taint>().unwrap();
        let found = tolerates(&toleration(mine), (&taint).into(), ComparisonOperators::Off);
        assert_eq!(found, matches, "{mine} and {taint}");
    }
}

/// Behind the feature gate: `Gt` means that the taint's value is greater.
#[test]
fn comparing_numbers() {
    for (mine, value, matches) in [
        ("gpu Gt 5 -", "6", true),
        ("gpu Gt 5 -", "5", false),
        ("gpu Gt 5 -", "4", false),
        ("gpu Lt 5 -", "4", true),
        ("gpu Lt 5 -", "5", false),
        ("gpu Lt 5 -", "6", false),
        ("gpu Gt 5 -", "06", false),
        ("gpu Gt 5 -", "six", false),
        ("gpu Gt 05 -", "6", false),
        ("gpu Gt - -", "6", false),
        ("gpu Gt 5 -", "0", false),
        ("gpu Lt 5 -", "0", true),
        ("gpu Lt 5 -", "9223372036854775808", false),
        ("gpu Gt 5 NoExecute", "6", false),
        ("disk Gt 5 -", "6", false),
    ] {
        let taint = format!("gpu={value}:NoSchedule");
        let taint = taint.parse::<daemonset::api::Taint>().unwrap();
        let found = tolerates(&toleration(mine), (&taint).into(), ComparisonOperators::On);
        assert_eq!(found, matches, "{mine} and {value}");
    }
    let below_zero: daemonset::api::Taint =
        serde_json::from_value(json!({"key": "gpu", "value": "-1", "effect": "NoSchedule"}))
            .unwrap();
    let lower = toleration("gpu Lt 0 -");
    assert!(tolerates(
        &lower,
        (&below_zero).into(),
        ComparisonOperators::On
    ));
    let plus: daemonset::api::Taint =
        serde_json::from_value(json!({"key": "gpu", "value": "+6", "effect": "NoSchedule"}))
            .unwrap();
    assert!(!tolerates(
        &toleration("gpu Gt 5 -"),
        (&plus).into(),
        ComparisonOperators::On
    ));
}

fn told(template: &Value, host_network: bool) -> Vec<String> {
    let template: Vec<Toleration> = serde_json::from_value(template.clone()).unwrap();
    daemon_tolerations(&template, host_network)
        .into_iter()
        .map(|daemon| {
            let Toleration {
                key,
                operator,
                effect,
                toleration_seconds,
                ..
            } = daemon.toleration;
            let key = key.trim_start_matches("node.kubernetes.io/");
            let seconds =
                toleration_seconds.map_or(String::new(), |seconds| format!(" {seconds}s"));
            let from = daemon
                .template_index
                .map_or(String::new(), |at| format!(" [{at}]"));
            format!("{key} {operator} {effect}{seconds}{from}")
        })
        .collect()
}

/// What every daemon pod tolerates, in the order in which it is added.
#[test]
fn added_tolerations() {
    let added = [
        "not-ready Exists NoExecute",
        "unreachable Exists NoExecute",
        "disk-pressure Exists NoSchedule",
        "memory-pressure Exists NoSchedule",
        "pid-pressure Exists NoSchedule",
        "unschedulable Exists NoSchedule",
    ];
    assert_eq!(told(&json!([]), false), added);
    let mut with_network = added.to_vec();
    with_network.push("network-unavailable Exists NoSchedule");
    assert_eq!(told(&json!([]), true), with_network);
}

/// One that the template has already is replaced in its place, seconds and all; any other stays.
#[test]
fn an_added_toleration_replaces_the_same_one() {
    let not_ready = "node.kubernetes.io/not-ready";
    let list = told(
        &json!([
            {"key": "gpu", "operator": "Exists"},
            {"key": not_ready, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": not_ready, "operator": "Exists", "effect": "NoExecute"},
            {"key": not_ready, "operator": "Exists", "tolerationSeconds": 30},
            {"key": not_ready, "operator": "Equal", "effect": "NoExecute"},
        ]),
        false,
    );
    assert_eq!(
        list[..5],
        [
            "gpu Exists  [0]",
            "not-ready Exists NoExecute",
            "not-ready Exists NoExecute",
            "not-ready Exists  30s [3]",
            "not-ready Equal NoExecute [4]",
        ]
    );
    assert_eq!(list.len(), 10);
}

proptest! {
    /// However many there are, they tolerate what one of them does.
    #[test]
    fn many_tolerate_what_one_of_them_does(
        all in prop::collection::vec(
            (
                select(vec!["-", "gpu", "disk", "zone"]),
                select(vec!["-", "Equal", "Exists", "Gt", "Lt", "Near"]),
                select(vec!["-", "a100", "-5", "3", "9", "09"]),
                select(vec!["NoSchedule", "NoExecute", "PreferNoSchedule", "-"]),
            ),
            0..80,
        ),
        kept in select(vec![1, 2, 5, 40, 80]),
    ) {
        // Few kinds among many, or many.
        let all: Vec<Toleration> = (all.iter().take(kept).cycle().take(all.len()))
            .map(|(key, operator, value, effect)| {
                toleration(&format!("{key} {operator} {value} {effect}"))
            })
            .collect();
        for comparison in [ComparisonOperators::Off, ComparisonOperators::On] {
            let tolerations = Tolerations::new(all.clone(), ComparisonOperators::Off)
                .with_comparison_operators(comparison);
            prop_assert_eq!(tolerations.comparison_operators(), comparison);
            for key in ["gpu", "disk", "rack"] {
                for value in ["", "a100", "-6", "2", "4", "10", "010"] {
                    for effect in ["NoSchedule", "NoExecute"] {
                        let taint = TaintView { key, value, effect };
                        let one = all.iter().any(|it| tolerates(it, taint, comparison));
                        prop_assert_eq!(tolerations.tolerate(taint), one, "{:?}", taint);
                    }
                }
            }
        }
    }
}
