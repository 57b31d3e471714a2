//! What the set's pods are made of.

use serde_json::Value;

use super::template::{Container, at, containers, pod_spec, text_in};
use super::{Findings, POD_SPEC, Rule};
use crate::api::{DaemonSet, PodTemplate};
use crate::schema::default_pull_policy;

pub(super) fn check(set: &DaemonSet, found: &mut Findings) {
    let template = &set.spec.template;
    for container in &containers(template) {
        if !container.is_init {
            requests(template, container, found);
        }
        image(container, found);
    }
    dns(template, found);
    priority(set, found);
}

/// A limit without a request is a request too.
fn requests(template: &PodTemplate, container: &Container<'_>, found: &mut Findings) {
    let is_requested = |resource: &str| {
        ["requests", "limits"].iter().any(|kind| {
            let path = ["resources", kind, resource];
            let of_container = at(Some(container.json), &path);
            let of_pod = at(pod_spec(template), &path);
            [of_container, of_pod]
                .into_iter()
                .flatten()
                .any(|it| !it.is_null())
        })
    };
    let comes_of_it = [
        (
            "memory",
            "its pods are among the first that a node short of memory evicts",
        ),
        ("cpu", "it gets next to no CPU on a busy node"),
    ];
    let missing: Vec<_> = (comes_of_it.into_iter())
        .filter(|(resource, _)| !is_requested(resource))
        .collect();
    if missing.is_empty() {
        return;
    }
    let resources: Vec<_> = missing.iter().map(|(resource, _)| *resource).collect();
    let effects: Vec<_> = missing.iter().map(|(_, effect)| *effect).collect();
    let message = format!(
        "container {} requests no {}: {}",
        container.name,
        resources.join(" and no "),
        effects.join(", and ")
    );
    let field = format!("{}.resources.requests", container.path);
    found.add(Rule::MissingRequests, field, message);
}

fn image(container: &Container<'_>, found: &mut Findings) {
    let image = text_in(container.json, "image");
    // Without a pull policy of its own, an image is always pulled if its tag is `latest` or missing.
    if !image.contains('@') && default_pull_policy(image) == "Always" {
        let message = format!(
            "{image} is whatever the tag latest means when a pod starts: nodes may run different \
             versions, and a rollback brings none back"
        );
        found.add(
            Rule::FloatingImage,
            format!("{}.image", container.path),
            message,
        );
    }
}

/// On the host's network, `ClusterFirst` means the node's resolver.
fn dns(template: &PodTemplate, found: &mut Findings) {
    let policy = pod_spec(template).map_or("", |spec| text_in(spec, "dnsPolicy"));
    if template.spec().host_network && matches!(policy, "" | "ClusterFirst") {
        let uses_names = containers(template)
            .iter()
            .any(|it| names_a_service(it.json));
        let why = if uses_names {
            "although a container is told the name of a service"
        } else {
            "so that names of services do not resolve"
        };
        let message = format!(
            "on the host's network, ClusterFirst means the node's resolver, {why}: write \
             ClusterFirstWithHostNet for the cluster's, or Default to say so"
        );
        found.add(
            Rule::HostNetworkDns,
            format!("{POD_SPEC}.dnsPolicy"),
            message,
        );
    }
}

/// Whether a command, argument or variable looks like `name.namespace.svc` or longer.
fn names_a_service(container: &serde_json::Map<String, Value>) -> bool {
    let texts = ["command", "args"]
        .iter()
        .filter_map(|field| container.get(*field)?.as_array());
    let variables = container.get("env").and_then(Value::as_array);
    let variables = variables
        .into_iter()
        .flatten()
        .filter_map(|it| it.get("value"));
    let mut texts = texts.flatten().chain(variables).filter_map(Value::as_str);
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

fn priority(set: &DaemonSet, found: &mut Findings) {
    let spec = pod_spec(&set.spec.template);
    let class = spec.map_or("", |spec| text_in(spec, "priorityClassName"));
    if set.metadata.namespace == "kube-system" && class.is_empty() {
        found.add(
            Rule::NoPriorityClass,
            format!("{POD_SPEC}.priorityClassName"),
            "on a full node the pod waits, as other pods are not moved for it; the cluster's own \
             daemons have system-node-critical",
        );
    }
}
