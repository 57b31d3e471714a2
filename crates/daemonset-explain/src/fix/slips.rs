//! What would mend labels of nodes that are probably slips.

use daemonset::Cluster;

use super::{Caution, Effect, Fix, node_fixes};
use crate::diagnosis::left_out::meant_by_label;
use crate::edit::Edit;
use crate::edit::edited::Step;
use crate::finding::LeftOut;
use crate::round::Round;

/// How many nodes are labelled at most.
const MOST_NODES: usize = 16;

/// The template as it was probably meant, where no node runs the daemon and one misses it by little: an edit that was
/// tried.
pub(super) fn template_that_was_meant(
    round: &Round<'_>,
    cluster: &Cluster<'_>,
    group: &LeftOut,
) -> Option<Fix> {
    group.near.as_ref()?;
    if meant_by_label(round, group).is_some() {
        return None;
    }
    let fixes = node_fixes(&round.planner, cluster, group.nodes.first()?);
    fixes.into_iter().find(|fix| {
        matches!(
            fix.edits.as_slice(),
            [Edit::SetNodeSelector { .. }
                | Edit::AddAffinityValue { .. }
                | Edit::RenameNodeSelector { .. }
                | Edit::RenameAffinityKey { .. }]
        )
    })
}

/// The labels that nodes were probably meant to have, as others have them. Each by itself makes its
/// node run the daemon.
pub(super) fn labels_that_were_meant(
    round: &Round<'_>,
    cluster: &Cluster<'_>,
    group: &LeftOut,
) -> Option<Fix> {
    let meant = meant_by_label(round, group)?;
    let steps = group.nodes.iter().take(MOST_NODES).filter_map(|node| {
        let edit = Edit::SetNodeLabel {
            node: node.clone(),
            key: meant.key.clone(),
            value: meant.value.clone(),
        };
        let fixes = node_fixes(&round.planner, cluster, node);
        let is_proven = fixes.iter().any(|fix| fix.edits == [edit.clone()]);
        is_proven.then_some((node.clone(), Step::Edit(edit)))
    });
    let (nodes, steps): (Vec<String>, Vec<Step>) = steps.unzip();
    let effect = Effect::NewPods { nodes };
    let set = round.daemon_set();
    (!steps.is_empty()).then(|| Fix::new(set, &[], steps, effect, vec![Caution::OnlyIfSlip]))
}
