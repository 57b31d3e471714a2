//! Whether what was given is of different moments, so that it fits no cluster.

use daemonset::api::{ConditionStatus, ConditionType, Node, Timestamp};
use daemonset::view::NodeView;
use daemonset::well_known::CONTROLLER_REVISION_HASH;

use crate::finding::Finding;
use crate::round::{NodeSeen, Round};

/// How much newer a revision may be than the last that any node says, in seconds: a kubelet reports on
/// its node every five minutes at the least.
const LEAD: i64 = 360;

/// That the DaemonSet with its revisions is of another moment than nodes and pods: the newest revision
/// was made after all that nodes say, or pods are of a newer one that was not given.
pub(crate) fn mixed(round: &Round<'_>) -> Option<Finding> {
    if !round.planner.knows_revisions() {
        return None;
    }
    older_nodes(round).or_else(|| newer_pods(round))
}

fn older_nodes(round: &Round<'_>) -> Option<Finding> {
    let made = round.current_revision_created()?;
    let mut heard: Option<Timestamp> = None;
    for node in round.cluster.nodes() {
        let Some(at) = last_heard(round, node) else {
            continue;
        };
        if made.seconds_since(at) <= LEAD {
            return None;
        }
        heard = heard.max(Some(at));
    }
    let heard = heard?;
    let mut staying = round.view.nodes.iter().flat_map(NodeSeen::staying);
    staying
        .all(|pod| pod.fact.version.is_old())
        .then_some(Finding::OtherMoments {
            made: Some(made),
            heard: Some(heard),
            pods: Vec::new(),
        })
}

/// When a node that is Ready was heard of last: its heartbeat, or its kubelet's Lease.
fn last_heard(round: &Round<'_>, node: &Node) -> Option<Timestamp> {
    let ready = node.condition(&ConditionType::Ready)?;
    if ready.status != ConditionStatus::True {
        return None;
    }
    let evidence = round.evidence;
    let lease = evidence.and_then(|it| it.node_lease(node.name()));
    ready
        .last_heartbeat_time
        .max(lease.and_then(|it| it.renewed))
}

fn newer_pods(round: &Round<'_>) -> Option<Finding> {
    let set = &round.daemon_set().metadata;
    let revisions: Vec<_> = round.own_revisions().collect();
    let newest: Timestamp = revisions
        .iter()
        .filter_map(|it| it.metadata.creation_timestamp)
        .max()?;
    let known: Vec<&str> = (revisions.iter())
        .filter_map(|it| it.metadata.labels.get(CONTROLLER_REVISION_HASH))
        .collect();
    let pods = round.view.nodes.iter().flat_map(NodeSeen::staying);
    let newer = pods.filter(|pod| {
        let metadata = &pod.pod.metadata;
        let hash = metadata.labels.get(CONTROLLER_REVISION_HASH);
        let is_own = metadata
            .controller()
            .is_some_and(|owner| owner.uid == set.uid);
        is_own
            && pod.fact.version.is_old()
            && hash.is_some_and(|hash| !known.contains(&hash))
            && metadata.creation_timestamp > Some(newest)
    });
    let pods: Vec<String> = newer.map(|pod| pod.fact.name.to_owned()).collect();
    (!pods.is_empty()).then_some(Finding::OtherMoments {
        made: None,
        heard: None,
        pods,
    })
}
