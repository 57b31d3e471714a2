//! What the judge takes for right and what not, by its kinds: labels that lie since two revisions of one
//! template were made one, owners, and moments.

use daemonset::control::Kind;
use serde_json::json;

use crate::judge::{Judge, Known};
use crate::people;
use crate::refusals::{is_settled, settled};
use crate::server::{image_of, name_of, node_of, text};
use crate::world::World;

const HASH: &str = "/metadata/labels/controller-revision-hash";

/// The newest revision is there twice.
fn double(world: &mut World) {
    let revisions = world.server.all(Kind::ControllerRevision);
    let newest = revisions.max_by_key(|revision| revision["revision"].as_i64());
    let mut twin = newest.cloned().unwrap();
    twin["metadata"]["name"] = json!("agent-twin");
    twin["metadata"]["labels"]["controller-revision-hash"] = json!("twin");
    twin["revision"] = json!(9);
    world.server.create(Kind::ControllerRevision, twin);
}

/// Half of a rollout is done and stands still; then the new revision is there twice.
fn relabelled() -> (World, String) {
    let mut world = settled();
    let before = world.server.all(Kind::Pod).next().unwrap();
    let before = image_of(before).to_owned();
    let broken = people::template("agent", "broken:1");
    (world.server).change_spec("agent", |spec| spec["template"] = broken);
    world.run_for(30_000);
    double(&mut world);
    world.run_for(30_000);
    (world, before)
}

