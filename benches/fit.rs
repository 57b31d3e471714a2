//! Whether pods fit: one verdict, many of them in one pass, and the overhead of instance types.

use std::cell::{LazyCell, RefCell};
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use daemonset::api::{DaemonSet, Labels, PodTemplate};
use daemonset::fit::{
    Admission, Allocatable, Answer, Daemon, Daemons, HeadroomOptions, NewNode, NodeFacts, NodeRoom,
    PodFacts, PodNeeds, Resident, Rooms,
};
use daemonset::hypothetical::{HypotheticalNode, OtherLabels};
use serde_json::{Value, json};

const NODES: usize = 10_000;
const PODS_OF_A_NODE: usize = 20;
const SETS: usize = 7;

fn node(at: usize) -> Value {
    let name = format!(
        "ip-10-0-{}-{}.eu-west-1.compute.internal",
        at >> 8,
        at & 255
    );
    let memory = ["15Gi", "30Gi", "62Gi"][at % 3];
    let zone = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][at % 3];
    let taints = match at % 100 {
        3 => json!([{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]),
        _ => json!([]),
    };
    json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": "m6i.2xlarge",
            "topology.kubernetes.io/zone": zone,
        }},
        "spec": {"taints": taints},
        "status": {"allocatable": {
            "cpu": "7910m", "memory": memory, "pods": "58", "ephemeral-storage": "18242267924",
            "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        }},
    })
}

/// A pod of a workload; every fourth of a daemon that holds a port of the host.
fn pod(node: usize, at: usize) -> Value {
    let priority = [0, 0, 1000, 2_000_001_000][at % 4];
    let ports = match at % 4 {
        0 => json!([{"containerPort": 9100 + at, "hostPort": 9100 + at}]),
        _ => json!([{"containerPort": 8080}]),
    };
    json!({
        "metadata": {
            "name": format!("pod-{node}-{at}"),
            "namespace": "shop",
            "labels": {"app": format!("app-{}", at % 5), "pod-template-hash": "5d8f7c9b4"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "app", "uid": "1", "controller": true}],
        },
        "spec": {
            "nodeName": self::node(node)["metadata"]["name"],
            "priority": priority,
            "containers": [
                {
                    "name": "main",
                    "ports": ports,
                    "resources": {
                        "requests": {"cpu": "350m", "memory": "512Mi"},
                        "limits": {"memory": "1Gi"},
                    },
                },
                {"name": "proxy", "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}},
            ],
        },
        "status": {
            "phase": "Running",
            "startTime": "2026-03-01T09:00:00Z",
            "containerStatuses": [
                {"name": "main", "resources": {"requests": {"cpu": "350m", "memory": "512Mi"}}},
                {"name": "proxy", "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}},
            ],
        },
    })
}

fn set(at: usize) -> DaemonSet {
    let arch = match at % 3 {
        0 => json!(["amd64"]),
        _ => json!(["amd64", "arm64"]),
    };
    let priority_class = ["system-node-critical", ""][at % 2];
    serde_json::from_value(json!({
        "metadata": {"name": format!("agent-{at}"), "namespace": "infra"},
        "spec": {"template": {
            "metadata": {"labels": {"app": format!("agent-{at}")}},
            "spec": {
                "priorityClassName": priority_class,
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [
                            {"key": "kubernetes.io/arch", "operator": "In", "values": arch},
                            {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"]},
                        ]},
                        {"matchExpressions": [
                            {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": [format!("type-{at}")]},
                        ]},
                    ],
                }}},
                "containers": [{
                    "name": "agent",
                    "ports": [{"containerPort": 9200 + at, "hostPort": 9200 + at}],
                    "resources": {"requests": {"cpu": format!("{}m", 100 + 50 * at), "memory": "200Mi"}},
                }],
            },
        }},
    }))
    .unwrap()
}

fn needs(template: &PodTemplate) -> PodNeeds {
    PodNeeds::of_template(template, "infra", &Admission::default()).unwrap()
}

fn verdicts(c: &mut Criterion) {
    let mut room = NodeRoom::new(&NodeFacts::from_json(&node(0)).unwrap());
    for at in 0..PODS_OF_A_NODE {
        room.insert(Resident::of(&PodFacts::from_json(&pod(0, at)).unwrap()).unwrap());
    }
    let fits = needs(&set(0).spec.template);
    assert_eq!(fits.fit(&room).answer, Answer::Fits);
    c.bench_function("fit/fits", |b| {
        b.iter(|| black_box(&fits).fit(black_box(&room)));
    });
    let preempts = fits.clone().raised("cpu", 4_000);
    assert_eq!(preempts.fit(&room).answer, Answer::AfterPreempting);
    c.bench_function("fit/after-preempting", |b| {
        b.iter(|| black_box(&preempts).fit(black_box(&room)));
    });
    let too_small = fits.clone().raised("cpu", 40_000);
    assert_eq!(too_small.fit(&room).answer, Answer::TooSmall);
    c.bench_function("fit/too-small", |b| {
        b.iter(|| black_box(&too_small).fit(black_box(&room)));
    });
    let pod = pod(0, 0);
    c.bench_function("fit/read-a-pod", |b| {
        b.iter(|| Resident::of(&PodFacts::from_json(black_box(&pod)).unwrap()));
    });
    let template = set(0).spec.template;
    c.bench_function("fit/read-a-template", |b| {
        b.iter(|| needs(black_box(&template)));
    });
}

