//! What failing nodes are that those are not on which a pod is available: where to look first.

use std::collections::BTreeSet;
use std::fmt;

use daemonset::api::{ConditionStatus, ConditionType, Node, NodeCondition, Pod, Timestamp};

use crate::evidence::{ContainerState, GivenKind, NodeInfo};
use crate::health::{NodeProblem, is_of_trouble};
use crate::round::labels;
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::stall::Said;
use crate::words::{agree, list};

/// How many of the others are told.
const NAMED: usize = 2;

/// How many of the nodes in question are named.
const NODES: usize = 3;

/// How many nodes with an available pod show that it is not by chance.
const FEWEST: usize = 2;

/// The label of a kind of machine, or of a pool, that all of these nodes have and none of the others; none where there are no
/// others.
///
/// ```
/// use daemonset::api::Node;
///
/// let node = |os: &str| -> Result<Node, serde_json::Error> {
///     serde_json::from_value(serde_json::json!({"metadata": {"name": os, "labels": {"kubernetes.io/os": os}}}))
/// };
/// let (linux, windows) = (node("linux")?, node("windows")?);
/// let apart = daemonset_explain::label_apart(&[&windows], &[&linux]);
/// assert_eq!(apart, Some(("kubernetes.io/os", "windows")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn label_apart<'n>(these: &[&'n Node], others: &[&Node]) -> Option<(&'static str, &'n str)> {
    let (first, rest) = these.split_first().filter(|_| !others.is_empty())?;
    let first: &'n Node = first;
    PLATFORM.iter().chain(&POOLS).find_map(|key| {
        let value = first.metadata.labels.get(key)?;
        let has = |node: &&Node| node.metadata.labels.get(key) == Some(value);
        (rest.iter().all(&has) && !others.iter().any(has)).then_some((*key, value))
    })
}

type Field = fn(&NodeInfo) -> &str;

/// What a node runs, the most telling first.
const RUNS: [(&str, Field); 4] = [
    ("", |info| &info.os_image),
    ("", |info| &info.container_runtime_version),
    (KERNEL, |info| &info.kernel_version),
    (KUBELET, |info| &info.kubelet_version),
];

const KERNEL: &str = "kernel ";
const KUBELET: &str = "kubelet ";

/// Labels of the kind of machine that a program is built for: they tell more than whatever it runs.
pub(super) const PLATFORM: [&str; 2] = ["kubernetes.io/os", "kubernetes.io/arch"];

/// Labels by which the nodes of one pool are known, which are alike.
const POOLS: [&str; 7] = [
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "node.kubernetes.io/instance-type",
    "node-pool",
    "pool",
];

/// For so many seconds at least no pod was started before the first that fails was made, where it may be for what changed
/// meanwhile: a rollout waits for less.
const LONG_BEFORE: i64 = 3600;

/// When pods of one revision were started that run, and those that fail, long after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StartedApart {
    /// How many run.
    pub pods: usize,
    /// When the last of them was started.
    pub running: Timestamp,
    /// When the first of those was made that fail.
    pub failing: Timestamp,
}

/// Whether what fails of a revision was made long after all that run of it were started, and its node had joined: what
/// changed in between may be why, rather than what nodes are. Not while a rollout goes on, in which the last are always
/// younger.
pub(crate) fn started_apart(round: &Round<'_>, failing: &[Said<'_, '_>]) -> Option<StartedApart> {
    if round.staying(PodRevision::Old).next().is_some() {
        return None;
    }
    let running = round.running_current();
    let running: Vec<_> = running
        .flat_map(|node| staying_of(node, PodRevision::New))
        .filter(|pod| pod.fact.readiness.is_available())
        .collect();
    let starts = running.iter().flat_map(|pod| {
        let said = round.said_by(pod.pod);
        let containers = said.into_iter().flat_map(|it| &it.containers);
        let since = containers.filter_map(|container| match container.state {
            ContainerState::Running { since } => since,
            _ => None,
        });
        since.chain(pod.pod.metadata.creation_timestamp)
    });
    let last = starts.max()?;
    let is_apart = |said: &Said<'_, '_>| {
        let made = said.pod.metadata.creation_timestamp;
        let node = said.node.node.and_then(|it| it.metadata.creation_timestamp);
        let is_long_after = |before| made.is_some_and(|it| it.seconds_since(before) >= LONG_BEFORE);
        said.is_new && is_long_after(last) && node.is_some_and(is_long_after)
    };
    let made = failing.iter();
    let first = made.filter_map(|said| said.pod.metadata.creation_timestamp);
    let first = first.min()?;
    (running.len() >= FEWEST && failing.iter().all(is_apart)).then_some(StartedApart {
        pods: running.len(),
        running: last,
        failing: first,
    })
}

