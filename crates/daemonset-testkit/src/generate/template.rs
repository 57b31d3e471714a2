//! Pod templates, and what decides where their pods go.

use serde_json::{Map, Value, json};

use super::node::{KEYS, VALUES, labels};
use crate::draw::Draw;

/// A toleration, malformed ones among them.
pub fn toleration(draw: &mut Draw<'_>) -> Value {
    let keys = [
        "dedicated",
        "gpu",
        "node.kubernetes.io/unschedulable",
        "node.kubernetes.io/not-ready",
        "",
    ];
    let key = draw.one_of(&keys);
    let operator = draw.one_of(&["Exists", "Equal", "", "Gt", "Lt", "Near"]);
    let value = draw.one_of(&["", "a", "5"]);
    let effect = draw.one_of(&["", "NoSchedule", "NoExecute"]);
    let mut written = json!({"key": key, "operator": operator});
    if !value.is_empty() {
        written["value"] = value.into();
    }
    if !effect.is_empty() {
        written["effect"] = effect.into();
    }
    if let Some(seconds) = draw.maybe(50, |draw| draw.number(0..=99)) {
        written["tolerationSeconds"] = seconds.into();
    }
    written
}

fn requirement(draw: &mut Draw<'_>) -> Value {
    let keys = [KEYS.as_slice(), &["", "no key", "-x"]].concat();
    let values = [VALUES.as_slice(), &["no value", "x/y"]].concat();
    let operators = [
        "Exists",
        "In",
        "NotIn",
        "DoesNotExist",
        "Gt",
        "Lt",
        "Within",
    ];
    let key = draw.one_of(&keys);
    let operator = draw.one_of(&operators);
    let values = draw.list(2, |draw| draw.one_of(&values));
    json!({"key": key, "operator": operator, "values": values})
}

fn field(draw: &mut Draw<'_>) -> Value {
    let key = draw.weighted(&[(4, "metadata.name"), (1, "spec.nodeName")]);
    let operator = draw.weighted(&[(3, "NotIn"), (2, "In"), (1, "Exists")]);
    let values = draw.list(2, |draw| draw.one_of(&["node-0", "node-1", "node-2", ""]));
    json!({"key": key, "operator": operator, "values": values})
}

fn affinity(draw: &mut Draw<'_>) -> Value {
    let preferred = json!([{"weight": 1, "preference": {}}]);
    let mut node_affinity = json!({"preferredDuringSchedulingIgnoredDuringExecution": preferred});
    let terms = draw.maybe(50, |draw| {
        draw.list(3, |draw| {
            let labels = draw.list(2, requirement);
            let fields = draw.list(1, field);
            json!({"matchExpressions": labels, "matchFields": fields})
        })
    });
    if let Some(terms) = terms {
        node_affinity["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({"nodeSelectorTerms": terms});
    }
    json!({"podAntiAffinity": {}, "nodeAffinity": node_affinity})
}

/// JSON of any shape, a few levels deep. Its numbers are such as every JSON reader reads as they
/// were written.
pub fn any_json(draw: &mut Draw<'_>) -> Value {
    json_of_depth(draw, 3)
}

fn json_of_depth(draw: &mut Draw<'_>, depth: u8) -> Value {
    let kinds = if depth == 0 { 6 } else { 8 };
    match draw.number(0..=kinds - 1) {
        0 => Value::Null,
        1 => draw.chance(50).into(),
        2 => draw.number(-4..=300).into(),
        3 => draw.one_of(&[i64::MIN, i64::MAX, 1 << 53, -1]).into(),
        4 => Value::from(draw.number(-4_000..=4_000) as f64 / 8.0),
        5 => text(draw, &['a', 'z', '<', '&', '\u{2028}', 'é']).into(),
        6 => draw.list(3, |draw| json_of_depth(draw, depth - 1)).into(),
        _ => Value::Object(
            draw.list(3, |draw| {
                let key = text(draw, &['a', 'b', 'Z', '$']);
                (key, json_of_depth(draw, depth - 1))
            })
            .into_iter()
            .collect::<Map<_, _>>(),
        ),
    }
}

fn text(draw: &mut Draw<'_>, characters: &[char]) -> String {
    let characters = draw.list(4, |draw| draw.one_of(characters));
    characters.into_iter().collect()
}

/// A pod template whose labels are `app=agent` and sometimes more.
pub fn template(draw: &mut Draw<'_>) -> Value {
    let mut labels_of_pods = json!({"app": "agent"});
    if draw.chance(30) {
        labels_of_pods["tier"] = "edge".into();
    }
    let image = draw.one_of(&["agent:1", "agent:2"]);
    let mut spec = json!({"containers": [{"name": "main", "image": image}]});
    if let Some(node_name) = draw.maybe(5, |draw| draw.one_of(&["node-0", "node-9"])) {
        spec["nodeName"] = node_name.into();
    }
    if draw.chance(50) {
        spec["hostNetwork"] = true.into();
    }
    let tolerations = draw.list(2, toleration);
    if !tolerations.is_empty() {
        spec["tolerations"] = tolerations.into();
    }
    if let Some(node_selector) = draw.maybe(20, labels) {
        spec["nodeSelector"] = node_selector;
    }
    if let Some(affinity) = draw.maybe(30, affinity) {
        spec["affinity"] = affinity;
    }
    if let Some(unknown) = draw.maybe(20, any_json) {
        spec["fieldOfTheFuture"] = unknown;
    }
    json!({"metadata": {"labels": labels_of_pods}, "spec": spec})
}
