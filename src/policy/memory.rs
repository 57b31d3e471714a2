//! What is remembered from round to round: little, and nothing that the objects tell themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::api::Timestamp;

/// What is remembered of one DaemonSet's rollout from round to round. Keep it before the actions of
/// the round are carried out.
///
/// Small: what was begun and is not seen yet, what failed, and what people have said. Everything
/// else follows from the objects. If it is lost, nothing worse happens than that approvals are asked
/// for again, and that a revision may be tried again which was refused.
///
/// ```
/// use daemonset::policy::Memory;
///
/// let memory = Memory::default();
/// let json = serde_json::to_string(&memory)?;
/// assert_eq!(json, "{}");
/// assert_eq!(serde_json::from_str::<Memory>(&json)?, memory);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Memory {
    /// The hash of the revision that is rolled out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The DaemonSet's generation.
    #[serde(skip_serializing_if = "is_zero")]
    pub generation: i64,
    /// The waves that people have approved, by name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub approved: BTreeSet<String>,
    /// The nodes on which a pod of the revision has failed, in this generation.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<String>,
    /// Why and since when the rollout has stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// The hashes of revisions that are never tried again.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub refused: BTreeSet<String>,
    /// What was begun, by node, for as long as it is not seen; only with a strict budget.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub begun: BTreeMap<String, Begun>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A rollout that has stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Stopped {
    /// Since when.
    pub at: Timestamp,
    /// The failing nodes, by name.
    pub failing: Vec<String>,
}

/// A node's turn that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Begun {
    /// The UID of the old pod that was there.
    pub pod: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was begun without budget, since that pod was not available.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_budget: bool,
}

impl Memory {
    /// Lets a wave begin that has a manual gate, by its name, in the rollout of the current
    /// revision.
    pub fn approve(&mut self, wave: impl Into<String>) {
        self.approved.insert(wave.into());
    }
}
