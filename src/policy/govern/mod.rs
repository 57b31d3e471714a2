//! The exact plan, less what the policy holds back.

mod turns;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::api::{LabelSelector, Timestamp};
use crate::matching::Selector;
use crate::outcome::{Action, Outcome, Plan, Reason};
use crate::planner::Planner;
use crate::policy::check::{PolicyFault, faults};
use crate::policy::data::{Policy, Stop, StopThen};
use crate::policy::groups::{Selectors, earliest};
use crate::policy::held::{Ahead, Held, Hold};
use crate::policy::memory::{Begun, Memory, Stopped};
use crate::policy::nodes::{PolicyNode, updated_pods, wanted};
use crate::policy::signals::Signals;
use crate::rollout::{Phase, Shape};
use crate::round::RoundView;
use crate::view::{NodeView, PodView};

/// For how long what was begun counts where it is not seen: as long as Kubernetes's controllers expect
/// what they have asked for.
const UNSEEN: i64 = 300;

/// A policy, compiled once.
///
/// ```
/// use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
/// use daemonset::policy::{FromApi, Governor, Hold, Memory, Policy};
/// use daemonset::{Cluster, Planner};
/// use serde_json::json;
///
/// let agent: DaemonSet = serde_json::from_value(json!({
///     "metadata": {"name": "agent", "uid": "1"},
///     "spec": {
///         "selector": {"matchLabels": {"app": "agent"}},
///         "template": {"metadata": {"labels": {"app": "agent"}}},
///     },
/// }))?;
/// let nodes: [Node; 1] = [serde_json::from_value(json!({"metadata": {"name": "node-a"}}))?];
/// let pods: [Pod; 1] = [serde_json::from_value(json!({
///     "metadata": {
///         "name": "agent-x", "labels": {"app": "agent", "controller-revision-hash": "old"},
///         "ownerReferences": [{"uid": "1", "controller": true}],
///     },
///     "spec": {"nodeName": "node-a"},
///     "status": {"conditions": [{"type": "Ready", "status": "True"}]},
/// }))?];
/// let revisions: [ControllerRevision; 0] = [];
/// let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
/// let planner = Planner::new(&agent)?.with_revisions(&revisions);
///
/// let policy: Policy = serde_json::from_value(json!({"paused": true}))?;
/// let governor = Governor::new(policy).map_err(|faults| faults[0].clone())?;
/// let governed = governor.govern(&planner, &planner.view(&cluster), &Memory::default(), &FromApi);
/// assert_eq!(governed.held[0].hold, Hold::Paused);
/// assert_eq!(
///     governed.held[0].action.to_string(),
///     "delete pod agent-x on node-a: not of the current revision, and the budget has room",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Governor {
    policy: Policy,
    selectors: Selectors,
}

/// A plan under a policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Governed {
    /// What to do now.
    pub plan: Plan,
    /// What to remember; keep it before the actions are carried out.
    pub memory: Memory,
    /// What Kubernetes might do now or later in this rollout and is not done now, with why, in the
    /// order in which it would be.
    pub held: Vec<Held>,
    /// While pods of older revisions are left: the pods of the current one that would be held back if
    /// they were of an older one, by node. Of those that the caller did not bring about, some pod was
    /// lost otherwise.
    pub ahead: Vec<Ahead>,
    /// The revision to go back to, by its number, where the rollout has stopped and the policy says
    /// so, and where there is one.
    pub roll_back: Option<i64>,
    /// The earliest moment at which time alone may change any of this.
    pub look_again_at: Option<Timestamp>,
}

