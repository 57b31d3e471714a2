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
        let (expected, is) = apart(&requirements(&before), &requirements(&after));
        let message = format_args!(
            "expected {expected}, since the selector of a DaemonSet cannot be changed, found {is}"
        );
        found.fault(&after, Reason::Invalid, message);
    }
}

/// What two selectors differ in; where it is the order alone, both as a whole.
fn apart(before: &[String], after: &[String]) -> (String, String) {
    let without = |all: &[String], others: &[String]| -> Vec<String> {
        let own = all.iter().filter(|it| !others.contains(it));
        own.cloned().collect()
    };
    let (gone, new) = (without(before, after), without(after, before));
    match (gone.as_slice(), new.as_slice()) {
        ([], []) => (told(before), told(after)),
        ([], new) if !before.is_empty() => (format!("no {}", told(new)), "it".to_owned()),
        (gone, []) if !after.is_empty() => (told(gone), "none of it".to_owned()),
        (gone, new) => (told(gone), told(new)),
    }
}

/// Requirements as `kubectl get -l` writes them.
fn told(requirements: &[String]) -> String {
    bare(&match requirements {
        [] => "no label".to_owned(),
        some => some.join(","),
    })
}

/// The requirements of a selector, each as `kubectl get -l` writes it.
fn requirements(at: &At<'_, '_>) -> Vec<String> {
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
    labels.chain(expressions).collect()
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
