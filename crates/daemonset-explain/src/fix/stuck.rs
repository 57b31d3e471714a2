//! A rollout that may need help, and the edits that are tried on it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use daemonset::api::{DaemonSet, IntOrString, Pod};
use daemonset::rollout::{Budget, Strategy};
use daemonset::{Action, Cluster, Planner};

use super::attempt::{Attempts, continues, with_nodes_there};
use super::command::word;
use super::hindered::hindered;
use super::look::at_nodes;
use super::looping::is_lowered;
use super::used_there;
use super::{Caution, Effect, Fix, Repair, RolloutRepair, undo_command};
use crate::cause::blame::{holds_own_lock, own_port};
use crate::cause::changes::best_old;
use crate::cause::ports::ports_held;
use crate::cause::symptoms::{lacks_room_beside, refuses_own};
use crate::diagnosis::diagnose::is_done;
use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::finding::{Finding, UnhealthyNode};
use crate::health::NodeProblem;
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::{Said, Stalls};

/// How many of the pods that have to be deleted by hand are listed.
const MOST_DELETED: usize = 100;

/// A rollout that may need help.
pub(super) struct Stuck<'r, 'a> {
    pub(super) round: &'r Round<'a>,
    pub(super) cluster: &'a Cluster<'a>,
    desired: i32,
    /// Whether a pod that is deleted gets a successor: not where new ones are refused, or nothing creates them.
    are_followed: bool,
    /// Made when it is first needed.
    attempts: Option<Attempts<'r, 'a>>,
    stalls: OnceCell<Rc<Stalls<'r, 'a>>>,
}

impl<'r, 'a> Stuck<'r, 'a> {
    /// `desired` is how many nodes should run the daemon.
    pub(super) fn new(round: &'r Round<'a>, cluster: &'a Cluster<'a>, desired: i32) -> Self {
        Self {
            round,
            cluster,
            desired,
            are_followed: true,
            attempts: None,
            stalls: OnceCell::new(),
        }
    }

    /// With the pods of this node before those of others.
    pub(super) fn with_first(mut self, node: &str) -> Self {
        let mut stalls = Stalls::new(self.round);
        stalls.put_first(node);
        self.stalls = OnceCell::from(Rc::new(stalls));
        self
    }

    /// Where no pod takes the place of one that is deleted.
    pub(super) fn without_successors(mut self) -> Self {
        self.are_followed = false;
        self
    }

    /// What keeps nodes from having what they should have, looked for once.
    pub(super) fn stalls(&self) -> Rc<Stalls<'r, 'a>> {
        let stalls = || Rc::new(Stalls::new(self.round));
        Rc::clone(self.stalls.get_or_init(stalls))
    }

    /// The pods of older revisions that fail by their own words, and whether every one does: to go back heals nothing then.
    /// Where others run, those that leave are no news.
    pub(super) fn failing_old(&self) -> (Vec<Said<'r, 'a>>, bool) {
        let stalls = self.stalls();
        let old_of =
            |all: &[Said<'r, 'a>]| all.iter().filter(|said| !said.is_new).cloned().collect();
        let mut old: Vec<_> = old_of(&stalls.failing);
        let leaving: Vec<_> = old_of(&stalls.failing_leaving);
        let fail: BTreeSet<&str> = old
            .iter()
            .chain(&leaving)
            .map(|said| said.node.name)
            .collect();
        let mut nodes = self.round.view.nodes.iter();
        let is_all = nodes.all(|node| {
            let mut pods = staying_of(node, PodRevision::Old);
            pods.next().is_none() || fail.contains(node.name)
        });
        let is_all = is_all && !fail.is_empty();
        if is_all {
            old.extend(leaving);
        }
        (old, is_all)
    }
}

impl Stuck<'_, '_> {
    /// What comes of steps that concern nodes and pods.
    pub(super) fn effect(&mut self, steps: &[Step]) -> Option<Effect> {
        let round = self.round;
        let attempts =
            (self.attempts).get_or_insert_with(|| Attempts::new(round, round.planner.clone()));
        attempts.effect(steps)
    }

    /// A fix of these steps.
    pub(super) fn fix(&self, steps: Vec<Step>, effect: Effect, cautions: Vec<Caution>) -> Fix {
        let revisions = self.round.revisions_about();
        let looks = |node: &String| at_nodes(std::slice::from_ref(node), self.round);
        let set = self.round.daemon_set();
        Fix::new(set, &revisions, steps, effect, cautions, looks)
    }

