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

use super::Kind;
use super::by_name::ByName;
use super::compose::Composer;
use super::memory::{Memory, Read};
use super::stage::{Purpose, Stage};
use super::standing::Orphan;
use super::status_gate::Pods;
use super::stored::StoredRevision;
use super::unseen::Unseen;
use crate::api::Timestamp;
use crate::outcome::{Action, Outcome, Plan, Reason};
use crate::rollout::BegunWait;
use crate::tracker::Tracker;

/// Chooses the next stage of one DaemonSet.
pub(super) struct Chooser<'a> {
    pub composer: Composer<'a>,
    pub plan: &'a Plan,
    pub memory: &'a mut Memory,
    pub tracker: &'a Tracker,
    pub unseen: &'a mut Unseen,
    pub revisions: &'a ByName<StoredRevision>,
    /// The present by a clock that does not jump.
    pub now: Timestamp,
    /// The present.
    pub date: Timestamp,
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
    pub(super) fn choose(&mut self) {
        self.report_selecting_all();
        self.memory.forget_shown(self.plan, self.now);
        if self.read() == Next::GoOn && self.claim() == Next::GoOn {
            let pods = self.pods();
            self.rest(pods);
        }
    }

    pub(super) fn look_at(&mut self, at: Timestamp) {
        self.look_at = Some(self.look_at.map_or(at, |earlier| earlier.min(at)));
    }

    pub(super) fn namespace(&self) -> &str {
        &self.composer.set.object.metadata.namespace
    }

    fn report_selecting_all(&mut self) {
        if self.plan.outcome == Outcome::SelectingAll {
            for action in &self.plan.actions {
                self.report(action);
            }
        }
    }

    pub(super) fn report(&mut self, action: &Action) {
        if let Action::Event {
            kind,
            event,
            message,
        } = action
        {
            self.memory
                .events
                .report(*kind, event.id(), message, self.date);
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
                Read::Set => {
                    self.memory.standing.asks(BTreeSet::new());
                    self.composer.read_set()
                }
                Read::Revision(name) => self.composer.read_revision(name),
            };
            self.stage.push(Purpose::Read(read.clone()), request);
        }
        Next::Stop
    }

    /// Asks whether the set is there to stay, so that these may be adopted, or what has gone be made
    /// again.
    pub(super) fn ask(&mut self, orphans: BTreeSet<Orphan>) {
        if self.stage.room() > 0 {
            self.memory.standing.asks(orphans);
            let request = self.composer.read_set();
            self.stage.push(Purpose::Read(Read::Set), request);
        }
    }

    /// Puts revisions and owners right.
    fn claim(&mut self) -> Next {
        let mut next = Next::GoOn;
        let mut claims = Vec::new();
        let adoptable = self.memory.standing.take_adoptable(self.now);
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
        // A set that is gone or being deleted, unseen yet, must not take back what it has let go, nor
        // have what the garbage collector took away made again.
        let orphans: BTreeSet<Orphan> = claims.iter().filter_map(|it| orphan_of(it)).collect();
        let creates = (claims.iter()).any(|it| matches!(it, Action::CreateRevision { .. }));
        let may_create = !creates || self.memory.standing.allows_creation(self.now);
        if !may_create || (!orphans.is_empty() && orphans.is_disjoint(&adoptable)) {
            self.ask(orphans);
            return Next::Stop;
        }
        // Each revision is written once in a stage: its version has changed after that. So is each
        // pod: one that is not the set's in the end must not have got a label of it.
        let (mut written, mut pods) = (BTreeSet::new(), BTreeSet::new());
        for action in claims {
            if self.stage.room() == 0 {
                break;
            }
            let is_again = match (revision_of(action), pod_of(action)) {
                (Some(name), _) => !written.insert(name),
                (None, Some(pod)) => !pods.insert(pod),
                (None, None) => false,
            };
            let is_unasked = orphan_of(action).is_some_and(|it| !adoptable.contains(&it));
            if is_again || is_unasked {
                continue;
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

    /// Deletes old revisions and writes the status.
    fn rest(&mut self, pods: Pods) {
        let status = self.plan.actions.iter().find_map(|action| match action {
            Action::UpdateStatus { status } => Some((action, status)),
            _ => None,
        });
        if status.is_none() {
            self.memory.status.unchanged();
        }
        let plan = self.plan;
        let mut deletes = Vec::new();
        for action in &plan.actions {
            let Action::DeleteRevision { reason, .. } = action else {
                continue;
            };
            if *reason == Reason::HistoryLimit && pods != Pods::AtRest {
                continue;
            }
            match self.memory.is_written(action) {
                None => deletes.push(action),
                Some(until) => self.look_at(until),
            }
        }
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

/// What the action adopts.
fn orphan_of(action: &Action) -> Option<Orphan> {
    match action {
        Action::AdoptPod { pod, .. } => Some((Kind::Pod, pod.clone())),
        Action::AdoptRevision { name } => Some((Kind::ControllerRevision, name.clone())),
        _ => None,
    }
}

/// The pod whose owner or label the action puts right.
fn pod_of(action: &Action) -> Option<&str> {
    match action {
        Action::AdoptPod { pod, .. }
        | Action::ReleasePod { pod, .. }
        | Action::RelabelPod { pod, .. } => Some(pod),
        _ => None,
    }
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
