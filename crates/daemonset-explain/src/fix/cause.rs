//! What fixes are about that is outside of the DaemonSet: where two are about the same, they have one cause.

use super::{Applicability, Fix, Repair};
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
            Self::Controller => one("kube-controller-manager".to_owned()),
            Self::AskedPods { who, .. } => one(format!("pods of {who}")),
            Self::Quota { quota, namespace } => {
                one(format!("ResourceQuota {quota} of namespace {namespace}"))
            }
            Self::Provisioning { class, .. } | Self::StorageClass { class, .. } => {
                one(format!("StorageClass {class}"))
            }
            Self::CloudController { .. } => one("the cloud controller manager".to_owned()),
            Self::PriorityClass { class } => one(format!("PriorityClass {class}")),
            Self::RuntimeClass { class } => one(format!("RuntimeClass {class}")),
            Self::PodSecurity { namespace } => {
                one(format!("Pod Security of namespace {namespace}"))
            }
            Self::Namespace { namespace } => one(format!("namespace {namespace}")),
            Self::ServiceAccount { account } => one(format!("ServiceAccount {account}")),
            Self::LimitRange { namespace } => one(format!("LimitRange of namespace {namespace}")),
            Self::Denied { by, .. } => one(by.clone()),
            Self::Webhook { webhook, .. } => one(format!("admission webhook {webhook}")),
            Self::RateLimit => one("the registry's limit on pulls".to_owned()),
            Self::Registry {
                host: Some(host), ..
            } => one(host.clone()),
            Self::Resolver {
                server: Some(server),
                ..
            }
            | Self::Dns {
                server: Some(server),
                ..
            } => one(format!("DNS server {server}")),
            Self::Resolver { name, .. } | Self::Dns { name, .. } => one(name.clone()),
            Self::Outside {
                asked: Some(asked), ..
            } => one(asked.clone()),
            Self::NoAnswer { address, .. }
            | Self::WayOut { address, .. }
            | Self::Trust { address } => one(address.clone()),
            Self::Driver { driver, nodes } => on_each(&format!("CSI driver {driver}"), nodes),
            Self::DevicePlugin {
                resource, nodes, ..
            } => on_each(&format!("device plugin of {resource}"), nodes),
            Self::Objects { objects, namespace } => (objects.iter())
                .map(|object| format!("{object} in namespace {namespace}"))
                .collect(),
            Self::Scheduler { scheduler } => one(format!("scheduler {scheduler}")),
            Self::Known { known, nodes, .. }
                if matches!(known.owner, Owner::Node | Owner::NodeAsAsked) =>
            {
                on_each(&known.lacks, nodes)
            }
            Self::Clock { node, .. } => one(format!("clock of {node}")),
            Self::KubeletToPods { node, .. } => {
                one(format!("the way from the kubelet of {node} to pods there"))
            }
            Self::Proxy { proxy, .. } => one(format!("proxy {proxy}")),
            Self::NodeMemory { node, .. } => one(format!("memory of {node}")),
            Self::NodeReport { node, .. } => one(format!("node {node}")),
            Self::NodeDeletion { nodes, .. }
            | Self::UnhealthyNodes { nodes }
            | Self::WayToApi { nodes }
            | Self::MarkedNodes { nodes }
            | Self::MissingNodes { nodes }
            | Self::Pressure { nodes, .. } => of_each("node ", nodes),
            _ => Vec::new(),
        }
    }
}
