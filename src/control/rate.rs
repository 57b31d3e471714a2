//! How often something may be done.

use crate::api::Timestamp;

/// A number of times at once, and then once in a while: the generic cell rate algorithm, which
/// keeps a single moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    burst: u32,
    period_millis: i64,
    /// When all that was done so far would have been done at an even pace.
    even: Option<Timestamp>,
}

impl Rate {
    /// `burst` times at once, and once in every period.
    pub(super) const fn new(burst: u32, period_millis: i64) -> Self {
        Self {
            burst,
            period_millis,
            even: None,
        }
    }

    /// The moment from which on it may be done once more; `None` where that is now.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let ahead = self.period_millis * i64::from(self.burst.saturating_sub(1));
        let next = self.ahead(now)?.plus_millis(-ahead);
        (now < next).then_some(next)
    }

    /// It is done now.
    pub(super) fn take(&mut self, now: Timestamp) {
        let even = self.ahead(now).unwrap_or(now);
        self.even = Some(even.plus_millis(self.period_millis));
    }

    /// The even pace's moment, where it lies ahead. Further ahead than a burst can bring it, the
    /// clock went back, and it counts no more.
    fn ahead(&self, now: Timestamp) -> Option<Timestamp> {
        let furthest = now.plus_millis(self.period_millis * i64::from(self.burst));
        self.even.filter(|even| now < *even && *even <= furthest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_once_in_a_while() {
        let start = Timestamp::from_unix_seconds(1_000_000);
        let mut rate = Rate::new(3, 1000);
        for _ in 0..3 {
            assert_eq!(rate.next(start), None);
            rate.take(start);
        }
        let next = rate.next(start).unwrap();
        assert_eq!((next - start).as_millis(), 1000);
        assert_eq!(rate.next(next), None);
        rate.take(next);
        assert_eq!((rate.next(next).unwrap() - next).as_millis(), 1000);
        // Rested, it may burst again.
        let later = start.plus_seconds(60);
        for _ in 0..3 {
            assert_eq!(rate.next(later), None);
            rate.take(later);
        }
        assert!(rate.next(later).is_some());
        // A clock that goes back by an hour does not stop it for an hour.
        assert_eq!(rate.next(start.plus_seconds(-3600)), None);
    }
}
