//! What several DaemonSets have in common: one cause is told once, and what another of them brings comes first.

use std::collections::BTreeMap;
use std::net::IpAddr;

use daemonset::api::DaemonSet;
use daemonset::placement::{Obstacle, Verdict};
use daemonset_explain::{
    Applicability, AskedRepair, ContainerRepair, Edit, Finding, Fix, InTheWay, KnownRepair,
    NodeProblem, NodeRepair, OnNode, PlacementRepair, Repair, Supply, brings_pod_network,
    comes_without_network, host_ports, is_cloud_controller,
    words::{agree, list},
};
use serde_json::Value;

use super::Explained;
use crate::input::name_of;

/// What was told of which DaemonSet as the cause of what it lacks.
#[derive(Default)]
pub struct Causes {
    told: BTreeMap<String, String>,
}

impl Causes {
    /// A cause that was told of another DaemonSet before, with that one's name.
    pub fn shared(&self, fixes: &[Fix]) -> Option<(String, &str)> {
        let mut causes = fixes.iter().flat_map(Fix::causes);
        causes.find_map(|cause| {
            let first = self.told.get(&cause)?;
            Some((cause, first.as_str()))
        })
    }

    /// Those of the fixes that are not all about what was told before.
    pub fn untold(&self, fixes: &[Fix]) -> Vec<Fix> {
        let is_told = |fix: &&Fix| {
            let causes = fix.causes();
            !causes.is_empty() && causes.iter().all(|cause| self.told.contains_key(cause))
        };
        fixes.iter().filter(|fix| !is_told(fix)).cloned().collect()
    }

    /// Notes what was told of a DaemonSet.
    pub fn tell(&mut self, fixes: &[Fix], name: &str) {
        for cause in fixes.iter().flat_map(Fix::causes) {
            self.told.entry(cause).or_insert_with(|| name.to_owned());
        }
    }
}

/// What a DaemonSet brings to its nodes.
enum Brought<'a> {
    /// A CSI driver of this name.
    Driver(&'a str),
    /// The pod network.
    Network,
    /// The devices of a resource.
    Devices,
    /// The addresses of services.
    Services,
    /// The DNS server that pods of a node ask.
    Dns,
    /// What a cloud provider knows of a node.
    Initialization,
}

/// How many nodes are named.
const NAMED: usize = 3;

/// How many nodes are looked at.
const MOST_NODES: usize = 16;

/// What of a DaemonSet's trouble comes from another.
pub struct Root {
    /// Which one of all.
    pub at: usize,
    /// How that stands, in words.
    pub told: String,
    /// The node that it does not run on, and should, where it is that.
    pub kept_off: Option<String>,
}

impl Root {
    /// The toleration that would let the other one run on the node that it is kept off. Where it does not select the node, that may
    /// be for what the machine is.
    pub fn fix(&self, all: &[Explained<'_>]) -> Option<Fix> {
        let fixes = all[self.at].explainer.node_fixes(self.kept_off.as_ref()?);
        let is_toleration = |edit: &Edit| matches!(edit, Edit::AddToleration { .. });
        fixes.into_iter().find(|fix| {
            fix.applicability == Applicability::Proven && fix.edits.iter().all(is_toleration)
        })
    }
}

/// What of a DaemonSet's trouble comes from another, on the first node of which that is known.
pub fn comes_from(e: &Explained<'_>, all: &[Explained<'_>]) -> Option<Root> {
    root_of(e, e.fixes(), None, all)
}

