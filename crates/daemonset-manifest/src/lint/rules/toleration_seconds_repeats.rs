//! `tolerationSeconds` by which pods are evicted and created again without end.

use super::toleration_seconds_never_acts::{Acts, limited, seconds_of};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("toleration-seconds-repeats"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions",
    what: "`tolerationSeconds` by which pods are evicted and created again without end.",
    why: "While the taint is there the pod is evicted after that time, and the controller creates it again at once, since the toleration lets it run there.",
    example: r"spec:
  template:
    spec:
      tolerations:
      - {key: maintenance, operator: Exists, effect: NoExecute, tolerationSeconds: 60}
",
    instead: "Leave `tolerationSeconds` out to keep the pods, or the whole toleration to keep them off.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let tolerations = &look.set.spec.template.spec().tolerations;
    for (index, _) in limited(look)
        .into_iter()
        .filter(|(_, acts)| *acts == Acts::Evicts)
    {
        let seconds = tolerations.get(index).and_then(|it| it.toleration_seconds);
        let message = format!(
            "a pod is evicted after {} s and created again at once, over and over while the taint \
             is there; leave it out, or the toleration",
            seconds.unwrap_or_default().max(0)
        );
        found.add(seconds_of(index), message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    // `Equal` is not the toleration that the controller adds, and comes before it.
    hit(
        "tolerations: [{key: node.kubernetes.io/unreachable, effect: NoExecute, tolerationSeconds: 300}]",
        "spec.template.spec.tolerations[0].tolerationSeconds",
        "a pod is evicted after 300 s and created again at once, over and over while the taint is there; leave it out, or the toleration",
    ),
    hit(
        "tolerations: [{key: maintenance, operator: Exists, effect: NoExecute, tolerationSeconds: 60}, {operator: Exists}]",
        "spec.template.spec.tolerations[0].tolerationSeconds",
        "a pod is evicted after 60 s and created again at once, over and over while the taint is there; leave it out, or the toleration",
    ),
    hit(
        "tolerations: [{key: a, value: b, effect: NoExecute}, {key: a, value: c, effect: NoExecute, tolerationSeconds: -1}]",
        "spec.template.spec.tolerations[1].tolerationSeconds",
        "a pod is evicted after 0 s and created again at once, over and over while the taint is there; leave it out, or the toleration",
    ),
];
