//! What would get a rollout moving.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{DaemonSet, IntOrString, Pod};
use daemonset::rollout::{Budget, Strategy};
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Action, Cluster, Planner};

use super::attempt::{Attempts, continues};
use super::{Caution, Effect, Fix, minimal};
use crate::diagnose::is_done;
use crate::diagnosis::{Diagnosis, Standing};
use crate::edit::Edit;
use crate::edited::{Step, edited_set};
use crate::finding::Finding;
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::stall::Stall;

/// How many nodes and pods a fix may remove; beyond them it is no small edit.
const MOST_REMOVED: usize = 16;

/// How many of the pods that have to be deleted by hand are listed.
const MOST_DELETED: usize = 100;

/// The smallest edits that get the rollout moving, the best first; none where it moves without,
/// unless the new revision fails.
pub(crate) fn rollout_fixes<'a>(
    round: &Round<'a>,
    cluster: &'a Cluster<'a>,
    diagnosis: &Diagnosis,
) -> Vec<Fix> {
    let fails = matches!(diagnosis.primary, Finding::FailingRevision { .. });
    if diagnosis.standing != Standing::Blocked && !fails {
        return Vec::new();
    }
    let mut stuck = Stuck {
        round,
        cluster,
        desired: diagnosis.status.desired_number_scheduled,
        attempts: None,
    };
    match diagnosis.primary {
        Finding::FailingRevision { .. } => return stuck.roll_back().into_iter().collect(),
        Finding::OnDelete { .. } => return stuck.delete_by_hand().into_iter().collect(),
        _ => {}
    }
    let mut fixes = Vec::new();
    for unhealthy in [Unhealthy::Repaired, Unhealthy::Deleted] {
        let fix = stuck.nodes_and_pods(unhealthy);
        fixes.extend(fix.filter(|fix| !fixes.contains(fix)));
    }
    fixes.extend(stuck.budget());
    fixes
}

/// What becomes of an unhealthy node.
#[derive(Clone, Copy)]
enum Unhealthy {
    Repaired,
    Deleted,
}

/// A rollout that may need help.
struct Stuck<'r, 'a> {
    round: &'r Round<'a>,
    cluster: &'a Cluster<'a>,
    desired: i32,
    /// Made when it is first needed.
    attempts: Option<Attempts<'r, 'a>>,
}

impl Stuck<'_, '_> {
    /// What comes of steps that concern nodes and pods.
    fn effect(&mut self, steps: &[Step]) -> Option<Effect> {
        let round = self.round;
        let attempts =
            (self.attempts).get_or_insert_with(|| Attempts::new(round, round.planner.clone()));
        attempts.effect(steps)
    }

    /// The planner of the set once it is edited.
    fn planner_after(&self, edits: &[Edit]) -> Option<Planner> {
        let set = self.set_after(edits)?;
        let options = self.round.planner.options();
        Planner::in_cluster(&set, self.cluster, options).ok()
    }

    /// What comes of edits of the set.
    fn effect_of(&self, planner: &Planner) -> Option<Effect> {
        continues(&planner.plan(self.cluster)).or_else(|| {
            let round = Round::new(planner.clone(), self.cluster);
            is_done(&round).then_some(Effect::Completes)
        })
    }

    fn set_after(&self, edits: &[Edit]) -> Option<DaemonSet> {
        let steps: Vec<_> = edits.iter().cloned().map(Step::Edit).collect();
        let revisions = self.cluster.revisions().unwrap_or_default();
        edited_set(self.round.daemon_set(), revisions, &steps).ok()
    }

    /// Back to the revision that most available old pods are of, or else to the newest old one.
    fn roll_back(&self) -> Option<Fix> {
        let mut available: BTreeMap<&str, usize> = BTreeMap::new();
        let nodes = self.round.view.nodes.iter();
        for node in nodes.filter(|node| node.runs_old()) {
            for pod in staying_of(node, PodRevision::Old) {
                let hash = pod.pod.metadata.labels.get(CONTROLLER_REVISION_HASH);
                *available.entry(hash.unwrap_or_default()).or_default() += 1;
            }
        }
        let old = self.round.planner.old_revisions().iter();
        let target = old.max_by_key(|revision| {
            let pods = available.get(revision.hash.as_str());
            (pods.copied().unwrap_or(0), revision.revision)
        })?;
        let edit = Edit::RollBack {
            revision: target.revision,
        };
        // It only helps if it leads to that very revision and acts on it.
        let after = self.planner_after(std::slice::from_ref(&edit))?;
        if after.current_revision().name != target.name {
            return None;
        }
        let effect = self.effect_of(&after)?;
        Some(Fix::new(vec![Step::Edit(edit)], effect, Vec::new()))
    }

