//! One round, seen node by node: what every explanation reads.

use super::decide::{Caps, Turns, budget, decide, turns};
use super::in_order::sort_by_name;
use super::{CompiledSet, Snapshot, Work};
use crate::api::Timestamp;
use crate::cluster::Cluster;
use crate::det_map::HashSet;
use crate::outcome::{Action, Plan, Reason};
use crate::placement::Verdict;
use crate::rollout::{
    Backoff, Budget, BudgetError, Home, Limits, Moment, NodeState, PodFact, Queue, Shape, Take,
};
use crate::view::{NodeView, PodView};

/// How many of the nodes that wait for the budget are named.
const NAMED: usize = 10;

/// One round: its plan, every node as it saw it, and who waits for a turn.
///
/// [`Planner::view`](crate::Planner::view) makes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RoundView<'a, N, P> {
    /// The present.
    pub now: Timestamp,
    /// What [`Planner::plan`](crate::Planner::plan) says.
    pub plan: Plan,
    /// Every node, and every node that a claimed pod names, by name; none where nothing is decided.
    pub nodes: Vec<NodeInRound<'a, N, P>>,
    /// What the two budgets come to; `None` without a rolling update.
    pub limits: Result<Option<Limits>, BudgetError>,
    /// The budget, whether the round got to it or not.
    pub budget: Option<Budget>,
    /// Who waits for a turn.
    pub waiting: WaitList,
    /// What was looked at; `None` where nothing is decided.
    pub(super) snapshot: Option<Snapshot<'a, P>>,
    /// Who looked, and with which back-off.
    pub(super) seen_by: Box<(CompiledSet, Backoff)>,
}

/// What the rolling update would do besides what this round does.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WaitList {
    /// The first few, in their order: at most ten.
    pub first: Vec<Action>,
    /// How many there are in all.
    pub in_all: usize,
    /// How many of them are nodes that should run the daemon and wait for their turn.
    pub for_turn: usize,
    /// How many of them are old pods that wait not for the budget but for spare pods.
    pub for_spare: usize,
}

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
    pub pods: Vec<PodInRound<'a, P>>,
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

impl<'a, N: NodeView, P: PodView> RoundView<'a, N, P> {
    pub(crate) fn new(
        set: &CompiledSet,
        moment: Moment<'_>,
        caps: Caps,
        cluster: &'a Cluster<'a, N, P>,
        verdicts: Vec<Verdict>,
    ) -> Self {
        let now = moment.now;
        let seen_by = Box::new((set.clone(), moment.backoff.clone()));
        if let Some(outcome) = set.idle() {
            return Self {
                now,
                plan: set.idle_plan(outcome, verdicts),
                nodes: Vec::new(),
                limits: Ok(None),
                budget: None,
                waiting: WaitList::default(),
                snapshot: None,
                seen_by,
            };
        }
        let mut nodes = Vec::with_capacity(cluster.nodes().len());
        let snapshot = Snapshot::new(set, moment, cluster, &verdicts, |classified| {
            let all = classified.pods.iter().filter_map(|fact| {
                let pod = *cluster.pods().get(fact.id as usize)?;
                Some(PodInRound { fact: *fact, pod })
            });
            // Of most nodes it is one, and no room is wanted for more.
            let mut pods = Vec::with_capacity(classified.pods.len());
            pods.extend(all);
            nodes.push(NodeInRound {
                name: classified.name,
                node: classified
                    .node
                    .and_then(|at| cluster.nodes().get(at).copied()),
                verdict: classified.verdict,
                state: classified.state.clone(),
                pods,
            });
        });
        sort_by_name(&mut nodes, |node| node.name);
        let (limits, budget) = match budget(set, &snapshot.observed.tally) {
            Ok(Some((limits, budget))) => (Ok(Some(limits)), Some(budget)),
            Ok(None) => (Ok(None), None),
            Err(error) => (Err(error), None),
        };
        let plan = decide(set, caps, &snapshot.observed, &snapshot, verdicts);
        let waiting = WaitList::new(budget.as_ref(), &snapshot, &plan);
        Self {
            now,
            plan,
            nodes,
            limits,
            budget,
            waiting,
            snapshot: Some(snapshot),
            seen_by,
        }
    }

    /// What the rolling update would do if its budget were without end, in order. A round that is
    /// [complete](crate::outcome::Outcome::Complete) takes the first for which there is room; which
    /// of them those are Kubernetes leaves open, except that what needs no budget comes before.
    #[must_use]
    pub fn turns(&self) -> Vec<Action> {
        let (Some(budget), Some(work)) = (&self.budget, &self.snapshot) else {
            return Vec::new();
        };
        let turns = turns(budget, work, Turns::All).into_iter();
        turns.map(|turn| turn.action(work)).collect()
    }

    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&NodeInRound<'a, N, P>> {
        let at = self.nodes.binary_search_by_key(&name, |node| node.name);
        self.nodes.get(at.ok()?)
    }
}

impl WaitList {
    fn new(budget: Option<&Budget>, work: &impl Work, plan: &Plan) -> Self {
        let planned: HashSet<&str> = (plan.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.as_str()),
                Action::DeletePod { pod, .. } => Some(pod.as_str()),
                _ => None,
            })
            .collect();
        let mut list = Self::default();
        let turns = budget.map(|budget| turns(budget, work, Turns::All));
        for turn in turns.into_iter().flatten() {
            let (object, reason) = match turn.take {
                Take::Delete(reason) => (work.pod(turn.pod).name, reason),
                Take::Create(reason) => (turn.node, reason),
            };
            if planned.contains(object) {
                continue;
            }
            list.in_all += 1;
            list.for_turn += usize::from(turn.queue == Queue::OldAvailable(Home::Runs));
            list.for_spare += usize::from(reason == Reason::Spare);
            if list.first.len() < NAMED {
                list.first.push(turn.action(work));
            }
        }
        list
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
