//! From a plan to the stage that comes next.
//!
//! Nothing is carried over from one stage to the next but what was learned: every stage is chosen
//! from a new plan, made of the newest that is known. What may be done depends on what is left of
//! the steps before:
//!
//! 1. objects of which a write went wrong are read;
//! 2. revisions and owners are put right, and the revision that new pods carry is stored;
//! 3. pods are created and deleted;
//! 4. old revisions are deleted, and the status is written.

use std::collections::BTreeSet;

use super::by_name::ByName;
use super::compose::Composer;
use super::memory::{Memory, Read};
use super::pod_name::{Try, pod_name};
use super::retry::SlowStart;
use super::stage::{Purpose, Stage};
use super::status_gate::Pods;
use super::stored::StoredRevision;
use super::unseen::{Created, Unseen};
use crate::api::Timestamp;
use crate::outcome::{Action, Outcome, Plan, Reason};
use crate::rollout::BegunWait;
use crate::round::ended;
use crate::tracker::{Tracker, Uid};

/// How many names are tried that known pods have; after that the API server may refuse one.
const NAME_TRIES: usize = 32;

/// Chooses the next stage of one DaemonSet.
pub(super) struct Chooser<'a> {
    pub composer: Composer<'a>,
    pub plan: &'a Plan,
    pub memory: &'a mut Memory,
    pub tracker: &'a Tracker,
    pub unseen: &'a mut Unseen,
    pub revisions: &'a ByName<StoredRevision>,
    pub now: Timestamp,
    pub stage: Stage,
    /// When to look again, whatever happens.
    pub look_at: Option<Timestamp>,
    /// The waits between failed pods that the stage begins.
    pub waits: Vec<BegunWait>,
}

/// Whether the steps that follow may be taken in the same stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    GoOn,
    Stop,
}

