//! Waits: between tries that fail, and until something may be done at all.

use crate::api::Timestamp;

/// A wait with a beginning and an end. Where the clock goes back before the beginning, the wait is
/// over too: nothing waits for a clock that was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    since: Timestamp,
    pub until: Timestamp,
}

impl Hold {
    pub(super) fn millis(now: Timestamp, millis: i64) -> Self {
        Self {
            since: now,
            until: now.plus_millis(millis),
        }
    }

    pub(super) fn seconds(now: Timestamp, seconds: i64) -> Self {
        Self::millis(now, seconds.saturating_mul(1000))
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until || now < self.since
    }
}

/// How long the first wait after a failure is, in milliseconds: as long as Kubernetes's work queues
/// wait. It doubles with every failure that follows.
const FIRST_MILLIS: i64 = 5;

/// From here on a wait is a quarter longer than the one before. Where it doubled, what was refused for
/// a minute and is allowed then could wait for another one; so it waits for a quarter of the time that
/// it was refused.
const DOUBLED_MILLIS: i64 = 1_000;

/// The longest wait after the API server refused something, in milliseconds. Kubernetes goes up to
/// a thousand seconds.
pub(super) const LONGEST_REFUSED: i64 = 60_000;

/// The longest wait after there was no answer, in milliseconds. A server that is away is not
/// burdened by a try, and no event tells that it is back.
pub(super) const LONGEST_UNANSWERED: i64 = 2_000;

/// Tries, and the waits between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Retry {
    /// How long the wait after the last failure is, in milliseconds; nothing where there was none.
    millis: i64,
    hold: Option<Hold>,
}

impl Retry {
    /// One more try has failed.
    pub(super) fn fail(&mut self, now: Timestamp, longest: i64) {
        let next = match self.millis {
            0 => FIRST_MILLIS,
            millis if millis < DOUBLED_MILLIS => millis * 2,
            millis => millis.saturating_add(millis / 4),
        };
        self.millis = next.min(longest);
        self.hold = Some(Hold::millis(now, self.millis));
    }

    /// The API server asks to be left alone for some seconds: the next try does not come earlier.
    pub(super) fn rest(&mut self, now: Timestamp, seconds: i64) {
        let rest = Hold::seconds(now, seconds);
        self.hold = self
            .hold
            .filter(|hold| hold.until > rest.until)
            .or(Some(rest));
    }

    /// Something has changed, and the next try may go well: it does not wait. If it does not go well,
    /// the waits go on where they were.
    pub(super) fn try_now(&mut self) {
        self.hold = None;
    }

    /// A try has gone well.
    pub(super) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// Whether the last try failed.
    pub(super) fn is_failing(&self) -> bool {
        self.millis > 0
    }

    /// Until when to wait, if it is still so.
    pub(super) fn waits_until(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.hold.filter(|hold| !hold.is_over(now))?;
        Some(hold.until)
    }
}

/// How many requests go out at a time: one at first, and twice as many after every stage that went
/// well, as Kubernetes creates pods. What refuses one mostly refuses all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlowStart(usize);

impl SlowStart {
    pub(super) const ONE: Self = Self(1);

    pub(super) const UNLIMITED: Self = Self(usize::MAX);

    pub(super) fn limit(self) -> usize {
        self.0
    }

    pub(super) fn grow(&mut self) {
        self.0 = self.0.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_then_grow_up_to_the_longest() {
        let now = Timestamp::from_unix_seconds(0);
        let mut retry = Retry::default();
        assert_eq!(retry.waits_until(now), None);
        let mut waits = Vec::new();
        for _ in 0..30 {
            retry.fail(now, LONGEST_REFUSED);
            waits.push((retry.waits_until(now).unwrap() - now).as_millis());
        }
        assert_eq!(waits[..5], [5, 10, 20, 40, 80]);
        assert_eq!(waits[7..12], [640, 1280, 1600, 2000, 2500]);
        assert_eq!(waits[26..], [60_000; 4]);
        // Whenever it is allowed, that is found out in a quarter of the time that it was refused.
        let mut passed = 0;
        for wait in &waits[..26] {
            assert!(
                passed < 1000 || *wait <= passed / 4 + 1000,
                "{wait} ms after {passed}"
            );
            passed += wait;
        }
        retry.try_now();
        assert_eq!(retry.waits_until(now), None);
        assert!(retry.is_failing());
        retry.fail(now, LONGEST_REFUSED);
        assert_eq!((retry.waits_until(now).unwrap() - now).as_millis(), 60_000);
        retry.succeed();
        assert_eq!(retry.waits_until(now), None);
        retry.fail(now, LONGEST_REFUSED);
        retry.rest(now, 3);
        assert_eq!((retry.waits_until(now).unwrap() - now).as_millis(), 3000);
        retry.rest(now, 1);
        assert_eq!((retry.waits_until(now).unwrap() - now).as_millis(), 3000);
    }

    #[test]
    fn a_clock_that_goes_back_ends_a_wait() {
        let now = Timestamp::from_unix_seconds(1000);
        let hold = Hold::seconds(now, 300);
        assert!(!hold.is_over(now.plus_seconds(299)));
        assert!(hold.is_over(now.plus_seconds(300)));
        assert!(hold.is_over(now.plus_seconds(-1)));
    }
}
