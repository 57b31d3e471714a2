//! Foresees how long the rollout of a DaemonSet takes, and whether it stalls: two models that are
//! held against each other.
//!
//! [`forecast`] makes thousands of runs by counts alone: nodes of a group are alike, so a run is a
//! queue of moments. [`replay`] makes one run with the real planner, a virtual clock and pods as the
//! API has them, to be explained and looked at.
//!
//! Where the times come from: [`measured_start`] takes them from the pods of a dump, created and
//! ready; where there are none, [`Scenario::new`] says what is guessed. Seeds are given, and the same
//! seed gives the same numbers.

mod course;
mod fast;
mod measured;
mod pull;
mod queue;
mod rate;
mod replay;
mod scenario;
mod spread;

pub use course::{Course, CourseEnd, Moment};
pub use fast::{
    Band, Forecast, Range, band, forecast, forecast_with, largest_budget, smallest_budget,
};
pub use measured::{Measured, measured_start};
pub use pull::Pull;
pub use replay::replay;
pub use scenario::{Mode, Now, OfNode, Phase, Reboots, RoomAhead, Scenario, StopAfter};
pub use spread::Spread;
