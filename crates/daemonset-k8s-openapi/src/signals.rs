//! What a policy reads of typed objects.

use std::borrow::Borrow;

use daemonset::api::Timestamp;
use daemonset::policy::Signals;
use daemonset::well_known::{MAINTENANCE, POD_DELETION_COST};
use k8s_openapi::api::core::v1::{ContainerStatus, Node, Pod};

use crate::{View, timestamp};

/// What [`k8s_openapi`]'s nodes and pods say of what a policy reads, restarts of containers too.
///
/// ```
/// use daemonset::control::Conductor;
/// use daemonset_k8s_openapi::{FromObjects, View};
/// use k8s_openapi::api::core::v1::{Node, Pod};
///
/// let conductor: Conductor<View<Node>, View<Pod>, FromObjects> = Conductor::new(FromObjects);
/// assert_eq!(conductor.counts().plans, 0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FromObjects;

impl<N: Borrow<Node>, P: Borrow<Pod>> Signals<View<N>, View<P>> for FromObjects {
    fn node_created(&self, node: &View<N>) -> Option<Timestamp> {
        timestamp(node.0.borrow().metadata.creation_timestamp.as_ref())
    }

    fn in_maintenance(&self, node: &View<N>) -> bool {
        let status = node.0.borrow().status.as_ref();
        let conditions = status.and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten().any(|condition| {
            condition.status == "True" && MAINTENANCE.contains(&condition.type_.as_str())
        })
    }

    fn deletion_cost(&self, pod: &View<P>) -> i32 {
        let annotations = pod.0.borrow().metadata.annotations.as_ref();
        let cost = annotations.and_then(|all| all.get(POD_DELETION_COST));
        cost.and_then(|cost| cost.parse().ok()).unwrap_or(0)
    }

    fn restarts(&self, pod: &View<P>) -> u32 {
        containers(pod.0.borrow()).fold(0, |all, container| {
            all.saturating_add(u32::try_from(container.restart_count).unwrap_or(0))
        })
    }

    fn last_restart(&self, pod: &View<P>) -> Option<Timestamp> {
        let ended = containers(pod.0.borrow()).filter_map(|container| {
            let last = container.last_state.as_ref()?.terminated.as_ref()?;
            timestamp(last.finished_at.as_ref())
        });
        ended.max()
    }
}

/// The states of a pod's containers, those of init containers too.
fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let all = status
        .into_iter()
        .flat_map(|status| [&status.init_container_statuses, &status.container_statuses]);
    all.flatten().flatten()
}
