//! Times as the API server reads them.

use crate::api::Timestamp;

/// Whether a text is a time as the API reads it: RFC 3339, without a 60th second.
///
/// ```
/// assert!(daemonset::template::is_time("2026-03-01T12:00:00+05:30"));
/// assert!(!daemonset::template::is_time("2026-03-01 12:00:00Z"));
/// ```
#[must_use]
pub fn is_time(text: &str) -> bool {
    read(text).is_some()
}

/// A time as the API reads it: more narrowly than [`Timestamp`] does, which takes other
/// spellings of ISO 8601 too.
///
/// ```
/// use daemonset::template::read_time;
///
/// assert!(read_time("2026-03-01T12:00:00Z").is_some());
/// assert!(read_time("2026-03-01 12:00:00Z").is_none());
/// ```
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let shape: &[u8] = b"0000-00-00T00:00:00";
    let (moment, rest) = text.as_bytes().split_at_checked(shape.len())?;
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text
                .iter()
                .zip(shape)
                .all(|(byte, expected)| match expected {
                    b'0' => byte.is_ascii_digit(),
                    b'+' => matches!(byte, b'+' | b'-'),
                    other => byte == other,
                })
    };
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            fraction.get(digits..).filter(|_| digits > 0)?
        }
        zone => zone,
    };
    // RFC 3339 knows a 60th second, the API does not.
    let leap = moment.ends_with(b":60");
    let fits = fits(moment, shape) && (zone == b"Z" || fits(zone, b"+00:00")) && !leap;
    text.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_api_does() {
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.123456789Z",
            "2026-03-01T12:00:00+05:30",
        ] {
            assert!(read(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2026-03-01",
            "2026-03-01 12:00:00Z",
            "2026-03-01t12:00:00z",
            "2026-03-01T12:00:00",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:60Z",
            "2026-02-30T12:00:00Z",
            "2026-03-01T12:00:00+0530",
            "2026-03-01T12:00:00[UTC]",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
