//! Projected volumes: several sources in one directory.

use std::collections::BTreeSet;

use super::at::At;
use super::env::downward_file;
use super::format::Format;
use super::found::{Found, Reason};
use super::rules;

/// The sources in the order in which the API server looks. Those that are switched off by default
/// are gone by then.
const SOURCES: [&str; 4] = ["secret", "configMap", "downwardAPI", "serviceAccountToken"];

pub(super) fn check(projected: &At<'_, '_>, found: &mut Found) {
    let mut paths = BTreeSet::new();
    for source in projected.field("sources").items() {
        for name in SOURCES {
            let at = source.field(name);
            if at.is_set() {
                of_type(projected, name, &at, found);
                unique_paths(projected, name, &at, &mut paths, found);
            }
        }
        if SOURCES
            .iter()
            .filter(|name| source.field(name).is_set())
            .count()
            > 1
        {
            let message = "expected one of secret, configMap, downwardAPI or serviceAccountToken in a source, found several";
            found.fault(&source, Reason::Forbidden, message);
        }
    }
}

fn of_type(projected: &At<'_, '_>, name: &str, at: &At<'_, '_>, found: &mut Found) {
    match name {
        "secret" => rules::check("SecretProjection", at, found),
        "configMap" => rules::check("ConfigMapProjection", at, found),
        "downwardAPI" => {
            for file in at.field("items").items() {
                downward_file(at, &file, found);
            }
        }
        _ => {
            rules::check("ServiceAccountTokenProjection", at, found);
            // The API server names the volume's path, of which there is none.
            let path = at.field("path");
            let here = projected.field_as("path", &path);
            if path.is_empty() {
                found.required(&here, Format::UnreservedPath.words());
            } else {
                rules::format_of(&here, Format::UnreservedPath, found);
            }
        }
    }
}

/// Files that come twice. Tokens are let through here, with a warning.
fn unique_paths(
    projected: &At<'_, '_>,
    name: &str,
    at: &At<'_, '_>,
    paths: &mut BTreeSet<String>,
    found: &mut Found,
) {
    if name == "serviceAccountToken" {
        return;
    }
    for item in at.field("items").items() {
        let path = item.field("path");
        if !path.is_empty() && !paths.insert(path.text().to_owned()) {
            found.invalid(&projected.same_as(&path), "a path that no other source has");
        }
    }
}
