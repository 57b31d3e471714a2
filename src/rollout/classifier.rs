//! Nodes one after the other, and what they come to.

use super::Tally;
use super::node::{Moment, NodeState, Phase, PodFact, Readiness, Shape, classify};
use crate::api::Timestamp;
use crate::placement::Verdict;
use crate::revision::Version;

/// What tells a node with no more than one pod, but for the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ToldBy {
    verdict: Option<Verdict>,
    /// Whether its pod is unbound, whether it is terminating, and the rest.
    pod: Option<(bool, bool, Phase, Version, Readiness)>,
}

impl ToldBy {
    /// `None` for a node with several pods.
    #[inline]
    fn new(verdict: Option<Verdict>, pods: &[PodFact<'_>]) -> Option<Self> {
        let pod = match pods {
            [] => None,
            [pod] => Some((
                pod.unbound,
                pod.terminating,
                pod.phase,
                pod.version,
                pod.readiness,
            )),
            _ => return None,
        };
        Some(Self { verdict, pod })
    }
}

/// Classifies nodes one after the other and sums them up. Most of them are like one before them.
#[derive(Debug, Default)]
pub(crate) struct Classifier {
    /// What the last node of a common state was told by.
    told_by: Option<ToldBy>,
    common: NodeState,
    /// How many nodes of the common state are not in the sum yet.
    nodes: u32,
    /// The state of the last node, where it is another.
    own: NodeState,
    sum: Sum,
}

/// What nodes come to together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    pub tally: Tally,
    /// The earliest moment at which time alone changes the state of one.
    pub recheck: Option<Timestamp>,
}

impl NodeState {
    /// Whether it says nothing of one node or one pod alone: then it is the state of every node that
    /// is told by the same.
    #[inline]
    fn is_common(&self) -> bool {
        self.pending.is_none() && !matches!(self.shape, Shape::Old { .. } | Shape::Both { .. })
    }
}

impl Classifier {
    /// The state of a node, as [`classify`] says.
    #[inline]
    pub(crate) fn classify(
        &mut self,
        node: &str,
        verdict: Option<Verdict>,
        pods: &mut [PodFact<'_>],
        moment: Moment<'_>,
    ) -> &mut NodeState {
        let told_by = ToldBy::new(verdict, pods);
        if told_by.is_some() && told_by == self.told_by {
            self.nodes += 1;
            return &mut self.common;
        }
        let state = classify(node, verdict, pods, moment);
        if told_by.is_some() && state.is_common() {
            self.sum.add(&self.common, self.nodes);
            (self.told_by, self.common, self.nodes) = (told_by, state, 1);
            return &mut self.common;
        }
        // Before anything is taken out of it.
        self.sum.add(&state, 1);
        self.own = state;
        &mut self.own
    }

    /// What they come to.
    pub(crate) fn sum(mut self) -> Sum {
        self.sum.add(&self.common, self.nodes);
        self.sum
    }
}

impl Sum {
    /// Adds so many nodes of this state.
    fn add(&mut self, state: &NodeState, nodes: u32) {
        self.tally.add(state, nodes);
        let moments = [self.recheck, state.recheck()];
        self.recheck = moments.into_iter().flatten().min();
    }
}
