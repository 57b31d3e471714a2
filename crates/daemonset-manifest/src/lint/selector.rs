//! Which pods the set takes for its own.

use super::{Findings, Rule};
use crate::api::{DaemonSet, HASH_LABEL};
use crate::node_state::GENERATION_LABEL;
use crate::selector::Selector;

pub(super) fn check(set: &DaemonSet, others: &[DaemonSet], found: &mut Findings) {
    let Ok(selector) = Selector::new(set.spec.selector.as_ref()) else {
        return;
    };
    overlap(set, &selector, others, found);
    written_by_the_controller(set, &selector, found);
}

fn overlap(set: &DaemonSet, selector: &Selector, others: &[DaemonSet], found: &mut Findings) {
    let labels = set.spec.template.labels();
    let mut others: Vec<_> = (others.iter())
        .filter(|other| namespace(other) == namespace(set))
        .filter(|other| other.metadata.name != set.metadata.name)
        .collect();
    others.sort_by_key(|other| &other.metadata.name);
    for other in others {
        let name = &other.metadata.name;
        if selector.matches(other.spec.template.labels()) {
            let message = format!(
                "matches the pods of daemon set {name} too; give each set a label of its own"
            );
            found.add(Rule::SelectorOverlap, "spec.selector", message);
        } else if Selector::new(other.spec.selector.as_ref()).is_ok_and(|it| it.matches(labels)) {
            let message = format!(
                "the selector of daemon set {name} matches these labels too; give each set a \
                 label of its own"
            );
            found.add(
                Rule::SelectorOverlap,
                "spec.template.metadata.labels",
                message,
            );
        }
    }
}

fn namespace(set: &DaemonSet) -> &str {
    match set.metadata.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    }
}

fn written_by_the_controller(set: &DaemonSet, selector: &Selector, found: &mut Findings) {
    let read = |label: &str| selector.requirements().iter().any(|it| it.key() == label);
    let labels = set.spec.template.labels();
    for label in [HASH_LABEL, GENERATION_LABEL] {
        if read(label) {
            let message = format!(
                "reads {label}, which the controller sets anew on every pod: it may lose its pods \
                 as it makes them, and make more"
            );
            found.add(Rule::HashLabelInSelector, "spec.selector", message);
        } else if labels.get(label).is_some() {
            let message = format!("sets {label}, which the controller overwrites on every pod");
            let field = format!("spec.template.metadata.labels[{label}]");
            found.add(Rule::HashLabelInTemplate, field, message);
        }
    }
}
