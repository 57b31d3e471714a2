//! A cluster in which plans come true, and everything goes well at once.

use std::collections::{BTreeMap, BTreeSet};

use daemonset::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, DaemonSetStatus, Labels, Node,
    ObjectMeta, OwnerReference, Pod, PodCondition, PodPhase, PodSpec, PodStatus, Timestamp,
};
use daemonset::matching::SelectorError;
use daemonset::ownership::Claim;
use daemonset::tracker::{SetId, Tracker};
use daemonset::view::PodView;
use daemonset::well_known::CONTROLLER_REVISION_HASH;
use daemonset::{Action, Cluster, Options, Plan, Planner, owner_reference};
use serde::Deserialize;
use serde_json::Value;

use super::hindrances::{HangingPod, Known, while_silent};
use crate::admission::Quotas;
use crate::finding::Refusal;
use crate::room::{Room, SetRoom};

/// The state between two rounds.
///
/// Nodes and pods are with a tracker too, which plans as [`Planner::plan`] does and looks only at
/// what has changed: a rollout of many rounds takes time by its pods, not by rounds times nodes.
pub(crate) struct Simulation<'a> {
    pub set: DaemonSet,
    pub pods: BTreeMap<String, Pod>,
    /// `None` where none were given.
    pub revisions: Option<Vec<ControllerRevision>>,
    pub now: Timestamp,
    nodes: &'a [&'a Node],
    planner: Planner,
    /// The options that the set is compiled with. The tracker keeps the waits.
    options: Options,
    tracker: Tracker,
    set_id: SetId,
    /// How many names new pods have tried.
    made: usize,
    /// The names of the pods that were there from the beginning.
    taken: BTreeSet<String>,
    /// Whether new pods find room, where that was asked.
    room: Option<&'a SetRoom<'a>>,
    /// What became of the question on each node that got a new pod.
    pub asked: BTreeMap<String, Room>,
    /// What keeps pods from coming and going.
    known: &'a Known,
    quotas: Quotas,
    /// The nodes whose new pods were refused, and what refused them.
    pub refused_on: BTreeSet<String>,
    pub refused: Vec<Refusal>,
}

impl<'a> Simulation<'a> {
    /// The cluster as it is once everything that ends without being acted on has ended: terminating
    /// pods are gone but those that hang, and so are those bound to nodes that do not exist.
    ///
    /// Pods that do not count for the set are left out.
    pub fn new(
        set: &DaemonSet,
        cluster: &'a Cluster<'a>,
        options: &Options,
        now: Timestamp,
        known: &'a Known,
    ) -> Result<Self, SelectorError> {
        let planner = Planner::in_cluster(set, cluster, options)?;
        let metadata = &set.metadata;
        let own = cluster.pods_controlled_by(&metadata.namespace, Some(&metadata.uid));
        let orphans = cluster.orphans(&metadata.namespace, planner.selector());
        let hanging = known.hindrances.hanging.iter();
        let hanging: BTreeSet<&str> = hanging.map(|it| it.pod.as_str()).collect();
        let stays = |pod: &&Pod| {
            (!pod.is_terminating() || hanging.contains(pod.metadata.name.as_str()))
                && pod
                    .node_name()
                    .is_none_or(|node| cluster.node(node).is_some())
                && planner.claim(&pod.metadata) != Claim::Ignore
        };
        let pods: BTreeMap<_, _> = (own.chain(orphans).filter(stays))
            .map(|pod| (pod.metadata.name.clone(), pod.clone()))
            .collect();
        let mut tracker = Tracker::new();
        for &node in cluster.nodes() {
            tracker.put_node(node);
        }
        for pod in pods.values() {
            tracker.put_pod(pod);
        }
        let set_id = tracker.put_set(planner.clone());
        let mut options = options.clone();
        options.backoff = None;
        Ok(Self {
            taken: pods.keys().cloned().collect(),
            pods,
            nodes: cluster.nodes(),
            revisions: (cluster.revisions_about(set))
                .map(|revisions| revisions.into_iter().cloned().collect()),
            now,
            planner,
            options,
            tracker,
            set_id,
            made: 0,
            set: set.clone(),
            room: None,
            asked: BTreeMap::new(),
            quotas: known.quotas.clone(),
            known,
            refused_on: BTreeSet::new(),
            refused: Vec::new(),
        })
    }

    /// New pods that find no room stay unscheduled.
    pub fn with_room(mut self, room: Option<&'a SetRoom<'a>>) -> Self {
        self.room = room;
        self
    }

