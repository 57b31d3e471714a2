//! `dsplan explain --node`: one node, and every set on it.

use daemonset::api::Node;
use daemonset::claim::Claim;
use daemonset::claim::target_node;
use daemonset::placement::Verdict;
use daemonset::selector::Selector;
use serde_json::{Value, json};

use crate::End;
use crate::explain::Compiled;
use crate::input::{Input, InputError, name_of};
use crate::output::{self, Format};

pub fn explain(
    input: &Input,
    sets: &[Compiled<'_>],
    name: &str,
    format: Format,
) -> Result<End, InputError> {
    let nodes = &input.inventory.nodes;
    let Some(node) = nodes.iter().find(|node| node.metadata.name == name) else {
        return Err(InputError::NoNode {
            wanted: name.to_owned(),
            near: near(nodes, name),
        });
    };
    let mut values = Vec::new();
    for compiled in sets {
        let placement = compiled.planner.place(node);
        let pods = pods_of(input, compiled, name);
        let fixes = compiled.planner.node_fixes(nodes, name);
        if format == Format::Text {
            let pods = match pods.as_slice() {
                [] => "no pod of it there".to_owned(),
                pods => pods.join(", "),
            };
            let verdict = in_words(placement.verdict);
            let heading = output::heading(&name_of(compiled.set));
            output::print(&format!("{heading}{name} {verdict}: {pods}\n"));
            for obstacle in &placement.obstacles {
                output::print(&format!("- {obstacle}\n"));
            }
            if !fixes.is_empty() {
                output::print("what would change it, each tried out on a copy:\n");
                for fix in &fixes {
                    output::print(&format!("- {fix}\n"));
                }
            }
            output::print("\n");
        }
        values.push(json!({
            "namespace": compiled.set.metadata.namespace,
            "name": compiled.set.metadata.name,
            "placement": placement,
            "pods": pods,
            "fixes": fixes,
        }));
    }
    if format != Format::Text {
        let value: Value = json!({"node": name, "daemonSets": values});
        output::print_value(format, &value);
    }
    Ok(End::Clean)
}

/// A verdict as the verb of a sentence about a node.
pub fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Run => "runs it",
        Verdict::KeepExisting => "keeps a pod that is there and takes no new one",
        Verdict::Exclude => "does not run it",
    }
}

/// The names of the set's pods on the node.
fn pods_of(input: &Input, compiled: &Compiled<'_>, node: &str) -> Vec<String> {
    let Ok(selector) = Selector::new(compiled.set.spec.selector.as_ref()) else {
        return Vec::new();
    };
    let pods = input.inventory.pods.iter();
    let own = pods.filter(|pod| {
        target_node(pod) == Some(node) && Claim::of(compiled.set, &selector, &pod.metadata).counts()
    });
    let mut names: Vec<_> = own.map(|pod| pod.metadata.name.clone()).collect();
    names.sort();
    names
}

/// The names of some nodes that are like the one that is not there.
fn near(nodes: &[Node], name: &str) -> String {
    let names = nodes.iter().map(|node| node.metadata.name.as_str());
    let mut like: Vec<_> = names
        .filter(|other| other.contains(name) || name.contains(other))
        .collect();
    like.sort_unstable();
    like.truncate(3);
    if like.is_empty() {
        format!("{} others", nodes.len())
    } else {
        like.join(", ")
    }
}
