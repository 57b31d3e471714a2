//! One shot beside the naive loop, the least CPU time of many runs, which says more on a busy machine
//! than the clock and the median: a million nodes are some 3 GB.
//!
//! `cargo bench --bench one_shot` tells times; `one_shot KIND SIZE` does it once, for an instruction
//! counter that is told to count the function `counted`.

#[path = "round/naive.rs"]
mod naive;

use std::hint::black_box;
use std::time::{Duration, Instant};

use daemonset::{Options, Planner};
use daemonset_testkit::fleet::{CURRENT, Fleet, Stage, fleet};
use daemonset_testkit::growth::run_time;
use daemonset_testkit::scenarios::counted;
use naive::Naive;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// How long all runs of one size may take together, and how many there are at least.
const TIME: Duration = Duration::from_secs(8);
const RUNS: usize = 5;

type Run = fn(&Bench);

/// What is measured, by name.
const KINDS: [(&str, Run); 3] = [
    // The lists become a cluster and the plan is made.
    ("plan", |bench| {
        black_box(bench.planner.plan(&bench.fleet.cluster()));
    }),
    // The set is compiled as well.
    ("compile-and-plan", |bench| {
        let cluster = bench.fleet.cluster();
        let planner = Planner::in_cluster(&bench.fleet.set, &cluster, &Options::default());
        black_box(planner.unwrap().plan(&cluster));
    }),
    ("naive", |bench| {
        let uid = bench.fleet.set.metadata.uid.as_str();
        black_box(bench.naive.read(black_box(uid), black_box(CURRENT)));
    }),
];

struct Bench {
    fleet: Fleet,
    planner: Planner,
    naive: Naive,
}

impl Bench {
    fn new(size: usize) -> Self {
        let fleet = fleet(size, Stage::Steady);
        Self {
            planner: fleet.planner(),
            naive: Naive::new(&fleet),
            fleet,
        }
    }

    /// The least times of all kinds. They take turns, so that what disturbs one disturbs all.
    fn least(&self) -> [Duration; KINDS.len()] {
        let mut least = [Duration::MAX; KINDS.len()];
        let until = Instant::now() + TIME;
        let mut runs = 0;
        while runs < RUNS || Instant::now() < until {
            for (least, (_, run)) in least.iter_mut().zip(KINDS) {
                let begin = run_time();
                run(self);
                *least = (*least).min(run_time().saturating_sub(begin));
            }
            runs += 1;
        }
        least
    }
}

fn main() {
    let arguments = std::env::args().skip(1).filter(|a| !a.starts_with('-'));
    if let [wanted, size] = arguments.collect::<Vec<_>>().as_slice() {
        let bench = Bench::new(size.parse().unwrap());
        let (_, run) = KINDS.iter().find(|(name, _)| name == wanted).unwrap();
        counted(|| run(&bench));
        return;
    }
    for size in SIZES {
        let least = Bench::new(size).least();
        let naive = least[KINDS.len() - 1];
        print!("{size:>8} nodes");
        for ((name, _), least) in KINDS.iter().zip(least) {
            let ratio = least.as_secs_f64() / naive.as_secs_f64();
            print!("  {name} {least:.2?} ({ratio:.2})");
        }
        println!();
    }
}
