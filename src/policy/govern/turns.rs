//! Who gets a turn, and what holds the others back.

use std::collections::BTreeMap;

use super::{Round, UNSEEN, ends_surge};
use crate::outcome::{Action, Plan, Reason};
use crate::policy::data::BudgetMode;
use crate::policy::groups::Groups;
use crate::policy::held::{Ahead, Held, Hold};
use crate::policy::ledger::{Ledger, rounded_down, spend};
use crate::policy::memory::Begun;
use crate::policy::nodes::updated_pods;
use crate::policy::order::ranks;
use crate::policy::signals::Signals;
use crate::rollout::{Budget, Shape};
use crate::view::{NodeView, PodView};

impl<N: NodeView, P: PodView> Round<'_, '_, '_, N, P> {
    /// Gives nodes their turns, and notes who does not get one.
    pub(super) fn turns(
        &mut self,
        hold_all: Option<&Hold>,
        signals: &impl Signals<N, P>,
        plan: &mut Plan,
    ) -> Vec<Action> {
        let governor = self.governor;
        let policy = &governor.policy;
        let groups = Groups::of(
            policy,
            &governor.selectors,
            self.nodes,
            &self.memory,
            self.now(),
            signals,
        );
        if let Some(at) = groups.look_again {
            self.look_at(at);
        }
        self.find_ahead(hold_all, &groups);
        let places: BTreeMap<&str, usize> = (self.nodes.iter().enumerate())
            .map(|(at, node)| (node.name(), at))
            .collect();
        let place = |action: &Action| node_of(action).and_then(|node| places.get(node).copied());
        let in_order = self.view.turns();
        let mut turns: Vec<&Action> = in_order.iter().collect();
        if !policy.order.is_empty() {
            let ranks = ranks(&policy.order, self.nodes, signals);
            let mut steps: BTreeMap<Option<Reason>, usize> = BTreeMap::new();
            for (at, action) in turns.iter().enumerate() {
                steps.entry(action.reason()).or_insert(at);
            }
            // What is of no node that should run the daemon keeps its place behind.
            turns.sort_by_key(|action| {
                let rank = place(action).and_then(|at| ranks.get(at).copied());
                let step = steps.get(&action.reason()).copied();
                (step, rank.unwrap_or(usize::MAX))
            });
        }
        let mut ledger = self.ledger(&groups);
        let burst = self.planner.options().burst_replicas;
        let (mut deletes, mut creates) = (Vec::new(), Vec::new());
        plan.deferred.deletes = 0;
        plan.deferred.creates = 0;
        for action in turns {
            let at = place(action);
            let mut hold = self.hold(action, at, hold_all, &groups, &mut ledger);
            if hold.is_none() {
                let is_delete = matches!(action, Action::DeletePod { .. });
                let (list, deferred) = if is_delete {
                    (&mut deletes, &mut plan.deferred.deletes)
                } else {
                    (&mut creates, &mut plan.deferred.creates)
                };
                if list.len() < burst {
                    list.push(action.clone());
                    self.begin(action);
                } else {
                    *deferred += 1;
                    hold = Some(Hold::Burst);
                }
            }
            self.held.extend(hold.map(|hold| Held {
                action: action.clone(),
                hold,
            }));
        }
        deletes.append(&mut creates);
        deletes
    }

    /// Finds the pods that are ahead of their turn.
    fn find_ahead(&mut self, hold_all: Option<&Hold>, groups: &Groups) {
        let nodes = self.nodes;
        if !nodes.iter().any(|node| node.old) {
            return;
        }
        for (at, node) in nodes.iter().enumerate() {
            let hold = match hold_all {
                Some(hold) => Some(hold.clone()),
                None if !node.selected => Some(Hold::NotSelected),
                None => groups.hold(at),
            };
            let Some(hold) = hold else { continue };
            self.ahead.extend(updated_pods(node.seen).map(|pod| Ahead {
                node: node.name().to_owned(),
                pod: pod.pod.name().to_owned(),
                uid: pod.pod.uid().to_owned(),
                created: pod.pod.created(),
                hold: hold.clone(),
            }));
        }
    }

    /// What is spent before this round.
    fn ledger(&self, groups: &Groups) -> Ledger {
        let policy = &self.governor.policy;
        let (remaining, spare) = match self.view.budget {
            Some(Budget::Unavailable { remaining, .. }) => (remaining, 0),
            Some(Budget::Surge {
                remaining, spare, ..
            }) => (remaining, spare),
            None => (0, 0),
        };
        let mut ledger = Ledger {
            budget: usize::try_from(remaining).unwrap_or(0),
            spare: usize::try_from(spare).unwrap_or(0),
            outdated: None,
            busy_of_wave: vec![0; groups.waves.len()],
            busy_of_domain: BTreeMap::new(),
        };
        let mut old = 0_usize;
        for (at, node) in self.nodes.iter().enumerate() {
            let is_begun = self.memory.begun.contains_key(node.name());
            old += usize::from(node.selected && node.old && !is_begun);
            if is_begun && !node.busy {
                ledger.budget = ledger.budget.saturating_sub(1);
            }
            if is_begun || node.busy {
                ledger.work_on(at, node, groups, policy);
            }
        }
        ledger.outdated = policy
            .keep_old
            .as_ref()
            .map(|keep| old.saturating_sub(rounded_down(keep, self.nodes.len())));
        ledger
    }

    /// What holds a turn back, if something does; where nothing does, it is spent.
    fn hold(
        &self,
        action: &Action,
        at: Option<usize>,
        hold_all: Option<&Hold>,
        groups: &Groups,
        ledger: &mut Ledger,
    ) -> Option<Hold> {
        let reason = action.reason();
        if ends_surge(action) {
            return hold_all.cloned();
        }
        let begins = matches!(
            reason,
            Some(
                Reason::Outdated
                    | Reason::OutdatedUnavailable
                    | Reason::Surge
                    | Reason::SurgeBesideUnavailable
            )
        );
        if !begins {
            return match reason {
                Some(Reason::Spare) if !spend(&mut ledger.spare) => Some(Hold::Budget),
                _ => None,
            };
        }
        if let Some(hold) = hold_all {
            return Some(hold.clone());
        }
        let policy = &self.governor.policy;
        let node = at.and_then(|at| Some((at, self.nodes.get(at)?)));
        let is_begun = node_of(action).is_some_and(|node| self.memory.begun.contains_key(node));
        if let Some((at, node)) = node {
            if !node.selected {
                return Some(Hold::NotSelected);
            }
            if let Some(hold) = groups.hold(at) {
                return Some(hold);
            }
            if is_begun {
                // It counts already. A delete of the same pod does no harm a second time; a pod that
                // is not seen yet would be there twice.
                let is_create = matches!(action, Action::CreatePod { .. });
                return is_create.then_some(Hold::Begun);
            }
            if ledger.outdated == Some(0) {
                let keep = policy.keep_old.as_ref();
                let pods = keep.map_or(0, |keep| rounded_down(keep, self.nodes.len()));
                return Some(Hold::KeptOld { pods });
            }
            if !node.busy
                && let Some(hold) = ledger.full(at, node, groups, policy)
            {
                return Some(hold);
            }
        }
        let is_budgeted = matches!(reason, Some(Reason::Outdated | Reason::Surge));
        if is_budgeted && !spend(&mut ledger.budget) {
            return Some(Hold::Budget);
        }
        if let Some((at, node)) = node {
            if let Some(outdated) = &mut ledger.outdated {
                *outdated = outdated.saturating_sub(1);
            }
            if !node.busy {
                ledger.work_on(at, node, groups, policy);
            }
        }
        None
    }

    /// Remembers what is begun, where the budget is strict.
    fn begin(&mut self, action: &Action) {
        if self.governor.policy.budget != BudgetMode::Strict || ends_surge(action) {
            return;
        }
        let Some(seen) = node_of(action).and_then(|node| self.view.node(node)) else {
            return;
        };
        let old = seen.staying().find(|pod| !pod.fact.version.is_updated());
        let is_old = matches!(seen.state.shape, Shape::Old { .. });
        if let Some(old) = old.filter(|_| is_old) {
            let begun = Begun {
                pod: old.pod.uid().to_owned(),
                at: self.view.now,
                without_budget: action.reason() == Some(Reason::OutdatedUnavailable),
            };
            self.look_at(begun.at.plus_seconds(UNSEEN));
            self.memory.begun.insert(seen.name.to_owned(), begun);
        }
    }
}

/// The node that an action is about.
fn node_of(action: &Action) -> Option<&str> {
    match action {
        Action::CreatePod { node, .. } | Action::DeletePod { node, .. } => Some(node),
        _ => None,
    }
}
