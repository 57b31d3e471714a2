//! How a diagnosis is made of a round.

use std::collections::BTreeSet;

use daemonset::Action;
use daemonset::api::Timestamp;
use daemonset::outcome::Outcome;
use daemonset::rollout::Strategy;

use super::caveats::{earlier_set, generation_only, held_by_finalizers, misscheduled, restarting};
use super::controller::{contradicted, miscounted, not_counted, unobserved};
use super::failed_again::failed_again;
use super::failing::{failing, unhealthy};
use super::flipping::flipping;
use super::given::all_said;
use super::in_vain::{deleting, looping, stuck_terminating};
use super::left_out::{left_out, missed};
use super::manager::manager_down;
use super::missing_nodes::{is_gone, on_missing_nodes};
use super::mixed::mixed;
use super::nodes_down::{certificates, may_end_nodes, nodes_that_went_down};
use super::own_network::waits_for_itself;
use super::placement_change::left_by_revision;
use super::preempted::preempted;
use super::primary::primary;
use super::refusal::{refusal, refused_before};
use super::replaced_by::{is_at_it, on_delete};
use super::so_far::{ahead, pulling, so_far, wavering};
use super::strategy::strategy_written;
use super::{Diagnosis, Standing};
use crate::cause::changes::Changes;
use crate::cause::shown::is_all_alike;
use crate::finding::{Blame, BudgetField, Finding};
use crate::round::{Round, new_of, node_of};
use crate::stall::{Said, Stalls};

/// A grace period of which more seconds are left is told.
const LONG_GRACE: i64 = 120;

/// How the round's rollout stands, and why, where this was not given.
pub(crate) fn diagnose(round: &Round<'_>, not_given: Option<Finding>) -> Diagnosis {
    let case = Case::new(round, not_given);
    let standing = case.standing();
    let mut findings = case.findings(standing);
    let primary = primary(standing, &findings);
    Diagnosis {
        standing,
        primary: findings.remove(primary),
        others: findings,
        status: round.view.plan.status.clone(),
    }
}

/// What a diagnosis is made of.
struct Case<'r, 'a> {
    round: &'r Round<'a>,
    stalls: Stalls<'r, 'a>,
    not_given: Option<Finding>,
    refusal: Option<Finding>,
    /// That the controller has not seen the newest spec.
    unobserved: Option<Finding>,
    /// That what it wrote is not so.
    contradicted: Option<Finding>,
    /// That what it wrote has not been so for minutes, though there is something left to do.
    miscounted: Option<Finding>,
    /// That the program which it is a part of does not work.
    manager: Option<Finding>,
    /// That it does not count nodes.
    not_counted: Option<Finding>,
    /// That what was given is of different moments.
    mixed: Option<Finding>,
    /// That the template goes to and fro.
    flipping: Option<Finding>,
    /// That the nodes that got the revision went down for it.
    suspects: Option<Finding>,
    /// That pods fail one after the other where none is at the moment.
    failed_again: Option<Finding>,
    /// That nodes wait for the pod network, which it seems to bring.
    waits_for_itself: Option<Finding>,
}

impl<'r, 'a> Case<'r, 'a> {
    fn new(round: &'r Round<'a>, not_given: Option<Finding>) -> Self {
        Self {
            round,
            stalls: without_replaced(Stalls::new(round), round),
            refusal: refusal(round).filter(|_| not_given.is_none()),
            not_given,
            unobserved: unobserved(round),
            manager: manager_down(round),
            contradicted: contradicted(round),
            miscounted: miscounted(round),
            not_counted: not_counted(round),
            mixed: mixed(round),
            flipping: flipping(round),
            suspects: nodes_that_went_down(round),
            failed_again: failed_again(round),
            waits_for_itself: waits_for_itself(round),
        }
    }

    /// The nodes where pods fail one after the other, and none is at the moment.
    fn failed_again_on(&self) -> impl Iterator<Item = &str> {
        let nodes = match &self.failed_again {
            Some(Finding::Looping { nodes, .. }) => &nodes[..],
            _ => &[],
        };
        nodes.iter().map(|node| &*node.node)
    }

    fn limit(&self) -> Option<(BudgetField, i64)> {
        let limits = self.round.limits()?;
        Some(match limits.max_surge {
            0 => (BudgetField::MaxUnavailable, limits.max_unavailable),
            surge => (BudgetField::MaxSurge, surge),
        })
    }

