//! Each module by itself.

#[path = "cluster/mod.rs"]
mod cluster;

use std::hint::black_box;

use cluster::{Stage, cluster};
use criterion::{Criterion, criterion_group, criterion_main};
use daemonset::Planner;
use daemonset::api::IntOrString;
use daemonset::placement::{Rules, daemon_tolerations};
use daemonset::schema::canonical_template;
use daemonset::selector::Selector;
use daemonset::validate::validate;
use daemonset::{manifest, revision};
use serde_json::{Value, json};

fn modules(c: &mut Criterion) {
    let cluster = cluster(1_000, Stage::Halfway);
    let set = &cluster.set;
    let template = &set.spec.template;
    let rules = Rules::new(template);
    let selector = Selector::new(set.spec.selector.as_ref()).unwrap();
    let (node, pod) = (&cluster.nodes[0], &cluster.pods[0]);

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
        b.iter(|| rules.place(black_box(&cluster.nodes[3])));
    });
    c.bench_function("tolerations/of-a-daemon-pod", |b| {
        b.iter(|| daemon_tolerations(black_box(&template.spec().tolerations), true));
    });
    c.bench_function("revision/data", |b| {
        b.iter(|| revision::data(black_box(template)));
    });
    c.bench_function("revision/hash", |b| {
        b.iter(|| revision::template_hash(black_box(template), None));
    });
    c.bench_function("schema/canonical-template", |b| {
        let json = Value::from(template.clone());
        b.iter(|| canonical_template(black_box(&json)));
    });
    c.bench_function("budget/percent", |b| {
        let percent = IntOrString::from("25%");
        b.iter(|| black_box(&percent).scaled(black_box(10_000)));
    });
    c.bench_function("validate", |b| b.iter(|| validate(black_box(set))));
    let planner = Planner::new(set).unwrap().revisions(&cluster.revisions);
    c.bench_function("planner/compile", |b| {
        b.iter(|| {
            Planner::new(black_box(set))
                .unwrap()
                .revisions(&cluster.revisions)
        });
    });
    c.bench_function("planner/pod", |b| {
        b.iter(|| planner.pod_for(black_box("node-a")));
    });
    let (nodes, pods) = (&cluster.nodes, &cluster.pods);
    c.bench_function("explain/ledger-of-1000-nodes", |b| {
        b.iter(|| planner.ledger(black_box(nodes), black_box(pods)));
    });
    c.bench_function("explain/diagnosis-of-1000-nodes", |b| {
        b.iter(|| planner.diagnose(black_box(nodes), black_box(pods)));
    });
    let items: Vec<Value> = nodes
        .iter()
        .map(|node| {
            let mut node = json!(node);
            node["apiVersion"] = "v1".into();
            node["kind"] = "Node".into();
            node
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    let (yaml, json) = (manifest::to_yaml(&list), list.to_string());
    for (name, text) in [("yaml", &yaml), ("json", &json)] {
        c.bench_function(&format!("manifest/{name}-of-1000-nodes"), |b| {
            b.iter(|| manifest::Inventory::new().read("nodes", black_box(text).as_bytes()));
        });
    }
}

criterion_group!(benches, modules);
criterion_main!(benches);
