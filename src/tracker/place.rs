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
