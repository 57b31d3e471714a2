//! What happens to a node of a run: its old pod goes, its new one comes, or does not.

use super::{Moment, Run, Step, What};
use crate::scenario::{Mode, Now, RoomAhead};

impl Run<'_> {
    pub(super) fn happen(&mut self, moment: Moment) {
        let node = moment.node;
        match moment.what {
            What::Look => {
                self.looks -= 1;
                return;
            }
            What::Reboot => {
                self.background(What::Reboot);
                if let Some(node) = self.some_node() {
                    self.reboot(node);
                }
                return;
            }
            What::Churn => {
                self.background(What::Churn);
                if let Some(node) = self.some_node() {
                    self.replace(node);
                }
                return;
            }
            What::Up => self.rebooting -= 1,
            _ => {}
        }
        if moment.machine != self.nodes[node as usize].machine {
            return;
        }
        match moment.what {
            What::Delete => {
                self.set_available(node, false);
                let is_down = self.of.nodes[node as usize].now == Now::Down;
                if is_down && moment.machine == 0 {
                    self.fail(node);
                } else {
                    let gone = self.now + self.of.scenario.terminate.draw(&mut self.random);
                    let gone = gone.max(self.nodes[node as usize].up_at);
                    self.push(gone, What::Gone, node);
                }
            }
            What::Gone => self.request(node, What::Create),
            What::Create => self.create(node),
            What::Placed => self.placed(node),
            What::Started => self.started(node),
            What::Superseded => {
                self.set_busy(node, false);
                self.settle(node);
            }
            What::Slow => {
                let it = &self.nodes[node as usize];
                let stop = self.of.scenario.stop;
                if it.step != Step::Done
                    && let Some(stop) = stop.filter(|_| !self.of.nodes[node as usize].exempt)
                {
                    self.seen_failing += 1;
                    self.is_stopped |= self.seen_failing >= stop.failures;
                }
            }
            What::Up => self.up(node),
            What::Reboot | What::Churn | What::Look => {}
        }
    }

    /// A new pod is created.
    pub(super) fn create(&mut self, node: u32) {
        let scenario = self.of.scenario;
        let of = self.of.nodes[node as usize];
        let is_first = self.nodes[node as usize].machine == 0;
        let fails = self.random.rand_float() < scenario.node_failure;
        let never = is_first && (of.room == RoomAhead::None || of.now == Now::Down);
        if let Some(slow) = scenario.stop.and_then(|stop| stop.slow_start) {
            self.push(self.now + slow, What::Slow, node);
        }
        if fails || never || self.is_broken {
            return self.fail(node);
        }
        if is_first && of.room == RoomAhead::Later {
            let wait = scenario.evict.draw(&mut self.random);
            self.push(self.now + wait, What::Placed, node);
        } else {
            self.placed(node);
        }
    }

    pub(super) fn fail(&mut self, node: u32) {
        self.failed += 1;
        self.going -= 1;
        self.nodes[node as usize].step = Step::Failed;
        self.last = self.now;
    }

    /// The new pod is bound to its node: what it lacks there is pulled.
    pub(super) fn placed(&mut self, node: u32) {
        let machine = self.nodes[node as usize].machine;
        match &mut self.pulls {
            Some(pulls) => pulls.begin(self.now, (node, machine)),
            None => self.starts(node),
        }
    }

    pub(super) fn starts(&mut self, node: u32) {
        let scenario = self.of.scenario;
        let drawn = scenario.start.draw(&mut self.random);
        let own = self.of.nodes[node as usize].start;
        let own = own.filter(|_| self.nodes[node as usize].machine == 0);
        let takes = match own {
            Some(own) if self.random.rand_float() < 0.5 => own,
            _ => drawn,
        };
        self.push(self.now + takes + scenario.min_ready, What::Started, node);
    }

    pub(super) fn started(&mut self, node: u32) {
        let up_at = self.nodes[node as usize].up_at;
        if up_at > self.now {
            let again = self.of.scenario.start.draw(&mut self.random);
            let at = up_at + again + self.of.scenario.min_ready;
            return self.push(at, What::Started, node);
        }
        self.going -= 1;
        self.nodes[node as usize].step = Step::Done;
        self.set_uses(node, false);
        self.set_available(node, true);
        if self.of.scenario.mode == Mode::NewFirst && self.of.nodes[node as usize].is_old {
            // The old one's end is decided; its busy time is over once the request is made.
            self.request(node, What::Superseded);
        } else {
            self.set_busy(node, false);
        }
        self.ended = self.now;
        self.last = self.now;
        self.settle(node);
    }
}
