//! The present: what is given, or else the newest moment that anything tells of.

use daemonset::api::Timestamp;
use daemonset::{Cluster, Planner};
use daemonset_testkit::scenario::scenario;

#[test]
fn what_stands_for_the_present() {
    let at = |hour: u32| -> Timestamp { format!("2026-03-01T{hour:02}:00:00Z").parse().unwrap() };
    for (given, node, pod, set, then) in [
        // given, and when the node, the pod and the DaemonSet were created      then
        (None, None, None, None, "1970-01-01T00:00:00Z"),
        (None, Some(1), None, None, "2026-03-01T01:00:00Z"),
        (None, Some(1), Some(2), None, "2026-03-01T02:00:00Z"),
        (None, Some(2), Some(1), None, "2026-03-01T02:00:00Z"),
        (None, Some(1), None, Some(3), "2026-03-01T03:00:00Z"),
        (None, Some(3), None, Some(1), "2026-03-01T03:00:00Z"),
        (Some(1), Some(3), Some(2), None, "2026-03-01T01:00:00Z"),
        (Some(1), None, None, Some(3), "2026-03-01T01:00:00Z"),
    ] {
        let mut world = scenario("a: new");
        world.set.metadata.creation_timestamp = set.map(at);
        world.nodes[0].metadata.creation_timestamp = node.map(at);
        world.nodes[0].status.conditions.clear();
        world.pods[0].metadata.creation_timestamp = pod.map(at);
        world.pods[0].status.conditions.clear();
        let mut cluster: Cluster<'_> = Cluster::new(&world.nodes, &world.pods);
        if let Some(given) = given {
            cluster = cluster.with_now(at(given));
        }
        let planner = Planner::new(&world.set).unwrap();
        let now = planner.now(&cluster).to_string();
        assert_eq!(now, then, "given {given:?}, {node:?}, {pod:?}, {set:?}");
        assert_eq!(planner.now(&cluster).to_string(), now, "asked once more");
        assert_eq!(planner.view(&cluster).now.to_string(), now);
    }
}
