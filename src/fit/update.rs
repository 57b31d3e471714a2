//! Whether a changed template still fits where the old one ran, and what that means for the
//! rollout.

use std::fmt;

use serde::Serialize;

use super::context::Context;
use super::needs::PodNeeds;
use super::pods::Resident;
use super::room::NodeRoom;
use super::verdict::{Answer, Fit};

/// How a rolling update replaces a pod.
///
/// Source: [Performing a Rolling Update](https://kubernetes.io/docs/tasks/manage-daemon/update-daemon-set/)
/// and the API's `maxSurge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Replacement {
    /// Without surge: the old pod is gone, and its room is free, before the new one comes.
    OldFirst,
    /// With surge: the new pod must fit beside the old one, host ports included.
    NewFirst,
}

/// A node that should run the daemon.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Its room.
    pub room: &'a NodeRoom,
    /// How the old pod there does.
    pub old: OldPod,
}

/// How the pod does that is to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OldPod {
    /// There is none.
    Missing,
    /// It is not available, so that it has used up a part of `maxUnavailable` already.
    Unavailable,
    /// It is available.
    Available,
}

/// An update of a DaemonSet's template, as far as room goes.
///
/// ```
/// use daemonset::api::PodTemplate;
/// use daemonset::fit::*;
/// use serde_json::json;
///
/// let node = NodeFacts::from_json(&json!({
///     "metadata": {"name": "node-a"},
///     "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"}},
/// }))?;
/// let pod = PodFacts::from_json(&json!({
///     "metadata": {"name": "agent-x", "namespace": "infra", "ownerReferences": [{"uid": "7", "controller": true}]},
///     "spec": {"containers": [{"resources": {"requests": {"cpu": "1500m"}}}]},
/// }))?;
/// let mut room = NodeRoom::new(&node);
/// room.insert(Resident::of(&pod).unwrap());
///
/// let needs = |cpu: &str| {
///     let template = PodTemplate::try_from(json!({"spec": {"containers": [
///         {"resources": {"requests": {"cpu": cpu}}},
///     ]}})).unwrap();
///     PodNeeds::of_template(&template, "infra", &Admission::default())
/// };
/// let (before, after) = (needs("1500m")?, needs("2500m")?);
/// let update = Update::new(&before, &after, Replacement::OldFirst).budget(1);
/// let site = Site { room: &room, old: OldPod::Available };
/// let capacity = update.capacity([site], |pod| pod.controller().is_some_and(|c| c.uid == "7"));
/// assert_eq!(capacity.newly_unfit[0].fit.answer, Answer::TooSmall);
/// assert_eq!(capacity.progress, Progress::Stalls { unfit: 1, budget: 1 });
/// # Ok::<(), FactsError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    before: &'a PodNeeds,
    after: &'a PodNeeds,
    replacement: Replacement,
    before_in: Context<'a>,
    after_in: Context<'a>,
    budget: usize,
}

/// What an update comes to on each node, by the node's name, and as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capacity {
    /// How many nodes were looked at.
    pub nodes: usize,
    /// Where the old template fits and the new one does not.
    pub newly_unfit: Vec<NodeFit>,
    /// Where neither fits.
    pub still_unfit: Vec<NodeFit>,
    /// Where the new template fits and the old one does not.
    pub newly_fit: Vec<String>,
    /// Where the new template fits, once other pods are evicted for it.
    pub preempting: Vec<NodeFit>,
    /// Where it cannot be told whether the new template fits.
    pub unknown: Vec<NodeFit>,
    /// How far the rollout comes.
    pub progress: Progress,
}

/// A node and how the new template fits there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeFit {
    /// The node's name.
    pub node: String,
    /// Whether it fits, and what stands against it.
    pub fit: Fit,
}

/// How far a rollout comes, as far as room goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(
    tag = "progress",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Progress {
    /// Every node has room for the new pod.
    Completes,
    /// Some nodes have no room; they use up a part of the budget, and every other node is reached.
    LeavesBehind {
        /// How many nodes have no room.
        unfit: usize,
    },
    /// The nodes without room use up the whole budget. The rollout stops once it has reached
    /// that many of them; nodes that it has not reached by then are not updated.
    Stalls {
        /// How many nodes without room take of the budget.
        unfit: usize,
        /// The budget.
        budget: usize,
    },
    /// It cannot be told, since for some nodes it cannot be told whether they have room.
    Unknown {
        /// How many nodes those are.
        nodes: usize,
    },
}

