//! What would get a rollout moving.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use daemonset::api::{DaemonSet, IntOrString, Pod};
use daemonset::rollout::{Budget, Strategy};
use daemonset::{Action, Cluster, Planner};

use super::advice;
use super::asked::{of_outside, registry};
use super::attempt::{Attempts, continues};
use super::pointed_at::{self, pointed_at};
use super::slips::labels_that_were_meant;
use super::so_far::of_wavering;
use super::unhealthy::Unhealthy;
use super::{Applicability, Caution, Effect, Fix, Repair, untried};
use crate::blame::{Blame, own_port};
use crate::changes::best_old;
use crate::diagnose::is_done;
use crate::diagnosis::{Diagnosis, Standing};
use crate::edit::Edit;
use crate::edited::{Step, edited_set};
use crate::finding::Finding;
use crate::health::{NodeProblem, PodProblem};
use crate::nodes_down::may_end_nodes;
use crate::outside::asked_in_vain;
use crate::quoted::{is_of_probe, words};
use crate::round::{NodeSeen, PodRevision, Round, staying_of};
use crate::stall::Stalls;
use crate::symptoms::lacks_room_beside;

/// How many nodes and pods a fix may remove; beyond them it is no small edit.
pub(super) const MOST_REMOVED: usize = 16;

/// How many of the pods that have to be deleted by hand are listed.
const MOST_DELETED: usize = 100;

/// What would help, the best first; none where the rollout moves without, unless the new revision
/// fails or pods are amiss although nothing is blocked.
pub(crate) fn rollout_fixes<'a>(
    round: &Round<'a>,
    cluster: &'a Cluster<'a>,
    diagnosis: &Diagnosis,
) -> Vec<Fix> {
    let mut stuck = Stuck {
        round,
        cluster,
        desired: diagnosis.status.desired_number_scheduled,
        attempts: None,
        stalls: OnceCell::new(),
    };
    let set = round.daemon_set();
    let is_blocked = diagnosis.standing == Standing::Blocked;
    let mut fixes = Vec::new();
    let mut slips = Vec::new();
    let mut fails = false;
    let on_virtual = is_blocked.then(|| stuck.without_virtual_nodes()).flatten();
    for finding in diagnosis.findings() {
        match finding {
            // No repair makes the provider take them.
            Finding::Looping { nodes, .. } if on_virtual.is_some() && stuck.are_virtual(nodes) => {}
            Finding::FailingRevision { .. } | Finding::RevisionEndsNodes { .. } => {
                fails = true;
                fixes.extend(stuck.without_surge());
                fixes.extend(stuck.roll_back());
            }
            Finding::RestartingWhileUp {
                container,
                last: Some(last),
                ..
            } if last.reason == "OOMKilled" => fixes.extend(untried::more_memory(container, set)),
            Finding::Deleting { held, .. } => fixes.extend(stuck.of_held(held)),
            Finding::UnhealthyNodes { nodes, .. } if diagnosis.standing == Standing::Complete => {
                let nodes: Vec<String> = nodes.iter().map(|node| node.node.clone()).collect();
                let commands = advice::describe_nodes(&nodes);
                slips.push(Fix::outside(Repair::UnhealthyNodes { nodes }, commands));
            }
            Finding::Preempted { nodes, .. } => fixes.push(untried::priority(nodes, round)),
            Finding::GenerationOnly { .. } => fixes.extend(stuck.restart()),
            Finding::SoFar { .. } => fixes.extend(stuck.of_troubled()),
            Finding::MinReadySeconds { .. } => fixes.extend(of_wavering(round)),
            Finding::LeftByRevision { .. } if diagnosis.standing == Standing::Idle => {
                fixes.extend(stuck.roll_back_anyway().map(|mut fix| {
                    fix.cautions = vec![Caution::MayBeOnPurpose];
                    fix
                }));
            }
            Finding::LeftOut { groups } | Finding::NoNodes { groups, .. } => {
                let meant = |group| labels_that_were_meant(round, cluster, group);
                slips.extend(groups.iter().filter_map(meant));
                slips.extend(advice::of_finding(finding, set));
            }
            Finding::Refused { .. }
            | Finding::ControllerIdle { .. }
            | Finding::NodesNotCounted { .. }
            | Finding::StatusContradicted { .. }
            | Finding::Looping { .. }
                if is_blocked || diagnosis.standing == Standing::Unclear =>
            {
                fixes.extend(stuck.roll_back_of_rejected(finding));
                fixes.extend(advice::of_finding(finding, set));
                if let Finding::Refused {
                    is_first: false, ..
                } = finding
                {
                    fixes.extend(stuck.roll_back_of_refused());
                }
            }
            _ => {}
        }
    }
    if fails {
        // Nothing that would spread what fails.
        let stalls = stuck.stalls();
        fixes.extend(untried::longer_to_start(&stalls, round));
        fixes.extend(pointed_at::rights(&stalls, round));
        fixes.extend(advice::of_pods(&stalls, round, true));
        fixes.extend(of_dead_nodes(diagnosis, &fixes));
        return once(fixes);
    }
    if !is_blocked {
        // No news beside a rollout that needs help.
        fixes.extend(slips);
        return once(fixes);
    }
    let is_all = on_virtual.is_some() && stuck.only_virtual_nodes_fail();
    fixes.extend(on_virtual);
    if !is_all {
        fixes.extend(stuck.of_blocked(diagnosis));
    }
    fixes.extend(of_dead_nodes(diagnosis, &fixes));
    once(fixes)
}

