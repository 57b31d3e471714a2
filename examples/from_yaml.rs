//! Reads a DaemonSet, nodes, pods and ControllerRevisions from one YAML file, as `kubectl get -o
//! yaml` writes it, and prints what Kubernetes would do next.
//!
//! ```console
//! $ kubectl get daemonsets,nodes,pods,controllerrevisions -A -o yaml > dump.yaml
//! $ cargo run --example from_yaml dump.yaml
//! ```
//!
//! The types are plain serde: any format and any reader will do. This one takes `yes` for a text and
//! knows no lines, and it is no longer developed; `daemonset-manifest` reads YAML as kubectl does.

use std::error::Error;

use daemonset::api::{ControllerRevision, DaemonSet, Node, Pod};
use daemonset::{Cluster, Options, Planner};
use serde::Deserialize;

/// What is read where no file is named.
const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/from_yaml.yaml");

#[derive(Deserialize)]
struct List {
    items: Vec<Object>,
}

#[derive(Deserialize)]
#[serde(tag = "kind")]
#[allow(clippy::large_enum_variant)] // each object is taken out at once
enum Object {
    DaemonSet(DaemonSet),
    Node(Node),
    Pod(Pod),
    ControllerRevision(ControllerRevision),
    #[serde(other)]
    Other,
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| SMALL.to_owned());
    let list: List = serde_yaml::from_str(&std::fs::read_to_string(file)?)?;

    let (mut sets, mut nodes, mut pods, mut revisions) = (vec![], vec![], vec![], vec![]);
    for object in list.items {
        match object {
            Object::DaemonSet(set) => sets.push(set),
            Object::Node(node) => nodes.push(node),
            Object::Pod(pod) => pods.push(pod),
            Object::ControllerRevision(revision) => revisions.push(revision),
            Object::Other => {}
        }
    }

    // The newest time in the file stands for the present.
    let cluster = Cluster::new(&nodes, &pods).with_revisions(&revisions);
    for set in &sets {
        let planner = Planner::in_cluster(set, &cluster, &Options::default())?;
        let plan = planner.plan(&cluster);
        println!("{}/{}", set.metadata.namespace, set.metadata.name);
        for (node, verdict) in cluster.nodes().iter().zip(&plan.verdicts) {
            println!("  {} {verdict}", node.metadata.name);
        }
        if let Some(budget) = plan.budget {
            println!("  {budget}");
        }
        for action in &plan.actions {
            println!("- {action}");
        }
    }
    Ok(())
}
