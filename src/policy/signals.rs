//! What a policy may read of nodes and pods that a planner does not.

use crate::api::{ConditionStatus, ConditionType, Node, Pod, Timestamp};
use crate::well_known::{MAINTENANCE, POD_DELETION_COST};

/// What a policy may read of nodes and pods that a planner does not. Each is asked for only where
/// the policy uses it; implement it for types of your own.
///
/// ```
/// use daemonset::api::{Node, Pod};
/// use daemonset::policy::{FromApi, Signals};
///
/// let pod: Pod = serde_json::from_value(serde_json::json!({
///     "metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"}},
/// }))?;
/// assert_eq!(Signals::<Node, Pod>::deletion_cost(&FromApi, &pod), -5);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Signals<N, P> {
    /// When the node was created.
    fn node_created(&self, _node: &N) -> Option<Timestamp> {
        None
    }

    /// Whether the node is under maintenance.
    fn in_maintenance(&self, _node: &N) -> bool {
        false
    }

    /// How much it costs to delete the pod; less goes first.
    fn deletion_cost(&self, _pod: &P) -> i32 {
        0
    }

    /// How often the pod's containers have restarted.
    fn restarts(&self, _pod: &P) -> u32 {
        0
    }

    /// When a container of the pod has last restarted.
    fn last_restart(&self, _pod: &P) -> Option<Timestamp> {
        None
    }
}

/// What the API's own objects say. Of restarts they say nothing here: the planner's pods do not
/// hold the states of containers.
#[derive(Clone, Copy, Debug, Default)]
pub struct FromApi;

impl Signals<Node, Pod> for FromApi {
    fn node_created(&self, node: &Node) -> Option<Timestamp> {
        node.metadata.creation_timestamp
    }

    fn in_maintenance(&self, node: &Node) -> bool {
        node.status.conditions.iter().any(|condition| {
            matches!(&condition.type_, ConditionType::Other(type_) if MAINTENANCE.contains(&&**type_))
                && condition.status == ConditionStatus::True
        })
    }

    fn deletion_cost(&self, pod: &Pod) -> i32 {
        let cost = pod.metadata.annotations.get(POD_DELETION_COST);
        cost.and_then(|cost| cost.parse().ok()).unwrap_or(0)
    }
}

/// Nothing is known beyond what a planner reads.
impl<N, P> Signals<N, P> for () {}