/// To repair the nodes whose kubelets do not answer, where no other fix is about them.
fn of_dead_nodes(diagnosis: &Diagnosis, fixes: &[Fix]) -> Option<Fix> {
    let is_told = |node: &String| {
        fixes.iter().any(|fix| match &fix.applicability {
            Applicability::IfRepaired { nodes }
            | Applicability::Outside {
                repair: Repair::UnhealthyNodes { nodes } | Repair::NodeDeletion { nodes, .. },
            } => nodes.contains(node),
            _ => (fix.edits.iter())
                .any(|edit| matches!(edit, Edit::DeleteNode { node: gone } if gone == node)),
        })
    };
    let nodes = diagnosis.findings().filter_map(|finding| match finding {
        Finding::UnhealthyNodes { nodes, .. } => Some(nodes),
        _ => None,
    });
    let dead = (nodes.flatten())
        .filter(|node| node.problems.iter().any(NodeProblem::is_dead))
        .map(|node| node.node.clone())
        .filter(|node| !is_told(node));
    let nodes: Vec<String> = dead.collect();
    let commands = advice::describe_nodes(&nodes);
    (!nodes.is_empty()).then(|| Fix::outside(Repair::UnhealthyNodes { nodes }, commands))
}

/// Each fix once, in its place.
fn once(fixes: Vec<Fix>) -> Vec<Fix> {
    let mut kept: Vec<Fix> = Vec::new();
    for fix in fixes {
        if !kept.contains(&fix) {
            kept.push(fix);
        }
    }
    kept
}

/// A rollout that may need help.
pub(super) struct Stuck<'r, 'a> {
    pub(super) round: &'r Round<'a>,
    pub(super) cluster: &'a Cluster<'a>,
    desired: i32,
    /// Made when it is first needed.
    attempts: Option<Attempts<'r, 'a>>,
    stalls: OnceCell<Rc<Stalls<'r, 'a>>>,
}

impl<'r, 'a> Stuck<'r, 'a> {
    /// What keeps nodes from having what they should have, looked for once.
    pub(super) fn stalls(&self) -> Rc<Stalls<'r, 'a>> {
        let stalls = || Rc::new(Stalls::new(self.round));
        Rc::clone(self.stalls.get_or_init(stalls))
    }
}