/// Prints as a clause.
impl fmt::Display for StartedApart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the pods that run were started by {}, those that fail were made from {} on: what changed in between may be why",
            self.running, self.failing
        )
    }
}

/// What all of these nodes are, and none of at least two others on which a pod is available, as a clause; with those where
/// an older pod is that are the same.
pub(crate) fn told_apart(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    apart_from(round, nodes, "nodes")
}

/// The same, where older pods fail alike: those that are available are asked, of whichever revision they are.
pub(crate) fn told_apart_of_all(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    let working: Vec<&NodeSeen<'_>> = others(round, nodes).filter(|node| works(node)).collect();
    among(round, nodes, "nodes", ("an available pod", working))
}

/// Since when these nodes have been ready, where all others with an available pod have been for an hour longer at least: they
/// were started anew since, or came since.
pub(crate) fn ready_since(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    let since = |node: &NodeSeen<'_>| {
        let ready = node.node?.condition(&ConditionType::Ready)?;
        ready
            .last_transition_time
            .filter(|_| ready.status == ConditionStatus::True)
    };
    let all = |nodes: &[&NodeSeen<'_>]| -> Option<BTreeSet<Timestamp>> {
        nodes.iter().map(|node| since(node)).collect()
    };
    let working: Vec<&NodeSeen<'_>> = others(round, nodes).filter(|node| works(node)).collect();
    let these: Option<Vec<&NodeSeen<'_>>> =
        nodes.iter().map(|name| round.view.node(name)).collect();
    let these = these.filter(|it| it.len() >= FEWEST && working.len() >= FEWEST)?;
    let (these, others) = (all(&these)?, all(&working)?);
    let (first, last) = (*these.first()?, *others.last()?);
    let from = if these.len() > 1 {
        " at the earliest"
    } else {
        ""
    };
    (first.seconds_since(last) >= LONG_BEFORE).then(|| {
        format!(
            "{} have been ready since {first}{from}, all nodes with an available pod since {last} or longer",
            list(nodes, NODES)
        )
    })
}

/// The same of nodes on which pods are available too, and start again and again.
pub(crate) fn told_apart_while_up(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    apart_from(round, nodes, "the others")
}

/// The device that every node with an available pod of the revision offers, and none of these nodes, and a label of which
/// the same holds, as a clause.
///
/// Source: [Device Plugins](https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/).
pub(crate) fn devices_elsewhere(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    let (working, device) = device_elsewhere(round, nodes)?;
    // Without one it may be what comes of the failure: a plugin that does not run offers nothing.
    let (key, value) = labels_elsewhere(round, &working, nodes).next()?;
    let names: Vec<String> = working.iter().map(|node| node.name.to_owned()).collect();
    Some(format!(
        "{}, where a pod is available, {} {device}, and {} {} not; so it is with label {key}={value}",
        list(&names, NAMED),
        agree(names.len(), "offers", "offer"),
        list(nodes, NAMED),
        agree(nodes.len(), "does", "do"),
    ))
}

/// The label of a GPU that every node with an available pod of the revision has beside such a device, while none of these
/// nodes has one of its key.
pub(crate) fn label_of_gpus<'r>(
    round: &'r Round<'_>,
    nodes: &[String],
) -> Option<(&'r str, &'r str)> {
    const PARTS: [&str; 3] = ["gpu", "nvidia", "accelerator"];
    let (working, _) = device_elsewhere(round, nodes)?;
    let these = || nodes.iter().filter_map(|it| round.view.node(it));
    labels_elsewhere(round, &working, nodes).find(|(key, value)| {
        let is_of_gpus = PARTS
            .iter()
            .any(|it| key.contains(it) || value.contains(it));
        is_of_gpus && !these().any(|node| labels(node).any(|(other, _)| other == *key))
    })
}

