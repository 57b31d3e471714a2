//! Ports of nodes: who holds those that a pod waits for, and which the newest revision names that others declare on just those
//! nodes where it fails.

use std::collections::BTreeSet;

use daemonset::fit::{Admission, PodNeeds};

use super::changes::{Changes, is_of_ports};
use super::explains::of_container;
use crate::health::PodProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::Said;
use crate::template::host_ports;
use crate::version::Change;
use crate::words::{agree, list};

/// How many pods are named.
const NAMED: usize = 3;

/// Who holds host ports that a pod of the set waits for.
#[derive(Default)]
pub(crate) struct PortsHeld {
    /// Those that its own old pod holds, which stays on the node.
    pub by_own_old: Vec<u16>,
    /// Whether a pod of others holds one.
    pub by_others: bool,
}

impl PortsHeld {
    /// Whether the pod would get its ports if its own old pod went.
    pub fn by_own_old_alone(&self) -> bool {
        !self.by_own_old.is_empty() && !self.by_others
    }
}

/// Who holds the host ports of the template where the scheduler found them taken and an old pod stays. Where what pods hold was not given, the own
/// old pod is taken to hold those that the newest revision did not change.
pub(crate) fn ports_held(round: &Round<'_>, said: &Said<'_, '_>) -> PortsHeld {
    let is_for_ports = matches!(
        &said.problem,
        PodProblem::Unschedulable { message, .. } if message.contains("free ports")
    );
    if !is_for_ports {
        return PortsHeld::default();
    }
    let Some(old) = staying_of(said.node, PodRevision::Old).next() else {
        return PortsHeld::default();
    };
    let set = round.daemon_set();
    let room = round.room.and_then(|room| room.rooms().get(said.node.name));
    let needs = PodNeeds::of_template(
        &set.spec.template,
        &set.metadata.namespace,
        &Admission::default(),
    );
    let (Some(room), Ok(needs)) = (room, needs) else {
        let of_node = |path: &str| is_of_ports(path) || path == "spec.hostNetwork";
        let is_same = Changes::of(round).is_some_and(|it| {
            let mut paths = it.differences.iter().map(|it| it.path.to_string());
            !paths.any(|path| of_node(&path))
        });
        return PortsHeld {
            by_own_old: if is_same { host_ports(set) } else { Vec::new() },
            by_others: false,
        };
    };
    let mut own = BTreeSet::new();
    let mut by_others = false;
    for resident in room.residents() {
        let owner = resident.controller();
        let is_own = owner.is_some_and(|it| it.uid == set.metadata.uid);
        let mut asked = needs.host_ports().iter();
        if !is_own {
            by_others |= asked.any(|port| resident.holds(port));
        } else if old.fact.name == resident.name() {
            let taken = asked.filter(|port| resident.holds(port));
            own.extend(taken.filter_map(|it| u16::try_from(it.port).ok()));
        }
    }
    PortsHeld {
        by_own_old: own.into_iter().collect(),
        by_others,
    }
}

/// The port that the revision brought to what the failing container is given, where on each node on which it fails a pod of
/// another declares it, and on none on which an updated pod is available; as a clause.
pub(crate) fn port_held_there(
    round: &Round<'_>,
    failing: &[Said<'_, '_>],
    changes: &Changes,
) -> Option<String> {
    if !round.daemon_set().spec.template.spec().host_network {
        return None;
    }
    let container = failing.first()?.problem.container()?;
    let ports = brought(changes, container);
    ports.into_iter().find_map(|port| {
        let held: Option<Vec<String>> = failing
            .iter()
            .map(|said| declared_by(round, said.node.name, port))
            .collect();
        let mut running = round.running_current().peekable();
        running.peek()?;
        if running.any(|node| declared_by(round, node.name, port).is_some()) {
            return None;
        }
        let held = held?;
        Some(format!(
            "port {port} of the node, which the revision brought, is declared there by {} {} too, and by no pod where an updated one is \
             available: it may be taken",
            agree(held.len(), "pod", "pods"),
            list(&held, NAMED),
        ))
    })
}

/// The pod of another that declares a port of the node.
fn declared_by(round: &Round<'_>, node: &str, port: u16) -> Option<String> {
    let set = &round.daemon_set().metadata;
    let residents = round.room?.rooms().get(node)?.residents();
    let declares = residents.iter().find(|pod| {
        let is_own = pod.controller().is_some_and(|it| it.uid == set.uid);
        !is_own && pod.host_ports().iter().any(|it| it.port == i32::from(port))
    })?;
    Some(format!("{}/{}", declares.namespace(), declares.name()))
}

/// The ports that the revision brought to the container's command, arguments, environment and ports.
fn brought(changes: &Changes, container: &str) -> BTreeSet<u16> {
    const NAMES: [&str; 4] = [".command", ".args", ".env", ".ports"];
    let mut all = BTreeSet::new();
    for difference in &changes.differences {
        let path = difference.path.to_string();
        if !of_container(&path, container, &NAMES) {
            continue;
        }
        let (before, after) = match &difference.change {
            Change::Added { after } => (String::new(), after.to_string()),
            Change::Changed { before, after } => (before.to_string(), after.to_string()),
            Change::Removed { .. } | Change::Reordered { .. } => continue,
        };
        let known = ports_of(&before);
        all.extend(
            ports_of(&after)
                .into_iter()
                .filter(|it| !known.contains(it)),
        );
    }
    all
}

/// The numbers that stand after a colon, or after an equals sign behind a word about a port: `:8080` and `--port=8080`.
fn ports_of(text: &str) -> BTreeSet<u16> {
    let mut all = BTreeSet::new();
    for (at, sign) in text
        .char_indices()
        .filter(|(_, it)| matches!(it, ':' | '='))
    {
        let rest = &text[at + 1..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let follows = rest[end..].chars().next();
        let is_whole = follows.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ':'));
        let before = text.get(at.saturating_sub(4)..at).unwrap_or_default();
        let is_port = match sign {
            ':' => !before.ends_with(':'),
            _ => before.eq_ignore_ascii_case("port"),
        };
        let port = rest[..end].parse::<u16>().ok().filter(|port| *port > 0);
        all.extend(port.filter(|_| is_whole && is_port));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_other_numbers() {
        for (text, ports) in [
            ("--metrics-bind-addr=:8080", vec![8080]),
            ("\"--web.listen-address=0.0.0.0:9100\"", vec![9100]),
            ("{\"hostPort\":8443,\"name\":\"https\"}", vec![8443]),
            ("--metrics-port=10254", vec![10254]),
            ("--v=4 --workers=12", vec![]),
            ("10.0.0.1:8080:tcp", vec![]),
            ("image:1.2.3", vec![]),
            ("2001:db8::1", vec![]),
            ("a:99999", vec![]),
        ] {
            assert_eq!(
                ports_of(text).into_iter().collect::<Vec<_>>(),
                ports,
                "{text}"
            );
        }
    }
}
