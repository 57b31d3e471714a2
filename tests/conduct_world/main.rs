//! A conductor beside Kubernetes, in a simulated cluster: watches that are late, requests that are
//! lost, refused and answered too late, a conductor that is killed between any two of them, and
//! people who change images, pause, approve, and delete pods. Each run is decided by its seed.

// A test that fails says why by itself.
#![allow(clippy::unwrap_used, missing_docs, clippy::pedantic)]

mod judge;
#[path = "../control_world/people.rs"]
#[allow(dead_code)] // what only the controller's world does
mod people;
#[path = "../control_world/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "../control_world/seeds.rs"]
mod seeds;
#[path = "../control_world/server.rs"]
#[allow(dead_code)]
mod server;
mod steps;
#[path = "../control_world/watch.rs"]
#[allow(dead_code)]
mod watch;
mod world;

use world::{Faults, World};

/// How long people and faults are at work in a run, in milliseconds.
const BUSY: i64 = 60_000;

/// How long it may take after that until all is updated.
const QUIET: i64 = 600_000;

/// How often it is looked at whether all is updated.
const STEP: i64 = 10_000;

fn runs() -> u64 {
    let asked = std::env::var("CONDUCT_RUNS").ok();
    asked.and_then(|runs| runs.parse().ok()).unwrap_or(60)
}

fn run(seed: u64, faults: Faults) -> Vec<String> {
    let mut world = World::new(seed, faults);
    world.random_set();
    world.run_for(5_000);
    world.meddle_for(BUSY);
    world.finish();
    for _ in 0..QUIET / STEP {
        world.run_for(STEP);
        if world.is_updated() {
            break;
        }
    }
    world.run_for(STEP);
    let mut wrong = std::mem::take(&mut world.judge.broken);
    if !world.is_updated() {
        wrong.push(format!(
            "not updated: {:?} {}",
            world.pods(),
            world.memory()
        ));
    }
    let before = world.writes;
    world.run_for(30_000);
    if world.writes > before {
        wrong.push(format!("not quiet: {} writes more", world.writes - before));
    }
    wrong
}

#[test]
fn promises_hold_and_the_rollout_ends() {
    let first = std::env::var("CONDUCT_SEED").ok();
    let first = first.and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let outcomes = seeds::for_each(first..first + runs(), |seed| {
        [Faults::None, Faults::All].map(|faults| {
            let wrong = run(seed, faults);
            (!wrong.is_empty()).then(|| format!("seed {seed} with {faults:?}: {wrong:#?}"))
        })
    });
    let failed: Vec<_> = outcomes.into_iter().flatten().flatten().collect();
    assert!(
        failed.is_empty(),
        "{} failed: {}",
        failed.len(),
        failed[..failed.len().min(8)].join("\n")
    );
}

/// Promises that are kept in fair weather prove little.
#[test]
fn everything_goes_wrong_that_can() {
    let mut all = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..40 {
        let mut world = World::new(seed, Faults::All);
        world.random_set();
        world.run_for(5_000);
        world.meddle_for(BUSY);
        for (trouble, times) in world.troubles {
            *all.entry(trouble).or_default() += times;
        }
        *all.entry("deleted".into()).or_default() += world.judge.deletes;
    }
    for trouble in [
        "crash",
        "lost before",
        "lost after",
        "failed",
        "PATCH answered 409",
        "DELETE answered 404",
        "deleted",
        "paused",
        "approved",
        "image",
        "pod lost",
        "node added",
        "pod failed",
    ] {
        assert!(all.contains_key(trouble), "{trouble}: never in {all:#?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut world = World::new(seed, Faults::All);
        world.random_set();
        world.meddle_for(20_000);
        (world.requests.clone(), world.pods())
    };
    assert_eq!(run(3), run(3));
    assert!(!run(3).0.is_empty());
}
