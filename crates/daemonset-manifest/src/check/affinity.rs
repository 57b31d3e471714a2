//! Affinity: to nodes, and to other pods or against them.

use std::collections::{BTreeMap, BTreeSet};

use super::at::At;
use super::format::Format;
use super::found::Found;
use super::rules::{self, format_of};
use super::selector;
use crate::words::Alternatives;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

const NODE_OPERATORS: [&str; 6] = ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"];

pub(super) fn check(affinity: &At<'_, '_>, found: &mut Found) {
    node_affinity(&affinity.field("nodeAffinity"), found);
    for name in ["podAffinity", "podAntiAffinity"] {
        let at = affinity.field(name);
        for term in at.field(REQUIRED).items() {
            pod_term(&term, found);
        }
        for weighted in at.field(PREFERRED).items() {
            rules::check("WeightedPodAffinityTerm", &weighted, found);
            pod_term(&weighted.field("podAffinityTerm"), found);
        }
    }
}

fn node_affinity(at: &At<'_, '_>, found: &mut Found) {
    let required = at.field(REQUIRED);
    if required.is_set() {
        let terms = required.field("nodeSelectorTerms");
        if terms.is_empty() {
            found.required(&terms, "at least one term");
        }
        for term in terms.items() {
            node_term(&term, found);
            for expression in term.field("matchExpressions").items() {
                selector::values(&expression, found);
            }
        }
    }
    for preferred in at.field(PREFERRED).items() {
        rules::check("PreferredSchedulingTerm", &preferred, found);
        // Values that no label could have are let through here, with a warning.
        node_term(&preferred.field("preference"), found);
    }
}

fn node_term(term: &At<'_, '_>, found: &mut Found) {
    for expression in term.field("matchExpressions").items() {
        selector::requirement(&expression, &NODE_OPERATORS, found);
    }
    for field in term.field("matchFields").items() {
        node_field(&field, found);
    }
}

/// A requirement on a node's field, of which there is one: its name.
fn node_field(at: &At<'_, '_>, found: &mut Found) {
    let (key, operator, values) = (at.field("key"), at.field("operator"), at.field("values"));
    match operator.text() {
        name @ ("In" | "NotIn") => {
            if values.len() != 1 {
                let many = values.len();
                let message = format_args!("expected exactly one value for {name}, found {many}");
                found.fault(&values, super::Reason::Required, message);
            }
        }
        _ => found.invalid(&operator, Alternatives(&["In", "NotIn"])),
    }
    if key.text() == "metadata.name" {
        for value in values.items() {
            format_of(&value, Format::DnsSubdomain, found);
        }
    } else {
        found.invalid_suggesting(&key, "metadata.name", || vec!["metadata.name".to_owned()]);
    }
}

fn pod_term(term: &At<'_, '_>, found: &mut Found) {
    rules::check("PodAffinityTerm", term, found);
    selector::check(&term.field("labelSelector"), found);
    selector::check(&term.field("namespaceSelector"), found);
    for namespace in term.field("namespaces").items() {
        if !Format::DnsLabel.holds(namespace.text()) {
            let here = term.field_as("namespace", &namespace);
            found.invalid(&here, Format::DnsLabel.words());
        }
    }
    label_keys(term, found);
}

/// `matchLabelKeys` and `mismatchLabelKeys` beside the selector that they are added to.
pub(super) fn label_keys(at: &At<'_, '_>, found: &mut Found) {
    let selector = at.field("labelSelector");
    let (matching, mismatching) = (at.field("matchLabelKeys"), at.field("mismatchLabelKeys"));
    for keys in [&matching, &mismatching] {
        if !keys.is_empty() && !selector.is_set() {
            found.forbidden(keys, "no keys without a labelSelector");
        } else {
            for key in keys.items() {
                format_of(&key, Format::QualifiedName, found);
            }
        }
    }
    selected_twice(at, &selector, &matching, found);
    let mismatching: BTreeSet<&str> = mismatching.items().map(|key| key.text()).collect();
    for key in matching.items() {
        if mismatching.contains(key.text()) {
            found.invalid(&key, "a key that is not in mismatchLabelKeys too");
        }
    }
}

/// A key that the selector names twice and `matchLabelKeys` once more.
fn selected_twice(
    at: &At<'_, '_>,
    selector: &At<'_, '_>,
    matching: &At<'_, '_>,
    found: &mut Found,
) {
    let places: BTreeMap<&str, usize> = matching
        .items()
        .enumerate()
        .map(|(i, key)| (key.text(), i))
        .collect();
    if places.is_empty() {
        return;
    }
    let labels = selector.field("matchLabels");
    let mut selected: BTreeSet<&str> = labels.entries().into_iter().map(|(key, _)| key).collect();
    for expression in selector.field("matchExpressions").items() {
        let key = expression.field("key");
        if let Some(&place) = places.get(key.text())
            && selected.contains(key.text())
        {
            let here = at.item_as(place, &key);
            found.invalid(
                &here,
                "a key that is not both in matchLabelKeys and twice in the labelSelector",
            );
        }
        selected.insert(key.text());
    }
}
