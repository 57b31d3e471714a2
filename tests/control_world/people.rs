//! What people and machines do to a cluster, apart from the controller.

use daemonset::Planner;
use daemonset::api::DaemonSet;
use daemonset::control::Kind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::random::Random;
use crate::server::{
    Server, image_of, is_terminating, name_of, node_of, ready_since, text, uid_of,
};

pub const SETS: [&str; 2] = ["agent", "second"];

pub fn template(set: &str, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": set}},
        "spec": {
            "containers": [{"name": "main", "image": image}],
            "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["edge"]}]},
            ]}}},
        },
    })
}

pub fn create_set(server: &mut Server, random: &mut Random, name: &str) {
    let strategy = strategy(random);
    let image = format!("a:{}", random.below(3));
    server.create(
        Kind::DaemonSet,
        json!({
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "updateStrategy": strategy,
                "template": template(name, &image),
            },
        }),
    );
}

fn strategy(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!({"type": "OnDelete"}),
        1 => rolling(&json!(0), &json!(1)),
        2 => rolling(&json!(0), &json!("50%")),
        3 => rolling(&json!("40%"), &json!(0)),
        4 => rolling(&json!(3), &json!(0)),
        5 => rolling(&json!(2), &json!(0)),
        _ => rolling(&json!(1), &json!(0)),
    }
}

fn rolling(unavailable: &Value, surge: &Value) -> Value {
    json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}})
}

pub fn create_node(server: &mut Server, number: usize) {
    let name = format!("n{number:02}");
    if server.get(Kind::Node, &name).is_none() {
        server.create(
            Kind::Node,
            json!({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}}),
        );
    }
}

/// The label by which a set knows its pods.
fn label_of(server: &Server, set: &str) -> String {
    let set = server.get(Kind::DaemonSet, set);
    let label = set.map(|set| text(set, "/spec/selector/matchLabels/app").to_owned());
    label.unwrap_or_default()
}

/// Both sets are made anew, each with the other's selector; what they leave behind has no owner.
fn swap_sets(server: &mut Server, random: &mut Random) {
    let sets: Vec<Value> = SETS
        .iter()
        .filter_map(|set| server.get(Kind::DaemonSet, set).cloned())
        .collect();
    let [one, other] = &sets[..] else { return };
    for (set, as_in) in [(one, other), (other, one)] {
        let name = name_of(set).to_owned();
        for kind in [Kind::Pod, Kind::ControllerRevision] {
            let owned = server.all(kind);
            let owned = owned.filter(|it| crate::server::controller_of(it) == Some(uid_of(set)));
            for owned in owned.map(|it| name_of(it).to_owned()).collect::<Vec<_>>() {
                server.change(kind, &owned, |it| {
                    it["metadata"]["ownerReferences"] = json!([])
                });
            }
        }
        server.remove(Kind::DaemonSet, &name);
        let mut spec = set["spec"].clone();
        spec["selector"] = as_in["spec"]["selector"].clone();
        spec["template"] = as_in["spec"]["template"].clone();
        if random.chance(500) {
            let label = text(as_in, "/spec/selector/matchLabels/app");
            spec["template"] = template(label, "a:1");
        }
        let anew = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec,
        });
        server.create(Kind::DaemonSet, anew);
    }
}

/// A machine is replaced by another one of its name, at once.
fn replace_node(server: &mut Server, random: &mut Random, node: &str) {
    if server.get(Kind::Node, node).is_none() {
        return;
    }
    server.remove(Kind::Node, node);
    let tier = if random.chance(300) { "edge" } else { "core" };
    server.create(
        Kind::Node,
        json!({"metadata": {"name": node, "labels": {"kubernetes.io/hostname": node, "tier": tier}}}),
    );
}