    /// Whether the budget stays used up, so that no node that waits for it is ever updated.
    fn is_used_up(&self) -> bool {
        let held = self.stalls.permanent.len() + self.failed_again_on().count();
        let held = i64::try_from(held).unwrap_or(i64::MAX);
        self.round.view.waiting.for_turn > 0 && self.limit().is_some_and(|(_, limit)| held >= limit)
    }

    /// Whether all that may pass with time are pods that were ready, or terminate, on nodes that went down for the revision.
    fn waits_for_suspects(&self) -> bool {
        let Some(Finding::RevisionEndsNodes { nodes, .. }) = &self.suspects else {
            return false;
        };
        let stalls = &self.stalls;
        let went_down = |name: &String| nodes.iter().any(|node| node.node == *name);
        let mut passing = stalls.unready.iter().chain(&stalls.terminating);
        passing.all(went_down)
            && stalls.starting.is_empty()
            && stalls.room_to_come.is_empty()
            && stalls.waiting.is_empty()
            && stalls.backing_off.is_empty()
    }

    /// Whether all that the round does is what it did before and will do again: it creates pods that
    /// are refused, and replaces pods that are rejected or evicted.
    fn goes_in_circles(&self) -> bool {
        let refused: BTreeSet<&str> = match &self.refusal {
            Some(Finding::Refused { nodes, .. }) => nodes.iter().map(String::as_str).collect(),
            _ => BTreeSet::new(),
        };
        let looping = self.stalls.looping.iter();
        let looping: BTreeSet<&str> = (looping.map(|(said, _)| said.node.name))
            .chain(self.failed_again_on())
            .collect();
        let is_again = |action: &Action| {
            node_of(action).is_some_and(|node| match action {
                Action::CreatePod { .. } => refused.contains(node) || looping.contains(node),
                _ => looping.contains(node),
            })
        };
        let mut actions = self.round.pod_actions().peekable();
        let acts = actions.peek().is_some();
        let has_room = self.round.view.waiting.for_turn > 0 && !self.is_used_up();
        acts && actions.all(is_again) && (!has_room || !refused.is_empty())
    }

    /// Whether the strategy is `OnDelete`, and a controller is at it to delete the old pods.
    fn is_replaced_by_others(&self) -> bool {
        *self.round.planner.strategy() == Strategy::OnDelete && is_at_it(self.round, &self.stalls)
    }

    fn standing(&self) -> Standing {
        match self.standing_by_pods() {
            // The controller is what would do it.
            Standing::Progressing | Standing::Waiting if self.miscounted.is_some() => {
                Standing::Unclear
            }
            standing => standing,
        }
    }

    fn standing_by_pods(&self) -> Standing {
        let Self { round, stalls, .. } = self;
        match round.view.plan.outcome {
            Outcome::SelectingAll | Outcome::Deleting => return Standing::Idle,
            Outcome::Collision => return Standing::Progressing,
            _ => {}
        }
        if self.not_given.is_some() || self.mixed.is_some() {
            return Standing::Unclear;
        }
        if matches!(self.unobserved, Some(Finding::ControllerIdle { .. }))
            || self.not_counted.is_some()
        {
            return Standing::Blocked;
        }
        if matches!(self.manager, Some(Finding::ManagerDown { acts: true, .. })) {
            return Standing::Blocked;
        }
        if self.contradicted.is_some() {
            return Standing::Unclear;
        }
        if self.flipping.is_some() {
            return Standing::Blocked;
        }
        let has_outdated = round.has_outdated();
        let with_time = || {
            let comes = stalls.starting.iter().chain(&stalls.unready);
            if comes.chain(&stalls.terminating).next().is_some() {
                Some(Standing::Progressing)
            } else if stalls.waiting.is_empty()
                && stalls.backing_off.is_empty()
                && stalls.room_to_come.is_empty()
                && stalls.rebooting.is_empty()
                && stalls.shutting_down.is_empty()
            {
                None
            } else {
                Some(Standing::Waiting)
            }
        };
        if round.view.plan.is_undecided() {
            Standing::Unclear
        } else if self.goes_in_circles() {
            Standing::Blocked
        } else if round.acts() {
            Standing::Progressing
        } else if has_outdated && self.is_replaced_by_others() {
            with_time().unwrap_or(Standing::Waiting)
        } else if has_outdated && (!round.is_rolling_update() || round.view.limits.is_err())
            || self.is_used_up()
            || self.waits_for_suspects()
        {
            Standing::Blocked
        } else if round.is_complete() {
            if round.is_unobserved() {
                Standing::Waiting
            } else if round.selects_nothing() {
                Standing::Idle
            } else if self.waits_for_itself.is_some() {
                Standing::Blocked
            } else {
                Standing::Complete
            }
        } else {
            // Where nothing is stalled the figures are about to change.
            let otherwise = if stalls.is_empty() {
                Standing::Progressing
            } else {
                Standing::Blocked
            };
            with_time().unwrap_or(otherwise)
        }
    }

