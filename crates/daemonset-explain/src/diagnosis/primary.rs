//! Which finding matters most.

use super::Standing;
use crate::finding::Finding;

/// The place of the primary finding.
pub(crate) fn primary(standing: Standing, findings: &[Finding]) -> usize {
    let place = |wanted: &dyn Fn(&Finding) -> bool| findings.iter().position(wanted);
    if let [Finding::FailingPods { .. }, Finding::NotGiven(_), ..] = findings {
        return 0;
    }
    let always = place(&|finding| {
        matches!(
            finding,
            Finding::NotGiven(_)
                | Finding::RevisionsNotGiven { .. }
                | Finding::OtherMoments { .. }
                | Finding::ControllerIdle { .. }
                | Finding::NodesNotCounted { .. }
                | Finding::Flipping(_)
                | Finding::RevisionEndsNodes { .. }
                | Finding::FailingRevision { .. }
        ) || standing == Standing::Unclear && matches!(finding, Finding::StatusContradicted { .. })
    });
    let blocked = || {
        let first = place(&|finding| match finding {
            Finding::OnDelete { .. }
            | Finding::Refused { .. }
            | Finding::ManagerDown { acts: true, .. } => true,
            Finding::InvalidBudget { waiting, .. } => *waiting > 0,
            Finding::BudgetUsedUp { limit, .. } => *limit <= 0,
            _ => false,
        });
        let heaviest = findings.iter().map(Finding::weight).max().unwrap_or(0);
        // What is out comes before what is only old.
        let is_by_hand = findings
            .iter()
            .any(|it| matches!(it, Finding::OnDelete { .. }));
        let failing = || place(&|it| is_by_hand && matches!(it, Finding::FailingPods { .. }));
        failing()
            .or(first)
            .or_else(|| place(&|finding| heaviest > 0 && finding.weight() == heaviest))
            .or_else(|| place(&|finding| matches!(finding, Finding::UnhealthyNodes { .. })))
    };
    let by_standing = || match standing {
        Standing::Unclear => Some(0),
        Standing::Idle => place(&|f| matches!(f, Finding::NoNodes { .. })).or(Some(0)),
        Standing::Blocked => blocked(),
        Standing::Progressing => place(&|f| matches!(f, Finding::Progressing { .. })),
        Standing::Waiting => place(&|f| matches!(f, Finding::RoomToCome { .. }))
            .or_else(|| place(&|f| matches!(f, Finding::MinReadySeconds { .. })))
            .or_else(|| place(&|f| matches!(f, Finding::BackOff { .. })))
            .or_else(|| place(&|f| matches!(f, Finding::NotObserved { .. })))
            .or_else(|| place(&|f| matches!(f, Finding::OnDelete { .. }))),
        Standing::Complete => place(&|f| matches!(f, Finding::GenerationOnly { .. }))
            .or_else(|| place(&|f| matches!(f, Finding::RestartingWhileUp(_))))
            .or_else(|| {
                place(&|f| matches!(f, Finding::Complete { .. } | Finding::NoNodes { .. }))
            }),
    };
    always.or_else(by_standing).unwrap_or(0)
}
