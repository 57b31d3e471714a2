//! Memory of a tracker, counted by the allocator: bytes for each node with its pod.

use std::alloc::System;

use daemonset::Planner;
use daemonset::tracker::Tracker;
use daemonset_testkit::fleet::{Stage, daemon_set, fleet, pod};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MORE_SETS: usize = 4;

fn main() {
    println!(
        "nodes       bytes per node with its pod   of that the set   another set without pods   another set with its pod"
    );
    for size in [1_000, 10_000, 100_000] {
        for stage in [Stage::Steady, Stage::Halfway, Stage::Empty] {
            let fleet = fleet(size, stage);
            let mut tracker = Tracker::new();
            let region = Region::new(ALLOCATOR);
            let per_node = |from: isize| (held(&region) - from) / isize::try_from(size).unwrap();
            for node in &fleet.nodes {
                tracker.put_node(node);
            }
            for pod in &fleet.pods {
                tracker.put_pod(pod);
            }
            let store = held(&region);
            let set = tracker.put_set(fleet.planner());
            tracker.plan(set, fleet.now);
            let all = per_node(0);
            let set = per_node(store);
            let before = held(&region);
            for number in 1..=MORE_SETS {
                let id = tracker.put_set(Planner::new(&daemon_set(number, stage)).unwrap());
                tracker.plan(id, fleet.now);
            }
            let more = isize::try_from(MORE_SETS).unwrap();
            let without = per_node(before) / more;
            for number in 1..=MORE_SETS {
                for at in 0..size {
                    let pod = pod(at, number, stage);
                    tracker.put_pod(&pod);
                }
            }
            let with = per_node(before) / more;
            println!(
                "{size:<9} {:<8} {all:>22} {set:>17} {without:>26} {with:>26}",
                format!("{stage:?}")
            );
        }
    }
}

/// Bytes that are held now and were not when the region began.
fn held(region: &Region<'_, System>) -> isize {
    let change = region.change();
    isize::try_from(change.bytes_allocated).unwrap()
        - isize::try_from(change.bytes_deallocated).unwrap()
}
