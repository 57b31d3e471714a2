//! What a run counts of its nodes: available, in the budget, in work, updated, done.

use super::super::prepared::NONE;
use super::{Run, Step};

impl Run<'_> {
    pub(super) fn set_available(&mut self, node: u32, available: bool) {
        let it = &mut self.nodes[node as usize];
        if std::mem::replace(&mut it.available, available) == available {
            return;
        }
        if available {
            self.unavailable -= 1;
        } else {
            self.unavailable += 1;
            self.most_unavailable = self.most_unavailable.max(self.unavailable);
        }
        self.record();
    }

    pub(super) fn set_uses(&mut self, node: u32, uses: bool) {
        let it = &mut self.nodes[node as usize];
        if std::mem::replace(&mut it.uses, uses) != uses {
            if uses {
                self.used += 1;
            } else {
                self.used -= 1;
            }
        }
    }

    pub(super) fn set_busy(&mut self, node: u32, busy: bool) {
        let it = &mut self.nodes[node as usize];
        if std::mem::replace(&mut it.busy, busy) == busy {
            return;
        }
        let of = &self.of.nodes[node as usize];
        let count = |counts: &mut Vec<usize>, at: u32| {
            if let Some(count) = counts.get_mut(at as usize) {
                if busy {
                    *count += 1;
                } else {
                    *count -= 1;
                }
            }
        };
        count(&mut self.busy_of_phase, of.phase);
        count(&mut self.busy_of_domain, of.domain);
        if !busy
            && let Some(parked) = self.parked.get_mut(of.domain as usize)
            && let Some(next) = parked.pop()
        {
            let phase = self.of.nodes[next as usize].phase as usize;
            self.waiting[phase].push(next);
        }
    }

    /// Counts anew whether the node is updated and done.
    pub(super) fn settle(&mut self, node: u32) {
        let at = node as usize;
        let it = &mut self.nodes[at];
        let updated = it.step == Step::Done && it.available;
        let done = updated && !it.busy;
        if std::mem::replace(&mut it.updated, updated) != updated {
            if updated {
                self.updated += 1;
            } else {
                self.updated -= 1;
            }
        }
        let of = &self.of.nodes[at];
        if of.phase != NONE && !of.exempt && it.done != done {
            it.done = done;
            let phase = of.phase as usize;
            if done {
                self.undone[phase] -= 1;
                if self.undone[phase] == 0 {
                    self.done_at[phase] = self.now;
                }
            } else {
                self.undone[phase] += 1;
            }
        }
        self.record();
    }

    pub(super) fn available(&self) -> usize {
        self.of.scenario.nodes.saturating_sub(self.unavailable)
    }

    pub(super) fn record(&mut self) {
        let (now, available, updated) = (self.now, self.available(), self.updated);
        if let Some(recorder) = &mut self.recorder {
            recorder.note(now, available, updated);
        }
    }
}
