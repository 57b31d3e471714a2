//! Whether kube-controller-manager works, as its Lease and the taints of nodes tell.

use daemonset::api::{ConditionStatus, ConditionType, Node, Pod, Timestamp};
use daemonset::well_known::{NOT_READY, UNREACHABLE};

use super::controller::{lease_said, manager_pods};
use crate::finding::{Finding, KeptTaint, LeaseSaid};
use crate::round::Round;

/// For so many seconds nothing may have renewed the Lease, where that alone tells: a dump may take minutes.
const IS_DEAD: i64 = 300;

/// Clocks differ by so many seconds at most.
const CLOCKS: i64 = 60;

/// For so many seconds a node has been Ready before its taint should be gone. That takes less than one.
const READY_FOR: i64 = 300;

/// That kube-controller-manager, or the node lifecycle controller in it, does not work.
pub(crate) fn manager_down(round: &Round<'_>) -> Option<Finding> {
    let lease = lease_said(round);
    let kept = kept_taints(round);
    let dead = lease.clone().filter(|lease| is_dead(round, lease));
    if dead.is_none() && kept.is_none() {
        return None;
    }
    // One that leads says that it is a part of it that does not work.
    let leads = lease.filter(|lease| kept.is_some() && !lease.has_run_out());
    Some(Finding::ManagerDown {
        acts: dead.is_some() && round.acts(),
        lease: dead.or(leads),
        kept,
        manager: manager_pods(round).map(|it| it.told(round)),
    })
}

/// Whether the Lease has run out for long, and nothing was made by a controller since.
fn is_dead(round: &Round<'_>, lease: &LeaseSaid) -> bool {
    if lease.holder.is_empty() {
        return true;
    }
    let Some(ago) = lease.renewed.filter(|ago| *ago >= IS_DEAD) else {
        return false;
    };
    let since = round.view.now.plus_seconds(CLOCKS - ago);
    let is_since = |at: Option<Timestamp>| at.is_some_and(|at| at > since);
    // Pods are made by controllers of the same program: where one is younger, it leads by another Lease, or by none.
    let is_made = |pod: &&&Pod| {
        let owner = pod.metadata.controller();
        owner.is_some_and(|it| {
            matches!(
                &*it.kind,
                "DaemonSet" | "ReplicaSet" | "StatefulSet" | "Job"
            )
        })
    };
    let mut made = round.cluster.pods().iter().filter(is_made);
    !made.any(|pod| is_since(pod.metadata.creation_timestamp))
}

/// The nodes that have been Ready for minutes, and keep the taint of those that are not.
fn kept_taints(round: &Round<'_>) -> Option<KeptTaint> {
    let ready_for = |node: &Node| {
        let ready = node.condition(&ConditionType::Ready)?;
        let since = ready.last_transition_time?;
        let is_ready = ready.status == ConditionStatus::True;
        let ago = round.view.now.seconds_since(since);
        (is_ready && ago > READY_FOR).then_some(ago)
    };
    let kept = |node: &Node, key: &str| {
        let taint = node.spec.taints.iter().find(|it| it.key == key)?;
        let ago = ready_for(node)?;
        // One that was put there since is of something else.
        let put = taint.time_added.map(|at| round.view.now.seconds_since(at));
        let is_before = put.is_none_or(|put| put + CLOCKS >= ago);
        is_before.then(|| (node.metadata.name.clone(), ago))
    };
    let of = |key: &str| {
        let all = round.cluster.nodes().iter();
        let mut nodes: Vec<(String, i64)> = all.filter_map(|node| kept(node, key)).collect();
        let ready = nodes.iter().map(|(_, ago)| *ago).min()?;
        nodes.sort_unstable();
        Some(KeptTaint {
            nodes: nodes.into_iter().map(|(name, _)| name).collect(),
            taint: key.into(),
            ready,
        })
    };
    of(NOT_READY).or_else(|| of(UNREACHABLE))
}
