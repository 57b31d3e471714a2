//! What the API server accepts and warns of, in its own words.

mod deprecated;
mod overlaps;
mod ports;

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::amount::{is_whole, spelled_in_thousandths};
use super::at::At;
use super::format::Format;
use super::found::Found;
use super::lists::Lists;
use crate::diagnostic::{Code, Diagnostic};
use crate::path::Harmless;

const NULL_SELECTOR: Code = Code::new("null-label-selector");
const DUPLICATE_HOST_ALIAS: Code = Code::new("duplicate-host-alias");
const DUPLICATE_PULL_SECRET: Code = Code::new("duplicate-pull-secret");
const EMPTY_PULL_SECRET: Code = Code::new("empty-pull-secret");
const FRACTIONAL_BYTES: Code = Code::new("fractional-bytes");
const HIDDEN_VARIABLE: Code = Code::new("hidden-variable");
const NEGATIVE_GRACE_PERIOD: Code = Code::new("negative-grace-period");
const ODD_IP_ADDRESS: Code = Code::new("odd-ip-address");
const NO_LABEL_VALUE: Code = Code::new("no-label-value");

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Warnings about a pod template without faults.
pub(super) fn check(template: &At<'_, '_>, found: &mut Found) {
    let spec = template.field("spec");
    let lists = Lists::of(&spec);
    deprecated::check(template, &spec, &lists, found);
    node_affinity(&spec, found);
    null_selectors(&spec, found);
    overlaps::check(&spec.field("volumes"), found);
    twice(
        &spec.field("hostAliases"),
        "ip",
        DUPLICATE_HOST_ALIAS,
        found,
    );
    let secrets = spec.field("imagePullSecrets");
    twice(&secrets, "name", DUPLICATE_PULL_SECRET, found);
    for secret in secrets.items() {
        let name = secret.field("name");
        if name.is_empty() {
            found.warning(&name, EMPTY_PULL_SECRET, "invalid empty name \"\"");
        }
    }
    fractional_bytes(&spec.field("overhead"), found);
    for container in lists.all() {
        let resources = container.field("resources");
        for kind in ["limits", "requests"] {
            fractional_bytes(&resources.field(kind), found);
        }
        hidden_variables(&container.field("env"), found);
    }
    claims(&spec.field("volumes"), found);
    ports::check(&lists, found);
    let period = spec.field("terminationGracePeriodSeconds");
    if period.integer() < 0 {
        let message = "must be >= 0; negative values are invalid and will be treated as 1";
        found.warning(&period, NEGATIVE_GRACE_PERIOD, message);
    }
    addresses(&spec, found);
}

/// A warning as kubectl prints it, after `Warning: `.
///
/// ```
/// use daemonset_manifest::check::as_kubectl_prints;
/// use daemonset_manifest::{Code, Diagnostic, FieldPath, Severity};
///
/// let path = FieldPath::parse("metadata.Labels");
/// let unknown = Diagnostic::new(Code::new("unknown-field"), Severity::Warning, path, "unknown field");
/// assert_eq!(as_kubectl_prints(&unknown), r#"unknown field "metadata.Labels""#);
/// ```
#[must_use]
pub fn as_kubectl_prints(warning: &Diagnostic) -> String {
    let Diagnostic {
        code,
        path,
        message,
        ..
    } = warning;
    match code.as_str() {
        "unknown-field" => format!("unknown field \"{path}\""),
        "duplicate-owner" => format!(".{path} {message}"),
        // These name the volume in the text.
        overlaps::OVERLAPPING_PATHS | overlaps::EMPTY_SOURCE => message.clone(),
        _ => format!("{path}: {message}"),
    }
}

/// Values of preferred node affinity that no label could have.
fn node_affinity(spec: &At<'_, '_>, found: &mut Found) {
    let affinity = spec.field("affinity");
    let nodes = affinity.field("nodeAffinity");
    for preferred in nodes.field(PREFERRED).items() {
        let term = preferred.field("preference");
        for expression in term.field("matchExpressions").items() {
            for value in expression.field("values").items() {
                let text = value.text();
                let shown = Harmless(text);
                if text.len() > 63 {
                    let message = format_args!("{shown} is invalid, must be no more than 63 bytes");
                    found.warning(&value, NO_LABEL_VALUE, message);
                }
                if !text.is_empty() && !is_made_as_labels_are(text) {
                    let message = format_args!("{shown} is invalid, {LABEL_VALUE}");
                    found.warning(&value, NO_LABEL_VALUE, message);
                }
            }
        }
    }
}

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Whether a text is a label's value but for its length.
fn is_made_as_labels_are(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.bytes().all(inside) && edge(text.bytes().next()) && edge(text.bytes().next_back())
}

