//! Each module by itself.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use daemonset::api::IntOrString;
use daemonset::matching::Selector;
use daemonset::placement::{Rules, daemon_tolerations};
use daemonset::template::{canonical_template, revision_data, template_hash};
use daemonset_testkit::fleet::{Stage, fleet};
use serde_json::Value;

fn modules(c: &mut Criterion) {
    let fleet = fleet(1_000, Stage::Halfway);
    let set = &fleet.set;
    let template = &set.spec.template;
    let rules = Rules::new(template);
    let selector = Selector::new(set.spec.selector.as_ref()).unwrap();
    let (node, pod) = (&fleet.nodes[0], &fleet.pods[0]);

    c.bench_function("selector/compile", |b| {
        b.iter(|| Selector::new(black_box(set.spec.selector.as_ref())));
    });
    c.bench_function("selector/matches", |b| {
        b.iter(|| selector.matches(black_box(&pod.metadata.labels)));
    });
    c.bench_function("placement/compile", |b| {
        b.iter(|| Rules::new(black_box(template)));
    });
    c.bench_function("placement/node-affinity", |b| {
        let affinity = rules.affinity().unwrap();
        b.iter(|| affinity.matches(black_box(node)));
    });
    c.bench_function("placement/verdict", |b| {
        b.iter(|| rules.verdict(black_box(node)));
    });
    c.bench_function("placement/all-reasons", |b| {
        b.iter(|| rules.place(black_box(&fleet.nodes[3])));
    });
    c.bench_function("tolerations/of-a-daemon-pod", |b| {
        b.iter(|| daemon_tolerations(black_box(&template.spec().tolerations), true));
    });
    c.bench_function("template/revision-data", |b| {
        b.iter(|| revision_data(black_box(template)));
    });
    c.bench_function("template/hash", |b| {
        b.iter(|| template_hash(black_box(template), None));
    });
    c.bench_function("template/canonical", |b| {
        let json = Value::from(template.clone());
        b.iter(|| canonical_template(black_box(&json)));
    });
    c.bench_function("budget/percent", |b| {
        let percent = IntOrString::from("25%");
        b.iter(|| black_box(&percent).scaled(black_box(10_000)));
    });
    let planner = fleet.planner();
    c.bench_function("planner/compile", |b| {
        b.iter(|| black_box(&fleet).planner());
    });
    c.bench_function("planner/pod", |b| {
        b.iter(|| planner.pod_for(black_box("node-a")));
    });
    let cluster = fleet.cluster();
    c.bench_function("cluster/of-1000-nodes", |b| {
        b.iter(|| black_box(&fleet).cluster());
    });
    c.bench_function("planner/view-of-1000-nodes", |b| {
        b.iter(|| planner.view(black_box(&cluster)));
    });
}

criterion_group!(benches, modules);
criterion_main!(benches);
