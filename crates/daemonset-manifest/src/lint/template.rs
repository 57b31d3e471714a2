//! The parts of a template that the crate's own types do not keep, read from its JSON. What has
//! the wrong type reads as missing.

use serde_json::{Map, Value};

use super::POD_SPEC;
use crate::api::PodTemplate;

/// One container of a template.
pub(super) struct Container<'a> {
    pub path: String,
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
                path: format!("{POD_SPEC}.{list}[{at}]"),
                name: text_in(json, "name"),
                json,
                is_init: among_init && !is_sidecar,
            })
        })
    });
    all.collect()
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
    parent
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The value at a path of fields.
pub(super) fn at<'a>(parent: Option<&'a Map<String, Value>>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let first = parent?.get(*first)?;
    rest.iter().try_fold(first, |value, field| value.get(field))
}
