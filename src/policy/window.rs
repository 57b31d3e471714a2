//! Windows of time, by the days and hours of a place with a fixed offset from UTC.

use serde::{Deserialize, Serialize};

use crate::api::Timestamp;

const DAY: i64 = 86_400;

/// When pods are replaced: from a moment of a day, which is included, to another, which is not.
///
/// A window that ends before it begins, or when it begins, goes on until the next day; `days` are
/// those on which it begins. There is no time zone with summer time here: which offset holds, the
/// policy says.
///
/// ```
/// use daemonset::policy::Window;
///
/// let night: Window = serde_json::from_value(serde_json::json!({
///     "days": ["sat"], "from": "22:00", "until": "04:00", "utcOffset": "+01:00",
/// }))?;
/// // Saturday, 22:00 at +01:00, to Sunday, 04:00.
/// assert!(night.is_open("2026-03-07T21:00:00Z".parse()?));
/// assert!(night.is_open("2026-03-08T02:59:59Z".parse()?));
/// assert!(!night.is_open("2026-03-08T03:00:00Z".parse()?));
/// assert!(!night.is_open("2026-03-08T21:30:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Window {
    /// The days on which it begins; every day where it is left out. `days: [sat, sun]`.
    #[serde(default)]
    pub days: Vec<Day>,
    /// When it begins. `from: "22:00"`.
    #[serde(default)]
    pub from: ClockTime,
    /// When it ends. `until: "04:00"`.
    #[serde(default)]
    pub until: ClockTime,
    /// The place's offset from UTC. `utcOffset: "+01:00"`.
    #[serde(default)]
    pub utc_offset: UtcOffset,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // they say what they are
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// The day of the week of a day since 1970, which began on a Thursday.
    fn of(day: i64) -> Self {
        const WEEK: [Day; 7] = [
            Day::Thu,
            Day::Fri,
            Day::Sat,
            Day::Sun,
            Day::Mon,
            Day::Tue,
            Day::Wed,
        ];
        let at = usize::try_from(day.rem_euclid(7)).unwrap_or_default();
        WEEK.get(at).copied().unwrap_or(Day::Thu)
    }
}

/// A moment of a day, in minutes: `22:00`, up to `24:00`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime(u16);

/// An offset from UTC, in minutes: `+01:00`, `-05:30`, `Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UtcOffset(i16);

/// A text that is no moment of a day, or no offset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found:?}")]
#[non_exhaustive]
pub struct ClockError {
    /// What should be there.
    pub expected: &'static str,
    /// What was found.
    pub found: String,
}

/// Hours and minutes of `HH:MM`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

impl TryFrom<String> for ClockTime {
    type Error = ClockError;

    fn try_from(text: String) -> Result<Self, ClockError> {
        minutes(&text).map(Self).ok_or(ClockError {
            expected: "a moment of the day such as 22:00",
            found: text,
        })
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        format!("{:02}:{:02}", time.0 / 60, time.0 % 60)
    }
}

impl TryFrom<String> for UtcOffset {
    type Error = ClockError;

    fn try_from(text: String) -> Result<Self, ClockError> {
        let offset = match text.split_at_checked(1) {
            _ if text == "Z" => Some(0),
            Some(("+", rest)) => minutes(rest).and_then(|all| i16::try_from(all).ok()),
            Some(("-", rest)) => minutes(rest)
                .and_then(|all| i16::try_from(all).ok())
                .map(|all| -all),
            _ => None,
        };
        let offset = offset.filter(|minutes| minutes.abs() <= 14 * 60);
        offset.map(Self).ok_or(ClockError {
            expected: "an offset from UTC such as +01:00",
            found: text,
        })
    }
}

impl From<UtcOffset> for String {
    fn from(offset: UtcOffset) -> Self {
        let sign = if offset.0 < 0 { '-' } else { '+' };
        let minutes = offset.0.abs();
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Window {
    /// Whether it is open.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        let here = self.here(now);
        let today = here.div_euclid(DAY);
        // One that has begun yesterday may go on.
        [today - 1, today]
            .into_iter()
            .filter_map(|day| self.on(day))
            .any(|(from, until)| from <= here && here < until)
    }

    /// The next moment at which it opens or closes; `None` where it never does.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let here = self.here(now);
        let today = here.div_euclid(DAY);
        // It begins at least once a week.
        let edges = (today - 1..=today + 8).filter_map(|day| self.on(day));
        let edges = edges.flat_map(|(from, until)| [from, until]);
        let offset = i64::from(self.utc_offset.0) * 60;
        let next = edges.filter(|edge| *edge > here).min()?;
        Some(Timestamp::from_unix_seconds(next - offset))
    }

    /// Seconds since 1970 by the clock of the place.
    fn here(&self, now: Timestamp) -> i64 {
        now.unix_seconds() + i64::from(self.utc_offset.0) * 60
    }

    /// The window that begins on a day since 1970, if one does.
    fn on(&self, day: i64) -> Option<(i64, i64)> {
        if !self.days.is_empty() && !self.days.contains(&Day::of(day)) {
            return None;
        }
        let (from, until) = (i64::from(self.from.0), i64::from(self.until.0));
        let length = if until > from {
            until - from
        } else {
            until + 24 * 60 - from
        };
        let begins = day * DAY + from * 60;
        Some((begins, begins + length * 60))
    }
}