/// Selectors that are not there, which select no pod.
fn null_selectors(spec: &At<'_, '_>, found: &mut Found) {
    let mut check = |term: &At<'_, '_>| {
        let selector = term.field("labelSelector");
        if !selector.is_set() {
            let message = "a null labelSelector results in matching no pod";
            found.warning(&selector, NULL_SELECTOR, message);
        }
    };
    for constraint in spec.field("topologySpreadConstraints").items() {
        check(&constraint);
    }
    let affinity = spec.field("affinity");
    for name in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.field(name);
        for term in pods.field(REQUIRED).items() {
            check(&term);
        }
        for weighted in pods.field(PREFERRED).items() {
            check(&weighted.field("podAffinityTerm"));
        }
    }
}

/// Items of a list with a field that an item before them has too.
fn twice(list: &At<'_, '_>, name: &'static str, code: Code, found: &mut Found) {
    let mut before = BTreeSet::new();
    for item in list.items() {
        let at = item.field(name);
        if !before.insert(at.text().to_owned()) {
            let text = crate::path::quoted(at.text());
            found.warning(&at, code, format_args!("duplicate {name} {text}"));
        }
    }
}

fn fractional_bytes(amounts: &At<'_, '_>, found: &mut Found) {
    for name in ["memory", "ephemeral-storage"] {
        fractional(&amounts.entry(name), found);
    }
}

fn fractional(at: &At<'_, '_>, found: &mut Found) {
    if is_whole(at.value()) {
        return;
    }
    let shown = spelled_in_thousandths(at.value()).unwrap_or_default();
    let message = format_args!("fractional byte value \"{shown}\" is invalid, must be an integer");
    found.warning(at, FRACTIONAL_BYTES, message);
}

/// The size that the claim of an ephemeral volume asks for.
fn claims(volumes: &At<'_, '_>, found: &mut Found) {
    for volume in volumes.items() {
        let source = volume.field("ephemeral");
        let template = source.field("volumeClaimTemplate");
        let spec = template.field("spec");
        let resources = spec.field("resources");
        for kind in ["requests", "limits"] {
            let amounts = resources.field(kind);
            fractional(&amounts.entry("storage"), found);
        }
    }
}

/// Variables that take the name of one before them without using its value.
fn hidden_variables(list: &At<'_, '_>, found: &mut Found) {
    let mut before = BTreeSet::new();
    for variable in list.items() {
        let name = variable.field("name");
        let name = name.text();
        if before.insert(name.to_owned()) {
            continue;
        }
        let value = variable.field("value");
        let reference = format!("$({name})");
        let uses_it = value.text().contains(&reference) && value.text() != reference;
        if variable.field("valueFrom").is_set() || !uses_it {
            let name = crate::path::quoted(name);
            let message = format_args!(
                "hides previous definition of {name}, which may be dropped when using apply"
            );
            found.warning(&variable, HIDDEN_VARIABLE, message);
        }
    }
}

/// IPv6 addresses that are not written in the shortest way.
fn addresses(spec: &At<'_, '_>, found: &mut Found) {
    let mut check = |at: &At<'_, '_>| {
        let text = at.text();
        if !Format::Ip.holds(text) {
            return;
        }
        if let Ok(IpAddr::V6(address)) = text.parse() {
            let shortest = address.to_string();
            if shortest != text {
                let message = format_args!(
                    "IPv6 address \"{text}\" should be in RFC 5952 canonical format (\"{shortest}\")"
                );
                found.warning(at, ODD_IP_ADDRESS, message);
            }
        }
    };
    let dns = spec.field("dnsConfig");
    for nameserver in dns.field("nameservers").items() {
        check(&nameserver);
    }
    for alias in spec.field("hostAliases").items() {
        check(&alias.field("ip"));
    }
}
