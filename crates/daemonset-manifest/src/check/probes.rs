//! Probes, and the hooks of a container's lifecycle.

use super::at::At;
use super::format::Format;
use super::found::Found;
use super::pod::Pod;
use super::ports;
use super::rules;

/// How a probe asks, and how a hook acts, in the order in which the API server looks.
const PROBE_HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];
const HOOK_HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "sleep"];

/// The three probes of a container.
pub(super) fn check(container: &At<'_, '_>, found: &mut Found) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = container.field(name);
        if !probe.is_set() {
            continue;
        }
        handler(&probe, &PROBE_HANDLERS, None, found);
        rules::check("Probe", &probe, found);
        let grace_period = probe.field("terminationGracePeriodSeconds");
        let successes = probe.field("successThreshold");
        if name == "readinessProbe" {
            if grace_period.is_set() {
                found.invalid(&grace_period, "no terminationGracePeriodSeconds in a readiness probe, which ends no container");
            }
        } else if successes.integer() != 1 {
            found.invalid_suggesting(&successes, format_args!("1 in a {name}"), || {
                vec!["1".to_owned()]
            });
        }
    }
}

/// A hook of the lifecycle, where it is written.
pub(super) fn hook(pod: &Pod<'_>, hook: &At<'_, '_>, found: &mut Found) {
    if hook.is_set() {
        handler(hook, &HOOK_HANDLERS, Some(pod), found);
    }
}

/// One way to ask or act, and what it needs. Of several, the API server looks into the first.
fn handler(at: &At<'_, '_>, names: &[&'static str], pod: Option<&Pod<'_>>, found: &mut Found) {
    let mut set = names
        .iter()
        .map(|name| (*name, at.field(name)))
        .filter(|(_, handler)| handler.is_set());
    let Some((name, first)) = set.next() else {
        found.required(at, crate::words::Alternatives(names));
        return;
    };
    for (_, other) in set {
        found.forbidden(
            &other,
            format_args!("one of {}", crate::words::Alternatives(names)),
        );
    }
    let port = first.field("port");
    match name {
        "exec" => rules::check("ExecAction", &first, found),
        "httpGet" => {
            rules::check("HTTPGetAction", &first, found);
            ports::number_or_name(&port, found);
            for header in first.field("httpHeaders").items() {
                let header = header.field("name");
                if !Format::HeaderName.holds(header.text()) {
                    let here = first.field_as("httpHeaders", &header);
                    found.invalid(&here, Format::HeaderName.words());
                }
            }
        }
        "tcpSocket" => ports::number_or_name(&port, found),
        "grpc" => rules::check("GRPCAction", &first, found),
        _ => {
            let (seconds, grace) = (first.field("seconds"), pod.map_or(0, Pod::grace_period));
            if !(0..=grace).contains(&seconds.integer()) {
                found.invalid(
                    &first.same_as(&seconds),
                    format_args!("a number from 0 to terminationGracePeriodSeconds ({grace})"),
                );
            }
        }
    }
}
