//! Nodes, and what runs on them beside pods.

use std::fmt;

use daemonset::api::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::Tells;
use super::super::phrases::{NAMED, certificates, cloud_controller, node_memory, pressure};
use crate::known::Supply;
use crate::signs::mounted::keeper;
use crate::words::{agree, duration, list};

/// Nodes, and what runs on them beside pods.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum NodeRepair {
    /// The cloud controller manager, which does not initialize nodes.
    CloudController {
        /// The nodes.
        nodes: Vec<String>,
        /// Namespace and name of the first of its pods, where none is ready.
        pod: Option<String>,
        /// The taint that this one does not tolerate, and that goes once nodes are initialized.
        taint: Option<String>,
    },
    /// Pods that stay on nodes which do not exist.
    MissingNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that the revision seems to have taken down, once the template is another.
    NodesThatWent {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The driver that a node does not have, which is a pod there.
    Driver {
        /// Its name.
        driver: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The deletion of nodes, which something has to finish.
    NodeDeletion {
        /// The nodes.
        nodes: Vec<String>,
        /// What has to be removed first.
        finalizers: Vec<String>,
    },
    /// What a node is short of.
    Pressure {
        /// Of what, as their conditions say: `disk space`, `memory`, `process ids`.
        of: Vec<String>,
        /// The nodes.
        nodes: Vec<String>,
        /// How little the kubelet of the first found to free among images: `0.2 of 18.8 GB`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        images: Option<String>,
    },
    /// The memory of a node that ran out, where a container without a limit was killed for it.
    NodeMemory {
        /// The container.
        container: String,
        /// The node.
        node: String,
        /// Pods of others there that were killed so too, with their namespaces.
        others: Vec<String>,
    },
    /// What makes kubelets reject the pod.
    Rejection {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether it is not told why pods failed there, so that they may have been evicted as well.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_silent: bool,
    },
    /// The kubelet that does not end a pod.
    Kubelet {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether all that it says is that the pod's network is not taken down.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        of_network: bool,
    },
    /// The kubelet that has not taken a pod up.
    NoReport {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The way from nodes that fell silent together to the API server.
    WayToApi {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes of which pods are marked as not ready, as is done where a kubelet is silent.
    MarkedNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// What a node reports of itself, where a pod there fails and does not say why.
    NodeReport {
        /// The node.
        node: String,
        /// What it reports, such as `FrequentContainerdRestart=True`.
        report: String,
    },
    /// What a node reports where pods fail, and no other does where one is available.
    ReportedAlone {
        /// The node.
        node: String,
        /// The condition, such as `BondDegraded=True`.
        condition: String,
    },
    /// The clock of a node, by which a certificate is not valid.
    Clock {
        /// The node.
        node: String,
        /// Whether it is behind, or else ahead.
        is_behind: bool,
        /// By how many seconds, at least.
        by: i64,
    },
    /// The clock of a node that is ahead, so that its pod is ready since a time that is still to come.
    ClockAhead {
        /// The node.
        node: String,
    },
    /// What is between the kubelet of a node and the pods there.
    KubeletToPods {
        /// The node.
        node: String,
        /// Pods of others there that do not answer their probes in time either.
        others: Vec<String>,
        /// A pod there whose container ended as its runtime was started anew, and when it was started again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anew: Option<(String, Timestamp)>,
    },
    /// The certificates that kubelets have asked for, and that wait to be approved.
    Certificates {
        /// The requests, the newest first.
        requests: Vec<String>,
    },
    /// A path of the node that the words of pods name.
    NodePath {
        /// The path on the node.
        path: String,
        /// The volume of the template that brings it; `None` where it is what runs on the node that names it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume: Option<String>,
        /// The nodes.
        nodes: Vec<String>,
        /// What other DaemonSets may bring there that the pods wait for: the pod network, where the words are about that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        awaited: Option<Supply>,
    },
    /// A path of the node that pods cannot write to, since its file system is read-only there.
    ReadOnlyPath {
        /// The path.
        path: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// A path of the node that the template mounts, and that is not of the type it asks for.
    HostPath {
        /// The path.
        path: String,
        /// What it should be, as the kubelet says: `a directory`, `a socket file`.
        wanted: String,
        /// The nodes.
        nodes: Vec<String>,
        /// Whether updated pods are available on other nodes, where the path is right.
        #[serde(default)]
        runs_elsewhere: bool,
        /// Their container runtime, where no node has it on which updated pods are available.
        #[serde(default)]
        runtime: Option<String>,
    },
    /// What holds a port of the node that a container listens on.
    Port {
        /// The port.
        port: u16,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Nodes that are not well, whose pods do not count.
    UnhealthyNodes {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// Something outside that does not answer the pods, or the revision that asks it: an old pod tells, or its node
    /// A sysctl that kubelets do not allow.
    Sysctl {
        /// Its name.
        sysctl: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The node on which alone a pod fails, or else the revision: another node would tell.
    OneNode {
        /// The node.
        node: String,
        /// What would tell.
        tells: Tells,
    },
    /// The nodes on which pods fail of a revision that runs on others.
    Nodes {
        /// The nodes.
        nodes: Vec<String>,
        /// What other DaemonSets may bring there that the pods wait for: the pod network, where their sandbox is not
        /// set up.
        awaited: Option<Supply>,
        /// What they are that those are not on which a pod is available, or that some of those run the same, as a clause;
        /// `None` where what was given does not tell.
        differs: Option<String>,
    },
}

/// Prints as an instruction.
impl fmt::Display for NodeRepair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloudController { nodes, pod, taint } => {
                cloud_controller(f, nodes, pod.as_deref(), taint.as_deref())
            }
            Self::MissingNodes { nodes } => write!(
                f,
                "see whether {} {} there: if not, and the pods stay for more than a minute or two, the pod garbage \
                 collector (of kube-controller-manager) does not work, and what is terminating can be deleted by force",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
            ),
            Self::Driver { driver, nodes } => write!(
                f,
                "find out why CSI driver {driver} is not registered on {}: that is for its pod there, if there is one",
                list(nodes, NAMED)
            ),
            Self::NodeDeletion { nodes, finalizers } => {
                write!(f, "let the deletion of {} be finished", list(nodes, NAMED))?;
                match finalizers.as_slice() {
                    [] => Ok(()),
                    some => write!(
                        f,
                        ", by the {} of {} {}",
                        agree(some.len(), "controller", "controllers"),
                        agree(some.len(), "finalizer", "finalizers"),
                        list(some, NAMED)
                    ),
                }
            }
            Self::Pressure { of, nodes, images } => pressure(f, of, nodes, images.as_deref()),
            Self::NodeMemory {
                container,
                node,
                others,
            } => node_memory(f, container, node, others),
            Self::Rejection {
                nodes,
                is_silent: true,
            } => write!(
                f,
                "see why the pods on {} failed, by the events of the namespace or what the kubelet there says: it rejected or \
                 evicted them",
                list(nodes, NAMED),
            ),
            Self::Rejection { nodes, .. } => write!(
                f,
                "repair what the kubelet of {} says: until then every new pod of this template is rejected there",
                list(nodes, NAMED),
            ),
            Self::KubeletToPods { node, others, anew } => {
                kubelet_to_pods(f, node, others, anew.as_ref())
            }
            Self::Certificates { requests } => certificates(f, requests),
            Self::Kubelet {
                nodes,
                of_network: true,
            } => write!(
                f,
                "look at the network plugin (CNI) and the kubelet of {}: the pod does not end there, since its network is not \
                 taken down",
                list(nodes, NAMED)
            ),
            Self::Kubelet { nodes, .. } => write!(
                f,
                "look at the kubelet and the container runtime of {}, and for processes that wait in the kernel (state D): the pod \
                 does not end there; what cannot be killed ends with a reboot alone, which is the last resort: drain the node \
                 before it",
                list(nodes, NAMED)
            ),
            Self::NoReport { nodes } => write!(
                f,
                "look at the kubelet of {}: it has not taken the pod up",
                list(nodes, NAMED)
            ),
            Self::WayToApi { nodes } => write!(
                f,
                "find what {} have in common on the way to the API server, since they fell silent together: from one of \
                 them, ask it at the address that its kubelet uses, and read why its kubelet does not reach it (a load \
                 balancer or virtual IP, a switch, a firewall, a name, a certificate that has expired)",
                list(nodes, NAMED),
            ),
            Self::MarkedNodes { nodes } => write!(
                f,
                "see whether {} {} Ready: {} kubelet seems to be silent",
                list(nodes, NAMED),
                agree(nodes.len(), "is", "are"),
                agree(nodes.len(), "its", "their"),
            ),
            Self::NodeReport { node, report } => write!(
                f,
                "{node} is {report}: that may be why containers end there without a word; read in its log what goes on, and \
                 drain it, and restart or replace it, where that does not stop",
            ),
            Self::ReportedAlone { node, condition } => write!(
                f,
                "look at what {node} reports alone, {condition}: whether its pod fails for that is not known",
            ),
            Self::Clock {
                node,
                is_behind,
                by,
            } => write!(
                f,
                "set the clock of {node} right (chronyc makestep there, or another NTP client): it is at least {} {}, and by it \
                 the certificate is not valid",
                duration(*by),
                if *is_behind { "behind" } else { "ahead" },
            ),
            Self::ClockAhead { node } => write!(
                f,
                "set the clock of {node} right (chrony or another NTP client there); until the time that its pod \
                 tells has come, the pod does not count as available"
            ),
            Self::NodePath {
                path,
                volume: None,
                nodes,
                ..
            } => write!(
                f,
                "look at {path} of {}, which the words name: what makes it there, and how it is on nodes on which the daemon runs",
                list(nodes, NAMED)
            ),
            Self::NodePath {
                path,
                volume: Some(volume),
                nodes,
                ..
            } => write!(
                f,
                "look at {path} of {}, which the words name (volume {volume} of the template): what is there, whose it is, and \
                 how it differs from nodes on which the daemon runs",
                list(nodes, NAMED)
            ),
            Self::ReadOnlyPath { path, nodes } => write!(
                f,
                "let the template take a path that {} can write to instead of {path}, which is read-only there, or \
                 leave such nodes out",
                list(nodes, NAMED)
            ),
            Self::HostPath {
                path,
                wanted,
                nodes,
                runs_elsewhere,
                runtime,
            } => put_right(
                f,
                (path, wanted),
                nodes,
                *runs_elsewhere,
                runtime.as_deref(),
            ),
            Self::Port { port, nodes } => write!(
                f,
                "find what listens on port {port} of {}: a process of the node, or a pod on its network",
                list(nodes, NAMED)
            ),
            Self::NodesThatWent { nodes } => write!(
                f,
                "get {} to answer again, but only after that: a node that comes back before that starts its pod of this revision once more",
                list(nodes, NAMED)
            ),
            Self::UnhealthyNodes { nodes } => write!(
                f,
                "repair {}: until then no pod starts, ends or counts there",
                list(nodes, NAMED)
            ),
            Self::Sysctl { sysctl, nodes } => write!(
                f,
                "allow sysctl {sysctl} by allowedUnsafeSysctls of the kubelet of {} and of every other node that should run it, or take it \
                 out of the template",
                list(nodes, NAMED)
            ),
            Self::OneNode {
                node,
                tells: Tells::OtherNode,
            } => write!(
                f,
                "look at {node}; whether it is the node or the revision, a pod of the revision on another node \
                 tells"
            ),
            Self::OneNode { node, tells } => write!(
                f,
                "go back to {} to tell: if its pod runs on {node}, the newest revision is to blame, and if it \
                 fails there too, it is not (a pod of the newest one on another node would tell as well)",
                match tells {
                    Tells::Back(revision) => format!("revision {revision}"),
                    _ => "the revision that older pods are of".to_owned(),
                }
            ),
            Self::Nodes { nodes, differs, .. } => {
                write!(
                    f,
                    "look at what {} {} that the others have not, on which the same revision runs",
                    list(nodes, NAMED),
                    agree(nodes.len(), "has", "have"),
                )?;
                match differs {
                    Some(differs) => write!(f, "; {differs}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// To put a path of nodes right; of one that its keeper has elsewhere there, by whether the template is right for other
/// nodes, and what keeps it here alone.
fn put_right(
    f: &mut fmt::Formatter<'_>,
    (path, wanted): (&str, &str),
    nodes: &[String],
    runs_elsewhere: bool,
    runtime: Option<&str>,
) -> fmt::Result {
    let named = list(nodes, NAMED);
    match keeper(path) {
        Some(keeper) if runs_elsewhere => {
            let runtime = runtime.map(|it| format!(" ({it})")).unwrap_or_default();
            return write!(
                f,
                "leave {named} out, or give {} own with the path where {} {keeper}{runtime} keeps its \
                 files: {path} is not {wanted} there, and is right where updated pods are available; another path in the template \
                 takes it from those, and what is created there is not the {keeper}'s",
                agree(
                    nodes.len(),
                    "it a DaemonSet of its",
                    "them a DaemonSet of their"
                ),
                agree(nodes.len(), "its", "their"),
            );
        }
        Some(keeper) => {
            return write!(
                f,
                "look where the {keeper} of {named} keeps its files, and give the template that path: {path} is not {wanted} \
                 there; do not create it: a {keeper} that keeps them elsewhere does not see what is there"
            );
        }
        None => {}
    }
    write!(f, "put {path} right on {named}, where it is not {wanted}")?;
    match wanted {
        "a directory" => f.write_str(
            ": type DirectoryOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        "a file" => f.write_str(
            ": type FileOrCreate of the template's hostPath volume makes it where nothing is there",
        ),
        _ => write!(f, "; if it is not to be there, leave {named} out"),
    }
}

/// What keeps a kubelet from the pods of its node.
fn kubelet_to_pods(
    f: &mut fmt::Formatter<'_>,
    node: &str,
    others: &[String],
    anew: Option<&(String, Timestamp)>,
) -> fmt::Result {
    write!(
        f,
        "find what on {node} keeps its kubelet from pods there: {} {} not answer in time either (packet rules of the node or \
         a firewall, the interface or the tunnel of its network plugin, no CPU time left)",
        list(others, NAMED),
        agree(others.len(), "does", "do"),
    )?;
    match anew {
        Some((pod, at)) => write!(
            f,
            "; {pod} started again at {at}, and how it had ended is unknown, as when the container runtime or the node is \
             started anew"
        ),
        None => Ok(()),
    }
}
