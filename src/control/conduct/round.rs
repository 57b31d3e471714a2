//! A round of one DaemonSet: from what is known to the stage that comes next.
//!
//! 1. the rolling update is taken over, or given back;
//! 2. what is to be remembered is written, over the version of the set that was planned from;
//! 3. pods are deleted on the account of what is written.

use std::collections::BTreeMap;

use super::entry::{Entry, Flight, Purpose};
use super::note::Note;
use super::write::{self, Beside};
use super::{Conductor, Key};
use crate::api::Timestamp;
use crate::cluster::Cluster;
use crate::control::by_name::ByName;
use crate::control::request::{Request, delete_pod};
use crate::control::stage::{LARGEST, stages};
use crate::control::stored::StoredRevision;
use crate::outcome::{Action, EventType, Reason};
use crate::planner::Planner;
use crate::policy::{Governed, Governor, Held, Hold, Signals};
use crate::rollout::Shape;
use crate::round::{PodInRound, RoundView};
use crate::view::{NodeView, PodView};

const ON_DELETE: &str = "OnDelete";

/// What people are told: how bad it is, its reason, and a sentence.
type Told = (EventType, &'static str, String);

/// Chooses the next stage of one DaemonSet.
struct Round<'a, N, P, S> {
    nodes: &'a BTreeMap<String, N>,
    pods: &'a ByName<P>,
    revisions: &'a ByName<StoredRevision>,
    signals: &'a S,
    entry: &'a mut Entry,
    now: Timestamp,
    requests: Vec<Request>,
    purposes: Vec<Purpose>,
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Conductor<N, P, S> {
    /// [Begins](Self::begin) a stage for every DaemonSet that is [due](Self::due) and has something to
    /// do.
    pub fn begin_due(&mut self, now: Timestamp) -> Vec<(Key, Vec<Request>)> {
        stages(self.due(now), |key| self.begin(key, now))
    }

    /// Begins a stage for a DaemonSet: requests that may all be under way at once. Empty where there
    /// is nothing to do, or a stage is under way; otherwise [`end`](Self::end) it with the answers.
    pub fn begin(&mut self, key: &Key, now: Timestamp) -> Vec<Request> {
        if !self.lists.are_complete() || self.flights.contains_key(key) {
            return Vec::new();
        }
        let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) else {
            return Vec::new();
        };
        entry.again = false;
        entry.look_at = None;
        if entry.link.waits_until(now).is_some() {
            return Vec::new();
        }
        self.counts.plans += 1;
        let mut round = Round {
            nodes: &self.nodes,
            pods: &self.pods,
            revisions: &self.revisions,
            signals: &self.signals,
            entry,
            now,
            requests: Vec::new(),
            purposes: Vec::new(),
        };
        round.choose();
        let Round {
            entry,
            mut requests,
            mut purposes,
            ..
        } = round;
        let room = LARGEST.saturating_sub(requests.len());
        let events = (entry.events).requests(&entry.stored, &self.reporter, room, now);
        for (event, request) in events {
            purposes.push(Purpose::Report(event));
            requests.push(request);
        }
        if !requests.is_empty() {
            let uid = entry.stored.object.metadata.uid.clone();
            self.flights.insert(key.clone(), Flight { uid, purposes });
            self.counts.requests += requests.len() as u64;
        }
        requests
    }
}

