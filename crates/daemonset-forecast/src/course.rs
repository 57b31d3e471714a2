//! What one run with the real planner was like.

use std::collections::BTreeMap;

use serde::Serialize;

/// How one run went.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Course {
    /// How it ended.
    pub end: CourseEnd,
    /// How many seconds it took.
    pub seconds: f64,
    /// The state after every change, in order; the first is that before the rollout.
    pub moments: Vec<Moment>,
    /// The nodes on which the new pod never became available, by name.
    pub failed: Vec<String>,
    /// When each node was done, in seconds, by name.
    pub done: BTreeMap<String, f64>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CourseEnd {
    /// Every node has an available pod of the new revision.
    Settled,
    /// All nodes that do not fail do.
    LeavesBehind,
    /// Nodes are left that are never updated.
    Stalled,
    /// It was given up.
    Unfinished,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// In seconds since it began.
    pub at: f64,
    /// How many nodes have a pod of the new revision that is available.
    pub updated: usize,
    /// How many nodes have an available pod.
    pub available: usize,
    /// How many nodes should run the daemon.
    pub desired: usize,
}
