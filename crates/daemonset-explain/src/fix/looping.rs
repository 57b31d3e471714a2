//! What to do about pods that are rejected or evicted as fast as they are made.

use daemonset::api::DaemonSet;
use daemonset::template::Quantity;

use serde_json::json;

use super::command::{describe_nodes, namespace, patch_pods, target, word};
use super::former::{Kind, lowered};
use super::given_back::{limits_of, size_limit, volume_given_back};
use super::look::{at_kubelets, prune};
use super::requests::{doubled, given, limit_of};
use super::{ContainerRepair, Fix, NodeRepair, PlacementRepair, Repair, known};
use crate::finding::{Symptom, UnhealthyNode};
use crate::health::{NodeProblem, Pressure};
use crate::known::Place;
use crate::round::Round;
use crate::stall::is_own_limit;
use crate::template::{containers, nanos};

/// What the kubelet says of a container that takes more than it requests, in parts.
///
/// Source: [selection of pods for eviction](https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#pod-selection-for-kubelet-eviction).
struct Consumed {
    container: String,
    used: String,
    requested: String,
    resource: String,
}

/// `Container tracer was using 11840Mi, request is 128Mi, has larger consumption of memory`
fn consumed(said: &str) -> Option<Consumed> {
    let (_, rest) = said.split_once("Container ")?;
    let (container, rest) = rest.split_once(" was using ")?;
    let (used, rest) = rest.split_once(", request is ")?;
    let (requested, rest) = rest.split_once(", has larger consumption of ")?;
    let resource = rest.split([' ', '.', ',']).next()?;
    Some(Consumed {
        container: container.to_owned(),
        used: used.to_owned(),
        requested: requested.to_owned(),
        resource: resource.to_owned(),
    })
}

/// Whether an amount is so much that the node is short for it: half of what that has, or, where it does not tell, a gibibyte.
fn is_most(amount: &str, of_node: Option<i128>) -> bool {
    let amount = Quantity::from_json(&amount.into());
    let amount = amount.map_or(0, |amount| amount.nanos() / 1_000_000_000);
    of_node.map_or(amount >= 1 << 30, |all| amount * 2 >= all)
}

/// How much of a resource a node has for pods.
fn allocatable(round: &Round<'_>, node: &str, resource: &str) -> Option<i128> {
    let room = round.room?.rooms().get(node)?;
    let all = room.allocatable()?.amounts.get(resource);
    (all > 0).then_some(all)
}

/// `cache` of `Usage of EmptyDir volume "cache" exceeds the limit "500Mi".`
fn full_volume(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("mptyDir volume \"")?;
    Some(rest.split_once('"')?.0)
}

/// `agent` of `Container agent exceeded its local ephemeral storage limit "1Gi".`
fn full_container(said: &str) -> Option<&str> {
    let (before, _) = said.split_once(" exceeded its local ephemeral storage limit")?;
    let (_, name) = before.rsplit_once("Container ")?;
    (!name.is_empty() && !name.contains(' ')).then_some(name)
}

/// The command that gives a volume twice the size that it has.
fn larger_volume(set: &DaemonSet, name: &str) -> Option<String> {
    let now = size_limit(set.spec.template.spec_as_json(), name)?;
    let volume = json!({"name": name, "emptyDir": {"sizeLimit": doubled(&now)?}});
    Some(patch_pods(set, &json!({"volumes": [volume]})))
}

/// Whether the revision lowered what pods are evicted for: their own limits, or what they request of what their node is short
/// of.
pub(super) fn is_lowered(symptoms: &[Symptom], round: &Round<'_>) -> bool {
    let of_own = |own: Consumed| lowered(round, &own.container, Kind::Request, &own.resource);
    let mut said = symptoms.iter().map(|it| it.symptom.as_str());
    limits_given_back(symptoms, round).is_some()
        || said.find_map(consumed).and_then(of_own).is_some()
}

