//! Explanations of clusters of every kind, back-off, caps and oddities included.

use daemonset::Outcome;
use daemonset::explain::{Account, Standing};
use daemonset::rollout::Budget;
use proptest::prelude::*;

use crate::cases;
use crate::model::generate::{Oddity, clusters};

proptest! {
    #![proptest_config(cases(200))]

    /// Whatever is asked about, the answers agree with the plan.
    #[test]
    fn explanations_agree_with_the_plan(
        cluster in prop_oneof![clusters(Oddity::Stored), clusters(Oddity::Anything)],
    ) {
        let Some(planner) = cluster.try_planner() else { return Ok(()) };
        let (nodes, pods) = (&cluster.nodes, &cluster.pods);
        let plan = planner.plan(nodes, pods);
        let ledger = planner.ledger(nodes, pods);
        if let Account::Open { budget, .. } = ledger.account {
            let spent = match budget {
                Budget::Unavailable { unavailable, .. } => unavailable,
                Budget::Surge { surging, .. } => surging,
            };
            prop_assert_eq!(i64::try_from(ledger.spent.len()).unwrap(), spent);
            if plan.outcome == Outcome::Complete {
                prop_assert_eq!(Some(budget), plan.budget);
            }
        }
        let diagnosis = planner.diagnose(nodes, pods);
        prop_assert_eq!(&diagnosis.status, &plan.status);
        prop_assert!(!diagnosis.to_string().is_empty());
        if matches!(diagnosis.standing, Standing::Blocked | Standing::Complete | Standing::Waiting) {
            prop_assert!(ledger.round.is_empty(), "{}", diagnosis);
        }
        for fix in planner.rollout_fixes(nodes, pods, &cluster.revisions) {
            prop_assert!(!fix.edits.is_empty());
        }
        for node in nodes {
            prop_assert!(planner.node_fixes(nodes, &node.metadata.name).len() <= 8);
        }
    }
}
