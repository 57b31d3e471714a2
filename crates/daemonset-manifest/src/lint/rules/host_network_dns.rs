//! Host network with the DNS policy that means the node's resolver there.

use serde_json::{Map, Value};

use crate::lint::template::pod_spec_path;
use crate::lint::template::{list_in, pod_spec, text_in};

use super::{Code, Facts, Look, OfRule, Severity};
#[cfg(test)]
use crate::lint::tests::{Case, hit, miss};

pub(in crate::lint) const FACTS: Facts = Facts {
    code: Code::new("host-network-dns"),
    severity: Severity::Info,
    reference: "https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy",
    what: "Host network with the DNS policy that means the node's resolver there.",
    why: "On the host's network, `ClusterFirst` falls back to `Default`: names of Services do not resolve.",
    example: r"spec:
  template:
    spec: {hostNetwork: true}
",
    instead: "`dnsPolicy: ClusterFirstWithHostNet` for the cluster's resolver, or `Default` to say that the node's is meant.",
};

pub(in crate::lint) fn check(look: &Look<'_>, found: &mut OfRule<'_>) {
    let template = &look.set.spec.template;
    let policy = pod_spec(template).map_or("", |spec| text_in(spec, "dnsPolicy"));
    if template.spec().host_network && matches!(policy, "" | "ClusterFirst") {
        let why = if look.containers.iter().any(|it| names_a_service(it.json)) {
            "although a container is told the name of a Service"
        } else {
            "so that names of Services do not resolve"
        };
        let message = format!(
            "on the host's network, ClusterFirst means the node's resolver, {why}: write \
             ClusterFirstWithHostNet for the cluster's, or Default to say so"
        );
        found.add(pod_spec_path("dnsPolicy"), message);
    }
}

/// Whether a command, argument or variable looks like `name.namespace.svc` or longer.
fn names_a_service(container: &Map<String, Value>) -> bool {
    let lists = ["command", "args"].iter();
    let texts = lists.flat_map(|field| list_in(Some(container), field));
    let variables = list_in(Some(container), "env").iter();
    let variables = variables.filter_map(|it| it.get("value"));
    let mut texts = texts.chain(variables).filter_map(Value::as_str);
    texts.any(|text| {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(".svc") {
            if !after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-') {
                return true;
            }
            rest = after;
        }
        false
    })
}

#[cfg(test)]
pub(in crate::lint) const CASES: &[Case] = &[
    hit(
        "hostNetwork: true",
        "spec.template.spec.dnsPolicy",
        "on the host's network, ClusterFirst means the node's resolver, so that names of Services do not resolve: write ClusterFirstWithHostNet for the cluster's, or Default to say so",
    ),
    hit(
        "{hostNetwork: true, containers: {0: {env: [{name: HOST, value: 'http://elasticsearch.logging.svc:9200'}]}}}",
        "spec.template.spec.dnsPolicy",
        "on the host's network, ClusterFirst means the node's resolver, although a container is told the name of a Service: write ClusterFirstWithHostNet for the cluster's, or Default to say so",
    ),
    hit(
        "{hostNetwork: true, containers: {0: {args: [elasticsearch.logging.svc.cluster.local]}}}",
        "spec.template.spec.dnsPolicy",
        "on the host's network, ClusterFirst means the node's resolver, although a container is told the name of a Service: write ClusterFirstWithHostNet for the cluster's, or Default to say so",
    ),
    hit(
        "{hostNetwork: true, containers: {0: {args: [/etc/agent.svconf, elasticsearch.example.com]}}}",
        "spec.template.spec.dnsPolicy",
        "on the host's network, ClusterFirst means the node's resolver, so that names of Services do not resolve: write ClusterFirstWithHostNet for the cluster's, or Default to say so",
    ),
    miss("{hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet}"),
    miss("{hostNetwork: true, dnsPolicy: Default}"),
    miss("hostNetwork: false"),
];
