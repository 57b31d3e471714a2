//! Plans and explanations of one cluster, for an instruction counter.
//!
//! By itself, this runs each scenario once; `NODES=10000` makes the cluster larger. Counted is what
//! `valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*counted*'` is told.

mod scenes;

use daemonset::{Options, Planner};
use daemonset_explain::Explainer;
use daemonset_testkit::fleet::{Fleet, Stage, fleet};
use daemonset_testkit::scenarios::{self, counted};
use scenes::{blocked, observed};

const SCENARIOS: [(&str, fn()); 6] = [
    ("plan-steady", || plan(&staged(Stage::Steady))),
    ("explain-steady", || explain(&staged(Stage::Steady))),
    ("plan-halfway", || plan(&staged(Stage::Halfway))),
    ("explain-halfway", || explain(&staged(Stage::Halfway))),
    ("plan-blocked", || plan(&blocked(nodes()))),
    ("explain-blocked", || explain(&blocked(nodes()))),
];

fn main() {
    scenarios::run(&SCENARIOS);
}

fn nodes() -> usize {
    let nodes = std::env::var("NODES").ok();
    nodes.map_or(1_000, |nodes| nodes.parse().expect("a number"))
}

fn staged(stage: Stage) -> Fleet {
    observed(fleet(nodes(), stage))
}

fn plan(fleet: &Fleet) {
    let options = Options::default();
    counted(|| {
        let cluster = fleet.cluster();
        let planner = Planner::in_cluster(&fleet.set, &cluster, &options);
        planner.map(|planner| planner.plan(&cluster))
    })
    .expect("the selector parses");
}

/// Everything that an explanation has: the diagnosis, the ledger and the fixes, each tried out.
fn explain(fleet: &Fleet) {
    let options = Options::default();
    counted(|| {
        let cluster = fleet.cluster();
        let explainer = Explainer::new(&fleet.set, &cluster, &options)?;
        let ledger = explainer.ledger();
        Ok::<_, daemonset::matching::SelectorError>((
            explainer.diagnosis().clone(),
            ledger,
            explainer.fixes(),
        ))
    })
    .expect("the selector parses");
}
