//! Whatever a set says.

use daemonset::api::DaemonSet;
use daemonset::lint::{Lint, lint};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::sets::{clean, nodes, put, set};

/// Every path of a JSON value.
fn paths(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
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
        found.extend(
            paths(child)
                .into_iter()
                .map(|path| format!("/{step}{path}")),
        );
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    /// Whatever a template says, it is looked at without a panic; and neither the order of nodes
    /// nor that of other sets changes what is found.
    #[test]
    fn any_field_may_hold_anything(
        at in any::<Index>(),
        value in select(vec![
            json!(null), json!(-1), json!(""), json!("x"), json!([]), json!([null]), json!({}),
            json!([{"topologyKey": "a", "labelSelector": {"matchLabels": {"app": "agent"}}}]),
            json!([{"key": "gpu", "tolerationSeconds": -1, "effect": "NoExecute"}]),
        ]),
    ) {
        let mut json = clean();
        put(&mut json, "/spec/template/spec/affinity/podAntiAffinity\
                        /requiredDuringSchedulingIgnoredDuringExecution/0/topologyKey", json!("disk"));
        put(&mut json, "/spec/template/spec/tolerations/0/key", json!("gpu"));
        put(&mut json, "/spec/template/spec/nodeSelector/disk", json!("ssd"));
        put(&mut json, "/spec/template/spec/containers/0/ports/0/hostPort", json!(1));
        put(&mut json, "/spec/updateStrategy/rollingUpdate/maxSurge", json!("100%"));
        let paths = paths(&json);
        put(&mut json, at.get::<String>(&paths), value);
        if let Ok(read) = serde_json::from_value::<DaemonSet>(json) {
            let mut nodes = nodes();
            let mut others = vec![
                set(&[("/metadata/name", json!("a"))]),
                set(&[("/metadata/name", json!("b"))]),
            ];
            let first: Vec<Lint> = lint(&read, Some(&nodes), &others);
            nodes.reverse();
            others.reverse();
            prop_assert_eq!(first, lint(&read, Some(&nodes), &others));
        }
    }
}
