//! A host port, which the new pod beside the old one cannot have.

use crate::lint::template::host_ports;
use crate::words::some;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("host-port-with-surge"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/daemon-set-v1/#DaemonSetSpec",
    what: "A host port, which the new pod beside the old one cannot have.",
    why: "With `maxSurge` the new pod is created while the old one still runs. The old one holds the port, so the new one stays Pending, and no node is ever updated.",
    example: r"spec:
  updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        ports: [{containerPort: 80, hostPort: 8080}]
",
    instead: "Roll out with `maxUnavailable` and without `maxSurge`, or do without the port of the host.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    if !look.strategy.surges() {
        return;
    }
    let template = &look.set.spec.template;
    let ports = host_ports(template);
    let Some(first) = ports.first() else {
        return;
    };
    let why = match ports.len() {
        _ if template.spec().host_network => "the pods share the host's network",
        1 => "it is a port of the host",
        _ => "they are ports of the host",
    };
    let numbers = ports.iter().map(|port| port.number.to_string());
    let message = format!(
        "maxSurge wants a new pod beside the old one, which holds {} {}: {why}, so the new pod \
         never starts; set maxSurge to 0 and maxUnavailable to 1",
        if ports.len() == 1 { "port" } else { "ports" },
        some(numbers, ports.len())
    );
    found.add(first.path.clone(), message);
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}, template: {spec: {containers: {0: {ports: [{containerPort: 80, hostPort: 8080}]}}}}}",
        "spec.template.spec.containers[0].ports[0].hostPort",
        "maxSurge wants a new pod beside the old one, which holds port 8080: it is a port of the host, so the new pod never starts; set maxSurge to 0 and maxUnavailable to 1",
    ),
    hit(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}, template: {spec: {hostNetwork: true, dnsPolicy: Default, containers: {0: {ports: [{containerPort: 80}]}}}}}",
        "spec.template.spec.containers[0].ports[0].containerPort",
        "maxSurge wants a new pod beside the old one, which holds port 80: the pods share the host's network, so the new pod never starts; set maxSurge to 0 and maxUnavailable to 1",
    ),
    miss(
        "spec: {updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}, template: {spec: {containers: {0: {ports: [{containerPort: 80}]}}}}}",
    ),
    miss("containers: {0: {ports: [{containerPort: 80, hostPort: 80}]}}"),
];
