//! The controller against a simulated API server: watches that are late, break off and show things
//! twice, requests that are lost, refused and answered too late, a server that goes away, and an
//! operator that is killed. Thousands of runs, each decided by its seed.

// A test that fails says why by itself.
#![allow(clippy::unwrap_used, missing_docs, clippy::pedantic)]

mod claims;
mod clock;
mod faults;
mod gone;
mod hand_over;
mod judge;
mod judged;
mod people;
mod random;
mod refusals;
mod seeds;
mod seen;

mod server;
mod tries;
mod watch;
mod world;

use std::collections::BTreeMap;

use daemonset::control::{Kind, Method};
use faults::Faults;
use world::World;

/// How long people and faults are at work in a run, in milliseconds.
const BUSY: i64 = 60_000;

/// How long it may take until all is quiet: longer than the five minutes of patience.
const QUIET: i64 = 12 * 60_000;

/// How often something may be asked for in a run. (What is created for a set that is gone, and not shown
/// so for minutes, is collected and created again, as by Kubernetes.)
const MOST_READS: usize = 300;

/// How often it is looked at whether all is quiet.
const STEP: i64 = 20_000;

fn world(seed: u64, faults: Faults) -> World {
    let mut world = World::new(seed, faults, BUSY);
    let mut random = random::Random::new(seed ^ 0x5eed);
    for number in 0..random.between(1, 7) as usize {
        people::create_node(&mut world.server, number);
    }
    people::create_set(&mut world.server, &mut random, "agent");
    world.start();
    world
}

/// What went wrong in a run, and how many requests it took.
fn run(seed: u64, faults: Faults) -> (Vec<String>, usize) {
    let mut world = world(seed, faults);
    world.run_for(BUSY);
    let mut settled = false;
    for _ in 0..QUIET / STEP {
        let before = world.requests.len();
        world.run_for(STEP);
        settled = world.requests.len() == before
            && world.has_seen_all()
            && world.plans().iter().all(|(_, actions)| actions.is_empty());
        if settled {
            break;
        }
    }
    let mut wrong = std::mem::take(&mut world.judge.broken);
    let reads = world
        .requests
        .iter()
        .filter(|it| it.1 == Method::Get)
        .count();
    if reads > MOST_READS {
        wrong.push(format!("a storm of {reads} reads"));
    }
    if world.server.events_twice > 0 && faults != Faults::HandOver {
        wrong.push("two events have one name".to_owned());
    }
    if !settled {
        wrong.push(format!("not settled: {:?}", world.plans()));
    }
    let before = world.requests.len();
    world.run_for(60_000);
    if world.requests.len() > before {
        wrong.push(format!("not quiet: {:?}", &world.requests[before..]));
    }
    (wrong, world.requests.len())
}

const KINDS: [Faults; 5] = [
    Faults::None,
    Faults::All,
    Faults::Late,
    Faults::Answers,
    Faults::HandOver,
];

fn runs() -> u64 {
    let asked = std::env::var("CONTROL_RUNS").ok();
    asked.and_then(|runs| runs.parse().ok()).unwrap_or(300)
}

#[test]
fn promises_hold_and_it_settles() {
    let first = std::env::var("CONTROL_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    let outcomes = seeds::for_each(first..first + runs(), |seed| {
        KINDS.map(|faults| {
            let (wrong, requests) = run(seed, faults);
            let failed =
                (!wrong.is_empty()).then(|| format!("seed {seed} with {faults:?}: {wrong:#?}"));
            (failed, requests)
        })
    });
    let most = outcomes.iter().flatten().map(|it| it.1).max().unwrap_or(0);
    let failed: Vec<_> = outcomes
        .into_iter()
        .flatten()
        .filter_map(|it| it.0)
        .collect();
    println!("at most {most} requests in a run");
    assert!(
        failed.is_empty(),
        "{} of {} failed: {}",
        failed.len(),
        runs() * KINDS.len() as u64,
        failed[..failed.len().min(60)].join("\n")
    );
}

/// Promises that are kept in fair weather prove little.
#[test]
fn everything_goes_wrong_that_can() {
    let mut troubles: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..60 {
        let mut world = world(seed, Faults::All);
        world.run_for(BUSY);
        for (trouble, times) in world.all_troubles() {
            *troubles.entry(trouble).or_default() += times;
        }
    }
    for seed in 0..40 {
        let faults = [Faults::Answers, Faults::HandOver];
        let mut world = world(seed, faults[seed as usize % 2]);
        world.run_for(BUSY);
        for (trouble, times) in world.all_troubles() {
            *troubles.entry(trouble).or_default() += times;
        }
    }
    for seed in 0..60 {
        let mut world = world(seed, Faults::Late);
        world.run_for(BUSY);
        let sets = world
            .server
            .log
            .iter()
            .filter(|it| it.kind == Kind::DaemonSet);
        let collided = sets.filter(|it| it.object["status"]["collisionCount"].as_i64() > Some(0));
        *troubles.entry("collision".to_owned()).or_default() += collided.count();
    }
    for trouble in [
        "collision",
        "watch broken off",
        "watch late",
        "shown twice",
        "shown again after newer ones",
        "left out between two lists",
        "a list of several moments",
        "410 amid a list",
        "clock jumps",
        "NotSent",
        "LostBefore",
        "LostAfter",
        "LostThenDone",
        "FailsBefore",
        "FailsAfter",
        "TooMany",
        "ConflictsAfter",
        "TooManyAfter",
        "TimesOutAfter",
        "POST answered 403",
        "POST answered 409",
        "DELETE answered 409",
        "PATCH answered 409",
        "quota",
        "server away",
        "crash",
        "hand-over",
        "hand-over with a frozen view",
    ] {
        let times = troubles.get(trouble).copied().unwrap_or_default();
        assert!(times > 0, "{trouble}: never in {troubles:#?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_requests() {
    let requests = |seed| {
        let mut world = world(seed, Faults::All);
        world.run_for(BUSY);
        world.requests
    };
    assert_eq!(requests(7), requests(7));
    let pods = |requests: &[(i64, Method, String, u16)]| {
        requests.iter().filter(|r| r.1 == Method::Post).count()
    };
    assert!(pods(&requests(7)) > 0);
}
