//! What is remembered, as it stands in the DaemonSet's annotation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::api::Timestamp;
use crate::policy::Memory;

/// What is remembered of one DaemonSet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Note {
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The strategy was `RollingUpdate` before, and is again once there is no policy any more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub took_over: bool,
    /// Nodes whose old pod is deleted on the policy's account and whose new pod was not seen yet, with
    /// the UID of the old one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub replacing: BTreeMap<String, String>,
    /// What the policy remembers.
    pub memory: Memory,
}

impl Note {
    /// Whether this has to be written where that is, before anything is done on its account. What
    /// is over need not be: it is found to be over again.
    pub(super) fn has_news(&self, written: &Self) -> bool {
        let steady = |note: &Self| {
            let mut memory = note.memory.clone();
            memory.begun.clear();
            (note.took_over, memory)
        };
        let (begun, replacing) = (&written.memory.begun, &written.replacing);
        steady(self) != steady(written)
            || (self.replacing.iter()).any(|(node, this)| replacing.get(node) != Some(this))
            || (self.memory.begun.iter())
                .any(|(node, this)| begun.get(node).is_none_or(|that| that.pod != this.pod))
    }
}
