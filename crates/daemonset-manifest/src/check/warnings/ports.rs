//! Ports of containers that get in each other's way.

use std::collections::BTreeMap;

use crate::check::at::At;
use crate::check::found::Found;
use crate::check::lists::Lists;
use crate::diagnostic::Code;
use crate::path::Harmless;

const HOST_IP_ALONE: Code = Code::new("host-ip-without-port");
const DUPLICATE: Code = Code::new("duplicate-port");
const OVERLAPPING: Code = Code::new("overlapping-port");
const AMBIGUOUS: Code = Code::new("ambiguous-port");
const DUPLICATE_NAME: Code = Code::new("duplicate-port-name");

pub(super) fn check(lists: &Lists<'_, '_>, found: &mut Found) {
    let mut known: BTreeMap<(i64, String), Known> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for container in lists.all() {
        for port in container.field("ports").items() {
            let text = |name| port.field(name).text().to_owned();
            let (ip, host_port) = (text("hostIP"), port.field("hostPort").integer());
            let inside = port.field("containerPort").integer();
            if !ip.is_empty() && host_port == 0 {
                host_ip_alone(&port, inside, found);
            }
            let key = (inside, text("protocol"));
            known
                .entry(key)
                .or_default()
                .add(&port, ip, host_port, found);
            let name = text("name");
            if !name.is_empty() {
                name_once(&port, name, &mut names, found);
            }
        }
    }
}

fn host_ip_alone(port: &At<'_, '_>, inside: i64, found: &mut Found) {
    let [name, protocol, ip] = ["name", "protocol", "hostIP"].map(|name| port.field(name).text());
    let (name, protocol, ip) = (Harmless(name), Harmless(protocol), Harmless(ip));
    let message = format_args!(
        "hostIP set without hostPort: {{Name:{name} HostPort:0 ContainerPort:{inside} Protocol:{protocol} HostIP:{ip}}}"
    );
    found.warning(port, HOST_IP_ALONE, message);
}

fn name_once(
    port: &At<'_, '_>,
    name: String,
    names: &mut BTreeMap<String, String>,
    found: &mut Found,
) {
    if let Some(other) = names.get(&name) {
        let name = crate::path::quoted(&name);
        let message = format_args!(
            "duplicate port name {name} with {other}, services and probes that select ports by name will use {other}"
        );
        found.warning(port, DUPLICATE_NAME, message);
    } else {
        names.insert(name, port.path().to_string());
    }
}

/// The ports so far with the same number and protocol inside their containers: their paths by
/// host port and address.
#[derive(Default)]
struct Known(BTreeMap<i64, BTreeMap<String, Vec<String>>>);

impl Known {
    /// Warns of the ports before that this one gets in the way of, and of no others are any
    /// looked at: as many as there are warnings.
    fn add(&mut self, port: &At<'_, '_>, ip: String, host_port: i64, found: &mut Found) {
        for (other_port, by_ip) in &self.0 {
            if host_port != 0 && *other_port != 0 && *other_port != host_port {
                continue;
            }
            for (other_ip, paths) in by_ip {
                let (code, kind) = if *other_ip == ip && *other_port == host_port {
                    (DUPLICATE, "duplicate")
                } else if host_port == 0 || *other_port == 0 {
                    (OVERLAPPING, "overlapping")
                } else if ip.is_empty() != other_ip.is_empty() {
                    (AMBIGUOUS, "dangerously ambiguous")
                } else {
                    continue;
                };
                for path in paths {
                    if found.is_full_of_warnings() {
                        return;
                    }
                    found.warning(
                        port,
                        code,
                        format_args!("{kind} port definition with {path}"),
                    );
                }
            }
        }
        let by_ip = self.0.entry(host_port).or_default();
        by_ip.entry(ip).or_default().push(port.path().to_string());
    }
}
