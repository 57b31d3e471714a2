//! One whole round from plain slices, beside a loop that merely reads what must be read.

#[path = "cluster/mod.rs"]
mod cluster;
#[path = "cluster/naive.rs"]
mod naive;

use std::hint::black_box;

use cluster::{Cluster, Stage, cluster};
use criterion::{
    AxisScale, BenchmarkId, Criterion, PlotConfiguration, Throughput, criterion_group,
    criterion_main,
};
use daemonset::{Plan, Planner};
use naive::Naive;

fn plan(cluster: &Cluster) -> Plan {
    Planner::new(&cluster.set)
        .unwrap()
        .revisions(&cluster.revisions)
        .now(cluster.now)
        .plan(&cluster.nodes, &cluster.pods)
}

fn round(c: &mut Criterion) {
    let mut group = c.benchmark_group("round");
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    for size in [100, 1_000, 10_000, 100_000, 1_000_000] {
        group.throughput(Throughput::Elements(size as u64));
        for stage in [Stage::Steady, Stage::Halfway, Stage::Empty] {
            let cluster = cluster(size, stage);
            group.bench_with_input(
                BenchmarkId::new(format!("{stage:?}"), size),
                &cluster,
                |b, cluster| {
                    b.iter(|| plan(black_box(cluster)));
                },
            );
        }
        let cluster = cluster(size, Stage::Steady);
        let naive = Naive::new(&cluster);
        let uid = cluster.set.metadata.uid.as_str();
        group.bench_with_input(BenchmarkId::new("naive-read", size), &naive, |b, naive| {
            b.iter(|| naive.read(black_box(uid), black_box("7c6d8f5b9")));
        });
    }
    group.finish();
}

criterion_group!(benches, round);
criterion_main!(benches);
