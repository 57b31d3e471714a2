//! One round, looked at node by node: what every explanation reads.

use std::collections::{BTreeMap, BTreeSet};

use super::trouble::{NodeTrouble, PodTrouble};
use crate::action::{Action, Reason};
use crate::api::{Node, Pod, Timestamp};
use crate::decide::{Work, decide};
use crate::gather::Gathered;
use crate::node_state::{Home, NodeState, PodFact, Readiness, Shape};
use crate::placement::Verdict;
use crate::plan::{Outcome, Plan, Planner, newest};
use crate::rollout::{Budget, BudgetError, Limits, Queue, Strategy, Take, Tally};

/// How many of the nodes that wait for the budget are named.
pub(super) const WAITING_NAMED: usize = 10;

/// One round and the nodes it saw.
pub(super) struct Survey<'a> {
    pub planner: &'a Planner,
    pub now: Timestamp,
    pub plan: Plan,
    /// Every node, and every node that a pod names, by name; none where nothing is decided.
    pub sites: Vec<Site<'a>>,
    pub limits: Result<Option<Limits>, BudgetError>,
    pub budget: Option<Budget>,
    pub line: Line,
}

/// What the rolling update would do besides what this round does, in its order.
#[derive(Default)]
pub(super) struct Line {
    /// The first few.
    pub first: Vec<Action>,
    pub in_all: usize,
    /// How many nodes that should run the daemon wait for their turn.
    pub for_turn: usize,
    /// How many old pods wait not for the budget but for pods to spare.
    pub to_spare: usize,
}

/// A node as the round saw it.
pub(super) struct Site<'a> {
    pub name: &'a str,
    /// `None` for a node that does not exist.
    pub node: Option<&'a Node>,
    pub verdict: Option<Verdict>,
    pub state: NodeState,
    /// The claimed pods, each once, the first one first.
    pub pods: Vec<(PodFact<'a>, &'a Pod)>,
}

impl Planner {
    /// Makes the plan once more and keeps what it saw.
    pub(super) fn survey<'a>(&'a self, nodes: &'a [Node], pods: &'a [Pod]) -> Survey<'a> {
        let now = self.now.unwrap_or_else(|| newest(&self.set, nodes, pods));
        if let Some(outcome) = self.idle() {
            let placements = nodes.iter().map(|node| self.rules.verdict(node)).collect();
            return Survey {
                planner: self,
                now,
                plan: self.nothing(outcome, placements),
                sites: Vec::new(),
                limits: Ok(None),
                budget: None,
                line: Line::default(),
            };
        }
        let placements: Vec<_> = nodes.iter().map(|node| self.rules.verdict(node)).collect();
        // Of a node that is given twice, the one that the round counts.
        let mut by_name: BTreeMap<&str, (Verdict, &Node)> = BTreeMap::new();
        for (node, verdict) in nodes.iter().zip(&placements) {
            let seen = by_name.entry(&node.metadata.name);
            let seen = seen.or_insert((*verdict, node));
            if *verdict < seen.0 {
                *seen = (*verdict, node);
            }
        }
        let mut sites = Vec::with_capacity(nodes.len());
        let gathered = Gathered::visiting(self, nodes, &placements, pods, now, |classified| {
            sites.push(Site {
                name: classified.name,
                node: by_name.get(classified.name).map(|(_, node)| *node),
                verdict: classified.verdict,
                state: classified.state.clone(),
                pods: (classified.pods.iter())
                    .map(|fact| (*fact, &pods[fact.id as usize]))
                    .collect(),
            });
        });
        sites.sort_unstable_by_key(|site| site.name);
        let tally = &gathered.observed.tally;
        let limits = self.strategy.limits(tally.desired as usize);
        let budget = match limits {
            Ok(Some(limits)) => Some(Budget::new(limits, tally)),
            _ => None,
        };
        let plan = decide(self, &gathered.observed, &gathered, placements);
        let line = Line::new(budget.as_ref(), &gathered, &plan);
        Survey {
            planner: self,
            now,
            plan,
            sites,
            limits,
            budget,
            line,
        }
    }
}

impl Line {
    fn new(budget: Option<&Budget>, work: &impl Work, plan: &Plan) -> Self {
        let planned: BTreeSet<&str> = (plan.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.as_str()),
                Action::DeletePod { pod, .. } => Some(pod.as_str()),
                _ => None,
            })
            .collect();
        let mut line = Self::default();
        for step in budget.iter().flat_map(|budget| budget.steps()) {
            for &queue in step.queues {
                for (node, pod) in work.queue(queue, usize::MAX) {
                    let pod = work.pod_name(pod);
                    let (object, action) = match step.take {
                        Take::Create(reason) => {
                            let node = node.to_owned();
                            (node.clone(), Action::CreatePod { node, reason })
                        }
                        Take::Delete(reason) => {
                            let (pod, node) = (pod.to_owned(), node.to_owned());
                            (pod.clone(), Action::DeletePod { pod, node, reason })
                        }
                    };
                    if planned.contains(object.as_str()) {
                        continue;
                    }
                    line.in_all += 1;
                    line.for_turn += usize::from(queue == Queue::OldAvailable(Home::Runs));
                    line.to_spare += usize::from(action.reason() == Some(Reason::Spare));
                    if line.first.len() < WAITING_NAMED {
                        line.first.push(action);
                    }
                }
            }
        }
        line
    }
}

impl Survey<'_> {
    /// The pods that this round makes and deletes.
    pub fn turns(&self) -> impl Iterator<Item = &Action> {
        (self.plan.actions.iter())
            .filter(|a| matches!(a, Action::CreatePod { .. } | Action::DeletePod { .. }))
    }

    /// Whether the round makes or deletes any pod.
    pub fn acts(&self) -> bool {
        self.turns().next().is_some()
    }

    /// Whether anything at all was decided.
    pub fn is_idle(&self) -> bool {
        matches!(
            self.plan.outcome,
            Outcome::SelectingAll | Outcome::Deleting | Outcome::Collision
        )
    }

    pub fn is_rolling_update(&self) -> bool {
        matches!(self.planner.strategy, Strategy::RollingUpdate { .. })
    }
}

impl<'a> Site<'a> {
    /// Whether the node spends from the budget, by the very rule that sums it up.
    pub fn spends(&self, limits: Limits) -> bool {
        let mut alone = Tally::default();
        alone += &self.state;
        match Budget::new(limits, &alone) {
            Budget::Unavailable { unavailable, .. } => unavailable > 0,
            Budget::Surge { surging, .. } => surging > 0,
        }
    }

    pub fn troubles(&self) -> Vec<NodeTrouble> {
        self.node
            .map_or_else(|| vec![NodeTrouble::Gone], NodeTrouble::of)
    }

    /// The pods that are not being deleted.
    pub fn staying(&self) -> impl Iterator<Item = &(PodFact<'a>, &'a Pod)> {
        self.pods.iter().filter(|(fact, _)| !fact.terminating)
    }

    /// Its pods of the current template, or its old ones.
    pub fn staying_of(&self, updated: bool) -> impl Iterator<Item = &(PodFact<'a>, &'a Pod)> {
        self.staying()
            .filter(move |(fact, _)| fact.version.is_updated() == updated)
    }

    /// Whether a pod of the current template runs there and is available.
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

/// The faults of a pod that is not available.
pub(super) fn troubles(fact: &PodFact<'_>, pod: &Pod) -> Vec<PodTrouble> {
    if fact.readiness == Readiness::Available && !fact.terminating {
        Vec::new()
    } else {
        PodTrouble::of(pod)
    }
}
