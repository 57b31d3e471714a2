//! Explanations of clusters of every kind, back-off, caps and oddities included.

use daemonset::Planner;
use daemonset::outcome::Outcome;
use daemonset::rollout::Budget;
use daemonset_explain::{Account, Explainer, Finding, Standing};
use daemonset_testkit::generate::{Oddity, worlds};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Whatever is asked about, the answers agree with the plan.
    #[test]
    fn explanations_agree_with_the_plan(
        world in prop_oneof![worlds(Oddity::Stored), worlds(Oddity::Anything)],
        gives_revisions in any::<bool>(),
    ) {
        let cluster = if gives_revisions {
            world.cluster()
        } else {
            world.cluster_without_revisions()
        };
        let Ok(explainer) = Explainer::new(&world.set, &cluster, &world.options()) else {
            return Ok(());
        };
        // Back-off and cap come along.
        let planner = Planner::in_cluster(&world.set, &cluster, &world.options()).unwrap();
        let plan = planner.plan(&cluster);
        prop_assert_eq!(explainer.plan(), &plan);
        let ledger = explainer.ledger();
        if let Account::Open { budget, .. } = ledger.account {
            let used = match budget {
                Budget::Unavailable { unavailable, .. } => unavailable,
                Budget::Surge { surging, .. } => surging,
            };
            prop_assert_eq!(i64::try_from(ledger.spent.len()).unwrap(), used);
            if plan.outcome == Outcome::Complete {
                prop_assert_eq!(Some(budget), plan.budget);
            }
        }
        let diagnosis = explainer.diagnosis();
        prop_assert_eq!(&diagnosis.status, &plan.status);
        prop_assert!(!diagnosis.to_string().is_empty());
        let acts_in_vain = diagnosis.findings().any(|finding| {
            matches!(
                finding,
                Finding::ControllerIdle { .. } | Finding::Looping { .. } | Finding::Refused { .. }
            )
        });
        if matches!(diagnosis.standing, Standing::Blocked | Standing::Complete | Standing::Waiting) {
            prop_assert!(ledger.round.is_empty() || acts_in_vain, "{}", diagnosis);
        }
        for fix in explainer.fixes() {
            let after = explainer.edited(&fix.edits, fix.repaired());
            prop_assert!(after.is_ok(), "{fix}: {after:?}");
        }
        for node in cluster.nodes() {
            prop_assert!(explainer.node_fixes(&node.metadata.name).len() <= 8);
        }
    }
}
