//! How a diagnosis is made of a round.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Action;
use daemonset::outcome::Outcome;
use daemonset::rollout::Strategy;

use crate::diagnosis::{Diagnosis, Standing};
use crate::finding::{BudgetField, Finding, Symptom};
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::stall::{Said, Stalls, labels, stuck};

/// How the round's rollout stands, and why.
pub(crate) fn diagnose(round: &Round<'_>) -> Diagnosis {
    let case = Case {
        round,
        stalls: Stalls::new(round),
    };
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
}

impl Case<'_, '_> {
    fn limit(&self) -> Option<(BudgetField, i64)> {
        let limits = self.round.limits()?;
        Some(match limits.max_surge {
            0 => (BudgetField::MaxUnavailable, limits.max_unavailable),
            surge => (BudgetField::MaxSurge, surge),
        })
    }

    /// Whether the budget stays used up, so that no node that waits for it is ever updated.
    fn is_used_up(&self) -> bool {
        let held = i64::try_from(self.stalls.permanent.len()).unwrap_or(i64::MAX);
        self.round.view.waiting.for_turn > 0 && self.limit().is_some_and(|(_, limit)| held >= limit)
    }

    fn standing(&self) -> Standing {
        let Self { round, stalls } = self;
        match round.view.plan.outcome {
            Outcome::SelectingAll | Outcome::Deleting => return Standing::Idle,
            Outcome::Collision => return Standing::Progressing,
            _ => {}
        }
        let has_outdated = round.outdated().next().is_some();
        let with_time = || {
            if !stalls.starting.is_empty() || !stalls.terminating.is_empty() {
                Some(Standing::Progressing)
            } else if stalls.waiting.is_empty() && stalls.backing_off.is_empty() {
                None
            } else {
                Some(Standing::Waiting)
            }
        };
        if round.view.plan.is_undecided() {
            Standing::Unclear
        } else if round.acts() {
            Standing::Progressing
        } else if has_outdated && (!round.is_rolling_update() || round.view.limits.is_err())
            || self.is_used_up()
        {
            Standing::Blocked
        } else if round.is_complete() {
            if round.is_unobserved() {
                Standing::Waiting
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
        let Self { round, stalls } = self;
        let plan = &round.view.plan;
        match plan.outcome {
            Outcome::SelectingAll => return vec![Finding::SelectingAll],
            Outcome::Deleting => return vec![Finding::Deleting],
            Outcome::Collision => return vec![Finding::Collision],
            _ => {}
        }
        let mut all = Vec::new();
        if plan.is_undecided() {
            all.push(Finding::RevisionsNotGiven {
                namespace: round.daemon_set().metadata.namespace.clone(),
                pods: plan.deferred.undecided,
            });
        }
        let failing_revision = self.failing_revision();
        let has_failing_revision = failing_revision.is_some();
        all.extend(failing_revision);
        if let Err(error) = &round.view.limits {
            all.push(Finding::InvalidBudget {
                error: error.to_string(),
                waiting: round.outdated().count(),
            });
        }
        if *round.planner.strategy() == Strategy::OnDelete {
            let nodes: Vec<_> = round.outdated().map(|node| node.name.to_owned()).collect();
            if !nodes.is_empty() {
                all.push(Finding::OnDelete { nodes });
            }
        }
        let used_up = standing == Standing::Blocked && self.is_used_up();
        if let Some((field, limit)) = self.limit().filter(|_| used_up) {
            all.push(Finding::BudgetUsedUp {
                field,
                limit,
                used_by: stalls.permanent.clone(),
                waiting: round.view.waiting.for_turn,
            });
        }
        all.extend(self.stalled(has_failing_revision));
        if plan.deferred.on_missing_nodes > 0 {
            let pods = plan.deferred.on_missing_nodes;
            all.push(Finding::PodsOnMissingNodes { pods });
        }
        all.extend(self.course(standing));
        if standing == Standing::Blocked && !has_failing_revision && round.is_unproven() {
            all.push(Finding::UnprovenRevision {
                hash: round.current_hash().map(str::to_owned),
                nodes: self.updated_nodes(),
            });
        }
        all.extend(self.circumstances());
        if standing == Standing::Complete {
            let nodes = usize::try_from(plan.status.desired_number_scheduled).unwrap_or(0);
            all.push(if nodes == 0 {
                let nodes = plan.verdicts.len();
                Finding::NoNodes { nodes }
            } else {
                Finding::Complete { nodes }
            });
        }
        all
    }

    /// What passes with time.
    fn course(&self, standing: Standing) -> Vec<Finding> {
        let Self { round, stalls } = self;
        let mut all = Vec::new();
        if standing == Standing::Progressing {
            let is_create = |action: &&Action| matches!(action, Action::CreatePod { .. });
            let creates = round.pod_actions().filter(is_create).count();
            all.push(Finding::Progressing {
                creates,
                deletes: round.pod_actions().count() - creates,
                starting: stalls.starting.clone(),
                terminating: stalls.terminating.clone(),
            });
        }
        let waiting = &stalls.waiting;
        if let (Some(&first), Some(&last)) = (waiting.iter().min(), waiting.iter().max()) {
            let nodes = waiting.len();
            all.push(Finding::MinReadySeconds { nodes, first, last });
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
        let set = round.daemon_set();
        let mut all = Vec::new();
        if round.is_unobserved() {
            all.push(Finding::NotObserved {
                generation: set.metadata.generation,
                observed: set.status.observed_generation,
            });
        }
        if deferred.creates > 0 || deferred.deletes > 0 {
            all.push(Finding::Capped {
                creates: deferred.creates,
                deletes: deferred.deletes,
            });
        }
        if deferred.unknown_hash > 0 && round.planner.knows_revisions() {
            let pods = deferred.unknown_hash;
            all.push(Finding::UnknownHashes { pods });
        }
        if round.view.waiting.for_spare > 0 {
            let pods = round.view.waiting.for_spare;
            all.push(Finding::KeptOutdated { pods });
        }
        all
    }

    fn updated_nodes(&self) -> usize {
        let nodes = self.round.view.nodes.iter();
        let has_updated =
            |node: &&NodeSeen<'_>| staying_of(node, PodRevision::New).next().is_some();
        nodes.filter(has_updated).count()
    }

    fn failing_revision(&self) -> Option<Finding> {
        let nodes = &self.round.view.nodes;
        let available = self.round.available_updated();
        let failing = &self.stalls.failing_new;
        let has_older = !self.round.planner.old_revisions().is_empty()
            || (nodes.iter()).any(|node| staying_of(node, PodRevision::Old).next().is_some());
        (has_older && failing.len() > available).then(|| Finding::FailingRevision {
            hash: self.round.current_hash().map(str::to_owned),
            failing: names(failing),
            symptoms: tallied(failing),
            available,
            old_available: nodes.iter().filter(|node| node.runs_old()).count(),
        })
    }

    /// What is found of stalled nodes.
    fn stalled(&self, has_failing_revision: bool) -> Vec<Finding> {
        let Self { round, stalls } = self;
        let mut all = Vec::new();
        if !stalls.unhealthy.is_empty() {
            let nodes = stalls.unhealthy.clone();
            all.push(Finding::UnhealthyNodes { nodes });
        }
        let mut failing = stalls.failing.clone();
        if !has_failing_revision {
            failing.extend(stalls.failing_new.iter().cloned());
        }
        failing.sort_by_key(|(node, _)| node.name);
        if !failing.is_empty() {
            all.push(Finding::FailingPods {
                nodes: names(&failing),
                symptoms: tallied(&failing),
                available: round.available_updated(),
                only_there: self.only_there(&failing),
            });
        }
        if !stalls.unscheduled.is_empty() {
            let mut symptoms = tallied(&stalls.unscheduled);
            symptoms.retain(|said| !said.symptom.is_empty());
            all.push(Finding::UnscheduledPods {
                nodes: names(&stalls.unscheduled),
                symptoms,
            });
        }
        if !stalls.stuck.is_empty() {
            let pods = || (stalls.stuck.iter()).flat_map(|node| stuck(node, round.view.now));
            let finalizers: BTreeSet<_> = pods()
                .flat_map(|pod| pod.metadata.finalizers.iter().cloned())
                .collect();
            all.push(Finding::StuckTerminating {
                nodes: (stalls.stuck.iter())
                    .map(|node| node.name.to_owned())
                    .collect(),
                pods: pods().map(|pod| pod.metadata.name.clone()).collect(),
                finalizers: finalizers.into_iter().collect(),
            });
        }
        all
    }

    /// The labels that all of these nodes have, and none on which a pod of the current revision
    /// is available. With fewer than two on either side nothing can be told.
    fn only_there(&self, failing: &[Said<'_, '_>]) -> Vec<String> {
        let nodes = self.round.view.nodes.iter();
        let working: Vec<_> = nodes.filter(|node| node.runs_updated()).collect();
        let Some(((first, _), others)) = failing.split_first() else {
            return Vec::new();
        };
        if others.is_empty() || working.len() < 2 {
            return Vec::new();
        }
        let mut shared: BTreeSet<_> = labels(first).collect();
        for (node, _) in others {
            shared = labels(node)
                .filter(|label| shared.contains(label))
                .collect();
        }
        for node in working {
            if shared.is_empty() {
                break;
            }
            for label in labels(node) {
                shared.remove(&label);
            }
        }
        let shared = shared.into_iter();
        shared
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }
}

fn names(nodes: &[Said<'_, '_>]) -> Vec<String> {
    nodes.iter().map(|(node, _)| node.name.to_owned()).collect()
}

/// How often each is said, the most frequent first.
fn tallied(said: &[Said<'_, '_>]) -> Vec<Symptom> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in said {
        *counts.entry(text).or_default() += 1;
    }
    let mut symptoms: Vec<_> = counts
        .into_iter()
        .map(|(symptom, pods)| Symptom {
            symptom: symptom.to_owned(),
            pods,
        })
        .collect();
    symptoms.sort_by_key(|said| std::cmp::Reverse(said.pods));
    symptoms
}

/// The place of the primary finding.
fn primary(standing: Standing, findings: &[Finding]) -> usize {
    let place = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().position(wanted);
    let always = place(&|finding| {
        matches!(
            finding,
            Finding::RevisionsNotGiven { .. } | Finding::FailingRevision { .. }
        )
    });
    let blocked = || {
        let first = place(&|finding| match finding {
            Finding::OnDelete { .. } => true,
            Finding::InvalidBudget { waiting, .. } => *waiting > 0,
            Finding::BudgetUsedUp { limit, .. } => *limit <= 0,
            _ => false,
        });
        let heaviest = findings.iter().map(Finding::weight).max().unwrap_or(0);
        first.or_else(|| place(&|finding| heaviest > 0 && finding.weight() == heaviest))
    };
    let by_standing = || match standing {
        Standing::Idle | Standing::Unclear => Some(0),
        Standing::Blocked => blocked(),
        Standing::Progressing => place(&|f| matches!(f, Finding::Progressing { .. })),
        Standing::Waiting => place(&|f| matches!(f, Finding::MinReadySeconds { .. }))
            .or_else(|| place(&|f| matches!(f, Finding::BackOff { .. })))
            .or_else(|| place(&|f| matches!(f, Finding::NotObserved { .. }))),
        Standing::Complete => {
            place(&|f| matches!(f, Finding::Complete { .. } | Finding::NoNodes { .. }))
        }
    };
    always.or_else(by_standing).unwrap_or(0)
}

/// Whether a round has nothing left to do, even if the controller has yet to observe the spec.
pub(crate) fn is_done(round: &Round<'_>) -> bool {
    let case = Case {
        round,
        stalls: Stalls::new(round),
    };
    round.is_complete() && matches!(case.standing(), Standing::Complete | Standing::Waiting)
}
