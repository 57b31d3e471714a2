//! Required terms of affinity and anti-affinity between pods, ready to match.

use super::facts::PodAffinityTerm;
use crate::api::{LabelSelector, LabelSelectorRequirement, Labels};
use crate::matching::Selector;

/// The label whose values tell single nodes apart.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

/// The label that every namespace has, with its own name.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// Whether a term selects a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selects {
    No,
    /// The labels of the pod's namespace decide, and they are not known.
    Unknown,
    Yes,
}

/// One required term, ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    selector: Selector,
    /// Namespaces by name.
    namespaces: Vec<String>,
    /// Namespaces by label, besides.
    namespace_selector: Selector,
    pub topology_key: String,
}

impl Term {
    /// Compiles the term of a pod in this namespace. A selector that is malformed, which the API
    /// server refuses, selects nothing.
    pub(super) fn new(written: &PodAffinityTerm, namespace: &str) -> Self {
        let compiled = |selector: &Option<LabelSelector>| {
            Selector::new(selector.as_ref()).unwrap_or_else(|_| Selector::nothing())
        };
        let own = written.namespaces.is_empty() && written.namespace_selector.is_none();
        Self {
            selector: compiled(&written.label_selector),
            namespaces: if own {
                vec![namespace.to_owned()]
            } else {
                written.namespaces.clone()
            },
            namespace_selector: compiled(&written.namespace_selector),
            topology_key: written.topology_key.clone(),
        }
    }

    /// Whether it selects a pod with these labels in this namespace.
    pub(super) fn selects(&self, namespace: &str, labels: &Labels) -> Selects {
        if !self.selector.matches(labels) {
            Selects::No
        } else if self.namespaces.iter().any(|name| name == namespace) {
            Selects::Yes
        } else {
            self.selects_namespace(namespace)
        }
    }

    /// What its pods are selected by, whatever their namespaces.
    pub(super) fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Whether the namespace selector selects a namespace of which only the name is known.
    fn selects_namespace(&self, namespace: &str) -> Selects {
        if self.namespace_selector.is_everything() {
            return Selects::Yes;
        }
        let each = self.namespace_selector.requirements().iter().map(|r| {
            if r.key() != NAMESPACE_NAME {
                Selects::Unknown
            } else if r.holds_for(Some(namespace)) {
                Selects::Yes
            } else {
                Selects::No
            }
        });
        // Without a requirement it is the selector that selects nothing.
        each.min().unwrap_or(Selects::No)
    }
}

/// Adds to a term's selector what `matchLabelKeys` and `mismatchLabelKeys` say, as the API server
/// does when a pod is created.
pub(super) fn merge_label_keys(term: &mut PodAffinityTerm, labels: &Labels) {
    let Some(selector) = &mut term.label_selector else {
        return;
    };
    let keys = term.match_label_keys.iter().map(|key| (key, "In"));
    let other_keys = term.mismatch_label_keys.iter().map(|key| (key, "NotIn"));
    for (key, operator) in keys.chain(other_keys) {
        if let Some(value) = labels.get(key) {
            selector.match_expressions.push(LabelSelectorRequirement {
                key: key.clone(),
                operator: operator.to_owned(),
                values: vec![value.to_owned()],
            });
        }
    }
}

/// Whether all terms together select a pod.
pub(super) fn all_select(terms: &[Term], namespace: &str, labels: &Labels) -> Selects {
    let each = terms.iter().map(|term| term.selects(namespace, labels));
    each.min().unwrap_or(Selects::Yes)
}
