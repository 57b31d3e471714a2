//! What the answers to a stage change.

use serde_json::Value;

use super::Counts;
use super::events::EventKey;
use super::memory::{Deed, Memory, Read};
use super::pod_views::CreatedPod;
use super::reply::{Reply, asks_for_rest};
use super::request::Answer;
use super::retry::{Hold, LONGEST_REFUSED, LONGEST_UNANSWERED, SlowStart};
use super::stage::Purpose;
use super::unseen::{Certainty, Claim, Done, Made, PATIENCE_SECONDS, Unseen, version_of};
use crate::api::{Labels, Timestamp};
use crate::outcome::{Action, EventType};
use crate::tracker::Tracker;

/// Takes the answers to one stage of one DaemonSet.
pub(super) struct Landing<'a> {
    pub namespace: &'a str,
    /// The UID of the set that the stage was for.
    pub uid: &'a str,
    pub memory: &'a mut Memory,
    pub tracker: &'a mut Tracker,
    pub unseen: &'a mut Unseen,
    pub counts: &'a mut Counts,
    /// The present by a clock that does not jump.
    pub now: Timestamp,
    /// The present.
    pub date: Timestamp,
    /// Objects as the answers show them.
    pub shown: Vec<Shown>,
    pub tries: AllTries,
    /// For how many seconds the API server asks to be left alone.
    pub rest_seconds: i64,
}

/// An object as an answer shows it.
pub(super) enum Shown {
    Set(Value),
    Revision(Value),
    /// No such revision.
    NoRevision(String),
    /// No such revision any more, since it was deleted here.
    DeletedRevision(String),
}

/// How the requests of a stage went, by sort.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AllTries {
    claims: Tries,
    creates: Tries,
    deletes: Tries,
    rest: Tries,
    link: Tries,
}

/// How requests of one sort went.
#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    went_well: bool,
    failed: bool,
}

