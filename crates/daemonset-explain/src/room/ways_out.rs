//! What there is to do where pods find no room, as far as that is plain.

use std::collections::BTreeSet;
use std::fmt;

use daemonset::fit::{Answer, Obstacle, PodName};
use serde::{Deserialize, Serialize};

use super::{Room, SetRoom};

/// What there is to do where a pod finds no room. Who else could make room is not asked: that is for whoever owns those pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WayOut {
    /// With surge, its own old pod has the host port.
    WithoutSurge,
    /// Another DaemonSet has the host port.
    PortOfDaemonSet,
    /// Pods that are no DaemonSet's have it.
    PortOfOthers,
    /// The node is too small.
    SmallNode,
    /// The node has as many pods as it takes.
    FullNode,
}

impl fmt::Display for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutSurge => {
                "leave maxSurge at 0 and maxUnavailable at 1 or more, since its own old pod holds the port until it is gone"
            }
            Self::PortOfDaemonSet => {
                "if it is to take the place of the DaemonSet that has the port, take that one away first; else give one of \
                 them another port (what the program listens on, and ports of the template), or keep one of them off these nodes"
            }
            Self::PortOfOthers => {
                "give it or the pods that have the port another one (what the program listens on, and ports of the template), \
                 or keep one of them off these nodes"
            }
            Self::SmallNode => {
                "have it request no more than such a node has left, or keep it off nodes that are too small by its \
                 nodeSelector or affinity: they are without it then"
            }
            Self::FullNode => {
                "move a pod off the node, or raise maxPods of its kubelet, where the pod network has addresses for more"
            }
        })
    }
}

impl SetRoom<'_> {
    /// What there is to do about a node where a pod finds no room: nodes too small, nodes with as many pods as they take, host ports
    /// that others have, or, with surge, its own old pods.
    #[must_use]
    pub fn ways_out(&self, node: &str, room: &Room) -> BTreeSet<WayOut> {
        let Room::None { fit } = room else {
            return BTreeSet::new();
        };
        let small = (fit.answer == Answer::TooSmall).then_some(WayOut::SmallNode);
        let of_obstacles = fit.obstacles.iter().flat_map(|obstacle| match obstacle {
            Obstacle::HostPorts { conflicts } => {
                let holders = conflicts.iter().map(|it| &it.holder);
                holders.map(|pod| self.way_past(node, pod)).collect()
            }
            Obstacle::TooManyPods { .. } => vec![WayOut::FullNode],
            _ => Vec::new(),
        });
        small.into_iter().chain(of_obstacles).collect()
    }

    /// What there is to do about a pod that has a host port.
    fn way_past(&self, node: &str, holder: &PodName) -> WayOut {
        if self.own_on(node).contains(holder) {
            return WayOut::WithoutSurge;
        }
        let there = self.room.rooms().get(node);
        let owner = there.and_then(|it| it.resident(holder)?.controller());
        match owner {
            Some(owner) if owner.kind == "DaemonSet" => WayOut::PortOfDaemonSet,
            _ => WayOut::PortOfOthers,
        }
    }
}
