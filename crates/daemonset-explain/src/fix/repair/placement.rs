//! What keeps pods from a node: room, ports, devices, volumes, and who schedules them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::phrases::{
    NAMED, device_plugin, pod_slots, priority, provisioning, room, scheduling_gates, size,
    storage_class,
};
use super::super::provisioner::Provisioner;
use super::super::requests::Requested;
use crate::owner::LabelOwner;
use crate::words::{agree, list};

/// What keeps pods from a node: room, ports, devices, volumes, and who schedules them.
///
/// One kind of [`Repair`](super::Repair). Prints as an instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(
    tag = "repair",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum PlacementRepair {
    /// What sets the label that the template selects.
    Label {
        /// The label.
        label: String,
        /// Who sets it.
        owner: LabelOwner,
    },
    /// Nodes that have the label which the template selects, where none has it.
    NoSuchLabel {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
    /// A taint of nodes without a pod network, which what sets it up has to tolerate.
    NetworkTaint {
        /// Its key.
        taint: String,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The priority of the pods, which others exceed.
    Priority {
        /// The PriorityClass to make, where what was given tells how high.
        class: String,
        /// Its value, which no pod on these nodes has that is not of Kubernetes itself.
        value: Option<i32>,
        /// The nodes.
        nodes: Vec<String>,
        /// Pods there that are below that, with their namespaces.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        preempts: Vec<String>,
    },
    /// The priority of pods for which a kubelet makes place, which no class of users reaches.
    CriticalPriority {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The autoscaler that sets what pods ask for, which their template does not.
    Autoscaler {
        /// The `VerticalPodAutoscaler`.
        autoscaler: String,
        /// The namespace.
        namespace: String,
    },
    /// What takes scheduling gates off pods.
    SchedulingGates {
        /// The gates.
        gates: Vec<String>,
        /// Whether the template has them, and not only the pods, which got them at admission then.
        in_template: bool,
    },
    /// The scheduler that the template names.
    Scheduler {
        /// Its name.
        scheduler: String,
    },
    /// Claims that are not bound to a volume.
    Claims {
        /// The claims.
        claims: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What provides volumes of a class, which says why it does not.
    Provisioning {
        /// The class.
        class: String,
        /// The claim, or the first of those for which it says so.
        claim: String,
        /// What it lacks.
        lacks: Provisioner,
    },
    /// Claims that are bound to volumes of other nodes.
    ClaimsElsewhere {
        /// The claims, of which one is meant at least.
        claims: Vec<String>,
        /// Their namespace.
        namespace: String,
    },
    /// What the scheduler says that keeps a pod off, which is not for want of room.
    Scheduling {
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The selector that was put into pods at admission.
    AdmittedSelector {
        /// Their namespace.
        namespace: String,
        /// The nodes that it keeps them off.
        nodes: Vec<String>,
    },
    /// Nodes that have as many pods as they take.
    PodSlots {
        /// The nodes.
        nodes: Vec<String>,
        /// Whether the pod has a priority that no class of users reaches.
        is_critical: bool,
        /// Pods of others there that could go for it, with their namespaces; `None` where no others were given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        others: Option<Vec<String>>,
    },
    /// Nodes that have no room for the pod.
    Room {
        /// The nodes.
        nodes: Vec<String>,
        /// What the template asks for of what they are short of.
        asked: Vec<Requested>,
        /// Whether the pod has a priority that no class of users reaches.
        is_critical: bool,
        /// Pods of others there that could go for it, with their namespaces; `None` where no others were given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        others: Option<Vec<String>>,
    },
    /// Nodes that are too small for the pod, whoever is on them.
    Size {
        /// The nodes.
        nodes: Vec<String>,
        /// What the template asks for of what they are short of.
        asked: Vec<Requested>,
        /// Whether no other node that should run the daemon has that much either.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        none_fits: bool,
    },
    /// Whatever holds the host ports that the pod asks for.
    HostPorts {
        /// The ports.
        ports: Vec<u16>,
        /// The nodes.
        nodes: Vec<String>,
    },
    /// The `StorageClass` that a claim asks for, and that is not there.
    StorageClass {
        /// Its name.
        class: String,
        /// The claim.
        claim: String,
        /// The claim's namespace.
        namespace: String,
        /// Whether the claim is made for each pod, as the template says.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_made: bool,
    },
    /// What offers a resource on nodes that have none of it.
    DevicePlugin {
        /// What the first of the nodes offers under the same prefix.
        offered: Vec<String>,
        /// The resource, such as `nvidia.com/gpu`.
        resource: String,
        /// The nodes.
        nodes: Vec<String>,
    },
}

/// Prints as an instruction.
impl fmt::Display for PlacementRepair {
    #[allow(clippy::too_many_lines)] // one sentence for each variant
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label { label, owner } => write!(
                f,
                "see that {} runs, which sets label {label} on nodes that have the device; without such nodes \
                 nothing is wrong",
                owner.name()
            ),
            Self::NoSuchLabel { key, value } => write!(
                f,
                "if it is to run: give the nodes that are meant label {key}={value}, which none that was given has, or take it out of \
                 nodeSelector; a label that no node has is also a way to switch a DaemonSet off, where nothing is wrong"
            ),
            Self::NetworkTaint { taint, nodes } => write!(
                f,
                "if this DaemonSet is what sets the pod network up, let it tolerate taint {taint} of {}: there is none before it \
                 runs",
                list(nodes, NAMED),
            ),
            Self::Priority {
                value,
                preempts,
                nodes,
                ..
            } => priority(f, *value, nodes, preempts),
            Self::CriticalPriority { nodes } => write!(
                f,
                "see which pod took its place on {}: the kubelet makes place for critical pods alone (static ones, and those of \
                 system-cluster-critical or system-node-critical), so that no other priority class keeps this one there; free what \
                 that pod asks for, or move pods that can run elsewhere",
                list(nodes, NAMED)
            ),
            Self::Autoscaler {
                autoscaler,
                namespace,
            } => write!(
                f,
                "let VerticalPodAutoscaler {autoscaler} of namespace {namespace} ask for less (maxAllowed of its resourcePolicy), or \
                 leave the pods as they are made (updateMode Off), and then delete the pod that waits: what it asks for comes of \
                 that, and not of the template"
            ),
            Self::SchedulingGates { gates, in_template } => {
                scheduling_gates(f, gates, *in_template)
            }
            Self::Scheduler { scheduler } if scheduler == "default-scheduler" => {
                f.write_str("get kube-scheduler to work again: it has not looked at these pods")
            }
            Self::Scheduler { scheduler } => {
                write!(
                    f,
                    "start scheduler {scheduler}, or name one that runs in the template"
                )
            }
            Self::Claims { claims, namespace } => write!(
                f,
                "have {} in namespace {namespace} bound: a PersistentVolume or the StorageClass has to provide it",
                list(claims, NAMED)
            ),
            Self::Provisioning {
                class,
                claim,
                lacks,
            } => provisioning(f, class, claim, *lacks),
            Self::ClaimsElsewhere { claims, namespace } => write!(
                f,
                "let the template mount what every node can get at (a path of the node, emptyDir, an ephemeral volume, or a claim \
                 that many nodes may mount) instead of {} in namespace {namespace}, or leave out the other nodes",
                list(claims, NAMED)
            ),
            Self::Scheduling { nodes } => write!(
                f,
                "mend what the scheduler says against {}: it is not for want of room",
                list(nodes, NAMED)
            ),
            Self::AdmittedSelector { namespace, nodes } => write!(
                f,
                "see which nodeSelector the pods meant for {} carry: the template allows these nodes, so it seems to have been \
                 put into the pods at admission, as a default of namespace {namespace} or of the cluster is (annotations \
                 scheduler.alpha.kubernetes.io/node-selector and openshift.io/node-selector of the namespace; the latter, \
                 empty, lifts the cluster's default); pods that are there keep theirs until they are deleted",
                list(nodes, NAMED)
            ),
            Self::PodSlots {
                nodes,
                is_critical,
                others,
            } => pod_slots(f, nodes, *is_critical, others.as_deref()),
            Self::Room {
                nodes,
                asked,
                is_critical,
                others,
            } => room(f, nodes, asked, *is_critical, others.as_deref()),
            Self::Size {
                nodes,
                asked,
                none_fits,
            } => size(f, nodes, asked, !none_fits),
            Self::HostPorts { ports, nodes } => write!(
                f,
                "free host {} {} on {}: use another port, or run only one of the two there",
                agree(ports.len(), "port", "ports"),
                list(ports, NAMED),
                list(nodes, NAMED)
            ),
            Self::StorageClass {
                class,
                claim,
                namespace,
                is_made,
            } => storage_class(f, class, (claim, namespace), *is_made),
            Self::DevicePlugin {
                resource,
                nodes,
                offered,
            } => device_plugin(f, resource, nodes, offered),
        }
    }
}
