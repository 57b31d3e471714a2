//! What would help by single findings.

use super::cloud::of_uninitialized;
use super::so_far::of_wavering;
use super::stuck::Stuck;
use super::{Caution, Fix, advice, slips, untried};
use crate::diagnosis::Standing;
use crate::finding::{Finding, LeftOut};
use crate::round::Round;

/// What would help by one finding, whatever the others are.
pub(super) fn of_finding(
    finding: &Finding,
    standing: Standing,
    goes_on: bool,
    stuck: &Stuck<'_, '_>,
) -> Vec<Fix> {
    let round = stuck.round;
    match finding {
        Finding::Preempted { nodes, .. } => untried::priority(nodes, round).into_iter().collect(),
        Finding::GenerationOnly { pods, .. } => {
            stuck.replaced_or_restarted(pods).into_iter().collect()
        }
        Finding::SoFar(_) => stuck.of_troubled(),
        Finding::MinReadySeconds { .. } => of_wavering(round).into_iter().collect(),
        Finding::LeftByRevision(_) if standing == Standing::Idle => {
            let back = stuck.roll_back_anyway().map(may_be_on_purpose);
            back.into_iter().collect()
        }
        // Where it still counts as available, nothing is blocked.
        Finding::StuckTerminating { .. } if standing != Standing::Blocked => {
            advice::of_finding(finding, round)
        }
        Finding::ManagerDown { .. } => advice::of_finding(finding, round),
        Finding::Looping { .. } => stuck.of_rejected(finding),
        Finding::Refused { .. }
        | Finding::ControllerIdle { .. }
        | Finding::NodesNotCounted { .. }
        | Finding::StatusContradicted { .. }
            if matches!(standing, Standing::Blocked | Standing::Unclear) || goes_on =>
        {
            stuck.of_rejected(finding)
        }
        _ => Vec::new(),
    }
}

/// What would help where nodes are left out.
pub(super) fn of_left_out(finding: &Finding, groups: &[LeftOut], round: &Round<'_>) -> Vec<Fix> {
    let is_none = matches!(finding, Finding::NoNodes { .. });
    let slips = slips::meant(round, round.cluster, groups, is_none);
    let late = of_uninitialized(round, groups);
    let known = advice::of_finding(finding, round);
    slips.into_iter().chain(late).chain(known).collect()
}

fn may_be_on_purpose(fix: Fix) -> Fix {
    Fix {
        cautions: vec![Caution::MayBeOnPurpose],
        ..fix
    }
}
