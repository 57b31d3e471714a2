//! Label selectors, and requirements on labels.

use daemonset::api::{LabelSelector, LabelSelectorRequirement, Labels};
use daemonset::matching::Selector;

use super::at::At;
use super::format::Format;
use super::found::Found;
use super::names;
use super::rules::format_of;
use crate::words::Alternatives;

const OPERATORS: [&str; 4] = ["In", "NotIn", "Exists", "DoesNotExist"];

/// A selector of pods or namespaces; nothing is asked of one that is not there.
pub(super) fn check(at: &At<'_, '_>, found: &mut Found) {
    names::labels(&at.field("matchLabels"), found);
    for expression in at.field("matchExpressions").items() {
        requirement(&expression, &OPERATORS, found);
        values(&expression, found);
    }
}

/// The key and operator of a requirement, and how many values go with that.
pub(super) fn requirement(at: &At<'_, '_>, operators: &[&str], found: &mut Found) {
    let (operator, values) = (at.field("operator"), at.field("values"));
    let name = operator.text();
    match name {
        "In" | "NotIn" if values.is_empty() => {
            found.required(&values, format_args!("at least one value for {name}"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            found.forbidden(&values, format_args!("no values for {name}"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if operators.contains(&name) => {
            if values.len() != 1 {
                let many = values.len();
                let message = format_args!("expected exactly one value for {name}, found {many}");
                found.fault(&values, super::Reason::Required, message);
            }
        }
        _ => {
            let near = || {
                let near = crate::suggest::nearest(name, operators.iter().copied());
                near.into_iter().map(str::to_owned).collect()
            };
            found.invalid_suggesting(&operator, Alternatives(operators), near);
        }
    }
    format_of(&at.field("key"), Format::QualifiedName, found);
}

/// The values of a requirement, which must be such as labels have.
pub(super) fn values(at: &At<'_, '_>, found: &mut Found) {
    for value in at.field("values").items() {
        format_of(&value, Format::LabelValue, found);
    }
}

/// The selector here, ready to match; none where it is malformed. One that is not there matches
/// nothing.
pub(super) fn compiled(at: &At<'_, '_>) -> Option<Selector> {
    if !at.is_set() {
        return Selector::new(None).ok();
    }
    let texts = |at: &At<'_, '_>| at.items().map(|item| item.text().to_owned()).collect();
    let (labels, expressions) = (at.field("matchLabels"), at.field("matchExpressions"));
    let selector = LabelSelector {
        match_labels: labels_of(&labels),
        match_expressions: expressions
            .items()
            .map(|written| LabelSelectorRequirement {
                key: written.field("key").text().to_owned(),
                operator: written.field("operator").text().to_owned(),
                values: texts(&written.field("values")),
            })
            .collect(),
    };
    Selector::new(Some(&selector)).ok()
}

/// The labels here.
pub(super) fn labels_of(at: &At<'_, '_>) -> Labels {
    let entries = at.entries();
    entries
        .iter()
        .map(|(key, value)| (*key, value.text()))
        .collect()
}
