//! Whether a pod fits.

use std::fmt;

use serde::Serialize;

use super::needs::Need;
use super::obstacle::{FirstFailure, Obstacle, Shortfall, first_failure};
use super::preemption::Preemption;

/// Whether a pod fits on a node, and what stands against it.
///
/// Fits is a matter of the scheduler; whether a DaemonSet wants a pod there at all is
/// [placement](crate::placement)'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// The answer.
    pub answer: Answer,
    /// Every check that fails, in the scheduler's order; it reports the first alone.
    pub obstacles: Vec<Obstacle>,
    /// What evicting pods of lower priority comes to; `None` where the scheduler does not try,
    /// since it need not, must not, or the first failing check is one that evicting never helps.
    pub preemption: Option<Preemption>,
    /// What would have to be known to be certain that it fits, in order.
    pub missing: Vec<Need>,
}

/// Whether a pod fits on a node, in a word: of several that hold, the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// It fits now.
    Fits,
    /// It fits once the scheduler has evicted pods of lower priority.
    AfterPreempting,
    /// Nothing that is known stands against it, but something that matters is not known.
    Unknown,
    /// The node takes no such pod, whoever is on it: taints, cordon, affinity.
    Excluded,
    /// It asks for more than the whole node has.
    TooSmall,
    /// Pods on the node hold its ports, or refuse it as a neighbour, or it them.
    Conflict,
    /// Others have taken too much.
    Full,
}

impl Answer {
    /// Whether the pod comes to run, at once or by preemption.
    #[must_use]
    pub fn comes_to_run(self) -> bool {
        matches!(self, Self::Fits | Self::AfterPreempting)
    }
}

impl Fit {
    /// What the scheduler reports of the node; `None` where nothing that is known stands against
    /// the pod.
    ///
    /// ```
    /// use daemonset::fit::{Check, NodeFacts, NodeRoom, PodFacts, PodNeeds};
    /// use serde_json::json;
    ///
    /// let node = NodeFacts::from_json(&json!({
    ///     "spec": {"unschedulable": true}, "status": {"allocatable": {}},
    /// }))?;
    /// let fit = PodNeeds::of_pod(&PodFacts::default()).fit(&NodeRoom::new(&node));
    /// assert_eq!(fit.obstacles.len(), 2);
    /// let first = fit.first_failure().unwrap();
    /// assert_eq!(first.check, Check::NodeUnschedulable);
    /// assert_eq!(first.reasons, ["node(s) were unschedulable"]);
    /// # Ok::<(), daemonset::fit::FactsError>(())
    /// ```
    #[must_use]
    pub fn first_failure(&self) -> Option<FirstFailure> {
        first_failure(&self.obstacles)
    }

    /// The resources of which too little is left.
    pub fn shortfalls(&self) -> impl Iterator<Item = &Shortfall> {
        self.obstacles.iter().filter_map(|obstacle| match obstacle {
            Obstacle::Insufficient(shortfall) => Some(shortfall),
            _ => None,
        })
    }
}

/// The answer, then everything that stands against the pod, what is missing, and who is evicted.
impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.answer.fmt(f)?;
        let mut between = ": ";
        for obstacle in &self.obstacles {
            write!(f, "{between}{obstacle}")?;
            between = "; ";
        }
        for need in &self.missing {
            write!(f, "{between}not known: {need}")?;
            between = "; ";
        }
        let preemption = self.preemption.as_ref();
        for victim in preemption
            .and_then(Preemption::helpful_victims)
            .into_iter()
            .flatten()
        {
            write!(f, "{between}evicts {victim}")?;
            between = "; ";
        }
        Ok(())
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fits => "fits",
            Self::AfterPreempting => "fits after preempting",
            Self::Unknown => "cannot tell",
            Self::Excluded => "node excluded",
            Self::TooSmall => "node too small",
            Self::Conflict => "conflict with pods on the node",
            Self::Full => "node full",
        })
    }
}

impl Obstacle {
    /// The answer that it makes of a node, where nothing worse stands against the pod.
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Cordoned
            | Self::NodeName { .. }
            | Self::Taints { .. }
            | Self::NodeAffinity { .. }
            | Self::PodAffinity { .. } => Answer::Excluded,
            Self::Insufficient(shortfall) if shortfall.is_too_small() => Answer::TooSmall,
            Self::HostPorts { .. } | Self::PodAntiAffinity { .. } | Self::RefusedByPods { .. } => {
                Answer::Conflict
            }
            Self::Insufficient(_) | Self::TooManyPods { .. } => Answer::Full,
        }
    }
}
