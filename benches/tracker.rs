//! Rounds from a tracker: all of it again, and after one change.

use std::hint::black_box;

use criterion::{
    AxisScale, BenchmarkId, Criterion, PlotConfiguration, criterion_group, criterion_main,
};
use daemonset_testkit::fleet::{Stage, fleet};

const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// A whole round: every node is placed and classified, every pod read.
fn kept(c: &mut Criterion) {
    let mut group = c.benchmark_group("kept");
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    for size in SIZES {
        for stage in [Stage::Steady, Stage::Halfway, Stage::Empty] {
            let fleet = fleet(size, stage);
            let (mut tracker, set) = fleet.tracker();
            // The clock goes back, which leaves nothing of the round before to stand on.
            let mut now = fleet.now;
            group.bench_function(BenchmarkId::new(format!("{stage:?}"), size), |b| {
                b.iter(|| {
                    now = now.plus_seconds(-1);
                    tracker.plan(set, now)
                });
            });
            // The set changes in what it asks of pods, so that they are claimed again too.
            let mut planners = [fleet.planner_that_asks_more(), fleet.planner()];
            group.bench_function(BenchmarkId::new(format!("{stage:?}-new-set"), size), |b| {
                b.iter(|| {
                    planners.reverse();
                    let set = tracker.put_set(planners[1].clone());
                    tracker.plan(set, fleet.now)
                });
            });
        }
    }
    group.finish();
}

/// One pod or node changes, and the next plan is made.
fn incremental(c: &mut Criterion) {
    let mut group = c.benchmark_group("incremental");
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    for size in SIZES {
        for stage in [Stage::Steady, Stage::Halfway] {
            let fleet = fleet(size, stage);
            let (mut tracker, set) = fleet.tracker();
            // Other pods and nodes every time, as they come in a cluster, so that not always the
            // same few are at hand.
            let mut at = 0;
            let mut next = |len: usize| {
                at = (at + 7919) % len;
                at
            };
            group.bench_function(
                BenchmarkId::new(format!("pod-readiness/{stage:?}"), size),
                |b| {
                    b.iter(|| {
                        let pod = &fleet.pods[next(fleet.pods.len())];
                        let mut changed = pod.clone();
                        changed.status.conditions.clear();
                        tracker.put_pod(&changed);
                        black_box(tracker.plan(set, fleet.now));
                        tracker.put_pod(pod);
                        black_box(tracker.plan(set, fleet.now))
                    });
                },
            );
            group.bench_function(
                BenchmarkId::new(format!("node-label/{stage:?}"), size),
                |b| {
                    b.iter(|| {
                        let node = &fleet.nodes[next(fleet.nodes.len())];
                        let mut changed = node.clone();
                        changed
                            .metadata
                            .labels
                            .insert("kubernetes.io/os", "windows");
                        tracker.put_node(&changed);
                        black_box(tracker.plan(set, fleet.now));
                        tracker.put_node(node);
                        black_box(tracker.plan(set, fleet.now))
                    });
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, kept, incremental);
criterion_main!(benches);