impl<N: NodeView, P: PodView, S: Signals<N, P>> Round<'_, N, P, S> {
    fn push(&mut self, purpose: Purpose, request: Request) {
        self.purposes.push(purpose);
        self.requests.push(request);
    }

    /// Reports what is so now and was not before.
    fn say(&mut self, all: Vec<Told>) {
        let entry = &mut *self.entry;
        for (kind, reason, message) in &all {
            if !entry.said.contains(message) {
                entry.events.report(*kind, reason, message, self.now);
            }
        }
        entry.said = all.into_iter().map(|(_, _, message)| message).collect();
    }

    fn choose(&mut self) {
        self.entry.held.clear();
        let meta = &self.entry.stored.object.metadata;
        if meta.deletion_timestamp.is_some() {
            return;
        }
        if let Some(until) = self.entry.writes.waits_until(self.now) {
            return self.entry.look_at(until);
        }
        if self.entry.read {
            let request = write::read(&self.entry.stored);
            return self.push(Purpose::Read, request);
        }
        match self.entry.policy.clone() {
            None => self.release(),
            Some(policy) => self.under(policy),
        }
    }

    fn release(&mut self) {
        if self.entry.text.is_some() {
            let request = write::release(&self.entry.stored, &self.entry.note);
            self.push(Purpose::Release, request);
        }
    }

    fn under(&mut self, policy: Result<Governor, String>) {
        let Some(planner) = self.planner() else {
            return;
        };
        if planner.strategy().surges() {
            let message = "the policy is not carried out: OnDelete deletes old pods first, so \
                           maxSurge has to be 0";
            self.say(vec![warning("PolicyNeedsNoSurge", message.to_owned())]);
        } else if self.entry.stored.object.spec.update_strategy.type_ != ON_DELETE {
            let mut note = self.entry.note.clone();
            note.took_over = true;
            self.remember(note, Beside::Strategy);
        } else {
            match policy {
                Ok(governor) => self.govern(&planner, &governor),
                Err(error) => {
                    let why = "no pod is replaced, since the policy does not read";
                    self.say(vec![warning("InvalidPolicy", format!("{why}: {error}"))]);
                }
            }
        }
        self.entry.planner = Some(planner);
    }

    /// The planner of the rolling update that is meant; `None` for a malformed selector.
    fn planner(&mut self) -> Option<Planner> {
        if let Some(planner) = self.entry.planner.take() {
            return Some(planner);
        }
        let mut set = self.entry.stored.object.clone();
        "RollingUpdate".clone_into(&mut set.spec.update_strategy.type_);
        let planner = Planner::new(&set).ok()?;
        let known = self.revisions.in_namespace(&set.metadata.namespace);
        Some(planner.with_revisions(known.map(|(_, stored)| &stored.object)))
    }

    fn govern(&mut self, planner: &Planner, governor: &Governor) {
        let (nodes, pods) = (self.nodes, self.pods);
        let meta = &self.entry.stored.object.metadata;
        let pods = pods.in_namespace(&meta.namespace).map(|(_, pod)| pod);
        let cluster = Cluster::new(nodes.values(), pods).with_now(self.now);
        let view = planner.view(&cluster);
        // Kubernetes would make new pods of what it knows, and it does not know all of this yet.
        let is_observed = self.entry.stored.object.status.observed_generation >= meta.generation;
        let makes_revision = |action: &Action| matches!(action, Action::CreateRevision { .. });
        if !is_observed || view.plan.actions.iter().any(makes_revision) {
            return;
        }
        let mut memory = self.entry.note.memory.clone();
        // What is approved is approved of a revision that is known to be rolled out.
        let is_new = memory.revision != view.plan.current_revision.hash;
        let approvals = if is_new {
            Vec::new()
        } else {
            self.entry.approvals()
        };
        for wave in &approvals {
            memory.approve(wave);
        }
        let governed = governor.govern(planner, &view, &memory, self.signals);
        let leaks = self.report_leaks(&view, &governed);
        self.report(&view, &governed);
        if let Some(at) = governed.look_again_at {
            self.entry.look_at(at);
        }
        let mut note = self.entry.note.clone();
        let begun = governed.memory.begun.iter();
        (note.replacing).extend(begun.map(|(node, begun)| (node.clone(), begun.pod.clone())));
        note.replacing.retain(|node, old| {
            let seen = view.node(node);
            seen.is_some_and(|seen| {
                let is_new = |pod: &PodInRound<'_, P>| {
                    pod.fact.version.is_updated() && pod.pod.uid() != *old
                };
                !seen.staying().any(is_new)
            })
        });
        note.memory = governed.memory;
        self.entry.held = governed.held;
        if !approvals.is_empty() {
            return self.remember(note, Beside::Approvals);
        }
        // What was reported is not reported again: it was there when the note was written.
        if leaks || note.has_news(&self.entry.written) {
            return self.remember(note, Beside::Nothing);
        }
        self.entry.note = note;
        match governed.roll_back {
            Some(to) => self.roll_back(to),
            None => self.delete(&governed.plan.actions),
        }
    }

    /// Reports new pods of the current revision that are there before their turn, and that come of no
    /// deletion on the policy's account. Says whether there are any.
    fn report_leaks(&mut self, view: &RoundView<'_, N, P>, governed: &Governed) -> bool {
        let pods = || view.nodes.iter().flat_map(|node| &node.pods);
        let entry = &mut *self.entry;
        let written = entry.written.at;
        let known = entry.known.get_or_insert_with(|| {
            // What came since the last note was not seen by whoever wrote it.
            let was_there = |created: Option<Timestamp>| created <= written || written.is_none();
            let known = pods().filter(|pod| was_there(pod.fact.created));
            known.map(|pod| pod.pod.uid().to_owned()).collect()
        });
        let mut leaks = false;
        for ahead in &governed.ahead {
            if !known.contains(&ahead.uid) && !entry.note.replacing.contains_key(&ahead.node) {
                let message = format!(
                    "Pod {} of the current revision is on {} before its turn, since what was there \
                     before was not deleted by the policy: {}",
                    ahead.pod, ahead.node, ahead.hold
                );
                leaks = true;
                let kind = EventType::Warning;
                entry
                    .events
                    .report(kind, "UpdatedBeforeTurn", &message, self.now);
            }
        }
        *known = pods().map(|pod| pod.pod.uid().to_owned()).collect();
        leaks
    }

    /// Reports what people have to know or to do.
    fn report(&mut self, view: &RoundView<'_, N, P>, governed: &Governed) {
        let mut all: Vec<Told> = stuck(view, governed).into_iter().collect();
        if self.entry.unreadable {
            let message = "what was remembered does not read and is lost";
            all.push(warning("MemoryLost", message.to_owned()));
        }
        for Held { hold, .. } in &governed.held {
            let event = match hold {
                Hold::Stopped { .. } | Hold::Refused => warning("RolloutStopped", hold.to_string()),
                Hold::NoCanary => warning("RolloutHeld", hold.to_string()),
                Hold::Gate { .. } => (EventType::Normal, "WaitsForApproval", hold.to_string()),
                _ => continue,
            };
            if !all.contains(&event) {
                all.push(event);
            }
        }
        self.say(all);
    }

    /// Writes the note over this very version of the set.
    fn remember(&mut self, mut note: Note, beside: Beside) {
        note.at = Some(self.now);
        let (text, request) = write::remember(&self.entry.stored, &note, beside);
        self.push(Purpose::Remember(Box::new(note), text), request);
    }

    fn roll_back(&mut self, to: i64) {
        let meta = &self.entry.stored.object.metadata;
        let found = self
            .revisions
            .in_namespace(&meta.namespace)
            .find(|(_, stored)| {
                let owner = stored.object.metadata.controller();
                stored.object.revision == to && owner.is_some_and(|owner| owner.uid == meta.uid)
            });
        let request = found.map(|(_, stored)| write::roll_back(&self.entry.stored, stored));
        if let Some(request) = request {
            self.push(Purpose::RollBack(to), request);
        }
    }

    /// Deletes the pods whose deletion is written down.
    fn delete(&mut self, actions: &[Action]) {
        let now = self.now;
        self.entry.deleted.retain(|_, wait| !wait.is_over(now));
        for action in actions {
            let Action::DeletePod {
                pod,
                uid,
                node,
                reason,
            } = action
            else {
                continue;
            };
            let begun = self.entry.written.memory.begun.get(node);
            if begun.is_none_or(|begun| begun.pod != *uid) || uid.is_empty() {
                continue;
            }
            let wait = self.entry.deleted.get(uid).map(|wait| wait.until);
            if let Some(until) = wait.or(self.entry.deletes.waits_until(now)) {
                self.entry.look_at(until);
                continue;
            }
            if self.requests.len() >= LARGEST {
                self.entry.again = true;
                break;
            }
            // A pod that is not available may be so by now.
            let namespace = &self.entry.stored.object.metadata.namespace;
            let known = self.pods.get(namespace, pod);
            let version = (known.and_then(PodView::resource_version))
                .filter(|_| *reason == Reason::OutdatedUnavailable);
            let request = delete_pod(namespace, pod, uid, version, action);
            let purpose = Purpose::Delete {
                node: node.clone(),
                pod: pod.clone(),
                uid: uid.clone(),
                in_version: version.is_some(),
            };
            self.push(purpose, request);
        }
    }
}

