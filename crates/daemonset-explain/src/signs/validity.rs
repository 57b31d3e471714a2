//! That a certificate is not valid at the time at which it was checked, as programs say it, and whether it
//! was the clock.

use daemonset::api::Timestamp;

use crate::evidence::PodEvidence;
use crate::round::Round;
use crate::stall::Said;

/// On which side of its time it was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Not yet valid.
    Before,
    /// Expired.
    After,
    /// One of the two: the words do not say which.
    Either,
}

/// What is said against the time for which a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub side: Side,
    /// What the clock said by which it was checked.
    pub clock: Option<Timestamp>,
    /// From when or until when it is valid.
    pub limit: Option<Timestamp>,
}

/// How it is said; the first that fits counts.
const SAID: [(&str, Side); 11] = [
    // Go.
    ("certificate has expired or is not yet valid", Side::Either),
    // OpenSSL, and so Python, curl, Ruby; Node.js.
    ("certificate is not yet valid", Side::Before),
    ("CERT_NOT_YET_VALID", Side::Before),
    ("certificate has expired", Side::After),
    ("CERT_HAS_EXPIRED", Side::After),
    // Java.
    ("CertificateNotYetValidException", Side::Before),
    ("CertificateExpiredException", Side::After),
    // rustls.
    ("peer certificate: NotValidYet", Side::Before),
    ("certificate not valid yet", Side::Before),
    ("peer certificate: Expired", Side::After),
    ("certificate expired: verification time", Side::After),
];

/// By how many seconds a clock has to be off to be told.
const OFF: i64 = 300;

/// Which clock is wrong, as far as it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockOff {
    pub is_behind: bool,
    /// By how many seconds, at least.
    pub by: i64,
}

impl Validity {
    /// What the words say; `None` where they are about something else, or the other side says it of what the pod
    /// shows.
    pub fn of(words: &str) -> Option<Self> {
        let of_line = |line: &str| {
            let (said, side) = SAID.iter().find(|(said, _)| line.contains(said))?;
            let (_, rest) = line.split_once(said)?;
            let is_of_other = line.contains("remote error") || line.contains(" alert");
            (!is_of_other).then(|| Self::read(*side, rest))
        };
        words.lines().find_map(of_line)
    }

    /// With what follows in Go's words: `: current time 2026-01-01T00:00:00Z is before 2026-06-01T00:00:00Z`.
    fn read(side: Side, rest: &str) -> Self {
        let time = |text: &str| -> Option<Timestamp> {
            let end = text
                .find(|c: char| !(c.is_ascii_alphanumeric() || "-:+.".contains(c)))
                .unwrap_or(text.len());
            text[..end].parse().ok()
        };
        let times = rest.strip_prefix(": current time ").and_then(|rest| {
            let (clock, rest) = rest.split_once(" is ")?;
            let (side, limit) = match rest.split_once(' ')? {
                ("before", limit) => (Side::Before, limit),
                ("after", limit) => (Side::After, limit),
                _ => return None,
            };
            Some((side, time(clock), time(limit)))
        });
        match times {
            Some((side, clock, limit)) => Self { side, clock, limit },
            None => Self {
                side,
                clock: None,
                limit: None,
            },
        }
    }

    /// How the node's clock is off, where that is certain: what a pod said cannot have been said before it was
    /// made, nor after the newest moment that is known; and the certificate is valid by the moment that is known.
    pub fn clock_off(&self, round: &Round<'_>, said: &Said<'_, '_>) -> Option<ClockOff> {
        let now = round.view.now;
        let of_containers = round.said_by(said.pod).and_then(PodEvidence::newest_time);
        let is_valid_now = match (self.side, self.limit) {
            (Side::Before, Some(from)) => from <= now,
            (Side::After, Some(until)) => now <= until,
            _ => true,
        };
        let behind = || {
            let newest = self.clock.or(of_containers)?;
            let by = said.pod.metadata.creation_timestamp?.seconds_since(newest);
            (by > OFF).then_some(ClockOff {
                is_behind: true,
                by,
            })
        };
        let ahead = || {
            let by = self.clock?.seconds_since(now);
            (by > OFF).then_some(ClockOff {
                is_behind: false,
                by,
            })
        };
        if !is_valid_now {
            return None;
        }
        match self.side {
            Side::Before => behind(),
            Side::After => ahead(),
            Side::Either => behind().or_else(ahead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_which_side_it_is_is_read() {
        for (words, side) in [
            (
                "x509: certificate has expired or is not yet valid: current time 2026-11-26T06:27:09Z is before \
                 2026-11-26T08:01:33Z",
                Some(Side::Before),
            ),
            (
                "x509: certificate has expired or is not yet valid: current time 2026-11-26T06:27:09+01:00 is after \
                 2026-11-01T08:01:33Z\"",
                Some(Side::After),
            ),
            (
                "x509: certificate has expired or is not yet valid",
                Some(Side::Either),
            ),
            (
                "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1007)",
                Some(Side::After),
            ),
            (
                "Error: certificate is not yet valid CERT_NOT_YET_VALID",
                Some(Side::Before),
            ),
            (
                "java.security.cert.CertificateExpiredException: NotAfter: Sat Nov 01 08:01:33 UTC 2026",
                Some(Side::After),
            ),
            ("invalid peer certificate: NotValidYet", Some(Side::Before)),
            (
                "sslv3 alert certificate expired: certificate has expired",
                None,
            ),
            ("remote error: tls: expired certificate", None),
            ("x509: certificate signed by unknown authority", None),
        ] {
            assert_eq!(Validity::of(words).map(|it| it.side), side, "{words}");
        }
        let words = "certificate has expired or is not yet valid: current time 2026-11-26T06:27:09Z is before \
                     2026-11-26T08:01:33Z\", retrying";
        let found = Validity::of(words).unwrap();
        let time = |text: &str| text.parse::<Timestamp>().ok();
        assert_eq!(found.clock, time("2026-11-26T06:27:09Z"));
        assert_eq!(found.limit, time("2026-11-26T08:01:33Z"));
    }
}