impl Chooser<'_> {
    /// Fills the stage.
    pub fn choose(&mut self) {
        self.report_selecting_all();
        self.memory.forget_shown(self.plan, self.now);
        if self.read() == Next::GoOn && self.claim() == Next::GoOn {
            let pods = self.pods();
            self.rest(pods);
        }
    }

    fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }

    fn namespace(&self) -> &str {
        &self.composer.set.object.metadata.namespace
    }

    fn report_selecting_all(&mut self) {
        if self.plan.outcome == Outcome::SelectingAll {
            for action in &self.plan.actions {
                self.report(action);
            }
        }
    }

    fn report(&mut self, action: &Action) {
        if let Action::Event {
            kind,
            event,
            message,
        } = action
        {
            self.memory
                .events
                .report(*kind, event.id(), message, self.now);
        }
    }

    /// Reads what has to be known first.
    fn read(&mut self) -> Next {
        if self.memory.reads.is_empty() {
            return Next::GoOn;
        }
        if let Some(until) = self.memory.claims.waits_until(self.now) {
            self.look_at(until);
            return Next::Stop;
        }
        for read in &self.memory.reads {
            if self.stage.room() == 0 {
                break;
            }
            let request = match read {
                Read::Set => self.composer.read_set(),
                Read::Revision(name) => self.composer.read_revision(name),
            };
            self.stage.push(Purpose::Read(read.clone()), request);
        }
        Next::Stop
    }

    /// Puts revisions and owners right.
    fn claim(&mut self) -> Next {
        let mut next = Next::GoOn;
        let mut claims = Vec::new();
        for action in self.plan.actions.iter().filter(|action| is_claim(action)) {
            match self.memory.is_written(action) {
                None => claims.push(action),
                // Until its new label is seen, the pod counts as one of another revision.
                Some(until) if matches!(action, Action::RelabelPod { .. }) => {
                    self.look_at(until);
                    next = Next::Stop;
                }
                Some(_) => {}
            }
        }
        if claims.is_empty() {
            return next;
        }
        if let Some(until) = self.memory.claims.waits_until(self.now) {
            self.look_at(until);
            return Next::Stop;
        }
        // A set that is being deleted, unseen yet, must not take back what it has let go.
        let adopts = (claims.iter()).any(|action| is_adoption(action));
        if adopts && !self.memory.confirmed {
            let request = self.composer.read_set();
            self.stage.push(Purpose::Read(Read::Set), request);
            return Next::Stop;
        }
        self.memory.confirmed = false;
        // Each revision is written once in a stage: its version has changed after that.
        let mut written = BTreeSet::new();
        for action in claims {
            if self.stage.room() == 0 {
                break;
            }
            let request = match (action, revision_of(action)) {
                (Action::CreateRevision { .. }, _) => {
                    let hold = self.memory.namespace.filter(|hold| !hold.is_over(self.now));
                    if let Some(hold) = hold {
                        self.look_at(hold.until);
                        continue;
                    }
                    Some(self.composer.create_revision(action))
                }
                (_, Some(name)) if !written.insert(name) => continue,
                (_, Some(name)) => {
                    let stored = self.revisions.get(self.namespace(), name);
                    self.composer.act(action, stored)
                }
                (_, None) => self.composer.act(action, None),
            };
            if let Some(request) = request {
                self.stage.push(Purpose::Act(action.clone()), request);
            }
        }
        Next::Stop
    }

    /// Creates and deletes pods. Says whether any have to be.
    fn pods(&mut self) -> Pods {
        let creates =
            (self.plan.actions.iter()).filter(|action| matches!(action, Action::CreatePod { .. }));
        let creates: Vec<_> = creates.collect();
        if creates.is_empty() {
            self.memory.create_window = SlowStart::ONE;
        }
        let deletes = (self.plan.actions.iter()).filter(|action| match action {
            // One that was not seen yet may be about to become available.
            Action::DeletePod { pod, uid, .. } => {
                !uid.is_empty() && !self.unseen.is_deleted(self.namespace(), pod, uid)
            }
            _ => false,
        });
        let mut deletes: Vec<_> = deletes.collect();
        self.hold_back(&mut deletes);
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

    /// Takes out what must wait. A pod that has changed since it was seen is looked at again when it
    /// is shown. Where a pod may have been deleted, and the plan would not delete it any more, it may count
    /// twice in the budget: what the budget allows besides waits until it is known.
    fn hold_back(&mut self, deletes: &mut Vec<&Action>) {
        let namespace = &self.composer.set.object.metadata.namespace;
        let now = self.now;
        let tracker = self.tracker;
        self.memory.doubtful_deletes.retain(|pod, (uid, hold)| {
            let known = tracker.pod_facts(namespace, pod);
            let same =
                known.is_some_and(|(known, facts)| known == Uid::new(uid) && !facts.terminating);
            same && !hold.is_over(now)
        });
        self.memory.changed_pods.retain(|pod, (version, hold)| {
            !hold.is_over(now) && tracker.pod_version(namespace, pod) == Some(*version)
        });
        let changed = &self.memory.changed_pods;
        deletes.retain(|action| match action {
            Action::DeletePod { pod, .. } => !changed.contains_key(pod),
            _ => true,
        });
        let seen = changed.values().map(|(_, hold)| hold.until).min();
        let planned = |pod: &String| {
            let mut deletes = deletes.iter();
            deletes.any(|action| matches!(action, Action::DeletePod { pod: p, .. } if p == pod))
        };
        let doubts = self.memory.doubtful_deletes.iter();
        let unplanned = doubts.filter(|(pod, _)| !planned(pod));
        if let Some(until) = unplanned.map(|(_, (_, hold))| hold.until).min() {
            let before = deletes.len();
            deletes.retain(|action| !is_budgeted(action));
            if deletes.len() < before {
                self.look_at(until);
            }
        }
        if let Some(until) = seen {
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
        if let Some(name) = self.memory.doubtful.get(node) {
            let creation = self.unseen.creation(&meta.namespace, name);
            if matches!(creation, Some(Created::Doubtful(_))) {
                return name.clone();
            }
            self.memory.doubtful.remove(node);
        }
        let mut name = String::new();
        for _ in 0..NAME_TRIES {
            self.memory.named = self.memory.named.wrapping_add(1);
            let attempt = Try {
                set_uid: &meta.uid,
                node,
                now: self.now,
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
        let request = self.composer.delete_pod(pod, uid, version, action);
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

    /// Deletes old revisions and writes the status.
    fn rest(&mut self, pods: Pods) {
        let status = self.plan.actions.iter().find_map(|action| match action {
            Action::UpdateStatus { status } => Some((action, status)),
            _ => None,
        });
        if status.is_none() {
            self.memory.status.unchanged();
        }
        let deletes = self.plan.actions.iter().filter(|action| match action {
            Action::DeleteRevision { reason, .. } => {
                *reason != Reason::HistoryLimit || pods == Pods::AtRest
            }
            _ => false,
        });
        let deletes: Vec<_> = deletes
            .filter(|action| self.memory.is_written(action).is_none())
            .collect();
        if let Some(until) = self.memory.rest.waits_until(self.now) {
            if status.is_some() || !deletes.is_empty() {
                self.look_at(until);
            }
            return;
        }
        for action in deletes {
            let stored =
                revision_of(action).and_then(|name| self.revisions.get(self.namespace(), name));
            if self.stage.room() > 0
                && let Some(request) = self.composer.act(action, stored)
            {
                self.stage.push(Purpose::Act(action.clone()), request);
            }
        }
        let Some((action, new)) = status.filter(|_| self.stage.room() > 0) else {
            return;
        };
        let pods = if self.stage.is_empty() {
            Pods::AtRest
        } else {
            pods
        };
        let old = &self.composer.set.object.status;
        match self.memory.status.pass(old, new, pods, self.now) {
            Ok(()) => {
                let request = self.composer.write_status(new, action);
                self.stage.push(Purpose::Act(action.clone()), request);
            }
            Err(until) => self.look_at(until),
        }
    }
}

/// Whether the action puts a revision or an owner right.
fn is_claim(action: &Action) -> bool {
    match action {
        Action::AdoptPod { .. }
        | Action::ReleasePod { .. }
        | Action::RelabelPod { .. }
        | Action::AdoptRevision { .. }
        | Action::ReleaseRevision { .. }
        | Action::CreateRevision { .. }
        | Action::UpdateRevision { .. } => true,
        Action::DeleteRevision { .. }
        | Action::CreatePod { .. }
        | Action::DeletePod { .. }
        | Action::Event { .. }
        | Action::UpdateStatus { .. } => false,
    }
}

/// Whether the action is one that a budget limits.
fn is_budgeted(action: &Action) -> bool {
    matches!(action.reason(), Some(Reason::Outdated | Reason::Spare))
}

/// Whether a pod is deleted because it is not scheduled or not available, which may have changed
/// since a watch showed it so.
fn depends_on_state(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NodeGone | Reason::OutdatedUnavailable | Reason::OldPodNotReady
    )
}

fn is_adoption(action: &Action) -> bool {
    matches!(
        action,
        Action::AdoptPod { .. } | Action::AdoptRevision { .. }
    )
}

/// The stored revision that the action is about.
fn revision_of(action: &Action) -> Option<&str> {
    match action {
        Action::AdoptRevision { name }
        | Action::ReleaseRevision { name }
        | Action::UpdateRevision { name, .. }
        | Action::DeleteRevision { name, .. } => Some(name),
        _ => None,
    }
}
