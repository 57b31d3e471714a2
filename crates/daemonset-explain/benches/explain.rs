//! The whole explanation of a blocked rollout beside its plan, and what a change would do.

mod scenes;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use daemonset::api::DaemonSet;
use daemonset::{Options, Planner};
use daemonset_explain::what_if::{compare, update};
use daemonset_explain::{Explainer, Standing};
use daemonset_testkit::fleet::{Stage, fleet};
use scenes::blocked;

fn explain(c: &mut Criterion) {
    let options = Options::default();
    let mut group = c.benchmark_group("explain");
    group.sample_size(20);
    for size in [1_000, 10_000, 100_000] {
        let fleet = blocked(size);
        let cluster = fleet.cluster();
        let check = Explainer::new(&fleet.set, &cluster, &options).unwrap();
        assert_eq!(check.diagnosis().standing, Standing::Blocked);
        assert_eq!(check.fixes().len(), 3, "{:?}", check.fixes());
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::new("plan", size), &fleet, |b, fleet| {
            b.iter(|| {
                let cluster = black_box(fleet).cluster();
                let planner = Planner::in_cluster(&fleet.set, &cluster, &options).unwrap();
                planner.plan(&cluster)
            });
        });
        group.bench_with_input(BenchmarkId::new("everything", size), &fleet, |b, fleet| {
            b.iter(|| {
                let cluster = black_box(fleet).cluster();
                let explainer = Explainer::new(&fleet.set, &cluster, &options).unwrap();
                let ledger = explainer.ledger();
                (explainer.diagnosis().clone(), ledger, explainer.fixes())
            });
        });
    }
    group.finish();
}

fn node(c: &mut Criterion) {
    let options = Options::default();
    let fleet = blocked(10_000);
    let cluster = fleet.cluster();
    let explainer = Explainer::new(&fleet.set, &cluster, &options).unwrap();
    let tainted = &fleet.nodes[3].metadata.name;
    assert!(!explainer.node_fixes(tainted).is_empty());
    c.bench_function("node-fixes/10000", |b| {
        b.iter(|| explainer.node_fixes(black_box(tainted)));
    });
}

fn what_if(c: &mut Criterion) {
    let options = Options::default();
    let fleet = fleet(10_000, Stage::Steady);
    let cluster = fleet.cluster();
    let mut json = serde_json::json!(fleet.set);
    json["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/agent:3".into();
    let newer: DaemonSet = serde_json::from_value(json).unwrap();
    let newer = update(&fleet.set, &newer);
    let mut group = c.benchmark_group("what-if");
    group.sample_size(10);
    group.bench_function("compare/10000", |b| {
        b.iter(|| compare(&fleet.set, black_box(&newer), &cluster, &cluster, &options).unwrap());
    });
    group.finish();
}

criterion_group!(benches, explain, node, what_if);
criterion_main!(benches);