    /// A fix of these edits of the set, of which this is the planner after them.
    fn fix_of_set(
        &self,
        after: &Planner,
        edits: Vec<Edit>,
        effect: Effect,
        cautions: Vec<Caution>,
    ) -> Fix {
        let steps = edits.into_iter().map(Step::Edit).collect();
        let set = self.round.daemon_set();
        let after = Some(after.daemon_set());
        Fix::with_set_after(set, after, steps, effect, cautions, |_| Vec::new())
    }

    /// The planner of the set once it is edited.
    pub(super) fn planner_after(&self, edits: &[Edit]) -> Option<Planner> {
        let set = self.set_after(edits)?;
        let options = self.round.planner.options();
        Planner::in_cluster(&set, self.cluster, options).ok()
    }

    /// What comes of edits of the set.
    fn effect_of(&self, planner: &Planner) -> Option<Effect> {
        let none = Cluster::new(&[], &[]);
        let budget_alone = planner.plan_varied(&self.round.view, &[], &none);
        let plan = budget_alone.unwrap_or_else(|| planner.plan(self.cluster));
        let is_out = |name: &String| {
            let found = self.cluster.node(name);
            found.is_some_and(|node| !planner.rules().verdict(node).should_run())
        };
        let effect = continues(&plan).map(|effect| match effect {
            Effect::Continues {
                nodes,
                of_others: 0,
            } if nodes.iter().all(is_out) => Effect::LeavesOut { nodes },
            other => with_nodes_there(other, self.is_there()),
        });
        effect.or_else(|| {
            let round = Round::new(planner.clone(), self.cluster);
            is_done(&round).then_some(Effect::Completes)
        })
    }

    /// Whether a node was given.
    fn is_there(&self) -> impl Fn(&str) -> bool {
        |name| self.cluster.node(name).is_some()
    }

    fn set_after(&self, edits: &[Edit]) -> Option<DaemonSet> {
        let steps: Vec<_> = edits.iter().cloned().map(Step::Edit).collect();
        let revisions = self.round.revisions_about();
        edited_set(self.round.daemon_set(), &revisions, &steps).ok()
    }

    /// Edits of the set, with what comes of them; `None` where that is nothing.
    pub(super) fn proven(&self, edits: Vec<Edit>, cautions: Vec<Caution>) -> Option<Fix> {
        let after = self.planner_after(&edits)?;
        let effect = self.effect_of(&after)?;
        Some(self.fix_of_set(&after, edits, effect, cautions))
    }

    /// Back to the revision that most available old pods are of, or else to the newest old one.
    pub(super) fn roll_back(&self) -> Option<Fix> {
        let fix = self.roll_back_anyway()?;
        // What happens anyway is nothing that it would do.
        (self.effect_of(&self.round.planner) != fix.effect).then_some(fix)
    }

    /// Back, of which the edit and the planner after it are told: it only helps if it leads to that very revision.
    pub(super) fn back(&self) -> Option<(i64, Edit, Planner)> {
        let target = best_old(self.round)?;
        let revision = target.revision;
        let edit = Edit::RollBack { revision };
        let after = self.planner_after(std::slice::from_ref(&edit))?;
        (after.current_revision().name == target.name).then_some((revision, edit, after))
    }

    /// Back, where the rollout does harm, though the next round does nothing for it.
    pub(super) fn stop(&self) -> Option<Fix> {
        let (revision, ..) = self.back()?;
        let commands = vec![undo_command(self.round.daemon_set(), revision)];
        Some(Fix::outside(
            Repair::Rollout(RolloutRepair::GoBack { revision }),
            commands,
        ))
    }

    /// Back, where what goes on now is done in vain.
    pub(super) fn roll_back_anyway(&self) -> Option<Fix> {
        let (_, edit, after) = self.back()?;
        let effect = self.effect_of(&after)?;
        let has_old = self.round.nodes_with_available_old() > 0;
        let mut cautions = Vec::from_iter((!has_old).then_some(Caution::OldRevisionUnproven));
        if let Effect::Continues { nodes, .. } = &effect {
            cautions.extend(hindered(nodes, self.round));
        }
        Some(self.fix(vec![Step::Edit(edit)], effect, cautions))
    }

