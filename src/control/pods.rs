//! The step of a stage that creates and deletes pods.

use std::collections::BTreeSet;

use super::choose::Chooser;
use super::pod_name::{Try, pod_name};
use super::request::delete_pod;
use super::retry::SlowStart;
use super::stage::Purpose;
use super::status_gate::Pods;
use crate::outcome::{Action, Reason};
use crate::round::ended;

/// How many names are tried that known pods have; after that the API server may refuse one.
const NAME_TRIES: usize = 32;

impl Chooser<'_> {
    /// Creates and deletes pods. Says whether any have to be.
    pub(super) fn pods(&mut self) -> Pods {
        let creates =
            (self.plan.actions.iter()).filter(|action| matches!(action, Action::CreatePod { .. }));
        let mut creates: Vec<_> = creates.collect();
        if creates.is_empty() {
            self.memory.create_window = SlowStart::ONE;
        } else if !self.memory.standing.allows_creation(self.now) {
            match self.memory.claims.waits_until(self.now) {
                Some(until) => self.look_at(until),
                None => self.ask(BTreeSet::new()),
            }
            return Pods::UnderWay;
        }
        let deletes = (self.plan.actions.iter()).filter(|action| match action {
            // One that was not seen yet may be about to become available.
            Action::DeletePod { pod, uid, .. } => {
                !uid.is_empty() && !self.unseen.is_deleted(self.namespace(), pod, uid)
            }
            _ => false,
        });
        let mut deletes: Vec<_> = deletes.collect();
        self.hold_back(&mut creates, &mut deletes);
        let namespace = self.memory.namespace.filter(|hold| !hold.is_over(self.now));
        let held = namespace.map(|hold| hold.until);
        let held = held.max(self.memory.creates.waits_until(self.now));
        match held {
            Some(until) if !creates.is_empty() => self.look_at(until),
            Some(_) => {}
            None => {
                for action in &creates {
                    if self.stage.room() == 0
                        || self.stage.requests.len() >= self.memory.create_window.limit()
                    {
                        break;
                    }
                    self.create(action);
                }
            }
        }
        match self.memory.deletes.waits_until(self.now) {
            Some(until) if !deletes.is_empty() => self.look_at(until),
            Some(_) => {}
            None => {
                let window = self.memory.delete_window.limit();
                for action in deletes.iter().take(window) {
                    if self.stage.room() == 0 {
                        break;
                    }
                    self.delete(action);
                }
            }
        }
        if creates.is_empty() && deletes.is_empty() {
            Pods::AtRest
        } else {
            Pods::UnderWay
        }
    }

    /// Takes out what must wait: a pod that has changed since it was seen is looked at again when it
    /// is shown, and what the budget limits waits while some of it may be spent unseen.
    fn hold_back<'p>(&mut self, creates: &mut Vec<&'p Action>, deletes: &mut Vec<&'p Action>) {
        let namespace = &self.composer.set.object.metadata.namespace;
        (self.memory.doubts).settle(namespace, self.tracker, self.unseen, self.now);
        let doubts = &self.memory.doubts;
        let mut waits = Vec::new();
        deletes.retain(|action| {
            let until = pod_of(action).and_then(|pod| doubts.changed_until(pod));
            waits.extend(until);
            until.is_none()
        });
        let nodes: BTreeSet<&str> = creates
            .iter()
            .filter_map(|action| node_of(action))
            .collect();
        let pods: BTreeSet<&str> = deletes.iter().filter_map(|action| pod_of(action)).collect();
        let creates_on = |node: &str| nodes.contains(node);
        let until = doubts.budget_until(creates_on, |pod| pods.contains(pod), self.now);
        if let Some(until) = until {
            for actions in [creates, deletes] {
                let before = actions.len();
                actions.retain(|action| !is_budgeted(action));
                waits.extend((actions.len() < before).then_some(until));
            }
        }
        for until in waits {
            self.look_at(until);
        }
    }

    fn create(&mut self, action: &Action) {
        let Action::CreatePod { node, .. } = action else {
            return;
        };
        let name = self.name_for(node);
        self.unseen
            .sent(&self.composer.set.object.metadata.namespace, &name);
        let (labels, request) = self.composer.create_pod(node, &name, action);
        let purpose = Purpose::CreatePod {
            node: node.clone(),
            name,
            labels,
        };
        self.stage.push(purpose, request);
    }

    /// The name that was tried before and may be taken by this very pod, or a new one.
    fn name_for(&mut self, node: &str) -> String {
        let meta = &self.composer.set.object.metadata;
        if let Some(name) = self.memory.doubts.created_name(node) {
            return name.to_owned();
        }
        let mut name = String::new();
        for _ in 0..NAME_TRIES {
            self.memory.named = self.memory.named.wrapping_add(1);
            let attempt = Try {
                set_uid: &meta.uid,
                node,
                now: self.date,
                number: self.memory.named,
            };
            name = pod_name(&meta.name, attempt);
            let is_known = self.tracker.pod_facts(&meta.namespace, &name).is_some()
                || self.unseen.creation(&meta.namespace, &name).is_some();
            if !is_known {
                break;
            }
        }
        name
    }

    fn delete(&mut self, action: &Action) {
        let Action::DeletePod {
            pod,
            uid,
            node,
            reason,
        } = action
        else {
            return;
        };
        let version =
            (self.tracker.pod_version(self.namespace(), pod)).filter(|_| depends_on_state(*reason));
        let request = delete_pod(self.namespace(), pod, uid, version, action);
        let waits = self.plan.begun_waits.iter();
        self.waits
            .extend(waits.filter(|begun| begun.node == *node).cloned());
        if reason.is_ended() {
            let event = ended(*reason, self.namespace(), pod, node);
            self.report(&event);
        }
        let purpose = Purpose::DeletePod {
            pod: pod.clone(),
            uid: uid.clone(),
            version,
        };
        self.stage.push(purpose, request);
    }
}

/// The node that a pod is created on.
fn node_of(action: &Action) -> Option<&str> {
    match action {
        Action::CreatePod { node, .. } => Some(node),
        _ => None,
    }
}

/// The pod that is deleted.
fn pod_of(action: &Action) -> Option<&str> {
    match action {
        Action::DeletePod { pod, .. } => Some(pod),
        _ => None,
    }
}

/// Whether the action is one that a budget limits.
fn is_budgeted(action: &Action) -> bool {
    matches!(
        action.reason(),
        Some(Reason::Outdated | Reason::Spare | Reason::Surge)
    )
}

/// Whether a pod is deleted because it is not scheduled or not available, which may have changed
/// since a watch showed it so.
fn depends_on_state(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NodeGone | Reason::OutdatedUnavailable | Reason::OldPodNotReady
    )
}
