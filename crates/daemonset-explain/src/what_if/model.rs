//! A cluster in which everything goes well at once: what plans are applied to.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::Situation;
use crate::action::Action;
use crate::api::{
    ConditionStatus, ConditionType, ControllerRevision, DaemonSet, HASH_LABEL, Labels, Node,
    ObjectMeta, OwnerReference, Pod, PodCondition, PodPhase, PodSpec, PodStatus, Timestamp,
};
use crate::backoff::Backoff;
use crate::claim::{Claim, target_node};
use crate::hash::{FixedState, HashMap, HashSet};
use crate::placement::{Rules, Verdict};
use crate::plan::{Plan, Planner};
use crate::revision;
use crate::selector::{Selector, SelectorError};
use crate::tracker::{SetId, Tracker};

/// The state between two rounds.
///
/// Nodes and pods are with a tracker too, which plans as [`Planner::plan`] does and looks only at
/// what has changed: a rollout of many rounds takes time by its pods, not by rounds times nodes.
pub(super) struct Model<'a> {
    pub set: DaemonSet,
    pub pods: IndexMap<String, Pod, FixedState>,
    pub revisions: Vec<ControllerRevision>,
    pub now: Timestamp,
    /// The nodes, each once; of a node given twice the one that allows less.
    pub nodes: HashMap<&'a str, (&'a Node, Verdict)>,
    pub selector: Selector,
    planner: Planner,
    tracker: Tracker,
    set_id: SetId,
    backoff: Backoff,
    /// How many names new pods have tried.
    made: usize,
    /// The names of the pods that were there from the beginning.
    taken: HashSet<&'a str>,
}

impl<'a> Model<'a> {
    /// The situation as it is once everything that ends by itself has ended: pods that are being
    /// deleted are gone, and so are those bound to nodes that do not exist.
    ///
    /// Pods that are none of the set's business are left out.
    pub fn new(situation: &'a Situation) -> Result<Self, SelectorError> {
        let set = situation.daemon_set.clone();
        let planner = Planner::new(&set)?.revisions(&situation.revisions);
        let selector = planner.selector.clone();
        let rules = Rules::new(&set.spec.template);
        let mut nodes: HashMap<&str, (&Node, Verdict)> = HashMap::default();
        for node in &situation.nodes {
            let verdict = rules.verdict(node);
            let known = nodes.entry(&node.metadata.name).or_insert((node, verdict));
            if verdict < known.1 {
                *known = (node, verdict);
            }
        }
        let stays = |pod: &&Pod| {
            !pod.metadata.is_terminating()
                && (pod.spec.node_name.is_empty() || nodes.contains_key(&*pod.spec.node_name))
                && Claim::of(&set, &selector, &pod.metadata) != Claim::Ignore
        };
        let now = (situation.now).unwrap_or_else(|| {
            crate::plan::newest(&situation.daemon_set, &situation.nodes, &situation.pods)
        });
        let pods: IndexMap<_, _, _> = (situation.pods.iter())
            .filter(stays)
            .map(|pod| (pod.metadata.name.clone(), pod.clone()))
            .collect();
        let mut tracker = Tracker::new();
        for node in &situation.nodes {
            // Which of two is put first decides nothing.
            if nodes
                .get(&*node.metadata.name)
                .is_some_and(|(kept, _)| std::ptr::eq(*kept, node))
            {
                tracker.put_node(node);
            }
        }
        for pod in pods.values() {
            tracker.put_pod(pod);
        }
        let set_id = tracker.put_set(planner.clone());
        Ok(Self {
            pods,
            nodes,
            revisions: situation.revisions.clone(),
            now,
            selector,
            planner,
            tracker,
            set_id,
            backoff: Backoff::new(&set),
            made: 0,
            taken: (situation.pods.iter())
                .map(|pod| pod.metadata.name.as_str())
                .collect(),
            set,
        })
    }

    /// Hands the tracker the set as it is now, with its revisions.
    fn track_set(&mut self) -> Result<(), SelectorError> {
        if !self.backoff.is_for(&self.set) {
            self.backoff = Backoff::new(&self.set);
        }
        self.planner = Planner::new(&self.set)?
            .revisions(&self.revisions)
            .backoff(self.backoff.clone());
        self.set_id = self.tracker.put_set(self.planner.clone());
        Ok(())
    }

    /// What comes next. The set is tracked, so there is always a plan.
    pub fn plan(&mut self) -> Option<Plan> {
        self.tracker.plan(self.set_id, self.now)
    }

    /// The planner of the set as it is now.
    pub fn planner(&self) -> &Planner {
        &self.planner
    }

