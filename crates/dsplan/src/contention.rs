//! Sets of one input whose pods come to the same nodes, and have not room there together.

use std::collections::BTreeMap;

use daemonset::api::DaemonSet;
use daemonset::fit::ClusterRoom;
use daemonset::{Cluster, Options, Planner};
use daemonset_explain::room::{Contender, Contention, SetRoom, contentions};

use crate::input::{Input, name_of};

/// The pods of these sets that are to come, fit on their nodes, and do not fit beside those of
/// others of the input that come there, too: by set, then by node.
pub fn find<'a>(
    input: &Input,
    sets: impl Iterator<Item = &'a DaemonSet>,
    cluster: &Cluster<'_>,
    room: &ClusterRoom,
) -> BTreeMap<String, BTreeMap<String, Contention>> {
    let asked: Vec<String> = sets.map(name_of).collect();
    let all = input.inventory.daemon_sets.iter();
    let rooms = all.filter_map(|manifest| {
        let set = &manifest.daemon_set;
        let planner = Planner::in_cluster(set, cluster, &Options::default()).ok()?;
        let room = SetRoom::new(&planner, cluster, room).ok()?;
        let nodes = room.nodes_to_come(&planner, cluster);
        (!nodes.is_empty()).then(|| (name_of(set), room, nodes))
    });
    let rooms: Vec<_> = rooms.collect();
    let contenders = rooms.iter().map(|(set, room, nodes)| Contender {
        set: set.clone(),
        room,
        nodes: nodes.clone(),
    });
    let contenders: Vec<Contender<'_>> = contenders.collect();
    let mut found: BTreeMap<String, BTreeMap<String, Contention>> = BTreeMap::new();
    if contenders.len() > 1 {
        for contention in contentions(&contenders) {
            if asked.contains(&contention.set) {
                let of_set = found.entry(contention.set.clone()).or_default();
                of_set.insert(contention.node.clone(), contention);
            }
        }
    }
    found
}
