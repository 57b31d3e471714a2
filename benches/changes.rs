//! Every kind of change to a tracker, with the plan that follows it, on clusters of several sizes.
//!
//! `cargo bench --bench changes` tells times: of several batches of changes, each of another node or
//! pod, spread over the cluster, the quickest, by the change. `changes SIZE KIND` makes the changes of
//! that kind, for an instruction counter that is told to count the function `counted`.

use std::time::{Duration, Instant};

use daemonset::api::{DaemonSet, IntOrString, Node, Pod, PodTemplate};
use daemonset::tracker::{SetId, Tracker};
use daemonset::{Plan, Planner};
use daemonset_testkit::fleet::{Fleet, Stage, fleet};
use daemonset_testkit::scenarios::counted;

/// How many changes a batch has.
const BATCH: usize = 200;

/// What is made ready before a change and is no part of it.
enum Change {
    PutNode(Node),
    RemoveNode(String),
    PutPod(Pod),
    RemovePod(Pod),
    PutSet(Box<Planner>),
    /// So many seconds pass.
    Wait(i64),
}

/// One kind of change: what changes at a place, and what takes it back.
struct Kind {
    name: &'static str,
    there: fn(&Fleet, usize) -> Change,
    back: fn(&Fleet, usize) -> Change,
    /// How many of them a batch has.
    batch: usize,
}

const KINDS: [Kind; 13] = [
    Kind {
        name: "pod-unready",
        there: unready,
        back: put_pod,
        batch: BATCH,
    },
    Kind {
        name: "pod-ready",
        there: put_pod,
        back: unready,
        batch: BATCH,
    },
    Kind {
        name: "pod-gone",
        there: remove_pod,
        back: put_pod,
        batch: BATCH,
    },
    Kind {
        name: "pod-new",
        there: put_pod,
        back: remove_pod,
        batch: BATCH,
    },
    Kind {
        name: "node-gone",
        there: remove_node,
        back: put_node,
        batch: BATCH,
    },
    Kind {
        name: "node-new",
        there: put_node,
        back: remove_node,
        batch: BATCH,
    },
    Kind {
        name: "node-label",
        there: relabel,
        back: put_node,
        batch: BATCH,
    },
    Kind {
        name: "node-other-label",
        there: other_label,
        back: put_node,
        batch: BATCH,
    },
    Kind {
        name: "node-taint",
        there: |fleet, at| taint(fleet, at, "dedicated"),
        back: put_node,
        batch: BATCH,
    },
    Kind {
        name: "node-cordon",
        there: |fleet, at| taint(fleet, at, "node.kubernetes.io/unschedulable"),
        back: put_node,
        batch: BATCH,
    },
    Kind {
        name: "set-budget",
        there: budget,
        back: |fleet, _| set(fleet, |_| ()),
        batch: BATCH,
    },
    Kind {
        name: "second",
        there: |_, _| Change::Wait(1),
        back: |_, _| Change::Wait(0),
        batch: BATCH,
    },
    Kind {
        name: "set-template",
        there: template,
        back: |fleet, _| set(fleet, |_| ()),
        batch: 1,
    },
];

fn put_pod(fleet: &Fleet, at: usize) -> Change {
    Change::PutPod(fleet.pods[at].clone())
}

fn unready(fleet: &Fleet, at: usize) -> Change {
    let mut pod = fleet.pods[at].clone();
    pod.status.conditions.clear();
    Change::PutPod(pod)
}

fn remove_pod(fleet: &Fleet, at: usize) -> Change {
    Change::RemovePod(fleet.pods[at].clone())
}

fn put_node(fleet: &Fleet, at: usize) -> Change {
    Change::PutNode(fleet.nodes[at].clone())
}

fn remove_node(fleet: &Fleet, at: usize) -> Change {
    Change::RemoveNode(fleet.nodes[at].metadata.name.clone())
}

fn relabel(fleet: &Fleet, at: usize) -> Change {
    let mut node = fleet.nodes[at].clone();
    node.metadata.labels.insert("kubernetes.io/os", "windows");
    Change::PutNode(node)
}

fn other_label(fleet: &Fleet, at: usize) -> Change {
    let mut node = fleet.nodes[at].clone();
    node.metadata.labels.insert("example.com/rack", "r7");
    Change::PutNode(node)
}

fn taint(fleet: &Fleet, at: usize, key: &str) -> Change {
    let mut node = fleet.nodes[at].clone();
    node.spec
        .taints
        .push(format!("{key}:NoSchedule").parse().unwrap());
    Change::PutNode(node)
}

