//! Machines that reboot, or are replaced by new ones.

use super::{Run, Step, What};
use crate::scenario::{Mode, Now};

impl Run<'_> {
    pub(super) fn some_node(&mut self) -> Option<u32> {
        let nodes = self.nodes.len() as u64;
        if nodes == 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation)] // below the number of nodes
        let node = self.random.rand_range(0..nodes) as u32;
        let of = &self.of.nodes[node as usize];
        let is_down = of.now == Now::Down && self.nodes[node as usize].machine == 0;
        (!is_down).then_some(node)
    }

    pub(super) fn reboot(&mut self, node: u32) {
        let at = node as usize;
        if self.nodes[at].up_at > self.now {
            return;
        }
        let Some(reboots) = &self.of.scenario.reboots else {
            return;
        };
        let up_at = self.now + reboots.takes.draw(&mut self.random);
        let step = self.nodes[at].step;
        let had = self.nodes[at].available;
        self.nodes[at].up_at = up_at;
        self.set_available(node, false);
        match step {
            Step::Waits if had => {
                self.set_uses(node, self.of.scenario.mode == Mode::OldFirst);
                self.set_busy(node, true);
                self.at_once[self.of.nodes[at].phase as usize].push(node);
                self.rebooting += 1;
                let back = up_at + self.of.scenario.start.draw(&mut self.random);
                self.push(back, What::Up, node);
            }
            Step::Done if had => {
                self.set_uses(node, self.of.scenario.mode == Mode::OldFirst);
                self.set_busy(node, true);
                self.rebooting += 1;
                let back = up_at + self.of.scenario.start.draw(&mut self.random);
                self.push(back + self.of.scenario.min_ready, What::Up, node);
            }
            Step::Going if self.of.scenario.mode == Mode::NewFirst => self.set_uses(node, false),
            _ => {}
        }
        self.settle(node);
    }

    /// The pod that was there before a reboot is available again.
    pub(super) fn up(&mut self, node: u32) {
        let at = node as usize;
        match self.nodes[at].step {
            Step::Done => {
                self.set_available(node, true);
                self.set_uses(node, false);
                self.set_busy(node, false);
                self.settle(node);
            }
            Step::Waits if !self.nodes[at].available => {
                self.set_available(node, true);
                self.set_uses(node, false);
                self.set_busy(node, false);
                self.waiting[self.of.nodes[at].phase as usize].push(node);
            }
            _ => {}
        }
    }

    /// The node goes, and a new one comes in its place, which gets a pod of the new revision at once.
    pub(super) fn replace(&mut self, node: u32) {
        let at = node as usize;
        match self.nodes[at].step {
            Step::Waits => self.left -= 1,
            Step::Going => self.going -= 1,
            Step::Failed => self.failed -= 1,
            Step::Done => {}
        }
        self.nodes[at].machine += 1;
        self.nodes[at].up_at = 0.0;
        self.nodes[at].step = Step::Going;
        self.going += 1;
        self.set_available(node, false);
        self.set_uses(node, self.of.scenario.mode == Mode::OldFirst);
        self.set_busy(node, true);
        self.settle(node);
        self.request(node, What::Create);
    }
}
