//! Neither a probe nor `minReadySeconds` stops a rollout of a broken version.

use daemonset::rollout::Strategy;

use crate::lint::template::{Container, is_set, list_in, pod_spec};
use crate::path::FieldPath;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("unguarded-rollout"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-readiness-probes",
    what: "Neither a probe nor `minReadySeconds` stops a rollout of a broken version.",
    why: "Without a readiness or startup probe a pod counts as available once its containers have started. A version that fails later, or that runs and does nothing, is rolled out over every node.",
    example: r"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        livenessProbe: {tcpSocket: {port: 9100}}
",
    instead: "Give the main container a readiness probe, or set `minReadySeconds`.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let set = look.set;
    let has_gates = !list_in(pod_spec(&set.spec.template), "readinessGates").is_empty();
    if look.strategy == Strategy::OnDelete || set.spec.min_ready_seconds > 0 || has_gates {
        return;
    }
    let is_guarded = |container: &Container<'_>| {
        is_set(container.json, "readinessProbe") || is_set(container.json, "startupProbe")
    };
    if look.running().next().is_some() && !look.running().any(is_guarded) {
        found.add(
            FieldPath::parse("spec.minReadySeconds"),
            "no container has a readiness probe, and a pod counts as available once it has \
             started: a version that fails later is rolled out over every node",
        );
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "containers: {0: {readinessProbe: null}}",
        "spec.minReadySeconds",
        "no container has a readiness probe, and a pod counts as available once it has started: a version that fails later is rolled out over every node",
    ),
    miss(
        "spec: {minReadySeconds: 10, template: {spec: {containers: {0: {readinessProbe: null}}}}}",
    ),
    miss(
        "spec: {updateStrategy: {type: OnDelete}, template: {spec: {containers: {0: {readinessProbe: null}}}}}",
    ),
    miss(
        "{readinessGates: [{conditionType: example.com/Warm}], containers: {0: {readinessProbe: null}}}",
    ),
    // A container counts as ready only once its startup probe has succeeded.
    miss("containers: {0: {readinessProbe: null, startupProbe: {httpGet: {port: 1}}}}"),
    // A sidecar's counts too.
    miss(
        "{containers: {0: {readinessProbe: null}}, initContainers: [{name: s, image: 's:1', restartPolicy: Always, resources: {limits: {cpu: 1, memory: 1}}, readinessProbe: {tcpSocket: {port: 1}}}]}",
    ),
];