/// Kubernetes relabels pods of another template too, and takes them for updated from then on. If that
/// template comes back they are replaced, though they are of it: that is not the controller's fault.
#[test]
fn a_label_says_of_which_template_a_pod_is() {
    let (mut world, before) = relabelled();
    let pods: Vec<_> = world.server.all(Kind::Pod).collect();
    assert!(pods.iter().any(|pod| image_of(pod) == before));
    assert!(pods.iter().all(|pod| text(pod, HASH) == "twin"));
    let back = people::template("agent", &before);
    (world.server).change_spec("agent", |spec| spec["template"] = back);
    world.run_for(60_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    assert!(
        world
            .server
            .all(Kind::Pod)
            .all(|pod| text(pod, HASH) != "twin")
    );
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

/// Everything is known.
fn all_of(world: &World) -> Known {
    let end = world.server.log.len();
    Known {
        by: 0,
        at: world.server.now,
        nodes: end,
        pods: end,
        sets: end,
        revisions: end,
    }
}

/// The judge tells who relabels without need, or to something else, and who deletes what no label
/// explains.
#[test]
fn the_judge_notices_a_label_for_nothing() {
    let mut world = settled();
    let pod = world.server.all(Kind::Pod).next().cloned().unwrap();
    let hash = text(&pod, HASH).to_owned();
    let mut judge = Judge::default();
    judge.relabelled(&world.server, &pod, &hash, all_of(&world));
    assert_eq!(judge.broken.len(), 1, "there is one revision");
    judge.deleted(&world.server, &pod, all_of(&world));
    assert_eq!(judge.broken.len(), 2, "nothing has changed");

    let revision = world.server.all(Kind::ControllerRevision).next();
    let mut twin = revision.cloned().unwrap();
    twin["metadata"]["name"] = json!("agent-twin");
    twin["metadata"]["labels"]["controller-revision-hash"] = json!("twin");
    world.server.create(Kind::ControllerRevision, twin);
    judge.relabelled(&world.server, &pod, "twin", all_of(&world));
    judge.relabelled(&world.server, &pod, &hash, all_of(&world));
    assert_eq!(judge.broken.len(), 2, "there are two");
    judge.relabelled(&world.server, &pod, "another", all_of(&world));
    assert_eq!(judge.broken.len(), 3, "that is neither");
    // A label that names another revision of the same template excuses nothing.
    (world.server).change(Kind::Pod, name_of(&pod), |pod| {
        pod["metadata"]["labels"]["controller-revision-hash"] = json!("twin");
    });
    let twin = world.server.get(Kind::Pod, name_of(&pod)).cloned().unwrap();
    judge.deleted(&world.server, &twin, all_of(&world));
    assert_eq!(judge.broken.len(), 4, "{:?}", judge.broken);
}

/// A pod is relabelled once it is the set's, not while it is adopted.
#[test]
fn a_pod_is_adopted_before_it_is_relabelled() {
    let mut world = settled();
    let pods = world.server.all(Kind::Pod);
    for pod in pods.map(|pod| name_of(pod).to_owned()).collect::<Vec<_>>() {
        (world.server).change(Kind::Pod, &pod, |pod| {
            pod["metadata"]["ownerReferences"] = json!([]);
        });
    }
    double(&mut world);
    // One that begins anew is shown both at once.
    world.crash();
    world.run_for(30_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    let pods: Vec<_> = world.server.all(Kind::Pod).collect();
    assert!(pods.iter().all(|pod| text(pod, HASH) == "twin"));
    assert_eq!(pods.len(), 4);
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

/// A pod that becomes available while its deletion is under way was not when that was decided.
#[test]
fn the_judge_asks_when_it_was_decided() {
    let mut world = settled();
    let template = people::template("agent", "broken:1");
    let seconds = world.server.now / 1000 - 1_772_366_400;
    (world.server).change_spec("agent", |spec| {
        spec["template"] = template;
        spec["minReadySeconds"] = json!(seconds - 2);
    });
    let pods: Vec<_> = world.server.all(Kind::Pod).cloned().collect();
    for (before, broken) in [(60_000, 0), (0, 2)] {
        let mut judge = Judge::default();
        let known = Known {
            at: world.server.now - before,
            ..all_of(&world)
        };
        for pod in &pods {
            judge.deleted(&world.server, pod, known);
        }
        assert_eq!(judge.broken.len(), broken, "{:?}", judge.broken);
    }
}

/// Two sets that select the same pods: the API server lets the second one have none of the first's.
#[test]
fn a_pod_has_one_controller() {
    let mut world = settled();
    let mut twin = (world.server.get(Kind::DaemonSet, "agent"))
        .cloned()
        .unwrap();
    twin["metadata"]["name"] = json!("twin");
    world.server.create(Kind::DaemonSet, twin);
    for _ in 0..8 {
        let pods = world.server.all(Kind::Pod);
        for pod in pods.map(|pod| name_of(pod).to_owned()).collect::<Vec<_>>() {
            (world.server).change(Kind::Pod, &pod, |pod| {
                pod["metadata"]["ownerReferences"] = json!([]);
            });
        }
        world.crash();
        world.run_for(60_000);
        assert!(is_settled(&world), "{:?}", world.plans());
        for pod in world.server.all(Kind::Pod) {
            let owners = pod["metadata"]["ownerReferences"].as_array().unwrap();
            assert_eq!(owners.len(), 1, "{pod}");
        }
        assert_eq!(world.server.all(Kind::Pod).count(), 8);
    }
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

/// A node counts as one that surges where its old pod was seen to be ready.
#[test]
fn the_judge_counts_a_surge_by_what_was_shown() {
    let mut world = settled();
    (world.server).change_spec("agent", |spec| {
        spec["updateStrategy"] =
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}});
        spec["template"] = people::template("agent", "b:1");
    });
    let olds: Vec<_> = world.server.all(Kind::Pod).take(2).cloned().collect();
    let stamp = world.server.stamp();
    people::set_ready(&mut world.server, name_of(&olds[0]), false, &stamp);
    let before = all_of(&world);
    people::set_ready(&mut world.server, name_of(&olds[0]), true, &stamp);
    let mut news = olds.into_iter().map(|mut pod| {
        pod["metadata"]["name"] = json!(format!("{}-new", name_of(&pod)));
        pod["spec"]["containers"][0]["image"] = json!("b:1");
        world.server.create(Kind::Pod, pod)
    });
    let (_, second) = (news.next().unwrap(), news.next().unwrap());
    let mut judge = Judge::default();
    judge.created(&world.server, &second, before);
    assert_eq!(judge.broken, Vec::<String>::new());
    judge.created(&world.server, &second, all_of(&world));
    assert_eq!(judge.broken.len(), 1, "two surge, one may");
}

/// A pod that is let go and shown minutes late: meanwhile no pod that is shown carries its revision, which
/// is one too many. Taken over at last it is of no revision that there is, and is replaced: by Kubernetes
/// as well, to which labels are all that tells of what template a pod is.
#[test]
fn a_pod_that_nobody_showed_keeps_no_revision() {
    let mut world = settled();
    let first = world.server.all(Kind::Pod).next().cloned().unwrap();
    let (pod, image) = (name_of(&first).to_owned(), image_of(&first).to_owned());
    (world.server).change(Kind::Pod, &pod, |pod| {
        pod["metadata"]["labels"]["app"] = json!("other");
    });
    world.run_for(10_000);
    let to = |world: &mut World, image: &str| {
        let template = people::template("agent", image);
        (world.server).change_spec("agent", |spec| spec["template"] = template);
        world.run_for(30_000);
    };
    to(&mut world, "a:9");
    (world.server).change(Kind::DaemonSet, "agent", |set| {
        set["status"]["collisionCount"] = json!(1);
    });
    to(&mut world, &image);
    let revisions = world.server.all(Kind::ControllerRevision);
    assert!(
        revisions
            .map(|it| text(it, HASH))
            .all(|hash| hash != text(&first, HASH))
    );
    // The one that was made in its place goes.
    let beside = world
        .server
        .all(Kind::Pod)
        .find(|it| node_of(it) == node_of(&first) && name_of(it) != pod);
    let beside = beside.map(|it| name_of(it).to_owned()).unwrap();
    world.server.remove(Kind::Pod, &beside);
    (world.server).change(Kind::Pod, &pod, |pod| {
        pod["metadata"]["labels"]["app"] = json!("agent");
    });
    world.run_for(30_000);
    assert!(is_settled(&world), "{:?}", world.plans());
    assert!(world.server.get(Kind::Pod, &pod).is_none());
    assert_eq!(world.judge.broken, Vec::<String>::new());
}

/// The judge tells who deletes a revision that a pod carries.
#[test]
fn the_judge_notices_a_revision_that_is_missed() {
    let world = settled();
    let revision = world.server.all(Kind::ControllerRevision).next();
    let mut revision = revision.cloned().unwrap();
    let mut judge = Judge::default();
    judge.forgotten(&world.server, &revision, all_of(&world));
    assert_eq!(judge.broken.len(), 1);
    revision["metadata"]["labels"]["controller-revision-hash"] = json!("other");
    judge.forgotten(&world.server, &revision, all_of(&world));
    assert_eq!(judge.broken.len(), 1);
}
