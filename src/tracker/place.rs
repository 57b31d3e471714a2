//! What a set keeps of one node.

use std::collections::BTreeSet;

use crate::placement::Verdict;
use crate::rollout::{NodeState, PodId};

/// One node's state, and the claimed pods that belong there.
#[derive(Clone, Debug, Default)]
pub(super) struct PlaceState {
    pub verdict: Option<Verdict>,
    pub state: NodeState,
    pub pods: Pods,
    /// Whether it is among the touched ones.
    pub touched: bool,
}

/// Nearly always none or one.
#[derive(Clone, Debug, Default)]
#[allow(clippy::box_collection)] // boxed, so that the usual cases stay small
pub(super) enum Pods {
    #[default]
    None,
    One(PodId),
    Many(Box<BTreeSet<PodId>>),
}

impl Pods {
    pub(super) fn each(&self, mut tell: impl FnMut(PodId)) {
        match self {
            Self::None => {}
            Self::One(pod) => tell(*pod),
            Self::Many(pods) => pods.iter().copied().for_each(tell),
        }
    }

    pub(super) fn add(&mut self, pod: PodId) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(pod),
            Self::One(first) => Self::Many(Box::new(BTreeSet::from([first, pod]))),
            Self::Many(mut pods) => {
                pods.insert(pod);
                Self::Many(pods)
            }
        };
    }

    pub(super) fn remove(&mut self, pod: PodId) {
        *self = match std::mem::take(self) {
            Self::One(only) if only != pod => Self::One(only),
            Self::None | Self::One(_) => Self::None,
            Self::Many(mut pods) => {
                pods.remove(&pod);
                match pods.first() {
                    Some(only) if pods.len() == 1 => Self::One(*only),
                    _ => Self::Many(pods),
                }
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(pods: &Pods) -> Vec<PodId> {
        let mut all = Vec::new();
        pods.each(|pod| all.push(pod));
        all
    }

    /// In any order, and as small as the number of pods allows.
    #[test]
    fn pods_come_and_go() {
        let mut pods = Pods::default();
        pods.remove(7);
        assert!(matches!(pods, Pods::None));
        pods.add(7);
        pods.remove(8);
        assert!(matches!(pods, Pods::One(7)), "another pod is not this one");
        for pod in [3, 9] {
            pods.add(pod);
        }
        assert_eq!(listed(&pods), [3, 7, 9]);
        pods.remove(7);
        assert_eq!(listed(&pods), [3, 9]);
        pods.remove(9);
        assert!(matches!(pods, Pods::One(3)));
        pods.remove(3);
        assert!(matches!(pods, Pods::None));
    }
}