    /// Whether a new pod waits for room on the node for as long as nothing else changes.
    fn lacks_room(&mut self, node: &str) -> bool {
        let Some(room) = self.room.and_then(|room| room.in_rollout(node)) else {
            return false;
        };
        let lacks = matches!(room, Room::None { .. });
        self.asked.insert(node.to_owned(), room);
        lacks
    }

    /// What comes next, without the pods that the API server refuses. The set is tracked, so there is always
    /// a plan.
    pub fn plan(&mut self) -> Option<Plan> {
        let mut plan = self.tracker.plan(self.set_id, self.now)?;
        let mut actions = std::mem::take(&mut plan.actions);
        actions.retain(|action| match action {
            Action::CreatePod { node, .. } => !self.refuses(node),
            _ => true,
        });
        plan.actions = actions;
        Some(plan)
    }

    /// Whether the API server refuses a new pod for the node; if not, quotas count it.
    fn refuses(&mut self, node: &str) -> bool {
        let known = self.known;
        let mut by = known.hindrances.refused.clone();
        if by.is_empty() {
            by.extend(self.quotas.refuses(&known.asked));
        }
        if by.is_empty() {
            self.quotas.take(&known.asked);
            return false;
        }
        if self.refused.is_empty() {
            self.refused = by;
        }
        self.refused_on.insert(node.to_owned());
        true
    }

    /// The pods that were deleted, before it began or since, and are there still.
    pub fn hanging(&self) -> Vec<HangingPod> {
        let known = &self.known.hindrances;
        let pods = self.placed().filter(|(_, pod)| pod.is_terminating());
        let mut all: Vec<HangingPod> = pods
            .map(|(node, pod)| {
                let name = &pod.metadata.name;
                let before = known.hanging.iter().find(|it| it.pod == *name);
                let silent = || {
                    let is = known.why_silent(node).unwrap_or("gone");
                    while_silent(is)
                };
                HangingPod {
                    node: node.to_owned(),
                    pod: name.clone(),
                    why: before.map_or_else(silent, |it| it.why.clone()),
                }
            })
            .collect();
        all.sort();
        all
    }