    /// Back, and the pods of the revision that fails, or takes these nodes down, deleted, which with `OnDelete` nothing else
    /// replaces.
    pub(super) fn roll_back_by_hand(&self, nodes: &[UnhealthyNode]) -> Option<Fix> {
        if !self.are_followed {
            return None;
        }
        let (_, back, after) = self.back()?;
        let stalls = self.stalls();
        let waiting = stalls.unscheduled.iter().filter(|said| said.is_new);
        let failing = stalls.failing_new.iter().chain(waiting);
        let failing = failing.map(|said| (said.node.name, said.pod));
        let seen = nodes
            .iter()
            .filter_map(|node| self.round.view.node(&node.node));
        let there = seen.filter(|seen| seen.node.is_some());
        let on_nodes = there
            .flat_map(|seen| staying_of(seen, PodRevision::New).map(|pod| (seen.name, pod.pod)));
        let mut deleted: Vec<Step> = Vec::new();
        for (node, pod) in failing.chain(on_nodes).take(MOST_DELETED) {
            let step = Step::Edit(Edit::DeletePod {
                pod: pod.metadata.name.clone(),
                node: node.to_owned(),
            });
            if !deleted.contains(&step) {
                deleted.push(step);
            }
        }
        let plan = Attempts::new(self.round, after).plan(&deleted)?;
        let nodes: BTreeSet<String> = (plan.actions.iter())
            .filter_map(|action| match action {
                Action::CreatePod { node, .. } => Some(node.clone()),
                _ => None,
            })
            .collect();
        // What the older template does not run on gets no new pod for it.
        deleted.retain(
            |step| matches!(step, Step::Edit(Edit::DeletePod { node, .. }) if nodes.contains(node)),
        );
        if deleted.is_empty() {
            return None;
        }
        let is_dead = |name: &String| self.round.has_problem(name, NodeProblem::is_dead);
        let waits = nodes.iter().any(is_dead);
        let steps = std::iter::once(Step::Edit(back)).chain(deleted).collect();
        let nodes = nodes.into_iter().collect();
        let mut fix = self.fix(steps, Effect::NewPods { nodes }, Vec::new());
        // Their kubelets have to end them first.
        for command in fix
            .commands
            .iter_mut()
            .filter(|it| waits && it.starts_with("kubectl delete pod "))
        {
            command.push_str(" --wait=false");
        }
        Some(fix)
    }

    /// Back, where pods are refused, rejected or evicted for what the revision changed. That older pods run shows it, or that
    /// it lowered what they are evicted for.
    pub(super) fn roll_back_of_rejected(&self, finding: &Finding) -> Option<Fix> {
        let (changes, is_lowered) = match finding {
            Finding::Refused { changes, .. } => (changes, false),
            Finding::Looping {
                changes, symptoms, ..
            } => (changes, is_lowered(symptoms, self.round)),
            _ => return None,
        };
        let has_old = self.round.nodes_with_available_old() > 0;
        ((has_old || is_lowered) && !changes.is_empty())
            .then(|| self.roll_back_anyway())
            .flatten()
    }

    /// Back, where the new revision's pods are refused and the old ones were not.
    pub(super) fn roll_back_of_refused(&self) -> Option<Fix> {
        let has_old = self.round.nodes_with_available_old() > 0;
        has_old.then(|| self.roll_back()).flatten()
    }

    /// The template as it is on every node, by new pods.
    pub(super) fn restart(&self) -> Option<Fix> {
        let edits = vec![Edit::Restart];
        let set = self.set_after(&edits)?;
        // The template is new, so that every pod is outdated, whichever revisions were given.
        let revisions = self.cluster.revisions()?.iter().copied();
        let nodes = self.cluster.nodes().iter().copied();
        let whole = Cluster::new(nodes, self.cluster.pods().iter().copied())
            .with_revisions(revisions)
            .with_now(self.round.view.now);
        let planner = Planner::in_cluster(&set, &whole, self.round.planner.options()).ok()?;
        let effect = continues(&planner.plan(&whole))?;
        let effect = with_nodes_there(effect, self.is_there());
        let steps = edits.into_iter().map(Step::Edit).collect();
        Some(self.fix(steps, effect, Vec::new()))
    }

    /// Without surge, where a new pod waits for a host port or the room that the old one beside it holds,
    /// or does not get a port of the node's network for it.
    pub(super) fn without_surge(&self) -> Option<Fix> {
        self.round.limits().filter(|limits| limits.max_surge > 0)?;
        let stalls = self.stalls();
        let waits = stalls.in_vain().any(|said| {
            said.is_new
                && (ports_held(self.round, said).by_own_old_alone()
                    || own_port(self.round, said).is_some()
                    || holds_own_lock(self.round, said)
                    || lacks_room_beside(self.round, said)
                    || refuses_own(self.round, said))
        });
        if !waits {
            return None;
        }
        let edits = vec![
            Edit::SetMaxSurge {
                value: IntOrString::Int(0),
            },
            Edit::SetMaxUnavailable {
                value: IntOrString::Int(1),
            },
        ];
        self.proven(edits, Vec::new())
    }

