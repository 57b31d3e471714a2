//! `maxUnavailable` allows every pod to be deleted at once.

use daemonset::rollout::Strategy;

use super::no_budget::{MAX_UNAVAILABLE, is_zero};
use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("whole-set-at-once"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec",
    what: "`maxUnavailable` allows every pod to be deleted at once.",
    why: "A broken version then takes the daemon off every node before the first new pod has shown that it fails.",
    example: r"spec:
  updateStrategy: {rollingUpdate: {maxUnavailable: 100%}}
",
    instead: "Allow a few nodes at a time: `maxUnavailable: 10%`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let Strategy::RollingUpdate {
        max_unavailable, ..
    } = &look.strategy
    else {
        return;
    };
    if is_zero(look) {
        return;
    }
    let desired = look.run.len();
    let limits = look.strategy.limits(desired);
    let path = FieldPath::parse(MAX_UNAVAILABLE);
    if max_unavailable
        .percent()
        .is_some_and(|percent| percent >= 100)
    {
        let message = format!(
            "{max_unavailable} of the pods may be deleted at once: a broken version takes the \
             daemon off every node"
        );
        found.add(path, message);
    } else if desired > 1
        && let Ok(Some(limits)) = limits
        && usize::try_from(limits.max_unavailable).is_ok_and(|limit| limit >= desired)
    {
        let message = format!(
            "{max_unavailable} is all of the {desired} nodes: a broken version takes the daemon off \
             every one of them"
        );
        found.add(path, message);
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 100%}}}",
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        "100% of the pods may be deleted at once: a broken version takes the daemon off every node",
    ),
    hit_with_nodes(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 2}}}",
        "spec.updateStrategy.rollingUpdate.maxUnavailable",
        "2 is all of the 2 nodes: a broken version takes the daemon off every one of them",
    ),
    miss("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 100}}}"),
    miss("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 99%}}}"),
    miss_with_nodes("spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}}"),
    // One node is all there is.
    miss_with_nodes(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 1}}, template: {spec: {nodeSelector: {disk: ssd}}}}",
    ),
];
