//! A node's room, kept from change to change, is what it would be if it were counted anew.

use std::collections::BTreeMap;

use daemonset::fit::{NodeRoom, PodFacts, Resident, Rooms};
use proptest::prelude::*;
use serde_json::json;

use crate::objects::node;

#[derive(Clone, Debug)]
enum Change {
    SetNode(u8, u8),
    RemoveNode(u8),
    SetPod(u8, Place, u8),
    RemovePod(u8),
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Bound(u8),
    Nominated(u8),
    Finished(u8),
    Nowhere,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = prop_oneof![
        4 => (0..3_u8).prop_map(Place::Bound),
        1 => (0..3_u8).prop_map(Place::Nominated),
        1 => (0..3_u8).prop_map(Place::Finished),
        1 => Just(Place::Nowhere),
    ];
    let change = prop_oneof![
        1 => (0..3_u8, 1..9_u8).prop_map(|(node, cpus)| Change::SetNode(node, cpus)),
        1 => (0..3_u8).prop_map(Change::RemoveNode),
        4 => (0..5_u8, place, 0..9_u8).prop_map(|(pod, place, cpus)| Change::SetPod(pod, place, cpus)),
        2 => (0..5_u8).prop_map(Change::RemovePod),
    ];
    proptest::collection::vec(change, 0..40)
}

fn node_name(node: u8) -> String {
    format!("node-{node}")
}

fn pod(pod: u8, place: Place, cpus: u8) -> PodFacts {
    let (bound, nominated, phase) = match place {
        Place::Bound(node) => (node_name(node), String::new(), "Running"),
        Place::Nominated(node) => (String::new(), node_name(node), "Pending"),
        Place::Finished(node) => (node_name(node), String::new(), "Failed"),
        Place::Nowhere => (String::new(), String::new(), "Pending"),
    };
    PodFacts::from_json(&json!({
        "metadata": {"name": format!("pod-{pod}"), "namespace": "shop"},
        "spec": {"nodeName": bound, "containers": [
            {"resources": {"requests": {"cpu": cpus, "example.com/gpu": cpus / 4}}},
        ]},
        "status": {"phase": phase, "nominatedNodeName": nominated},
    }))
    .unwrap()
}

/// A room without the order in which its pods came.
fn sorted(room: &NodeRoom) -> (String, Vec<Resident>, Vec<Resident>, String) {
    let by_name = |pods: &[Resident]| {
        let mut pods = pods.to_vec();
        pods.sort_by(|a, b| a.pod().cmp(b.pod()));
        pods
    };
    let sums = format!("{:?} of {:?}", room.used(), room.allocatable());
    (
        room.name().to_owned(),
        by_name(room.residents()),
        by_name(room.nominated()),
        sums,
    )
}

proptest! {
    #[test]
    fn changes_come_to_what_is_there_in_the_end(changes in changes()) {
        let mut kept = Rooms::default();
        let (mut nodes, mut pods) = (BTreeMap::new(), BTreeMap::new());
        let facts = |name: u8, cpus: u8| node(&node_name(name), json!({"cpu": cpus, "pods": 9}));
        for change in changes {
            match change {
                Change::SetNode(name, cpus) => {
                    kept.set_node(&facts(name, cpus));
                    nodes.insert(name, cpus);
                }
                Change::RemoveNode(name) => {
                    kept.remove_node(&node_name(name));
                    nodes.remove(&name);
                }
                Change::SetPod(name, place, cpus) => {
                    kept.set_pod(&pod(name, place, cpus));
                    pods.insert(name, (place, cpus));
                }
                Change::RemovePod(name) => {
                    kept.remove_pod("shop", &format!("pod-{name}"));
                    pods.remove(&name);
                }
            }
        }
        // Anew, and pods before nodes.
        let mut anew = Rooms::default();
        for (name, (place, cpus)) in pods.iter().rev() {
            anew.set_pod(&pod(*name, *place, *cpus));
        }
        for (name, cpus) in &nodes {
            anew.set_node(&facts(*name, *cpus));
        }
        let kept_rooms: Vec<_> = kept.iter().map(sorted).collect();
        let anew_rooms: Vec<_> = anew.iter().map(sorted).collect();
        prop_assert_eq!(kept_rooms, anew_rooms);
        prop_assert_eq!(kept.iter().count(), nodes.len());
        for name in 0..3 {
            prop_assert_eq!(kept.get(&node_name(name)).is_some(), nodes.contains_key(&name));
        }
    }
}
