//! Promises that hold for every cluster, tried on many small ones.

#[path = "properties/convergence.rs"]
mod convergence;
#[path = "properties/placement.rs"]
mod placement;
#[path = "properties/pods.rs"]
mod pods;
#[path = "properties/rounds.rs"]
mod rounds;
#[path = "properties/time.rs"]
mod time;
#[path = "properties/totality.rs"]
mod totality;

use proptest::test_runner::{Config, FileFailurePersistence};

/// That many cases; what fails is written to the file of regressions and tried first ever after.
fn cases(cases: u32) -> Config {
    Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/properties.proptest-regressions",
        ))),
        max_shrink_iters: 50_000,
        ..Config::with_cases(cases)
    }
}