    /// With `OnDelete`: the old pods that fail, where new ones run and none of them fails.
    pub(super) fn replaced_by_hand(&self) -> Option<Fix> {
        let stalls = self.stalls();
        let is_clear = stalls.failing_new.is_empty() && stalls.unscheduled.is_empty();
        let is_by_hand = *self.round.planner.strategy() == Strategy::OnDelete;
        let is_meant = is_by_hand && is_clear && self.are_followed;
        if !is_meant || self.round.available_updated() == 0 {
            return None;
        }
        let failing = stalls.failing.iter().filter(|said| !said.is_new);
        let deleted = failing.take(MOST_DELETED).map(|said| {
            Step::Edit(Edit::DeletePod {
                pod: said.pod.metadata.name.clone(),
                node: said.node.name.to_owned(),
            })
        });
        let steps: Vec<Step> = deleted.collect();
        let plan = Attempts::new(self.round, self.round.planner.clone()).plan(&steps)?;
        let created = plan.actions.iter().filter_map(|action| match action {
            Action::CreatePod { node, .. } => Some(node.clone()),
            _ => None,
        });
        let nodes: Vec<String> = created.collect::<BTreeSet<_>>().into_iter().collect();
        let is_help = !steps.is_empty() && !nodes.is_empty();
        is_help.then(|| self.fix(steps, Effect::NewPods { nodes }, Vec::new()))
    }

    /// With `OnDelete`: every old pod where there should be a new one, the first hundred.
    pub(super) fn delete_by_hand(&self) -> Option<Fix> {
        let pods: Vec<(&str, &Pod)> = (self.round.outdated())
            .flat_map(|node| staying_of(node, PodRevision::Old).map(|pod| (node.name, pod.pod)))
            .take(MOST_DELETED)
            .collect();
        self.deletion_by_hand(&pods)
    }

    /// The template as it is, for pods that count as updated by their generation label alone: with `OnDelete` by their
    /// deletion, which a restart would leave to be done too.
    pub(super) fn replaced_or_restarted(&self, names: &[String]) -> Option<Fix> {
        if *self.round.planner.strategy() != Strategy::OnDelete {
            return self.restart();
        }
        let is_meant = |pod: &Pod| names.contains(&pod.metadata.name);
        let pods: Vec<(&str, &Pod)> = (self.round.view.nodes.iter())
            .flat_map(|node| node.staying().map(|pod| (node.name, pod.pod)))
            .filter(|(_, pod)| is_meant(pod))
            .take(MOST_DELETED)
            .collect();
        self.deletion_by_hand(&pods)
    }

    /// The deletion of pods one after the other, as far as new ones come for them.
    fn deletion_by_hand(&self, pods: &[(&str, &Pod)]) -> Option<Fix> {
        if !self.are_followed {
            return None;
        }
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
        let mut cautions = self.unproven();
        let (of_others, used) = used_there::cautions(self.round, pods);
        cautions.extend(of_others);
        if steps.len() > 1 {
            cautions.push(Caution::OneByOne);
        }
        if steps.is_empty() {
            return None;
        }
        // One after the other: what is typed takes out one, and none that others use.
        let is_used = |step: &&Step| match step {
            Step::Edit(Edit::DeletePod { node, .. }) => used.contains(node),
            _ => false,
        };
        let one = |step: &Step| {
            self.fix(vec![step.clone()], effect.clone(), Vec::new())
                .commands
        };
        let free = steps.iter().filter(|step| !is_used(step));
        let mut commands: Vec<String> = free.flat_map(one).collect();
        if let Some(node) = used.first().filter(|_| commands.is_empty()) {
            let node = word(node);
            commands.push(format!(
                "kubectl get pods -A -o wide --field-selector spec.nodeName={node}"
            ));
        }
        let mut fix = self.fix(steps, effect, cautions);
        fix.commands = commands;
        Some(fix)
    }

    pub(super) fn unproven(&self) -> Vec<Caution> {
        let unproven = self.round.is_unproven();
        (unproven.then_some(Caution::UnprovenRevision))
            .into_iter()
            .collect()
    }

    /// The smallest budget that has room for the next node; none that would take out the last pods
    /// that are available.
    pub(super) fn budget(&self) -> Option<Fix> {
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
        if limit.is_some_and(|limit| limit >= i64::from(desired)) && desired > 1 {
            return None;
        }
        if let Some(limit) = limit.filter(|limit| limit.saturating_mul(2) > desired.into()) {
            if !cautions.is_empty() {
                // Most nodes for a revision of which nothing shows that it works.
                return None;
            }
            cautions.push(Caution::ManyAtOnce { limit, desired });
        }
        Some(self.fix_of_set(&after, edits, effect, cautions))
    }
}

/// A budget with room for one more than this.
fn one_more(spent: i64) -> Option<IntOrString> {
    let value = i32::try_from(spent.saturating_add(1).max(1)).ok()?;
    Some(IntOrString::Int(value))
}
