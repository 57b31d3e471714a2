//! What fixes are about that is outside of the DaemonSet: where two are about the same, they have one cause.

use super::{
    AdmissionRepair, Applicability, AskedRepair, ContainerRepair, Fix, KnownRepair, NodeRepair,
    PlacementRepair, Repair, RolloutRepair,
};
use crate::known::Owner;

impl Fix {
    /// What it is about that is outside of the DaemonSet and its template, each as a phrase by which it is
    /// known: DaemonSets with a fix about the same thing have one cause.
    ///
    /// Empty where it concerns the DaemonSet alone.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        match &self.applicability {
            Applicability::Proven => Vec::new(),
            Applicability::IfRepaired { nodes } => of_each("node ", nodes),
            Applicability::Outside { repair } => repair.causes(),
        }
    }
}

fn of_each(before: &str, names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("{before}{name}")).collect()
}

/// `IP addresses for pods on node-a`, for each of the nodes.
fn on_each(what: &str, nodes: &[String]) -> Vec<String> {
    nodes
        .iter()
        .map(|node| format!("{what} on {node}"))
        .collect()
}

impl Repair {
    fn causes(&self) -> Vec<String> {
        let one = |text: String| vec![text];
        match self {
            Self::Rollout(RolloutRepair::Controller { .. }) => {
                one("kube-controller-manager".to_owned())
            }
            Self::Asked(AskedRepair::AskedPods { who, .. }) => one(format!("pods of {who}")),
            Self::Admission(AdmissionRepair::Quota { quota, namespace }) => {
                one(format!("ResourceQuota {quota} of namespace {namespace}"))
            }
            Self::Placement(
                PlacementRepair::Provisioning { class, .. }
                | PlacementRepair::StorageClass { class, .. },
            ) => one(format!("StorageClass {class}")),
            Self::Node(NodeRepair::CloudController { .. }) => {
                one("the cloud controller manager".to_owned())
            }
            Self::Admission(AdmissionRepair::PriorityClass { class }) => {
                one(format!("PriorityClass {class}"))
            }
            Self::Admission(AdmissionRepair::RuntimeClass { class }) => {
                one(format!("RuntimeClass {class}"))
            }
            Self::Admission(AdmissionRepair::PodSecurity { namespace }) => {
                one(format!("Pod Security of namespace {namespace}"))
            }
            Self::Admission(AdmissionRepair::Namespace { namespace }) => {
                one(format!("namespace {namespace}"))
            }
            Self::Admission(AdmissionRepair::ServiceAccount { account }) => {
                one(format!("ServiceAccount {account}"))
            }
            Self::Admission(AdmissionRepair::LimitRange { namespace }) => {
                one(format!("LimitRange of namespace {namespace}"))
            }
            Self::Admission(AdmissionRepair::Denied { by, .. }) => one(by.clone()),
            Self::Admission(AdmissionRepair::Webhook { webhook, .. }) => {
                one(format!("admission webhook {webhook}"))
            }
            Self::Asked(AskedRepair::RateLimit) => one("the registry's limit on pulls".to_owned()),
            Self::Asked(AskedRepair::Registry {
                host: Some(host), ..
            }) => one(host.clone()),
            Self::Asked(
                AskedRepair::Resolver {
                    server: Some(server),
                    ..
                }
                | AskedRepair::Dns {
                    server: Some(server),
                    ..
                },
            ) => one(format!("DNS server {server}")),
            Self::Asked(AskedRepair::Resolver { name, .. } | AskedRepair::Dns { name, .. }) => {
                one(name.clone())
            }
            Self::Asked(AskedRepair::Outside {
                asked: Some(asked), ..
            }) => one(asked.clone()),
            Self::Asked(
                AskedRepair::NoAnswer { address, .. }
                | AskedRepair::WayOut { address, .. }
                | AskedRepair::Trust { address },
            ) => one(address.clone()),
            Self::Node(NodeRepair::Driver { driver, nodes }) => {
                on_each(&format!("CSI driver {driver}"), nodes)
            }
            Self::Placement(PlacementRepair::DevicePlugin {
                resource, nodes, ..
            }) => on_each(&format!("device plugin of {resource}"), nodes),
            Self::Container(ContainerRepair::Objects { objects, namespace }) => (objects.iter())
                .map(|object| format!("{object} in namespace {namespace}"))
                .collect(),
            Self::Placement(PlacementRepair::Scheduler { scheduler }) => {
                one(format!("scheduler {scheduler}"))
            }
            Self::Known(KnownRepair { known, nodes, .. })
                if matches!(known.owner, Owner::Node | Owner::NodeAsAsked) =>
            {
                on_each(&known.lacks, nodes)
            }
            Self::Node(NodeRepair::Clock { node, .. }) => one(format!("clock of {node}")),
            Self::Node(NodeRepair::KubeletToPods { node, .. }) => {
                one(format!("the way from the kubelet of {node} to pods there"))
            }
            Self::Asked(AskedRepair::Proxy { proxy, .. }) => one(format!("proxy {proxy}")),
            Self::Node(NodeRepair::NodeMemory { node, .. }) => one(format!("memory of {node}")),
            Self::Node(NodeRepair::NodeReport { node, .. }) => one(format!("node {node}")),
            Self::Node(
                NodeRepair::NodeDeletion { nodes, .. }
                | NodeRepair::UnhealthyNodes { nodes }
                | NodeRepair::WayToApi { nodes }
                | NodeRepair::MarkedNodes { nodes }
                | NodeRepair::MissingNodes { nodes }
                | NodeRepair::Pressure { nodes, .. },
            ) => of_each("node ", nodes),
            _ => Vec::new(),
        }
    }
}