fn set(fleet: &Fleet, change: impl FnOnce(&mut DaemonSet)) -> Change {
    let mut set = fleet.set.clone();
    change(&mut set);
    let planner = Planner::new(&set).unwrap();
    Change::PutSet(Box::new(planner.with_revisions(&fleet.revisions)))
}

fn budget(fleet: &Fleet, at: usize) -> Change {
    set(fleet, |set| {
        let budget = i32::try_from(1 + at % 50).unwrap();
        set.metadata.generation += 1;
        set.spec
            .update_strategy
            .rolling_update
            .get_or_insert_default()
            .max_unavailable = Some(IntOrString::Int(budget));
    })
}

fn template(fleet: &Fleet, _: usize) -> Change {
    set(fleet, |set| {
        let mut template = serde_json::Value::from(set.spec.template.clone());
        template["spec"]["containers"][0]["image"] = "registry.example/agent:3.0".into();
        set.metadata.generation += 1;
        set.spec.template = PodTemplate::try_from(template).unwrap();
    })
}

/// The change itself, and the plan after it.
fn make(change: Change, fleet: &Fleet, tracker: &mut Tracker, set: SetId) -> Option<Plan> {
    let mut now = fleet.now;
    match change {
        Change::PutNode(node) => tracker.put_node(&node),
        Change::RemoveNode(name) => tracker.remove_node(&name),
        Change::PutPod(pod) => tracker.put_pod(&pod),
        Change::RemovePod(pod) => tracker.remove_pod(&pod.metadata.namespace, &pod.metadata.name),
        Change::PutSet(planner) => assert_eq!(tracker.put_set(*planner), set),
        Change::Wait(seconds) => now = now.plus_seconds(seconds),
    }
    tracker.plan(set, now)
}

struct Run {
    fleet: Fleet,
    tracker: Tracker,
    set: SetId,
    at: usize,
}

impl Run {
    fn new(size: usize) -> Self {
        let fleet = fleet(size, Stage::Halfway);
        let (tracker, set) = fleet.tracker();
        Self {
            fleet,
            tracker,
            set,
            at: 0,
        }
    }

    /// Other pods and nodes every time, as they come in a cluster.
    fn places(&mut self, count: usize) -> Vec<usize> {
        let len = self.fleet.pods.len();
        let from = self.at;
        self.at += count;
        (from..self.at).map(|at| (at * 7919) % len).collect()
    }

    /// A batch of changes, each made and planned for; taken back after.
    fn batch(&mut self, kind: &Kind) -> Duration {
        let places = self.places(kind.batch);
        let Self {
            fleet,
            tracker,
            set,
            ..
        } = self;
        // Where the kind takes something back, it is away before.
        for &at in &places {
            make((kind.back)(fleet, at), fleet, tracker, *set);
        }
        let changes: Vec<Change> = places.iter().map(|&at| (kind.there)(fleet, at)).collect();
        let begin = Instant::now();
        counted(|| {
            for change in changes {
                make(change, fleet, tracker, *set);
            }
        });
        let took = begin.elapsed();
        for &at in &places {
            let (node, pod) = (put_node(fleet, at), put_pod(fleet, at));
            for change in [node, pod, self::set(fleet, |_| ())] {
                make(change, fleet, tracker, *set);
            }
        }
        took
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    if let [size, name] = arguments.as_slice() {
        let mut run = Run::new(size.parse().unwrap());
        let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
        run.batch(kind);
        return;
    }
    let sizes = [10_000, 100_000, 1_000_000];
    let mut least = vec![[Duration::MAX; 3]; KINDS.len()];
    for (column, size) in sizes.into_iter().enumerate() {
        let mut run = Run::new(size);
        for (kind, least) in KINDS.iter().zip(&mut least) {
            let batches = if kind.batch == 1 { 5 } else { 30 };
            for _ in 0..batches {
                let each = run.batch(kind) / u32::try_from(kind.batch).unwrap();
                least[column] = least[column].min(each);
            }
        }
    }
    println!(
        "{:<18} {:>12} {:>12} {:>12}",
        "nodes", sizes[0], sizes[1], sizes[2]
    );
    for (kind, least) in KINDS.iter().zip(least) {
        let ratio = least[2].as_secs_f64() / least[0].as_secs_f64();
        println!(
            "{:<18} {:>12?} {:>12?} {:>12?} {ratio:>6.2}",
            kind.name, least[0], least[1], least[2]
        );
    }
}
