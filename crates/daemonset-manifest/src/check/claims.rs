//! Templates of persistent volume claims, in ephemeral volumes.

use super::amount::amount;
use super::at::At;
use super::found::{Found, Reason};
use super::rules::{self, one_of};
use super::{names, selector};

const ACCESS_MODES: [&str; 4] = [
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];

/// What a claim's metadata may not have, as manifests and as the API server write it.
const NO_METADATA: [(&str, &str); 13] = [
    ("name", "name"),
    ("generateName", "generateName"),
    ("namespace", "namespace"),
    ("selfLink", "selfLink"),
    ("uid", "uID"),
    ("resourceVersion", "resourceVersion"),
    ("generation", "generation"),
    ("creationTimestamp", "creationTimestamp"),
    ("deletionTimestamp", "deletionTimestamp"),
    ("deletionGracePeriodSeconds", "deletionGracePeriodSeconds"),
    ("ownerReferences", "ownerReferences"),
    ("finalizers", "finalizers"),
    ("managedFields", "managedFields"),
];

pub(super) fn template(template: &At<'_, '_>, found: &mut Found) {
    if !template.is_set() {
        return;
    }
    let metadata = template.field("metadata");
    names::annotations(&metadata.field("annotations"), found);
    names::labels(&metadata.field("labels"), found);
    for (name, named) in NO_METADATA {
        let at = metadata.field(name);
        let is_written = match name {
            "ownerReferences" | "finalizers" | "managedFields" | "deletionGracePeriodSeconds" => {
                at.is_set()
            }
            "generation" => at.integer() != 0,
            _ => !at.is_empty(),
        };
        if is_written {
            let here = metadata.field_as(named, &at);
            found.forbidden(&here, "labels and annotations alone");
        }
    }
    spec(&template.field("spec"), found);
}

fn spec(spec: &At<'_, '_>, found: &mut Found) {
    rules::check("PersistentVolumeClaimSpec", spec, found);
    selector::check(&spec.field("selector"), found);
    access_modes(&spec.field("accessModes"), found);
    let resources = spec.field("resources");
    let storage = resources.field("requests");
    let storage = storage.entry("storage");
    let here = resources.entry_as("storage", &storage);
    let is_written = resources.value().pointer("/requests/storage").is_some();
    let size = amount(storage.value()).map_or(0, |size| size.nanos());
    if !is_written {
        found.required(&here, "a request for storage");
    } else if size <= 0 {
        found.invalid(&here, "a size above zero");
    }
    data_source(spec, found);
}

/// Faults of modes have no index: the API server does not say which it means.
fn access_modes(modes: &At<'_, '_>, found: &mut Found) {
    let mut kinds = [false; 2];
    for mode in modes.items() {
        let here = modes.same_as(&mode);
        one_of(&here, &ACCESS_MODES, found);
        match mode.text() {
            "ReadWriteOncePod" => kinds[0] = true,
            text if ACCESS_MODES.contains(&text) => kinds[1] = true,
            _ => {}
        }
    }
    if kinds == [true; 2] {
        found.forbidden(modes, "ReadWriteOncePod alone, or other modes");
    }
}

fn data_source(spec: &At<'_, '_>, found: &mut Found) {
    let (source, reference) = (spec.field("dataSource"), spec.field("dataSourceRef"));
    for at in [&source, &reference] {
        let kind = at.field("kind");
        if at.is_set() && at.field("apiGroup").is_empty() && kind.text() != "PersistentVolumeClaim"
        {
            found.invalid(
                &at.same_as(&kind),
                "PersistentVolumeClaim where apiGroup is empty",
            );
        }
    }
    if !source.is_set() || !reference.is_set() {
        return;
    }
    let differs = |name: &'static str| source.field(name).value() != reference.field(name).value();
    if !reference.field("namespace").is_empty() {
        let message = "expected no dataSource beside dataSourceRef.namespace, found both";
        found.fault(&spec.same_as(&source), Reason::Invalid, message);
    } else if ["apiGroup", "kind", "name"].into_iter().any(differs) {
        let message = "expected the same in dataSource and dataSourceRef, found two that differ";
        found.fault(&spec.same_as(&source), Reason::Invalid, message);
    }
}
