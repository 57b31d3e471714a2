//! `metadata` of the DaemonSet.

use std::collections::BTreeSet;

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::names;
use super::rules;
use crate::diagnostic::Code;
use crate::path::Harmless;

/// How much of `generateName` a generated name keeps.
const GENERATED_PREFIX: usize = 58;

/// What a generated name ends in: five letters and digits, whichever they are.
const GENERATED_END: &str = "xxxxx";

/// Finalizers of Kubernetes's own that have no domain before their names.
const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", ORPHAN, FOREGROUND];
const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

const DUPLICATE_OWNER: Code = Code::new("duplicate-owner");
const REPEATED_OWNERS: &str = "contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ";

pub(super) fn check(metadata: &At<'_, '_>, namespace: Option<&str>, found: &mut Found) {
    name(metadata, found);
    let at = metadata.field("namespace");
    if !at.is_empty() {
        rules::format_of(&at, Format::DnsLabel, found);
    } else if namespace.is_none() {
        found.required(&at, Format::DnsLabel.words());
    }
    names::labels(&metadata.field("labels"), found);
    names::annotations(&metadata.field("annotations"), found);
    owners(&metadata.field("ownerReferences"), found);
    finalizers(&metadata.field("finalizers"), found);
}

fn name(metadata: &At<'_, '_>, found: &mut Found) {
    let (name, prefix) = (metadata.field("name"), metadata.field("generateName"));
    if !prefix.is_empty() {
        rules::format_of(&prefix, Format::DnsSubdomainPrefix, found);
    }
    if !name.is_empty() {
        rules::format_of(&name, Format::DnsSubdomain, found);
    } else if prefix.is_empty() {
        found.required(&name, Format::DnsSubdomain.words());
    } else {
        let text = prefix.text();
        let end = text.floor_char_boundary(GENERATED_PREFIX);
        let generated = format!("{}{GENERATED_END}", &text[..end]);
        if !Format::DnsSubdomain.holds(&generated) {
            let words = Format::DnsSubdomain.words();
            let message = format_args!("expected a generateName that {words} may begin with");
            found.fault(&name, Reason::Invalid, message);
        }
    }
}

/// Faults of owners have no index: the API server does not say which of them it means. It drops
/// those that come again, with a warning.
fn owners(at: &At<'_, '_>, found: &mut Found) {
    let (mut controllers, mut seen, mut repeated) = (0, BTreeSet::new(), Vec::new());
    for owner in at.items() {
        let key = ["apiVersion", "kind", "name", "uid"].map(|name| owner.field(name).text());
        let flags =
            ["controller", "blockOwnerDeletion"].map(|name| owner.field(name).value().as_bool());
        if !seen.insert((key, flags)) {
            repeated.push(owner.field("uid").text());
            continue;
        }
        let field = |name: &'static str| (name, owner.field(name));
        for (name, value) in ["apiVersion", "kind", "name", "uid"].map(field) {
            let is_missing = match name {
                "apiVersion" => version_of(value.text()).is_empty(),
                _ => value.is_empty(),
            };
            if is_missing {
                let here = at.field_as(name, &value);
                found.invalid(&here, format_args!("the {name} of an owner"));
            }
        }
        if owner.field("kind").text() == "Event"
            && matches!(owner.field("apiVersion").text(), "v1" | "/v1")
        {
            found.invalid(&at.same_as(&owner), "an owner other than an Event");
        }
        if owner.field("controller").is_true() {
            controllers += 1;
            if controllers > 1 {
                found.invalid(&at.same_as(&owner), "one owner with controller: true");
            }
        }
    }
    if !repeated.is_empty() {
        let message = format_args!("{REPEATED_OWNERS}{}", Harmless(&repeated.join(", ")));
        found.warning(at, DUPLICATE_OWNER, message);
    }
}

/// The version in `group/version`, or in `version`; empty where there is none.
fn version_of(api_version: &str) -> &str {
    match api_version.split_once('/') {
        None => api_version,
        Some((_, version)) if version.contains('/') => "",
        Some((_, version)) => version,
    }
}

fn finalizers(at: &At<'_, '_>, found: &mut Found) {
    let mut deletes = [false; 2];
    for finalizer in at.items() {
        let name = finalizer.text();
        if !Format::QualifiedName.holds(name) {
            found.invalid(&at.same_as(&finalizer), Format::QualifiedName.words());
        }
        if !name.contains('/') && !STANDARD_FINALIZERS.contains(&name) {
            found.invalid(
                &finalizer,
                "a name with a domain before it, such as example.com/cleanup",
            );
        }
        deletes[0] |= name == ORPHAN;
        deletes[1] |= name == FOREGROUND;
    }
    if deletes == [true; 2] {
        found.invalid(at, format_args!("{ORPHAN} or {FOREGROUND}, not both"));
    }
}
