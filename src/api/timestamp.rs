//! Moments in time.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Sub;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Text;

/// A moment in the years -9999 to 9999, as the API writes it (RFC 3339), to the nanosecond.
///
/// The crate has no clock: every moment comes from an object or from the caller. Moments of
/// [`jiff`] and of the standard library convert:
///
/// ```
/// use std::time::SystemTime;
/// use daemonset::api::Timestamp;
///
/// let ready: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(ready.plus_seconds(30).to_string(), "2026-03-01T12:00:30Z");
/// assert_eq!((ready.plus_seconds(30) - ready).as_secs(), 30);
///
/// let from_jiff = Timestamp::from("2026-03-01T13:00:00+01:00".parse::<jiff::Timestamp>()?);
/// assert_eq!(from_jiff, ready);
/// assert_eq!(Timestamp::try_from(SystemTime::try_from(ready)?)?, ready);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// What has passed since 1970, and no `jiff::Timestamp`: that one ends 26 hours before the year 9999
// does, and the API's times do not.
pub struct Timestamp {
    /// Whole seconds since 1970, rounded down.
    seconds: i64,
    /// One more than the nanoseconds that have passed since then, so that no moment at all takes no more
    /// room than one.
    nanoseconds: NonZeroU32,
}

/// Of a second.
const NANOSECONDS: u32 = 1_000_000_000;

/// 1970-01-01T00:00:00Z.
const EPOCH: DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// A text that is no RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found {found:?}")]
#[non_exhaustive]
pub struct TimestampError {
    /// The text found, its first 64 characters at most.
    pub found: String,
}

/// A moment that another type of moment does not reach to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the moment lies beyond those that the type can hold")]
#[non_exhaustive]
pub struct TimeRangeError;

impl Timestamp {
    /// The first moment of the year -9999.
    pub const MIN: Self = Self::new(-377_705_116_800, 0);

    /// The last moment of the year 9999.
    pub const MAX: Self = Self::new(253_402_300_799, 999_999_999);

    const fn new(seconds: i64, nanoseconds: u32) -> Self {
        Self {
            seconds,
            nanoseconds: NonZeroU32::MIN.saturating_add(nanoseconds),
        }
    }

    fn of(since_epoch: SignedDuration) -> Self {
        let (seconds, nanoseconds) = (since_epoch.as_secs(), since_epoch.subsec_nanos());
        // Both have one sign, and the nanoseconds are less than a second.
        match u32::try_from(nanoseconds) {
            Ok(nanoseconds) => Self::new(seconds, nanoseconds),
            Err(_) => Self::new(
                seconds.saturating_sub(1),
                NANOSECONDS.saturating_sub(nanoseconds.unsigned_abs()),
            ),
        }
    }

    #[allow(clippy::cast_possible_wrap)] // less than a second
    fn since_epoch(self) -> SignedDuration {
        SignedDuration::new(self.seconds, (self.nanoseconds.get() - 1) as i32)
    }

    /// The moment after (or before) 1970 by so much; the nearest one there is where it lies outside
    /// the years -9999 to 9999.
    fn clamped(since_epoch: SignedDuration) -> Self {
        Self::of(since_epoch).clamp(Self::MIN, Self::MAX)
    }

    fn in_range(since_epoch: SignedDuration) -> Option<Self> {
        let moment = Self::of(since_epoch);
        (Self::MIN..=Self::MAX).contains(&moment).then_some(moment)
    }

    /// The moment that many seconds after 1970-01-01T00:00:00Z; the nearest one there is when
    /// that lies outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self::clamped(SignedDuration::from_secs(seconds))
    }

    /// The moment that many milliseconds after 1970-01-01T00:00:00Z; the nearest one there is when
    /// that lies outside the years -9999 to 9999.
    ///
    /// ```
    /// use daemonset::api::Timestamp;
    ///
    /// let now = Timestamp::from_unix_millis(1_772_366_400_250);
    /// assert_eq!(now.to_string(), "2026-03-01T12:00:00.25Z");
    /// assert_eq!(now.plus_millis(750).unix_seconds(), now.unix_seconds() + 1);
    /// ```
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Self {
        Self::clamped(SignedDuration::from_millis(millis))
    }

    /// Seconds since 1970-01-01T00:00:00Z, fractions cut off.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.since_epoch().as_secs()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, fractions cut off.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        // 20,000 years of milliseconds fit many times.
        i64::try_from(self.since_epoch().as_millis()).unwrap_or(i64::MAX)
    }

    /// The moment that many seconds later; the last one there is where that overflows.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::clamped(
            self.since_epoch()
                .saturating_add(SignedDuration::from_secs(seconds)),
        )
    }

    /// The moment that many milliseconds later; the last one there is where that overflows.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::clamped(
            self.since_epoch()
                .saturating_add(SignedDuration::from_millis(millis)),
        )
    }

    /// How many whole seconds lie between an earlier moment and this one, rounded down.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        let span = self - earlier;
        span.as_secs() - i64::from(span.subsec_nanos() < 0)
    }
}

/// How long it is from the second moment to the first; negative where the second one is later.
impl Sub for Timestamp {
    type Output = SignedDuration;

    fn sub(self, earlier: Self) -> SignedDuration {
        self.since_epoch().saturating_sub(earlier.since_epoch())
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(moment: jiff::Timestamp) -> Self {
        Self::of(moment.as_duration())
    }
}

/// Fails for the last 26 hours of the year 9999 and the first ones of the year -9999.
impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = TimeRangeError;

