//! A set that is gone, or made anew under its name, while its watch is late.

use daemonset::api::Pod;
use daemonset::control::{Answer, Controller, Key, Kind, Method, Request};
use serde::Deserialize;
use serde_json::json;

use crate::people;
use crate::refusals::{is_settled, settled};
use crate::server::{controller_of, image_of, name_of, uid_of};
use crate::world::World;

/// Shows what happens to one kind minutes late.
fn delay(world: &mut World, kind: Kind) {
    world.late = Kind::ALL.iter().position(|it| *it == kind);
    world.lag = 200_000;
}

fn catch_up(world: &mut World) {
    world.lag = 10;
    world.run_for(240_000);
    assert!(is_settled(world), "{:?}", world.plans());
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

pub fn orphan_all(world: &mut World, kind: Kind) {
    let all = world.server.all(kind);
    for name in all.map(|it| name_of(it).to_owned()).collect::<Vec<_>>() {
        (world.server).change(kind, &name, |it| {
            it["metadata"]["ownerReferences"] = json!([]);
        });
    }
}

/// The set is made again under its name, as it was.
fn make_anew(world: &mut World) {
    let set = world.server.get(Kind::DaemonSet, "agent");
    let set = set.cloned().unwrap();
    world.server.remove(Kind::DaemonSet, "agent");
    world.server.create(Kind::DaemonSet, set);
}

/// The requests since there were so many.
fn since(world: &World, before: usize) -> impl Iterator<Item = (Method, &str)> {
    let requests = world.requests[before..].iter();
    requests.map(|(_, method, path, _)| (*method, path.as_str()))
}

fn uid_of_set(world: &World) -> String {
    let set = world.server.get(Kind::DaemonSet, "agent");
    set.map(|set| uid_of(set).to_owned()).unwrap()
}

/// The garbage collector takes its pods, and none is made again.
#[test]
fn nothing_is_made_for_a_set_that_is_gone() {
    let mut world = settled();
    delay(&mut world, Kind::DaemonSet);
    world.server.remove(Kind::DaemonSet, "agent");
    let before = world.requests.len();
    world.run_for(180_000);
    let made = since(&world, before).filter(|(method, _)| *method == Method::Post);
    assert_eq!(made.collect::<Vec<_>>(), []);
    let reads = since(&world, before).filter(|(method, _)| *method == Method::Get);
    assert!((5..30).contains(&reads.count()));
    assert_eq!(world.server.all(Kind::Pod).count(), 0);
    world.lag = 10;
    world.run_for(30_000);
    assert!(world.has_seen_all());
    let before = world.requests.len();
    world.run_for(600_000);
    assert_eq!(world.requests.len(), before);
}

/// The pods of a set were those of a revision that is gone, and what would be stored in its place had
/// another hash, since a name was taken once. They must not be replaced for that.
#[test]
fn no_revision_is_made_for_a_set_that_is_gone() {
    for lost in [Kind::ControllerRevision, Kind::Pod] {
        let mut world = settled();
        (world.server).change(Kind::DaemonSet, "agent", |set| {
            set["status"]["collisionCount"] = json!(1);
        });
        (world.server).change_spec("agent", |spec| {
            spec["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}});
        });
        world.run_for(30_000);
        assert!(is_settled(&world), "{:?}", world.plans());
        delay(&mut world, Kind::DaemonSet);
        let names = world.server.all(lost).map(|it| name_of(it).to_owned());
        let names: Vec<_> = names.collect();
        world.server.remove(Kind::DaemonSet, "agent");
        for name in names {
            world.server.remove(lost, &name);
        }
        let before = world.requests.len();
        world.run_for(180_000);
        let made = since(&world, before).filter(|(method, _)| *method == Method::Post);
        assert_eq!(made.collect::<Vec<_>>(), [], "{lost:?}");
        assert_eq!(world.judge.broken, Vec::<String>::new());
    }
}

/// A pod that a person deletes is asked for once, and made again.
#[test]
fn a_pod_that_is_lost_is_made_again_at_once() {
    let mut world = settled();
    let pods = world.server.all(Kind::Pod);
    let pods: Vec<_> = pods.map(|pod| name_of(pod).to_owned()).collect();
    let before = world.requests.len();
    for pod in &pods[..3] {
        world.server.remove(Kind::Pod, pod);
    }
    world.run_for(6_000);
    assert_eq!(world.server.all(Kind::Pod).count(), 4);
    let reads = since(&world, before).filter(|(method, _)| *method == Method::Get);
    assert_eq!(reads.count(), 1);
    // What the controller deletes itself it does not ask for.
    let before = world.requests.len();
    let template = people::template("agent", "a:9");
    (world.server).change_spec("agent", |spec| spec["template"] = template);
    world.run_for(60_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    assert!(
        world
            .server
            .all(Kind::Pod)
            .all(|pod| image_of(pod) == "a:9")
    );
    assert!(since(&world, before).all(|(method, _)| method != Method::Get));
}

/// That the set was there some seconds ago does not tell that it is.
#[test]
fn a_set_is_asked_for_before_every_adoption() {
    let mut world = settled();
    delay(&mut world, Kind::DaemonSet);
    // A status that is written of an older version: the set is read.
    (world.server).change(Kind::DaemonSet, "agent", |set| {
        set["metadata"]["annotations"]["touched"] = json!("now");
    });
    let before = world.requests.len();
    people::create_node(&mut world.server, 5);
    world.run_for(5_000);
    assert!(since(&world, before).any(|(method, _)| method == Method::Get));
    let old = uid_of_set(&world);
    for kind in [Kind::Pod, Kind::ControllerRevision] {
        orphan_all(&mut world, kind);
    }
    make_anew(&mut world);
    let at = world.server.log.len();
    world.run_for(5_000);
    let adopted = world.server.log[at..].iter().filter(|change| !change.gone);
    assert!(adopted.clone().count() > 0);
    for change in adopted {
        assert_ne!(controller_of(&change.object), Some(old.as_str()));
    }
    catch_up(&mut world);
}

/// An orphan that is shown while the set is asked for is asked for in its turn, and gets no label before it
/// is adopted.
#[test]
fn an_orphan_that_comes_later_is_asked_for_later() {
    let mut world = settled();
    let (now, control) = (world.now(), &mut world.control);
    let key = Key {
        namespace: "infra".to_owned(),
        name: "agent".to_owned(),
    };
    let mut twin = world
        .server
        .all(Kind::ControllerRevision)
        .next()
        .cloned()
        .unwrap();
    twin["metadata"]["name"] = json!("agent-twin");
    twin["metadata"]["uid"] = json!("twin");
    twin["metadata"]["labels"]["controller-revision-hash"] = json!("twin");
    twin["metadata"]["ownerReferences"] = json!([]);
    twin["revision"] = json!(9);
    let mut orphan = world.server.all(Kind::Pod).next().cloned().unwrap();
    orphan["metadata"]["ownerReferences"] = json!([]);
    let set = world
        .server
        .get(Kind::DaemonSet, "agent")
        .unwrap()
        .to_string();
    let answer = |control: &mut Controller, requests: &[Request]| {
        let answers = requests.iter().map(|request| {
            let body = if request.method == Method::Get {
                set.clone()
            } else {
                "{}".to_owned()
            };
            Answer::Received {
                code: 200,
                body: body.into_bytes(),
            }
        });
        control.end(&key, &answers.collect::<Vec<_>>(), now);
        let next = control.begin(&key, now);
        let purposes = next.iter().map(|request| request.purpose.clone());
        (purposes.collect::<Vec<_>>(), next)
    };
    control.put_revision(&twin).unwrap();
    let asked = control.begin(&key, now);
    assert_eq!(asked[0].method, Method::Get);
    control.put_pod(&Pod::deserialize(&orphan).unwrap());
    let (purposes, adopted) = answer(control, &asked);
    assert!(purposes.contains(&"adopt revision agent-twin".to_owned()));
    let name = name_of(&orphan);
    assert!(
        !purposes.iter().any(|purpose| purpose.contains(name)),
        "{purposes:?}"
    );
    let (purposes, asked) = answer(control, &adopted);
    assert_eq!(purposes[0], "read the DaemonSet as it is now");
    let (purposes, _) = answer(control, &asked);
    assert!(
        purposes.contains(&format!("adopt pod {name}")),
        "{purposes:?}"
    );
    assert!(
        !purposes
            .iter()
            .any(|purpose| purpose.starts_with(&format!("relabel pod {name}")))
    );
}

/// What is read counts: the new set has its pods long before its watch shows it.
#[test]
fn a_set_that_was_made_anew_takes_its_place() {
    let mut world = settled();
    delay(&mut world, Kind::DaemonSet);
    for kind in [Kind::Pod, Kind::ControllerRevision] {
        orphan_all(&mut world, kind);
    }
    make_anew(&mut world);
    let before = world.requests.len();
    world.run_for(120_000);
    let new = uid_of_set(&world);
    let pods: Vec<_> = world.server.all(Kind::Pod).collect();
    assert_eq!(pods.len(), 4);
    assert!(pods.iter().all(|pod| controller_of(pod) == Some(&new)));
    assert!(since(&world, before).count() < 40);
    catch_up(&mut world);
    assert!(
        world
            .server
            .all(Kind::Pod)
            .all(|pod| controller_of(pod) == Some(&new))
    );
}