impl Governor {
    /// Compiles a policy.
    ///
    /// # Errors
    /// Everything that is wrong with it, field by field.
    pub fn new(policy: Policy) -> Result<Self, Vec<PolicyFault>> {
        let faults = faults(&policy);
        if !faults.is_empty() {
            return Err(faults);
        }
        // The selectors have been read once, so they parse.
        let read = |selector: Option<&LabelSelector>| {
            selector.map(|it| Selector::new(Some(it)).unwrap_or_else(|_| Selector::nothing()))
        };
        let canary = policy.canary.as_ref();
        let waves = policy.waves.iter();
        Ok(Self {
            selectors: Selectors {
                nodes: read(policy.nodes.as_ref()),
                canary: read(canary.and_then(|canary| canary.nodes.as_ref())),
                waves: waves.map(|wave| read(wave.nodes.as_ref())).collect(),
            },
            policy,
        })
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn selectors(&self) -> &Selectors {
        &self.selectors
    }

    /// Which nodes the policy is about, where it says so.
    pub(super) fn selected(&self) -> Option<&Selector> {
        self.selectors.nodes.as_ref()
    }

    /// What of a round is done now: its plan, less what the policy holds back, and of several nodes
    /// that Kubernetes may choose from those that the policy prefers.
    ///
    /// The round is `planner`'s, as [`Planner::view`] saw it; its moment is the present. Neither the
    /// order of nodes nor that of pods changes anything.
    pub fn govern<N: NodeView, P: PodView>(
        &self,
        planner: &Planner,
        view: &RoundView<'_, N, P>,
        memory: &Memory,
        signals: &impl Signals<N, P>,
    ) -> Governed {
        let policy = &self.policy;
        let selector = self.selectors.nodes.as_ref();
        let nodes = wanted(view, planner, selector, &policy.exempt, signals);
        let mut round = Round {
            governor: self,
            planner,
            view,
            memory: memory.clone(),
            held: Vec::new(),
            look_again: view.plan.look_again_at,
            roll_back: None,
            ahead: Vec::new(),
            nodes: &nodes,
        };
        round.remember();
        round.forget_begun();
        if let Some(stop) = &policy.stop {
            round.stop(stop, signals);
        }
        let plan = round.plan(signals);
        Governed {
            plan,
            memory: round.memory,
            held: round.held,
            ahead: round.ahead,
            roll_back: round.roll_back,
            look_again_at: round.look_again,
        }
    }
}

/// One round under a policy.
struct Round<'g, 'r, 'a, N, P> {
    governor: &'g Governor,
    planner: &'g Planner,
    view: &'r RoundView<'a, N, P>,
    memory: Memory,
    held: Vec<Held>,
    look_again: Option<Timestamp>,
    roll_back: Option<i64>,
    ahead: Vec<Ahead>,
    nodes: &'g [PolicyNode<'r, 'a, N, P>],
}

