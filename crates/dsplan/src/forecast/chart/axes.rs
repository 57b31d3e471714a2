//! Axes with marks at round numbers: of time, as people count it, and of nodes, which are whole.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::super::figures::span;

/// Steps between two marks, in seconds: round by the clock.
const STEPS: [f64; 22] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
    31_536_000.0,
];

/// Time since the rollout began, in seconds.
pub struct Time {
    pub until: f64,
    /// How many marks there is room for.
    pub marks: usize,
}

impl Time {
    fn step(&self) -> f64 {
        let least = self.until / super::super::figures::float(self.marks.max(1));
        let steps = STEPS.iter().copied();
        let step = steps.into_iter().find(|step| *step >= least);
        step.unwrap_or(least.max(1.0))
    }
}

impl Ranged for Time {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        place(*value / self.until.max(1e-9), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        multiples(self.step(), self.until)
    }

    fn range(&self) -> Range<f64> {
        0.0..self.until
    }
}

impl ValueFormatter<f64> for Time {
    fn format_ext(&self, value: &f64) -> String {
        span(*value)
    }
}

/// Numbers of nodes, with some room above the last.
pub struct Nodes {
    pub most: f64,
    pub marks: usize,
}

impl Nodes {
    fn step(&self) -> f64 {
        let least = self.most / super::super::figures::float(self.marks.max(1));
        let mut unit = 1.0;
        loop {
            for factor in [1.0, 2.0, 5.0] {
                if unit * factor >= least {
                    return unit * factor;
                }
            }
            unit *= 10.0;
        }
    }
}

/// How much of the height lies above the last node.
const ABOVE: f64 = 1.06;

impl Ranged for Nodes {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        place(*value / (self.most.max(1.0) * ABOVE), limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        multiples(self.step(), self.most)
    }

    fn range(&self) -> Range<f64> {
        0.0..self.most * ABOVE
    }
}

impl ValueFormatter<f64> for Nodes {
    fn format_ext(&self, value: &f64) -> String {
        format!("{value:.0}")
    }
}

fn multiples(step: f64, most: f64) -> Vec<f64> {
    let mut all = Vec::new();
    let mut at = 0.0;
    while at <= most {
        all.push(at);
        at += step;
    }
    all
}

/// A share of the way from one pixel to another.
fn place(share: f64, (from, to): (i32, i32)) -> i32 {
    let way = f64::from(to - from) * share.clamp(-1.0, 2.0);
    #[allow(clippy::cast_possible_truncation)] // pixels
    let way = way.round() as i32;
    from + way
}