    fn try_from(moment: Timestamp) -> Result<Self, TimeRangeError> {
        Self::from_duration(moment.since_epoch()).map_err(|_| TimeRangeError)
    }
}

/// Fails for a moment after the year 9999 or before the year -9999.
impl TryFrom<SystemTime> for Timestamp {
    type Error = TimeRangeError;

    fn try_from(time: SystemTime) -> Result<Self, TimeRangeError> {
        let since_epoch = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => SignedDuration::try_from(after),
            Err(before) => SignedDuration::try_from(before.duration()).map(|before| -before),
        };
        (since_epoch.ok())
            .and_then(Self::in_range)
            .ok_or(TimeRangeError)
    }
}

/// Fails only where the platform's own time does not reach as far, for moments long past.
impl TryFrom<Timestamp> for SystemTime {
    type Error = TimeRangeError;

    fn try_from(moment: Timestamp) -> Result<Self, TimeRangeError> {
        let distance: Duration = moment.since_epoch().unsigned_abs();
        let time = if moment.since_epoch().is_negative() {
            Self::UNIX_EPOCH.checked_sub(distance)
        } else {
            Self::UNIX_EPOCH.checked_add(distance)
        };
        time.ok_or(TimeRangeError)
    }
}

/// Reads a date and a time of day with `Z` or an offset from it.
impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let read = text.parse().map(jiff::Timestamp::into).ok();
        read.or_else(|| at_the_edge(text))
            .ok_or_else(|| TimestampError {
                found: text.chars().take(64).collect(),
            })
    }
}

/// A moment that a [`jiff::Timestamp`] does not reach to.
fn at_the_edge(text: &str) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    let time = pieces.time()?;
    let offset = pieces.to_numeric_offset()?;
    let local = pieces.date().to_datetime(time).duration_since(EPOCH);
    let since_epoch = local.checked_sub(SignedDuration::from_secs(offset.seconds().into()))?;
    Timestamp::in_range(since_epoch)
}

/// Prints it in UTC, with as many digits of a second as it has.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = EPOCH.saturating_add(self.since_epoch());
        write!(f, "{utc}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        text.0.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment() -> impl Strategy<Value = Timestamp> {
        let (min, max) = (Timestamp::MIN.seconds, Timestamp::MAX.seconds);
        let seconds = prop_oneof![min..=max, max - 200_000..=max, min..=min + 200_000];
        let nanoseconds = prop_oneof![Just(0), 0..1_000_000_000_i32];
        (seconds, nanoseconds).prop_map(|(seconds, nanoseconds)| {
            let whole = SignedDuration::from_secs(seconds);
            Timestamp::clamped(whole + SignedDuration::new(0, nanoseconds))
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(moment in moment()) {
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            let json = serde_json::to_string(&moment)?;
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json)?, moment);
        }

        #[test]
        fn jiff_and_std_hold_the_same_moment(moment in moment()) {
            if let Ok(jiff) = jiff::Timestamp::try_from(moment) {
                prop_assert_eq!(jiff.as_millisecond(), moment.unix_millis());
                prop_assert_eq!(Timestamp::from(jiff), moment);
                prop_assert_eq!(jiff.to_string(), moment.to_string());
                prop_assert_eq!(jiff.as_second(), moment.unix_seconds());
            }
            if let Ok(time) = SystemTime::try_from(moment) {
                prop_assert_eq!(Timestamp::try_from(time), Ok(moment));
            }
        }

        #[test]
        fn differences_add_up(a in moment(), b in moment()) {
            prop_assert_eq!((a - b).is_negative(), a < b);
            prop_assert_eq!(Timestamp::clamped(b.since_epoch() + (a - b)), a);
            prop_assert_eq!(a - b, -(b - a));
        }
    }

    #[test]
    fn no_moment_takes_no_more_room_than_one() {
        assert_eq!(size_of::<Option<Timestamp>>(), size_of::<Timestamp>());
    }

    #[test]
    fn times_at_the_edges_are_read() {
        for (text, printed) in [
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            (
                "9999-12-31T23:59:59.999999999Z",
                "9999-12-31T23:59:59.999999999Z",
            ),
            ("9999-12-31T23:59:59+01:00", "9999-12-31T22:59:59Z"),
            ("9999-12-30T22:00:01Z", "9999-12-30T22:00:01Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("2026-03-01T12:00:00.5+05:30", "2026-03-01T06:30:00.5Z"),
        ] {
            let moment = text.parse::<Timestamp>();
            assert_eq!(
                moment.map(|m| m.to_string()),
                Ok(printed.to_owned()),
                "{text}"
            );
        }
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999999Z");
        assert_eq!(Timestamp::MIN.to_string(), "-009999-01-01T00:00:00Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "now",
            "9999-12-31",
            "9999-12-31T23:59:59",
            "9999-12-31T23:59:59-00:01",
            "10000-01-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ] {
            let error = text.parse::<Timestamp>().expect_err(text);
            assert_eq!(error.found, text);
        }
    }

    #[test]
    fn sums_stay_within_the_range() {
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_unix_seconds(i64::MIN), Timestamp::MIN);
        assert_eq!(Timestamp::MAX.plus_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MAX.plus_seconds(i64::MIN), Timestamp::MIN);
        let whole = Timestamp::MAX.seconds_since(Timestamp::MIN);
        assert_eq!(whole, 631_107_417_599);
        assert_eq!(Timestamp::MIN.seconds_since(Timestamp::MAX), -whole - 1);
    }
}
