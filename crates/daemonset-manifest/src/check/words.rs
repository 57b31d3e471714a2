//! Values and choices as messages write them.

use std::fmt;

use serde_json::Value;

use crate::path::quoted;

/// How much of a text is shown.
const LONGEST: usize = 64;

/// A value as a message shows it: a short one as JSON, else what it is, or its beginning.
pub(super) struct Shown<'a>(pub &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("nothing"),
            Value::Array(items) if items.is_empty() => f.write_str("an empty list"),
            Value::Array(_) => f.write_str("a list"),
            Value::Object(fields) if fields.is_empty() => f.write_str("an empty object"),
            Value::Object(_) => f.write_str("an object"),
            Value::String(text) => Quoted(text).fmt(f),
            other => other.fmt(f),
        }
    }
}

/// A text in quotes, or its beginning.
pub(super) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", quoted(&self.0[..end])),
            None => f.write_str(&quoted(self.0)),
        }
    }
}

/// What may stand somewhere: `a, b or c`.
pub(super) struct Alternatives<'a>(pub &'a [&'a str]);

impl fmt::Display for Alternatives<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, word) in self.0.iter().enumerate() {
            let separator = match at {
                0 => "",
                _ if at + 1 == self.0.len() => " or ",
                _ => ", ",
            };
            let word = if word.is_empty() { "\"\"" } else { word };
            write!(f, "{separator}{word}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_short_and_harmless() {
        let shown = |value: Value| Shown(&value).to_string();
        assert_eq!(shown(json!(null)), "nothing");
        assert_eq!(shown(json!(1.5)), "1.5");
        assert_eq!(shown(json!("a\u{1b}\"")), r#""a\u001b\"""#);
        assert_eq!(shown(json!([1])), "a list");
        assert_eq!(shown(json!({})), "an empty object");
        assert_eq!(
            shown(json!("é".repeat(65))),
            format!("\"{}\"…", "é".repeat(64))
        );
    }

    #[test]
    fn choices_read_as_a_sentence() {
        assert_eq!(Alternatives(&["a"]).to_string(), "a");
        assert_eq!(Alternatives(&["a", "b", ""]).to_string(), "a, b or \"\"");
    }
}