    /// Everything that holds, in the order of the variants; never empty.
    fn findings(&self, standing: Standing) -> Vec<Finding> {
        let Self { round, stalls, .. } = self;
        let plan = &round.view.plan;
        match plan.outcome {
            Outcome::SelectingAll => return vec![Finding::SelectingAll],
            Outcome::Deleting => {
                let deleting = deleting(round);
                let is_told =
                    matches!(&deleting, Finding::Deleting { held, .. } if !held.is_empty());
                let held = held_by_finalizers(round).filter(|_| !is_told);
                return std::iter::once(deleting).chain(held).collect();
            }
            Outcome::Collision => return vec![Finding::Collision],
            _ => {}
        }
        if let Some(not_given) = &self.not_given {
            return all_said(round, not_given);
        }
        let mut all = Vec::new();
        if plan.is_undecided() {
            all.push(Finding::RevisionsNotGiven {
                namespace: round.daemon_set().metadata.namespace.clone(),
                pods: plan.deferred.undecided,
            });
        }
        if let Some(mixed) = &self.mixed {
            return vec![mixed.clone()];
        }
        all.extend(self.not_counted.clone());
        let is_idle = |finding: &&Finding| matches!(finding, Finding::ControllerIdle { .. });
        all.extend(self.unobserved.iter().filter(is_idle).cloned());
        // These say it too.
        if all.is_empty() {
            all.extend(self.manager.clone());
            let written = self.contradicted.as_ref().or(self.miscounted.as_ref());
            all.extend(written.cloned());
        }
        all.extend(self.flipping.clone());
        all.extend(self.refusal.clone());
        if !round.planner.knows_revisions() && !plan.is_undecided() && !stalls.is_empty() {
            all.push(Finding::ToldByGeneration {
                namespace: round.daemon_set().metadata.namespace.clone(),
                by_pods: Changes::shown(round).is_some_and(|it| it.is_partial),
                is_alike: is_all_alike(round),
            });
        }
        let failing = failing(round, stalls);
        let has_failing_revision = self.suspects.is_some()
            || (failing.iter()).any(|it| matches!(it, Finding::FailingRevision { .. }));
        let gone: BTreeSet<String> = match &self.suspects {
            Some(Finding::RevisionEndsNodes { nodes, .. }) => {
                nodes.iter().map(|node| node.node.clone()).collect()
            }
            _ => BTreeSet::new(),
        };
        all.extend(self.suspects.clone());
        let (of_revision, others): (Vec<_>, Vec<_>) = failing
            .into_iter()
            .partition(|it| matches!(it, Finding::FailingRevision { .. }));
        all.extend(of_revision);
        if let Err(error) = &round.view.limits {
            all.push(Finding::InvalidBudget {
                error: error.to_string(),
                waiting: round.outdated().count(),
            });
        }
        let by_hand = on_delete(round, stalls, &all);
        all.extend(by_hand);
        all.extend(self.budget_used_up(standing));
        all.extend(looping(round, stalls).or_else(|| self.failed_again.clone()));
        all.extend(stalls.rebooting());
        all.extend(stalls.shutting_down());
        let unhealthy = unhealthy(round, stalls, &gone);
        let waits = unhealthy.as_ref().and_then(|_| certificates(round));
        all.extend(unhealthy);
        all.extend(waits);
        all.extend(preempted(round));
        all.extend(others);
        all.extend(stuck_terminating(round, stalls));
        all.extend(on_missing_nodes(round));
        all.extend(self.course(standing));
        let may_take_more = standing == Standing::Progressing && may_end_nodes(round);
        if (standing == Standing::Blocked || may_take_more) && !has_failing_revision {
            all.extend(unproven(round, &all));
        }
        if !all.is_empty() && standing != Standing::Unclear {
            all.extend(strategy_written(round));
        }
        all.extend(self.circumstances());
        all.extend(self.end(standing, all.len()));
        if all.is_empty() {
            all.extend(self.course(Standing::Progressing));
        }
        all
    }