/// A pod gives way at once to another one of its name: without an owner, or of somebody else.
fn reuse_name(server: &mut Server, random: &mut Random) {
    let Some(name) = some_pod(server, random) else {
        return;
    };
    let Some(pod) = server.get(Kind::Pod, &name).cloned() else {
        return;
    };
    server.remove(Kind::Pod, &name);
    let owners = match random.chance(500) {
        true => json!([]),
        false => {
            json!([{"apiVersion": "v1", "kind": "Other", "name": "o", "uid": "other", "controller": true}])
        }
    };
    let meta =
        json!({"name": name, "labels": pod["metadata"]["labels"], "ownerReferences": owners});
    server.create(Kind::Pod, json!({"metadata": meta, "spec": pod["spec"]}));
}

/// What few people do, and every controller must stand.
pub fn act_oddly(server: &mut Server, random: &mut Random) {
    let set = random.pick(&SETS).copied().unwrap_or_default();
    match random.below(3) {
        0 => collide(server, random, set),
        1 => remake(server, random, set),
        _ => template_there_and_back(server, random, set),
    }
}

/// A set gets a new template, and the name that its revision should have is taken: by a revision of
/// somebody else, or by one of the set's own that holds something else.
fn collide(server: &mut Server, random: &mut Random, set: &str) {
    let image = format!("a:{}", random.between(10, 99));
    let label = label_of(server, set);
    let Some(mut next) = server.get(Kind::DaemonSet, set).cloned() else {
        return;
    };
    next["spec"]["template"] = template(&label, &image);
    let planner = Planner::new(&DaemonSet::deserialize(&next).unwrap()).unwrap();
    let mut taken: Value = serde_json::from_str(&planner.revision_manifest()).unwrap();
    taken["data"]["spec"]["template"] = template(&label, "other:1");
    if random.chance(500) {
        taken["metadata"]["labels"] = json!({"other": "x"});
        taken["metadata"]["ownerReferences"] = json!([]);
    }
    if server
        .get(Kind::ControllerRevision, name_of(&taken))
        .is_none()
    {
        server.create(Kind::ControllerRevision, taken);
    }
    server.change_spec(set, |spec| spec["template"] = template(&label, &image));
}

/// A set lets its pods and revisions go and is made again under its name, all at once.
fn remake(server: &mut Server, random: &mut Random, set: &str) {
    let Some(old) = server.get(Kind::DaemonSet, set).cloned() else {
        return;
    };
    for kind in [Kind::Pod, Kind::ControllerRevision] {
        let owned = server.all(kind);
        let owned = owned.filter(|it| crate::server::controller_of(it) == Some(uid_of(&old)));
        for owned in owned.map(|it| name_of(it).to_owned()).collect::<Vec<_>>() {
            server.change(kind, &owned, |it| {
                it["metadata"]["ownerReferences"] = json!([])
            });
        }
    }
    server.remove(Kind::DaemonSet, set);
    let mut spec = old["spec"].clone();
    if random.chance(300) {
        spec["template"] = template(text(&spec, "/selector/matchLabels/app"), "a:1");
    }
    let anew = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": set}, "spec": spec,
    });
    server.create(Kind::DaemonSet, anew);
}

/// A rollout is begun and taken back before anything can have come of it.
fn template_there_and_back(server: &mut Server, random: &mut Random, set: &str) {
    let Some(before) = server.get(Kind::DaemonSet, set).cloned() else {
        return;
    };
    let label = label_of(server, set);
    let image = format!("a:{}", random.between(10, 99));
    server.change_spec(set, |spec| spec["template"] = template(&label, &image));
    server.change_spec(set, |spec| {
        spec["template"] = before["spec"]["template"].clone()
    });
}

