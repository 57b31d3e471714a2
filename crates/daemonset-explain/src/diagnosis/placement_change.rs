//! Whether it is the newest revision that leaves nodes out.

use daemonset::Planner;
use daemonset::placement::Rules;

use crate::cause::changes::{Changes, best_old, old_template};
use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::finding::Finding;
use crate::round::Round;

/// The fields of a template that decide where its pods should run.
const OF_PLACEMENT: [&str; 4] = [
    "spec.nodeSelector",
    "spec.affinity.nodeAffinity",
    "spec.tolerations",
    "spec.nodeName",
];

/// The nodes that should run the daemon by the revision before and not by the newest, where that
/// changed something of it.
pub(crate) fn left_by_revision(round: &Round<'_>) -> Option<Finding> {
    let rules = round.planner.rules();
    let old = old_template(round)?;
    // Otherwise nothing is left out that was not before.
    if Rules::new(&old).with_comparison_operators(rules.comparison_operators()) == *rules {
        return None;
    }
    let changes = Changes::of(round)?;
    let told = changes.told_where(|path| {
        let of_placement = OF_PLACEMENT.iter().any(|field| path.starts_with(field));
        of_placement || path == "spec.affinity"
    });
    if told.is_empty() {
        return None;
    }
    let before = best_old(round)?.revision;
    let steps = [Step::Edit(Edit::RollBack { revision: before })];
    let set = edited_set(round.daemon_set(), &round.revisions_about(), &steps).ok()?;
    let planner = Planner::in_cluster(&set, round.cluster, round.planner.options()).ok()?;
    let verdicts = round.cluster.nodes().iter().zip(&round.view.plan.verdicts);
    let left = verdicts
        .filter(|(node, now)| !now.should_run() && planner.rules().verdict(**node).should_run());
    let mut nodes: Vec<String> = left.map(|(node, _)| node.metadata.name.clone()).collect();
    nodes.sort();
    (!nodes.is_empty()).then(|| Finding::LeftByRevision {
        revision: changes.revision,
        made: round.current_revision_created(),
        nodes,
        changes: told,
        before,
    })
}
