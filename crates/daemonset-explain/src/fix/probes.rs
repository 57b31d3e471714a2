//! What probes ask, and a node on which pods of several owners do not answer theirs in time: what is between them and the
//! kubelet.

use daemonset::api::{Pod, Timestamp};
use serde_json::Value;

use super::command::word;
use super::{Fix, NodeRepair, Repair};
use crate::cause::changes::Changes;
use crate::evidence::{ContainerState, Event};
use crate::round::Round;
use crate::stall::{Said, Stalls};
use crate::template::container;

/// A probe that failed within so many seconds fails now.
const NOW: i64 = 900;

/// How the kubelet says that a pod did not answer over the network in time; a command in it says so otherwise.
const TOO_LATE: [&str; 2] = ["Client.Timeout exceeded", "i/o timeout"];

/// How many other pods are told.
const MOST_TOLD: usize = 3;

/// The port that a probe of a container asked before the revision, where that changed it.
pub(super) fn port_before(round: &Round<'_>, name: &str) -> Option<String> {
    const PROBES: [&str; 3] = ["livenessProbe", "startupProbe", "readinessProbe"];
    const KINDS: [&str; 3] = ["httpGet", "tcpSocket", "grpc"];
    let changes = Changes::of(round)?;
    let [before, after] = [&changes.before, &changes.after].map(|it| container(&it["spec"], name));
    let (before, after) = (before?, after?);
    let port = |container: &Value, probe: &str| {
        let mut asked = KINDS.iter().map(|kind| &container[probe][*kind]["port"]);
        asked.find(|it| !it.is_null()).cloned()
    };
    PROBES.iter().find_map(|probe| {
        let (old, new) = (port(before, probe)?, port(after, probe)?);
        (old != new).then(|| match old {
            Value::String(name) => name,
            number => number.to_string(),
        })
    })
}

/// What to look for on the node, where the same revision is available elsewhere.
pub(super) fn of_node(stalls: &Stalls<'_, '_>, round: &Round<'_>) -> Option<Fix> {
    let set = round.daemon_set();
    if set.spec.template.spec().host_network || round.available_updated() == 0 {
        return None;
    }
    let mut failing = stalls.all_failing();
    let said = failing.find(|said| is_too_late(round.events_of(said.pod), round.view.now))?;
    let others = others(round, said);
    if others.is_empty() {
        return None;
    }
    let node = said.node.name.to_owned();
    let commands = vec![format!(
        "ssh {} 'sudo iptables-save; sudo nft list ruleset; ip -br address; ip route'",
        word(&node)
    )];
    let anew = started_anew(round, &node);
    let repair = Repair::Node(NodeRepair::KubeletToPods { node, others, anew });
    Some(Fix::outside(repair, commands))
}

/// A pod on the node with a container of which its runtime does not know how it ended, as is so once that or the node was
/// started anew, and when the container was started again; the last.
fn started_anew(round: &Round<'_>, node: &str) -> Option<(String, Timestamp)> {
    let pods = round.cluster.pods().iter();
    let there = pods.filter(|pod| pod.spec.node_name == node);
    let started = there.flat_map(|pod| {
        let containers = round.said_by(pod).map_or(&[][..], |said| &said.containers);
        containers.iter().filter_map(move |container| {
            let is_lost = &*container.last.as_deref()?.reason == "Unknown";
            match container.state {
                ContainerState::Running { since: Some(at) } if is_lost => {
                    let metadata = &pod.metadata;
                    Some((format!("{}/{}", metadata.namespace, metadata.name), at))
                }
                _ => None,
            }
        })
    });
    started.max_by_key(|(_, at)| *at)
}

/// The pods of other owners on the node of which the same is said.
fn others(round: &Round<'_>, said: &Said<'_, '_>) -> Vec<String> {
    let owner = |pod: &Pod| pod.metadata.controller().map(|it| it.uid.clone());
    let own = owner(said.pod);
    let there = (round.cluster.pods().iter()).filter(|pod| {
        pod.spec.node_name == said.node.name
            && owner(pod) != own
            && is_too_late(round.events_of(pod), round.view.now)
    });
    there
        .take(MOST_TOLD)
        .map(|pod| format!("{}/{}", pod.metadata.namespace, pod.metadata.name))
        .collect()
}

fn is_too_late(events: &[Event], now: Timestamp) -> bool {
    events.iter().any(|event| {
        &*event.reason == "Unhealthy"
            && event
                .last
                .is_some_and(|last| now.seconds_since(last) <= NOW)
            && TOO_LATE.iter().any(|it| event.message.contains(it))
    })
}
