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
        let steady = self.look_at_clock(now);
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

    /// The present by a clock that does not jump. Where the caller's was set back, the waits between
    /// failed pods, which were begun by it, go with it.
    pub(super) fn look_at_clock(&mut self, now: Timestamp) -> Timestamp {
        let millis = self.steady.is_set_back_by(now);
        if millis > 0 {
            self.tracker.set_clock_back(millis);
        }
        self.steady.at(now)
    }

    /// When a set is to be looked at again, if nothing happens; now, where something has.
    fn next_look(&self, entry: &SetEntry, now: Timestamp) -> Option<Timestamp> {
        let link = &entry.memory.link;
        if let Some(until) = link.waits_until(self.steady.shows(now)) {
            return Some(self.steady.shown_at(until));
        }
        if entry.uncompiled || entry.again {
            return Some(now);
        }
        let id = entry.id?;
        if self.tracker.is_due(id, now) {
            return Some(now);
        }
        let look_at = entry.look_at.map(|at| self.steady.shown_at(at));
        let times = [look_at, self.tracker.looks_again_at(id)];
        times.into_iter().flatten().min()
    }

    /// How long there is nothing to do if no watch shows anything and no stage is answered: `None`
    /// where that is until then. Ten seconds at most, since the clock may jump meanwhile.
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
        let unseen = unseen.map(|at| self.steady.shown_at(at));
        Some(until(looks.chain(unseen).min()?, now))
    }
}

/// How long may be slept at most while something is waited for, in milliseconds: so that time which
/// passes is told from a clock that jumps, and no jump ahead is slept through.
const NAP_MILLIS: u64 = 10_000;

/// How long may be slept until a moment; not at all where it is over.
pub(super) fn until(next: Timestamp, now: Timestamp) -> Duration {
    let millis = u64::try_from((next - now).as_millis()).unwrap_or(0);
    // Times may have fractions of a millisecond; waking too early would be for nothing.
    let millis = if next > now { millis + 1 } else { 0 };
    Duration::from_millis(millis.min(NAP_MILLIS))
}
