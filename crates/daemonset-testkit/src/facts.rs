//! The plain facts of a cluster, counted the slow and obvious way.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::Plan;
use daemonset::api::{ConditionStatus, ConditionType, DaemonSetStatus, Pod, Timestamp};
use daemonset::matching::Selector;
use daemonset::placement::Verdict;
use daemonset::rollout::{Limits, Strategy};

use crate::world::World;
use daemonset::well_known::CONTROLLER_REVISION_HASH;

/// A cluster seen with the eyes of one plan for it.
pub struct Facts<'a> {
    /// The world.
    pub world: &'a World,
    /// The verdict on every node.
    pub verdicts: BTreeMap<&'a str, Verdict>,
    /// The hash that pods should carry.
    pub current_hash: &'a str,
}

impl<'a> Facts<'a> {
    /// The facts of a world, with the verdicts and the current hash of this plan for it.
    #[must_use]
    pub fn new(world: &'a World, plan: &'a Plan) -> Self {
        let names = world.nodes.iter().map(|node| node.metadata.name.as_str());
        Self {
            world,
            verdicts: names.zip(plan.verdicts.iter().copied()).collect(),
            current_hash: &plan.current_revision.hash,
        }
    }

    /// The nodes that should run the daemon.
    pub fn running_nodes(&self) -> impl Iterator<Item = &'a str> {
        let nodes = self.verdicts.iter();
        nodes.filter_map(|(name, verdict)| (*verdict == Verdict::Run).then_some(*name))
    }

    /// How many nodes should run the daemon.
    #[must_use]
    pub fn desired(&self) -> usize {
        self.running_nodes().count()
    }

    /// What the budgets come to; `None` without a rolling update or with one that does not read.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        let strategy = Strategy::new(&self.world.set.spec);
        strategy.limits(self.desired()).ok().flatten()
    }

    /// Whether a new pod may stand beside an old one.
    #[must_use]
    pub fn surges(&self) -> bool {
        Strategy::new(&self.world.set.spec).surges()
    }

    /// Whether the pod counts for the set in this round.
    #[must_use]
    pub fn is_claimed(&self, pod: &Pod) -> bool {
        let set = &self.world.set;
        let selector = Selector::new(set.spec.selector.as_ref()).expect("the selector parses");
        if pod.metadata.namespace != set.metadata.namespace
            || !selector.matches(&pod.metadata.labels)
        {
            return false;
        }
        let mut owners = pod.metadata.owner_references.iter();
        match owners.find(|owner| owner.controller) {
            Some(owner) => owner.uid == set.metadata.uid,
            None => pod.metadata.deletion_timestamp.is_none(),
        }
    }

    /// All claimed pods that a round looks at, by the node they belong to, in the order in which
    /// the first of a node is chosen.
    #[must_use]
    pub fn pods_by_node(&self) -> BTreeMap<&'a str, Vec<&'a Pod>> {
        let mut nodes: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
        for pod in self.world.pods.iter().filter(|pod| self.is_claimed(pod)) {
            let passed_over = pod.is_terminal() && pod.metadata.is_terminating();
            if let (false, Some(node)) = (passed_over, home(pod)) {
                nodes.entry(node).or_default().push(pod);
            }
        }
        for pods in nodes.values_mut() {
            pods.sort_by_key(|pod| {
                let meta = &pod.metadata;
                (
                    pod.spec.node_name.is_empty(),
                    meta.creation_timestamp,
                    meta.name.as_str(),
                )
            });
        }
        nodes
    }

    /// As [`Self::pods_by_node`], without those that are being deleted.
    #[must_use]
    pub fn staying_by_node(&self) -> BTreeMap<&'a str, Vec<&'a Pod>> {
        let mut nodes = self.pods_by_node();
        for pods in nodes.values_mut() {
            pods.retain(|pod| !pod.metadata.is_terminating());
        }
        nodes
    }

    /// Whether the pod carries the hash of the current revision.
    #[must_use]
    pub fn has_current_hash(&self, pod: &Pod) -> bool {
        pod.metadata.labels.get(CONTROLLER_REVISION_HASH) == Some(self.current_hash)
    }

    /// Whether the pod counts as updated, by its hash or by its generation label.
    #[must_use]
    pub fn is_updated(&self, pod: &Pod) -> bool {
        let annotations = &self.world.set.metadata.annotations;
        let generation = annotations
            .get("deprecated.daemonset.template.generation")
            .and_then(|text| text.parse::<i64>().ok());
        let label = pod.metadata.labels.get("pod-template-generation");
        self.has_current_hash(pod)
            || generation.is_some_and(|number| label == Some(&number.to_string()))
    }

    /// Since when the pod is available, or will be if nothing happens to it.
    #[must_use]
    pub fn available_from(&self, pod: &Pod) -> Option<Timestamp> {
        let ready = (pod.status.conditions.iter()).find(|c| c.type_ == ConditionType::Ready)?;
        if ready.status != ConditionStatus::True {
            return None;
        }
        let seconds = i64::from(self.world.set.spec.min_ready_seconds);
        if seconds > 0 {
            Some(ready.last_transition_time?.plus_seconds(seconds))
        } else {
            Some(Timestamp::from_unix_seconds(i64::MIN))
        }
    }

    /// Whether the pod is available now.
    #[must_use]
    pub fn is_available(&self, pod: &Pod) -> bool {
        (self.available_from(pod)).is_some_and(|from| from <= self.world.now)
    }

    /// The nodes that should run the daemon and have an available pod that stays.
    #[must_use]
    pub fn served(&self) -> BTreeSet<&'a str> {
        let staying = self.staying_by_node();
        self.running_nodes()
            .filter(|node| {
                let pods = staying.get(node).map(Vec::as_slice).unwrap_or_default();
                pods.iter().any(|pod| self.is_available(pod))
            })
            .collect()
    }

    /// The nodes on which an old pod and an updated one that is not available yet stand together.
    #[must_use]
    pub fn surging(&self) -> BTreeSet<&'a str> {
        let staying = self.staying_by_node().into_iter();
        staying
            .filter(|(_, pods)| {
                let (updated, old): (Vec<&Pod>, Vec<&Pod>) =
                    pods.iter().copied().partition(|pod| self.is_updated(pod));
                let waits =
                    !updated.is_empty() && !updated.iter().any(|pod| self.is_available(pod));
                !old.is_empty() && waits
            })
            .map(|(node, _)| node)
            .collect()
    }

    /// The status figures, one node after the other.
    #[must_use]
    pub fn status(&self) -> DaemonSetStatus {
        let pods = self.pods_by_node();
        let mut status = DaemonSetStatus {
            observed_generation: self.world.set.metadata.generation,
            collision_count: self.world.set.status.collision_count,
            ..DaemonSetStatus::default()
        };
        for (node, verdict) in &self.verdicts {
            let first = pods.get(node).and_then(|pods| pods.first());
            if *verdict != Verdict::Run {
                status.number_misscheduled += i32::from(first.is_some());
                continue;
            }
            status.desired_number_scheduled += 1;
            if let Some(pod) = first {
                status.current_number_scheduled += 1;
                status.number_ready += i32::from(pod.is_ready());
                status.number_available += i32::from(self.is_available(pod));
                status.updated_number_scheduled += i32::from(self.is_updated(pod));
            }
        }
        status.number_unavailable = status.desired_number_scheduled - status.number_available;
        status
    }
}

/// The node that a pod is bound to or aimed at.
#[must_use]
pub fn home(pod: &Pod) -> Option<&str> {
    if !pod.spec.node_name.is_empty() {
        return Some(&pod.spec.node_name);
    }
    let affinity = pod.spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .as_ref()?;
    for term in &required.node_selector_terms {
        for field in &term.match_fields {
            if field.key == "metadata.name" && field.operator == "In" {
                return (field.values.len() == 1).then(|| field.values[0].as_str());
            }
        }
    }
    None
}