/// Somebody does something.
pub fn act(server: &mut Server, random: &mut Random) {
    let Some(set) = random.pick(&SETS).copied() else {
        return;
    };
    let node = format!("n{:02}", random.below(9));
    match random.below(28) {
        0..=5 => {
            // Some images never get ready.
            let image = match random.below(5) {
                0 => "broken:1".to_owned(),
                number => format!("a:{number}"),
            };
            let label = label_of(server, set);
            server.change_spec(set, |spec| spec["template"] = template(&label, &image));
        }
        6 => {
            let strategy = strategy(random);
            server.change_spec(set, |spec| spec["updateStrategy"] = strategy);
        }
        7 => {
            let seconds = random.between(0, 3);
            server.change_spec(set, |spec| spec["minReadySeconds"] = json!(seconds));
        }
        8 => {
            let limit = random.between(0, 3);
            server.change_spec(set, |spec| spec["revisionHistoryLimit"] = json!(limit));
        }
        9 | 10 => create_node(server, random.below(9)),
        11 => server.remove(Kind::Node, &node),
        12 | 13 => {
            let effect = if random.chance(500) {
                "NoSchedule"
            } else {
                "NoExecute"
            };
            let taints = match random.chance(500) {
                true => json!([{"key": "x", "effect": effect}]),
                false => json!([]),
            };
            server.change(Kind::Node, &node, |node| node["spec"]["taints"] = taints);
        }
        14 => {
            let tier = if random.chance(500) { "edge" } else { "core" };
            server.change(Kind::Node, &node, |node| {
                node["metadata"]["labels"]["tier"] = json!(tier)
            });
        }
        15 | 16 => {
            if let Some(pod) = some_pod(server, random) {
                server.delete_pod(&pod);
            }
        }
        17 | 18 => {
            let phase = if random.chance(700) {
                "Failed"
            } else {
                "Succeeded"
            };
            let bound = some_pod(server, random);
            if let Some(pod) = bound {
                server.change(Kind::Pod, &pod, |pod| {
                    pod["status"] = json!({"phase": phase});
                });
            }
        }
        19 => {
            if let Some(pod) = some_pod(server, random) {
                server.change(Kind::Pod, &pod, |pod| {
                    pod["metadata"]["labels"]["app"] = json!("other")
                });
            }
        }
        20 => {
            if let Some(pod) = some_pod(server, random) {
                let stamp = server.stamp();
                let ready = ready_since_of(server, &pod);
                set_ready(server, &pod, !ready, &stamp);
            }
        }
        21 => delete_set(server, random, set),
        23 => swap_sets(server, random),
        24 | 25 => replace_node(server, random, &node),
        26 => reuse_name(server, random),
        22 => {
            let touch = json!(random.next().to_string());
            server.change(Kind::DaemonSet, set, |set| {
                set["metadata"]["annotations"]["touch"] = touch
            });
        }
        _ => {
            if server.get(Kind::DaemonSet, set).is_none() {
                create_set(server, random, set);
            }
        }
    }
}

fn ready_since_of(server: &Server, pod: &str) -> bool {
    server
        .get(Kind::Pod, pod)
        .is_some_and(|pod| ready_since(pod).is_some())
}

fn some_pod(server: &Server, random: &mut Random) -> Option<String> {
    let bound = server
        .all(Kind::Pod)
        .filter(|pod| !text(pod, "/spec/nodeName").is_empty());
    let pods: Vec<String> = bound.map(|pod| name_of(pod).to_owned()).collect();
    random.pick(&pods).cloned()
}

/// Deletes a set in one of the three ways.
fn delete_set(server: &mut Server, random: &mut Random, name: &str) {
    match random.below(3) {
        0 => server.remove(Kind::DaemonSet, name),
        way => {
            let stamp = server.stamp();
            let finalizer = if way == 1 {
                "foregroundDeletion"
            } else {
                "orphan"
            };
            server.change(Kind::DaemonSet, name, |set| {
                if !is_terminating(set) {
                    set["metadata"]["deletionTimestamp"] = json!(stamp);
                    set["metadata"]["finalizers"] = json!([finalizer]);
                }
            });
        }
    }
}

