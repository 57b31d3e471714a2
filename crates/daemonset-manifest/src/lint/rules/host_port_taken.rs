//! A host port that another DaemonSet on the same nodes asks for too.

use std::collections::BTreeSet;

use daemonset::api::DaemonSet;
use daemonset::placement::{Rules, Verdict};

use crate::lint::surroundings::namespace;
use crate::lint::template::{HostPort, host_ports};
use crate::words::bare;

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, hit_with_nodes, miss, miss_with_nodes};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("host-port-taken"),
    severity: Severity::Warning,
    reference: "https://kubernetes.io/docs/concepts/configuration/overview/",
    what: "A host port that another DaemonSet on the same nodes asks for too.",
    why: "A port of the host can be had once on each node. On a node that runs both DaemonSets, the pod that comes second stays Pending.",
    example: r"spec:
  template:
    spec:
      containers:
      - name: agent
        image: registry.example/agent:1.4
        ports: [{containerPort: 80, hostPort: 8080}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: other, namespace: infra}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec:
      containers:
      - name: other
        image: registry.example/other:1.4
        ports: [{containerPort: 80, hostPort: 8080}]
",
    instead: "Give one of them another port, or nodes of its own.",
};

/// How many other DaemonSets are compared with.
const COMPARED: usize = 100;

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let mut seen = BTreeSet::new();
    for port in host_ports(&look.set.spec.template) {
        if !seen.insert((port.number, port.protocol)) {
            continue;
        }
        let others = look.around.asking_for(look.set, port.number, port.protocol);
        let others = others.into_iter().take(COMPARED);
        let mut others = others.filter(|other| asks_for(other, &port));
        let shared = others.find_map(|other| match shared_node(look, other) {
            Shared::Nowhere => None,
            Shared::Somewhere => Some((other, String::new())),
            Shared::On(node) => Some((other, format!(", on {} for one", bare(node)))),
        });
        let Some((other, node)) = shared else {
            continue;
        };
        let message = format!(
            "port {} of the host is asked for by DaemonSet {}/{} too{node}: of two pods on a node, \
             one stays Pending",
            port.number,
            bare(namespace(other)),
            bare(&other.metadata.name)
        );
        found.add(port.path, message);
    }
}

/// Whether a DaemonSet asks for the port on one of the same addresses.
fn asks_for(other: &DaemonSet, port: &HostPort<'_>) -> bool {
    let mut ports = host_ports(&other.spec.template).into_iter();
    ports.any(|theirs| {
        (theirs.number, theirs.protocol) == (port.number, port.protocol)
            && (theirs.ip == port.ip || theirs.ip.is_empty() || port.ip.is_empty())
    })
}

/// Where two DaemonSets run side by side.
enum Shared<'a> {
    /// On this node, as on others perhaps.
    On(&'a str),
    /// There are no nodes to look at, and nothing that the two say of nodes keeps them apart.
    Somewhere,
    /// On no node, or that cannot be told.
    Nowhere,
}

fn shared_node<'a>(look: &Look<'a>, other: &DaemonSet) -> Shared<'a> {
    if look.around.has_nodes() {
        let rules = Rules::new(&other.spec.template).with_comparison_operators(look.comparison);
        let mut run = look.run.iter();
        let shared = run.find(|node| rules.verdict(**node) == Verdict::Run);
        return shared.map_or(Shared::Nowhere, |node| Shared::On(node.name));
    }
    let (own, theirs) = (look.set.spec.template.spec(), other.spec.template.spec());
    let differs =
        |(key, value): (&str, &str)| theirs.node_selector.get(key).is_some_and(|it| it != value);
    let is_open = own.affinity == theirs.affinity
        && own.node_name == theirs.node_name
        && !own.node_selector.iter().any(differs);
    if is_open {
        Shared::Somewhere
    } else {
        Shared::Nowhere
    }
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "containers: {0: {ports: [{containerPort: 80, hostPort: 8080}]}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {containers: {0: {ports: [{hostPort: 8080, containerPort: 1}]}}}}}}",
        "spec.template.spec.containers[0].ports[0].hostPort",
        "port 8080 of the host is asked for by DaemonSet apart/other too: of two pods on a node, one stays Pending",
    ),
    hit_with_nodes(
        "containers: {0: {ports: [{containerPort: 80, hostPort: 8080}]}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {nodeSelector: {disk: hdd}, hostNetwork: true, containers: {0: {ports: [{containerPort: 8080}]}}}}}}",
        "spec.template.spec.containers[0].ports[0].hostPort",
        "port 8080 of the host is asked for by DaemonSet apart/other too, on node-b for one: of two pods on a node, one stays Pending",
    ),
    // On other nodes, by another protocol, on another address.
    miss_with_nodes(
        "{nodeSelector: {disk: ssd}, containers: {0: {ports: [{containerPort: 80, hostPort: 8080}]}}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {nodeSelector: {disk: hdd}, containers: {0: {ports: [{hostPort: 8080, containerPort: 1}]}}}}}}",
    ),
    miss(
        "{nodeSelector: {disk: ssd}, containers: {0: {ports: [{containerPort: 80, hostPort: 8080}]}}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {nodeSelector: {disk: hdd}, containers: {0: {ports: [{hostPort: 8080, containerPort: 1}]}}}}}}",
    ),
    miss(
        "containers: {0: {ports: [{containerPort: 80, hostPort: 8080, protocol: UDP}]}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {containers: {0: {ports: [{hostPort: 8080, containerPort: 1}]}}}}}}",
    ),
    miss(
        "containers: {0: {ports: [{containerPort: 80, hostPort: 8080, hostIP: 10.0.0.1}]}}
---
{kind: DaemonSet, metadata: {name: other, namespace: apart}, spec: {template: {spec: {containers: {0: {ports: [{hostPort: 8080, containerPort: 1, hostIP: 10.0.0.2}]}}}}}}",
    ),
];
