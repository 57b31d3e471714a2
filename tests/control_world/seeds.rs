//! Many runs at once.

use std::ops::Range;

/// What comes of each seed, on as many threads as there are processors; the seeds take turns, since some
/// kinds of runs are longer.
pub fn for_each<T: Send>(seeds: Range<u64>, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|first| {
                let (seeds, run) = (seeds.clone(), &run);
                scope.spawn(move || seeds.skip(first).step_by(threads).map(run).collect())
            })
            .collect();
        let ended = running.into_iter().map(|it| it.join().expect("it ends"));
        ended.flat_map(|outcomes: Vec<T>| outcomes).collect()
    })
}
