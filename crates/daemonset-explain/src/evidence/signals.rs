//! What a rollout's policy reads of nodes and pods.

use daemonset::api::{Node, Pod, Timestamp};
use daemonset::policy::{FromApi, Signals};

use super::{Evidence, PodEvidence};

/// Nodes and pods as the API has them, and of restarts what the evidence says.
impl Signals<Node, Pod> for Evidence {
    fn node_created(&self, node: &Node) -> Option<Timestamp> {
        Signals::<Node, Pod>::node_created(&FromApi, node)
    }

    fn in_maintenance(&self, node: &Node) -> bool {
        Signals::<Node, Pod>::in_maintenance(&FromApi, node)
    }

    fn deletion_cost(&self, pod: &Pod) -> i32 {
        Signals::<Node, Pod>::deletion_cost(&FromApi, pod)
    }

    fn restarts(&self, pod: &Pod) -> u32 {
        let pod = self.of(pod);
        let containers = pod.into_iter().flat_map(PodEvidence::all_containers);
        containers.fold(0, |all, container| {
            all.saturating_add(u32::try_from(container.restarts).unwrap_or(0))
        })
    }

    fn last_restart(&self, pod: &Pod) -> Option<Timestamp> {
        let pod = self.of(pod);
        let containers = pod.into_iter().flat_map(PodEvidence::all_containers);
        let ended = containers.filter_map(|container| container.last.as_ref());
        ended.filter_map(|ended| ended.finished_at).max()
    }
}

impl Evidence {
    fn of(&self, pod: &Pod) -> Option<&PodEvidence> {
        self.pod(&pod.metadata.namespace, &pod.metadata.name)
    }
}
