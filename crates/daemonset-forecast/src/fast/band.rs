//! What many runs have in common at each moment.

use serde::Serialize;

use super::prepared::Prepared;
use super::run::Run;

/// Nodes over time, over many runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Band {
    /// How many runs.
    pub runs: usize,
    /// The end of each step, in seconds since the rollout began.
    pub at: Vec<f64>,
    /// How many nodes had an available pod at the worst moment of each step.
    pub available: Vec<Range>,
    /// How many of them had one of the new revision at the end of each step.
    pub updated: Vec<Range>,
}

/// What 90 of 100 runs lie within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// 5 of 100 runs have as many or fewer.
    pub p5: usize,
    /// Half of the runs have as many or fewer.
    pub p50: usize,
    /// 95 of 100 runs have as many or fewer.
    pub p95: usize,
}

impl Range {
    fn of(mut counts: Vec<usize>) -> Self {
        counts.sort_unstable();
        let at = |share| {
            let place = super::place(share, counts.len());
            counts.get(place).copied().unwrap_or(0)
        };
        Self {
            p5: at(0.05),
            p50: at(0.5),
            p95: at(0.95),
        }
    }
}

pub(super) fn over(
    prepared: &Prepared<'_>,
    runs: usize,
    seed: u64,
    until: f64,
    steps: usize,
) -> Band {
    let all: Vec<Vec<(usize, usize)>> = (0..runs)
        .map(|run| {
            let picture = Some((until, steps));
            let outcome = Run::new(prepared, super::stream(seed, run), picture).go();
            outcome.counts
        })
        .collect();
    let range = |step: usize, which: fn(&(usize, usize)) -> usize| {
        let counts = all.iter().filter_map(|run| run.get(step)).map(which);
        Range::of(counts.collect())
    };
    let share = |step: usize| crate::spread::float(step + 1) / crate::spread::float(steps);
    Band {
        runs,
        at: (0..steps).map(|step| share(step) * until).collect(),
        available: (0..steps).map(|step| range(step, |it| it.0)).collect(),
        updated: (0..steps).map(|step| range(step, |it| it.1)).collect(),
    }
}
