//! One run by counts.

mod counts;
mod happenings;
mod machines;

use oorandom::Rand64;

use super::prepared::{NONE, Prepared};
use super::recorder::Recorder;
use crate::pull::Pulls;
use crate::queue::Queue;
use crate::rate::Bucket;
use crate::scenario::{Mode, Now};
use crate::spread::float;

/// How many moments a run has for each node at most; only nodes that reboot all the time need more.
const MOMENTS_PER_NODE: usize = 200;

/// What happens to a node next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// The request to delete its old pod is made.
    Delete,
    /// Its old pod is gone.
    Gone,
    /// A new pod is created.
    Create,
    /// What stood in the new pod's way is gone.
    Placed,
    /// The new pod is available.
    Started,
    /// The old pod beside an available new one is deleted.
    Superseded,
    /// The new pod counts as failing if it is not available.
    Slow,
    /// The node is back from a reboot.
    Up,
    /// Some node reboots.
    Reboot,
    /// Some node is replaced by a new one.
    Churn,
    /// Time alone may let something begin.
    Look,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    what: What,
    node: u32,
    /// Of which machine in the node's place: what is left of an earlier one does not count.
    machine: u32,
}

/// How far a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its old pod waits for its turn.
    Waits,
    /// It has its turn.
    Going,
    /// Its new pod is, or was, available.
    Done,
    /// Its new pod never becomes available.
    Failed,
}

#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // counted one by one
struct NodeInRun {
    step: Step,
    available: bool,
    /// Whether it takes of the budget.
    uses: bool,
    /// Whether it is in work, as a policy counts.
    busy: bool,
    /// Whether it is updated, available and not in work.
    done: bool,
    updated: bool,
    machine: u32,
    /// When it is back from a reboot.
    up_at: f64,
}

pub(super) struct Outcome {
    /// How long it took; `None` if it stalls.
    pub duration: Option<f64>,
    pub failed: usize,
    /// How many old pods have had their turn, and how many of them have an available new one; those of
    /// nodes that are down are left out.
    pub turns: usize,
    pub replaced: usize,
    pub most_unavailable: usize,
    /// When the last thing happened.
    pub last: f64,
    /// Available and updated nodes in each step of a picture.
    pub counts: Vec<(usize, usize)>,
}

pub(super) struct Run<'s> {
    of: &'s Prepared<'s>,
    random: Rand64,
    bucket: Bucket,
    events: Queue<Moment>,
    pulls: Option<Pulls<(u32, u32)>>,
    nodes: Vec<NodeInRun>,
    is_broken: bool,
    is_stopped: bool,
    seen_failing: usize,
    /// The nodes of each group that wait for a turn, and those that need no budget for it.
    waiting: Vec<Vec<u32>>,
    at_once: Vec<Vec<u32>>,
    /// Waiting nodes whose domain is full, by domain.
    parked: Vec<Vec<u32>>,
    left: usize,
    going: usize,
    rebooting: usize,
    looks: usize,
    failed: usize,
    used: usize,
    unavailable: usize,
    most_unavailable: usize,
    updated: usize,
    busy_of_phase: Vec<usize>,
    busy_of_domain: Vec<usize>,
    undone: Vec<usize>,
    done_at: Vec<f64>,
    now: f64,
    /// When the last node was done, and when anything happened last.
    ended: f64,
    last: f64,
    recorder: Option<Recorder>,
}

