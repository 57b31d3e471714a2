//! `dsplan explain --node`: one node, and every set on it.

use daemonset::Cluster;
use daemonset::placement::Verdict;
use serde_json::{Value, json};

use crate::End;
use crate::explain::{Explained, add_fixes};
use crate::input::{Failure, name_of, near_nodes};
use crate::output::{self, Format, Page};

pub fn explain(
    cluster: &Cluster<'_>,
    sets: &[Explained<'_>],
    name: &str,
    format: Format,
) -> Result<End, Failure> {
    let Some(node) = cluster.node(name) else {
        return Err(Failure::NoNode {
            wanted: name.to_owned(),
            near: near_nodes(cluster, name),
        });
    };
    let mut page = Page::new();
    let mut values = Vec::new();
    for Explained { set, explainer } in sets {
        let placement = explainer.planner().place(node);
        let pods = pods_of(explainer, name);
        let fixes = explainer.node_fixes(name);
        page.gap();
        page.heading(&name_of(set));
        let there = match pods.as_slice() {
            [] => "it has no pod there".to_owned(),
            pods => pods.join(", "),
        };
        page.line(&format!("{name} {}: {there}", in_words(placement.verdict)));
        for obstacle in &placement.obstacles {
            page.item(&obstacle.to_string());
        }
        add_fixes(&mut page, &fixes, "What would change it");
        values.push(json!({
            "namespace": set.metadata.namespace,
            "name": set.metadata.name,
            "placement": placement,
            "pods": pods,
            "fixes": fixes,
        }));
    }
    if format == Format::Text {
        page.print()?;
    } else {
        let value: Value = json!({"node": name, "daemonSets": values});
        output::print_value(format, &value)?;
    }
    Ok(End::Clean)
}

/// A verdict as the verb of a sentence about a node.
pub fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Run => "runs it",
        Verdict::KeepExisting => "gets no new pod of it, and an existing one stays",
        Verdict::Exclude => "does not run it",
    }
}

/// The names of the set's pods on the node.
fn pods_of(explainer: &daemonset_explain::Explainer<'_>, node: &str) -> Vec<String> {
    let pods = explainer.round().node(node).map(|node| &node.pods);
    let mut names: Vec<_> = (pods.into_iter().flatten())
        .map(|pod| pod.fact.name.to_owned())
        .collect();
    names.sort();
    names
}