/// The nodes with an available pod of the revision, and the device that all of them offer and none of these nodes.
fn device_elsewhere<'r>(
    round: &'r Round<'_>,
    nodes: &[String],
) -> Option<(Vec<&'r NodeSeen<'r>>, &'r str)> {
    let evidence = round.evidence.filter(|it| it.gave(GivenKind::Node))?;
    let offers = |name: &str, device: &str| evidence.node(name).is_some_and(|it| it.offers(device));
    let working: Vec<&NodeSeen<'_>> = round.running_current().collect();
    let first = evidence.node(working.first()?.name)?;
    let device = first.devices.iter().find(|device| {
        working.iter().all(|node| offers(node.name, device))
            && !nodes.iter().any(|name| offers(name, device))
    })?;
    Some((working, device))
}

/// The labels that all of the first nodes have, and none of the others.
fn labels_elsewhere<'r>(
    round: &Round<'_>,
    working: &[&'r NodeSeen<'r>],
    nodes: &[String],
) -> impl Iterator<Item = (&'r str, &'r str)> {
    let has = |node: &NodeSeen<'_>, label: &(&str, &str)| labels(node).any(|it| it == *label);
    let first = working.first().copied();
    first
        .into_iter()
        .flat_map(|node| labels(node))
        .filter(move |label| {
            let mut these = nodes.iter().filter_map(|it| round.view.node(it));
            label.0 != "kubernetes.io/hostname"
                && working.iter().all(|node| has(node, label))
                && !these.any(|node| has(node, label))
        })
}

/// Whether a node has an available pod, of whichever revision.
fn works(node: &NodeSeen<'_>) -> bool {
    node.runs_updated() || node.runs_old()
}

/// The nodes of the round but these.
fn others<'r>(round: &'r Round<'_>, nodes: &'r [String]) -> impl Iterator<Item = &'r NodeSeen<'r>> {
    let these: BTreeSet<&str> = nodes.iter().map(String::as_str).collect();
    let all = round.view.nodes.iter();
    all.filter(move |node| !these.contains(node.name))
}

fn apart_from(round: &Round<'_>, nodes: &[String], called: &str) -> Option<String> {
    let all = || others(round, nodes);
    let updated: Vec<&NodeSeen<'_>> = all().filter(|node| round.runs_current(node)).collect();
    // What runs the same revision tells more.
    let working = if updated.len() < FEWEST {
        (
            "an available pod",
            all().filter(|node| works(node)).collect(),
        )
    } else {
        ("an available updated pod", updated)
    };
    among(round, nodes, called, working)
}