/// What these fixes tell to come from another DaemonSet, on this node or on the first of which that is known.
fn root_of(
    e: &Explained<'_>,
    fixes: &[Fix],
    at: Option<&str>,
    all: &[Explained<'_>],
) -> Option<Root> {
    for fix in fixes {
        if let Applicability::Outside {
            repair:
                Repair::Container(ContainerRepair::InitWaits {
                    container, node, ..
                }),
        } = &fix.applicability
            && let Some(found) = waits_for(e, (container, node), all)
        {
            return Some(found);
        }
        // What comes first in a list is looked for first.
        let (brought, nodes): (Vec<Brought<'_>>, &[String]) = match &fix.applicability {
            Applicability::Outside {
                repair: Repair::Node(NodeRepair::Driver { driver, nodes }),
            } => (vec![Brought::Driver(driver)], nodes),
            Applicability::Outside {
                repair: Repair::Known(KnownRepair { known, nodes, .. }),
            } => match known.supply() {
                Some(Supply::PodNetwork) => (vec![Brought::Network], nodes),
                Some(Supply::ServiceAddresses) => (vec![Brought::Services], nodes),
                Some(Supply::Devices) => (vec![Brought::Devices], nodes),
                _ => continue,
            },
            Applicability::Outside {
                repair: Repair::Placement(PlacementRepair::DevicePlugin { nodes, .. }),
            } => (vec![Brought::Devices], nodes),
            Applicability::Outside {
                repair: Repair::Asked(AskedRepair::Dns { nodes, .. }),
            } => (vec![Brought::Dns, Brought::Services], nodes),
            Applicability::Outside {
                repair: Repair::Asked(AskedRepair::WayOut { nodes, address }),
            } if address.contains("DNS server ") => (vec![Brought::Dns, Brought::Services], nodes),
            Applicability::Outside {
                repair: Repair::Asked(AskedRepair::WayOut { nodes, address }),
            } if may_be_service(address) => (vec![Brought::Services], nodes),
            Applicability::Outside {
                repair:
                    Repair::Node(
                        NodeRepair::Nodes {
                            nodes,
                            awaited: Some(Supply::PodNetwork),
                            ..
                        }
                        | NodeRepair::NodePath {
                            nodes,
                            awaited: Some(Supply::PodNetwork),
                            ..
                        },
                    ),
            } => (vec![Brought::Network], nodes),
            Applicability::Outside {
                repair:
                    Repair::Node(NodeRepair::CloudController {
                        nodes, pod: None, ..
                    }),
            } => (vec![Brought::Initialization], nodes),
            Applicability::IfRepaired { nodes } if lacks_network(e) => {
                (vec![Brought::Network], nodes)
            }
            _ => continue,
        };
        let nodes = at.map_or_else(|| first_of(nodes), |node| vec![node]);
        let mut brought = brought.iter();
        let found = brought.find_map(|it| not_brought(e, &nodes, it, all));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// As many nodes as are looked at.
fn first_of(nodes: &[String]) -> Vec<&str> {
    nodes.iter().take(MOST_NODES).map(String::as_str).collect()
}

/// How another DaemonSet stands on a node.
#[derive(PartialEq, Eq)]
enum There {
    Out,
    Left(String),
}

/// How a DaemonSet stands on a node where it brings nothing.
fn lacking(other: &Explained<'_>, node: &str) -> Option<There> {
    let there = other.explainer.on_node(node)?;
    match there.verdict {
        _ if there.available || there.pods_unknown => None,
        Verdict::Run => Some(There::Out),
        _ => Some(There::Left(there.obstacles.first()?.to_string())),
    }
}

/// The DaemonSet that brings this to nodes, and does not to the first of them; with those of them where it stands alike.
fn not_brought(
    e: &Explained<'_>,
    nodes: &[&str],
    brought: &Brought<'_>,
    all: &[Explained<'_>],
) -> Option<Root> {
    let others = all.iter().enumerate();
    let mut others =
        others.filter(|(_, it)| name_of(it.set) != name_of(e.set) && brings(it.set, brought));
    others.find_map(|(at, other)| {
        let stands = |node: &&&str| lacking(other, node);
        let there = nodes.iter().find_map(|node| stands(&node))?;
        let alike = |node: &&&str| stands(node).as_ref() == Some(&there);
        let names: Vec<&str> = nodes.iter().filter(alike).copied().collect();
        let how = match &there {
            There::Out => format!(
                "whose {} there {} not available: mend that first",
                agree(names.len(), "pod", "pods"),
                agree(names.len(), "is", "are")
            ),
            There::Left(obstacle) => format!("which does not run there: {obstacle}"),
        };
        let is = match brought {
            Brought::Devices => "are",
            _ => "is",
        };
        let what = match brought {
            Brought::Driver(driver) => format!("CSI driver {driver}"),
            Brought::Network => "the pod network".to_owned(),
            Brought::Devices => "the devices".to_owned(),
            Brought::Services => "the way to services".to_owned(),
            Brought::Dns => "the DNS server".to_owned(),
            Brought::Initialization => "the initialization".to_owned(),
        };
        let own = name_of(other.set);
        let told = format!(
            "{what} of {} {is} for {own} to bring, {how}",
            list(&names, NAMED)
        );
        let kept_off = match there {
            There::Left(_) => names.first().map(|name| (*name).to_owned()),
            There::Out => None,
        };
        Some(Root { at, told, kept_off })
    })
}

/// What of a DaemonSet's trouble on one node comes from another: what its pod there wants for, as what would help tells, or
/// the pod network without which the node is not ready.
pub fn comes_from_there(
    e: &Explained<'_>,
    there: &OnNode,
    help: &[Fix],
    all: &[Explained<'_>],
) -> Option<String> {
    if let Some(root) = root_of(e, help, Some(&there.node), all) {
        return Some(root.told);
    }
    let of_network = |it: &InTheWay| matches!(&it.obstacle, Obstacle::Taint { taint } if comes_without_network(&taint.key));
    let is_for_it = there.obstacles.iter().all(of_network);
    if there.available || !there.lacks_network || !is_for_it {
        return None;
    }
    not_brought(e, &[&there.node], &Brought::Network, all).map(|root| root.told)
}

/// How many letters a word has at least by which a DaemonSet is told.
const SHORTEST: usize = 4;

/// The DaemonSet of the same namespace for which an init container seems to wait by its name, such as
/// `driver-validation`, and which is not available on its node.
fn waits_for(
    e: &Explained<'_>,
    (container, node): (&str, &str),
    all: &[Explained<'_>],
) -> Option<Root> {
    let words = || container.split('-').filter(|word| word.len() >= SHORTEST);
    let others = all.iter().enumerate().filter(|(_, other)| {
        let (own, its) = (&e.set.metadata, &other.set.metadata);
        own.namespace == its.namespace && own.name != its.name
    });
    let is_named = |other: &Explained<'_>| {
        let mut parts = other.set.metadata.name.split('-');
        parts.any(|part| words().any(|word| part == word))
    };
    let is_out = |other: &Explained<'_>| {
        let there = other.explainer.on_node(node);
        there.is_some_and(|it| !it.available && !it.pods_unknown && it.verdict == Verdict::Run)
    };
    let kept_off = None;
    let mut named = others.clone().filter(|(_, other)| is_named(other));
    if let Some((at, other)) = named.find(|(_, other)| is_out(other)) {
        let told = format!(
            "init container {container} on {node} seems to wait for {}, whose pod there is not available: mend that first",
            name_of(other.set)
        );
        return Some(Root { at, told, kept_off });
    }
    let mut failing = others.filter(|(_, other)| fails_by_itself(other) && is_out(other));
    let (Some((at, other)), None) = (failing.next(), failing.next()) else {
        return None;
    };
    let told = format!(
        "init container {container} on {node} may wait for {}, the other DaemonSet of the namespace whose pod there is not available: \
         mend that first",
        name_of(other.set)
    );
    Some(Root { at, told, kept_off })
}

/// Whether pods of a DaemonSet fail, and none of them for an init container that waits.
fn fails_by_itself(e: &Explained<'_>) -> bool {
    let waits = e.fixes().iter().any(|fix| {
        matches!(
            fix.applicability,
            Applicability::Outside {
                repair: Repair::Container(ContainerRepair::InitWaits { .. })
            }
        )
    });
    let fails = matches!(
        e.explainer.diagnosis().primary,
        Finding::FailingPods { .. } | Finding::FailingRevision { .. }
    );
    fails && !waits
}

/// Another DaemonSet that declares the port of the node which pods of this one do not get, and runs there.
pub fn port_holder(e: &Explained<'_>, all: &[Explained<'_>]) -> Option<String> {
    e.fixes().iter().find_map(|fix| {
        let Applicability::Outside {
            repair: Repair::Node(NodeRepair::Port { port, nodes }),
        } = &fix.applicability
        else {
            return None;
        };
        let mut others = all
            .iter()
            .filter(|other| name_of(other.set) != name_of(e.set))
            .filter(|other| host_ports(other.set).contains(port));
        others.find_map(|other| {
            let nodes = nodes.iter().take(MOST_NODES).map(String::as_str);
            let runs = |node: &&str| {
                let there = other.explainer.on_node(node);
                there.is_some_and(|there| there.available)
            };
            let nodes: Vec<&str> = nodes.filter(runs).collect();
            (!nodes.is_empty()).then(|| {
                format!(
                    "{} takes port {port} of its nodes too, and runs on {}: let one of the two have another port, or run only \
                     one",
                    name_of(other.set),
                    list(&nodes, NAMED)
                )
            })
        })
    })
}

/// Whether it is for want of a pod network that nodes are not ready.
fn lacks_network(e: &Explained<'_>) -> bool {
    let findings = e.explainer.diagnosis().findings();
    findings.into_iter().any(|finding| {
        let Finding::UnhealthyNodes { nodes, .. } = finding else {
            return false;
        };
        nodes
            .iter()
            .flat_map(|node| &node.problems)
            .any(|problem| match problem {
                NodeProblem::NotReady { message, .. } => message.contains("NetworkPluginNotReady"),
                NodeProblem::NetworkUnavailable { .. } => true,
                _ => false,
            })
    })
}

/// Whether an address may be that of a service: it is no name, or one of the cluster's.
fn may_be_service(address: &str) -> bool {
    let host = address.rsplit(' ').next().unwrap_or(address);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>().is_ok() || host.split('.').nth(2) == Some("svc")
}

/// Names by which DNS servers are known that are DaemonSets.
const DNS: [&str; 5] = [
    "node-local-dns",
    "nodelocaldns",
    "coredns",
    "dns-default",
    "kube-dns",
];

/// Whether a DaemonSet brings this to its nodes, as the paths of the node that it mounts tell, or its name.
///
/// Source: [CSI drivers](https://kubernetes-csi.github.io/docs/deploying.html),
/// [network plugins](https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/) and
/// [device plugins](https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/).
fn brings(set: &DaemonSet, brought: &Brought<'_>) -> bool {
    let spec = set.spec.template.spec_as_json();
    let mounts = |path: &str| {
        let volumes = spec["volumes"].as_array().into_iter().flatten();
        let mut paths = volumes.filter_map(|volume| volume["hostPath"]["path"].as_str());
        paths.any(|mounted| mounted.starts_with(path))
    };
    match brought {
        Brought::Driver(driver) => {
            let short = driver.split(".csi.").next().unwrap_or(driver);
            let name = &set.metadata.name;
            // `efs` is a part of `efs-csi-node`, and `disk` of `csi-azuredisk-node`.
            let is_named = name.split('-').any(|part| part == short)
                || name.contains(short) && short.len() >= SHORTEST;
            says(spec, driver) || is_named && name.contains("csi")
        }
        Brought::Network => brings_pod_network(set),
        Brought::Devices => {
            mounts("/var/lib/kubelet/device-plugins") || set.metadata.name.contains("device-plugin")
        }
        Brought::Dns => DNS.contains(&&*set.metadata.name),
        Brought::Initialization => is_cloud_controller(&set.metadata.name),
        Brought::Services => set.metadata.name == "kube-proxy" || brings(set, &Brought::Network),
    }
}

/// Whether a text in this value contains the words, without those who only ask for what it brings.
fn says(spec: &Value, words: &str) -> bool {
    let of_containers = ["containers", "initContainers"]
        .iter()
        .filter_map(|list| spec[*list].as_array())
        .flatten();
    let is_said = |value: &Value| value.to_string().contains(words);
    of_containers.into_iter().any(is_said)
        || spec["volumes"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|volume| is_said(&volume["hostPath"]))
}
