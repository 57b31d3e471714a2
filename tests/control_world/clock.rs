//! A clock that jumps: nothing waits for what it showed.

use daemonset::control::Kind;
use serde_json::json;

use crate::refusals::{disturb, is_settled, settled};
use crate::server::{is_terminating, name_of, node_of, text};
use crate::world::World;

#[test]
fn a_clock_that_goes_back_or_ahead_holds_nothing_up() {
    for skew in [-3_600_000, 3_600_000, -86_400_000] {
        let mut world = settled();
        disturb(&mut world);
        world.run_for(300);
        world.skew = skew;
        world.run_for(120_000);
        assert!(is_settled(&world), "{skew}: {:?}", world.plans());
        assert_eq!(world.judge.broken, Vec::<String>::new(), "{skew}");
    }
}

/// The pod on a node fails.
fn fail(world: &mut World, node: &str) {
    let pods = world.server.all(Kind::Pod);
    let here = pods.filter(|pod| node_of(pod) == node && !is_terminating(pod));
    let names: Vec<_> = here.map(|pod| name_of(pod).to_owned()).collect();
    (world.server).change(Kind::Pod, &names[0], |pod| {
        pod["status"] = json!({"phase": "Failed"});
    });
}

fn failed(world: &World) -> usize {
    let pods = world.server.all(Kind::Pod);
    pods.filter(|pod| text(pod, "/status/phase") == "Failed")
        .count()
}

#[test]
fn a_failed_pod_waits_as_long_by_a_clock_that_was_set_back() {
    // Waits of 1, 2, 4 and 8 s begin while the clock is ahead.
    let mut world = settled();
    world.skew = 7_200_000;
    for _ in 0..4 {
        fail(&mut world, "n01");
        world.run_for(10_000);
        assert_eq!(failed(&world), 0);
    }
    // Set back within one of 16 s, it is not over at once, and over when it would have been.
    fail(&mut world, "n01");
    world.run_for(3000);
    fail(&mut world, "n01");
    world.run_for(1000);
    assert_eq!(failed(&world), 1);
    world.skew = 0;
    world.run_for(4000);
    assert_eq!(failed(&world), 1);
    world.run_for(30_000);
    assert_eq!(failed(&world), 0);
    // Nor is a pod held that fails after that.
    fail(&mut world, "n01");
    world.run_for(60_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

#[test]
fn a_clock_that_is_put_right_is_noticed_in_seconds() {
    let mut world = settled();
    // Nothing else is waited for any more.
    world.run_for(400_000);
    // Hours behind, the pods become available only in hours.
    world.skew = -7_200_000;
    (world.server).change_spec("agent", |spec| spec["minReadySeconds"] = json!(5));
    world.run_for(20_000);
    world.skew = 0;
    world.run_for(15_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    assert_eq!(world.judge.broken, Vec::<String>::new());
}