/// What sets these nodes apart from those that work, which have such a pod.
fn among(
    round: &Round<'_>,
    nodes: &[String],
    called: &str,
    (pod, working): (&str, Vec<&NodeSeen<'_>>),
) -> Option<String> {
    let evidence = round.evidence.filter(|it| it.gave(GivenKind::Node))?;
    let seen = || nodes.iter().filter_map(|name| round.view.node(name));
    // One is enough for one that was started anew, with another kernel maybe.
    let is_new = nodes.iter().all(|name| rebooted(round, name).is_some());
    let fewest = if is_new { 1 } else { FEWEST };
    if working.len() < fewest || seen().count() == 0 {
        return None;
    }
    let next = |is_alike: &dyn Fn(&NodeSeen<'_>) -> bool| -> Vec<String> {
        let is_other = |node: &&NodeSeen<'_>| !working.iter().any(|it| it.name == node.name);
        let waiting = others(round, nodes).filter(is_other);
        let waiting = waiting.filter(|node| node.runs_old() && !node.runs_updated());
        let alike = waiting.filter(|node| is_alike(node));
        alike.map(|node| node.name.to_owned()).collect()
    };
    let by_label = |keys: &[&str]| {
        keys.iter().find_map(|key| {
            let value = |node: &NodeSeen<'_>| {
                let mut labels = labels(node);
                labels.find_map(|(label, value)| (label == *key).then(|| value.to_owned()))
            };
            let (own, others) = apart(seen(), &working, value)?;
            let others: Vec<String> = others.iter().map(|it| format!("{key}={it}")).collect();
            let alike = next(&|node| value(node).as_ref() == Some(&own));
            Some(("have", (format!("{key}={own}"), others, alike)))
        })
    };
    let of_runs = || {
        RUNS.iter().find_map(|(before, field)| {
            let value = |node: &NodeSeen<'_>| {
                let info = &evidence.node(node.name)?.info;
                Some(field(info)).filter(|value| !value.is_empty())
            };
            // Of a kernel each build counts: modules are built for one.
            let of_release = |node: &NodeSeen<'_>| {
                let value = value(node)?;
                Some(
                    if *before == KERNEL {
                        value
                    } else {
                        release(value)
                    }
                    .to_owned(),
                )
            };
            apart(seen(), &working, of_release)?;
            let whole = |node: &NodeSeen<'_>| Some(format!("{before}{}", value(node)?));
            let others: BTreeSet<String> = working.iter().filter_map(|node| whole(node)).collect();
            let others: Vec<String> = others.into_iter().collect();
            let first = seen().next()?;
            let alike = next(&|node| of_release(node) == of_release(first));
            Some(("run", (whole(first)?, others, alike)))
        })
    };
    let found = by_label(&PLATFORM).or_else(of_runs);
    let (verb, (own, others, alike)) = found.or_else(|| by_label(&POOLS))?;
    let verb = match (nodes, verb) {
        ([_], "run") => "runs",
        ([_], _) => "has",
        (_, verb) => verb,
    };
    let alike = match alike.as_slice() {
        [] => String::new(),
        alike => format!(
            "; {}, with {}, {} the same",
            list(alike, NAMED),
            agree(alike.len(), "an older pod", "older pods"),
            match verb {
                "run" | "runs" => agree(alike.len(), "runs", "run"),
                _ => agree(alike.len(), "has", "have"),
            },
        ),
    };
    Some(format!(
        "{} {verb} {own}, {called} with {pod} {}{alike}",
        list(nodes, NODES),
        list(&others, NAMED)
    ))
}

/// A condition whose name does not show what is good, and by which a node where a pod fails is unlike all others where one is
/// available, as it has been since before the pod failed.
///
/// Source: [node-problem-detector](https://kubernetes.io/docs/tasks/debug/debug-cluster/monitor-node-health/), whose
/// conditions carry whatever names they are given.
pub(crate) fn reported_alone(
    round: &Round<'_>,
    node: &NodeSeen<'_>,
    pod: &Pod,
) -> Option<NodeProblem> {
    let own = node.node?.status.conditions.iter();
    let failed = pod
        .condition(&ConditionType::Ready)
        .and_then(|ready| ready.last_transition_time);
    let mut found = own.filter(|condition| {
        let ConditionType::Other(type_) = &condition.type_ else {
            return false;
        };
        let came_first = condition.last_transition_time.is_some_and(|since| {
            failed.is_some_and(|failed| since.seconds_since(failed) <= AT_ONCE)
        });
        is_of_trouble(type_).is_none() && !type_.ends_with("InProgress") && came_first
    });
    let opposite = |status| match status {
        ConditionStatus::True => Some(ConditionStatus::False),
        ConditionStatus::False => Some(ConditionStatus::True),
        ConditionStatus::Unknown => None,
    };
    let is_alone = |condition: &&NodeCondition| {
        let others = round.view.nodes.iter().filter(|node| works(node));
        let mut said = others.filter_map(|other| other.node?.condition(&condition.type_));
        let mut many = 0;
        let are_opposite = said.all(|other| {
            many += 1;
            Some(other.status) == opposite(condition.status)
        });
        are_opposite && many >= FEWEST
    };
    let found = found.find(is_alone)?;
    let ConditionType::Other(type_) = &found.type_ else {
        return None;
    };
    let said = round.evidence.and_then(|it| it.node(node.name));
    Some(NodeProblem::Condition {
        condition: type_.to_string(),
        holds: found.status == ConditionStatus::True,
        since: found.last_transition_time,
        message: said
            .and_then(|said| said.message(type_))
            .unwrap_or(&found.reason)
            .to_owned(),
    })
}

