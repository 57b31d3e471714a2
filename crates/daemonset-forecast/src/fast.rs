//! Many runs by counts alone: nodes of a group are alike, so a run is a queue of moments.

use oorandom::Rand64;
use serde::Serialize;

use crate::queue::Queue;
use crate::rate::Bucket;
use crate::scenario::{Mode, Scenario};

/// What many runs of a scenario come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Forecast {
    /// How many runs.
    pub runs: usize,
    /// How many of them stall: nodes that fail use up the budget or hold up a later group, and others
    /// are never updated.
    pub stalled: usize,
    /// How long the others take until all nodes that do not fail are done, in seconds, ascending.
    pub durations: Vec<f64>,
    /// The fewest nodes with an available pod at any moment of any run.
    pub worst_available: usize,
}

impl Forecast {
    /// The duration that this share of all runs stays within, from 0 to 1; `None` where so many
    /// stall.
    #[must_use]
    pub fn duration(&self, share: f64) -> Option<f64> {
        if self.runs == 0 {
            return None;
        }
        let runs = crate::spread::float(self.runs);
        // The place is among the runs.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let place = (share.clamp(0.0, 1.0) * runs).ceil() as usize;
        self.durations.get(place.max(1) - 1).copied()
    }

    /// The share of the runs that stall.
    #[must_use]
    pub fn chance_to_stall(&self) -> f64 {
        if self.runs == 0 {
            return 0.0;
        }
        crate::spread::float(self.stalled) / crate::spread::float(self.runs)
    }
}

/// Runs a scenario so many times. The same seed gives the same numbers.
#[must_use]
pub fn forecast(scenario: &Scenario, runs: usize, seed: u64) -> Forecast {
    forecast_with(scenario, runs, seed, |_| {})
}

/// The same, and tells after each run how many are done.
#[must_use]
pub fn forecast_with(
    scenario: &Scenario,
    runs: usize,
    seed: u64,
    mut tell: impl FnMut(usize),
) -> Forecast {
    let mut all = Forecast {
        runs,
        stalled: 0,
        durations: Vec::with_capacity(runs),
        worst_available: scenario.nodes.saturating_sub(scenario.down),
    };
    for run in 0..runs {
        // Each run has its own numbers, so that other scenarios with that seed meet the same luck.
        let stream = u128::from(seed) << 64 | run as u128;
        let outcome = Run::new(scenario, stream).go();
        match outcome.duration {
            Some(duration) => all.durations.push(duration),
            None => all.stalled += 1,
        }
        all.worst_available = all.worst_available.min(outcome.worst_available);
        tell(run + 1);
    }
    all.durations.sort_by(f64::total_cmp);
    all
}

/// The smallest budget with which this share of the runs ends within so many seconds; `None` where
/// no budget does.
#[must_use]
pub fn smallest_budget(
    scenario: &Scenario,
    deadline: f64,
    share: f64,
    runs: usize,
    seed: u64,
) -> Option<usize> {
    let meets = |budget: usize| {
        let mut scenario = scenario.clone();
        scenario.budget = budget;
        let duration = forecast(&scenario, runs, seed).duration(share);
        duration.is_some_and(|duration| duration <= deadline)
    };
    let (mut low, mut high) = (1, scenario.nodes.max(1));
    if !meets(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if meets(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}

/// The largest budget with which at least this share of the nodes keeps an available pod, from 0 to
/// 1; `None` where the nodes that are down already are too many.
#[must_use]
pub fn largest_budget(scenario: &Scenario, available: f64) -> Option<usize> {
    let most = (1.0 - available.clamp(0.0, 1.0)) * crate::spread::float(scenario.nodes);
    // The number is that of nodes at most; a share such as 95 % of 100 is a little below 5 else.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let most = (most + 1e-9).floor() as usize;
    // `maxUnavailable` counts those that are down, too, so they need no room of their own.
    (most >= scenario.down && most > 0).then_some(most)
}

/// What happens to a node next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A turn begins.
    Begin,
    /// The old pod is gone.
    Gone,
    /// The new pod is there, and available.
    Available,
    /// The old pod, which went after the new one, is gone.
    OldGone,
}

/// One run.
struct Run<'s> {
    scenario: &'s Scenario,
    random: Rand64,
    bucket: Bucket,
    events: Queue<What>,
    is_broken: bool,
    failed: usize,
    /// How many nodes have not begun, and how many of them have no room.
    ahead: usize,
    without_room: usize,
    unavailable: usize,
    most_unavailable: usize,
}

