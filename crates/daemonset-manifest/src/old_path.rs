//! Field paths, and the lines that fields stand on.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

/// One step from a value to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The way from a document's or object's root to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// The value at this path, or the nearest one above it that is there.
    pub(super) fn value<'v>(&self, root: &'v Value) -> &'v Value {
        let mut value = root;
        for step in &self.0 {
            let next = match step {
                Step::Key(key) => value.get(key),
                Step::Index(index) => value.get(index),
            };
            match next {
                Some(next) => value = next,
                None => break,
            }
        }
        value
    }

    /// The line of the value at this path, or of the nearest one above it that is there. `lines`
    /// are those of the root.
    pub(super) fn line(&self, root: &Value, lines: &[u32]) -> Option<u32> {
        let (mut value, mut at) = (root, 0);
        for step in &self.0 {
            let next = match (value, step) {
                (Value::Object(fields), Step::Key(key)) => enter_object(fields, key),
                (Value::Array(items), Step::Index(index)) => enter_list(items, *index),
                _ => None,
            };
            let Some((inner, offset)) = next else {
                break;
            };
            value = inner;
            at += offset;
        }
        lines.get(at).copied()
    }
}

impl fmt::Display for Path {
    /// As Kubernetes writes field paths: `spec.tolerations[0].key`, and
    /// `metadata.labels[kubernetes.io/os]` where a key is more than a word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_word(key) => {
                    let dot = if at > 0 { "." } else { "" };
                    write!(f, "{dot}{key}")?;
                }
                Step::Key(key) => write!(f, "[{}]", shorten(key).escape_debug())?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    (1..=64).contains(&key.len()) && key.bytes().all(word)
}

/// At most 64 characters of a text, for messages.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as messages name it.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{:?}", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// How many values there are in a value, itself included: so many lines belong to it.
pub(super) fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// The line of the field at `path` (as [`Path`] or the [schema](crate::schema) writes it), or of the nearest field above it that
/// is there. `lines` has the lines of all values, each before those in it; a field's line is that
/// of its key.
pub(super) fn line_of(root: &Map<String, Value>, lines: &[u32], path: &str) -> Option<u32> {
    let (step, mut rest) = split_step(path);
    let Some((mut value, mut at)) = enter_object(root, &step) else {
        return lines.first().copied();
    };
    while !rest.is_empty() {
        let step;
        (step, rest) = split_step(rest);
        let next = match value {
            Value::Object(fields) => enter_object(fields, &step),
            Value::Array(items) => step.parse().ok().and_then(|index| enter_list(items, index)),
            _ => None,
        };
        let Some((inner, offset)) = next else {
            break;
        };
        value = inner;
        at += offset;
    }
    lines.get(at).copied()
}

/// The first step of a path, and the rest. A key in brackets may stand in quotes, as JSON.
fn split_step(path: &str) -> (Cow<'_, str>, &str) {
    if let Some(inside) = path.strip_prefix('[') {
        let plain = || {
            inside
                .split_once(']')
                .map(|(step, rest)| (step.into(), rest))
        };
        let quoted = quoted_step(inside).map(|(step, rest)| (step.into(), rest));
        if let Some((step, rest)) = quoted.or_else(plain) {
            return (step, rest.strip_prefix('.').unwrap_or(rest));
        }
    }
    let end = path
        .find(['.', '['])
        .filter(|&end| end > 0)
        .unwrap_or(path.len());
    let rest = &path[end..];
    (path[..end].into(), rest.strip_prefix('.').unwrap_or(rest))
}

/// A key in quotes up to its bracket, and what comes after that.
fn quoted_step(path: &str) -> Option<(String, &str)> {
    let mut key = serde_json::Deserializer::from_str(path).into_iter::<String>();
    let step = key.next()?.ok()?;
    let rest = path.get(key.byte_offset()..)?.strip_prefix(']')?;
    Some((step, rest))
}

/// An item of a list, and how many lines after the list's its own line comes.
fn enter_list(items: &[Value], index: usize) -> Option<(&Value, usize)> {
    let inner = items.get(index)?;
    Some((inner, 1 + items[..index].iter().map(size).sum::<usize>()))
}

/// A field of an object, and how many lines after the object's its own line comes.
fn enter_object<'v>(fields: &'v Map<String, Value>, key: &str) -> Option<(&'v Value, usize)> {
    let mut offset = 1;
    for (known, inner) in fields {
        if known == key {
            return Some((inner, offset));
        }
        offset += size(inner);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_written_as_kubernetes_does() {
        let path = Path(vec![
            Step::Key("spec".to_owned()),
            Step::Key("tolerations".to_owned()),
            Step::Index(0),
            Step::Key("a.b/c".to_owned()),
        ]);
        assert_eq!(path.to_string(), "spec.tolerations[0][a.b/c]");
        assert_eq!(Path::default().to_string(), "");
    }

    #[test]
    fn lines_are_found_by_path() {
        let root = json!({"a": [1, {"b": 2}], "x.y/z": {"c": 3}});
        let lines = [1, 2, 3, 4, 5, 6, 7];
        let root = root.as_object().unwrap();
        let line = |path| line_of(root, &lines, path);
        assert_eq!(line(""), Some(1));
        assert_eq!(line("a"), Some(2));
        assert_eq!(line("a[0]"), Some(3));
        assert_eq!(line("a[1]"), Some(4));
        assert_eq!(line("a[1].b"), Some(5));
        assert_eq!(line("[x.y/z]"), Some(6));
        assert_eq!(line("[x.y/z].c"), Some(7));
        assert_eq!(line(r#"["x.y/z"].c"#), Some(7));
        assert_eq!(line(r#"["x\u002ey/z"]["c"]"#), Some(7));
        // What is not there stands where its parent does.
        assert_eq!(line("a[1].none.at[3].all"), Some(4));
        assert_eq!(line("a[9]"), Some(2));
        assert_eq!(line("a[0].b"), Some(3));
        assert_eq!(line("[[..]]"), Some(1));
        assert_eq!(line_of(root, &[], "a"), None);
    }
}
