//! How long forecasts of large clusters take: `cargo bench -p daemonset-forecast`.

use std::time::Instant;

use daemonset_forecast::{Pull, Reboots, Scenario, Spread, band, forecast, replay};
use daemonset_testkit::scenario::scenario as scene;

const NODES: usize = 5_000;
const RUNS: usize = 1_000;

fn told<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let begins = Instant::now();
    let done = work();
    println!("{what:<60} {:>8.2} s", begins.elapsed().as_secs_f64());
    done
}

fn main() {
    let mut plain = Scenario::new(NODES, NODES / 20);
    plain.terminate = Spread::fixed(10.0);
    plain.start = Spread::fixed(50.0);
    let many = told("5,000 nodes x 1,000 runs, fixed times", || {
        forecast(&plain, RUNS, 1)
    });
    println!(
        "  half of them within {:.0} s",
        many.duration(0.5).unwrap_or(0.0)
    );
    let spread = Scenario::new(NODES, NODES / 20);
    told("5,000 nodes x 1,000 runs, times that vary", || {
        forecast(&spread, RUNS, 1)
    });
    let mut all = spread.clone();
    all.node_failure = 0.001;
    all.reboots = Some(Reboots::new(0.2, Scenario::guessed_reboot()));
    all.churn_per_day = 0.1;
    all.pull = Some(Pull::new(1e9, 50e6).registry(5e9));
    told(
        "5,000 nodes x 1,000 runs, pulls, reboots, churn, failures",
        || forecast(&all, RUNS, 1),
    );
    told("5,000 nodes x 200 runs, the picture", || {
        band(&spread, 200, 1, 2000.0, 200)
    });
    for nodes in [1_000, NODES] {
        let names: Vec<String> = (0..nodes).map(|at| format!("n{at:05}: old")).collect();
        let budget = (nodes / 20).to_string();
        let world = scene(&names.join("; ")).rolling(&budget, "0");
        let scenario = Scenario::new(nodes, nodes / 20);
        told(
            &format!("{nodes} nodes, one run with the real planner"),
            || replay(&world.set, &world.cluster(), None, &scenario, 1),
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }
}
