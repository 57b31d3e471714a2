//! A probe or hook of a named port that its container does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::lint::template::{at, list_in};
use crate::suggest::nearest;
use crate::words::{bare, there_is};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("probe-port-missing"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port",
    what: "A probe or hook of a named port that its container does not have.",
    why: "It never succeeds. With a readiness probe no pod becomes ready and the rollout stops at its budget; with the other probes and a postStart hook the container is restarted again and again; a preStop hook does nothing.",
    example: r"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        ports: [{name: metrics, containerPort: 9100}]
        readinessProbe: {httpGet: {path: /healthz, port: health}}
",
    instead: "Write the name of one of the container's ports, or a number.",
};

const RESTARTED: &str = "the container is restarted again and again";

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    for container in &look.containers {
        let ports = list_in(Some(container.json), "ports").iter();
        let names: BTreeSet<&str> = ports
            .filter_map(|port| port.get("name")?.as_str())
            .collect();
        for (asks, comes_of_it) in [
            (&["readinessProbe"][..], "the pod never becomes ready"),
            (&["startupProbe"], RESTARTED),
            (&["livenessProbe"], RESTARTED),
            (&["lifecycle", "postStart"], RESTARTED),
            (&["lifecycle", "preStop"], "the hook does nothing"),
        ] {
            for way in ["httpGet", "tcpSocket"] {
                let port = [asks, &[way, "port"]].concat();
                let port = at(Some(container.json), &port).and_then(Value::as_str);
                let is_number = |name: &str| name.parse::<u16>().is_ok();
                let Some(name) = port.filter(|it| !names.contains(it) && !is_number(it)) else {
                    continue;
                };
                let near = nearest(name, names.iter().copied());
                let all: Vec<&str> = names.iter().copied().collect();
                let others = match all.as_slice() {
                    [] => " (nor any with a name)".to_owned(),
                    some if near.is_empty() => there_is(some),
                    _ => String::new(),
                };
                let message = format!(
                    "container {} has no port {}{others}, so {comes_of_it}",
                    bare(container.name),
                    bare(name)
                );
                let mut path = container.path.clone();
                for field in asks.iter().chain(&[way, "port"]) {
                    path = path.field(*field);
                }
                found.add_suggesting(path, message, near);
            }
        }
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "containers: {0: {ports: [{name: metrics, containerPort: 1}], readinessProbe: {tcpSocket: null, httpGet: {port: health}}}}",
        "spec.template.spec.containers[0].readinessProbe.httpGet.port",
        "container agent has no port health (there is metrics), so the pod never becomes ready",
    ),
    hit(
        "containers: {0: {ports: [{name: metrics, containerPort: 1}], livenessProbe: {tcpSocket: {port: metric}}}}",
        "spec.template.spec.containers[0].livenessProbe.tcpSocket.port",
        "container agent has no port metric, so the container is restarted again and again, did you mean metrics?",
    ),
    miss(
        "containers: {0: {ports: [{name: metrics, containerPort: 1}], livenessProbe: {tcpSocket: {port: metrics}}}}",
    ),
    hit(
        "containers: {0: {lifecycle: {preStop: {httpGet: {port: drain}}}}}",
        "spec.template.spec.containers[0].lifecycle.preStop.httpGet.port",
        "container agent has no port drain (nor any with a name), so the hook does nothing",
    ),
    miss("containers: {0: {livenessProbe: {tcpSocket: {port: 9100}}}}"),
];