    fn budget_used_up(&self, standing: Standing) -> Option<Finding> {
        let used_up = standing == Standing::Blocked && self.is_used_up();
        let (field, limit) = self.limit().filter(|_| used_up)?;
        let used_by: Vec<String> = (self.stalls.permanent.iter().map(String::as_str))
            .chain(self.failed_again_on())
            .map(str::to_owned)
            .collect();
        let is_gone = |name: &&String| {
            let seen = self.round.view.node(name);
            seen.is_some_and(|seen| is_gone(self.round, seen))
        };
        Some(Finding::BudgetUsedUp {
            field,
            limit,
            gone: used_by.iter().filter(is_gone).cloned().collect(),
            used_by,
            waiting: self.round.view.waiting.for_turn,
        })
    }

    /// When the last grace period of terminating pods ends, where that takes long.
    fn ends_at(&self) -> Option<Timestamp> {
        let round = self.round;
        let nodes = self.stalls.terminating.iter();
        let nodes = nodes.filter_map(|name| round.view.node(name));
        let pods = nodes.flat_map(|node| &node.pods);
        let ends = pods.filter_map(|pod| pod.pod.metadata.deletion_timestamp);
        let last = ends.max()?;
        (last.seconds_since(round.view.now) > LONG_GRACE).then_some(last)
    }

    /// What passes with time.
    fn course(&self, standing: Standing) -> Vec<Finding> {
        let Self { round, stalls, .. } = self;
        let mut all = Vec::new();
        if standing == Standing::Progressing {
            let is_create = |action: &&Action| matches!(action, Action::CreatePod { .. });
            let creates = round.pod_actions().filter(is_create).count();
            all.push(Finding::Progressing {
                creates,
                deletes: round.pod_actions().count() - creates,
                starting: stalls.starting.clone(),
                unready: stalls.unready.clone(),
                terminating: stalls.terminating.clone(),
                until: self.ends_at(),
            });
            if creates > 0 {
                all.extend(refused_before(round));
            }
        }
        all.extend(stalls.room_to_come());
        all.extend(so_far(round, stalls));
        all.extend(pulling(round, stalls));
        let waiting = &stalls.waiting;
        if let (Some(&first), Some(&last)) = (waiting.iter().min(), waiting.iter().max()) {
            let nodes = waiting.len();
            let doubts = wavering(round).map(|it| it.told(round.view.now));
            let doubts = doubts.into_iter().chain(ahead(round));
            all.push(Finding::MinReadySeconds {
                nodes,
                first,
                last,
                notes: doubts.collect(),
            });
        }
        if let Some(&until) = stalls.backing_off.iter().min() {
            let pods = round.view.plan.deferred.backing_off;
            all.push(Finding::BackOff { pods, until });
        }
        all
    }

    /// What there is to know besides.
    fn circumstances(&self) -> Vec<Finding> {
        let round = self.round;
        let deferred = round.view.plan.deferred;
        let mut all = Vec::new();
        if let Some(not_observed @ Finding::NotObserved { .. }) = &self.unobserved {
            all.push(not_observed.clone());
        }
        if deferred.creates > 0 || deferred.deletes > 0 {
            all.push(Finding::Capped {
                creates: deferred.creates,
                deletes: deferred.deletes,
            });
        }
        let by_generation = generation_only(round);
        if deferred.unknown_hash > 0 && round.planner.knows_revisions() && by_generation.is_none() {
            let pods = deferred.unknown_hash;
            all.push(Finding::UnknownHashes { pods });
        }
        if round.view.waiting.for_spare > 0 {
            let pods = round.view.waiting.for_spare;
            all.push(Finding::KeptOutdated { pods });
        }
        all.extend(by_generation);
        all.extend(held_by_finalizers(round));
        all.extend(restarting(round));
        all.extend(misscheduled(round, &self.stalls.unhealthy));
        all.extend(earlier_set(round));
        all
    }