    /// The planner of the set as it is now.
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// The cluster as it is now.
    pub fn cluster(&self) -> Cluster<'_> {
        let cluster =
            Cluster::new(self.nodes.iter().copied(), self.pods.values()).with_now(self.now);
        match &self.revisions {
            Some(revisions) => cluster.with_revisions(revisions),
            None => cluster,
        }
    }

    /// Hands the tracker the set as it is now, with its revisions.
    fn track_set(&mut self) -> Result<(), SelectorError> {
        let planner = Planner::with_options(&self.set, self.options.clone())?;
        self.planner = match &self.revisions {
            Some(revisions) => planner.with_revisions(revisions),
            None => planner,
        };
        self.set_id = self.tracker.put_set(self.planner.clone());
        Ok(())
    }

    /// Carries a plan out. New pods are bound and ready at once, deleted ones are gone at once.
    pub fn apply(&mut self, plan: &Plan) -> Result<(), SelectorError> {
        let mut labels = None;
        let mut set_changes = false;
        for action in &plan.actions {
            match action {
                Action::AdoptPod { pod, .. } => {
                    let owner = self.owner();
                    self.change(pod, |metadata| metadata.owner_references.push(owner));
                }
                Action::RelabelPod { pod, hash, .. } => {
                    self.change(pod, |metadata| {
                        let hash = hash.as_str();
                        metadata.labels.insert(CONTROLLER_REVISION_HASH, hash);
                    });
                }
                // No kubelet is there that would end it.
                Action::DeletePod { pod, node, .. } if self.known.hindrances.is_silent(node) => {
                    let now = self.now;
                    self.change(pod, |metadata| metadata.deletion_timestamp = Some(now));
                }
                Action::ReleasePod { pod, .. } | Action::DeletePod { pod, .. } => {
                    if self.pods.remove(pod).is_some() {
                        let namespace = &self.set.metadata.namespace;
                        self.tracker.remove_pod(namespace, pod);
                        self.quotas.release(if self.taken.contains(pod) {
                            &self.known.asked_today
                        } else {
                            &self.known.asked
                        });
                    }
                }
                Action::CreatePod { node, .. } => {
                    let planner = &self.planner;
                    let labels = labels.get_or_insert_with(|| labels_of_new_pods(planner, node));
                    let pod = self.new_pod(node, labels.clone());
                    self.tracker.put_pod(&pod);
                    self.pods.insert(pod.metadata.name.clone(), pod);
                }
                Action::CreateRevision { .. }
                | Action::AdoptRevision { .. }
                | Action::ReleaseRevision { .. }
                | Action::UpdateRevision { .. }
                | Action::DeleteRevision { .. } => {
                    self.write_revision(action);
                    set_changes = true;
                }
                Action::UpdateStatus { status } => {
                    // Most figures are written and never read; these are.
                    let read = |status: &DaemonSetStatus| {
                        let any_updated = status.updated_number_scheduled > 0;
                        let (observed, collisions) =
                            (status.observed_generation, status.collision_count);
                        (observed, collisions, any_updated)
                    };
                    set_changes |= read(status) != read(&self.set.status);
                    self.set.status = status.clone();
                }
                Action::Event { .. } => {}
            }
        }
        self.tracker.begin_waits(self.set_id, &plan.begun_waits);
        if set_changes {
            self.track_set()?;
        }
        Ok(())
    }

    fn change(&mut self, pod: &str, change: impl FnOnce(&mut ObjectMeta)) {
        if let Some(pod) = self.pods.get_mut(pod) {
            change(&mut pod.metadata);
            self.tracker.put_pod(pod);
        }
    }

    fn write_revision(&mut self, action: &Action) {
        let owner = self.owner();
        let namespace = &self.set.metadata.namespace;
        let Some(revisions) = &mut self.revisions else {
            return;
        };
        let is_named = |revision: &ControllerRevision, name: &str| {
            revision.metadata.name == name && revision.metadata.namespace == *namespace
        };
        let name = match action {
            Action::CreateRevision { .. } => {
                let manifest = self.planner.revision_manifest();
                revisions.extend(serde_json::from_str::<ControllerRevision>(&manifest));
                return;
            }
            Action::DeleteRevision { name, .. } => {
                revisions.retain(|revision| !is_named(revision, name));
                return;
            }
            Action::ReleaseRevision { name }
            | Action::AdoptRevision { name }
            | Action::UpdateRevision { name, .. } => name,
            _ => return,
        };
        let Some(revision) = revisions.iter_mut().find(|it| is_named(it, name)) else {
            return;
        };
        let owners = &mut revision.metadata.owner_references;
        match action {
            Action::ReleaseRevision { .. } => owners.retain(|other| other.uid != owner.uid),
            Action::AdoptRevision { .. } => owners.push(owner),
            Action::UpdateRevision {
                revision: number,
                hash,
                ..
            } => {
                revision.revision = *number;
                let labels = &mut revision.metadata.labels;
                labels.insert(CONTROLLER_REVISION_HASH, hash.as_str());
            }
            _ => {}
        }
    }

    fn owner(&self) -> OwnerReference {
        owner_reference(&self.set)
    }

    fn new_pod(&mut self, node: &str, labels: Labels) -> Pod {
        let name = loop {
            self.made += 1;
            let name = format!("{}-{}", self.set.metadata.name, self.made);
            if !self.taken.contains(&name) {
                break name;
            }
        };
        let known = &self.known.hindrances;
        let never = known.failing.is_some() || known.is_silent(node);
        let status = if self.lacks_room(node) || never {
            PodStatus {
                phase: PodPhase::Pending,
                ..PodStatus::default()
            }
        } else {
            PodStatus {
                phase: PodPhase::Running,
                conditions: vec![PodCondition {
                    type_: ConditionType::Ready,
                    status: ConditionStatus::True,
                    last_transition_time: Some(self.now),
                    ..PodCondition::default()
                }],
                ..PodStatus::default()
            }
        };
        Pod {
            metadata: ObjectMeta {
                name,
                namespace: self.set.metadata.namespace.clone(),
                creation_timestamp: Some(self.now),
                labels,
                owner_references: vec![self.owner()].into(),
                ..ObjectMeta::default()
            },
            spec: PodSpec {
                node_name: node.to_owned(),
                ..PodSpec::default()
            },
            status,
        }
    }

    /// The pods that the set owns and that belong to a node, with the node.
    pub fn placed(&self) -> impl Iterator<Item = (&str, &Pod)> {
        let own = |pod: &&Pod| self.planner.claim(&pod.metadata).counts();
        (self.pods.values().filter(own)).filter_map(|pod| Some((pod.target_node()?, pod)))
    }
}

/// The labels of the pods that the planner creates; they are the same on every node.
fn labels_of_new_pods(planner: &Planner, node: &str) -> Labels {
    let pod = planner.pod_for(node);
    let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
    Labels::deserialize(labels).unwrap_or_default()
}
