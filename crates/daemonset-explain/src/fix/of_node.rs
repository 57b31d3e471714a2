//! What would help one node: of all that would help the rollout, what is about it.

use std::collections::BTreeSet;

use daemonset::Cluster;
use serde_json::Value;

use super::{Applicability, Fix, Repair, RolloutRepair, rollout_fixes};
use crate::diagnosis::Diagnosis;
use crate::edit::Edit;
use crate::round::{PodRevision, Round, staying_of};
use crate::stall::{Said, Stalls};

/// What would help a node that has no available pod: what names it, and what names no node, where its pod fails like
/// all others or is named in a command.
pub(crate) fn fixes_of_node<'a>(
    round: &Round<'a>,
    cluster: &'a Cluster<'a>,
    diagnosis: &Diagnosis,
    node: &str,
) -> Vec<Fix> {
    let stalls = Stalls::new(round);
    let own: Vec<_> = stalls.in_vain().filter(|it| it.node.name == node).collect();
    let kinds: BTreeSet<&str> = stalls.in_vain().map(Said::likeness).collect();
    let is_alike = kinds.len() <= 1 && (kinds.is_empty() || !own.is_empty());
    let names_pod = |fix: &Fix| {
        let mut names = own.iter().map(|said| said.pod.metadata.name.as_str());
        names.any(|pod| fix.commands.iter().any(|command| command.contains(pod)))
    };
    let seen = round.view.node(node);
    let is_stalled = round.stalled_nodes().any(|(seen, _)| seen.name == node);
    let has_new = seen.is_some_and(|seen| staying_of(seen, PodRevision::New).next().is_some());
    let is_held = |finalizers: &[String]| {
        let mut pods = seen.into_iter().flat_map(|seen| &seen.pods);
        pods.any(|pod| {
            let mut held = pod.pod.metadata.finalizers.iter();
            held.any(|it| finalizers.iter().any(|finalizer| finalizer == it))
        })
    };
    // What names no node.
    let may_help = |fix: &Fix| match (fix.edits.as_slice(), &fix.applicability) {
        // It lets others go on.
        ([Edit::SetMaxUnavailable { .. } | Edit::SetMaxSurge { .. }], _) => false,
        ([Edit::RollBack { .. }], _)
        | (
            [],
            Applicability::Outside {
                repair: Repair::Rollout(RolloutRepair::GoBack { .. }),
            },
        ) => has_new,
        (
            [],
            Applicability::Outside {
                repair: Repair::Rollout(RolloutRepair::Finalizers { finalizers, .. }),
            },
        ) => is_held(finalizers),
        _ => is_alike || names_pod(fix),
    };
    let first = (!own.is_empty()).then_some(node);
    let fixes = rollout_fixes(round, cluster, diagnosis, first);
    let is_about = |fix: &Fix| {
        let nodes = fix.nodes();
        if nodes.is_empty() {
            is_stalled && may_help(fix)
        } else {
            nodes.contains(node)
        }
    };
    fixes.into_iter().filter(is_about).collect()
}

impl Fix {
    /// The nodes that it names, by its edits and by what is to be repaired.
    pub(super) fn nodes(&self) -> BTreeSet<String> {
        let mut nodes = BTreeSet::new();
        for part in [
            serde_json::to_value(&self.edits),
            serde_json::to_value(&self.applicability),
        ] {
            add_nodes(&part.unwrap_or_default(), &mut nodes);
        }
        nodes
    }
}

/// Adds what stands under `node` and `nodes`, wherever that is: each kind of repair has its own fields beside.
fn add_nodes(value: &Value, nodes: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("node", Value::String(node)) => _ = nodes.insert(node.clone()),
                    ("nodes", Value::Array(all)) => {
                        nodes.extend(all.iter().filter_map(|it| it.as_str().map(str::to_owned)));
                    }
                    _ => add_nodes(value, nodes),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| add_nodes(value, nodes)),
        _ => {}
    }
}
