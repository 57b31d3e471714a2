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

impl<'a, P> PodsInRound<'a, P> {
    /// The pods of these facts, each of which has its place in the list.
    #[inline]
    pub(super) fn new(facts: &[PodFact<'a>], pods: &[&'a P]) -> Self {
        let pod = |fact: &PodFact<'a>| {
            let pod = *pods.get(fact.id as usize)?;
            Some(PodInRound { fact: *fact, pod })
        };
        Self(match facts {
            [] => Held::None,
            [fact] => pod(fact).map_or(Held::None, Held::One),
            several => Held::Several(several.iter().filter_map(pod).collect()),
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
