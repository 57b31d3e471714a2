//! How a rollout stands.

pub(crate) mod among_others;
pub(crate) mod beside_refusal;
pub(crate) mod caveats;
pub(crate) mod controller;
pub(crate) mod diagnose;
pub(crate) mod failed_again;
mod failed_on;
pub(crate) mod failing;
pub(crate) mod failing_pods;
mod flipping;
pub(crate) mod given;
mod in_vain;
pub(crate) mod left_out;
mod manager;
pub(crate) mod missing_nodes;
mod mixed;
pub(crate) mod nodes_down;
pub(crate) mod own_network;
mod placement_change;
mod preempted;
mod primary;
pub(crate) mod refusal;
pub(crate) mod replaced_by;
pub(crate) mod so_far;
mod strategy;

use std::fmt;

use daemonset::api::DaemonSetStatus;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::words::count;

/// How a rollout stands, and why.
///
/// # What is primary
///
/// Several findings can hold at once. The first of these that holds is the
/// [primary](Self::primary) one:
///
/// 1. what was given does not tell, the controller does not act, or the revision is to blame,
///    however the rollout stands;
/// 2. where it is blocked: pods that are refused, a budget that does not read, the strategy
///    `OnDelete` (unless as many pods fail), a budget that comes to nothing; then, of loops,
///    unhealthy nodes, failing pods, unscheduled pods and stuck terminating pods, the one that
///    concerns the most nodes, the earlier of these where two concern as many;
/// 3. else what the standing itself says; of a complete one, what is amiss beside it.
///
/// # What counts as what
///
/// A pod that is not ready is starting for ten minutes, the time that a Deployment gives its pods
/// by default (`progressDeadlineSeconds`), unless it says itself that something is wrong, as with
/// `CrashLoopBackOff`; after that it fails. A terminating pod is stuck one minute after its grace
/// period. How a revision is blamed or cleared, and what is a loop, is written down in
/// `docs/verdicts.md`.
///
/// A node whose kubelet does not answer explains whatever its pods do not do. Other problems of a
/// node explain why its pods fail or are stuck, with two exceptions. Where a pod says itself what
/// is wrong with it, its node's being cordoned explains nothing, nor does its node's not being
/// ready since a moment after the pod was created: a network daemon that crashes has just that
/// effect.
///
/// ```
/// use daemonset::api::DaemonSet;
/// use daemonset::{Cluster, Options};
/// use daemonset_explain::{Explainer, Finding, Standing};
///
/// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
///     "metadata": {"name": "agent"},
///     "spec": {"selector": {"matchLabels": {}}},
/// }))?;
/// let nothing = Cluster::new(&[], &[]);
/// let explainer = Explainer::new(&agent, &nothing, &Options::default())?;
/// assert_eq!(explainer.diagnosis().standing, Standing::Idle);
/// assert_eq!(explainer.diagnosis().primary, Finding::SelectingAll);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnosis {
    /// Whether it is done, continues, or waits.
    pub standing: Standing,
    /// What matters most.
    pub primary: Finding,
    /// What else holds, in the order of [`Finding`]'s variants.
    pub others: Vec<Finding>,
    /// The figures, as the controller would report them; where it is
    /// [unclear](Standing::Unclear), how many are updated is as the DaemonSet's own status has it.
    pub status: DaemonSetStatus,
}

/// Whether a rollout is done, continues, or waits. The lower, the sooner it should be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It does not continue with time alone.
    Blocked,
    /// What was given does not tell.
    Unclear,
    /// The controller does nothing for the DaemonSet.
    Idle,
    /// It continues once some time has passed.
    Waiting,
    /// Pods are being replaced, created or deleted.
    Progressing,
    /// There is nothing left to do.
    Complete,
}

impl Diagnosis {
    /// All findings, the primary one first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        std::iter::once(&self.primary).chain(&self.others)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Unclear => "unclear",
            Self::Progressing => "progressing",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Complete => "complete",
        })
    }
}

impl Diagnosis {
    /// The figures in one line; `None` where they are not known or there are none.
    #[must_use]
    pub fn figures(&self) -> Option<String> {
        let is_given = !self.findings().any(|it| matches!(it, Finding::NotGiven(_)));
        if matches!(self.standing, Standing::Idle) || !is_given {
            return None;
        }
        let DaemonSetStatus {
            desired_number_scheduled: desired,
            updated_number_scheduled: updated,
            number_available: available,
            ..
        } = self.status;
        let nodes = count(usize::try_from(desired).unwrap_or(0), "node");
        let is_known = !matches!(self.primary, Finding::RevisionsNotGiven { .. });
        let updated = if is_known {
            format!("{updated} updated")
        } else {
            "how many are updated is not known".to_owned()
        };
        Some(format!(
            "{nodes} should run it: {updated}, {available} available"
        ))
    }
}

/// Prints the standing and the primary finding on the first line, then the figures, then the
/// other findings, one a line.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.standing, self.primary)?;
        if let Some(figures) = self.figures() {
            write!(f, "\n{figures}")?;
        }
        for finding in &self.others {
            write!(f, "\n- {finding}")?;
        }
        Ok(())
    }
}