    /// Carries a plan out. New pods are bound and ready at once, deleted ones are gone at once.
    pub fn apply(&mut self, plan: &Plan) -> Result<(), SelectorError> {
        let mut labels = None;
        let mut set_changes = false;
        for action in &plan.actions {
            match action {
                Action::AdoptPod { pod } => {
                    let owner = self.owner();
                    self.change(pod, |meta| meta.owner_references.push(owner));
                }
                Action::RelabelPod { pod, hash } => {
                    self.change(pod, |meta| {
                        meta.labels.insert(HASH_LABEL, hash.as_str());
                    });
                }
                Action::ReleasePod { pod } | Action::DeletePod { pod, .. } => {
                    if self.pods.swap_remove(pod).is_some() {
                        let namespace = &self.set.metadata.namespace;
                        self.tracker.remove_pod(namespace, pod);
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
                    // The figures are written and never read; these two are.
                    let read = |status: &crate::api::DaemonSetStatus| {
                        (status.observed_generation, status.collision_count)
                    };
                    set_changes |= read(status) != read(&self.set.status);
                    self.set.status = status.clone();
                }
                Action::Event { .. } => {}
            }
        }
        self.tracker.begin_waits(self.set_id, &plan.backoff);
        self.backoff.advance(&plan.backoff);
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
        let namespace = self.set.metadata.namespace.clone();
        let is_named = |revision: &ControllerRevision, name: &str| {
            revision.metadata.name == name && revision.metadata.namespace == namespace
        };
        match action {
            Action::CreateRevision {
                name,
                revision,
                hash,
            } => {
                let template = &self.set.spec.template;
                let mut labels = template.labels().clone();
                labels.insert(HASH_LABEL, hash.as_str());
                self.revisions.push(ControllerRevision {
                    metadata: ObjectMeta {
                        name: name.clone(),
                        namespace,
                        labels,
                        owner_references: vec![owner],
                        ..ObjectMeta::default()
                    },
                    data: serde_json::from_str(&revision::data(template)).unwrap_or_default(),
                    revision: *revision,
                });
            }
            Action::DeleteRevision { name, .. } => {
                self.revisions.retain(|revision| !is_named(revision, name));
            }
            Action::ReleaseRevision { name } => {
                let found = self.revisions.iter_mut().filter(|r| is_named(r, name));
                found.for_each(|r| r.metadata.owner_references.retain(|it| it.uid != owner.uid));
            }
            Action::AdoptRevision { name } => {
                let found = self.revisions.iter_mut().filter(|r| is_named(r, name));
                found.for_each(|r| r.metadata.owner_references.push(owner.clone()));
            }
            Action::UpdateRevision {
                name,
                revision,
                hash,
                ..
            } => {
                for found in self.revisions.iter_mut().filter(|r| is_named(r, name)) {
                    found.revision = *revision;
                    found.metadata.labels.insert(HASH_LABEL, hash.as_str());
                }
            }
            _ => {}
        }
    }

    fn owner(&self) -> OwnerReference {
        OwnerReference {
            api_version: "apps/v1".to_owned(),
            kind: "DaemonSet".to_owned(),
            name: self.set.metadata.name.clone(),
            uid: self.set.metadata.uid.clone(),
            controller: true,
            block_owner_deletion: true,
        }
    }

    fn new_pod(&mut self, node: &str, labels: Labels) -> Pod {
        let name = loop {
            self.made += 1;
            let name = format!("{}-{}", self.set.metadata.name, self.made);
            if !self.taken.contains(name.as_str()) {
                break name;
            }
        };
        Pod {
            metadata: ObjectMeta {
                name,
                namespace: self.set.metadata.namespace.clone(),
                creation_timestamp: Some(self.now),
                labels,
                owner_references: vec![self.owner()],
                ..ObjectMeta::default()
            },
            spec: PodSpec {
                node_name: node.to_owned(),
                ..PodSpec::default()
            },
            status: PodStatus {
                phase: PodPhase::Running,
                conditions: vec![PodCondition {
                    type_: ConditionType::Ready,
                    status: ConditionStatus::True,
                    last_transition_time: Some(self.now),
                    ..PodCondition::default()
                }],
                ..PodStatus::default()
            },
        }
    }

    /// The pods that the set owns and that belong to a node, with the node.
    pub fn placed(&self) -> impl Iterator<Item = (&str, &Pod)> {
        let own = |pod: &&Pod| {
            let claim = Claim::of(&self.set, &self.selector, &pod.metadata);
            matches!(claim, Claim::Own | Claim::Adopt)
        };
        (self.pods.values().filter(own)).filter_map(|pod| Some((target_node(pod)?, pod)))
    }
}

/// The labels of the pods that the planner makes; they are the same on every node.
fn labels_of_new_pods(planner: &Planner, node: &str) -> Labels {
    let pod = planner.pod_for(node);
    let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
    Labels::deserialize(labels).unwrap_or_default()
}
