//! The pod template's `spec`, as far as it is not in a module of its own: names, DNS, the host's
//! namespaces, gates.

use std::collections::BTreeMap;

use super::at::At;
use super::containers;
use super::format::Format;
use super::found::{Found, Reason};
use super::lists::Lists;
use super::pod::Pod;
use super::resources;
use super::rules::{self, format_of};
use super::{affinity, security, tolerations, topology_spread, volumes, windows};

/// How many name servers, search domains and characters of these a resolver takes.
const NAMESERVERS: usize = 3;
const SEARCHES: usize = 32;
const SEARCHES_SIZE: usize = 2048;

/// How long `hostnameOverride` may be.
const HOSTNAME: usize = 64;

pub(super) fn check(spec: &At<'_, '_>, found: &mut Found) {
    rules::check("PodSpec", spec, found);
    let list = spec.field("volumes");
    let volumes = volumes::check(&list, found);
    let claims = spec.field("resourceClaims");
    resource_claims(&claims, found);
    let names = claims.items().map(|claim| claim.field("name").text());
    let pod = Pod {
        spec,
        volumes,
        claims: names.filter(|name| !name.is_empty()).collect(),
    };
    let lists = Lists::of(spec);
    containers::check(&pod, &lists, found);
    resources::pod_level(&pod, &lists, found);
    if spec.field("activeDeadlineSeconds").is_set() {
        let deadline = spec.field("activeDeadlineSeconds");
        found.forbidden(
            &deadline,
            "no deadline, since pods of a DaemonSet run without one",
        );
    }
    super::names::labels(&spec.field("nodeSelector"), found);
    security::pod(&pod, found);
    affinity::check(&spec.field("affinity"), found);
    tolerations::check(&spec.field("tolerations"), found);
    topology_spread::check(&spec.field("topologySpreadConstraints"), found);
    dns(
        &spec.field("dnsConfig"),
        spec.field("dnsPolicy").text(),
        found,
    );
    gates(&spec.field("schedulingGates"), found);
    resources::overhead(&spec.field("overhead"), found);
    host_users(&pod, &lists, found);
    hostname_override(&pod, found);
    windows::check(&pod, &lists, found);
}

fn resource_claims(claims: &At<'_, '_>, found: &mut Found) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, claim) in claims.items().enumerate() {
        rules::check("PodResourceClaim", &claim, found);
        let name = claim.field("name");
        if name.is_empty() {
            found.required(&name, Format::DnsLabel.words());
        } else if let Some(before) = first.get(name.text()) {
            found.duplicate(&name, format_args!("resourceClaims[{before}]"));
        } else {
            format_of(&name, Format::DnsLabel, found);
            first.insert(name.text(), index);
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        let set = sources
            .iter()
            .filter(|source| claim.field(source).is_set())
            .count();
        if set != 1 {
            let message = format_args!(
                "expected resourceClaimName or resourceClaimTemplateName, found {}",
                if set == 0 { "neither" } else { "both" }
            );
            found.fault(&claim, Reason::Invalid, message);
        }
    }
}

fn dns(config: &At<'_, '_>, policy: &str, found: &mut Found) {
    let nameservers = config.field("nameservers");
    if policy == "None" {
        if !config.is_set() {
            found.required(config, "name servers, as dnsPolicy is None");
            return;
        }
        if nameservers.is_empty() {
            found.required(
                &nameservers,
                "at least one name server, as dnsPolicy is None",
            );
            return;
        }
    }
    at_most(&nameservers, NAMESERVERS, "name servers", found);
    for nameserver in nameservers.items() {
        format_of(&nameserver, Format::Ip, found);
    }
    let searches = config.field("searches");
    at_most(&searches, SEARCHES, "search domains", found);
    let size: usize = searches.items().map(|search| search.text().len() + 1).sum();
    if size > SEARCHES_SIZE + 1 {
        let message = format_args!(
            "expected at most {SEARCHES_SIZE} characters with spaces between, found {}",
            size - 1
        );
        found.fault(&searches, Reason::Invalid, message);
    }
    for search in searches.items() {
        let text = search.text();
        let name = text.strip_suffix('.').unwrap_or(text);
        if text != "." && !Format::DnsSubdomainWithUnderscore.holds(name) {
            found.invalid(&search, Format::DnsSubdomainWithUnderscore.words());
        }
    }
    for option in config.field("options").items() {
        if option.field("name").is_empty() {
            found.required(&option, "an option with a name");
        }
    }
}

fn at_most(list: &At<'_, '_>, limit: usize, what: &str, found: &mut Found) {
    let many = list.len();
    if many > limit {
        let message = format_args!("expected at most {limit} {what}, found {many}");
        found.fault(list, Reason::Invalid, message);
    }
}

fn gates(gates: &At<'_, '_>, found: &mut Found) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, gate) in gates.items().enumerate() {
        let name = gate.field("name");
        // What is wrong with the name is said of the gate.
        let here = gate.same_as(&name);
        format_of(&here, Format::QualifiedName, found);
        if let Some(before) = first.insert(name.text(), index) {
            found.duplicate(&here, format_args!("schedulingGates[{before}]"));
        }
    }
}

/// What goes with a user namespace of its own.
fn host_users(pod: &Pod<'_>, lists: &Lists<'_, '_>, found: &mut Found) {
    if !pod.has_own_users() {
        return;
    }
    // Two of the three are written otherwise by the API server.
    for (name, named) in [
        ("hostNetwork", "hostNetwork"),
        ("hostPID", "HostPID"),
        ("hostIPC", "HostIPC"),
    ] {
        let shared = pod.spec.field(name);
        if shared.is_true() {
            let here = pod.spec.field_as(named, &shared);
            found.forbidden(&here, "false beside hostUsers: false");
        }
    }
    for container in lists.all() {
        let devices = container.field("volumeDevices");
        if !devices.is_empty() {
            found.forbidden(&devices, "no block devices beside hostUsers: false");
        }
    }
}

fn hostname_override(pod: &Pod<'_>, found: &mut Found) {
    let name = pod.spec.field("hostnameOverride");
    if !name.is_set() {
        return;
    }
    if pod.spec.field("setHostnameAsFQDN").is_true() {
        found.forbidden(&name, "no hostnameOverride beside setHostnameAsFQDN");
    }
    if pod.is_on_host_network() {
        found.forbidden(&name, "no hostnameOverride beside hostNetwork");
    }
    let length = name.text().len();
    if length > HOSTNAME {
        let message = format_args!("expected at most {HOSTNAME} characters, found {length}");
        found.fault(&name, Reason::TooLong, message);
    }
}
