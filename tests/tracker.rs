//! The tracker decides what a fresh plan decides, whatever happened before.

use daemonset_testkit::Mirror;
use daemonset_testkit::generate::changes;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// After every change, each set's plan from the tracker is the plan made afresh.
    #[test]
    fn decides_as_a_fresh_plan_does(changes in changes(60)) {
        let mut mirror = Mirror::default();
        for change in changes {
            mirror.take(change);
            mirror.check();
        }
    }

    /// Plans asked for rarely are the same as plans asked for after every change, and as those of
    /// a tracker that is told of everything at once.
    #[test]
    fn decides_alike_when_asked_rarely(changes in changes(60)) {
        let mut mirror = Mirror::default();
        for (at, change) in changes.into_iter().enumerate() {
            mirror.take(change);
            if at % 7 == 6 {
                mirror.check();
            }
        }
        mirror.check();
        mirror.check_anew();
    }
}
