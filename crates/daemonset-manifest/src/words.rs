//! Values, choices and numbers as messages write them.

use std::fmt::{self, Write};

use serde_json::Value;

use crate::path::quoted;

/// How much of a text is shown.
const LONGEST: usize = 64;

/// A value as a message shows it: a short one as JSON, else what it is, or its beginning.
pub(crate) struct Shown<'a>(pub &'a Value);

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
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shown, more) = beginning(self.0, LONGEST);
        write!(f, "{}{more}", quoted(shown))
    }
}

/// The first so many characters of a text, and `…` where there are more.
fn beginning(text: &str, longest: usize) -> (&str, &'static str) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}

/// What may stand somewhere: `a, b or c`.
pub(crate) struct Alternatives<'a>(pub &'a [&'a str]);

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

/// A text in quotes, or its beginning; what no terminal should see is escaped.
pub(crate) fn in_quotes(text: &str) -> String {
    Quoted(text).to_string()
}

/// The same without quotes.
pub(crate) fn bare(text: &str) -> String {
    bare_within(text, LONGEST)
}

/// The same, of which so many characters are shown at most.
pub(crate) fn bare_within(text: &str, longest: usize) -> String {
    let (shown, more) = beginning(text, longest);
    let quoted = quoted(shown);
    let inner = quoted.strip_prefix('"').unwrap_or(&quoted);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    format!("{inner}{more}")
}

/// So many of these, in words: `1 node`, `2 nodes`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{s}")
}

/// What a list has, beside a name that is not in it.
pub(crate) fn there_is<T: AsRef<str>>(names: &[T]) -> String {
    let verb = if names.len() == 1 { "is" } else { "are" };
    let told = names.iter().map(|name| bare(name.as_ref()));
    format!(" (there {verb} {})", some(told, names.len()))
}

/// The first few of some words, and how many more there are.
pub(crate) fn some(words: impl IntoIterator<Item = impl AsRef<str>>, all: usize) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = words.into_iter().take(SHOWN.min(all)).collect();
    let rest = all.saturating_sub(shown.len());
    let mut text = String::new();
    for (at, word) in shown.iter().enumerate() {
        let separator = match at {
            0 => "",
            _ if rest == 0 && at + 1 == shown.len() => " and ",
            _ => ", ",
        };
        text.push_str(separator);
        text.push_str(word.as_ref());
    }
    if rest > 0 {
        // Writing to a string does not fail.
        _ = write!(text, " and {rest} more");
    }
    text
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

    #[test]
    fn texts_are_short_and_harmless() {
        assert_eq!(in_quotes("a\u{1b}\""), r#""a\u001b\"""#);
        assert_eq!(
            in_quotes(&"é".repeat(65)),
            format!("\"{}\"…", "é".repeat(64))
        );
        assert_eq!(bare(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
        assert_eq!(bare("a\nb"), r"a\nb");
    }

    #[test]
    fn lists_name_three() {
        let words = ["a", "b", "c", "d"];
        assert_eq!(some(&words[..0], 0), "");
        assert_eq!(some(&words[..1], 1), "a");
        assert_eq!(some(&words[..2], 2), "a and b");
        assert_eq!(some(&words[..3], 3), "a, b and c");
        assert_eq!(some(words, 4), "a, b, c and 1 more");
        assert_eq!(some(words, 9), "a, b, c and 6 more");
    }
}