    /// What is said where there is nothing left to do, and of the nodes that are left out.
    fn end(&self, standing: Standing, before: usize) -> Vec<Finding> {
        let round = self.round;
        let nodes = usize::try_from(round.view.plan.status.desired_number_scheduled).unwrap_or(0);
        let mut all = Vec::new();
        if nodes == 0 && matches!(standing, Standing::Idle | Standing::Complete) {
            let nodes = round.view.plan.verdicts.len();
            let groups = left_out(round);
            let none = Finding::NoNodes { nodes, groups };
            return std::iter::once(none)
                .chain(left_by_revision(round))
                .collect();
        }
        all.extend(self.waits_for_itself.clone());
        let mut groups = missed(round);
        if let Some(Finding::WaitsForItself { nodes, .. }) = &self.waits_for_itself {
            groups.retain(|group| !group.nodes.iter().all(|node| nodes.contains(node)));
        }
        if !groups.is_empty() {
            all.push(Finding::LeftOut { groups });
        }
        all.extend(left_by_revision(round));
        let is_qualified = before > 0 && (generation_only(round).is_some());
        if standing == Standing::Complete && !is_qualified {
            let by_generation = !round.planner.knows_revisions();
            all.push(Finding::Complete {
                nodes,
                by_generation,
            });
        }
        all
    }
}

/// Whether a round has nothing left to do, even if the controller has yet to observe the spec.
pub(crate) fn is_done(round: &Round<'_>) -> bool {
    if !round.is_complete() {
        return false;
    }
    let case = Case {
        round,
        stalls: Stalls::new(round),
        not_given: None,
        refusal: None,
        manager: None,
        unobserved: None,
        contradicted: None,
        miscounted: None,
        not_counted: None,
        mixed: None,
        flipping: None,
        suspects: None,
        failed_again: None,
        waits_for_itself: None,
    };
    matches!(
        case.standing(),
        Standing::Complete | Standing::Waiting | Standing::Idle
    )
}

/// Without the loops that end with the round: an old pod is replaced by one of a template that has changed what it was
/// rejected for.
fn without_replaced<'r, 'a>(mut stalls: Stalls<'r, 'a>, round: &'r Round<'a>) -> Stalls<'r, 'a> {
    let deleted: BTreeSet<&str> = (round.pod_actions())
        .filter(|action| matches!(action, Action::DeletePod { .. }))
        .filter_map(node_of)
        .collect();
    let is_replaced = |said: &Said<'_, '_>| {
        let changes =
            Changes::of(round).filter(|_| !said.is_new && deleted.contains(said.node.name));
        changes.and_then(|it| it.behind(round, said)).is_some()
    };
    let (replaced, looping) = (stalls.looping.into_iter()).partition(|(said, _)| is_replaced(said));
    stalls.looping = looping;
    let replaced: Vec<_> = replaced;
    stalls
        .permanent
        .retain(|node| !replaced.iter().any(|(said, _)| said.node.name == node));
    (stalls.failing_leaving).extend(replaced.into_iter().map(|(said, _)| said));
    stalls
}

/// That the revision to which the rollout would go on is unproven, where something else holds it up.
fn unproven(round: &Round<'_>, found: &[Finding]) -> Option<Finding> {
    let is_held_up = found.iter().any(|finding| {
        matches!(
            finding,
            Finding::UnhealthyNodes { .. }
                | Finding::OnDelete { .. }
                | Finding::InvalidBudget { .. }
                | Finding::BudgetUsedUp { limit: ..=0, .. }
        )
    });
    // Pods that ran before have shown that it runs.
    let ran = found.iter().any(|finding| {
        matches!(
            finding,
            Finding::FailingPods {
                blame: Some(Blame::RanBefore { .. }),
                ..
            }
        )
    });
    if !is_held_up || ran || !round.is_unproven() {
        return None;
    }
    let got = round.view.nodes.iter().filter_map(new_of).count();
    Some(Finding::UnprovenRevision {
        hash: round.current_hash().map(str::to_owned),
        nodes: got,
        terminating: got.saturating_sub(round.updated()),
    })
}
