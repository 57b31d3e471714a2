//! The commands that lead to what is wrong with a node, by what its conditions say: the log of its kubelet, its
//! container runtime, its kernel, its network.

use std::collections::BTreeSet;

use super::command::{debug_node, word};
use super::machine;
use crate::cause::told_apart::told_apart;
use crate::evidence::{Evidence, NodeInfo};
use crate::health::{NodeProblem, Pressure};
use crate::round::Round;
use crate::signs::quoted::platform;

/// How many nodes are looked at.
pub(super) const MOST_NODES: usize = 3;

/// How many commands are given for a node.
const MOST_COMMANDS: usize = 3;

/// What leads to what is wrong with these nodes.
pub(super) fn at_nodes(nodes: &[String], round: &Round<'_>) -> Vec<String> {
    let looks = nodes.iter().take(MOST_NODES).flat_map(|name| {
        let seen = round.view.node(name);
        let problems = seen.map_or_else(Vec::new, |seen| round.node_problems(seen));
        at_node(name, &problems, round.evidence)
    });
    let mut known = BTreeSet::new();
    looks.filter(|look| known.insert(look.clone())).collect()
}

/// What leads to what is wrong with a node.
pub(super) fn at_node(
    node: &str,
    problems: &[NodeProblem],
    evidence: Option<&Evidence>,
) -> Vec<String> {
    let said = evidence.and_then(|it| it.node(node));
    let info = said.map(|it| &*it.info);
    let machine = said.and_then(|it| machine::shown(&it.provider_id));
    let node = word(node);
    let looks = problems
        .iter()
        .flat_map(|problem| by_problem(&node, problem, info, machine.as_deref()));
    let looks: Vec<String> = looks.take(MOST_COMMANDS).collect();
    match looks.as_slice() {
        [] => vec![format!("kubectl describe node {node}")],
        _ => looks,
    }
}

/// What these nodes are that those are not on which a pod of the revision is available, or that some of those are the
/// same machines by what they run, as a clause; `None` where what was given does not tell.
pub(super) fn differs(round: &Round<'_>, nodes: &[String]) -> Option<String> {
    if let Some(apart) = told_apart(round, nodes) {
        return Some(apart);
    }
    let evidence = round.evidence?;
    let info = |name: &str| {
        let info = evidence.node(name).map(|it| &*it.info);
        info.filter(|info| !info.kernel_version.is_empty())
    };
    let working = || round.running_current();
    let is_alike = |name: &String| {
        let (own, kind) = (info(name), round.view.node(name).and_then(platform));
        own.is_some() && working().any(|node| info(node.name) == own && platform(node) == kind)
    };
    (!nodes.is_empty() && nodes.iter().all(is_alike)).then(|| {
        "so it does on nodes with the same operating system, kernel, container runtime and kubelet".to_owned()
    })
}

/// What leads to a kubelet or a container runtime that does not do its work: no pod to look around in starts there.
pub(super) fn at_kubelets(nodes: &[String], round: &Round<'_>) -> Vec<String> {
    let nodes = nodes.iter().take(MOST_NODES);
    nodes
        .map(|node| {
            let info = round.evidence.and_then(|it| it.node(node));
            let info = info.map(|it| &*it.info);
            let mut units = kubelet(info).to_vec();
            // K3s and RKE2 are both.
            units.extend(
                runtime(info)
                    .iter()
                    .filter(|it| !kubelet(info).contains(it)),
            );
            of_units(&word(node), info, &units)
        })
        .collect()
}

fn by_problem(
    node: &str,
    problem: &NodeProblem,
    info: Option<&NodeInfo>,
    machine: Option<&str>,
) -> Vec<String> {
    match problem {
        NodeProblem::Missing => vec![format!("kubectl get node {node}")],
        // Whether the machine runs at all comes before what goes on within it.
        NodeProblem::Unreachable { .. } => std::iter::once(format!("kubectl describe node {node}"))
            .chain(machine.map(str::to_owned))
            .chain([of_units(node, info, kubelet(info))])
            .collect(),
        NodeProblem::NotReady { .. } if problem.is_of_network() => of_network(node),
        NodeProblem::NotReady { .. } if problem.is_of_runtime() => {
            let restarted = (!is_talos(info)).then(|| {
                // Of two only one is there, and runs: it is the kubelet too, which says this.
                let verb = match runtime(info) {
                    [_] => "restart",
                    _ => "try-restart",
                };
                let units = runtime(info).join(" ");
                format!("ssh {node} sudo systemctl {verb} {units}")
            });
            std::iter::once(of_units(node, info, runtime(info)))
                .chain(restarted)
                .collect()
        }
        NodeProblem::NotReady { .. } => vec![of_units(node, info, kubelet(info))],
        NodeProblem::Pressure {
            condition: Pressure::Disk,
        } => vec![format!("ssh {node} df -h"), prune(node)],
        NodeProblem::Pressure { .. } => vec![format!(
            "kubectl get --raw /api/v1/nodes/{node}/proxy/stats/summary"
        )],
        // A route that the cloud has to set, or the pod network.
        NodeProblem::NetworkUnavailable { .. } => of_events(node)
            .into_iter()
            .chain(of_network(node))
            .collect(),
        NodeProblem::Condition { condition, .. } => {
            let drain = format!("kubectl drain {node} --ignore-daemonsets");
            std::iter::once(of_condition(node, condition, info))
                .chain(problem.is_hang().then_some(drain))
                .collect()
        }
        NodeProblem::Terminating { finalizers } if !finalizers.is_empty() => vec![format!(
            "kubectl get node {node} -o jsonpath='{{.metadata.finalizers}}'"
        )],
        _ => Vec::new(),
    }
}

