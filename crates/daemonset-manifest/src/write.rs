//! JSON values as YAML.

use serde_json::Value;

/// Writes a value as one YAML document that kubectl, and every reader of YAML 1.1 or 1.2, reads
/// as the same value.
///
/// Keys keep their order. Whatever a reader could take for something else than a string is
/// quoted (`yes`, `off`, `0600`, `1e3`, `12:30`, `2026-03-01`, `~`); text of several lines is
/// written as block where that is exact.
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
    // JSON is YAML too, should the writer ever refuse.
    serde_saphyr::to_string_with_options(value, options).unwrap_or_else(|_| value.to_string())
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