/// What keeps a rollout from going on until someone acts: the budget is used up by old pods that are not
/// available and whose turn has not come, and by nothing that ends without that.
fn stuck<N: NodeView, P: PodView>(view: &RoundView<'_, N, P>, governed: &Governed) -> Option<Told> {
    let of = |held: &Held| match &held.action {
        Action::DeletePod { node, .. } => Some((node.clone(), held.hold == Hold::Budget)),
        _ => None,
    };
    let held: BTreeMap<String, bool> = governed.held.iter().filter_map(of).collect();
    if !held.values().any(|waits_for_budget| *waits_for_budget) {
        return None;
    }
    let mut names = Vec::new();
    for node in view.nodes.iter().filter(|node| node.state.counts.desired) {
        match node.state.shape {
            Shape::Updated { available: true }
            | Shape::Old {
                available: true, ..
            } => {}
            Shape::Old { .. } if held.get(node.name) == Some(&false) => names.push(node.name),
            _ => return None,
        }
    }
    let first = names.first()?;
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "maxUnavailable is used up by {first}{more}, where the old pod is not available and may not be \
         replaced before its turn: delete it by hand, or raise maxUnavailable"
    );
    Some(warning("RolloutHeld", message))
}

fn warning(reason: &'static str, message: String) -> Told {
    (EventType::Warning, reason, message)
}