/// Nodes and their pods as they were read, and the rooms that they fill.
struct Fleet {
    nodes: Vec<NodeFacts>,
    pods: Vec<PodFacts>,
    rooms: RefCell<Rooms>,
}

impl Fleet {
    fn new() -> Self {
        let pods = (0..NODES * PODS_OF_A_NODE)
            .map(|at| pod(at / PODS_OF_A_NODE, at % PODS_OF_A_NODE))
            .map(|pod| PodFacts::from_json(&pod).unwrap());
        let mut fleet = Self {
            nodes: (0..NODES)
                .map(|at| NodeFacts::from_json(&node(at)).unwrap())
                .collect(),
            pods: pods.collect(),
            rooms: RefCell::default(),
        };
        fleet.rooms = RefCell::new(fleet.fill());
        fleet
    }

    fn fill(&self) -> Rooms {
        let mut rooms = Rooms::default();
        for node in &self.nodes {
            rooms.set_node(node);
        }
        for pod in &self.pods {
            rooms.set_pod(pod);
        }
        rooms
    }
}

fn fleets(c: &mut Criterion) {
    let fleet = LazyCell::new(Fleet::new);
    let sets: Vec<_> = (0..SETS).map(|at| needs(&set(at).spec.template)).collect();
    let mut group = c.benchmark_group("fleet");
    group.sample_size(10);
    group.bench_function("fill-10000-rooms", |b| {
        let fleet = &*fleet;
        b.iter(|| fleet.fill());
    });
    group.bench_function("10000-nodes-by-7-sets", |b| {
        let rooms = fleet.rooms.borrow();
        b.iter(|| {
            let answers = rooms.iter().flat_map(|room| {
                let of_one = |needs: &PodNeeds| needs.fit(black_box(room)).answer.comes_to_run();
                sets.iter().map(of_one)
            });
            answers.filter(|fits| *fits).count()
        });
    });
    group.bench_function("headroom-on-10000-nodes", |b| {
        let rooms = fleet.rooms.borrow();
        let (options, set) = (HeadroomOptions::default(), &sets[0]);
        b.iter(|| {
            set.headroom(
                &["cpu", "memory"],
                &options,
                black_box(rooms.iter()),
                |_| [],
            )
        });
    });
    group.bench_function("a-pod-changes", |b| {
        let mut rooms = fleet.rooms.borrow_mut();
        let changed = &fleet.pods[fleet.pods.len() / 2];
        b.iter(|| rooms.set_pod(black_box(changed)));
    });
    group.finish();
}

/// An instance type, known but for its zone and what its owner may add.
fn instance_type(at: usize) -> NewNode {
    let cpus = [2, 4, 8, 16, 32, 48, 64, 96][at % 8];
    let (cpu, memory) = (
        format!("{}m", cpus * 1000 - 80),
        format!("{}Gi", cpus * 4 - 1),
    );
    let name = format!("type-{at}");
    let arch = if at.is_multiple_of(3) {
        "arm64"
    } else {
        "amd64"
    };
    NewNode {
        outline: HypotheticalNode {
            labels: Labels::from_iter([
                ("kubernetes.io/arch", arch),
                ("kubernetes.io/os", "linux"),
                ("node.kubernetes.io/instance-type", &name),
                ("karpenter.sh/capacity-type", "spot"),
            ]),
            other_labels: OtherLabels::unknown(),
            ..HypotheticalNode::default()
        },
        startup_taints: Vec::new(),
        allocatable: Allocatable::parse([("cpu", &*cpu), ("memory", &*memory), ("pods", "58")]),
    }
}

fn overhead(c: &mut Criterion) {
    let admission = Admission::default();
    let daemons = Daemons::new((0..30).map(|at| Daemon::of(&set(at), &admission).unwrap()));
    let types: Vec<_> = (0..700).map(instance_type).collect();
    println!("{} groups of 700 types", daemons.overheads(&types).len());
    c.bench_function("overhead/700-types-by-30-sets", |b| {
        b.iter(|| daemons.overheads(black_box(&types)));
    });
    c.bench_function("overhead/one-type-by-30-sets", |b| {
        b.iter(|| daemons.overhead(black_box(&types[0])));
    });
}

criterion_group!(benches, verdicts, fleets, overhead);
criterion_main!(benches);
