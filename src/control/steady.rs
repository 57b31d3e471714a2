//! A clock for patience.
//!
//! What was written and not seen yet, what was refused, what is in doubt: all of that counts for a
//! while, and budgets rest on it. A caller's clock may jump, and a process may be stopped for an hour
//! and go on; the watches have shown nothing meanwhile.

use crate::api::Timestamp;

/// A step from which on the caller's clock is taken to have jumped, in milliseconds.
const JUMP_MILLIS: i64 = 15_000;

/// How long may be slept at most while something is waited for, in milliseconds, so that time which
/// passes is told from a jump.
const NAP_MILLIS: i64 = 10_000;

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

    /// When to look, by the caller's clock, at what is due by this one.
    pub(super) fn look_at(&self, due: Timestamp, now: Timestamp) -> Timestamp {
        let nap = now.plus_millis(NAP_MILLIS);
        due.plus_millis(self.behind).min(nap)
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
            steady.look_at(start.plus_seconds(12), ahead.plus_seconds(1)),
            ahead.plus_seconds(2)
        );
        assert_eq!(
            steady.look_at(start.plus_seconds(99), ahead),
            ahead.plus_seconds(10)
        );
        let back = start.plus_seconds(-3600);
        assert_eq!(steady.at(back), start.plus_seconds(11));
        assert_eq!(steady.at(back.plus_seconds(2)), start.plus_seconds(13));
    }
}
