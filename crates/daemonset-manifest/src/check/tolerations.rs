//! Tolerations.

use super::at::At;
use super::format::Format;
use super::found::Found;
use super::rules;

pub(super) fn check(tolerations: &At<'_, '_>, found: &mut Found) {
    for toleration in tolerations.items() {
        one(&toleration, found);
    }
}

fn one(toleration: &At<'_, '_>, found: &mut Found) {
    rules::check("Toleration", toleration, found);
    let operator = toleration.field("operator");
    let value = toleration.field("value");
    if toleration.field("key").is_empty() && operator.text() != "Exists" {
        found.invalid_suggesting(&operator, "Exists where the key is empty", || {
            vec!["Exists".to_owned()]
        });
    }
    // What is wrong with the value is said of the operator.
    let here = operator.same_as(&value);
    match operator.text() {
        "" | "Equal" if !Format::LabelValue.holds(value.text()) => {
            found.invalid(&here, Format::LabelValue.words());
        }
        "Exists" if !value.is_empty() => {
            found.invalid(&here, "no value beside the operator Exists");
        }
        "" | "Equal" | "Exists" => {}
        _ => found.not_supported(&operator, &["Equal", "Exists"]),
    }
    let effect = toleration.field("effect");
    if toleration.field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
        found.invalid_suggesting(&effect, "NoExecute beside tolerationSeconds", || {
            vec!["NoExecute".to_owned()]
        });
    }
}
