//! Every cluster of up to four nodes, over all shapes that a node can have and all kinds of
//! strategies and budgets: hundreds of thousands of rounds, each decided by the planner and by a
//! tracker, and held against the naive oracle.
//!
//! `SMALL_SCOPE_NODES` says how many nodes there are at most: 4 where the test is optimised, and 2
//! where it is not, since that takes seconds.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

use daemonset::api::{Node, Pod};
use daemonset::tracker::Tracker;
use daemonset::{Cluster, Planner};
use daemonset_testkit::decision::Decision;
use daemonset_testkit::oracle::Oracle;
use daemonset_testkit::scenario::scenario;
use daemonset_testkit::{World, promises};

/// What a node can look like: the verdict on it, and its pods.
const SHAPES: [&str; 32] = [
    "",
    ": new",
    ": new starting",
    ": old",
    ": old starting",
    ": old, new",
    ": old, new starting",
    ": old starting, new",
    ": old starting, new starting",
    ": new, new younger",
    ": old, old younger",
    ": old, new, new younger starting",
    ": new terminating",
    ": old terminating",
    ": old terminating, new",
    ": new failed",
    ": new failed, old failed",
    ": old succeeded, new",
    ": new unbound",
    ": unlabelled generation=2",
    "=keep",
    "=keep: new",
    "=keep: old",
    "=keep: old starting",
    "=keep: old, new",
    "=exclude",
    "=exclude: old",
    "=exclude: new terminating",
    "=gone: new",
    "=gone: old",
    "=gone: old starting",
    "=gone: old unbound",
];

/// `maxUnavailable` and `maxSurge`; neither is `OnDelete`.
const STRATEGIES: [Option<(&str, &str)>; 14] = [
    Some(("1", "0")),
    Some(("2", "0")),
    Some(("4", "0")),
    Some(("0", "0")),
    Some(("50%", "0")),
    Some(("34%", "0")),
    Some(("-1", "0")),
    Some(("0", "1")),
    Some(("0", "2")),
    Some(("0", "50%")),
    Some(("0", "100%")),
    Some(("1", "1")),
    Some(("1", "x")),
    None,
];

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A node of some shape, at some place.
#[derive(Clone)]
struct Piece {
    node: Option<Node>,
    pods: Vec<Pod>,
}

fn pieces() -> Vec<[Piece; 4]> {
    let piece = |shape: &str, name: &str| {
        let mut world = scenario(&format!("{name}{shape}"));
        Piece {
            node: world.nodes.pop(),
            pods: world.pods,
        }
    };
    let shapes = SHAPES.iter();
    let at_every_place = shapes.map(|shape| NAMES.map(|name| piece(shape, name)));
    at_every_place.collect()
}

/// The next cluster: shapes in descending order, since their order decides nothing but names, which
/// are the same for all. Before a node is added, the others have gone through all shapes.
fn next(shapes: &mut Vec<usize>, most: usize) -> bool {
    for at in (0..shapes.len()).rev() {
        let highest = match at {
            0 => SHAPES.len() - 1,
            _ => shapes[at - 1],
        };
        if shapes[at] < highest {
            shapes[at] += 1;
            shapes[at + 1..].fill(0);
            return true;
        }
    }
    shapes.fill(0);
    shapes.push(0);
    shapes.len() <= most
}

struct Rounds<'a> {
    pieces: &'a [[Piece; 4]],
    strategy: Option<(&'a str, &'a str)>,
    planner: Planner,
    oracle: Oracle,
    tracker: Tracker,
    world: World,
    /// What the tracker has been told of.
    told: Vec<usize>,
}

impl<'a> Rounds<'a> {
    fn new(pieces: &'a [[Piece; 4]], strategy: Option<(&'a str, &'a str)>) -> Self {
        let world = scenario("").generation("2");
        let world = match strategy {
            Some((unavailable, surge)) => world.rolling(unavailable, surge),
            None => world.on_delete(),
        };
        Self {
            pieces,
            strategy,
            planner: world.planner(),
            oracle: Oracle::new(&world.set),
            tracker: Tracker::new(),
            world,
            told: Vec::new(),
        }
    }

