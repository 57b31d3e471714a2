//! How time grows with the size of what is asked.

#[cfg(not(unix))]
use std::sync::LazyLock;
use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

/// For how long this thread has run, where the system tells that; else the time that has passed.
///
/// # Panics
/// Where the system tells a time before nothing.
#[cfg(unix)]
#[must_use]
pub fn run_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a thread's time is no less than nothing")
}

/// For how long this thread has run, where the system tells that; else the time that has passed.
#[cfg(not(unix))]
#[must_use]
pub fn run_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

/// Checks that `ask` takes time in proportion to the size that `make` is given: four times as much
/// takes less than eight times as long, which the square of it would exceed.
///
/// # Panics
/// It takes longer, three times in a row: a busy machine may be slow once, and not again and again.
pub fn grows_in_proportion<T>(size: usize, make: impl Fn(usize) -> T, mut ask: impl FnMut(&T)) {
    let mut least = |made: &T| {
        let times = (0..3).map(|_| {
            let before = run_time();
            ask(made);
            run_time().saturating_sub(before)
        });
        times.min().unwrap_or_default()
    };
    let (one, four) = (make(size), make(4 * size));
    let times: Vec<_> = (0..3)
        .map(|_| (least(&one), least(&four)))
        .take_while(|(one, four)| *four >= 8 * *one)
        .collect();
    assert!(
        times.len() < 3,
        "one and four times as much takes {times:?}"
    );
}
