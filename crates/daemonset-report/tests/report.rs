//! What a report holds.

use daemonset_explain::Standing;
use daemonset_manifest::Inventory;
use daemonset_report::{NodeKind, Report, page};

const CLUSTER: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a", "labels": {"disk": "ssd"}}},
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "b", "labels": {"disk": "ssd"}}},
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "c"}},
  {"apiVersion": "apps/v1", "kind": "DaemonSet",
   "metadata": {"name": "idle", "namespace": "infra", "uid": "0"},
   "spec": {"selector": {"matchLabels": {}}, "template": {}}},
  {"apiVersion": "apps/v1", "kind": "DaemonSet",
   "metadata": {"name": "agent", "namespace": "infra", "uid": "1", "generation": 1},
   "spec": {"selector": {"matchLabels": {"app": "agent"}},
            "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"nodeSelector": {"disk": "ssd"}}}},
   "status": {"observedGeneration": 1}},
  {"apiVersion": "v1", "kind": "Pod",
   "metadata": {"name": "agent-1", "namespace": "infra", "labels": {"app": "agent"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "1", "controller": true}]},
   "spec": {"nodeName": "gone"}, "status": {"phase": "Running"}}
]}"#;

fn report(text: &str) -> Report {
    let mut inventory = Inventory::new();
    inventory.read("dump.json", text.as_bytes());
    Report::new(&inventory, None)
}

#[test]
fn every_daemon_set_has_a_cell_for_every_node() {
    let report = report(CLUSTER);
    assert_eq!(report.nodes, ["a", "b", "c", "gone"]);
    for set in &report.daemon_sets {
        assert_eq!(set.cells.len(), report.nodes.len(), "{}", set.name);
        for cell in &set.cells {
            assert!((cell.1 as usize) < set.reasons.len());
        }
    }
    let agent = report
        .daemon_sets
        .iter()
        .find(|set| set.name == "agent")
        .unwrap();
    let kinds: Vec<NodeKind> = agent.cells.iter().map(|cell| cell.0).collect();
    assert_eq!(
        kinds,
        [
            NodeKind::Missing,
            NodeKind::Missing,
            NodeKind::Excluded,
            NodeKind::Misscheduled
        ],
    );
    let why = |at: usize| agent.reasons[agent.cells[at].1 as usize].as_str();
    assert_eq!(why(0), "should run it and has no pod of it");
    assert!(why(2).starts_with("does not run it: "), "{}", why(2));
    assert!(
        why(3).starts_with("the node does not exist; still there: agent-1"),
        "{}",
        why(3)
    );
}

#[test]
fn a_daemon_set_that_decides_nothing_has_its_place() {
    let report = report(CLUSTER);
    let idle = report
        .daemon_sets
        .iter()
        .find(|set| set.name == "idle")
        .unwrap();
    assert_eq!(idle.standing, Standing::Idle);
    assert_eq!(
        idle.reasons,
        ["the controller does nothing for this DaemonSet"]
    );
}

#[test]
fn a_report_is_read_back_from_its_json() {
    let report = report(CLUSTER);
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn what_could_not_be_read_is_noted() {
    let report = report("{\"kind\": \"DaemonSet\"");
    assert!(report.daemon_sets.is_empty());
    assert!(
        report.notes[0].starts_with("dump.json"),
        "{:?}",
        report.notes
    );
}

#[test]
fn nothing_from_a_cluster_ends_an_element_of_the_page() {
    let hostile = CLUSTER.replace("\"a\"", "\"</script><script>alert(1)</script>{{program}}\"");
    let html = page::of_report(&report(&hostile));
    assert!(!html.contains("<script>alert(1)"));
    assert!(html.contains("\\u003c/script\\u003e\\u003cscript\\u003ealert(1)"));
    assert!(
        html.contains("{{program}}"),
        "no mark is filled within what was put in"
    );
}
