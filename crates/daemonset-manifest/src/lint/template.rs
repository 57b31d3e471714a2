//! The parts of a template that the core's own types do not keep, read from its JSON. What has
//! the wrong type reads as missing.

use daemonset::api::{DaemonSet, PodTemplate};
use serde_json::{Map, Value};

use crate::path::FieldPath;
use crate::words::{bare, some};

/// One container of a template.
#[derive(Debug)]
pub(super) struct Container<'a> {
    pub path: FieldPath,
    pub name: &'a str,
    pub json: &'a Map<String, Value>,
    /// Whether it runs first and ends, and is no sidecar.
    pub is_init: bool,
}

/// All containers, init containers last.
pub(super) fn containers(template: &PodTemplate) -> Vec<Container<'_>> {
    let lists = [("containers", false), ("initContainers", true)];
    let all = lists.iter().flat_map(|&(list, among_init)| {
        let items = list_in(pod_spec(template), list).iter().enumerate();
        items.filter_map(move |(at, item)| {
            let json = item.as_object()?;
            // Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
            let is_sidecar = text_in(json, "restartPolicy") == "Always";
            Some(Container {
                path: pod_spec_path(list).index(at),
                name: text_in(json, "name"),
                json,
                is_init: among_init && !is_sidecar,
            })
        })
    });
    all.collect()
}

/// That a requirement which keeps the DaemonSet off nodes with this label does nothing, since it is not in every term of the
/// required node affinity; `None` where none is in any.
pub(super) fn in_some_terms(set: &DaemonSet, key: &str, value: &str) -> Option<String> {
    let affinity = &set.spec.template.spec_as_json()["affinity"]["nodeAffinity"];
    let terms = &affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    let keeps_off = |requirement: &&Value| {
        let values = requirement["values"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        requirement["key"] == key
            && match requirement["operator"].as_str() {
                Some("NotIn") => values.iter().any(|it| it == value),
                Some("In") => !values.iter().any(|it| it == value),
                _ => false,
            }
    };
    let found: Vec<(usize, &Value)> = (0..)
        .zip(terms.as_array().into_iter().flatten())
        .filter_map(|(at, term)| {
            let requirements = term["matchExpressions"].as_array()?;
            Some((at, requirements.iter().find(keeps_off)?))
        })
        .collect();
    let (_, first) = found.first()?;
    let values = first["values"].as_array().into_iter().flatten();
    let values = values.filter_map(Value::as_str).map(bare);
    let stands_in = found
        .iter()
        .map(|(at, _)| format!("nodeSelectorTerms[{at}]"));
    Some(format!(
        "{key} {} {} stands in {} alone, and one term that fits is enough: put it into every term",
        first["operator"].as_str().unwrap_or_default(),
        some(values, first["values"].as_array().map_or(0, Vec::len)),
        some(stands_in, found.len())
    ))
}

/// A port of the host that a container asks for.
#[derive(Debug)]
pub(super) struct HostPort<'a> {
    pub path: FieldPath,
    pub number: i64,
    /// `TCP` where none is given.
    pub protocol: &'a str,
    /// The address; every one where it is empty.
    pub ip: &'a str,
}

/// The ports of the host that the running containers ask for. On the host's network, each port of
/// a container is one.
pub(super) fn host_ports(template: &PodTemplate) -> Vec<HostPort<'_>> {
    let host_network = template.spec().host_network;
    let mut all = Vec::new();
    for container in containers(template).iter().filter(|it| !it.is_init) {
        for (at, port) in list_in(Some(container.json), "ports").iter().enumerate() {
            let Some(port) = port.as_object() else {
                continue;
            };
            let number = |field: &str| port.get(field)?.as_i64().filter(|number| *number > 0);
            let host_port = number("hostPort").map(|number| ("hostPort", number));
            let of_host = host_network.then(|| number("containerPort")).flatten();
            let of_host = of_host.map(|number| ("containerPort", number));
            if let Some((field, number)) = host_port.or(of_host) {
                all.push(HostPort {
                    path: container.path.clone().field("ports").index(at).field(field),
                    number,
                    protocol: match text_in(port, "protocol") {
                        "" => "TCP",
                        protocol => protocol,
                    },
                    ip: match text_in(port, "hostIP") {
                        "0.0.0.0" | "::" => "",
                        ip => ip,
                    },
                });
            }
        }
    }
    all
}

/// The template's `spec`, as written.
pub(super) fn pod_spec(template: &PodTemplate) -> Option<&Map<String, Value>> {
    template.as_json().get("spec")?.as_object()
}

/// The list in a field.
pub(super) fn list_in<'a>(parent: Option<&'a Map<String, Value>>, field: &str) -> &'a [Value] {
    let list = parent.and_then(|parent| parent.get(field)?.as_array());
    list.map_or(&[], Vec::as_slice)
}

/// The text in a field; empty where there is none.
pub(super) fn text_in<'a>(parent: &'a Map<String, Value>, field: &str) -> &'a str {
    let text = parent.get(field).and_then(Value::as_str);
    text.unwrap_or_default()
}

/// The value at a path of fields.
pub(super) fn at<'a>(parent: Option<&'a Map<String, Value>>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let first = parent?.get(*first)?;
    rest.iter().try_fold(first, |value, field| value.get(field))
}

/// Whether a field is there and not null.
pub(super) fn is_set(parent: &Map<String, Value>, field: &str) -> bool {
    parent.get(field).is_some_and(|value| !value.is_null())
}

/// The path of a field of the pod spec: `spec.template.spec` and what follows.
pub(super) fn pod_spec_path(below: &str) -> FieldPath {
    FieldPath::parse("spec.template.spec").join(FieldPath::parse(below))
}

/// The path of the terms of required node affinity.
pub(super) fn required_terms() -> FieldPath {
    pod_spec_path(
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
    )
}