    /// Goes through all clusters of up to so many nodes, and says how many there were.
    fn run(&mut self, most: usize) -> usize {
        let set = self.tracker.put_set(self.planner.clone());
        let mut shapes = Vec::new();
        let mut rounds = 0;
        loop {
            self.build(&shapes);
            self.tell(&shapes);
            let cluster =
                Cluster::new(&self.world.nodes, &self.world.pods).with_now(self.world.now);
            let plan = self.planner.plan(&cluster);
            let names = self
                .world
                .nodes
                .iter()
                .map(|node| node.metadata.name.as_str());
            let expected = self.oracle.decide(&self.world);
            let differences = expected.differences(&Decision::of(&plan, names));
            assert!(
                differences.is_empty(),
                "{} with {:?}: {differences:#?}",
                Self::line(&shapes),
                self.strategy
            );
            let mut kept = self.tracker.plan(set, self.world.now).expect("it is there");
            kept.verdicts.clone_from(&plan.verdicts);
            assert_eq!(
                plan,
                kept,
                "{} with {:?}",
                Self::line(&shapes),
                self.strategy
            );
            if shapes.len() <= 2 {
                promises::hold(&self.planner, &cluster, &plan);
            }
            rounds += 1;
            if !next(&mut shapes, most) {
                return rounds;
            }
        }
    }

    fn line(shapes: &[usize]) -> String {
        let nodes = shapes.iter().zip(NAMES);
        let nodes: Vec<String> = nodes
            .map(|(shape, name)| format!("{name}{}", SHAPES[*shape]))
            .collect();
        nodes.join("; ")
    }

    fn build(&mut self, shapes: &[usize]) {
        self.world.nodes.clear();
        self.world.pods.clear();
        for (at, shape) in shapes.iter().enumerate() {
            let piece = &self.pieces[*shape][at];
            self.world.nodes.extend(piece.node.clone());
            self.world.pods.extend(piece.pods.iter().cloned());
        }
    }

    /// Tells the tracker of the nodes that are not the same as before.
    fn tell(&mut self, shapes: &[usize]) {
        for (at, name) in NAMES.iter().enumerate() {
            let (before, now) = (self.told.get(at), shapes.get(at));
            if before == now {
                continue;
            }
            if let Some(before) = before {
                let piece = &self.pieces[*before][at];
                self.tracker.remove_node(name);
                for pod in &piece.pods {
                    self.tracker
                        .remove_pod(&pod.metadata.namespace, &pod.metadata.name);
                }
            }
            if let Some(now) = now {
                let piece = &self.pieces[*now][at];
                piece.pods.iter().for_each(|pod| self.tracker.put_pod(pod));
                piece
                    .node
                    .iter()
                    .for_each(|node| self.tracker.put_node(node));
            }
        }
        self.told = shapes.to_vec();
    }
}

fn most_nodes() -> usize {
    let usual = if cfg!(debug_assertions) { 2 } else { 4 };
    std::env::var("SMALL_SCOPE_NODES").map_or(usual, |number| number.parse().expect("a number"))
}

#[test]
fn every_small_cluster_is_decided_as_the_oracle_does() {
    let pieces = pieces();
    let (next, rounds) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(strategy) = STRATEGIES.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let count = Rounds::new(&pieces, *strategy).run(most_nodes());
                    rounds.fetch_add(count, Ordering::Relaxed);
                }
            });
        }
    });
    let rounds = rounds.into_inner();
    println!("{rounds} rounds of up to {} nodes", most_nodes());
    // Multisets of up to so many of the shapes.
    let clusters: usize = (0..=most_nodes())
        .map(|nodes| (0..nodes).fold(1, |product, at| product * (SHAPES.len() + at) / (at + 1)))
        .sum();
    assert_eq!(rounds, STRATEGIES.len() * clusters);
}

/// From every cluster of up to two nodes, in a world without trouble, carrying plans out leads to rest:
/// within a bounded number of rounds there is nothing left to do.
#[test]
fn every_small_cluster_comes_to_rest() {
    let pieces = pieces();
    let mut shapes = Vec::new();
    loop {
        for strategy in [
            Some(("1", "0")),
            Some(("100%", "0")),
            Some(("0", "1")),
            None,
        ] {
            let mut rounds = Rounds::new(&pieces, strategy);
            rounds.build(&shapes);
            let world = &mut rounds.world;
            let mut left = 40;
            loop {
                let plan = world.plan();
                world.apply(&plan);
                let moving = world.tick(&plan);
                if !moving && plan.actions.is_empty() && plan.look_again_at.is_none() {
                    break;
                }
                left -= 1;
                let line = Rounds::line(&shapes);
                assert!(left > 0, "{line} with {strategy:?}: {:?}", plan.actions);
            }
        }
        if !next(&mut shapes, most_nodes().min(2)) {
            return;
        }
    }
}