    /// With `OnDelete`: every old pod where there should be a new one, the first hundred.
    fn delete_by_hand(&self) -> Option<Fix> {
        let pods: Vec<(&str, &Pod)> = (self.round.outdated())
            .flat_map(|node| staying_of(node, PodRevision::Old).map(|pod| (node.name, pod.pod)))
            .take(MOST_DELETED)
            .collect();
        let step = |(node, pod): &(&str, &Pod)| {
            Step::Edit(Edit::DeletePod {
                pod: pod.metadata.name.clone(),
                node: (*node).to_owned(),
            })
        };
        let steps: Vec<_> = pods.iter().map(step).collect();
        // However many there are: they may be deleted one after the other.
        let uncapped = (self.round.planner.options().clone()).with_burst_replicas(usize::MAX);
        let set = self.round.daemon_set();
        let planner = Planner::in_cluster(set, self.cluster, &uncapped).ok()?;
        let after = Attempts::new(self.round, planner).plan(&steps)?;
        let created: BTreeSet<&str> = (after.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.as_str()),
                _ => None,
            })
            .collect();
        let helped = pods.iter().filter(|(node, _)| created.contains(node));
        let nodes: BTreeSet<_> = helped.clone().map(|(node, _)| (*node).to_owned()).collect();
        let steps: Vec<_> = helped.map(step).collect();
        let effect = Effect::NewPods {
            nodes: nodes.into_iter().collect(),
        };
        (!steps.is_empty()).then(|| Fix::new(steps, effect, self.unproven()))
    }

    fn unproven(&self) -> Vec<Caution> {
        let unproven = self.round.is_unproven();
        (unproven.then_some(Caution::UnprovenRevision))
            .into_iter()
            .collect()
    }

    /// The fewest nodes to repair or delete, and pods to remove, that get it moving.
    fn nodes_and_pods(&mut self, unhealthy: Unhealthy) -> Option<Fix> {
        let round = self.round;
        let is_unhealthy = |node: &&NodeSeen<'_>| {
            node.node.is_some() && matches!(Stall::of(node, round), Some(Stall::UnhealthyNode(_)))
        };
        let nodes = round.view.nodes.iter().filter(is_unhealthy);
        let nodes = nodes.take(MOST_REMOVED).map(|node| {
            let node = node.name.to_owned();
            match unhealthy {
                Unhealthy::Repaired => Step::Repair { node },
                Unhealthy::Deleted => Step::Edit(Edit::DeleteNode { node }),
            }
        });
        let mut steps: Vec<_> = nodes.collect();
        let room = MOST_REMOVED - steps.len();
        steps.extend(stuck_pods(round).take(room).map(Step::Edit));
        let fewest = self.shortest_prefix(&steps)?;
        steps.truncate(fewest);
        let steps = minimal(steps, |steps| self.effect(steps).is_some())?;
        let effect = self.effect(&steps)?;
        Some(Fix::new(steps, effect, self.unproven()))
    }

    /// How many of the steps it takes, from the first on: what helps still helps with more.
    fn shortest_prefix(&mut self, steps: &[Step]) -> Option<usize> {
        if steps.is_empty() || self.effect(steps).is_none() {
            return None;
        }
        let (mut too_few, mut enough) = (0, steps.len());
        while too_few + 1 < enough {
            let middle = usize::midpoint(too_few, enough);
            if self.effect(&steps[..middle]).is_some() {
                enough = middle;
            } else {
                too_few = middle;
            }
        }
        Some(enough)
    }

    /// The smallest budget that has room for the next node.
    fn budget(&self) -> Option<Fix> {
        let Strategy::RollingUpdate {
            max_unavailable,
            max_surge,
        } = self.round.planner.strategy()
        else {
            return None;
        };
        let mut edits = match self.round.view.budget {
            Some(Budget::Unavailable { unavailable, .. }) => vec![Edit::SetMaxUnavailable {
                value: one_more(unavailable)?,
            }],
            Some(Budget::Surge { surging, .. }) => vec![Edit::SetMaxSurge {
                value: one_more(surging)?,
            }],
            // One of them does not read, or both.
            None => {
                let mut edits = Vec::new();
                if max_surge.scaled(1).is_err() {
                    let value = IntOrString::Int(0);
                    edits.push(Edit::SetMaxSurge { value });
                }
                if max_unavailable.scaled(1).is_err() {
                    let value = IntOrString::Int(1);
                    edits.push(Edit::SetMaxUnavailable { value });
                }
                edits
            }
        };
        let mut after = self.planner_after(&edits)?;
        let mut effect = self.effect_of(&after);
        if self.round.view.budget.is_none() && effect.is_none() {
            // One that reads, but is used up already.
            let spent = match after.view(self.cluster).budget? {
                Budget::Unavailable { unavailable, .. } => unavailable,
                Budget::Surge { surging, .. } => surging,
            };
            edits.retain(|edit| !matches!(edit, Edit::SetMaxUnavailable { .. }));
            edits.push(Edit::SetMaxUnavailable {
                value: one_more(spent)?,
            });
            after = self.planner_after(&edits)?;
            effect = self.effect_of(&after);
        }
        let effect = effect?;
        let mut cautions = self.unproven();
        let limit = edits.iter().find_map(|edit| match edit {
            Edit::SetMaxUnavailable {
                value: IntOrString::Int(limit),
            } => Some(i64::from(*limit)),
            _ => None,
        });
        let desired = self.desired;
        if let Some(limit) = limit.filter(|limit| limit.saturating_mul(2) > desired.into()) {
            cautions.push(Caution::ManyAtOnce { limit, desired });
        }
        let steps = edits.into_iter().map(Step::Edit).collect();
        Some(Fix::new(steps, effect, cautions))
    }
}

/// A budget with room for one more than this.
fn one_more(spent: i64) -> Option<IntOrString> {
    let value = i32::try_from(spent.saturating_add(1).max(1)).ok()?;
    Some(IntOrString::Int(value))
}

/// The edits that remove pods that are stuck on healthy nodes, and pods on missing nodes.
fn stuck_pods<'r>(round: &'r Round<'_>) -> impl Iterator<Item = Edit> + 'r {
    let nodes = round.view.nodes.iter().filter(|node| {
        node.node.is_none() || Stall::of(node, round) == Some(Stall::StuckTerminating)
    });
    let pods = nodes.flat_map(|node| node.pods.iter().map(|pod| (node.name, pod.pod)));
    pods.map(|(node, pod)| {
        let (node, name) = (node.to_owned(), pod.metadata.name.clone());
        match pod.metadata.finalizers.as_slice() {
            [] => Edit::ForceDeletePod { pod: name, node },
            finalizers => Edit::RemoveFinalizers {
                pod: name,
                node,
                finalizers: finalizers.to_vec(),
            },
        }
    })
}
