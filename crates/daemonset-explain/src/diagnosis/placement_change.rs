//! Whether it is the newest revision that leaves nodes out.

use daemonset::Planner;
use daemonset::api::Node;
use daemonset::placement::Rules;

use crate::cause::changes::{Changes, best_old, old_template};
use crate::edit::Edit;
use crate::edit::edited::{Step, edited_set};
use crate::finding::{Finding, LeftByRevision};
use crate::round::Round;

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
    let told = changes.told_of_placement();
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
    let made = round.current_revision_created();
    // What came later the daemon was never on.
    let is_later = |node: &Node| {
        let joined = node.metadata.creation_timestamp;
        joined.zip(made).is_some_and(|(joined, made)| joined > made)
    };
    let (later, nodes): (Vec<&Node>, Vec<&Node>) =
        left.map(|(node, _)| *node).partition(|node| is_later(node));
    let [nodes, later] = [nodes, later].map(|nodes| {
        let names = nodes.iter().map(|node| node.metadata.name.clone());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    });
    (!nodes.is_empty() || !later.is_empty()).then_some(Finding::LeftByRevision(LeftByRevision {
        revision: changes.revision,
        made,
        nodes,
        later,
        changes: told,
        before,
    }))
}