impl<'s> Run<'s> {
    /// A picture is recorded until then, in so many steps.
    pub fn new(of: &'s Prepared<'s>, stream: u128, picture: Option<(f64, usize)>) -> Self {
        let scenario = of.scenario;
        let mut random = Rand64::new(stream);
        let is_broken = random.rand_float() < scenario.revision_failure;
        let waiting = of.phases.iter().map(|phase| {
            let mut nodes = phase.nodes.clone();
            // The controller takes nodes in no order.
            for at in (1..nodes.len()).rev() {
                #[allow(clippy::cast_possible_truncation)] // below the number of nodes
                let other = random.rand_range(0..at as u64 + 1) as usize;
                nodes.swap(at, other);
            }
            nodes
        });
        let waiting: Vec<Vec<u32>> = waiting.collect();
        let phases = of.phases.len();
        let mut run = Self {
            of,
            random,
            bucket: Bucket::new(scenario.requests_per_second, scenario.burst),
            events: Queue::new(),
            pulls: scenario.pull.map(Pulls::new),
            nodes: Vec::with_capacity(of.nodes.len()),
            is_broken,
            is_stopped: false,
            seen_failing: 0,
            left: waiting.iter().map(Vec::len).sum(),
            waiting,
            at_once: vec![Vec::new(); phases],
            parked: vec![Vec::new(); of.domains],
            going: 0,
            rebooting: 0,
            looks: 0,
            failed: 0,
            used: 0,
            unavailable: 0,
            most_unavailable: 0,
            updated: 0,
            busy_of_phase: vec![0; phases],
            busy_of_domain: vec![0; of.domains],
            undone: vec![0; phases],
            done_at: vec![f64::NEG_INFINITY; phases],
            now: 0.0,
            ended: 0.0,
            last: 0.0,
            recorder: None,
        };
        if scenario.mode == Mode::OldFirst {
            run.used = scenario.hanging.len();
        }
        run.begin_with_nodes();
        run.most_unavailable = run.unavailable;
        run.recorder =
            picture.map(|(until, steps)| Recorder::new(until, steps, run.available(), run.updated));
        run
    }

    fn begin_with_nodes(&mut self) {
        let counts = self.of.scenario.mode == Mode::OldFirst;
        for (at, of) in self.of.nodes.iter().enumerate() {
            let node = super::prepared::number(at);
            let step = match of.now {
                _ if of.is_old => Step::Waits,
                Now::Available => Step::Done,
                Now::Failing | Now::Down => Step::Failed,
                _ => Step::Going,
            };
            self.nodes.push(NodeInRun {
                step,
                available: true,
                uses: false,
                busy: false,
                done: of.exempt || of.phase == NONE,
                updated: false,
                machine: 0,
                up_at: 0.0,
            });
            let is_available = of.now == Now::Available;
            if !is_available {
                self.set_available(node, false);
                self.set_busy(node, true);
                self.set_uses(node, counts);
            }
            if of.is_old && !is_available {
                self.at_once[of.phase as usize].push(node);
            }
            match step {
                Step::Going => {
                    self.going += 1;
                    let what = if of.now == Now::Lacking {
                        What::Create
                    } else {
                        What::Placed
                    };
                    if what == What::Create {
                        self.request(node, what);
                    } else {
                        self.push(0.0, what, node);
                    }
                }
                Step::Failed => self.failed += 1,
                _ => {}
            }
            if of.phase != NONE && !of.exempt {
                self.undone[of.phase as usize] += 1;
            }
            self.settle(node);
        }
        // Of a later group nothing is known to be undone before.
        self.done_at.fill(f64::NEG_INFINITY);
        self.background(What::Reboot);
        self.background(What::Churn);
    }

    pub fn go(mut self) -> Outcome {
        let mut moments = MOMENTS_PER_NODE * (self.nodes.len() + 10);
        self.dispatch();
        while !self.is_over() && moments > 0 {
            moments -= 1;
            let pulled = self.pulls.as_ref().and_then(Pulls::next_at);
            let next = self.events.next_at();
            if pulled.is_some_and(|pulled| next.is_none_or(|next| pulled <= next)) {
                let pulled = self.pulls.as_mut().and_then(Pulls::pop);
                if let Some((at, (node, machine))) = pulled {
                    self.now = at;
                    if self.nodes[node as usize].machine == machine {
                        self.starts(node);
                    }
                }
            } else if let Some((at, moment)) = self.events.pop() {
                self.now = at;
                self.happen(moment);
            } else {
                break;
            }
            self.dispatch();
        }
        let is_over = self.all_had_their_turn() && self.going == 0;
        let old = self.of.nodes.iter().zip(&self.nodes);
        let old = old.filter(|(of, _)| of.is_old && of.now != Now::Down);
        let with = |is: fn(Step) -> bool| old.clone().filter(|(_, it)| is(it.step)).count();
        Outcome {
            duration: is_over.then_some(self.ended),
            failed: self.failed,
            turns: with(|step| step != Step::Waits),
            replaced: with(|step| step == Step::Done),
            most_unavailable: self.most_unavailable,
            last: self.last,
            counts: self.recorder.map(Recorder::end).unwrap_or_default(),
        }
    }

    /// Whether all have had their turn, or no one gets one any more.
    fn is_over(&self) -> bool {
        let rests = self.going == 0;
        rests && (self.all_had_their_turn() || self.rebooting == 0 && self.looks == 0)
    }

