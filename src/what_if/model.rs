//! A cluster in which everything goes well at once: what plans are applied to.

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
use crate::hash::HashSet;
use crate::plan::{Plan, Planner};
use crate::revision;
use crate::selector::{Selector, SelectorError};

/// The state between two rounds.
pub(super) struct Model<'a> {
    pub set: DaemonSet,
    pub nodes: &'a [Node],
    pub pods: Vec<Pod>,
    pub revisions: Vec<ControllerRevision>,
    pub now: Timestamp,
    backoff: Backoff,
    /// How many names new pods have tried.
    made: usize,
    /// The names of the pods that were there from the beginning.
    taken: HashSet<String>,
}

impl<'a> Model<'a> {
    /// The situation as it is once everything that ends by itself has ended: pods that are being
    /// deleted are gone, and so are those bound to nodes that do not exist.
    ///
    /// Pods that are none of the set's business are left out.
    pub fn new(situation: &'a Situation) -> Result<Self, SelectorError> {
        let set = situation.daemon_set.clone();
        let selector = match Selector::new(set.spec.selector.as_ref()) {
            Err(error) if !set.metadata.is_terminating() => return Err(error),
            other => other.unwrap_or_else(|_| Selector::nothing()),
        };
        let names: HashSet<&str> = (situation.nodes.iter())
            .map(|node| node.metadata.name.as_str())
            .collect();
        let stays = |pod: &&Pod| {
            !pod.metadata.is_terminating()
                && (pod.spec.node_name.is_empty() || names.contains(pod.spec.node_name.as_str()))
                && Claim::of(&set, &selector, &pod.metadata) != Claim::Ignore
        };
        let now = (situation.now).unwrap_or_else(|| {
            crate::plan::newest(&situation.daemon_set, &situation.nodes, &situation.pods)
        });
        Ok(Self {
            pods: situation.pods.iter().filter(stays).cloned().collect(),
            nodes: &situation.nodes,
            revisions: situation.revisions.clone(),
            now,
            backoff: Backoff::new(&set),
            made: 0,
            taken: (situation.pods.iter())
                .map(|pod| pod.metadata.name.clone())
                .collect(),
            set,
        })
    }

    /// The planner for the next round.
    pub fn planner(&self) -> Result<Planner, SelectorError> {
        Ok(Planner::new(&self.set)?
            .revisions(&self.revisions)
            .now(self.now)
            .backoff(self.backoff.clone()))
    }

    /// Carries a plan out. New pods are bound and ready at once, deleted ones are gone at once.
    pub fn apply(&mut self, planner: &Planner, plan: &Plan) {
        let mut gone = HashSet::default();
        let mut labels = None;
        for action in &plan.actions {
            match action {
                Action::AdoptPod { pod } => {
                    let owner = self.owner();
                    for meta in self.named(pod) {
                        meta.owner_references.push(owner.clone());
                    }
                }
                Action::RelabelPod { pod, hash } => {
                    for meta in self.named(pod) {
                        meta.labels.insert(HASH_LABEL, hash.as_str());
                    }
                }
                Action::ReleasePod { pod } | Action::DeletePod { pod, .. } => {
                    gone.insert(pod.as_str());
                }
                Action::CreatePod { node, .. } => {
                    let labels = labels.get_or_insert_with(|| labels_of_new_pods(planner, node));
                    let pod = self.new_pod(node, labels.clone());
                    self.pods.push(pod);
                }
                Action::CreateRevision { .. }
                | Action::AdoptRevision { .. }
                | Action::ReleaseRevision { .. }
                | Action::UpdateRevision { .. }
                | Action::DeleteRevision { .. } => self.write_revision(action),
                Action::UpdateStatus { status } => self.set.status = status.clone(),
                Action::Event { .. } => {}
            }
        }
        if !gone.is_empty() {
            self.pods
                .retain(|pod| !gone.contains(pod.metadata.name.as_str()));
        }
        self.backoff.advance(&plan.backoff);
    }

    fn named<'p>(&'p mut self, name: &'p str) -> impl Iterator<Item = &'p mut ObjectMeta> {
        let metadata = self.pods.iter_mut().map(|pod| &mut pod.metadata);
        metadata.filter(move |meta| meta.name == name)
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
                    data: revision::as_value(template),
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
            if !self.taken.contains(&name) {
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
    pub fn placed<'p>(
        &'p self,
        selector: &'p Selector,
    ) -> impl Iterator<Item = (&'p str, &'p Pod)> {
        let own = |pod: &&Pod| {
            matches!(
                Claim::of(&self.set, selector, &pod.metadata),
                Claim::Own | Claim::Adopt
            )
        };
        (self.pods.iter().filter(own)).filter_map(|pod| Some((target_node(pod)?, pod)))
    }
}

/// The labels of the pods that the planner makes; they are the same on every node.
fn labels_of_new_pods(planner: &Planner, node: &str) -> Labels {
    let pod = planner.pod_for(node);
    let labels = pod.pointer("/metadata/labels").unwrap_or(&Value::Null);
    Labels::deserialize(labels).unwrap_or_default()
}
