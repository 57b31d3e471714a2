//! JSON values as text that a terminal may show, and that is still exact.

use std::fmt::Write as _;

use serde_json::Value;

use crate::path::Harmless;

/// Writes a value as JSON in which every character that no terminal should see is escaped; each
/// reader reads the same value.
///
/// ```
/// use daemonset_manifest::to_json;
///
/// assert_eq!(to_json(&serde_json::json!("a\u{7f}b\u{202e}")), "\"a\\u007fb\\u202e\"\n");
/// ```
#[must_use]
pub fn to_json(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        // Outside of strings there is nothing to escape.
        let _ = writeln!(out, "{}", Harmless(line));
    }
    // No YAML text has these as they are.
    out.replace('\u{fffe}', "\\ufffe")
        .replace('\u{ffff}', "\\uffff")
}

/// Writes a value as one YAML document that kubectl, and every reader of YAML 1.1 or 1.2, reads
/// as the same value.
///
/// Keys keep their order. Whatever a reader could take for something else than a string is
/// quoted (`yes`, `off`, `0600`, `1e3`, `12:30`, `2026-03-01`, `~`); text of several lines is
/// written as block where that is exact. What has characters that no terminal should see and that
/// YAML would show is written as JSON, which is YAML too.
///
/// ```
/// use daemonset_manifest::to_yaml;
///
/// let pod = serde_json::json!({"kind": "Pod", "args": ["-v", "yes", "a\nb\n"], "mode": 384});
/// assert_eq!(
///     to_yaml(&pod),
///     "kind: Pod\nargs:\n- -v\n- \"yes\"\n- |\n  a\n  b\nmode: 384\n",
/// );
/// ```
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let options = serde_saphyr::ser_options! {
        // kubectl takes a tab at the start of a block for indentation.
        prefer_block_scalars: !has_leading_tab(value),
        // Long lines stay whole.
        folded_wrap_chars: usize::MAX,
        min_fold_chars: usize::MAX,
    };
    match serde_saphyr::to_string_with_options(value, options) {
        Ok(text) if is_harmless(&text) => text,
        // JSON is YAML too, should the writer ever refuse.
        _ => to_json(value),
    }
}

/// Whether a terminal may see all of a text: tabs and line breaks, too.
fn is_harmless(text: &str) -> bool {
    let mut parts = text.split(['\n', '\t']);
    parts.all(|part| {
        part.is_ascii() && !part.bytes().any(|byte| byte.is_ascii_control())
            || Harmless(part).to_string() == part
    })
}

/// Whether there is a string whose first line that is not empty begins with a tab.
fn has_leading_tab(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim_start_matches('\n').starts_with('\t'),
        Value::Array(items) => items.iter().any(has_leading_tab),
        Value::Object(fields) => fields.values().any(has_leading_tab),
        _ => false,
    }
}
