//! Bytes as what happens to a cluster, planned for after every change, and as a whole cluster, held
//! against the naive oracle.
//!
//! Any bytes are a cluster, so this gets to deciding at once, where `snapshot` has to get through
//! YAML first.

use daemonset_testkit::decision::Decision;
use daemonset_testkit::generate::{Oddity, change, world};
use daemonset_testkit::{Draw, Mirror, oracle, promises};

/// So many things happen at most.
const STEPS: usize = 48;

pub fn check(bytes: &[u8]) {
    let mut draw = Draw::new(bytes);
    if draw.chance(50) {
        whole(&mut draw);
    } else {
        step_by_step(&mut draw);
    }
}

/// After every change the tracker decides what a fresh plan does.
fn step_by_step(draw: &mut Draw<'_>) {
    let mut mirror = Mirror::default();
    for _ in 0..STEPS {
        if draw.is_empty() {
            break;
        }
        mirror.take(change(draw));
        mirror.check();
    }
    mirror.check_anew();
}

/// A whole cluster is decided as the oracle does.
fn whole(draw: &mut Draw<'_>) {
    let oddity = draw.one_of(&[Oddity::Stored, Oddity::Anything]);
    let mut world = world(draw, oddity).each_once();
    world.burst = usize::MAX;
    let expected = oracle::decide(&world);
    let Some(planner) = world.try_planner() else {
        assert_eq!(expected.error.as_deref(), Some("invalid selector"));
        return;
    };
    let cluster = world.cluster();
    let plan = planner.plan(&cluster);
    promises::hold(&planner, &cluster, &plan);
    let names = world.nodes.iter().map(|node| node.metadata.name.as_str());
    let differences = expected.differences(&Decision::of(&plan, names));
    assert!(differences.is_empty(), "{world:?}: {differences:#?}");
}
