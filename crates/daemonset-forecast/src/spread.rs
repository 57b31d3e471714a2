//! How long something takes: never the same twice.

use oorandom::Rand64;
use serde::Serialize;

/// How long something takes, in seconds: measured times, any of which may come again, or the
/// quantiles of a guess.
///
/// ```
/// use daemonset_forecast::Spread;
///
/// let measured = Spread::measured([12.0, 3.0, 5.0]);
/// assert_eq!((measured.quantile(0.0), measured.quantile(1.0)), (3.0, 12.0));
/// assert_eq!(Spread::fixed(10.0).mean(), 10.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// Ascending; in between it is interpolated. Never empty, none below zero.
    points: Vec<f64>,
}

/// How many measured times are kept; of more, so many quantiles.
const POINTS: usize = 200;

impl Spread {
    /// Always the same.
    #[must_use]
    pub fn fixed(seconds: f64) -> Self {
        Self::measured([seconds])
    }

    /// As it was measured. Without a measurement it takes no time; what is no number or below zero
    /// counts as none.
    #[must_use]
    pub fn measured(seconds: impl IntoIterator<Item = f64>) -> Self {
        let seconds = seconds.into_iter();
        let mut points: Vec<f64> = seconds.filter(|it| it.is_finite() && *it >= 0.0).collect();
        points.sort_by(f64::total_cmp);
        if points.is_empty() {
            points.push(0.0);
        }
        let spread = Self { points };
        if spread.points.len() <= POINTS {
            return spread;
        }
        let share = |at: usize| fraction(at, POINTS - 1);
        Self {
            points: (0..POINTS).map(|at| spread.quantile(share(at))).collect(),
        }
    }

    /// From the shortest over the middle and the time that 95 of 100 stay below to the longest.
    #[must_use]
    pub fn guessed(shortest: f64, middle: f64, p95: f64, longest: f64) -> Self {
        let between = |from: f64, to: f64, share: f64| from + (to - from) * share;
        let points = (0..=20).map(|at| match at {
            0..=10 => between(shortest, middle, fraction(at, 10)),
            11..=19 => between(middle, p95, fraction(at - 10, 9)),
            _ => longest,
        });
        Self::measured(points)
    }

    /// The time that this share stays below, from 0 to 1.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.points.len() - 1;
        let place = share.clamp(0.0, 1.0) * float(last);
        let below = (0..=last).rev().find(|at| float(*at) <= place).unwrap_or(0);
        let (from, to) = (self.points[below], self.points[(below + 1).min(last)]);
        from + (to - from) * (place - float(below))
    }

    /// The average.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.points.len() == 1 {
            return self.points[0];
        }
        // Between two points all times are alike.
        let pairs = self
            .points
            .windows(2)
            .map(|pair| f64::midpoint(pair[0], pair[1]));
        pairs.sum::<f64>() / float(self.points.len() - 1)
    }

    /// One time.
    pub(crate) fn draw(&self, random: &mut Rand64) -> f64 {
        let last = self.points.len() - 1;
        let place = random.rand_float() * float(last);
        // The place is below the number of points.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let below = (place as usize).min(last);
        let (from, to) = (self.points[below], self.points[(below + 1).min(last)]);
        from + (to - from) * (place - float(below))
    }
}

/// A count as a number of seconds or a share; counts here are far below the 52 bits that are exact.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

fn fraction(part: usize, all: usize) -> f64 {
    float(part) / float(all)
}
