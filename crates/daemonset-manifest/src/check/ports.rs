//! Ports of containers, and ports that probes and hooks name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::at::At;
use super::format::Format;
use super::found::{Found, Reason};
use super::rules::format_of;

/// The names of one container's ports, each of which may come once.
pub(super) fn names_once(ports: &At<'_, '_>, found: &mut Found) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, port) in ports.items().enumerate() {
        let name = port.field("name");
        if name.is_empty() || !Format::PortName.holds(name.text()) {
            continue;
        }
        if let Some(before) = first.get(name.text()) {
            found.duplicate(&name, format_args!("ports[{before}]"));
        } else {
            first.insert(name.text(), index);
        }
    }
}

/// The ports of the node that containers ask for, each of which may come once. `list` is the list
/// whose first item the API server takes a single container for.
pub(super) fn host_ports_once<'a>(
    containers: impl Iterator<Item = At<'a, 'a>>,
    list: Option<&At<'a, 'a>>,
    found: &mut Found,
) {
    let mut first: BTreeMap<(String, String, i64), String> = BTreeMap::new();
    for container in containers {
        let named = list.map_or(container, |list| list.item_as(0, &container));
        let ports = named.field("ports");
        for port in ports.items() {
            let at = port.field("hostPort");
            if at.integer() == 0 {
                continue;
            }
            let text = |name| port.field(name).text().to_owned();
            let key = (text("protocol"), text("hostIP"), at.integer());
            if let Some(before) = first.get(&key) {
                let message = format_args!(
                    "expected a port, protocol and address that come once, found {} again, which {before} has already",
                    at.integer()
                );
                found.fault(&at, Reason::Duplicate, message);
            } else {
                let name = container.field("name").text();
                first.insert(key, format!("container {}", super::words::Quoted(name)));
            }
        }
    }
}

/// On the node's network a container's port is the node's.
pub(super) fn same_on_host_network(containers: &At<'_, '_>, found: &mut Found) {
    for container in containers.items() {
        for port in container.field("ports").items() {
            let (here, inside) = (
                port.field("hostPort"),
                port.field("containerPort").integer(),
            );
            if here.integer() != 0 && here.integer() != inside {
                found.invalid_suggesting(
                    &here,
                    format_args!("{inside} as in containerPort, since hostNetwork is true"),
                    || vec![inside.to_string()],
                );
            }
        }
    }
}

/// A port by its number, or by its name.
pub(super) fn number_or_name(at: &At<'_, '_>, found: &mut Found) {
    match at.value() {
        Value::String(name) => {
            let number = name.parse::<u16>().ok().filter(|number| *number > 0);
            if number.is_some() {
                let meant = || number.iter().map(ToString::to_string).collect();
                found.invalid_suggesting(
                    at,
                    "a number without quotes, or a port name with a letter",
                    meant,
                );
            } else {
                format_of(at, Format::PortName, found);
            }
        }
        _ if (1..=65535).contains(&at.integer()) => {}
        _ => found.invalid(at, "a number from 1 to 65535, or a port name"),
    }
}
