//! How a rollout is judged.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnosis::{Diagnosis, Standing};
use super::finding::{Finding, PodFault};
use super::holdup::HeldUp;
use super::survey::{Site, Survey};
use crate::action::Action;
use crate::node_state::Shape;
use crate::plan::Outcome;
use crate::rollout::Strategy;

impl Survey<'_> {
    /// The nodes that have an old pod to be replaced.
    pub(super) fn outdated(&self) -> impl Iterator<Item = &Site<'_>> {
        self.sites.iter().filter(|site| {
            let shape = site.state.shape;
            site.state.counts.desired && matches!(shape, Shape::Old { .. })
        })
    }

    pub(super) fn judge(&self) -> Diagnosis {
        let held_up = HeldUp::new(self);
        let standing = self.standing(&held_up);
        let mut findings = self.findings(standing, &held_up);
        let primary = primary(standing, &findings);
        Diagnosis {
            standing,
            primary: findings.remove(primary),
            others: findings,
            status: self.plan.status.clone(),
        }
    }

    fn has_no_revision(&self) -> bool {
        let creates = |action: &Action| matches!(action, Action::CreateRevision { .. });
        self.plan.left.unknown_hash > 0
            && self.planner.revisions.old.is_empty()
            && self.plan.actions.iter().any(creates)
    }

    fn limit(&self) -> Option<(&'static str, i64)> {
        match self.limits {
            Ok(Some(limits)) if limits.max_surge == 0 => {
                Some(("maxUnavailable", limits.max_unavailable))
            }
            Ok(Some(limits)) => Some(("maxSurge", limits.max_surge)),
            _ => None,
        }
    }

    /// Whether the budget is held for good, so that nobody who waits for it ever gets a turn.
    fn is_unworkable(&self, held_up: &HeldUp<'_>) -> bool {
        let held = i64::try_from(held_up.permanent).unwrap_or(i64::MAX);
        self.line.for_turn > 0 && self.limit().is_some_and(|(_, limit)| held >= limit)
    }

    fn standing(&self, held_up: &HeldUp<'_>) -> Standing {
        match self.plan.outcome {
            Outcome::SelectingAll | Outcome::Deleting => return Standing::Idle,
            Outcome::Collision => return Standing::Progressing,
            _ => {}
        }
        let status = &self.plan.status;
        let desired = status.desired_number_scheduled;
        let has_outdated = self.outdated().next().is_some();
        let by_itself = || {
            if !held_up.starting.is_empty() || !held_up.leaving.is_empty() {
                Some(Standing::Progressing)
            } else if held_up.waiting.is_empty() && held_up.held.is_empty() {
                None
            } else {
                Some(Standing::Waiting)
            }
        };
        if self.has_no_revision() {
            Standing::Unclear
        } else if self.acts() {
            Standing::Progressing
        } else if has_outdated && (!self.is_rolling_update() || self.limits.is_err())
            || self.is_unworkable(held_up)
        {
            Standing::Blocked
        } else if self.line.for_turn == 0
            && status.updated_number_scheduled == desired
            && status.number_available == desired
        {
            if self.not_observed() {
                Standing::Waiting
            } else {
                Standing::Complete
            }
        } else {
            // Where nothing holds it up the figures are about to change.
            let otherwise = if held_up.is_empty() {
                Standing::Progressing
            } else {
                Standing::Blocked
            };
            by_itself().unwrap_or(otherwise)
        }
    }

    fn not_observed(&self) -> bool {
        let set = &self.planner.set;
        set.metadata.generation > set.status.observed_generation
    }

    /// Everything that holds, in the order of the variants; never empty.
    fn findings(&self, standing: Standing, held_up: &HeldUp<'_>) -> Vec<Finding> {
        let left = self.plan.left;
        match self.plan.outcome {
            Outcome::SelectingAll => return vec![Finding::SelectingAll],
            Outcome::Deleting => return vec![Finding::Deleting],
            Outcome::Collision => return vec![Finding::Collision],
            _ => {}
        }
        let mut all = Vec::new();
        if self.has_no_revision() {
            let pods = left.unknown_hash;
            all.push(Finding::UnknownRevisions { pods });
        }
        let new_revision = self.new_revision(held_up);
        let has_new_revision = new_revision.is_some();
        all.extend(new_revision);
        if let Err(error) = &self.limits {
            all.push(Finding::InvalidBudget {
                error: error.to_string(),
                waiting: self.outdated().count(),
            });
        }
        if self.planner.strategy == Strategy::OnDelete {
            let nodes: Vec<_> = self.outdated().map(|site| site.name.to_owned()).collect();
            if !nodes.is_empty() {
                all.push(Finding::OnDelete { nodes });
            }
        }
        let unworkable = standing == Standing::Blocked && self.is_unworkable(held_up);
        if let Some((field, limit)) = self.limit().filter(|_| unworkable) {
            all.push(Finding::UnworkableBudget {
                field,
                limit,
                held: held_up.permanent,
                waiting: self.line.for_turn,
            });
        }
        all.extend(self.holdups(held_up, has_new_revision));
        if left.stranded > 0 {
            let pods = left.stranded;
            all.push(Finding::StrandedPods { pods });
        }
        all.extend(self.course(standing, held_up));
        if standing == Standing::Blocked && !has_new_revision && self.is_unproven() {
            all.push(Finding::UnprovenRevision {
                hash: self.planner.revisions.current.hash.clone(),
                nodes: self.updated_nodes(),
            });
        }
        all.extend(self.circumstances());
        if standing == Standing::Complete {
            let nodes = usize::try_from(self.plan.status.desired_number_scheduled).unwrap_or(0);
            all.push(if nodes == 0 {
                let nodes = self.plan.placements.len();
                Finding::NoNodes { nodes }
            } else {
                Finding::Complete { nodes }
            });
        }
        all
    }

    /// What goes on by itself.
    fn course(&self, standing: Standing, held_up: &HeldUp<'_>) -> Vec<Finding> {
        let mut all = Vec::new();
        if standing == Standing::Progressing {
            let is_create = |action: &&Action| matches!(action, Action::CreatePod { .. });
            let creates = self.turns().filter(is_create).count();
            all.push(Finding::Progressing {
                creates,
                deletes: self.turns().count() - creates,
                starting: held_up.starting.clone(),
                leaving: held_up.leaving.clone(),
            });
        }
        if let (Some(&first), Some(&last)) =
            (held_up.waiting.iter().min(), held_up.waiting.iter().max())
        {
            let nodes = held_up.waiting.len();
            all.push(Finding::MinReadySeconds { nodes, first, last });
        }
        if let Some(&until) = held_up.held.iter().min() {
            let pods = self.plan.left.held;
            all.push(Finding::BackOff { pods, until });
        }
        all
    }

    /// What there is to know besides.
    fn circumstances(&self) -> Vec<Finding> {
        let left = self.plan.left;
        let set = &self.planner.set;
        let mut all = Vec::new();
        if self.not_observed() {
            all.push(Finding::NotObserved {
                generation: set.metadata.generation,
                observed: set.status.observed_generation,
            });
        }
        if left.creates > 0 || left.deletes > 0 {
            all.push(Finding::Capped {
                creates: left.creates,
                deletes: left.deletes,
            });
        }
        if left.unknown_hash > 0 && !self.has_no_revision() {
            let pods = left.unknown_hash;
            all.push(Finding::UnknownHashes { pods });
        }
        if self.line.to_spare > 0 {
            let pods = self.line.to_spare;
            all.push(Finding::KeptOutdated { pods });
        }
        all
    }

    fn updated_nodes(&self) -> usize {
        let has_updated = |site: &&Site<'_>| site.staying_of(true).next().is_some();
        self.sites.iter().filter(has_updated).count()
    }

    fn available_updated(&self) -> usize {
        self.sites.iter().filter(|site| site.runs_updated()).count()
    }

    /// Whether old pods wait, and none of the new ones has been available.
    pub(super) fn is_unproven(&self) -> bool {
        self.outdated().next().is_some() && self.available_updated() == 0
    }

    fn new_revision(&self, held_up: &HeldUp<'_>) -> Option<Finding> {
        let available = self.available_updated();
        let failing = &held_up.failing_new;
        let has_older = !self.planner.revisions.old.is_empty()
            || (self.sites.iter()).any(|site| site.staying_of(false).next().is_some());
        (has_older && failing.len() > available).then(|| Finding::NewRevision {
            hash: self.planner.revisions.current.hash.clone(),
            failing: names(failing),
            faults: tallied(failing),
            available,
            old_available: self.sites.iter().filter(|site| site.runs_old()).count(),
        })
    }

    /// What is found of nodes that are held up.
    fn holdups(&self, held_up: &HeldUp<'_>, is_new_revision: bool) -> Vec<Finding> {
        let mut all = Vec::new();
        if !held_up.bad.is_empty() {
            let nodes = held_up.bad.clone();
            all.push(Finding::BadNodes { nodes });
        }
        let mut failing = held_up.failing.clone();
        if !is_new_revision {
            failing.extend(held_up.failing_new.iter().cloned());
        }
        failing.sort_by_key(|(site, _)| site.name);
        if !failing.is_empty() {
            all.push(Finding::FailingPods {
                nodes: names(&failing),
                faults: tallied(&failing),
                available: self.available_updated(),
                only_there: self.only_there(&failing),
            });
        }
        if !held_up.unscheduled.is_empty() {
            all.push(Finding::UnscheduledPods {
                nodes: names(&held_up.unscheduled),
                faults: tallied(&held_up.unscheduled),
            });
        }
        if !held_up.hanging.is_empty() {
            let hanging = || {
                held_up
                    .hanging
                    .iter()
                    .flat_map(|site| site.hanging(self.now))
            };
            let finalizers: BTreeSet<_> = hanging()
                .flat_map(|pod| pod.metadata.finalizers.clone())
                .collect();
            all.push(Finding::HangingPods {
                nodes: held_up
                    .hanging
                    .iter()
                    .map(|site| site.name.to_owned())
                    .collect(),
                pods: hanging().map(|pod| pod.metadata.name.clone()).collect(),
                finalizers: finalizers.into_iter().collect(),
            });
        }
        all
    }

    /// The labels that all of these nodes have, and none on which a pod of the current revision
    /// is available. With fewer than two on either side nothing can be told.
    fn only_there(&self, failing: &[(&Site<'_>, String)]) -> Vec<String> {
        let working: Vec<_> = self
            .sites
            .iter()
            .filter(|site| site.runs_updated())
            .collect();
        let (Some((first, _)), true) = (failing.first(), failing.len() > 1 && working.len() > 1)
        else {
            return Vec::new();
        };
        let label = |site: &Site<'_>, key: &str| -> Option<String> {
            Some(site.node?.metadata.labels.get(key)?.to_owned())
        };
        let labels = first
            .node
            .iter()
            .flat_map(|node| node.metadata.labels.iter());
        labels
            .filter(|(key, value)| {
                let has = |site: &Site<'_>| label(site, key).as_deref() == Some(value);
                failing.iter().all(|(site, _)| has(site)) && !working.iter().any(|site| has(site))
            })
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }
}

fn names(sites: &[(&Site<'_>, String)]) -> Vec<String> {
    sites.iter().map(|(site, _)| site.name.to_owned()).collect()
}

/// How often each is said, the most frequent first.
fn tallied(said: &[(&Site<'_>, String)]) -> Vec<PodFault> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in said {
        *counts.entry(text).or_default() += 1;
    }
    let mut faults: Vec<_> = counts
        .into_iter()
        .map(|(fault, pods)| PodFault {
            fault: fault.to_owned(),
            pods,
        })
        .collect();
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.pods));
    faults
}

/// The place of the primary finding.
fn primary(standing: Standing, findings: &[Finding]) -> usize {
    let place = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().position(wanted);
    let always = place(&|finding| {
        matches!(
            finding,
            Finding::UnknownRevisions { .. } | Finding::NewRevision { .. }
        )
    });
    let blocked = || {
        let first = place(&|finding| match finding {
            Finding::OnDelete { .. } => true,
            Finding::InvalidBudget { waiting, .. } => *waiting > 0,
            Finding::UnworkableBudget { limit, .. } => *limit <= 0,
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
