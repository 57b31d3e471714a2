//! Figures and texts, as lines and pictures take them.

use daemonset::policy::Seconds;

/// A span of time for people.
pub(super) fn span(seconds: f64) -> String {
    // Forecasts are far below what does not fit.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = seconds.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    Seconds::new(whole).to_string()
}

/// A count as a coordinate.
#[allow(clippy::cast_precision_loss)] // counts of nodes
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

/// A span as a coordinate.
#[allow(clippy::cast_precision_loss)] // a hundred years at most
pub(super) fn seconds(span: Seconds) -> f64 {
    span.seconds() as f64
}

/// A text as markup that shows it.
pub(super) fn markup(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in crate::output::escaped(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