impl Stuck<'_, '_> {
    /// What would help a blocked rollout whose revision is not known to fail.
    fn of_blocked(&mut self, diagnosis: &Diagnosis) -> Vec<Fix> {
        let round = self.round;
        let set = round.daemon_set();
        let stalls = self.stalls();
        let mut fixes = Vec::new();
        let mut blames = diagnosis.findings().filter_map(|finding| match finding {
            Finding::FailingPods { blame, .. } => blame.as_ref(),
            _ => None,
        });
        let blame = blames.next();
        let pods_fail = !stalls.failing_new.is_empty() || !stalls.failing.is_empty();
        let clears = blame.is_some_and(Blame::clears_revision);
        fixes.extend(self.without_surge());
        fixes.extend(self.for_other_nodes(diagnosis));
        let is_explained = diagnosis.findings().any(|finding| {
            matches!(finding, Finding::UnscheduledPods { changes, .. } if !changes.is_empty())
        });
        if is_explained && fixes.is_empty() {
            fixes.extend(self.roll_back());
        }
        let longer = untried::longer_to_start(&stalls, round);
        let mut pointed_at = pointed_at(&stalls, round);
        if pointed_at.is_empty() {
            pointed_at = longer;
        }
        let is_pointed_at = !pointed_at.is_empty();
        fixes.extend(pointed_at);
        if pods_fail && clears {
            let mended = advice::of_pods(&stalls, round, false);
            let mut failing = stalls.failing_new.iter().chain(&stalls.failing);
            let say_something = failing.any(|said| {
                let words = words(round, said);
                let mut lines = words.lines().filter(|line| !line.trim().is_empty());
                lines.any(|line| !is_of_probe(line))
            });
            if mended.is_empty() && say_something && !is_pointed_at {
                fixes.push(of_outside(&stalls, round));
            }
            fixes.extend(mended);
            fixes.extend(advice::logs_if_silent(&stalls, set));
        }
        if let Some(blame) = blame {
            fixes.extend(self.of_open_blame(blame, &stalls, is_pointed_at));
        }
        let is_template = pods_fail && !clears && blame.is_none();
        fixes.extend(advice::of_pods(&stalls, round, is_template));
        if is_template && fixes.is_empty() {
            fixes.push(advice::of_template(&stalls, round));
        }
        let is_clear = !pods_fail && stalls.unscheduled.is_empty() && stalls.looping.is_empty();
        let is_by_hand = (diagnosis.findings()).any(|it| matches!(it, Finding::OnDelete { .. }));
        if is_by_hand {
            if is_clear {
                fixes.extend(self.delete_by_hand());
            }
            return fixes;
        }
        let refused = diagnosis.findings().any(|it| {
            matches!(
                it,
                Finding::Refused { .. }
                    | Finding::ControllerIdle { .. }
                    | Finding::NodesNotCounted { .. }
            )
        });
        if refused || !stalls.looping.is_empty() {
            // The round acts, in circles: what it does proves nothing.
            return fixes;
        }
        fixes.extend(self.deletion_of_nodes());
        // Where a zone went, its machines come back; and no further node is to go for the revision.
        let is_zone = diagnosis.findings().any(|finding| {
            matches!(finding, Finding::UnhealthyNodes { only_there, .. } if !only_there.is_empty())
        });
        let all = [Unhealthy::Repaired, Unhealthy::Deleted];
        let only_repair = is_zone || may_end_nodes(round);
        for unhealthy in all.into_iter().take(if only_repair { 1 } else { 2 }) {
            let fix = self.nodes_and_pods(unhealthy);
            fixes.extend(fix.filter(|fix| !fixes.contains(fix)));
        }
        for finding in diagnosis.findings() {
            let holds_up = match finding {
                Finding::StuckTerminating { .. } => true,
                Finding::PodsOnMissingNodes { nodes, .. } => {
                    nodes.iter().any(|node| stalls.permanent.contains(node))
                }
                _ => false,
            };
            if holds_up {
                fixes.extend(advice::of_finding(finding, set));
            }
        }
        let is_missing = diagnosis
            .findings()
            .any(|it| matches!(it, Finding::PodsOnMissingNodes { .. }));
        fixes.extend(of_dead_nodes(diagnosis, &fixes));
        if is_clear && stalls.stuck.is_empty() && !is_missing && !may_end_nodes(round) {
            fixes.extend(self.budget());
        }
        fixes
    }