impl Landing<'_> {
    /// Takes one answer.
    pub(super) fn take(&mut self, purpose: Purpose, answer: &Answer) {
        let reply = Reply::of(answer);
        self.rest_seconds = self.rest_seconds.max(asks_for_rest(answer));
        self.count(&reply);
        match reply {
            Reply::NotSent | Reply::Lost => self.tries.link.failed = true,
            _ => self.tries.link.went_well = true,
        }
        match purpose {
            Purpose::Read(read) => self.read(&read, reply),
            Purpose::CreatePod { node, name, labels } => {
                self.created(node, &name, &labels, &reply);
            }
            Purpose::DeletePod { pod, uid, version } => {
                self.deleted_pod(&pod, &uid, version, &reply);
            }
            Purpose::Report(key) => self.reported(&key, &reply),
            Purpose::Act(action) => self.acted(&action, reply),
        }
    }

    fn count(&mut self, reply: &Reply) {
        match reply {
            Reply::Done(_) | Reply::Missing => {}
            Reply::Exists | Reply::Conflict => self.counts.conflicts += 1,
            Reply::NamespaceTerminating | Reply::Refused(_) | Reply::Unclear(_) => {
                self.counts.refused += 1;
            }
            Reply::NotSent | Reply::Lost => self.counts.unanswered += 1,
        }
    }

    fn read(&mut self, read: &Read, reply: Reply) {
        match (read, reply) {
            (Read::Set, Reply::Done(set)) => {
                let is_there = is_living(&set, self.uid);
                self.memory.standing.answered(is_there, self.now);
                self.tries.claims.failed |= !is_there;
                self.shown.push(Shown::Set(set));
            }
            (Read::Revision(_), Reply::Done(revision)) => {
                self.shown.push(Shown::Revision(revision));
            }
            (Read::Revision(name), Reply::Missing) => {
                self.shown.push(Shown::NoRevision(name.clone()));
            }
            (read, reply) => return self.has_not_read(read, &reply),
        }
        self.memory.reads.remove(read);
    }

    fn has_not_read(&mut self, read: &Read, reply: &Reply) {
        if *read == Read::Set {
            self.memory.standing.answered(false, self.now);
        }
        match (read, reply) {
            (_, Reply::NotSent | Reply::Lost) => return,
            // Nothing is done for it any more. A watch will show that it is gone; until then it is asked
            // for now and then.
            (Read::Set, Reply::Missing) => self.read_set(),
            _ => {}
        }
        self.tries.claims.failed = true;
    }

    fn read_set(&mut self) {
        self.memory.reads.insert(Read::Set);
    }

    fn created(&mut self, node: String, name: &str, labels: &Labels, reply: &Reply) {
        let before = self.memory.doubts.settle_creation(&node, name);
        match reply {
            Reply::Done(pod) => return self.has_created(&node, name, labels, Made::of(pod)),
            // It is that of an earlier try, or of this one, which something between sent twice. Where another
            // one has the name, a watch will show it.
            Reply::Exists => {
                let labels = before.as_ref().unwrap_or(labels);
                return self.has_created(&node, name, labels, None);
            }
            Reply::NotSent | Reply::Lost => {}
            Reply::NamespaceTerminating => {
                self.memory.namespace = Some(Hold::seconds(self.now, PATIENCE_SECONDS));
            }
            Reply::Conflict | Reply::Missing => self.tries.creates.failed = true,
            Reply::Refused(message) | Reply::Unclear(message) => {
                self.tries.creates.failed = true;
                let message = format!("Error creating: {message}");
                self.report(EventType::Warning, "FailedCreate", &message);
            }
        }
        // That it is refused now does not tell what became of an earlier try.
        if before.is_some() || matches!(reply, Reply::Lost | Reply::Unclear(_)) {
            let labels = before.unwrap_or_else(|| labels.clone());
            self.may_have_created(node, name, labels);
        } else {
            self.unseen.not_created(self.namespace, name);
        }
    }

    fn has_created(&mut self, node: &str, name: &str, labels: &Labels, made: Option<Made>) {
        self.tries.creates.went_well = true;
        self.counts.pods_created += 1;
        let message = format!("Created pod: {name}");
        self.report(EventType::Normal, "SuccessfulCreate", &message);
        let certain = Certainty::Certain(made);
        if (self.unseen).created(self.namespace, name, certain, self.now) {
            self.tracker.put_pod(&CreatedPod {
                namespace: self.namespace,
                name,
                node,
                controller: self.uid,
                labels,
                created: self.date,
            });
        }
    }

    fn may_have_created(&mut self, node: String, name: &str, labels: Labels) {
        let doubtful = Certainty::Doubtful;
        if (self.unseen).created(self.namespace, name, doubtful, self.now) {
            let pod = (name, labels);
            self.memory.doubts.may_have_created(node, pod, self.now);
        }
    }

    fn report(&mut self, kind: EventType, reason: &'static str, message: &str) {
        self.memory.events.report(kind, reason, message, self.date);
    }

    fn reported(&mut self, key: &EventKey, reply: &Reply) {
        match reply {
            Reply::Done(_) | Reply::NotSent | Reply::Lost => {}
            _ => self.memory.events.failed(key),
        }
    }

    fn acted(&mut self, action: &Action, reply: Reply) {
        match action {
            Action::AdoptPod { pod, uid } => {
                let controller = Some(self.uid.to_owned());
                self.claimed_pod((pod, uid), Some(controller), action, &reply);
            }
            Action::ReleasePod { pod, uid } => {
                self.claimed_pod((pod, uid), Some(None), action, &reply);
            }
            Action::RelabelPod { pod, uid, .. } => {
                self.claimed_pod((pod, uid), None, action, &reply);
            }
            Action::AdoptRevision { name }
            | Action::ReleaseRevision { name }
            | Action::UpdateRevision { name, .. } => self.changed_revision(name, reply),
            Action::CreateRevision { name, .. } => self.created_revision(name, reply),
            Action::DeleteRevision { name, .. } => self.deleted_revision(action, name, &reply),
            Action::UpdateStatus { .. } => self.wrote_status(reply),
            Action::CreatePod { .. } | Action::DeletePod { .. } | Action::Event { .. } => {}
        }
    }

    fn remember(&mut self, action: &Action) {
        if let Some((deed, on)) = Deed::of(action) {
            let until = self.now.plus_seconds(PATIENCE_SECONDS);
            self.memory.written.insert((deed, on.to_owned()), until);
        }
    }

    #[allow(clippy::option_option)] // whether its controller changed, and to what
    fn claimed_pod(
        &mut self,
        (pod, uid): (&str, &str),
        controller: Option<Option<String>>,
        action: &Action,
        reply: &Reply,
    ) {
        match reply {
            Reply::Done(shown) => {
                self.tries.claims.went_well = true;
                let version = version_of(shown);
                match controller {
                    Some(controller) => {
                        let claim = Claim {
                            controller,
                            version,
                        };
                        self.has_done(pod, uid, Done::Claimed(claim));
                    }
                    None => self.remember(action),
                }
            }
            Reply::Missing => {
                self.tries.claims.went_well = true;
                self.has_done(pod, uid, Done::Deleted);
            }
            Reply::NotSent | Reply::Lost => {}
            _ => self.tries.claims.failed = true,
        }
    }

    fn changed_revision(&mut self, name: &str, reply: Reply) {
        match reply {
            Reply::Done(revision) => {
                self.tries.claims.went_well = true;
                self.shown.push(Shown::Revision(revision));
            }
            Reply::Missing => self.shown.push(Shown::NoRevision(name.to_owned())),
            Reply::NotSent => {}
            // What became of it shows when it is read.
            Reply::Lost => self.read_revision(name),
            Reply::Conflict | Reply::Unclear(_) => {
                self.tries.claims.failed = true;
                self.read_revision(name);
            }
            Reply::Exists | Reply::NamespaceTerminating | Reply::Refused(_) => {
                self.tries.claims.failed = true;
            }
        }
    }

    fn read_revision(&mut self, name: &str) {
        self.memory.reads.insert(Read::Revision(name.to_owned()));
    }

    fn created_revision(&mut self, name: &str, reply: Reply) {
        match reply {
            Reply::Done(revision) => {
                self.tries.claims.went_well = true;
                self.shown.push(Shown::Revision(revision));
            }
            Reply::NamespaceTerminating => {
                self.memory.namespace = Some(Hold::seconds(self.now, PATIENCE_SECONDS));
            }
            Reply::Exists => {
                self.tries.claims.failed = true;
                self.read_revision(name);
            }
            Reply::NotSent | Reply::Lost => {}
            Reply::Conflict | Reply::Missing | Reply::Refused(_) | Reply::Unclear(_) => {
                self.tries.claims.failed = true;
            }
        }
    }

    fn deleted_revision(&mut self, action: &Action, name: &str, reply: &Reply) {
        match reply {
            Reply::Done(_) => {
                self.tries.rest.went_well = true;
                self.remember(action);
                self.shown.push(Shown::DeletedRevision(name.to_owned()));
            }
            // That it is gone a watch shows.
            Reply::Missing => {
                self.tries.rest.went_well = true;
                self.remember(action);
            }
            Reply::Conflict => {
                self.tries.rest.failed = true;
                self.read_revision(name);
            }
            Reply::NotSent | Reply::Lost => {}
            _ => self.tries.rest.failed = true,
        }
    }

    fn deleted_pod(&mut self, pod: &str, uid: &str, version: Option<u64>, reply: &Reply) {
        match reply {
            // It may be scheduled or available by now.
            Reply::Conflict if let Some(version) = version => {
                self.memory.doubts.has_changed(pod, version, self.now);
            }
            Reply::Done(_) => {
                self.tries.deletes.went_well = true;
                self.counts.pods_deleted += 1;
                let message = format!("Deleted pod: {pod}");
                self.report(EventType::Normal, "SuccessfulDelete", &message);
                self.has_deleted(pod, uid);
            }
            // The pod is gone, even where another one has its name by now.
            Reply::Missing | Reply::Conflict => {
                self.tries.deletes.went_well = true;
                self.has_deleted(pod, uid);
            }
            Reply::Unclear(message) => {
                self.refuse_deletion(message);
                self.may_have_deleted(pod, uid);
            }
            Reply::Lost => self.may_have_deleted(pod, uid),
            Reply::NotSent => {}
            Reply::Refused(message) => self.refuse_deletion(message),
            Reply::Exists | Reply::NamespaceTerminating => self.tries.deletes.failed = true,
        }
    }

    fn has_deleted(&mut self, pod: &str, uid: &str) {
        self.memory.doubts.settle_deletion(pod);
        self.has_done(pod, uid, Done::Deleted);
    }

    fn has_done(&mut self, pod: &str, uid: &str, done: Done) {
        let pod = (self.namespace, pod, uid);
        self.unseen.done(self.tracker, pod, done, self.now);
    }

    fn may_have_deleted(&mut self, pod: &str, uid: &str) {
        self.memory.doubts.may_have_deleted(pod, uid, self.now);
    }

    fn refuse_deletion(&mut self, message: &str) {
        self.tries.deletes.failed = true;
        let message = format!("Error deleting: {message}");
        self.report(EventType::Warning, "FailedDelete", &message);
    }

    fn wrote_status(&mut self, reply: Reply) {
        match reply {
            Reply::Done(set) => {
                self.tries.rest.went_well = true;
                self.counts.statuses_written += 1;
                self.shown.push(Shown::Set(set));
            }
            // It has changed, is another one, or gone.
            Reply::Conflict | Reply::Missing => {
                self.tries.rest.failed = true;
                self.read_set();
            }
            Reply::NotSent | Reply::Lost => {}
            _ => self.tries.rest.failed = true,
        }
    }

    /// Draws the conclusions, and gives what the answers showed.
    pub(super) fn conclude(self) -> Vec<Shown> {
        let Self {
            memory,
            now,
            tries,
            shown,
            rest_seconds,
            ..
        } = self;
        for (retry, tries) in [
            (&mut memory.claims, tries.claims),
            (&mut memory.creates, tries.creates),
            (&mut memory.deletes, tries.deletes),
            (&mut memory.rest, tries.rest),
        ] {
            if tries.failed {
                retry.fail(now, LONGEST_REFUSED);
                retry.rest(now, rest_seconds);
            } else if tries.went_well {
                retry.succeed();
            }
        }
        if tries.link.failed {
            memory.link.fail(now, LONGEST_UNANSWERED);
        } else if tries.link.went_well {
            memory.link.succeed();
        }
        for (window, tries) in [
            (&mut memory.create_window, tries.creates),
            (&mut memory.delete_window, tries.deletes),
        ] {
            if tries.failed {
                *window = SlowStart::ONE;
            } else if tries.went_well {
                window.grow();
            }
        }
        shown
    }
}

/// Whether this is the set of this UID, and it is not being deleted.
fn is_living(set: &Value, uid: &str) -> bool {
    let meta = |field| set.get("metadata")?.get(field)?.as_str();
    meta("uid") == Some(uid) && meta("deletionTimestamp").is_none()
}
