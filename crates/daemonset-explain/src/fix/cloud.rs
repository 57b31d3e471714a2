//! What to do about nodes that no cloud controller manager initializes.

use daemonset::api::{Pod, Taint};

use super::asked::shown;
use super::command::{describe_nodes, namespace_of, word};
use super::slips::tolerating;
use super::{Fix, NodeRepair, Repair};
use crate::finding::LeftOut;
use crate::owner::UNINITIALIZED;
use crate::round::Round;
use crate::signs::cloud::{any, down, is_cloud_controller};

/// A node is initialized within so many seconds.
const TAKES: i64 = 600;

/// What to do where nodes are left out since they are not initialized, and have been there for long.
pub(super) fn of_uninitialized(round: &Round<'_>, groups: &[LeftOut]) -> Option<Fix> {
    let is_late = |name: &String| {
        let node = round.cluster.node(name);
        let created = node.and_then(|node| node.metadata.creation_timestamp);
        created.is_none_or(|at| round.view.now.seconds_since(at) > TAKES)
    };
    let group = groups.iter().find(|group| {
        let is_first = group.why.starts_with("taint ");
        is_first && group.waits_to_be_initialized() && group.nodes.iter().any(is_late)
    })?;
    let nodes = group.nodes.clone();
    let set = round.daemon_set();
    let (pod, taint, commands) = if is_cloud_controller(&set.metadata.name) {
        let node = round.cluster.node(nodes.first()?)?;
        let taints = node.spec.taints.iter();
        let taints: Vec<&Taint> = taints.filter(|it| it.key == UNINITIALIZED).collect();
        let command = tolerating(set, &taints);
        let own = format!("{}/{}", set.metadata.namespace, set.metadata.name);
        (Some(own), Some(UNINITIALIZED.to_owned()), vec![command])
    } else if let Some(found) = down(round) {
        let taint = found.awaited_taint().map(str::to_owned);
        let command = match (&taint, edited(found.pod)) {
            (Some(_), Some(edited)) => edited,
            _ => shown(&found),
        };
        (Some(found.name()), taint, vec![command])
    } else {
        let command = match any(round) {
            Some(pod) => format!(
                "kubectl logs {} -n {} --tail=50",
                word(&pod.metadata.name),
                namespace_of(&pod.metadata.namespace)
            ),
            None => "kubectl get pods -A -o wide | grep -E 'cloud-controller|-ccm|-cpi'".to_owned(),
        };
        let looked_at = describe_nodes(&nodes[..1]);
        let commands = std::iter::once(command).chain(looked_at).collect();
        (None, None, commands)
    };
    Some(Fix::outside(
        Repair::Node(NodeRepair::CloudController { nodes, pod, taint }),
        commands,
    ))
}

/// The command that edits what makes a pod.
fn edited(pod: &Pod) -> Option<String> {
    let owner = pod.metadata.controller()?;
    let (kind, name) = match &*owner.kind {
        // What a Deployment makes is called as it is, with a hash behind.
        "ReplicaSet" => ("deploy", owner.name.rsplit_once('-')?.0),
        "DaemonSet" => ("ds", &*owner.name),
        "StatefulSet" => ("sts", &*owner.name),
        _ => return None,
    };
    Some(format!(
        "kubectl edit {kind}/{} -n {}",
        word(name),
        namespace_of(&pod.metadata.namespace)
    ))
}
