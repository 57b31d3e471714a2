//! Every write refused in every way, and a set that is made anew under its name.

use daemonset::control::{Kind, Method};
use serde_json::json;

use crate::faults::Faults;
use crate::people;
use crate::random::Random;
use crate::server::{image_of, node_of, text, uid_of};
use crate::world::World;

/// Four nodes and a set of two revisions, which are all it may keep.
pub fn settled() -> World {
    let mut world = World::new(7, Faults::None, 0);
    for number in 0..4 {
        people::create_node(&mut world.server, number);
    }
    people::create_set(&mut world.server, &mut Random::new(1), "agent");
    world.server.change_spec("agent", |spec| {
        spec["updateStrategy"] =
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}});
        spec["revisionHistoryLimit"] = json!(0);
    });
    world.start();
    world.run_for(30_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    world
}

pub fn is_settled(world: &World) -> bool {
    world.has_seen_all() && world.plans().iter().all(|(_, actions)| actions.is_empty())
}

/// Something that takes every kind of write: a new template, and a pod that has lost its owner.
pub fn disturb(world: &mut World) {
    let template = people::template("agent", "a:9");
    (world.server).change_spec("agent", |spec| spec["template"] = template);
    let orphan = world
        .server
        .all(Kind::Pod)
        .next()
        .map(|pod| text(pod, "/metadata/name").to_owned());
    (world.server).change(Kind::Pod, &orphan.unwrap(), |pod| {
        pod["metadata"]["ownerReferences"] = json!([]);
    });
}

#[test]
fn whatever_is_refused_is_tried_again_now_and_then() {
    let writes = [
        (Method::Get, "/daemonsets/"),
        (Method::Post, "/pods"),
        (Method::Delete, "/pods/"),
        (Method::Patch, "/pods/"),
        (Method::Post, "/controllerrevisions"),
        (Method::Patch, "/controllerrevisions/"),
        (Method::Delete, "/controllerrevisions/"),
        (Method::Patch, "/status"),
        (Method::Post, "/events"),
    ];
    let refusals = [
        (400, "BadRequest"),
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (405, "MethodNotAllowed"),
        (409, "AlreadyExists"),
        (409, "Conflict"),
        (410, "Gone"),
        (413, "RequestEntityTooLarge"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ];
    for (method, path) in writes {
        for (code, reason) in refusals {
            let mut world = settled();
            let before = world.requests.len();
            world.refuses = Some((method, path, code, reason));
            disturb(&mut world);
            world.run_for(60_000);
            let requests = world.requests.len() - before;
            assert!(
                requests < 200,
                "{method} {path} {code} {reason}: {requests} requests"
            );
            world.refuses = None;
            // The longest wait is a minute, and what no watch shows counts for five.
            for _ in 0..40 {
                world.run_for(10_000);
                if is_settled(&world) {
                    break;
                }
            }
            assert!(
                is_settled(&world),
                "{method} {path} {code} {reason}: {:?}",
                world.plans()
            );
            assert!(
                world
                    .server
                    .all(Kind::Pod)
                    .all(|pod| image_of(pod) == "a:9")
            );
            assert_eq!(world.server.all(Kind::Pod).count(), 4);
            assert_eq!(
                world.judge.broken,
                Vec::<String>::new(),
                "{method} {path} {code}"
            );
        }
    }
}

#[test]
fn a_set_that_is_made_anew_under_its_name_is_another_one() {
    let mut world = settled();
    let old = world
        .server
        .get(Kind::DaemonSet, "agent")
        .map(|set| uid_of(set).to_owned());
    world.server.remove(Kind::DaemonSet, "agent");
    people::create_set(&mut world.server, &mut Random::new(1), "agent");
    world.run_for(120_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    let mut nodes: Vec<&str> = world.server.all(Kind::Pod).map(node_of).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["n00", "n01", "n02", "n03"]);
    let old = old.unwrap();
    assert!(
        world
            .server
            .all(Kind::Pod)
            .all(|pod| !pod.to_string().contains(&old))
    );
}

#[test]
fn before_a_list_ends_nothing_is_decided_and_nothing_is_forgotten() {
    let mut world = settled();
    let before = world.requests.len();
    for kind in Kind::ALL {
        world.control.begin_list(kind);
    }
    world.run_for(30_000);
    assert_eq!(
        world.requests.len(),
        before,
        "a list that does not end says nothing"
    );
    let mut fresh = daemonset::control::Controller::new();
    for kind in Kind::ALL {
        fresh.begin_list(kind);
    }
    fresh
        .put_set(world.server.get(Kind::DaemonSet, "agent").unwrap())
        .unwrap();
    assert!(fresh.due(world.now()).is_empty() && fresh.wait(world.now()).is_none());
}

/// A node too many for the quota, for so long.
fn refused_for(millis: i64) -> World {
    let mut world = settled();
    world.server.refusals.quota = Some(4);
    people::create_node(&mut world.server, 8);
    world.run_for(millis);
    assert_eq!(world.server.all(Kind::Pod).count(), 4);
    world
}

#[test]
fn what_is_allowed_again_is_done_in_a_quarter_of_the_time() {
    let mut world = refused_for(85_000);
    world.server.refusals.quota = None;
    world.run_for(85_000 / 4 + 1000);
    assert_eq!(world.server.all(Kind::Pod).count(), 5);
}

#[test]
fn a_set_that_is_touched_is_tried_again_at_once() {
    let mut world = refused_for(85_000);
    world.server.refusals.quota = None;
    (world.server).change(Kind::DaemonSet, "agent", |set| {
        set["metadata"]["annotations"]["touched"] = json!("now");
    });
    world.run_for(1500);
    assert_eq!(world.server.all(Kind::Pod).count(), 5);
}

#[test]
fn a_pod_that_is_gone_makes_room_at_once() {
    let mut world = refused_for(85_000);
    let pod = world.server.all(Kind::Pod).next().unwrap();
    let pod = text(pod, "/metadata/name").to_owned();
    world.server.remove(Kind::Pod, &pod);
    world.run_for(1500);
    assert_eq!(world.server.all(Kind::Pod).count(), 4);
}