/// To free a disk of images that no container uses, once that is seen to be what it takes.
pub(super) fn prune(node: &str) -> String {
    format!("ssh {node} sudo crictl rmi --prune")
}

/// What leads to what a condition reports that others than Kubernetes set.
pub(super) fn of_condition(node: &str, condition: &str, info: Option<&NodeInfo>) -> String {
    let of_runtime = ["ontainerd", "Docker", "ontainerRuntime", "Crio"];
    if of_runtime.iter().any(|it| condition.contains(it)) {
        of_units(node, info, runtime(info))
    } else if condition.contains("ubelet") {
        of_units(node, info, kubelet(info))
    } else {
        debug_node(node, "chroot /host journalctl -k -n 100 --no-pager")
    }
}

/// Whether it is a node of Talos, which has no shell and no systemd.
fn is_talos(info: Option<&NodeInfo>) -> bool {
    info.is_some_and(|info| info.os_image.starts_with("Talos"))
}

fn of_units(node: &str, info: Option<&NodeInfo>, units: &[&str]) -> String {
    if is_talos(info) {
        let service = match units {
            ["containerd", ..] => "cri",
            _ => "kubelet",
        };
        return format!("talosctl -n {node} logs {service} --tail 50");
    }
    format!(
        "ssh {node} 'sudo systemctl status {}; sudo journalctl -u {} -n 50 --no-pager'",
        units.join(" "),
        units.join(" -u ")
    )
}

/// The pods of the node: among them that which sets its network up.
fn of_network(node: &str) -> Vec<String> {
    vec![format!(
        "kubectl get pods -A -o wide --field-selector spec.nodeName={node}"
    )]
}

fn of_events(node: &str) -> Vec<String> {
    vec![format!(
        "kubectl get events -A --field-selector involvedObject.kind=Node,involvedObject.name={node}"
    )]
}

/// The units of systemd that run the kubelet: K3s and RKE2 have it in their own, of which a node has one.
pub(super) fn kubelet(info: Option<&NodeInfo>) -> &'static [&'static str] {
    match distribution(info) {
        Some("k3s") => &["k3s", "k3s-agent"],
        Some("rke2") => &["rke2-server", "rke2-agent"],
        _ => &["kubelet"],
    }
}

/// The units of systemd that run the container runtime.
pub(super) fn runtime(info: Option<&NodeInfo>) -> &'static [&'static str] {
    let runtime = info.map_or("", |info| &info.container_runtime_version);
    match (distribution(info), runtime.split("://").next()) {
        (Some(_), _) => kubelet(info),
        (None, Some("cri-o")) => &["crio"],
        (None, Some("docker")) => &["docker"],
        _ => &["containerd"],
    }
}

fn distribution(info: Option<&NodeInfo>) -> Option<&'static str> {
    let version = info.map_or("", |info| &info.kubelet_version);
    ["k3s", "rke2"].into_iter().find(|it| version.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_leads_the_way() {
        let look = |problem: NodeProblem| at_node("n1", &[problem], None).concat();
        let condition = |condition: &str| NodeProblem::Condition {
            condition: condition.to_owned(),
            holds: true,
            since: None,
            message: String::new(),
        };
        assert!(look(condition("KernelDeadlock")).contains("chroot /host journalctl -k"));
        assert_eq!(
            look(condition("ContainerRuntimeUnhealthy")),
            "ssh n1 'sudo systemctl status containerd; sudo journalctl -u containerd -n 50 --no-pager'"
        );
        let not_ready = |message: &str| NodeProblem::NotReady {
            since: None,
            message: message.to_owned(),
        };
        assert!(look(not_ready("PLEG is not healthy")).contains("-u containerd"));
        assert!(look(not_ready("cni plugin not initialized")).contains("spec.nodeName=n1"));
        assert!(look(not_ready("kubelet stopped")).contains("-u kubelet"));
        assert_eq!(look(NodeProblem::Cordoned), "kubectl describe node n1");
    }
}