impl<'a> Update<'a> {
    /// An update from one template to another, without any limit on how many nodes it takes at
    /// once.
    #[must_use]
    pub fn new(before: &'a PodNeeds, after: &'a PodNeeds, replacement: Replacement) -> Self {
        Self {
            before,
            after,
            replacement,
            before_in: Context::default(),
            after_in: Context::default(),
            budget: usize::MAX,
        }
    }

    /// How many more nodes the update may take at once: what is left of `maxUnavailable`, or of
    /// `maxSurge` with surge.
    #[must_use]
    pub fn budget(mut self, budget: usize) -> Self {
        self.budget = budget;
        self
    }

    /// What the verdicts on the old and on the new template may read besides.
    #[must_use]
    pub fn contexts(mut self, before: Context<'a>, after: Context<'a>) -> Self {
        (self.before_in, self.after_in) = (before, after);
        self
    }

    /// Looks at the nodes that should run the daemon. `is_own` tells the DaemonSet's own pods,
    /// such as by their controller.
    pub fn capacity<'r>(
        &self,
        sites: impl IntoIterator<Item = Site<'r>>,
        is_own: impl Fn(&Resident) -> bool,
    ) -> Capacity {
        let mut found = Capacity {
            nodes: 0,
            newly_unfit: Vec::new(),
            still_unfit: Vec::new(),
            newly_fit: Vec::new(),
            preempting: Vec::new(),
            unknown: Vec::new(),
            progress: Progress::Completes,
        };
        let (mut stuck, mut perhaps_stuck) = (0, 0);
        for Site { room, old } in sites {
            found.nodes += 1;
            let fit = |needs: &PodNeeds, context| match self.replacement {
                Replacement::OldFirst => needs.fit_without(room, context, &is_own),
                Replacement::NewFirst => needs.fit_in(room, context),
            };
            let fitted = fit(self.before, &self.before_in).answer.comes_to_run();
            let after = NodeFit {
                node: room.name().to_owned(),
                fit: fit(self.after, &self.after_in),
            };
            let uses_budget = usize::from(self.uses_budget(old));
            match after.fit.answer {
                Answer::Unknown => {
                    perhaps_stuck += uses_budget;
                    found.unknown.push(after);
                    continue;
                }
                Answer::Fits | Answer::AfterPreempting => {
                    if !fitted {
                        found.newly_fit.push(after.node.clone());
                    }
                    if after.fit.answer == Answer::AfterPreempting {
                        found.preempting.push(after);
                    }
                    continue;
                }
                _ => stuck += uses_budget,
            }
            if fitted {
                found.newly_unfit.push(after);
            } else {
                found.still_unfit.push(after);
            }
        }
        for list in [
            &mut found.newly_unfit,
            &mut found.still_unfit,
            &mut found.preempting,
            &mut found.unknown,
        ] {
            list.sort_by(|a, b| a.node.cmp(&b.node));
        }
        found.newly_fit.sort();
        found.progress = self.progress(&found, stuck, perhaps_stuck);
        found
    }

    /// Whether a node where the new pod has no room takes of the budget that is left: without
    /// surge if its old pod was available, with surge if there was one at all, since the new pod
    /// stands beside it and waits.
    fn uses_budget(&self, old: OldPod) -> bool {
        match self.replacement {
            Replacement::OldFirst => old == OldPod::Available,
            Replacement::NewFirst => old != OldPod::Missing,
        }
    }

    fn progress(&self, found: &Capacity, stuck: usize, perhaps_stuck: usize) -> Progress {
        let unfit = found.newly_unfit.len() + found.still_unfit.len();
        let budget = self.budget;
        if stuck > 0 && stuck >= budget {
            Progress::Stalls {
                unfit: stuck,
                budget,
            }
        } else if perhaps_stuck > 0 && stuck + perhaps_stuck >= budget
            || unfit == 0 && !found.unknown.is_empty()
        {
            Progress::Unknown {
                nodes: found.unknown.len(),
            }
        } else if unfit > 0 {
            Progress::LeavesBehind { unfit }
        } else {
            Progress::Completes
        }
    }
}

impl fmt::Display for NodeFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.node, self.fit)
    }
}
