//! Values as messages write them.

use crate::path::quoted;
use crate::source::{Node, Spanned};

/// How much of a text is shown.
const LONGEST: usize = 64;

/// A value as a message shows it: a short one as JSON, else what it is, or its beginning.
pub(crate) fn shown(value: &Spanned) -> String {
    match &value.node {
        Node::Null => "nothing".to_owned(),
        Node::Bool(truth) => truth.to_string(),
        Node::Number(number) => number.to_string(),
        Node::String(text) => in_quotes(text),
        Node::List(items) if items.is_empty() => "an empty list".to_owned(),
        Node::List(_) => "a list".to_owned(),
        Node::Object(object) if object.entries().is_empty() => "an empty object".to_owned(),
        Node::Object(_) => "an object".to_owned(),
    }
}

/// A text in quotes, or its beginning; what no terminal should see is escaped.
pub(crate) fn in_quotes(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", quoted(&text[..end])),
        None => quoted(text),
    }
}

/// The same without quotes.
pub(crate) fn bare(text: &str) -> String {
    let quoted = in_quotes(text);
    let inner = quoted.strip_prefix('"').unwrap_or(&quoted);
    match inner.strip_suffix("\"…") {
        Some(beginning) => format!("{beginning}…"),
        None => inner.strip_suffix('"').unwrap_or(inner).to_owned(),
    }
}

/// So many of these, in words: `1 node`, `2 nodes`.
pub(crate) fn count(number: usize, singular: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {singular}{s}")
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
        text.push_str(&format!(" and {rest} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
