//! `spec`: the selector, the pod template and the numbers beside them.

use super::at::At;
use super::found::{Found, Reason};
use super::{annotations, names, pod_spec, rules, selector, update_strategy};

pub(super) fn check(spec: &At<'_, '_>, found: &mut Found) {
    rules::check("DaemonSetSpec", spec, found);
    update_strategy::check(&spec.field("updateStrategy"), found);
    let (selector, template) = (spec.field("selector"), spec.field("template"));
    let metadata = template.field("metadata");
    let labels = metadata.field("labels");
    selects_template(&selector, &labels, found);
    // The API server names labels and annotations of a template as if they were its own fields.
    names::labels(&template.field_as("labels", &labels), found);
    let written = metadata.field("annotations");
    let annotations = template.field_as("annotations", &written);
    names::annotations(&annotations, found);
    let pod = template.field("spec");
    annotations::check(&annotations, &pod, found);
    pod_spec::check(&pod, found);
}

fn selects_template(selector: &At<'_, '_>, labels: &At<'_, '_>, found: &mut Found) {
    selector::check(selector, found);
    if selector.is_set()
        && selector.field("matchLabels").is_empty()
        && selector.field("matchExpressions").is_empty()
    {
        let message = "expected a requirement, found a selector that selects every pod";
        found.fault(selector, Reason::Invalid, message);
    }
    let Some(compiled) = selector::compiled(selector) else {
        return;
    };
    let found_labels = selector::labels_of(labels);
    if compiled.matches(&found_labels) {
        return;
    }
    let missing: Vec<String> = compiled
        .requirements()
        .iter()
        .filter(|requirement| !requirement.holds_for(found_labels.get(requirement.key())))
        .map(ToString::to_string)
        .take(MISSING)
        .collect();
    if missing.is_empty() {
        let message = "expected a spec.selector that selects the template's labels, found none";
        found.fault(labels, Reason::Invalid, message);
    } else {
        let wanted = missing.join(", ");
        let message = format_args!(
            "expected labels that spec.selector selects, found none for {}",
            super::words::Quoted(&wanted)
        );
        found.fault(labels, Reason::Invalid, message);
    }
}

/// How many requirements that do not hold are named.
const MISSING: usize = 3;
