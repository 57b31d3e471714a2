//! Paths of fields, in the notation of the API server's messages.

use std::fmt::Write;

use serde_json::Value;

/// An entry of a map: `[app]`; as JSON where the key would not read back or should not reach a
/// terminal as it is: `["a[b"]`.
pub(crate) fn entry(key: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_index = key.bytes().all(|byte| byte.is_ascii_digit());
    if !is_index && key.bytes().all(is_plain) {
        return format!("[{key}]");
    }
    let mut path = String::from("[");
    for character in Value::from(key).to_string().chars() {
        if matches!(character, ' '..='~') {
            path.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(path, "\\u{unit:04x}");
            }
        }
    }
    path.push(']');
    path
}

/// The path of a field below another one.
pub(crate) fn join(above: &str, below: &str) -> String {
    let dot = if below.is_empty() || below.starts_with('[') {
        ""
    } else {
        "."
    };
    format!("{above}{dot}{below}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_brackets_and_as_json_where_they_must() {
        for (key, path) in [
            ("app", "[app]"),
            ("kubernetes.io/os", "[kubernetes.io/os]"),
            ("", r#"[""]"#),
            ("3", r#"["3"]"#),
            ("a[b", r#"["a[b"]"#),
            ("a b", r#"["a b"]"#),
            ("a\"\n\u{202e}é😀", r#"["a\"\n\u202e\u00e9\ud83d\ude00"]"#),
        ] {
            assert_eq!(entry(key), path);
            if let Some(json) = path.strip_prefix("[\"") {
                let json = format!("\"{}", json.trim_end_matches(']'));
                assert_eq!(serde_json::from_str::<String>(&json).unwrap(), key);
            }
        }
    }

    #[test]
    fn paths_join() {
        assert_eq!(
            join("spec.template", "spec.tolerations"),
            "spec.template.spec.tolerations"
        );
        assert_eq!(join("metadata.labels", "[app]"), "metadata.labels[app]");
        assert_eq!(join("template", ""), "template");
    }
}
