//! What would get a rollout moving.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnosis::{Diagnosis, Standing};
use super::edit::{Edit, Inputs};
use super::finding::Finding;
use super::fixes::{ACTIONS_GIVEN, Caution, Effect, Fix, minimal};
use super::holdup::Holdup;
use super::survey::Survey;
use crate::action::Action;
use crate::api::{ControllerRevision, IntOrString, Node, Pod};
use crate::plan::Planner;
use crate::rollout::{Budget, Strategy};

/// How many nodes and pods a suggestion may get out of the way; beyond them it is no small edit.
const MOST_REMOVED: usize = 16;

/// How many of the pods that somebody has to delete by hand are listed.
const MOST_DELETED: usize = 100;

impl Planner {
    /// The smallest edits that get the rollout moving, the best first; none where it moves by
    /// itself, unless the new revision fails. `revisions` are the ones that the planner knows.
    ///
    /// Each was tried on a copy and planned again: the next round acts, or the rollout is
    /// complete. Where the new revision fails, going back is offered and nothing that would
    /// spread it. Whether a repaired node's pods get ready nobody knows; it is assumed. Nodes and
    /// pods to get out of the way are offered up to sixteen at once, old pods to delete by hand
    /// (`OnDelete`) up to a hundred.
    ///
    /// ```
    /// use daemonset::Planner;
    /// use daemonset::api::DaemonSet;
    ///
    /// let agent: DaemonSet = serde_json::from_value(serde_json::json!({
    ///     "metadata": {"name": "agent"},
    ///     "spec": {"selector": {"matchLabels": {"app": "agent"}}},
    /// }))?;
    /// assert!(Planner::new(&agent)?.rollout_fixes(&[], &[], &[]).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rollout_fixes(
        &self,
        nodes: &[Node],
        pods: &[Pod],
        revisions: &[ControllerRevision],
    ) -> Vec<Fix> {
        let survey = self.survey(nodes, pods);
        let diagnosis = survey.judge();
        let fails = matches!(diagnosis.primary, Finding::NewRevision { .. });
        if diagnosis.standing != Standing::Blocked && !fails {
            return Vec::new();
        }
        let stuck = Stuck {
            diagnosis,
            inputs: Inputs {
                set: self.set.clone(),
                nodes: nodes.to_vec(),
                pods: pods.to_vec(),
                revisions: revisions.to_vec(),
            },
            survey,
        };
        stuck.fixes()
    }
}

/// A rollout that may need help.
struct Stuck<'a> {
    survey: Survey<'a>,
    diagnosis: Diagnosis,
    inputs: Inputs,
}

