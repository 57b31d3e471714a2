//! `spec.updateStrategy`: how a rollout goes.

use serde_json::Value;

use super::at::At;
use super::found::{Found, Reason};
use super::rules::one_of;

const TYPES: [&str; 2] = ["RollingUpdate", "OnDelete"];

pub(super) fn check(strategy: &At<'_, '_>, found: &mut Found) {
    let type_ = strategy.field("type");
    if type_.text() == "RollingUpdate" {
        budget(&strategy.field("rollingUpdate"), found);
    } else {
        // The API server names the strategy, not its type.
        one_of(&strategy.same_as(&type_), &TYPES, found);
    }
}

fn budget(rolling: &At<'_, '_>, found: &mut Found) {
    let unavailable = rolling.field("maxUnavailable");
    let surge = rolling.field("maxSurge");
    for limit in [&unavailable, &surge] {
        int_or_percent(limit, found);
    }
    match (is_zero(&unavailable), is_zero(&surge)) {
        (false, false) => {
            let other = unavailable.value();
            let found_in_words = format!("{} beside maxUnavailable {other}", surge.value());
            let message = format_args!(
                "expected at most one of both above zero, found {found_in_words}; to surge, write maxUnavailable: 0 \
                 beside it"
            );
            found.fault(&surge, Reason::Invalid, message);
        }
        (true, true) => {
            let found_in_words = "0 for both";
            let message = format_args!(
                "expected a number above zero here or in maxSurge, found {found_in_words}"
            );
            found.fault(&unavailable, Reason::Required, message);
        }
        _ => {}
    }
}

fn int_or_percent(at: &At<'_, '_>, found: &mut Found) {
    let fits = match at.value() {
        Value::String(text) => percent(text).is_some_and(|percent| percent <= 100),
        _ => at.integer() >= 0,
    };
    if !fits {
        let number: String = (at.text().chars())
            .filter(|character| !character.is_whitespace())
            .collect();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_percent = percent(&number).is_some_and(|percent| percent <= 100);
        let meant = || {
            (is_number || is_percent)
                .then_some(number)
                .into_iter()
                .collect()
        };
        found.invalid_suggesting(
            at,
            "a number not below zero, or a percentage up to 100%",
            meant,
        );
    }
}

/// The number of a percentage; a number too large for any is the largest.
fn percent(text: &str) -> Option<u64> {
    let digits = text.strip_suffix('%')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Whether a limit counts as zero beside the other. A text that is neither a number nor a
/// percentage does.
fn is_zero(at: &At<'_, '_>) -> bool {
    let Value::String(text) = at.value() else {
        return at.integer() == 0;
    };
    if let Some(percent) = percent(text) {
        return percent == 0;
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    !is_number || digits.bytes().all(|byte| byte == b'0')
}
