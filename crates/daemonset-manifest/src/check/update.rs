//! What may not change from one DaemonSet to the next.

use serde_json::{Map, Value};

use super::at::At;
use super::found::{Found, Reason};
use crate::words::bare;

pub(super) fn check(old: &Map<String, Value>, new: &At<'_, '_>, found: &mut Found) {
    let before = old.get("spec").and_then(|spec| spec.get("selector"));
    let before = before.unwrap_or(&Value::Null);
    let (before, new_spec) = (At::root(before), new.field("spec"));
    let after = new_spec.field("selector");
    if !same_selector(&before, &after) {
        let message = format_args!(
            "expected {}, since the selector of a DaemonSet cannot be changed, found {}",
            told(&before),
            told(&after)
        );
        found.fault(&after, Reason::Invalid, message);
    }
}

/// A selector as `kubectl get -l` writes it.
fn told(at: &At<'_, '_>) -> String {
    let labels = at.field("matchLabels");
    let labels = labels.entries().into_iter();
    let labels = labels.map(|(key, value)| format!("{key}={}", value.text()));
    let expressions = at.field("matchExpressions");
    let expressions = expressions.items().map(|it| {
        let values = it.field("values");
        let values: Vec<&str> = values.items().map(|value| value.text()).collect();
        let (key, operator) = (it.field("key"), it.field("operator"));
        let (key, operator) = (key.text(), operator.text());
        match values.as_slice() {
            [] => format!("{key} {operator}"),
            some => format!("{key} {operator} ({})", some.join(", ")),
        }
    });
    let all: Vec<String> = labels.chain(expressions).collect();
    bare(&match all.as_slice() {
        [] => "no label".to_owned(),
        some => some.join(","),
    })
}

/// Whether two selectors are the same to the API, for which no entries and none written are one.
fn same_selector(one: &At<'_, '_>, other: &At<'_, '_>) -> bool {
    let labels = |at: &At<'_, '_>| {
        let labels = at.field("matchLabels");
        let entries = labels.entries().into_iter();
        entries
            .map(|(key, value)| (key.to_owned(), value.text().to_owned()))
            .collect::<Vec<_>>()
    };
    let expressions = |at: &At<'_, '_>| {
        let text = |at: &At<'_, '_>, name: &'static str| at.field(name).text().to_owned();
        let values = |at: &At<'_, '_>| {
            at.field("values")
                .items()
                .map(|value| value.text().to_owned())
                .collect::<Vec<_>>()
        };
        let expressions = at.field("matchExpressions");
        let expressions = expressions.items();
        expressions
            .map(|at| (text(&at, "key"), text(&at, "operator"), values(&at)))
            .collect::<Vec<_>>()
    };
    one.is_set() == other.is_set()
        && labels(one) == labels(other)
        && expressions(one) == expressions(other)
}