/// A condition that came so many seconds after a pod failed came with that.
const AT_ONCE: i64 = 60;

/// For so many seconds a reboot of a node is news.
const NEWS: i64 = 86_400;

/// When a node was rebooted, within the last day, as its kubelet tells.
pub(crate) fn rebooted(round: &Round<'_>, node: &str) -> Option<Timestamp> {
    let events = round.evidence?.events("Node", "", node).iter();
    let reboots = events.filter(|event| &*event.reason == "Rebooted");
    let last = reboots.filter_map(|event| event.last).max()?;
    (round.view.now.seconds_since(last) <= NEWS).then_some(last)
}

/// What a node runs that decides whether a program runs there: its operating system, its container runtime, its
/// kernel. What it is with what stands before it in a text.
pub(crate) fn what_runs<'r>(
    round: &'r Round<'_>,
    node: &NodeSeen<'_>,
) -> impl Iterator<Item = (&'static str, &'r str)> {
    let evidence = round.evidence.and_then(|it| it.node(node.name));
    let of_program = RUNS.iter().filter(|(before, _)| *before != KUBELET);
    let runs = of_program.filter_map(move |(before, field)| {
        let info = &evidence?.info;
        Some((*before, release(field(info))))
    });
    runs.filter(|(_, value)| !value.is_empty())
}

/// A version without what is only a patch: `5.14` of `5.14.0-570.58.1.el9_6.x86_64`, and what has none as it is, or is a
/// kernel of its own kind, with larger pages.
fn release(version: &str) -> &str {
    if ["+64k", "-64k", "+16k", "-16k"]
        .iter()
        .any(|it| version.ends_with(it))
    {
        return version;
    }
    let digits = |from: usize| {
        let rest = version.as_bytes().get(from..).unwrap_or_default();
        rest.iter().take_while(|it| it.is_ascii_digit()).count()
    };
    let Some(first) = version.find(|c: char| c.is_ascii_digit()) else {
        return version;
    };
    let major = first + digits(first);
    let minor = digits(major + 1);
    if version.as_bytes().get(major) != Some(&b'.') || minor == 0 {
        return version;
    }
    let release = &version[..major + 1 + minor];
    // In brackets it is told whole.
    if release.contains('(') {
        version
    } else {
        release
    }
}

/// The value that all of the first have and none of the second, and those that the second have: each has one.
fn apart<'r, 'a: 'r>(
    failing: impl Iterator<Item = &'r NodeSeen<'a>>,
    working: &[&'r NodeSeen<'a>],
    value: impl Fn(&'r NodeSeen<'a>) -> Option<String>,
) -> Option<(String, BTreeSet<String>)> {
    let own: Option<BTreeSet<String>> = failing.map(&value).collect();
    let others: Option<BTreeSet<String>> = working.iter().map(|node| value(node)).collect();
    let (mut own, others) = (own?, others?);
    let one = own.pop_first()?;
    (own.is_empty() && !others.contains(&one)).then_some((one, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_no_other_release() {
        for (version, told) in [
            ("5.14.0-570.58.1.el9_6.x86_64", "5.14"),
            ("containerd://2.1.5-k3s1", "containerd://2.1"),
            ("Ubuntu 24.04.3 LTS", "Ubuntu 24.04"),
            (
                "SUSE Linux Enterprise Server 15 SP5",
                "SUSE Linux Enterprise Server 15 SP5",
            ),
            ("Talos (v1.12.1)", "Talos (v1.12.1)"),
            ("Bottlerocket", "Bottlerocket"),
            ("", ""),
        ] {
            assert_eq!(release(version), told);
        }
    }
}