pub fn set_ready(server: &mut Server, pod: &str, ready: bool, stamp: &str) {
    let status = if ready { "True" } else { "False" };
    server.change(Kind::Pod, pod, |pod| {
        if matches!(text(pod, "/status/phase"), "Pending" | "Running") {
            pod["status"] = json!({
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": stamp}],
            });
        }
    });
}

/// What a machine does to a pod next.
enum Step {
    Collect,
    End,
    Bind,
    Start,
}

/// What a pod waits for, and how likely it is in one step.
fn step(server: &Server, pod: &Value) -> Option<(Step, usize)> {
    let bound = !text(pod, "/spec/nodeName").is_empty();
    let node_exists = server.get(Kind::Node, node_of(pod)).is_some();
    if bound && !node_exists {
        // The garbage collector of pods.
        Some((Step::Collect, 100))
    } else if is_terminating(pod) {
        Some((Step::End, 300))
    } else if !bound {
        node_exists.then_some((Step::Bind, 500))
    } else if text(pod, "/status/phase") == "Pending" && !image_of(pod).starts_with("broken") {
        Some((Step::Start, 400))
    } else {
        None
    }
}

/// Scheduler, kubelets and garbage collector: one step of each. Says whether anything is left to do.
pub fn machines(server: &mut Server, random: &mut Random) -> bool {
    let steps: Vec<(String, (Step, usize))> = (server.all(Kind::Pod))
        .filter_map(|pod| Some((name_of(pod).to_owned(), step(server, pod)?)))
        .collect();
    let stamp = server.stamp();
    let busy = !steps.is_empty();
    for (name, (step, chance)) in steps {
        if !random.chance(chance) {
            continue;
        }
        match step {
            Step::Collect | Step::End => server.remove(Kind::Pod, &name),
            Step::Bind => server.change(Kind::Pod, &name, |pod| {
                let node = node_of(pod).to_owned();
                pod["spec"]["nodeName"] = json!(node);
            }),
            Step::Start => set_ready(server, &name, true, &stamp),
        }
    }
    let left = server.log.len();
    collect(server, random);
    busy || server.log.len() > left
}

/// The garbage collector: what a set leaves behind.
fn collect(server: &mut Server, random: &mut Random) {
    let sets: Vec<(String, String, String)> = (server.all(Kind::DaemonSet))
        .map(|set| {
            (
                uid_of(set).to_owned(),
                name_of(set).to_owned(),
                text(set, "/metadata/finalizers/0").to_owned(),
            )
        })
        .collect();
    for kind in [Kind::Pod, Kind::ControllerRevision] {
        let owned = server.all(kind).filter_map(|object| {
            let owner = text(object, "/metadata/ownerReferences/0/uid");
            let set = sets.iter().find(|(uid, ..)| uid == owner);
            let finalizer = set.map(|(.., finalizer)| finalizer.as_str());
            let orphan = finalizer == Some("orphan");
            let goes = finalizer == Some("foregroundDeletion")
                || (finalizer.is_none() && !owner.is_empty());
            (orphan || goes).then(|| (name_of(object).to_owned(), orphan))
        });
        for (name, orphan) in owned.collect::<Vec<_>>() {
            if !random.chance(300) {
                continue;
            }
            if orphan {
                server.change(kind, &name, |object| {
                    object["metadata"]["ownerReferences"] = json!([])
                });
            } else {
                forget(server, kind, &name);
            }
        }
    }
    for (uid, name, _) in sets.iter().filter(|(.., finalizer)| !finalizer.is_empty()) {
        let left = [Kind::Pod, Kind::ControllerRevision]
            .into_iter()
            .any(|kind| {
                server
                    .all(kind)
                    .any(|object| crate::server::controller_of(object) == Some(uid))
            });
        if !left {
            server.remove(Kind::DaemonSet, name);
        }
    }
}

fn forget(server: &mut Server, kind: Kind, name: &str) {
    match kind {
        Kind::Pod => server.delete_pod(name),
        _ => server.remove(kind, name),
    }
}
