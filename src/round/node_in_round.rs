//! A node and its pods, as a round saw them.

use std::ops::Deref;

use crate::placement::Verdict;
use crate::rollout::{NodeState, PodFact, Shape};

/// A node as the round saw it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeInRound<'a, N, P> {
    /// Its name.
    pub name: &'a str,
    /// The node; `None` where it does not exist.
    pub node: Option<&'a N>,
    /// Whether it runs the daemon; `None` where it does not exist.
    pub verdict: Option<Verdict>,
    /// What it needs, and what it means for the rollout.
    pub state: NodeState,
    /// The claimed pods there, the first one first: bound before unbound, older before newer, then
    /// by name. Pods that have ended and are being deleted are left out.
    pub pods: PodsInRound<'a, P>,
}

/// A claimed pod as the round saw it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PodInRound<'a, P> {
    /// What the round read of it.
    pub fact: PodFact<'a>,
    /// The pod.
    pub pod: &'a P,
}

/// The claimed pods of a node: a slice of them.
#[derive(Clone, Debug)]
pub struct PodsInRound<'a, P>(Held<'a, P>);

/// As nearly every node has one pod, that lies beside the node.
#[derive(Clone, Debug)]
enum Held<'a, P> {
    None,
    One(PodInRound<'a, P>),
    Several(Vec<PodInRound<'a, P>>),
}

impl<'a, P> FromIterator<PodInRound<'a, P>> for PodsInRound<'a, P> {
    #[inline]
    fn from_iter<I: IntoIterator<Item = PodInRound<'a, P>>>(pods: I) -> Self {
        let mut pods = pods.into_iter();
        Self(match (pods.next(), pods.next()) {
            (None, _) => Held::None,
            (Some(one), None) => Held::One(one),
            (Some(one), Some(other)) => {
                Held::Several([one, other].into_iter().chain(pods).collect())
            }
        })
    }
}

impl<'a, P> Deref for PodsInRound<'a, P> {
    type Target = [PodInRound<'a, P>];

    #[inline]
    fn deref(&self) -> &Self::Target {
        match &self.0 {
            Held::None => &[],
            Held::One(pod) => std::slice::from_ref(pod),
            Held::Several(pods) => pods,
        }
    }
}

impl<'s, 'a, P> IntoIterator for &'s PodsInRound<'a, P> {
    type Item = &'s PodInRound<'a, P>;
    type IntoIter = std::slice::Iter<'s, PodInRound<'a, P>>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, N, P> NodeInRound<'a, N, P> {
    /// The pods that are not terminating.
    pub fn staying(&self) -> impl Iterator<Item = &PodInRound<'a, P>> {
        self.pods.iter().filter(|pod| !pod.fact.terminating)
    }

    /// Whether a pod of the current template runs there and is available.
    #[must_use]
    pub fn runs_updated(&self) -> bool {
        matches!(
            self.state.shape,
            Shape::Updated { available: true }
                | Shape::Both {
                    updated_available: true,
                    ..
                }
        )
    }

    /// Whether an old pod runs there and is available.
    #[must_use]
    pub fn runs_old(&self) -> bool {
        matches!(
            self.state.shape,
            Shape::Old {
                available: true,
                ..
            } | Shape::Both {
                old_available: true,
                ..
            }
        )
    }
}
