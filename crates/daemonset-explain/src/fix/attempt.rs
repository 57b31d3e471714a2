//! Trying steps in a round: what they change is looked at anew, and the rest is shared.

use std::collections::BTreeSet;

use daemonset::api::{Node, Pod};
use daemonset::round::PodInRound;
use daemonset::view::PodView;
use daemonset::{Cluster, Plan, Planner, Reason};

use super::Effect;
use crate::diagnosis::diagnose::is_done;
use crate::edit::edited::{Changes, Named, Step};
use crate::round::{NodeSeen, Round, is_picked, node_of, pod_actions, reason_of};

/// A round in which steps are tried: what they change is looked at anew, and the rest is shared.
pub(super) struct Attempts<'r, 'a> {
    round: &'r Round<'a>,
    planner: Planner,
    /// What came of earlier attempts: a few.
    known: Vec<(Vec<Step>, Option<Effect>)>,
}

impl<'r, 'a> Attempts<'r, 'a> {
    /// `planner` may have other options than that of the round.
    pub fn new(round: &'r Round<'a>, planner: Planner) -> Self {
        Self {
            round,
            planner,
            known: Vec::new(),
        }
    }

    /// What comes of the steps; `None` where one cannot be made, or where the rollout neither
    /// continues nor is complete. They do not concern the set itself.
    pub fn effect(&mut self, steps: &[Step]) -> Option<Effect> {
        if let Some((_, known)) = self.known.iter().find(|(tried, _)| tried == steps) {
            return known.clone();
        }
        let effect = self.look_for_effect(steps);
        self.known.push((steps.to_vec(), effect.clone()));
        effect
    }

    fn look_for_effect(&self, steps: &[Step]) -> Option<Effect> {
        let changes = self.changes(steps)?;
        let plan = self.plan_after(&changes);
        let status = &plan.status;
        let desired = status.desired_number_scheduled;
        let is_there = |name: &str| match changes.nodes.get(name) {
            None => self.round.cluster.node(name).is_some(),
            Some((_, after)) => after.is_some(),
        };
        let effect = continues(&plan).map(|effect| with_nodes_there(effect, is_there));
        effect.or_else(|| {
            // Cheap, and mostly false; the whole answer takes a look at every node.
            let may_be_done = desired > 0
                && status.updated_number_scheduled == desired
                && status.number_available == desired;
            (may_be_done && self.is_done_after(&changes)).then_some(Effect::Completes)
        })
    }

    /// The plan that follows the steps; `None` where one cannot be made.
    pub fn plan(&self, steps: &[Step]) -> Option<Plan> {
        let changes = self.changes(steps)?;
        Some(self.plan_after(&changes))
    }

    fn plan_after(&self, changes: &Changes<'_>) -> Plan {
        let view = &self.round.view;
        let of_pods = changes
            .pods
            .values()
            .filter_map(|(pod, _)| pod.target_node());
        let names: BTreeSet<&str> = changes.nodes.keys().copied().chain(of_pods).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let seen = || names.iter().filter_map(|name| view.node(name));
        let after = self.after(seen(), changes);
        let plan = self.planner.plan_varied(view, &names, &after);
        plan.unwrap_or_else(|| self.planner.plan(&self.after(view.nodes.iter(), changes)))
    }

    fn is_done_after(&self, changes: &Changes<'_>) -> bool {
        let cluster = self.after(self.round.view.nodes.iter(), changes);
        is_done(&Round::new(self.round.planner.clone(), &cluster))
    }

    /// These nodes and the set's pods on them, after the changes.
    fn after<'s>(
        &self,
        seen: impl Iterator<Item = &'s NodeSeen<'a>> + Clone,
        changes: &'s Changes<'_>,
    ) -> Cluster<'s>
    where
        'a: 's,
    {
        let nodes = seen.clone().filter_map(|seen| {
            let node: &'s Node = seen.node?;
            match changes.nodes.get(seen.name) {
                None => Some(node),
                Some((_, after)) => after.as_ref(),
            }
        });
        let pods = seen.flat_map(|seen| &seen.pods).filter_map(|pod| {
            let pod: &'s Pod = pod.pod;
            match changes.pods.get(&(pod.namespace(), pod.name())) {
                None => Some(pod),
                Some((_, after)) => after.as_ref(),
            }
        });
        Cluster::new(nodes, pods).with_now(self.round.view.now)
    }

    fn changes(&self, steps: &[Step]) -> Option<Changes<'a>> {
        let mut named = Named::default();
        for step in steps {
            if let Some(node) = step.node().and_then(|name| self.round.view.node(name)) {
                named
                    .nodes
                    .extend(node.node.map(|found| (node.name, found)));
                let bound = |pod: &&PodInRound<'a, Pod>| !pod.fact.unbound;
                let pods = node.pods.iter().filter(bound).map(|pod| pod.pod).collect();
                named.pods_on.insert(node.name, pods);
            }
            if let Some((pod, node)) = step.pod()
                && let Some(node) = self.round.view.node(node)
                && let Some(found) = node.pods.iter().find(|other| other.fact.name == pod)
            {
                named.pods.insert(found.pod.name(), found.pod);
            }
        }
        Changes::new(&named, steps).ok()
    }
}

/// The same without the nodes that are not there: what is done of such a node is no help there.
pub(super) fn with_nodes_there(effect: Effect, is_there: impl Fn(&str) -> bool) -> Effect {
    match effect {
        Effect::Continues {
            mut nodes,
            of_others,
        } => {
            nodes.retain(|name| is_there(name));
            Effect::Continues { nodes, of_others }
        }
        other => other,
    }
}

/// The effect that the next round has, if it creates or deletes pods.
pub(super) fn continues(plan: &Plan) -> Option<Effect> {
    let mut nodes: Vec<String> = Vec::new();
    let mut picked: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut only_thins = true;
    let mut updated = 0;
    for action in pod_actions(&plan.actions) {
        let (Some(node), Some(reason)) = (node_of(action), reason_of(action)) else {
            continue;
        };
        only_thins &= reason == Reason::DuplicatePod;
        if seen.insert(node) {
            updated += usize::from(is_picked(reason) || is_update(reason));
            let of = if is_picked(reason) {
                &mut picked
            } else {
                &mut nodes
            };
            of.push(node.to_owned());
        }
    }
    if seen.is_empty() {
        return None;
    }
    if only_thins {
        return Some(Effect::Thins { nodes });
    }
    // Where the budget takes all that are left, nothing is left open.
    let status = &plan.status;
    let left = status.desired_number_scheduled - status.updated_number_scheduled;
    let takes_all = usize::try_from(left).is_ok_and(|left| left <= updated);
    let of_others = if takes_all { 0 } else { picked.len() };
    if takes_all {
        nodes = in_order(plan);
    }
    Some(Effect::Continues { nodes, of_others })
}

/// Whether it is done on a node for its new pod, whatever the budget says.
fn is_update(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::OutdatedUnavailable | Reason::SurgeBesideUnavailable
    )
}

/// The nodes of the round, in its order, each once.
fn in_order(plan: &Plan) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let nodes = pod_actions(&plan.actions).filter_map(node_of);
    let first = nodes.filter(|node| seen.insert(*node));
    first.map(str::to_owned).collect()
}
