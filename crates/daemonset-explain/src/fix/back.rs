//! Going back from a revision that fails or takes nodes down.

use daemonset::rollout::Strategy;

use super::Fix;
use super::by_words::{is_no_cure, of_failing_old};
use super::dead_nodes::{
    gone, hung, is_all_on, nodes_of, nodes_that_went, of_short_nodes, only_once_back, silent,
    stopped,
};
use super::hindered::under_pressure;
use super::older::back_to_older;
use super::stuck::Stuck;
use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, UnhealthyNode};

/// What takes a revision back that fails, or takes nodes down.
fn going_back(
    stuck: &mut Stuck<'_, '_>,
    finding: &Finding,
    nodes: &[UnhealthyNode],
) -> Option<Fix> {
    let goes_on = matches!(finding, Finding::RevisionEndsNodes { .. });
    if *stuck.round.planner.strategy() == Strategy::OnDelete {
        let by_hand = stuck.roll_back_by_hand(nodes);
        return by_hand.or_else(|| back_to_older(stuck.round));
    }
    let held = [stopped(nodes), hung(nodes), gone(nodes)].concat();
    let back = stuck
        .roll_back()
        // The rollout goes on, and takes further nodes.
        .or_else(|| stuck.roll_back_anyway().filter(|_| goes_on));
    let back = match back {
        // There no pod is made or ends yet; it is the other nodes that are spared.
        Some(fix)
            if is_all_on(&fix, &held)
                || goes_on && is_all_on(&fix, &[held, under_pressure(&fix)].concat()) =>
        {
            stuck.stop().map(|stop| Fix {
                cautions: fix.cautions,
                ..stop
            })
        }
        None if goes_on => stuck.stop(),
        back => back,
    };
    back.or_else(|| back_to_older(stuck.round))
}

/// What helps against a revision that fails or takes nodes down, and what comes after all else.
pub(super) fn of_revision(
    stuck: &mut Stuck<'_, '_>,
    finding: &Finding,
    diagnosis: &Diagnosis,
) -> (Vec<Fix>, Vec<Fix>) {
    let round = stuck.round;
    let mut first = Vec::from_iter(stuck.without_surge());
    let nodes = nodes_of(finding, round);
    let back = going_back(stuck, finding, &nodes);
    let back = back.map(|back| only_once_back(back, stopped(&nodes), hung(&nodes)));
    let (old, is_all) = stuck.failing_old();
    let then = if is_all {
        let back = back.map(|back| is_no_cure(back, &old));
        first.extend(of_failing_old(old, round));
        Vec::from_iter(back)
    } else {
        first.extend(back);
        of_failing_old(old, round).into_iter().collect()
    };
    if let Finding::RevisionEndsNodes { .. } = finding {
        first.extend(nodes_that_went(silent(&nodes), round));
        first.extend(of_short_nodes(&nodes, diagnosis, round));
    }
    (first, then)
}
