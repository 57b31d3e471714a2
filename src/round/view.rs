//! One round, seen node by node: what every explanation reads.

use super::decide::{Caps, Turns, budget, decide, each_turn, turns};
use super::{CompiledSet, NodeInRound, PodsInRound, Snapshot, Work};
use crate::api::Timestamp;
use crate::cluster::{Cluster, Order};
use crate::det_map::HashSet;
use crate::outcome::{Action, Plan, Reason};
use crate::placement::Verdict;
use crate::rollout::{Backoff, Budget, BudgetError, Home, Limits, Moment, Queue, Take};
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
        let order = Order::ByName;
        let snapshot = Snapshot::new(set, moment, cluster, &verdicts, order, |classified| {
            nodes.push(NodeInRound {
                name: classified.name,
                node: classified
                    .node
                    .and_then(|at| cluster.nodes().get(at).copied()),
                verdict: classified.verdict,
                state: classified.state.clone(),
                pods: PodsInRound::new(classified.pods, cluster.pods()),
            });
        });
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
    /// Of work whose nodes come by name.
    fn new<P: PodView>(budget: Option<&Budget>, work: &Snapshot<'_, P>, plan: &Plan) -> Self {
        let planned: HashSet<&str> = (plan.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.as_str()),
                Action::DeletePod { pod, .. } => Some(pod.as_str()),
                _ => None,
            })
            .collect();
        let mut list = Self::default();
        let Some(budget) = budget else {
            return list;
        };
        let nodes_of = |queue, _| work.queued(queue);
        each_turn(budget, Turns::All, nodes_of, |turn| {
            let (object, reason) = match turn.take {
                Take::Delete(reason) => (work.pod(turn.pod).name, reason),
                Take::Create(reason) => (turn.node, reason),
            };
            if planned.contains(object) {
                return;
            }
            list.in_all += 1;
            list.for_turn += usize::from(turn.queue == Queue::OldAvailable(Home::Runs));
            list.for_spare += usize::from(reason == Reason::Spare);
            if list.first.len() < NAMED {
                list.first.push(turn.action(work));
            }
        });
        list
    }
}
