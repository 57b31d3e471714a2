//! The core as WebAssembly: one function from which every stage is reached, so that what the module
//! asks of its host is what the core asks of it.

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
use daemonset::tracker::Tracker;
use daemonset::{Cluster, Planner, plan};

/// Plans from a JSON text `[set, nodes, pods, revisions]` in this module's memory.
///
/// # Safety
/// The text lies there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn planned(text: *const u8, length: usize) -> usize {
    let text = unsafe { std::slice::from_raw_parts(text, length) };
    type Input = (DaemonSet, Vec<Node>, Vec<Pod>, Vec<ControllerRevision>);
    let Ok((set, nodes, pods, revisions)) = serde_json::from_slice::<Input>(text) else {
        return usize::MAX;
    };
    let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    let Ok(planner) = Planner::new(&set).map(|planner| planner.with_revisions(&revisions)) else {
        return plan(&set, &nodes, &pods).len();
    };
    let planned = planner.plan(&cluster);
    let view = planner.view(&cluster);
    let mut tracker = Tracker::new();
    nodes.iter().for_each(|node| tracker.put_node(node));
    pods.iter().for_each(|pod| tracker.put_pod(pod));
    let set = tracker.put_set(planner.clone());
    let tracked = tracker.plan(set, cluster.now());
    let text = format!("{planned:?}{view:?}{tracked:?}{}", planner.pod_for("node"));
    text.len() + planner.revision_manifest().len()
}
