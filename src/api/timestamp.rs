//! Moments in time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, as the API writes it (RFC 3339).
///
/// The crate has no clock: every moment comes from an object or from the caller.
///
/// ```
/// use daemonset::api::Timestamp;
///
/// let ready: Timestamp = "2026-03-01T12:00:00Z".parse()?;
/// assert_eq!(ready.plus_seconds(30).to_string(), "2026-03-01T12:00:30Z");
/// assert!(ready < ready.plus_seconds(1));
/// # Ok::<(), daemonset::api::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A text that is no RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-03-01T12:00:00Z, found {found:?}")]
pub struct TimestampError {
    /// The text found.
    pub found: String,
}

impl Timestamp {
    /// The moment that many seconds after 1970-01-01T00:00:00Z; the nearest one there is when
    /// that lies outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        jiff::Timestamp::from_second(seconds).map_or(
            Self(if seconds < 0 {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            }),
            Self,
        )
    }

    /// The moment that many milliseconds after 1970-01-01T00:00:00Z; the nearest one there is when
    /// that lies outside the years -9999 to 9999. A controller that is given whole seconds only
    /// retries and waits in whole seconds.
    ///
    /// ```
    /// use daemonset::api::Timestamp;
    ///
    /// let now = Timestamp::from_unix_millis(1_772_366_400_250);
    /// assert_eq!(now.to_string(), "2026-03-01T12:00:00.25Z");
    /// assert_eq!(now.plus_millis(750).millis_since(now), 750);
    /// ```
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Self {
        Self::from_unix_seconds(0).plus_millis(millis)
    }

    /// Seconds since 1970-01-01T00:00:00Z, fractions cut off.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, fractions cut off.
    #[must_use]
    pub fn unix_millis(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The moment that many seconds later; the last one there is where that overflows.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus(jiff::SignedDuration::from_secs(seconds))
    }

    /// The moment that many milliseconds later; the last one there is where that overflows.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        self.plus(jiff::SignedDuration::from_millis(millis))
    }

    fn plus(self, span: jiff::SignedDuration) -> Self {
        let later = self.0.saturating_add(span);
        Self(later.unwrap_or(jiff::Timestamp::MAX))
    }

    /// How many whole seconds lie between an earlier moment and this one, rounded down.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        let span = self.0.duration_since(earlier.0);
        span.as_secs() - i64::from(span.subsec_nanos() < 0)
    }

    /// How many whole milliseconds lie between an earlier moment and this one, fractions cut off.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        let span = self.0.duration_since(earlier.0);
        i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| TimestampError {
            found: text.chars().take(64).collect(),
        })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
