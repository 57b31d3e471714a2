//! Annotations of the pod template that the API server reads itself.

use std::collections::BTreeSet;

use daemonset::template::table::{self, Kind};
use serde_json::Value;

use super::at::At;
use super::decode;
use super::format::Format;
use super::found::{Found, Reason};
use super::lists::Lists;
use super::tolerations;
use crate::suggest::nearest;

const MIRROR: &str = "kubernetes.io/config.mirror";
const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
pub(super) const SECCOMP_OF_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(super) const SECCOMP_OF_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
pub(super) const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The annotations of a template. `at` is what the API server calls them.
pub(super) fn check(at: &At<'_, '_>, spec: &At<'_, '_>, found: &mut Found) {
    let mirror = at.entry(MIRROR);
    if has(at, MIRROR) && spec.field("nodeName").is_empty() {
        found.invalid(&mirror, "no mirror pod without spec.nodeName");
    }
    written_tolerations(at, found);
    let cost = at.entry(DELETION_COST);
    if has(at, DELETION_COST) && !is_integer(cost.text()) {
        found.invalid(&cost, "a 32-bit integer");
    }
    let lists = Lists::of(spec);
    let name_of = |container: At<'_, '_>| container.field("name").text().to_owned();
    let names: BTreeSet<String> = lists.all().map(name_of).collect();
    for (key, value) in at.entries() {
        if key == SECCOMP_OF_POD || key.starts_with(SECCOMP_OF_CONTAINER) {
            seccomp_profile(&at.field_as(key, &value), found);
        } else if let Some(name) = key.strip_prefix(APP_ARMOR) {
            app_armor_profile(&value, name, &names, found);
        }
    }
    agree(at, spec, &lists, found);
}

fn has(at: &At<'_, '_>, key: &str) -> bool {
    at.object().is_some_and(|entries| entries.contains_key(key))
}

/// Tolerations as JSON in an annotation, which are asked of as those of the spec are.
fn written_tolerations(at: &At<'_, '_>, found: &mut Found) {
    let written = at.entry(TOLERATIONS);
    if written.is_empty() {
        return;
    }
    let read: Option<Value> = serde_json::from_str(written.text()).ok();
    let of_type = table::type_named("PodSpec").and_then(|type_| type_.field("tolerations"));
    let kind = of_type.map_or(&Kind::Any, |field| &field.kind);
    let Some(read) = read.filter(|read| decode::holds(kind, read)) else {
        let message = "expected a list of tolerations as JSON, found something else";
        found.fault(&at.same_as(&written), Reason::Invalid, message);
        return;
    };
    // What is found in the text stands where the annotation does.
    let mut inside = Found::default();
    let list = At::root(&read);
    tolerations::check(&list, &mut inside);
    found.take_in(inside, &at.field_as(TOLERATIONS, &written));
}

fn is_integer(text: &str) -> bool {
    let first = text.bytes().next();
    let begins = matches!(first, Some(b'-' | b'1'..=b'9')) || text == "0";
    begins && text.parse::<i32>().is_ok()
}

fn seccomp_profile(at: &At<'_, '_>, found: &mut Found) {
    let fits = match at.text() {
        "runtime/default" | "docker/default" | "unconfined" => true,
        text => text
            .strip_prefix("localhost/")
            .is_some_and(|path| Format::DescendingPath.holds(path)),
    };
    if !fits {
        found.invalid(at, "runtime/default, unconfined or localhost/<path>");
    }
}

fn app_armor_profile(at: &At<'_, '_>, name: &str, names: &BTreeSet<String>, found: &mut Found) {
    if !names.contains(name) {
        let meant = || {
            let near = nearest(name, names.iter().map(String::as_str));
            near.into_iter()
                .map(|name| format!("{APP_ARMOR}{name}"))
                .collect()
        };
        found.invalid_named(
            at,
            "the name of a container at the end of the key",
            name,
            meant,
        );
    }
    let text = at.text();
    if !matches!(text, "" | "runtime/default" | "unconfined") && !text.starts_with("localhost/") {
        found.invalid(at, "runtime/default, unconfined or localhost/<name>");
    }
}

/// Where both an annotation and the field that took its place are written, they must say the same.
fn agree(annotations: &At<'_, '_>, spec: &At<'_, '_>, lists: &Lists<'_, '_>, found: &mut Found) {
    let text = |key: &str| {
        annotations
            .object()
            .and_then(|all| all.get(key))
            .map(|value| value.as_str().unwrap_or(""))
    };
    let context = spec.field("securityContext");
    if let Some(written) = text(SECCOMP_OF_POD) {
        seccomp_agrees(written, &context.field("seccompProfile"), found);
    }
    let is_windows = spec.value().pointer("/os/name").and_then(Value::as_str) == Some("windows");
    for container in lists.all() {
        let of_container = container.field("securityContext");
        let name = container.field("name").text();
        if let Some(written) = text(&format!("{SECCOMP_OF_CONTAINER}{name}")) {
            seccomp_agrees(written, &of_container.field("seccompProfile"), found);
        }
        if let Some(written) = text(&format!("{APP_ARMOR}{name}"))
            && !is_windows
        {
            let own = of_container.field("appArmorProfile");
            let of_pod = context.field("appArmorProfile");
            // A profile of the pod's is one of each container's to the API server.
            let profile = if own.is_set() {
                own
            } else {
                own.same_as(&of_pod)
            };
            agrees(written, &profile, &["runtime/default"], found);
        }
    }
}

fn seccomp_agrees(written: &str, profile: &At<'_, '_>, found: &mut Found) {
    agrees(
        written,
        profile,
        &["runtime/default", "docker/default"],
        found,
    );
}

fn agrees(written: &str, profile: &At<'_, '_>, defaults: &[&str], found: &mut Found) {
    let (type_, file) = (profile.field("type"), profile.field("localhostProfile"));
    let fits = match type_.text() {
        "Unconfined" => written == "unconfined",
        "RuntimeDefault" => defaults.contains(&written),
        "Localhost" => written.starts_with("localhost/"),
        _ => true,
    };
    let shown = super::words::Quoted(written);
    if !fits {
        found.forbidden(
            &type_,
            format_args!("the same as in the annotation, {shown}"),
        );
    } else if let Some(path) = written.strip_prefix("localhost/")
        && type_.text() == "Localhost"
        && (!file.is_set() || file.text() != path)
    {
        found.forbidden(
            &file,
            format_args!("the same as in the annotation, {shown}"),
        );
    }
}