/// How a group of nodes ends.
enum Phased {
    /// All are updated and available, since then.
    Done(f64),
    /// All have had their turn, and all that do not fail are available since then.
    Reached(f64),
    /// Nodes that fail use up the budget, or it has stopped.
    Stuck,
}

struct Outcome {
    duration: Option<f64>,
    worst_available: usize,
}

impl<'s> Run<'s> {
    fn new(scenario: &'s Scenario, stream: u128) -> Self {
        let mut random = Rand64::new(stream);
        let is_broken = random.rand_float() < scenario.revision_failure;
        Self {
            scenario,
            random,
            bucket: Bucket::new(scenario.requests_per_second, scenario.burst),
            events: Queue::new(),
            is_broken,
            failed: 0,
            ahead: scenario.phases.iter().map(|phase| phase.nodes).sum(),
            without_room: scenario.without_room.len(),
            unavailable: scenario.down,
            most_unavailable: scenario.down,
        }
    }

    fn go(mut self) -> Outcome {
        let mut now = 0.0;
        let mut duration = Some(0.0);
        for (at, phase) in self.scenario.phases.iter().enumerate() {
            let budget = self.scenario.budget.min(phase.budget.unwrap_or(usize::MAX));
            match self.phase(phase.nodes, budget, now) {
                Phased::Done(ends) => {
                    duration = Some(ends);
                    now = ends + phase.soak;
                }
                // Nodes that fail hold up what comes after them, and nothing else.
                Phased::Reached(ends) if at + 1 == self.scenario.phases.len() => {
                    duration = Some(ends);
                }
                Phased::Reached(_) | Phased::Stuck => {
                    duration = None;
                    break;
                }
            }
        }
        let nodes = self.scenario.nodes;
        Outcome {
            duration,
            worst_available: nodes.saturating_sub(self.most_unavailable),
        }
    }

    /// Replaces the pods of so many nodes.
    fn phase(&mut self, nodes: usize, budget: usize, begins: f64) -> Phased {
        let mut waiting = nodes;
        let mut ends = begins;
        let down = match self.scenario.mode {
            Mode::OldFirst => self.scenario.down,
            Mode::NewFirst => 0,
        };
        let slots = budget.saturating_sub(down).saturating_sub(self.failed);
        for _ in 0..slots.min(nodes) {
            self.events.push(begins, What::Begin);
            waiting -= 1;
        }
        let mut done = 0;
        while let Some((at, what)) = self.events.pop() {
            match what {
                What::Begin => {
                    let is_stopped = self
                        .scenario
                        .stop_after
                        .is_some_and(|most| self.failed >= most);
                    let open = self.scenario.next_open(at);
                    let Some(open) = open.filter(|_| !is_stopped) else {
                        waiting += 1;
                        continue;
                    };
                    if open > at {
                        self.events.push(open, What::Begin);
                        continue;
                    }
                    let at = self.bucket.take(at);
                    match self.scenario.mode {
                        Mode::OldFirst => {
                            self.unavailable += 1;
                            self.most_unavailable = self.most_unavailable.max(self.unavailable);
                            let gone = at + self.scenario.terminate.draw(&mut self.random);
                            self.events.push(gone, What::Gone);
                        }
                        Mode::NewFirst => self.start(at),
                    }
                }
                What::Gone => {
                    let at = self.bucket.take(at);
                    self.start(at);
                }
                What::Available => {
                    if self.scenario.mode == Mode::NewFirst {
                        let at = self.bucket.take(at);
                        let gone = at + self.scenario.terminate.draw(&mut self.random);
                        self.events.push(gone, What::OldGone);
                    } else {
                        self.unavailable -= 1;
                        done += 1;
                        ends = at;
                    }
                    if waiting > 0 {
                        waiting -= 1;
                        self.events.push(at, What::Begin);
                    }
                }
                What::OldGone => {
                    done += 1;
                    ends = at;
                }
            }
        }
        if done == nodes {
            Phased::Done(ends)
        } else if waiting == 0 {
            Phased::Reached(ends)
        } else {
            Phased::Stuck
        }
    }

    /// A new pod is created.
    fn start(&mut self, at: f64) {
        let start = self.scenario.start.draw(&mut self.random);
        let fails = self.random.rand_float() < self.scenario.node_failure;
        // Which of the nodes without room comes when is left to chance.
        let share =
            crate::spread::float(self.without_room) / crate::spread::float(self.ahead.max(1));
        let has_none = self.random.rand_float() < share;
        self.without_room -= usize::from(has_none);
        self.ahead = self.ahead.saturating_sub(1);
        if fails || has_none || self.is_broken {
            self.failed += 1;
        } else {
            self.events
                .push(at + start + self.scenario.min_ready, What::Available);
        }
    }
}
