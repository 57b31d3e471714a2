//! Many runs by counts alone: a run is a queue of moments, without the planner and without pods.

mod band;
mod prepared;
mod recorder;
mod run;

use serde::Serialize;

use crate::scenario::{Mode, Scenario};
use crate::spread::float;
use prepared::Prepared;
use run::Run;

pub use band::{Band, Range};

/// What many runs of a scenario come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Forecast {
    /// How many runs.
    pub runs: usize,
    /// How many of them stall: nodes that fail use up the budget, hold up a later group or stop it,
    /// and others are never updated.
    pub stalled: usize,
    /// How many of the others leave nodes behind on which the new pod never becomes available.
    pub left_behind: usize,
    /// How long those that do not stall take until all nodes that do not fail are done, in seconds,
    /// ascending.
    pub durations: Vec<f64>,
    /// How many pods have been replaced by one that is available where it stalls, for each such run,
    /// ascending; those of nodes that are down are none of them.
    pub replaced_before_stall: Vec<usize>,
    /// How many at most have had their turn in such a run, whatever became of them.
    pub most_turns_before_stall: usize,
    /// The fewest nodes with an available pod at any moment, for each run, ascending.
    pub fewest_available: Vec<usize>,
    /// When the last thing happened in any run, in seconds: the end, or the stall.
    pub last: f64,
}

impl Forecast {
    /// The duration that this share of all runs stays within, from 0 to 1; `None` where so many
    /// stall.
    #[must_use]
    pub fn duration(&self, share: f64) -> Option<f64> {
        self.durations.get(place(share, self.runs)).copied()
    }

    /// How many nodes have an available pod at the worst moment: the fewest over all runs for a
    /// share of 0, what 95 of 100 runs keep for 0.05. Without a run there is none.
    #[must_use]
    pub fn worst_available(&self, share: f64) -> usize {
        let place = place(share, self.fewest_available.len());
        self.fewest_available.get(place).copied().unwrap_or(0)
    }

    /// The share of the runs that stall.
    #[must_use]
    pub fn chance_to_stall(&self) -> f64 {
        if self.runs == 0 {
            return 0.0;
        }
        float(self.stalled) / float(self.runs)
    }

    /// The largest chance to stall with which as few runs stall as did here once in twenty times:
    /// what may be said after so many runs, and no more. None of 1,000 is less than 0.3 %, not
    /// never. (The upper bound of Wilson's interval, or 3 of so many where none did.)
    #[must_use]
    pub fn chance_to_stall_at_most(&self) -> f64 {
        if self.runs == 0 {
            return 1.0;
        }
        let (runs, share) = (float(self.runs), self.chance_to_stall());
        if self.stalled == 0 {
            return (3.0 / runs).min(1.0);
        }
        // 95 % on one side.
        let z = 1.645_f64;
        let middle = share + z * z / (2.0 * runs);
        let width = z * (share * (1.0 - share) / runs + z * z / (4.0 * runs * runs)).sqrt();
        ((middle + width) / (1.0 + z * z / runs)).min(1.0)
    }
}

/// The place of a share among so many in order.
fn place(share: f64, all: usize) -> usize {
    // The place is among them.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = (share.clamp(0.0, 1.0) * float(all)).ceil() as usize;
    place.max(1) - 1
}

/// The numbers of one run: each has its own, so that other scenarios with that seed meet the same
/// luck.
fn stream(seed: u64, run: usize) -> u128 {
    u128::from(seed) << 64 | run as u128
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
    let prepared = Prepared::new(scenario);
    let mut all = Forecast {
        runs,
        stalled: 0,
        left_behind: 0,
        durations: Vec::with_capacity(runs),
        replaced_before_stall: Vec::new(),
        most_turns_before_stall: 0,
        fewest_available: Vec::with_capacity(runs),
        last: 0.0,
    };
    for run in 0..runs {
        let outcome = Run::new(&prepared, stream(seed, run), None).go();
        if let Some(duration) = outcome.duration {
            all.durations.push(duration);
            all.left_behind += usize::from(outcome.failed > 0);
        } else {
            all.stalled += 1;
            all.replaced_before_stall.push(outcome.replaced);
            all.most_turns_before_stall = all.most_turns_before_stall.max(outcome.turns);
        }
        let nodes = scenario.nodes;
        let available = nodes.saturating_sub(outcome.most_unavailable);
        all.fewest_available.push(available);
        all.last = all.last.max(outcome.last);
        tell(run + 1);
    }
    all.durations.sort_by(f64::total_cmp);
    all.replaced_before_stall.sort_unstable();
    all.fewest_available.sort_unstable();
    all
}

/// How many nodes are available and updated over time, over so many runs until then, in so many
/// steps: the picture of a [`forecast`] with that seed.
#[must_use]
pub fn band(scenario: &Scenario, runs: usize, seed: u64, until: f64, steps: usize) -> Band {
    band::over(&Prepared::new(scenario), runs, seed, until, steps)
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
        let duration = forecast(&with_budget(scenario, budget), runs, seed).duration(share);
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

/// The largest budget with which at least this share of the nodes, from 0 to 1, keeps an available
/// pod at every moment of 95 of 100 runs; `None` where a budget of 1 does not.
///
/// With surge the budget takes no pod away, so that all nodes or none is the answer.
#[must_use]
pub fn largest_budget(
    scenario: &Scenario,
    available: f64,
    runs: usize,
    seed: u64,
) -> Option<usize> {
    // A share such as 95 % of 100 is a little above 95 else.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let least = (available.clamp(0.0, 1.0) * float(scenario.nodes) - 1e-9).ceil() as usize;
    let keeps = |budget: usize| {
        let forecast = forecast(&with_budget(scenario, budget), runs, seed);
        forecast.worst_available(0.05) >= least
    };
    let (mut low, mut high) = (1, scenario.nodes.max(1));
    // The budget itself is the bound where nothing else takes pods away.
    if scenario.mode == Mode::OldFirst && keeps(scenario.nodes.saturating_sub(least).max(1)) {
        low = scenario.nodes.saturating_sub(least).max(1);
    } else if !keeps(1) {
        return None;
    }
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if keeps(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

fn with_budget(scenario: &Scenario, budget: usize) -> Scenario {
    Scenario {
        budget,
        ..scenario.clone()
    }
}