impl Stuck<'_> {
    fn fixes(&self) -> Vec<Fix> {
        match self.diagnosis.primary {
            Finding::NewRevision { .. } => return self.roll_back().into_iter().collect(),
            Finding::OnDelete { .. } => return self.delete_by_hand().into_iter().collect(),
            _ => {}
        }
        let mut fixes = Vec::new();
        for out_of_the_way in [Removal::Repaired, Removal::Removed] {
            let fix = self.nodes_and_pods(out_of_the_way);
            fixes.extend(fix.filter(|fix| !fixes.contains(fix)));
        }
        fixes.extend(self.budget());
        fixes
    }

    /// What comes of the edits, if they help.
    fn effect(&self, edits: &[Edit]) -> Option<Effect> {
        let edited = self.inputs.with(edits)?;
        let planner = (self.survey.planner).again(&edited, self.survey.now)?;
        let after = planner.survey(&edited.nodes, &edited.pods);
        if after.acts() {
            Some(Effect::RoundActs {
                actions: after.turns().take(ACTIONS_GIVEN).cloned().collect(),
                in_all: after.turns().count(),
            })
        } else {
            (after.judge().standing == Standing::Complete).then_some(Effect::Completes)
        }
    }

    fn works(&self, edits: &[Edit]) -> bool {
        self.effect(edits).is_some()
    }

    fn fix(&self, edits: Vec<Edit>) -> Option<Fix> {
        let effect = self.effect(&edits)?;
        // Whoever goes back need not be told that the new revision is a risk.
        let goes_back = edits.iter().any(Edit::changes_template);
        let cautions = self.unproven().filter(|_| !goes_back).into_iter().collect();
        Some(Fix {
            edits,
            effect,
            cautions,
        })
    }

    /// Back to the revision that most available old pods are of, or else to the newest old one.
    fn roll_back(&self) -> Option<Fix> {
        let mut available: BTreeMap<&str, usize> = BTreeMap::new();
        for site in self.survey.sites.iter().filter(|site| site.runs_old()) {
            for (_, pod) in site.staying_of(false) {
                let hash = pod.metadata.labels.get(crate::api::HASH_LABEL);
                *available.entry(hash.unwrap_or_default()).or_default() += 1;
            }
        }
        let old = &self.survey.planner.revisions.old;
        let target = old.iter().max_by_key(|revision| {
            let pods = available.get(revision.hash.as_str());
            (pods.copied().unwrap_or(0), revision.number)
        })?;
        let edits = vec![Edit::RollBack {
            revision: target.number,
        }];
        // It only helps if it leads to that very revision and acts on it.
        let edited = self.inputs.with(&edits)?;
        let planner = (self.survey.planner).again(&edited, self.survey.now)?;
        if planner.revisions.current.name != target.name {
            return None;
        }
        self.fix(edits)
    }

    /// With `OnDelete`: every old pod where there should be a new one, the first hundred.
    fn delete_by_hand(&self) -> Option<Fix> {
        let pods: Vec<_> = (self.survey.outdated())
            .flat_map(|site| site.staying_of(false).map(|(_, pod)| (site.name, *pod)))
            .take(MOST_DELETED)
            .collect();
        let edit = |(node, pod): &(&str, &Pod)| Edit::DeletePod {
            pod: pod.metadata.name.clone(),
            node: (*node).to_owned(),
        };
        let edits: Vec<_> = pods.iter().map(edit).collect();
        let edited = self.inputs.with(&edits)?;
        // However many there are: they may be deleted one after the other.
        let planner = (self.survey.planner).again(&edited, self.survey.now)?;
        let after = planner.burst_replicas(usize::MAX);
        let after = after.plan(&edited.nodes, &edited.pods);
        let made: BTreeSet<&str> = (after.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.as_str()),
                _ => None,
            })
            .collect();
        let helped = pods.iter().filter(|(node, _)| made.contains(node));
        let nodes: BTreeSet<_> = helped.clone().map(|(node, _)| (*node).to_owned()).collect();
        let edits: Vec<_> = helped.map(edit).collect();
        (!edits.is_empty()).then(|| Fix {
            edits,
            effect: Effect::NewPods {
                nodes: nodes.into_iter().collect(),
            },
            cautions: self.unproven().into_iter().collect(),
        })
    }

    fn unproven(&self) -> Option<Caution> {
        (self.survey.is_unproven()).then_some(Caution::UnprovenRevision)
    }

    /// The fewest nodes to repair or remove, and pods to delete, that get it moving.
    fn nodes_and_pods(&self, removal: Removal) -> Option<Fix> {
        let bad = (self.survey.sites.iter()).filter(|site| {
            let holdup = site.holdup(&self.survey);
            site.node.is_some() && matches!(holdup, Some(Holdup::BadNode(_)))
        });
        let mut edits: Vec<_> = bad
            .map(|site| site.name.to_owned())
            .map(|node| match removal {
                Removal::Repaired => Edit::RepairNode { node },
                Removal::Removed => Edit::RemoveNode { node },
            })
            .collect();
        edits.extend(self.hanging_pods());
        edits.truncate(MOST_REMOVED);
        let fewest = self.shortest_prefix(&edits)?;
        let edits = minimal(edits[..fewest].to_vec(), |edits| self.works(edits))?;
        self.fix(edits)
    }

    /// The pods that hang on nodes that are well, and those on nodes that are gone.
    fn hanging_pods(&self) -> Vec<Edit> {
        let survey = &self.survey;
        let sites = survey
            .sites
            .iter()
            .filter(|site| site.node.is_none() || site.holdup(survey) == Some(Holdup::Hanging));
        sites
            .flat_map(|site| site.pods.iter().map(move |(_, pod)| (site.name, *pod)))
            .map(|(node, pod)| Edit::DeletePod {
                pod: pod.metadata.name.clone(),
                node: node.to_owned(),
            })
            .collect()
    }

    /// How many of the edits it takes, from the first on: what helps still helps with more.
    fn shortest_prefix(&self, edits: &[Edit]) -> Option<usize> {
        if edits.is_empty() || !self.works(edits) {
            return None;
        }
        let (mut too_few, mut enough) = (0, edits.len());
        while too_few + 1 < enough {
            let middle = usize::midpoint(too_few, enough);
            if self.works(&edits[..middle]) {
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
        } = &self.survey.planner.strategy
        else {
            return None;
        };
        let number = |value: i64| {
            let value = IntOrString::Int(i32::try_from(value).ok()?);
            Some(value)
        };
        let one_more = |spent: i64| spent.saturating_add(1).max(1);
        let edits = match self.survey.budget {
            Some(Budget::Unavailable { unavailable, .. }) => vec![Edit::SetMaxUnavailable {
                value: number(one_more(unavailable))?,
            }],
            Some(Budget::Surge { surging, .. }) => vec![Edit::SetMaxSurge {
                value: number(one_more(surging))?,
            }],
            // One of them does not read, or both.
            None => {
                let mut edits = Vec::new();
                if max_surge.scaled(1).is_err() {
                    edits.push(Edit::SetMaxSurge { value: number(0)? });
                }
                if max_unavailable.scaled(1).is_err() {
                    edits.push(Edit::SetMaxUnavailable { value: number(1)? });
                }
                edits
            }
        };
        let edits = if self.survey.budget.is_some() || self.works(&edits) {
            edits
        } else {
            self.with_room(edits)?
        };
        let mut fix = self.fix(edits)?;
        let desired = self.diagnosis.status.desired_number_scheduled;
        let limit = fix.edits.iter().find_map(|edit| match edit {
            Edit::SetMaxUnavailable {
                value: IntOrString::Int(limit),
            } => Some(i64::from(*limit)),
            _ => None,
        });
        if let Some(limit) = limit.filter(|limit| limit.saturating_mul(2) > desired.into()) {
            fix.cautions.push(Caution::ManyAtOnce { limit, desired });
        }
        Some(fix)
    }

    /// A budget that reads, but is spent already: one that has room.
    fn with_room(&self, mut edits: Vec<Edit>) -> Option<Vec<Edit>> {
        let edited = self.inputs.with(&edits)?;
        let planner = (self.survey.planner).again(&edited, self.survey.now)?;
        let spent = match planner.survey(&edited.nodes, &edited.pods).budget? {
            Budget::Unavailable { unavailable, .. } => unavailable,
            Budget::Surge { surging, .. } => surging,
        };
        let value = IntOrString::Int(i32::try_from(spent.saturating_add(1)).ok()?);
        edits.retain(|edit| !matches!(edit, Edit::SetMaxUnavailable { .. }));
        edits.push(Edit::SetMaxUnavailable { value });
        Some(edits)
    }
}

/// What becomes of a node that is in trouble.
#[derive(Clone, Copy)]
enum Removal {
    Repaired,
    Removed,
}