    /// What decides or helps where it is open who is to blame, or neither the revision nor the node is.
    fn of_open_blame(
        &self,
        blame: &Blame,
        stalls: &Stalls<'_, '_>,
        is_pointed_at: bool,
    ) -> Vec<Fix> {
        let round = self.round;
        let set = round.daemon_set();
        let first = stalls.failing_new.first();
        match blame {
            Blame::RateLimited => {
                let commands = first.map(|said| advice::describe_pod(said.pod, set));
                vec![Fix::outside(
                    Repair::RateLimit,
                    commands.into_iter().collect(),
                )]
            }
            Blame::RegistryFails if is_pointed_at => Vec::new(),
            Blame::RegistryFails => {
                let said = first.map(|said| words(round, said)).unwrap_or_default();
                let nodes = stalls.failing_new.iter();
                let nodes = nodes.map(|said| said.node.name.to_owned()).collect();
                vec![registry(round, &said, nodes)]
            }
            Blame::NoAnswer { address } => vec![advice::ask_from_old(round, address)],
            Blame::OneNode => {
                let look = first.map(|said| {
                    let node = said.node.name.to_owned();
                    let commands = advice::describe_nodes(std::slice::from_ref(&node));
                    Fix::outside(Repair::OneNode { node }, commands)
                });
                let asked = first.and_then(|said| asked_in_vain(round, &words(round, said)));
                let ask = asked.map(|address| advice::ask_from_old(round, &address));
                ask.into_iter()
                    .chain(look)
                    .chain(advice::logs(stalls, set))
                    .collect()
            }
            Blame::RunsElsewhere => {
                let said = stalls.failing_new.iter().chain(&stalls.failing);
                let nodes: Vec<String> = said.map(|said| said.node.name.to_owned()).collect();
                let commands = advice::describe_nodes(&nodes);
                let look = Fix::outside(Repair::Nodes { nodes }, commands);
                let look = (!is_pointed_at).then_some(look);
                look.into_iter()
                    .chain(advice::logs_if_silent(stalls, set))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// What comes of steps that concern nodes and pods.
    pub(super) fn effect(&mut self, steps: &[Step]) -> Option<Effect> {
        let round = self.round;
        let attempts =
            (self.attempts).get_or_insert_with(|| Attempts::new(round, round.planner.clone()));
        attempts.effect(steps)
    }

    /// A fix of these steps.
    pub(super) fn fix(&self, steps: Vec<Step>, effect: Effect, cautions: Vec<Caution>) -> Fix {
        let revisions = self.cluster.revisions().unwrap_or_default();
        Fix::new(self.round.daemon_set(), revisions, steps, effect, cautions)
    }

    /// The planner of the set once it is edited.
    pub(super) fn planner_after(&self, edits: &[Edit]) -> Option<Planner> {
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

    /// Edits of the set, with what comes of them; `None` where that is nothing.
    pub(super) fn proven(&self, edits: Vec<Edit>, cautions: Vec<Caution>) -> Option<Fix> {
        let effect = self.effect_of(&self.planner_after(&edits)?)?;
        let steps = edits.into_iter().map(Step::Edit).collect();
        Some(self.fix(steps, effect, cautions))
    }

    /// Back to the revision that most available old pods are of, or else to the newest old one.
    pub(super) fn roll_back(&self) -> Option<Fix> {
        let fix = self.roll_back_anyway()?;
        // What happens anyway is nothing that it would do.
        (self.effect_of(&self.round.planner) != fix.effect).then_some(fix)
    }

    /// Back, where what goes on now is done in vain.
    fn roll_back_anyway(&self) -> Option<Fix> {
        let target = best_old(self.round)?;
        let edit = Edit::RollBack {
            revision: target.revision,
        };
        // It only helps if it leads to that very revision and acts on it.
        let after = self.planner_after(std::slice::from_ref(&edit))?;
        if after.current_revision().name != target.name {
            return None;
        }
        let effect = self.effect_of(&after)?;
        let has_old = self.round.view.nodes.iter().any(NodeSeen::runs_old);
        let cautions = (!has_old).then_some(Caution::OldRevisionUnproven);
        Some(self.fix(
            vec![Step::Edit(edit)],
            effect,
            cautions.into_iter().collect(),
        ))
    }

    /// Back, where pods are refused, rejected or evicted for what the revision changed.
    fn roll_back_of_rejected(&self, finding: &Finding) -> Option<Fix> {
        let (Finding::Refused { changes, .. } | Finding::Looping { changes, .. }) = finding else {
            return None;
        };
        let has_old = self.round.view.nodes.iter().any(NodeSeen::runs_old);
        (has_old && !changes.is_empty())
            .then(|| self.roll_back_anyway())
            .flatten()
    }

    /// Back, where the new revision's pods are refused and the old ones were not.
    fn roll_back_of_refused(&self) -> Option<Fix> {
        let has_old = self.round.view.nodes.iter().any(NodeSeen::runs_old);
        has_old.then(|| self.roll_back()).flatten()
    }

    /// The template as it is on every node, by new pods.
    fn restart(&self) -> Option<Fix> {
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
        let steps = edits.into_iter().map(Step::Edit).collect();
        Some(self.fix(steps, effect, vec![Caution::ReplacesPods]))
    }

    /// Without surge, where a new pod waits for a host port or the room that the old one beside it holds,
    /// or does not get a port of the node's network for it.
    fn without_surge(&self) -> Option<Fix> {
        self.round.limits().filter(|limits| limits.max_surge > 0)?;
        let has_host_ports = !advice::host_ports(self.round.daemon_set()).is_empty();
        let stalls = self.stalls();
        let waits = stalls.in_vain().any(|said| {
            let has_old = staying_of(said.node, PodRevision::Old).next().is_some();
            let is_for_ports = matches!(
                &said.problem,
                PodProblem::Unschedulable { message, .. } if message.contains("free ports")
            );
            said.is_new
                && (has_old && has_host_ports && is_for_ports
                    || own_port(self.round, said).is_some()
                    || lacks_room_beside(self.round, said))
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
        let mut cautions = self.unproven();
        if steps.len() > 1 {
            cautions.push(Caution::OneByOne);
        }
        if steps.is_empty() {
            return None;
        }
        // One after the other: what is typed takes out one.
        let first = self.fix(steps[..1].to_vec(), effect.clone(), Vec::new());
        let mut fix = self.fix(steps, effect, cautions);
        fix.commands = first.commands;
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
        let steps = edits.into_iter().map(Step::Edit).collect();
        Some(self.fix(steps, effect, cautions))
    }
}

/// A budget with room for one more than this.
fn one_more(spent: i64) -> Option<IntOrString> {
    let value = i32::try_from(spent.saturating_add(1).max(1)).ok()?;
    Some(IntOrString::Int(value))
}
