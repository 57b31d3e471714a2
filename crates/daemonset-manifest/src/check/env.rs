//! Environment variables: where they come from.

use super::amount::{nanos, spelled};
use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::rules;
use crate::words::Alternatives;

const SOURCES: [&str; 5] = [
    "fieldRef",
    "resourceFieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "fileKeyRef",
];

/// The fields of a pod that a variable may have.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The fields of a pod that a file of a downward API volume may have.
pub(super) const FILE_FIELDS: [&str; 5] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

/// The fields of a pod that can be asked for by name at all. The last two are old names.
const KNOWN_FIELDS: [&str; 15] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
    "spec.host",
];

/// What of a container's resources can be asked for.
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

const CPU_DIVISORS: [&str; 2] = ["1m", "1"];
const BYTE_DIVISORS: [&str; 13] = [
    "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
];

/// `env` and `envFrom` of a container.
pub(super) fn check(container: &At<'_, '_>, found: &mut Found) {
    for variable in container.field("env").items() {
        rules::check("EnvVar", &variable, found);
        let from = variable.field("valueFrom");
        if from.is_set() {
            value_from(&from, &variable.field("value"), found);
        }
    }
    let sources = container.field("envFrom");
    for source in sources.items() {
        rules::check("EnvFromSource", &source, found);
        let names = ["configMapRef", "secretRef"];
        let set = names
            .iter()
            .filter(|name| source.field(name).is_set())
            .count();
        if set != 1 {
            // The API server does not say which of the sources it means.
            let what = if set == 0 { "neither" } else { "both" };
            let message = format_args!("expected configMapRef or secretRef, found {what}");
            found.fault(&sources.same_as(&source), Reason::Invalid, message);
        }
    }
}

fn value_from(from: &At<'_, '_>, value: &At<'_, '_>, found: &mut Found) {
    rules::check("EnvVarSource", from, found);
    let field = from.field("fieldRef");
    if field.is_set() {
        field_ref(&field, &VARIABLE_FIELDS, found);
    }
    let resource = from.field("resourceFieldRef");
    if resource.is_set() {
        resource_ref(&resource, Asker::Variable, found);
    }
    match SOURCES
        .iter()
        .filter(|name| from.field(name).is_set())
        .count()
    {
        0 => found.invalid(from, Alternatives(&SOURCES)),
        _ if !value.is_empty() => found.invalid(from, "no valueFrom beside a value"),
        1 => {}
        many => {
            let message = format_args!(
                "expected one of {}, found {many} of them",
                Alternatives(&SOURCES)
            );
            found.fault(from, Reason::Invalid, message);
        }
    }
}

/// A field of the pod, by its path.
pub(super) fn field_ref(at: &At<'_, '_>, allowed: &[&str], found: &mut Found) {
    let (version, path) = (at.field("apiVersion"), at.field("fieldPath"));
    let text = path.text();
    if text.is_empty() {
        found.required(&path, "the path of a field such as metadata.name");
        return;
    }
    if version.text() != "v1" {
        let here = path.same_as(&version);
        found.invalid(&here, "v1 as apiVersion");
        return;
    }
    match subscript(text) {
        Some(("metadata.annotations", key)) => {
            if !Format::QualifiedName.holds(&key.to_lowercase()) {
                found.invalid(&at.same_as(&path), "the key of an annotation in brackets");
            }
        }
        Some(("metadata.labels", key)) => {
            if !Format::QualifiedName.holds(key) {
                found.invalid(&at.same_as(&path), "the key of a label in brackets");
            }
        }
        Some(_) => found.invalid(
            &path,
            "brackets behind metadata.labels or metadata.annotations alone",
        ),
        None if !KNOWN_FIELDS.contains(&text) => {
            let near = || {
                let near = crate::suggest::nearest(text, allowed.iter().copied());
                near.into_iter().map(str::to_owned).collect()
            };
            found.invalid_suggesting(&path, Alternatives(allowed), near);
        }
        None => {
            let text = if text == "spec.host" {
                "spec.nodeName"
            } else {
                text
            };
            if !allowed.contains(&text) {
                found.not_supported(&path, allowed);
            }
        }
    }
}

/// The path and key of `path['key']`.
fn subscript(path: &str) -> Option<(&str, &str)> {
    let (path, key) = path.strip_suffix("']")?.split_once("['")?;
    (!path.is_empty()).then_some((path, key))
}

/// Who asks for a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// A variable, which is a container's own.
    Variable,
    /// A file of a volume, which must name the container.
    File,
}

/// A container's request or limit.
pub(super) fn resource_ref(at: &At<'_, '_>, asker: Asker, found: &mut Found) {
    let (container, resource) = (at.field("containerName"), at.field("resource"));
    let name = resource.text();
    let is_huge_pages =
        name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-");
    if asker == Asker::File && container.is_empty() {
        found.required(&container, "the name of a container");
    } else if name.is_empty() {
        found.required(&resource, Alternatives(&RESOURCES));
    } else if !RESOURCES.contains(&name) && !is_huge_pages {
        found.not_supported(&resource, &RESOURCES);
    }
    let divisor = at.field("divisor");
    let Some(stored) = spelled(divisor.value()).filter(|_| nanos(divisor.value()) != 0) else {
        return;
    };
    let allowed: &[&str] = match name {
        "limits.cpu" | "requests.cpu" => &CPU_DIVISORS,
        _ if RESOURCES.contains(&name) || is_huge_pages => &BYTE_DIVISORS,
        _ => return,
    };
    if !allowed.contains(&stored.as_str()) {
        found.invalid(&divisor, Alternatives(allowed));
    }
}

/// A file of the downward API. `parent` is what the API server names in its place.
pub(super) fn downward_file(parent: &At<'_, '_>, file: &At<'_, '_>, found: &mut Found) {
    let here = parent.same_as(file);
    rules::check("DownwardAPIVolumeFile", &here, found);
    let (field, resource) = (here.field("fieldRef"), here.field("resourceFieldRef"));
    match (field.is_set(), resource.is_set()) {
        (false, false) => found.required(&here, "fieldRef or resourceFieldRef"),
        (false, true) => resource_ref(&resource, Asker::File, found),
        (true, both) => {
            field_ref(&field, &FILE_FIELDS, found);
            if both {
                found.invalid(&here, "fieldRef or resourceFieldRef, not both");
            }
        }
    }
}