impl<N: NodeView, P: PodView> Round<'_, '_, '_, N, P> {
    fn now(&self) -> Timestamp {
        self.view.now
    }

    /// Notes when time alone changes something.
    fn look_at(&mut self, at: Timestamp) {
        if at > self.now() {
            self.look_again = earliest(self.look_again, Some(at));
        }
    }

    /// What was remembered of another revision or generation is over.
    fn remember(&mut self) {
        let current = &self.view.plan.current_revision.hash;
        let generation = self.planner.daemon_set().metadata.generation;
        let memory = &mut self.memory;
        if memory.revision != *current {
            // What was approved before the first round is meant for this revision.
            if !memory.revision.is_empty() {
                memory.approved.clear();
            }
            memory.revision.clone_from(current);
        }
        if memory.generation != generation {
            memory.generation = generation;
            memory.failed.clear();
            memory.stopped = None;
        }
    }

    /// What was begun is over once it is seen, or was not for so long that it came to nothing: it may
    /// have been held back right after it was written down, and must not take the budget from others.
    /// A template that goes back meanwhile makes a pod that is about to go current again; it goes all the
    /// same. One that was to go since it was not available, and is by now, was not deleted, and needs
    /// budget as any other: such a deletion is good for the version that was seen alone.
    fn forget_begun(&mut self) {
        let (view, now) = (self.view, self.now());
        let is_under_way = |node: &str, begun: &Begun| {
            let seen = view.node(node);
            seen.is_some_and(|seen| {
                let mut pods = seen.staying();
                let pod = pods.find(|pod| pod.pod.uid() == begun.pod);
                !matches!(seen.state.shape, Shape::Both { .. })
                    && pod.is_some_and(|pod| {
                        !(begun.without_budget && pod.fact.readiness.is_available())
                    })
            })
        };
        self.memory
            .begun
            .retain(|node, begun| now < begun.at.plus_seconds(UNSEEN) && is_under_way(node, begun));
        let ends = (self.memory.begun.values()).map(|begun| begun.at.plus_seconds(UNSEEN));
        if let Some(end) = ends.min() {
            self.look_at(end);
        }
    }

    /// Notes failing nodes, and stops where there are too many.
    fn stop(&mut self, stop: &Stop, signals: &impl Signals<N, P>) {
        let mut failing: BTreeSet<String> = BTreeSet::new();
        let mut deadlines = Vec::new();
        for node in self.nodes.iter().filter(|node| !node.exempt) {
            for pod in updated_pods(node.seen) {
                if pod.fact.readiness.is_available() && pod.fact.phase == Phase::Active {
                    continue;
                }
                let restarts = || signals.restarts(pod.pod);
                let restarted = stop.max_restarts.is_some_and(|most| restarts() > most);
                let deadline = stop.slow_start.and_then(|slow| {
                    let created = pod.pod.created()?;
                    Some(created.plus_seconds(slow.seconds()))
                });
                let slow = deadline.is_some_and(|deadline| deadline <= self.view.now);
                deadlines.extend(deadline);
                if restarted || slow || pod.fact.phase == Phase::Failed {
                    failing.insert(node.name().to_owned());
                }
            }
        }
        for deadline in deadlines {
            self.look_at(deadline);
        }
        // Failed pods are replaced, and then no object tells of them any more.
        let failed = self.nodes.iter().filter(|node| !node.exempt);
        let failed = failed
            .filter(|node| updated_pods(node.seen).any(|pod| pod.fact.phase == Phase::Failed));
        let failed: Vec<String> = failed.map(|node| node.name().to_owned()).collect();
        self.memory.failed.extend(failed);
        failing.extend(self.memory.failed.iter().cloned());
        let most = usize::try_from(stop.max_failures).unwrap_or(usize::MAX);
        if self.memory.stopped.is_none() && failing.len() >= most {
            self.memory.stopped = Some(Stopped {
                at: self.view.now,
                failing: failing.into_iter().collect(),
            });
        }
        let current = &self.view.plan.current_revision.hash;
        if self.memory.stopped.is_some() && stop.then == StopThen::RollBack {
            self.memory.refused.insert(current.clone());
        }
        if self.memory.refused.contains(current) {
            let old = self.planner.old_revisions().iter();
            let old = old.filter(|revision| !self.memory.refused.contains(&revision.hash));
            self.roll_back = old.map(|revision| revision.revision).max();
        }
    }

    /// What holds the rolling update of every node back, if something does.
    fn hold_all(&mut self) -> Option<Hold> {
        let policy = &self.governor.policy;
        if policy.frozen {
            return Some(Hold::Frozen);
        }
        if policy.paused {
            return Some(Hold::Paused);
        }
        let current = &self.view.plan.current_revision.hash;
        if self.memory.refused.contains(current) {
            return Some(Hold::Refused);
        }
        if let Some(stopped) = &self.memory.stopped {
            return Some(Hold::Stopped {
                failing: stopped.failing.clone(),
            });
        }
        let windows = &policy.windows;
        if windows.is_empty() || self.view.turns().is_empty() {
            return None;
        }
        let now = self.now();
        let next = windows.iter().filter_map(|window| window.next_change(now));
        let next = next.min();
        if let Some(next) = next {
            self.look_at(next);
        }
        let is_open = windows.iter().any(|window| window.is_open(now));
        (!is_open).then_some(Hold::Window { opens: next })
    }

    fn plan(&mut self, signals: &impl Signals<N, P>) -> Plan {
        let mut plan = self.view.plan.clone();
        let hold = self.hold_all();
        // Where the round ends before the rolling update, nothing begins; creates of nodes that lack
        // a pod and the end of a surge are what the policy may still hold.
        if plan.outcome != Outcome::Complete || self.view.budget.is_none() {
            let policy = &self.governor.policy;
            let mut kept = Vec::with_capacity(plan.actions.len());
            for action in plan.actions {
                let is_create = matches!(action, Action::CreatePod { .. });
                let hold = match &hold {
                    Some(_) if is_create && policy.frozen => Some(Hold::Frozen),
                    Some(hold) if ends_surge(&action) => Some(hold.clone()),
                    _ => None,
                };
                match hold {
                    Some(hold) => self.held.push(Held { action, hold }),
                    None => kept.push(action),
                }
            }
            plan.actions = kept;
            return plan;
        }
        let chosen = self.turns(hold.as_ref(), signals, &mut plan);
        let is_turn =
            |action: &Action| matches!(action, Action::CreatePod { .. } | Action::DeletePod { .. });
        // Those of the plan give way to those chosen, in their place.
        let place = plan.actions.iter().position(|action| {
            is_turn(action)
                || matches!(
                    action,
                    Action::DeleteRevision {
                        reason: Reason::HistoryLimit,
                        ..
                    } | Action::UpdateStatus { .. }
                )
        });
        let place = place.unwrap_or(plan.actions.len());
        let after = plan.actions.split_off(place);
        plan.actions.extend(chosen);
        plan.actions
            .extend(after.into_iter().filter(|action| !is_turn(action)));
        plan
    }
}

/// Whether an action takes the old pod from beside a new one.
fn ends_surge(action: &Action) -> bool {
    matches!(
        action.reason(),
        Some(Reason::Superseded | Reason::OldPodNotReady)
    )
}
