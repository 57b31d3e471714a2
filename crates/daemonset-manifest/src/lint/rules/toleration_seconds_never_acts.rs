//! `tolerationSeconds` of a toleration that is replaced, or that never gets its turn.

use std::collections::HashMap;

use daemonset::api::Toleration;
use daemonset::placement::daemon_tolerations;

use crate::lint::template::pod_spec_path;
use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("toleration-seconds-never-acts"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations",
    what: "`tolerationSeconds` of a toleration that is replaced, or that never gets its turn.",
    why: "The controller puts tolerations of its own, without a limit, in the place of the template's. Of the tolerations of a pod, the first that tolerates a taint says for how long; and only the effect NoExecute evicts.",
    example: r"spec:
  template:
    spec:
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300}
",
    instead: "Leave `tolerationSeconds` out.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for (index, acts) in limited(look) {
        let message = match acts {
            Acts::Replaced => {
                "the controller puts its own toleration in the place of this one, which has no \
                 limit"
                    .to_owned()
            }
            Acts::WithoutEviction => "only the effect NoExecute evicts after a time".to_owned(),
            Acts::AfterOwn(first) => {
                format!("tolerations[{first}] comes first and tolerates the same taints")
            }
            Acts::AfterAdded => {
                "a toleration that the controller adds comes first and tolerates the same taints"
                    .to_owned()
            }
            Acts::Evicts => continue,
        };
        found.add(seconds_of(index), message);
    }
}

/// What comes of a toleration's limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Acts {
    /// Pods are evicted.
    Evicts,
    /// The controller's own toleration stands in its place.
    Replaced,
    /// It has another effect than `NoExecute`.
    WithoutEviction,
    /// One of the template's comes first; its place.
    AfterOwn(usize),
    /// One that the controller adds comes first.
    AfterAdded,
}

/// The tolerations of the template that have a limit, by their places.
pub(super) fn limited(look: &Look<'_>) -> Vec<(usize, Acts)> {
    let spec = look.set.spec.template.spec();
    let has_limit = |toleration: &Toleration| toleration.toleration_seconds.is_some();
    if !spec.tolerations.iter().any(has_limit) {
        return Vec::new();
    }
    let all = daemon_tolerations(&spec.tolerations, spec.host_network);
    let mut earlier = Earlier::default();
    let mut acts: HashMap<usize, Acts> = HashMap::new();
    for daemon in &all {
        let toleration = &daemon.toleration;
        if let Some(index) = daemon.template_index.filter(|_| has_limit(toleration)) {
            let first = earlier.first_wider(toleration);
            let what = match first.map(|at| all[at].template_index) {
                _ if toleration.effect != "NoExecute" => Acts::WithoutEviction,
                Some(Some(first)) => Acts::AfterOwn(first),
                Some(None) => Acts::AfterAdded,
                None => Acts::Evicts,
            };
            acts.insert(index, what);
        }
        earlier.add(toleration);
    }
    let written = spec.tolerations.iter().enumerate();
    let limited = written.filter(|(_, toleration)| has_limit(toleration));
    limited
        .map(|(index, _)| (index, acts.get(&index).copied().unwrap_or(Acts::Replaced)))
        .collect()
}

/// The path of a toleration's limit.
pub(super) fn seconds_of(index: usize) -> FieldPath {
    pod_spec_path("tolerations")
        .index(index)
        .field("tolerationSeconds")
}

/// The tolerations so far, each by what it tolerates: key, effect, and value where it wants one.
#[derive(Default)]
struct Earlier<'t> {
    first: HashMap<(&'t str, &'t str, Wanted<'t>), usize>,
    count: usize,
}

impl<'t> Earlier<'t> {
    fn add(&mut self, toleration: &'t Toleration) {
        if let Some(wanted) = Wanted::by(toleration) {
            let what = (toleration.key.as_str(), toleration.effect.as_str(), wanted);
            self.first.entry(what).or_insert(self.count);
        }
        self.count += 1;
    }

    /// The first that tolerates every taint that this one does.
    fn first_wider(&self, toleration: &Toleration) -> Option<usize> {
        let keys = ["", toleration.key.as_str()];
        let effects = ["", toleration.effect.as_str()];
        let values = [Wanted::Any, Wanted::by(toleration).unwrap_or(Wanted::Any)];
        let wider = keys.into_iter().flat_map(|key| {
            let effects = effects.into_iter();
            effects.flat_map(move |effect| values.into_iter().map(move |it| (key, effect, it)))
        });
        wider
            .filter_map(|what| self.first.get(&what).copied())
            .min()
    }
}

/// Which value of a taint a toleration wants.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Wanted<'t> {
    Any,
    Only(&'t str),
}

impl<'t> Wanted<'t> {
    /// None where the operator is neither `Equal` nor `Exists`.
    fn by(toleration: &'t Toleration) -> Option<Self> {
        match toleration.operator.as_str() {
            "" | "Equal" => Some(Self::Only(&toleration.value)),
            "Exists" => Some(Self::Any),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 300}]",
        "spec.template.spec.tolerations[0].tolerationSeconds",
        "the controller puts its own toleration in the place of this one, which has no limit",
    ),
    hit(
        "tolerations: [{operator: Exists}, {key: maintenance, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]",
        "spec.template.spec.tolerations[1].tolerationSeconds",
        "tolerations[0] comes first and tolerates the same taints",
    ),
    hit(
        "tolerations: [{key: a, value: b, effect: NoExecute}, {key: a, value: b, effect: NoExecute, tolerationSeconds: 60}]",
        "spec.template.spec.tolerations[1].tolerationSeconds",
        "tolerations[0] comes first and tolerates the same taints",
    ),
    hit(
        "tolerations: [{key: x, operator: Exists, effect: NoSchedule, tolerationSeconds: 60}]",
        "spec.template.spec.tolerations[0].tolerationSeconds",
        "only the effect NoExecute evicts after a time",
    ),
    miss("tolerations: [{key: maintenance, operator: Exists, effect: NoExecute}]"),
];
