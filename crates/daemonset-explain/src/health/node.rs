//! What a node's conditions and taints say.

use std::fmt;

use daemonset::api::{ConditionStatus, ConditionType, Node, Timestamp};
use daemonset::well_known::{
    DISK_PRESSURE, MEMORY_PRESSURE, NETWORK_UNAVAILABLE, NOT_READY, PID_PRESSURE, UNREACHABLE,
    UNSCHEDULABLE,
};
use serde::{Deserialize, Serialize};

/// What is wrong with a node, as its conditions and taints say.
///
/// Source: [Node conditions](https://kubernetes.io/docs/reference/node/node-status/#condition) and
/// [taint-based evictions](https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(tag = "problem", rename_all = "camelCase")]
pub enum NodeProblem {
    /// There is no such node.
    Missing,
    /// Its kubelet says that it is not ready.
    NotReady {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// Its kubelet does not answer.
    Unreachable {
        /// Since when.
        since: Option<Timestamp>,
    },
    /// It runs out of something.
    Pressure {
        /// The condition that holds.
        condition: Pressure,
    },
    /// Its network is not set up.
    NetworkUnavailable,
    /// It is being deleted.
    Terminating,
    /// It is marked as unschedulable, which daemon pods tolerate.
    Cordoned,
}

/// What a node runs out of, by the name of the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pressure {
    /// `DiskPressure`
    #[serde(rename = "DiskPressure")]
    Disk,
    /// `MemoryPressure`
    #[serde(rename = "MemoryPressure")]
    Memory,
    /// `PIDPressure`
    #[serde(rename = "PIDPressure")]
    Pid,
}

impl Pressure {
    const ALL: &[Self] = &[Self::Disk, Self::Memory, Self::Pid];

    fn condition(self) -> ConditionType {
        match self {
            Self::Disk => ConditionType::DiskPressure,
            Self::Memory => ConditionType::MemoryPressure,
            Self::Pid => ConditionType::PidPressure,
        }
    }

    fn taint(self) -> &'static str {
        match self {
            Self::Disk => DISK_PRESSURE,
            Self::Memory => MEMORY_PRESSURE,
            Self::Pid => PID_PRESSURE,
        }
    }
}

/// Whether the node controller puts this taint on nodes with a bad condition, and takes it off
/// when the condition is good again.
pub(crate) fn comes_with_a_condition(taint: &str) -> bool {
    matches!(taint, NOT_READY | UNREACHABLE | NETWORK_UNAVAILABLE)
        || Pressure::ALL.iter().any(|it| it.taint() == taint)
}

impl NodeProblem {
    /// Everything that is wrong with a node, the worst first.
    ///
    /// ```
    /// use daemonset::api::Node;
    /// use daemonset_explain::NodeProblem;
    ///
    /// let node: Node = serde_json::from_value(serde_json::json!({
    ///     "spec": {"unschedulable": true},
    ///     "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    /// }))?;
    /// assert_eq!(
    ///     NodeProblem::of(&node),
    ///     [NodeProblem::Unreachable { since: None }, NodeProblem::Cordoned],
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn of(node: &Node) -> Vec<Self> {
        let tainted = |key: &str| node.spec.taints.iter().any(|taint| taint.key == key);
        let holds = |type_: &ConditionType| {
            node.condition(type_)
                .is_some_and(|c| c.status == ConditionStatus::True)
        };
        let ready = node.condition(&ConditionType::Ready);
        let since = ready.and_then(|condition| condition.last_transition_time);
        let mut all = Vec::new();
        match ready.map(|condition| condition.status) {
            Some(ConditionStatus::False) => all.push(Self::NotReady { since }),
            Some(ConditionStatus::Unknown) => all.push(Self::Unreachable { since }),
            _ if tainted(UNREACHABLE) => all.push(Self::Unreachable { since: None }),
            _ if tainted(NOT_READY) => all.push(Self::NotReady { since: None }),
            _ => {}
        }
        for &condition in Pressure::ALL {
            if holds(&condition.condition()) || tainted(condition.taint()) {
                all.push(Self::Pressure { condition });
            }
        }
        if holds(&ConditionType::NetworkUnavailable) || tainted(NETWORK_UNAVAILABLE) {
            all.push(Self::NetworkUnavailable);
        }
        if node.metadata.is_terminating() {
            all.push(Self::Terminating);
        }
        if node.spec.unschedulable || tainted(UNSCHEDULABLE) {
            all.push(Self::Cordoned);
        }
        all
    }

    /// Whether pods on the node may fail for this alone. Daemon pods run on cordoned nodes.
    #[must_use]
    pub fn hinders_pods(&self) -> bool {
        !matches!(self, Self::Cordoned)
    }

    /// Whether no kubelet looks after its pods: it does not exist, or its kubelet does not answer.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Missing | Self::Unreachable { .. })
    }
}

/// Prints as what follows `node X is`.
impl fmt::Display for NodeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, since) = match self {
            Self::Missing => ("missing", &None),
            Self::NotReady { since } => ("not ready", since),
            Self::Unreachable { since } => ("unreachable", since),
            Self::Pressure { condition } => match condition {
                Pressure::Disk => ("under disk pressure", &None),
                Pressure::Memory => ("under memory pressure", &None),
                Pressure::Pid => ("under PID pressure", &None),
            },
            Self::NetworkUnavailable => ("without network", &None),
            Self::Terminating => ("terminating", &None),
            Self::Cordoned => ("cordoned", &None),
        };
        f.write_str(what)?;
        match since {
            Some(since) => write!(f, " since {since}"),
            None => Ok(()),
        }
    }
}
