//! A clock for patience.
//!
//! What was written and not seen yet, what was refused, what is in doubt: all of that counts for a
//! while, and budgets rest on it. A caller's clock may jump, and a process may be stopped for an hour
//! and go on; the watches have shown nothing meanwhile.

use crate::api::Timestamp;

/// A step from which on the caller's clock is taken to have jumped, in milliseconds.
const JUMP_MILLIS: i64 = 15_000;

/// Runs as the caller's clock does, but for jumps: where that goes back, or ahead by more than some
/// seconds from one look to the next, it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steady {
    last: Option<Timestamp>,
    /// How far it is behind the caller's, in milliseconds.
    behind: i64,
}

impl Steady {
    /// The time, when the caller's clock shows this.
    pub(super) fn at(&mut self, now: Timestamp) -> Timestamp {
        if let Some(last) = self.last.replace(now) {
            let step = now.unix_millis().saturating_sub(last.unix_millis());
            if !(0..=JUMP_MILLIS).contains(&step) {
                self.behind = self.behind.saturating_add(step);
            }
        }
        self.shows(now)
    }

    /// The time, when the caller's clock shows what it showed last.
    pub(super) fn shows(&self, now: Timestamp) -> Timestamp {
        now.plus_millis(self.behind.saturating_neg())
    }

    /// What the caller's clock shows at a moment of this one, if it does not jump until then.
    pub(super) fn shown_at(&self, moment: Timestamp) -> Timestamp {
        moment.plus_millis(self.behind)
    }

    /// How far the caller's clock was set back since it was looked at last, in milliseconds.
    pub(super) fn is_set_back_by(&self, now: Timestamp) -> i64 {
        let set_back = |last: Timestamp| last.unix_millis().saturating_sub(now.unix_millis());
        self.last.map_or(0, set_back).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_where_the_other_clock_jumps() {
        let start = Timestamp::from_unix_seconds(1000);
        let mut steady = Steady::default();
        assert_eq!(steady.at(start), start);
        assert_eq!(steady.at(start.plus_seconds(10)), start.plus_seconds(10));
        let ahead = start.plus_seconds(3610);
        assert_eq!(steady.at(ahead), start.plus_seconds(10));
        assert_eq!(steady.at(ahead.plus_seconds(1)), start.plus_seconds(11));
        assert_eq!(
            steady.shown_at(start.plus_seconds(12)),
            ahead.plus_seconds(2)
        );
        let back = start.plus_seconds(-3600);
        assert_eq!(steady.is_set_back_by(ahead.plus_seconds(9)), 0);
        assert_eq!(steady.is_set_back_by(back), 7_211_000);
        assert_eq!(steady.at(back), start.plus_seconds(11));
        assert_eq!(steady.at(back.plus_seconds(2)), start.plus_seconds(13));
    }
}
