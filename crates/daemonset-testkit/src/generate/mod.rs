//! The one generator of clusters: as an API server could hold them, and odder ones.
//!
//! Everything is drawn from bytes ([`Draw`]), so a property test and a fuzzer make the same things:
//! [`worlds`] and its siblings are strategies for proptest, [`world`] takes a fuzzer's bytes.

mod changes;
mod node;
mod pod;
mod revision;
mod set;
mod template;

pub use changes::{Change, SetChange, change, changes};
pub use node::{node, taint};
pub use pod::{PodDraft, resident, stray};
pub use revision::{RevisionDraft, revision};
pub use set::{AGENT, Naming, set};
pub use template::{any_json, template, toleration};

use std::collections::BTreeSet;

use daemonset::api::{Node, Timestamp};
use daemonset::rollout::Backoff;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::draw::{Draw, bytes, drawn};
use crate::world::{Conduct, Pace, World};

/// How far from everyday life a cluster may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// What an API server could have stored, with a strategy that reads.
    Stored,
    /// Names twice or empty, selectors and strategies of any kind, a set that is being deleted.
    Anything,
}

/// How many bytes the parts of a world are drawn from.
const SET: usize = 72;
const NODE: usize = 16;
const POD: usize = 20;
const REVISION: usize = 8;
const REST: usize = 40;

/// The moment that all worlds start from.
///
/// # Panics
/// Never: it is a moment.
#[must_use]
pub fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a moment")
}

