//! Stages ended with their answers.

use serde_json::Value;

use super::entry::{Entry, Purpose};
use super::note::Note;
use super::{Conductor, Key};
use crate::api::Timestamp;
use crate::control::reply::Reply;
use crate::control::request::Answer;
use crate::control::retry::{Hold, LONGEST_REFUSED, LONGEST_UNANSWERED};
use crate::outcome::EventType;
use crate::policy::Signals;
use crate::view::{NodeView, PodView};

/// How long a deletion counts that no watch shows, in seconds.
const PATIENCE_SECONDS: i64 = 30;

impl<N: NodeView, P: PodView, S: Signals<N, P>> Conductor<N, P, S> {
    /// Ends a stage with the answers to its requests, in their order; one that is missing counts as
    /// [lost](Answer::Lost). Nothing happens where no stage is under way.
    pub fn end(&mut self, key: &Key, answers: &[Answer], now: Timestamp) {
        let Some(flight) = self.flights.remove(key) else {
            return;
        };
        let answers = answers.iter().chain(std::iter::repeat(&Answer::Lost));
        for (purpose, answer) in flight.purposes.into_iter().zip(answers) {
            let reply = Reply::of(answer);
            self.count(&purpose, &reply);
            let entry = self.sets.get_mut(&key.namespace, &key.name);
            let entry = entry.filter(|entry| entry.stored.object.metadata.uid == flight.uid);
            let Some(entry) = entry else { continue };
            if let Some(set) = entry.land(purpose, reply, now) {
                self.show_answer(key, &set);
            }
        }
        if let Some(entry) = self.sets.get_mut(&key.namespace, &key.name) {
            entry.again = true;
        }
    }

    fn count(&mut self, purpose: &Purpose, reply: &Reply) {
        let counts = &mut self.counts;
        match reply {
            Reply::Done(_) => {
                counts.pods_deleted += u64::from(matches!(purpose, Purpose::Delete { .. }));
            }
            Reply::Missing => {}
            Reply::Exists | Reply::Conflict => counts.conflicts += 1,
            Reply::NamespaceTerminating | Reply::Refused(_) | Reply::Unclear(_) => {
                counts.refused += 1;
            }
            Reply::NotSent | Reply::Lost => counts.unanswered += 1,
        }
    }
}

impl Entry {
    /// Takes one answer; gives the set, where the answer shows it.
    fn land(&mut self, purpose: Purpose, reply: Reply, now: Timestamp) -> Option<Value> {
        match reply {
            Reply::NotSent | Reply::Lost => self.link.fail(now, LONGEST_UNANSWERED),
            _ => self.link.succeed(),
        }
        match purpose {
            Purpose::Read => match reply {
                Reply::Done(set) => {
                    self.read = false;
                    Some(set)
                }
                Reply::NotSent | Reply::Lost => None,
                _ => {
                    self.writes.fail(now, LONGEST_REFUSED);
                    None
                }
            },
            Purpose::Remember(note, text) => {
                let took_over = note.took_over && !self.written.took_over;
                let set = self.wrote(reply, now)?;
                if took_over {
                    let message = "the policy decides which pods are replaced; the strategy is \
                                   OnDelete";
                    (self.events).report(EventType::Normal, "PolicyTookOver", message, now);
                }
                self.note = (*note).clone();
                self.written = *note;
                self.text = Some(text);
                Some(set)
            }
            Purpose::Release => {
                let set = self.wrote(reply, now)?;
                (self.note, self.written, self.text) = (Note::default(), Note::default(), None);
                Some(set)
            }
            Purpose::RollBack(to) => {
                let set = self.wrote(reply, now)?;
                let message = format!("back to revision {to}, since the newer one failed");
                (self.events).report(EventType::Warning, "RolledBack", &message, now);
                Some(set)
            }
            Purpose::Delete {
                node,
                pod,
                uid,
                in_version,
            } => {
                self.deleted_pod((&node, &pod, uid), in_version, reply, now);
                None
            }
            Purpose::Report(event) => {
                if !matches!(reply, Reply::Done(_) | Reply::NotSent | Reply::Lost) {
                    self.events.failed(&event);
                }
                None
            }
        }
    }

    /// A patch of the set was answered; gives the set, where it was done.
    fn wrote(&mut self, reply: Reply, now: Timestamp) -> Option<Value> {
        match reply {
            Reply::Done(set) => {
                self.writes.succeed();
                return Some(set);
            }
            Reply::NotSent => {}
            // What became of it shows when the set is read.
            Reply::Lost => self.read = true,
            Reply::Conflict | Reply::Unclear(_) | Reply::Missing | Reply::Exists => {
                self.read = true;
                self.writes.fail(now, LONGEST_REFUSED);
            }
            Reply::NamespaceTerminating | Reply::Refused(_) => {
                if let Reply::Refused(why) = reply {
                    let message = format!("the DaemonSet could not be changed: {why}");
                    (self.events).report(EventType::Warning, "FailedPolicy", &message, now);
                }
                self.writes.fail(now, LONGEST_REFUSED);
            }
        }
        None
    }

    fn deleted_pod(
        &mut self,
        (node, pod, uid): (&str, &str, String),
        in_version: bool,
        reply: Reply,
        now: Timestamp,
    ) {
        match reply {
            // It has changed since it was seen, and was not deleted.
            Reply::Conflict if in_version => {
                for note in [&mut self.note, &mut self.written] {
                    note.memory.begun.remove(node);
                    note.replacing.remove(node);
                }
                self.deletes.fail(now, LONGEST_REFUSED);
            }
            Reply::Done(_) => {
                self.deletes.succeed();
                let message = format!("Deleted pod: {pod}");
                (self.events).report(EventType::Normal, "SuccessfulDelete", &message, now);
                self.deleted
                    .insert(uid, Hold::seconds(now, PATIENCE_SECONDS));
            }
            // It is gone, even where another one has its name by now.
            Reply::Missing | Reply::Conflict => {
                self.deleted
                    .insert(uid, Hold::seconds(now, PATIENCE_SECONDS));
            }
            Reply::NotSent | Reply::Lost => {}
            Reply::Refused(why) | Reply::Unclear(why) => {
                self.deletes.fail(now, LONGEST_REFUSED);
                let message = format!("Error deleting: {why}");
                (self.events).report(EventType::Warning, "FailedDelete", &message, now);
            }
            Reply::Exists | Reply::NamespaceTerminating => {
                self.deletes.fail(now, LONGEST_REFUSED);
            }
        }
    }
}
