//! When the status is written.

use super::rate::Rate;
use crate::api::{DaemonSetStatus, Timestamp};

/// How often the status is written while it changes: so many times at once, and once in that many
/// milliseconds.
const BURST: u32 = 3;
const PERIOD_MILLIS: i64 = 500;

/// How long a status waits while pods are created and deleted, which changes it again.
const LINGER_MILLIS: i64 = 1_000;

/// Lets the status through when it is worth a request.
#[derive(Clone, Debug)]
pub(super) struct StatusGate {
    wanted_since: Option<Timestamp>,
    rate: Rate,
}

impl Default for StatusGate {
    fn default() -> Self {
        Self {
            wanted_since: None,
            rate: Rate::new(BURST, PERIOD_MILLIS),
        }
    }
}

/// Whether pods are created or deleted in the same stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pods {
    UnderWay,
    AtRest,
}

impl StatusGate {
    /// There is nothing to write.
    pub(super) fn unchanged(&mut self) {
        self.wanted_since = None;
    }

    /// A changed status is to be written: it goes now, or not before the moment returned.
    ///
    /// A new generation that is observed and a rollout that is complete go at once: people and
    /// tools wait for them.
    pub(super) fn pass(
        &mut self,
        old: &DaemonSetStatus,
        new: &DaemonSetStatus,
        pods: Pods,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let since = *self.wanted_since.get_or_insert(now);
        let lingered = since.plus_millis(LINGER_MILLIS);
        if pods == Pods::UnderWay && now < lingered {
            return Err(lingered);
        }
        let observed = old.observed_generation < new.observed_generation;
        let collided = old.collision_count != new.collision_count;
        let at_once = observed || collided || is_complete(new);
        if let Some(next) = self.rate.next(now)
            && !at_once
        {
            return Err(next);
        }
        self.rate.take(now);
        self.wanted_since = None;
        Ok(())
    }
}

fn is_complete(status: &DaemonSetStatus) -> bool {
    let desired = status.desired_number_scheduled;
    status.updated_number_scheduled == desired
        && status.number_available == desired
        && status.number_misscheduled == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_often_is_written_now_and_then() {
        let start = Timestamp::from_unix_seconds(1000);
        let mut gate = StatusGate::default();
        let (old, mut new) = (DaemonSetStatus::default(), DaemonSetStatus::default());
        new.desired_number_scheduled = 9;
        let mut written = 0;
        for millis in (0..10_000).step_by(10) {
            let now = start.plus_millis(millis);
            written += usize::from(gate.pass(&old, &new, Pods::AtRest, now).is_ok());
        }
        assert_eq!(written, 22, "three at once, and two a second");
        new.observed_generation = 1;
        assert!(
            gate.pass(&old, &new, Pods::AtRest, start.plus_millis(10_000))
                .is_ok()
        );
    }

    #[test]
    fn a_status_waits_a_second_for_pods_under_way() {
        let start = Timestamp::from_unix_seconds(1000);
        let mut gate = StatusGate::default();
        let (old, new) = (DaemonSetStatus::default(), DaemonSetStatus::default());
        let until = start.plus_millis(1000);
        assert_eq!(gate.pass(&old, &new, Pods::UnderWay, start), Err(until));
        assert_eq!(gate.pass(&old, &new, Pods::UnderWay, until), Ok(()));
        assert_eq!(gate.pass(&old, &new, Pods::AtRest, until), Ok(()));
    }
}