fn ago(seconds: i64) -> Timestamp {
    start().plus_seconds(-seconds)
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    let text = value.to_string();
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The bytes that a world is drawn from. Every object has bytes of its own, so that a
/// counterexample shrinks object by object.
#[derive(Clone, Debug, Default)]
struct Source {
    set: Vec<u8>,
    nodes: Vec<Vec<u8>>,
    /// One for each node; a node without has none.
    residents: Vec<Vec<u8>>,
    strays: Vec<Vec<u8>>,
    revisions: Vec<Vec<u8>>,
    rest: Vec<u8>,
}

/// A world out of a fuzzer's bytes.
#[must_use]
pub fn world(draw: &mut Draw<'_>, oddity: Oddity) -> World {
    let counts = [8, 8, 6, 4].map(|most| draw.number(0..=most));
    let [nodes, residents, strays, revisions] = counts;
    let mut part = |length: usize| draw.part(length).rest().to_vec();
    let source = Source {
        set: part(SET),
        rest: part(REST),
        nodes: (0..nodes).map(|_| part(NODE)).collect(),
        residents: (0..residents).map(|_| part(POD)).collect(),
        strays: (0..strays).map(|_| part(POD)).collect(),
        revisions: (0..revisions).map(|_| part(REVISION)).collect(),
    };
    source.world(oddity)
}

/// Worlds of up to eight nodes.
pub fn worlds(oddity: Oddity) -> impl Strategy<Value = World> {
    let strays = prop_oneof![2 => vec(bytes(POD), 0..=2), 1 => vec(bytes(POD), 0..=12)];
    (
        bytes(SET),
        vec(bytes(NODE), 0..=8),
        prop_oneof![1 => Just(Vec::new()), 3 => vec(bytes(POD), 8)],
        strays,
        vec(bytes(REVISION), 0..=4),
        bytes(REST),
    )
        .prop_map(move |(set, nodes, residents, strays, revisions, rest)| {
            let source = Source {
                set,
                nodes,
                residents,
                strays,
                revisions,
                rest,
            };
            source.world(oddity)
        })
}

/// DaemonSets named `agent`, in the namespace `infra`.
pub fn sets(oddity: Oddity) -> impl Strategy<Value = daemonset::api::DaemonSet> {
    drawn(SET, move |draw| set(draw, oddity, AGENT))
}

/// Pod templates whose labels are `app=agent` and sometimes more.
pub fn templates() -> impl Strategy<Value = Value> {
    drawn(SET, template)
}

/// Nodes named `node-0`.
pub fn nodes() -> impl Strategy<Value = Node> {
    drawn(NODE, |draw| node(draw, "node-0"))
}

/// Taints.
pub fn taints() -> impl Strategy<Value = Value> {
    drawn(3, taint)
}

/// Tolerations, malformed ones among them.
pub fn tolerations() -> impl Strategy<Value = Value> {
    drawn(6, toleration)
}

/// JSON of any shape, a few levels deep.
pub fn jsons() -> impl Strategy<Value = Value> {
    drawn(40, any_json)
}

/// Sometimes a name that is empty or given twice.
fn name(draw: &mut Draw<'_>, oddity: Oddity, usual: String) -> String {
    let odd = ["", "node-0", "node-1", "pod-0", "pod-1"];
    match oddity {
        Oddity::Anything if draw.chance(15) => draw.one_of(&odd).to_owned(),
        _ => usual,
    }
}

impl Source {
    fn world(&self, oddity: Oddity) -> World {
        let set = set(&mut Draw::new(&self.set), oddity, AGENT);
        let nodes: Vec<Node> = (self.nodes.iter().enumerate())
            .map(|(at, bytes)| {
                let draw = &mut Draw::new(bytes);
                let name = name(draw, oddity, format!("node-{at}"));
                node(draw, &name)
            })
            .collect();
        let residents = self.residents.iter().zip(&nodes).enumerate();
        let residents = residents.filter_map(|(at, (bytes, node))| {
            let draw = &mut Draw::new(bytes);
            if draw.chance(10) {
                return None;
            }
            let mut pod = resident(draw).build(&format!("resident-{at}"), &set);
            pod.spec.node_name.clone_from(&node.metadata.name);
            Some(pod)
        });
        let strays = (self.strays.iter().enumerate()).map(|(at, bytes)| {
            let draw = &mut Draw::new(bytes);
            let name = name(draw, oddity, format!("pod-{at}"));
            stray(draw).build(&name, &set)
        });
        let pods = residents.chain(strays).collect();
        let revisions = (self.revisions.iter().enumerate())
            .map(|(at, bytes)| revision(&mut Draw::new(bytes)).build(at, &set))
            .collect();

        let draw = &mut Draw::new(&self.rest);
        let mut conduct = conduct(draw, oddity);
        for _ in 0..2 {
            if !nodes.is_empty() && draw.chance(30) {
                let broken = draw.one_of(&nodes).metadata.name;
                conduct.broken_nodes.insert(broken);
            }
        }
        let waits: Map<String, Value> = (draw.list(8, wait)).into_iter().collect();
        let backoff: Backoff = read(json!({
            "uid": AGENT.uid,
            "observedGeneration": set.status.observed_generation,
            "nodes": waits,
        }));
        let world = World {
            set,
            nodes,
            pods,
            revisions,
            backoff,
            now: start(),
            burst: daemonset::BURST_REPLICAS,
            conduct,
        };
        world.each_revision_once()
    }
}

fn conduct(draw: &mut Draw<'_>, oddity: Oddity) -> Conduct {
    let ranges = match oddity {
        Oddity::Stored => [1..=3, 0..=4, 0..=10],
        Oddity::Anything => [0..=30, 0..=40, -20..=60],
    };
    let [step, grace, collected] = ranges.map(|range| draw.number(range));
    Conduct {
        pace: Pace::Steps,
        step,
        grace,
        collected_at: start().plus_seconds(collected),
        broken_nodes: BTreeSet::new(),
        broken_revision: draw.chance(50),
        made: 0,
    }
}

/// A node's wait of an earlier round.
fn wait(draw: &mut Draw<'_>) -> (String, Value) {
    let node = format!("node-{}", draw.number(0..=9));
    let long = draw.chance(50);
    let since = ago(draw.number(if long { 0..=2000 } else { 0..=20 }));
    let seconds = (1_i64 << draw.number(0..=10)).min(900);
    (node, json!({"since": since, "seconds": seconds}))
}
