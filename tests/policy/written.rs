//! Policies as people write them.

use daemonset::policy::{Governor, Policy, PolicyFault, Window};
use serde_json::{Value, json};

fn faults(policy: Value) -> Vec<String> {
    let policy: Policy = serde_json::from_value(policy).unwrap();
    let faults = Governor::new(policy).unwrap_err();
    faults.iter().map(PolicyFault::to_string).collect()
}

#[test]
fn everything_that_is_wrong_is_named_by_its_field() {
    assert_eq!(
        faults(json!({
            "keepOld": "120%",
            "canary": {"count": 0, "spreadBy": "no key"},
            "waves": [
                {"percent": 20},
                {"nodes": {"matchLabels": {"a": "b"}}, "topologyKey": "zone"},
                {"name": "x", "percent": "20%", "maxUnavailable": 0},
                {"name": "x", "nodes": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
            ],
            "perTopology": {"key": "zone", "max": 0},
            "stop": {"maxFailures": 0},
        })),
        [
            "keepOld: expected a number or a percentage up to 100%, found 120%",
            "canary.count: expected at least 1, found 0",
            "canary.spreadBy: expected the key of a label, found \"no key\"",
            "waves[0].percent: expected a percentage such as 20%, found 20",
            "waves[1]: expected one of nodes, topologyKey and percent",
            "waves[2].maxUnavailable: expected at least 1, found 0",
            "waves[3].nodes.matchExpressions[0].operator: expected In, NotIn, Exists or \
             DoesNotExist, found \"Is\"",
            "waves[3].name: expected a name of its own, found \"x\" again",
            "perTopology.max: expected at least 1, found 0",
            "stop.maxFailures: expected at least 1, found 0",
        ]
    );
}

#[test]
fn a_field_that_is_not_known_is_an_error() {
    for policy in [
        json!({"pause": true}),
        json!({"canary": {"duraton": "5m"}}),
        json!({"waves": [{"percent": "5%", "gate": "auto"}]}),
        json!({"windows": [{"from": "8:00"}]}),
        json!({"windows": [{"utcOffset": "CET"}]}),
        json!({"stop": {"slowStart": "soon"}}),
        json!({"stop": {"slowStart": -1}}),
    ] {
        assert!(
            serde_json::from_value::<Policy>(policy.clone()).is_err(),
            "{policy}"
        );
    }
}

#[test]
fn a_policy_reads_back_as_it_is_written() {
    let policy: Policy = serde_json::from_value(json!({
        "paused": true,
        "nodes": {"matchLabels": {"pool": "a"}},
        "keepOld": "30%",
        "windows": [{"days": ["sat"], "from": "22:00", "until": "04:00", "utcOffset": "-05:30"}],
        "canary": {"count": 2, "duration": "1h30m", "quiet": 45},
        "waves": [{"name": "dev", "percent": "20%", "soak": "10m", "gate": "manual"}],
        "order": ["unreadyFirst", "nameDescending"],
        "budget": "strict",
        "perTopology": {"key": "zone", "max": 1},
        "exempt": ["unreachable"],
        "stop": {"maxFailures": 2, "maxRestarts": 5, "slowStart": "10m", "then": "rollBack"},
    }))
    .unwrap();
    let written = serde_json::to_value(&policy).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(written).unwrap(), policy);
}

fn window(window: Value) -> Window {
    serde_json::from_value(window).unwrap()
}

#[test]
fn windows_open_and_close_to_the_second() {
    // 2026-03-02 is a Monday.
    let work = window(json!({"days": ["mon", "tue"], "from": "09:00", "until": "17:00"}));
    for (at, is_open, next) in [
        ("2026-03-01T12:00:00Z", false, "2026-03-02T09:00:00Z"),
        ("2026-03-02T08:59:59Z", false, "2026-03-02T09:00:00Z"),
        ("2026-03-02T09:00:00Z", true, "2026-03-02T17:00:00Z"),
        ("2026-03-02T16:59:59Z", true, "2026-03-02T17:00:00Z"),
        ("2026-03-02T17:00:00Z", false, "2026-03-03T09:00:00Z"),
        ("2026-03-03T17:00:00Z", false, "2026-03-09T09:00:00Z"),
    ] {
        let now = at.parse().unwrap();
        assert_eq!(work.is_open(now), is_open, "{at}");
        assert_eq!(work.next_change(now), Some(next.parse().unwrap()), "{at}");
    }
    let always = window(json!({}));
    assert!(always.is_open("2026-03-01T12:00:00Z".parse().unwrap()));
    let night = window(json!({"from": "23:00", "until": "01:00", "utcOffset": "+02:00"}));
    assert!(night.is_open("2026-03-01T21:00:00Z".parse().unwrap()));
    assert!(!night.is_open("2026-03-01T23:00:00Z".parse().unwrap()));
    // Before 1970 as well.
    assert!(night.is_open("1969-12-31T22:00:00Z".parse().unwrap()));
}
