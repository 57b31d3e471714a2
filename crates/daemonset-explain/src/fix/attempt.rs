//! Trying steps on a tracker: put in what they change, plan, and put it back.

use std::collections::BTreeSet;

use daemonset::api::{Node, Pod};
use daemonset::round::PodInRound;
use daemonset::tracker::{SetId, Tracker};
use daemonset::view::{NodeView, PodView, TaintView};
use daemonset::{Cluster, Plan, Planner};

use super::Effect;
use crate::diagnosis::diagnose::is_done;
use crate::edit::edited::{Changes, Named, Step};
use crate::round::{NodeSeen, Round, node_of, pod_actions};

/// A node with the labels that placement reads, and no others: to store the rest takes most of the
/// time.
struct AsPlaced<'n> {
    node: &'n Node,
    keys: &'n [String],
}

impl NodeView for AsPlaced<'_> {
    fn name(&self) -> &str {
        self.node.name()
    }
    fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let keys = self.keys.iter().map(String::as_str);
        keys.filter_map(|key| Some((key, self.node.label(key)?)))
    }
    fn taints(&self) -> impl Iterator<Item = TaintView<'_>> {
        self.node.taints()
    }
}

/// The nodes of a round and the set's pods on them, to be changed and changed back. An attempt
/// costs what it changes, whatever the size of the cluster.
pub(super) struct Attempts<'r, 'a> {
    round: &'r Round<'a>,
    tracker: Tracker,
    set: SetId,
    /// The labels that placement reads.
    keys: Vec<String>,
    /// What came of earlier attempts: a few.
    known: Vec<(Vec<Step>, Option<Effect>)>,
}

impl<'r, 'a> Attempts<'r, 'a> {
    /// `planner` may have other options than that of the round.
    pub fn new(round: &'r Round<'a>, planner: Planner) -> Self {
        let keys: BTreeSet<&str> = planner.rules().label_keys().collect();
        let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        let mut tracker = Tracker::new();
        for node in &round.view.nodes {
            if let Some(node) = node.node {
                let keys = &keys;
                tracker.put_node(&AsPlaced { node, keys });
            }
            for pod in &node.pods {
                tracker.put_pod(pod.pod);
            }
        }
        let set = tracker.put_set(planner);
        Self {
            round,
            tracker,
            set,
            keys,
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

    fn look_for_effect(&mut self, steps: &[Step]) -> Option<Effect> {
        let changes = self.changes(steps)?;
        let plan = self.plan_after(&changes)?;
        let status = &plan.status;
        let desired = status.desired_number_scheduled;
        continues(&plan).or_else(|| {
            // Cheap, and mostly false; the whole answer takes a look at every node.
            let may_be_done = desired > 0
                && status.updated_number_scheduled == desired
                && status.number_available == desired;
            (may_be_done && self.is_done_after(&changes)).then_some(Effect::Completes)
        })
    }

    /// The plan that follows the steps; `None` where one cannot be made.
    pub fn plan(&mut self, steps: &[Step]) -> Option<Plan> {
        let changes = self.changes(steps)?;
        self.plan_after(&changes)
    }

    fn plan_after(&mut self, changes: &Changes<'_>) -> Option<Plan> {
        self.put(changes, Side::After);
        let plan = self.tracker.plan(self.set, self.round.view.now);
        self.put(changes, Side::Before);
        plan
    }

    fn is_done_after(&self, changes: &Changes<'_>) -> bool {
        let seen = || self.round.view.nodes.iter();
        let nodes = seen().filter_map(|seen: &NodeSeen<'a>| {
            let node: &Node = seen.node?;
            match changes.nodes.get(seen.name) {
                None => Some(node),
                Some((_, after)) => after.as_ref(),
            }
        });
        let pods = seen().flat_map(|seen| &seen.pods).filter_map(|pod| {
            let pod: &Pod = pod.pod;
            match changes.pods.get(&(pod.namespace(), pod.name())) {
                None => Some(pod),
                Some((_, after)) => after.as_ref(),
            }
        });
        let cluster = Cluster::new(nodes, pods).with_now(self.round.view.now);
        is_done(&Round::new(self.round.planner.clone(), &cluster))
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

    fn put(&mut self, changes: &Changes<'_>, side: Side) {
        for (name, (before, after)) in &changes.nodes {
            let node = match (side, after) {
                (Side::Before, _) => *before,
                (Side::After, Some(after)) => after,
                (Side::After, None) => {
                    self.tracker.remove_node(name);
                    continue;
                }
            };
            let keys = &self.keys;
            self.tracker.put_node(&AsPlaced { node, keys });
        }
        for ((namespace, name), (before, after)) in &changes.pods {
            match (side, after) {
                (Side::Before, _) => self.tracker.put_pod(before),
                (Side::After, Some(after)) => self.tracker.put_pod(after),
                (Side::After, None) => self.tracker.remove_pod(namespace, name),
            }
        }
    }
}

/// Which side of a change.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// The effect that the next round has, if it creates or deletes pods.
pub(super) fn continues(plan: &Plan) -> Option<Effect> {
    let mut nodes: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for node in pod_actions(&plan.actions).filter_map(node_of) {
        if seen.insert(node) {
            nodes.push(node.to_owned());
        }
    }
    (!nodes.is_empty()).then_some(Effect::Continues { nodes })
}
