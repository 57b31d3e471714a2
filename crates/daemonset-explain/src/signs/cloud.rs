//! The cloud controller manager, which initializes nodes where a cloud provider is to.

use daemonset::api::Pod;

use super::asked_pods::AskedPods;
use crate::round::Round;

/// Whether a DaemonSet or a pod of this name is a cloud controller manager, which initializes nodes.
///
/// ```
/// use daemonset_explain::is_cloud_controller;
///
/// assert!(is_cloud_controller("openstack-cloud-controller-manager-x2k4p"));
/// assert!(is_cloud_controller("vsphere-cpi") && !is_cloud_controller("cpid-agent"));
/// ```
#[must_use]
pub fn is_cloud_controller(name: &str) -> bool {
    let mut parts = name.split('-');
    name.contains("cloud-controller-manager") || parts.any(|part| part == "ccm" || part == "cpi")
}

/// The pods of the cloud controller manager, where they were given and none of them is ready.
pub(crate) fn down<'a>(round: &Round<'a>) -> Option<AskedPods<'a>> {
    let who = "the cloud controller manager".to_owned();
    AskedPods::none_is_ready(round, who, |pod| is_cloud_controller(&pod.metadata.name))
}

/// A pod of it that was given.
pub(crate) fn any<'a>(round: &Round<'a>) -> Option<&'a Pod> {
    let mut pods = round.cluster.pods().iter().copied();
    pods.find(|pod| is_cloud_controller(&pod.metadata.name))
}
