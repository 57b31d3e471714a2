//! One whole round from plain slices, beside a loop that merely reads what must be read.

#[path = "round/naive.rs"]
mod naive;

use std::hint::black_box;

use criterion::{
    AxisScale, BenchmarkId, Criterion, PlotConfiguration, Throughput, criterion_group,
    criterion_main,
};
use daemonset::{Options, Plan, Planner};
use daemonset_testkit::fleet::{CURRENT, Fleet, Stage, fleet};
use naive::Naive;

/// Everything that a round from plain slices takes: the lists become a cluster, the set is compiled,
/// the plan is made.
fn plan(fleet: &Fleet) -> Plan {
    let cluster = fleet.cluster();
    let planner = Planner::in_cluster(&fleet.set, &cluster, &Options::default());
    planner.unwrap().plan(&cluster)
}

fn round(c: &mut Criterion) {
    let mut group = c.benchmark_group("round");
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    for size in [100, 1_000, 10_000, 100_000, 1_000_000] {
        group.throughput(Throughput::Elements(size as u64));
        for stage in [Stage::Steady, Stage::Halfway, Stage::Empty] {
            let fleet = fleet(size, stage);
            group.bench_with_input(
                BenchmarkId::new(format!("{stage:?}"), size),
                &fleet,
                |b, fleet| {
                    b.iter(|| plan(black_box(fleet)));
                },
            );
        }
        let fleet = fleet(size, Stage::Steady);
        let naive = Naive::new(&fleet);
        let uid = fleet.set.metadata.uid.as_str();
        group.bench_with_input(BenchmarkId::new("naive-read", size), &naive, |b, naive| {
            b.iter(|| naive.read(black_box(uid), black_box(CURRENT)));
        });
    }
    group.finish();
}

criterion_group!(benches, round);
criterion_main!(benches);