    fn all_had_their_turn(&self) -> bool {
        self.left <= self.of.scenario.keep_old
    }

    /// Gives nodes their turns, as far as groups, windows and budgets let it.
    fn dispatch(&mut self) {
        if self.all_had_their_turn() || self.is_stopped {
            return;
        }
        let Some(phase) = self.phase() else { return };
        if self.waiting[phase].is_empty() && self.at_once[phase].is_empty() {
            return;
        }
        let scenario = self.of.scenario;
        let free = scenario.budget.saturating_sub(self.used);
        if free == 0 && self.at_once[phase].is_empty() {
            return;
        }
        match scenario.next_open(self.now) {
            Some(open) if open > self.now => return self.look(open),
            Some(_) => {}
            None => return,
        }
        // What is not available goes at once. With surge this round does not count it yet.
        while let Some(node) = self.at_once[phase].pop() {
            let it = &self.nodes[node as usize];
            if it.step == Step::Waits && !it.available {
                self.begin(node);
            }
            if self.all_had_their_turn() {
                return;
            }
        }
        for _ in 0..free {
            if self.all_had_their_turn()
                || self.busy_of_phase[phase] >= self.of.phases[phase].budget
            {
                break;
            }
            let Some(node) = self.next_of(phase) else {
                break;
            };
            self.begin(node);
        }
    }

    /// The group that has its turn.
    fn phase(&mut self) -> Option<usize> {
        for phase in 0..self.undone.len() {
            if self.undone[phase] > 0 {
                return Some(phase);
            }
            let of = &self.of.phases[phase];
            let until = of.soaked.max(self.done_at[phase] + of.soak);
            if until > self.now {
                self.look(until);
                return None;
            }
            // Exempt nodes hold nothing up, and have their turn all the same.
            if !self.waiting[phase].is_empty() || !self.at_once[phase].is_empty() {
                return Some(phase);
            }
        }
        None
    }

    /// The next node of a group whose domain is not full.
    fn next_of(&mut self, phase: usize) -> Option<u32> {
        while let Some(node) = self.waiting[phase].pop() {
            let it = &self.nodes[node as usize];
            if it.step != Step::Waits || !it.available {
                continue;
            }
            let domain = self.of.nodes[node as usize].domain;
            let most = self.of.scenario.per_domain.unwrap_or(usize::MAX);
            if domain != NONE && self.busy_of_domain[domain as usize] >= most {
                self.parked[domain as usize].push(node);
                continue;
            }
            return Some(node);
        }
        None
    }

    fn begin(&mut self, node: u32) {
        self.left -= 1;
        self.going += 1;
        self.nodes[node as usize].step = Step::Going;
        // With surge an old pod that is not available goes as soon as a new one is there, and the new
        // one alone is no surge.
        let surges = self.of.scenario.mode == Mode::NewFirst;
        self.set_uses(node, !surges || self.nodes[node as usize].available);
        self.set_busy(node, true);
        match self.of.scenario.mode {
            Mode::OldFirst => self.request(node, What::Delete),
            Mode::NewFirst => self.request(node, What::Create),
        }
    }

    /// Makes a request, as soon as the client may.
    fn request(&mut self, node: u32, what: What) {
        let at = self.bucket.take(self.now);
        self.push(at, what, node);
    }

    fn push(&mut self, at: f64, what: What, node: u32) {
        let machine = self.nodes.get(node as usize).map_or(0, |it| it.machine);
        let moment = Moment {
            what,
            node,
            machine,
        };
        self.events.push(at, moment);
    }

    fn look(&mut self, at: f64) {
        // One look is enough: what it finds asks for the next.
        if self.looks == 0 {
            self.looks += 1;
            self.push(at, What::Look, NONE);
        }
    }

    /// When some node reboots or is replaced next, by chance.
    fn background(&mut self, what: What) {
        let scenario = self.of.scenario;
        let per_day = match what {
            What::Reboot => scenario.reboots.as_ref().map_or(0.0, |it| it.per_day),
            _ => scenario.churn_per_day,
        };
        let per_second = per_day * float(self.of.nodes.len()) / 86_400.0;
        if per_second > 0.0 {
            let wait = -(1.0 - self.random.rand_float()).ln() / per_second;
            self.push(self.now + wait, what, NONE);
        }
    }
}
