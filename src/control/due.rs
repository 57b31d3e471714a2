//! Which sets have something to do, and when the next one has.

use std::time::Duration;

use super::memory::SetEntry;
use super::{Controller, Key};
use crate::api::Timestamp;

impl Controller {
    /// The DaemonSets for which a stage can begin that may have something in it, by namespace and
    /// name. None before each kind was listed once.
    pub fn due(&mut self, now: Timestamp) -> Vec<Key> {
        if !self.is_synced() {
            return Vec::new();
        }
        let steady = self.steady.at(now);
        self.unseen.expire(&mut self.tracker, steady);
        let due = self.sets.iter().filter(|(_, _, entry)| {
            let at = self.next_look(entry, now);
            at.is_some_and(|at| at <= now)
        });
        let keys = due.map(|(namespace, name, _)| Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        });
        keys.filter(|key| !self.flights.contains_key(key)).collect()
    }

    /// When a set is to be looked at again, if nothing happens; now, where something has.
    fn next_look(&self, entry: &SetEntry, now: Timestamp) -> Option<Timestamp> {
        let link = &entry.memory.link;
        if let Some(until) = link.waits_until(self.steady.shows(now)) {
            return Some(self.steady.look_at(until, now));
        }
        if entry.uncompiled || entry.again {
            return Some(now);
        }
        let id = entry.id?;
        if self.tracker.is_due(id, now) {
            return Some(now);
        }
        let look_at = entry.look_at.map(|at| self.steady.look_at(at, now));
        let times = [look_at, self.tracker.looks_again_at(id)];
        times.into_iter().flatten().min()
    }

    /// How long there is nothing to do if no watch shows anything and no stage is answered: `None`
    /// where that is until then.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        if !self.is_synced() {
            return None;
        }
        let sets = self.sets.iter().filter(|(namespace, name, _)| {
            !(self.flights.keys()).any(|key| key.namespace == *namespace && key.name == *name)
        });
        let looks = sets.filter_map(|(_, _, entry)| self.next_look(entry, now));
        let unseen = self.unseen.looks_again_at();
        let unseen = unseen.map(|at| self.steady.look_at(at, now));
        Some(until(looks.chain(unseen).min()?, now))
    }
}

/// How long it is until a moment; nothing where it is over.
pub(super) fn until(next: Timestamp, now: Timestamp) -> Duration {
    let millis = u64::try_from((next - now).as_millis()).unwrap_or(0);
    // Times may have fractions of a millisecond; waking too early would be for nothing.
    Duration::from_millis(if next > now { millis + 1 } else { 0 })
}
