//! Updates: where the new template fits no longer, how far the rollout comes, and how much more
//! there is room for.

use daemonset::fit::{
    Answer, Capacity, Displacing, HeadroomOptions, NodeRoom, OldPod, PodFacts, PodName, PodNeeds,
    Progress, Replacement, Resident, Site, Update,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::objects::{asking_for, needs, node, resident};

fn cpu(amount: &str) -> PodNeeds {
    needs(json!({"containers": [asking_for(json!({"cpu": amount}))]}))
}

fn own(container: Value) -> Resident {
    let pod = json!({
        "metadata": {
            "name": "agent-x", "namespace": "infra",
            "ownerReferences": [{"kind": "DaemonSet", "name": "agent", "uid": "7", "controller": true}],
        },
        "spec": {"containers": [container]},
    });
    Resident::of(&PodFacts::from_json(&pod).unwrap()).unwrap()
}

fn is_own(pod: &Resident) -> bool {
    pod.controller().is_some_and(|owner| owner.uid == "7")
}

fn own_on(room: &NodeRoom) -> impl Iterator<Item = &PodName> {
    let own = room.residents().iter().filter(|pod| is_own(pod));
    own.map(Resident::pod)
}

/// Nodes with this much cpu, each with an own pod of one cpu.
fn rooms(cpus: &[&str]) -> Vec<NodeRoom> {
    let rooms = cpus.iter().enumerate().map(|(at, cpus)| {
        let allocatable = json!({"cpu": cpus, "memory": "4Gi", "pods": "9"});
        let mut room = NodeRoom::new(&node(&format!("node-{at}"), allocatable));
        room.insert(own(asking_for(json!({"cpu": "1"}))));
        room
    });
    rooms.collect()
}

fn capacity(
    rooms: &[NodeRoom],
    after: &PodNeeds,
    replacement: Replacement,
    budget: usize,
    old: OldPod,
) -> Capacity {
    let before = cpu("1");
    let update = Update::new(&before, after, replacement).budget(budget);
    update.capacity(rooms.iter().map(|room| Site { room, old }), is_own)
}

#[test]
fn without_surge_the_old_pods_room_is_free_first() {
    use Replacement::{NewFirst, OldFirst};
    let rooms = rooms(&["2", "2500m", "3500m"]);
    let names = |found: &Capacity| -> Vec<String> {
        let unfit = found.newly_unfit.iter();
        unfit
            .map(|node| format!("{} {}", node.node, node.fit.answer))
            .collect()
    };
    let found = capacity(&rooms, &cpu("2500m"), OldFirst, 1, OldPod::Available);
    assert_eq!(names(&found), ["node-0 node too small"]);
    assert_eq!(
        found.progress,
        Progress::Stalls {
            unfit: 1,
            budget: 1
        }
    );
    let found = capacity(&rooms, &cpu("2500m"), NewFirst, 1, OldPod::Available);
    assert_eq!(names(&found), ["node-0 node too small", "node-1 node full"]);
    assert_eq!(
        found.progress,
        Progress::Stalls {
            unfit: 2,
            budget: 1
        }
    );
    let found = capacity(&rooms, &cpu("2"), OldFirst, 1, OldPod::Available);
    assert_eq!((found.nodes, found.progress), (3, Progress::Completes));
}

#[test]
fn with_surge_both_hold_their_ports() {
    let container = json!({"ports": [{"hostPort": 9100}]});
    let mut room = NodeRoom::new(&node("node-a", json!({"pods": "9"})));
    room.insert(own(container.clone()));
    let asked = needs(json!({"containers": [container]}));
    let site = Site {
        room: &room,
        old: OldPod::Available,
    };
    let update = |replacement| Update::new(&asked, &asked, replacement).budget(1);
    let found = update(Replacement::OldFirst).capacity([site], is_own);
    assert_eq!(found.progress, Progress::Completes);
    let found = update(Replacement::NewFirst).capacity([site], is_own);
    assert_eq!(found.still_unfit[0].fit.answer, Answer::Conflict);
    assert_eq!(
        found.progress,
        Progress::Stalls {
            unfit: 1,
            budget: 1
        }
    );
}

#[test]
fn only_nodes_that_use_up_the_budget_stall_it() {
    use Replacement::{NewFirst, OldFirst};
    let rooms = rooms(&["2", "2", "4"]);
    let after = cpu("2500m");
    for (replacement, old, budget, progress) in [
        (
            OldFirst,
            OldPod::Available,
            2,
            Progress::Stalls {
                unfit: 2,
                budget: 2,
            },
        ),
        (
            OldFirst,
            OldPod::Available,
            3,
            Progress::LeavesBehind { unfit: 2 },
        ),
        // Their pods count as unavailable already.
        (
            OldFirst,
            OldPod::Unavailable,
            1,
            Progress::LeavesBehind { unfit: 2 },
        ),
        (
            OldFirst,
            OldPod::Missing,
            1,
            Progress::LeavesBehind { unfit: 2 },
        ),
        // A new pod that waits beside one surges, whatever the old one does.
        (
            NewFirst,
            OldPod::Unavailable,
            2,
            Progress::Stalls {
                unfit: 2,
                budget: 2,
            },
        ),
        (
            NewFirst,
            OldPod::Missing,
            1,
            Progress::LeavesBehind { unfit: 2 },
        ),
        (
            OldFirst,
            OldPod::Available,
            0,
            Progress::Stalls {
                unfit: 2,
                budget: 0,
            },
        ),
    ] {
        let found = capacity(&rooms, &after, replacement, budget, old);
        assert_eq!(found.progress, progress, "{replacement:?} {old:?} {budget}");
    }
    let found = capacity(&rooms, &cpu("1"), OldFirst, 0, OldPod::Available);
    assert_eq!(found.progress, Progress::Completes);
}

#[test]
fn what_cannot_be_told_is_not_called_complete() {
    let rooms = rooms(&["2", "2", "4"]);
    let claims = json!([{"name": "data", "persistentVolumeClaim": {}}]);
    let after = |amount: &str| {
        let containers = [asking_for(json!({"cpu": amount}))];
        needs(json!({"volumes": claims, "containers": containers}))
    };
    let progress = |amount, budget| {
        let found = capacity(
            &rooms,
            &after(amount),
            Replacement::OldFirst,
            budget,
            OldPod::Available,
        );
        (found.unknown.len(), found.progress)
    };
    assert_eq!(progress("1", 9), (3, Progress::Unknown { nodes: 3 }));
    assert_eq!(
        progress("3", 2),
        (
            1,
            Progress::Stalls {
                unfit: 2,
                budget: 2
            }
        )
    );
    assert_eq!(progress("3", 3), (1, Progress::Unknown { nodes: 1 }));
    assert_eq!(progress("3", 4), (1, Progress::LeavesBehind { unfit: 2 }));
}

#[test]
fn who_is_evicted_for_it_is_told() {
    let mut rooms = rooms(&["2"]);
    rooms[0].insert(resident("low", -5, asking_for(json!({"cpu": "1"}))));
    let found = capacity(
        &rooms,
        &cpu("1500m"),
        Replacement::OldFirst,
        1,
        OldPod::Available,
    );
    assert_eq!(found.progress, Progress::Completes);
    assert_eq!(
        found.preempting[0].to_string(),
        "node-0: fits after preempting: asks for 1500m cpu, 1 of 2 is free; evicts shop/low (priority -5)"
    );
    // What fits now and did not before, too.
    let before = cpu("3");
    let after = cpu("1");
    let site = Site {
        room: &rooms[0],
        old: OldPod::Missing,
    };
    let update = Update::new(&before, &after, Replacement::OldFirst);
    assert_eq!(update.capacity([site], is_own).newly_fit, ["node-0"]);
}

#[test]
fn headroom_on_most_nodes() {
    // 199 nodes with 4 cpu, one with 1200m, one whose taint keeps the pod off.
    let mut sizes = vec!["4"; 199];
    sizes.push("1200m");
    let mut rooms = rooms(&sizes);
    let mut tainted = node("tainted", json!({"cpu": "64", "pods": "9"}));
    let facts = json!({
        "metadata": {"name": "tainted"},
        "spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "64", "pods": "9"}},
    });
    tainted.clone_from(&serde_json::from_value(facts).unwrap());
    let asked = cpu("1");
    let options = HeadroomOptions::default();
    let found = &asked.headroom(&["cpu", "memory"], &options, &rooms, own_on)[0];
    assert_eq!(found.largest(100), Some(200));
    assert_eq!(found.largest(99), Some(3000));
    let in_the_way: Vec<_> = found.in_the_way(3000).map(|node| &node.node).collect();
    assert_eq!(in_the_way, ["node-199"]);

    rooms.push(NodeRoom::new(&tainted));
    let found = asked.headroom(&["cpu", "memory"], &options, &rooms, own_on);
    for (found, on_most) in found.iter().zip([3000, 4 << 30]) {
        assert_eq!(found.blocked.len(), 1);
        assert_eq!(
            found.blocked[0].obstacles[0].check().to_string(),
            "TaintToleration"
        );
        assert_eq!(found.largest(100), None);
        assert_eq!(found.largest(99), Some(on_most));
    }
    assert_eq!(
        asked.headroom(&["cpu"], &options, &[], own_on)[0].largest(100),
        None
    );

    // One that asks for too much already would have to ask for less.
    let found = &cpu("5").headroom(&["cpu"], &options, &rooms[..1], own_on)[0];
    assert_eq!(found.largest(100), Some(-1000));
}

/// A node with some pods, of which some are the DaemonSet's.
fn any_room() -> impl Strategy<Value = NodeRoom> {
    let pod = (0..3_i32, 0..5_i128, 0..5_i128, 0..4_i32, prop::bool::ANY);
    let pods = proptest::collection::vec(pod, 0..6);
    (0..12_u8, 0..12_u8, 1..8_u8, pods).prop_map(|(cpus, memory, most, pods)| {
        let allocatable = json!({"cpu": cpus, "memory": memory, "pods": most});
        let mut room = NodeRoom::new(&node("node-a", allocatable));
        for (at, (priority, cpus, memory, port, is_own)) in pods.into_iter().enumerate() {
            let uid = if is_own { "7" } else { "8" };
            let pod = json!({
                "metadata": {
                    "name": format!("pod-{at}"), "namespace": "infra",
                    "ownerReferences": [{"uid": uid, "controller": true}],
                },
                "spec": {"priority": priority, "containers": [{
                    "resources": {"requests": {"cpu": cpus.to_string(), "memory": memory.to_string()}},
                    "ports": [{"hostPort": port}],
                }]},
            });
            room.insert(Resident::of(&PodFacts::from_json(&pod).unwrap()).unwrap());
        }
        room
    })
}

proptest! {
    /// The largest raise fits, and one more does not.
    #[test]
    fn headroom_is_exact(
        room in any_room(),
        priority in 0..3_i32,
        cpus in 0..4_u8,
        memory in 0..4_u8,
        port in 0..4_i32,
        surges in prop::bool::ANY,
        evicts in prop::bool::ANY,
    ) {
        let asked = needs(json!({"priority": priority, "containers": [{
            "resources": {"requests": {"cpu": cpus, "memory": memory}},
            "ports": [{"hostPort": port}],
        }]}));
        let options = HeadroomOptions {
            replacement: if surges { Replacement::NewFirst } else { Replacement::OldFirst },
            displacing: if evicts { Displacing::LowerPriority } else { Displacing::Nothing },
            ..HeadroomOptions::default()
        };
        let fits = |asked: &PodNeeds| {
            let leaves = |pod: &Resident| !surges && is_own(pod);
            let answer = asked.fit_without(&room, &options.context, leaves).answer;
            answer == Answer::Fits || evicts && answer == Answer::AfterPreempting
        };
        for found in asked.headroom(&["cpu", "memory"], &options, [&room], own_on) {
            let resource = found.resource.as_str();
            if let Some(raise) = found.largest(100) {
                prop_assert!(fits(&asked.clone().raised(resource, raise)));
                prop_assert!(!fits(&asked.clone().raised(resource, raise + 1)));
            } else {
                let nothing = -asked.requests().get(resource);
                prop_assert!(!fits(&asked.clone().raised(resource, nothing)));
            }
        }
    }
}