/// What gives pods the limits back that the revision lowered, and for which they are evicted.
fn limits_given_back(symptoms: &[Symptom], round: &Round<'_>) -> Option<Fix> {
    let said = || symptoms.iter().map(|it| it.symptom.as_str());
    if !said().any(is_own_limit) {
        return None;
    }
    if let Some(volume) = said().find_map(full_volume) {
        return volume_given_back(round, volume);
    }
    let named = said().find_map(full_container);
    limits_of(round, named, "ephemeral-storage")
}

/// `net.core.somaxconn` of `forbidden sysctl: "net.core.somaxconn" not allowlisted`
fn forbidden_sysctl(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("forbidden sysctl: \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The command that takes a sysctl out of the template.
fn without_sysctl(set: &DaemonSet, name: &str) -> Option<String> {
    let spec = set.spec.template.spec_as_json();
    let listed = spec["securityContext"]["sysctls"].as_array()?;
    let at = listed.iter().position(|it| it["name"] == name)?;
    let removed = format!("/spec/template/spec/securityContext/sysctls/{at}");
    let patch = json!([{"op": "remove", "path": removed}]).to_string();
    Some(format!(
        "kubectl patch {} --type=json -p {}",
        target(set),
        word(&patch)
    ))
}

/// What helps, by what the pods and the nodes say.
pub(super) fn of_loop(
    nodes: &[UnhealthyNode],
    reasons: &[String],
    symptoms: &[Symptom],
    round: &Round<'_>,
) -> Vec<Fix> {
    let set = round.daemon_set();
    let events = nodes.iter().flat_map(|node| {
        round
            .evidence
            .map_or(&[][..], |it| it.events("Node", "", &node.node))
    });
    let of_nodes = events.map(|event| &*event.message);
    let is_short = (nodes.iter()).any(|node| node.problems.iter().any(NodeProblem::is_pressure));
    let short_nodes = nodes;
    let nodes: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    let said = || symptoms.iter().map(|it| it.symptom.as_str());
    if !symptoms.is_empty() && said().all(is_own_limit) {
        if let Some(former) = limits_given_back(symptoms, round) {
            return vec![former];
        }
        let spec = set.spec.template.spec_as_json();
        let command = if let Some(volume) = said().find_map(full_volume) {
            larger_volume(set, volume).unwrap_or_else(|| format!("kubectl edit {}", target(set)))
        } else {
            let named = said().find_map(full_container);
            let limited = || {
                let mut all = containers(spec)
                    .filter(|it| !it["resources"]["limits"]["ephemeral-storage"].is_null());
                all.next().filter(|_| all.next().is_none())?["name"].as_str()
            };
            let container = named.or_else(limited);
            given(round, container, &["limits.ephemeral-storage".to_owned()])
        };
        return vec![Fix::outside(
            Repair::Container(ContainerRepair::Storage),
            vec![command],
        )];
    }
    if let Some(sysctl) = said().find_map(forbidden_sysctl) {
        let commands = without_sysctl(set, &sysctl).into_iter().collect();
        let repair = Repair::Node(NodeRepair::Sysctl { sysctl, nodes });
        return vec![Fix::outside(repair, commands)];
    }
    let own = said().find_map(consumed);
    let of_node = |resource: &str| allocatable(round, nodes.first()?, resource);
    let is_most_of_it = own
        .as_ref()
        .is_some_and(|own| is_most(&own.used, of_node(&own.resource)));
    let own = own.map(|own| of_consumption(own, round));
    if is_most_of_it {
        return own.into_iter().collect();
    }
    if is_short {
        let is_of_inodes = said().chain(of_nodes).any(|it| it.contains("inodes"));
        let pressure = of_pressure(short_nodes, is_of_inodes, round);
        // What is so on few of its nodes is seen there, before what changes all.
        let are_few = round.available_updated() > nodes.len();
        let (first, then) = if are_few {
            (Some(pressure), own)
        } else {
            (own, Some(pressure))
        };
        return first.into_iter().chain(then).collect();
    }
    let mut fixes = Vec::from_iter(own);
    let is_of_room =
        !reasons.is_empty() && reasons.iter().all(|reason| reason.starts_with("OutOf"));
    if let Some(known) =
        known::of_said(Place::Kubelet, said(), &nodes, round).filter(|_| !is_of_room)
    {
        fixes.push(known);
        return fixes;
    }
    let mut commands = if is_of_room {
        describe_nodes(&nodes)
    } else {
        at_kubelets(&nodes, round)
    };
    let repair = if is_of_room {
        Repair::Placement(PlacementRepair::Room {
            nodes,
            asked: Vec::new(),
            is_critical: false,
            others: None,
        })
    } else {
        let is_silent = reasons.is_empty();
        if is_silent {
            commands.insert(
                0,
                format!(
                    "kubectl get events -n {} --sort-by=.lastTimestamp",
                    namespace(set)
                ),
            );
        }
        Repair::Node(NodeRepair::Rejection { nodes, is_silent })
    };
    fixes.push(Fix::outside(repair, commands));
    fixes
}

/// To let a container request what it may take. How much one without a limit needs, what it took as it was evicted does not
/// tell: the amount is for whoever types it.
fn of_consumption(own: Consumed, round: &Round<'_>) -> Fix {
    let set = round.daemon_set();
    let limit = limit_of(set, &own.container, &own.resource);
    let former = lowered(round, &own.container, Kind::Request, &own.resource);
    // No container requests more than it may take.
    let is_within = |before: &String| limit.as_ref().is_none_or(|it| nanos(before) <= nanos(it));
    let before = former.map(|it| it.before).filter(is_within);
    let mut commands = Vec::new();
    if limit.is_none() && before.is_none() && own.resource == "memory" {
        let namespace = namespace(set);
        commands.push(format!(
            "kubectl top pods -n {namespace} --containers --sort-by=memory"
        ));
    }
    let (kind, amount) = match (&before, &limit) {
        (Some(before), _) => ("requests", before.as_str()),
        (None, Some(limit)) => ("requests", limit.as_str()),
        (None, None) => ("limits", "AMOUNT"),
    };
    commands.push(format!(
        "kubectl set resources {} -c {} --{kind}={}={amount}",
        target(set),
        word(&own.container),
        own.resource,
    ));
    let repair = Repair::Container(ContainerRepair::Consumption {
        container: own.container,
        used: own.used,
        requested: own.requested,
        limit,
        before,
        resource: own.resource,
    });
    Fix::outside(repair, commands)
}

/// To free what nodes are short of: the kubelet tells what each pod takes; that of a disk is seen on the node itself, since
/// no pod to look around in is admitted there.
pub(super) fn of_pressure(nodes: &[UnhealthyNode], is_of_inodes: bool, round: &Round<'_>) -> Fix {
    let names: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
    let is_short = |pressure: Pressure| {
        let mut problems = nodes.iter().flat_map(|node| &node.problems);
        problems
            .any(|it| matches!(it, NodeProblem::Pressure { condition } if *condition == pressure))
    };
    let all = [
        (Pressure::Disk, "disk space"),
        (Pressure::Memory, "memory"),
        (Pressure::Pid, "process ids"),
    ];
    let of = all.iter().filter(|(pressure, _)| is_short(*pressure));
    let of = of.map(|(pressure, what)| match pressure {
        Pressure::Disk if is_of_inodes => "inodes".to_owned(),
        _ => (*what).to_owned(),
    });
    let of = of.collect();
    let images = names.first().filter(|_| is_short(Pressure::Disk));
    let images = images.and_then(|node| little_of_images(node, round));
    let commands = names.iter().take(1).flat_map(|name| {
        let node = word(name);
        let of_pods = format!("kubectl get --raw /api/v1/nodes/{node}/proxy/stats/summary");
        let of_disk = is_short(Pressure::Disk).then(|| {
            let look = if is_of_inodes { "df -i" } else { "df -h" };
            match (is_of_inodes, &images) {
                (false, Some(_)) => {
                    format!("ssh {node} 'sudo df -h; sudo du -xh -d 3 /var | sort -h | tail -n 20'")
                }
                _ => format!("ssh {node} {look}"),
            }
        });
        // Where the kubelet has tried it, and that did not suffice, it is in vain.
        let may_help = is_short(Pressure::Disk) && (is_of_inodes || images.is_none());
        let prune = may_help.then(|| prune(&node));
        let of_memory =
            is_short(Pressure::Memory).then(|| "kubectl top pods -A --sort-by=memory".to_owned());
        [of_disk, of_memory, Some(of_pods), prune]
            .into_iter()
            .flatten()
    });
    let commands = commands.collect();
    let repair = Repair::Node(NodeRepair::Pressure {
        of,
        nodes: names,
        images,
    });
    Fix::outside(repair, commands)
}

/// For how long what the kubelet found to free tells, in seconds.
const RECENT: i64 = 3600;

/// How much the kubelet found to free among the images of a node, where that is less than it wants to: what fills the disk
/// is something else then.
fn little_of_images(node: &str, round: &Round<'_>) -> Option<String> {
    let events = round.evidence?.events("Node", "", node).iter();
    let is_recent = |last| round.view.now.seconds_since(last) <= RECENT;
    let found = events
        .filter(|event| &*event.reason == "FreeDiskSpaceFailed" && event.last.is_none_or(is_recent))
        .max_by_key(|event| event.last)?;
    freed(&found.message)
}

/// `0.2 of 18.8 GB` of `Attempted to free 18873741312 bytes, but only found 204800000 bytes eligible to free.`
fn freed(message: &str) -> Option<String> {
    let bytes = |before: &str| -> Option<u64> {
        let (_, rest) = message.split_once(before)?;
        rest.split(' ').next()?.parse().ok()
    };
    let (wanted, found) = (bytes("ttempted to free ")?, bytes("only found ")?);
    let tenths = |bytes: u64| {
        let tenths = bytes / 100_000_000;
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    (found < wanted).then(|| format!("{} of {} GB", tenths(found), tenths(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_full_is_named() {
        let volume = "Usage of EmptyDir volume \"cache\" exceeds the limit \"500Mi\". ";
        assert_eq!(full_volume(volume), Some("cache"));
        let container =
            "Evicted: Container agent exceeded its local ephemeral storage limit \"1Gi\". ";
        assert_eq!(full_container(container), Some("agent"));
        assert_eq!(
            full_container(
                "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. "
            ),
            None
        );
        assert_eq!(full_volume("the volume is full"), None);
    }

    #[test]
    fn what_a_container_takes_is_read() {
        let said = "pod a: Failed: Evicted: The node was low on resource: memory. Threshold quantity: 100Mi, \
                    available: 61Mi. Container tracer was using 11840Mi, request is 128Mi, has larger \
                    consumption of memory";
        let own = consumed(said).map(|own| [own.container, own.used, own.requested, own.resource]);
        let expected = ["tracer", "11840Mi", "128Mi", "memory"].map(str::to_owned);
        assert_eq!(own, Some(expected));
        assert!(is_most("2Gi", None) && !is_most("640Mi", None));
        let of_node = Some(16 << 30);
        assert!(is_most("11840Mi", of_node) && !is_most("1534Mi", of_node));
        assert!(consumed("The node was low on resource: memory").is_none());
        let little = "Failed to garbage collect required amount of images. Attempted to free 18873741312 bytes, but only \
                      found 204800000 bytes eligible to free.";
        assert_eq!(freed(little).as_deref(), Some("0.2 of 18.8 GB"));
        assert!(freed("Attempted to free 5 bytes, but only found 7 bytes eligible").is_none());
        let said = "Pod was rejected: forbidden sysctl: \"net.core.somaxconn\" not allowlisted";
        assert_eq!(
            forbidden_sysctl(said).as_deref(),
            Some("net.core.somaxconn")
        );
    }
}
