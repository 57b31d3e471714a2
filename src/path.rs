//! Where a field stands in an object, as Kubernetes writes it: the one notation of paths.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The way from an object's root to a field: `spec.template.spec.containers[0].name`, or
/// `metadata.annotations[example.com/on]` for an entry of a map with keys of the user's own.
///
/// This is the notation of the API server's own messages. It has no quotes, so a key or name that
/// would not read back (with brackets or quotes of its own, or characters that no terminal should
/// see) stands as JSON: `metadata.labels["a[b"]`.
///
/// ```
/// use daemonset::path::FieldPath;
///
/// let path = FieldPath::root().field("spec").field("tolerations").index(0).field("key");
/// assert_eq!(path.to_string(), "spec.tolerations[0].key");
/// assert_eq!(FieldPath::parse("spec.tolerations[0].key"), path);
///
/// let path = FieldPath::root().field("metadata").field("labels").key("kubernetes.io/os");
/// assert_eq!(path.to_string(), "metadata.labels[kubernetes.io/os]");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Step>);

/// One step from a value to a value in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A field of an object, by its name.
    Field(Cow<'static, str>),
    /// An item of a list, counted from 0.
    Index(usize),
    /// An entry of a map, by its key; or an item of a list whose items Kubernetes tells apart by a
    /// key ([`Field::item_key`](crate::template::table::Field::item_key)).
    Key(String),
}

impl FieldPath {
    /// The object itself.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads what Kubernetes writes. Every text is a path; one that is none of anything finds no
    /// field.
    ///
    /// A number in brackets reads as the index of an item, and leads to the entry of that key
    /// where there is a map.
    ///
    /// ```
    /// use daemonset::path::{FieldPath, Step};
    ///
    /// let path = FieldPath::parse("metadata.labels[a.b/c]");
    /// assert_eq!(path.steps()[2], Step::Key("a.b/c".to_owned()));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step;
            (step, rest) = split_step(rest);
            steps.push(step);
        }
        Self(steps)
    }

    /// The path of a field of the object here.
    #[must_use]
    pub fn field(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.then(Step::Field(name.into()))
    }

    /// The path of an item of the list here, counted from 0.
    #[must_use]
    pub fn index(self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// The path of an entry of the map here.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        self.then(Step::Key(key.into()))
    }

    /// The path one step further.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.0.push(step);
        self
    }

    /// The path of another one's field, seen from this one.
    ///
    /// ```
    /// use daemonset::path::FieldPath;
    ///
    /// let template = FieldPath::parse("spec.template");
    /// assert_eq!(template.join(FieldPath::parse("spec.hostPID")).to_string(), "spec.template.spec.hostPID");
    /// ```
    #[must_use]
    pub fn join(mut self, inner: Self) -> Self {
        self.0.extend(inner.0);
        self
    }

    /// The steps, from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether this is the object itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that stands here, if there is one.
    ///
    /// ```
    /// use daemonset::path::FieldPath;
    ///
    /// let set = serde_json::json!({"spec": {"tolerations": [{"key": "dedicated"}]}});
    /// let found = FieldPath::parse("spec.tolerations[0].key").find(&set);
    /// assert_eq!(found, Some(&serde_json::json!("dedicated")));
    /// ```
    #[must_use]
    pub fn find<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(root, |value, step| step.of(value))
    }

    /// The value that stands here, or the nearest one around it that is there.
    #[must_use]
    pub fn nearest<'v>(&self, root: &'v Value) -> &'v Value {
        let mut value = root;
        for step in &self.0 {
            match step.of(value) {
                Some(inner) => value = inner,
                None => break,
            }
        }
        value
    }
}

impl FromStr for FieldPath {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Field(name) if is_plain_name(name) => {
                    if at > 0 {
                        f.write_char('.')?;
                    }
                    f.write_str(name)?;
                }
                Step::Field(Cow::Borrowed(text)) => write_key(f, text)?,
                Step::Field(Cow::Owned(text)) | Step::Key(text) => write_key(f, text)?,
            }
        }
        Ok(())
    }
}

/// Writes a key, or a field's name that would not read back as one.
fn write_key(f: &mut fmt::Formatter<'_>, key: &str) -> fmt::Result {
    if is_plain_key(key) {
        write!(f, "[{key}]")
    } else {
        write!(f, "[{}]", quoted(key))
    }
}

impl Serialize for FieldPath {
    /// As text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    /// From text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::parse(&text))
    }
}

impl Step {
    /// The value that this step leads to.
    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            (Self::Index(index), Value::Array(items)) => items.get(*index),
            (Self::Index(index), Value::Object(entries)) => entries.get(&index.to_string()),
            (Self::Field(name), Value::Object(fields)) => fields.get(&**name),
            (Self::Key(key), Value::Object(entries)) => entries.get(key),
            _ => None,
        }
    }
}

/// A field's name that needs no quotes to read back.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| !matches!(c, '.' | '[' | ']') && is_shown(c))
}

/// A map's key that needs no quotes to read back, and is no number.
fn is_plain_key(key: &str) -> bool {
    let is_number = key
        .parse::<usize>()
        .is_ok_and(|number| number.to_string() == key);
    !is_number
        && !key.starts_with('"')
        && key.chars().all(|c| !matches!(c, '[' | ']') && is_shown(c))
}

/// Whether a character may reach a terminal as it is: no control character, and none that turns
/// the direction of what comes after it or hides in it.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text as JSON, in quotes, with every character escaped that no terminal should see.
///
/// ```
/// assert_eq!(daemonset::path::quoted("a\"\u{202e}b"), r#""a\"\u202eb""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    Harmless(&Value::from(text).to_string()).to_string()
}

/// A text as it is, except that every character is escaped that no terminal should see.
///
/// ```
/// assert_eq!(daemonset::path::Harmless("a\u{1b}b").to_string(), "a\\u001bb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Harmless<'a>(pub &'a str);

impl fmt::Display for Harmless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_shown(character) {
                f.write_char(character)?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(f, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// The first step of a path, and the rest.
fn split_step(path: &str) -> (Step, &str) {
    if let Some(inside) = path.strip_prefix('[')
        && let Some((step, rest)) = bracketed(inside)
    {
        return (step, rest.strip_prefix('.').unwrap_or(rest));
    }
    // A bracket that is never closed is part of a name.
    let start = usize::from(path.starts_with(['[', '.']));
    let end = path
        .char_indices()
        .skip(start)
        .find(|(_, c)| matches!(c, '.' | '['));
    let end = end.map_or(path.len(), |(at, _)| at);
    let (name, rest) = path.split_at(end);
    (
        Step::Field(name.to_owned().into()),
        rest.strip_prefix('.').unwrap_or(rest),
    )
}

/// What stands in brackets, after the first one, and the rest after the second.
fn bracketed(inside: &str) -> Option<(Step, &str)> {
    if inside.starts_with('"')
        && let Some((key, rest)) = quoted_key(inside)
    {
        return Some((Step::Key(key), rest));
    }
    let (text, rest) = inside.split_once(']')?;
    let number = text
        .parse::<usize>()
        .ok()
        .filter(|number| number.to_string() == text);
    let step = number.map_or_else(|| Step::Key(text.to_owned()), Step::Index);
    Some((step, rest))
}

/// A key as JSON up to its bracket, and the rest after that.
fn quoted_key(inside: &str) -> Option<(String, &str)> {
    let mut keys = serde_json::Deserializer::from_str(inside).into_iter::<String>();
    let key = keys.next()?.ok()?;
    let rest = inside.get(keys.byte_offset()..)?.strip_prefix(']')?;
    Some((key, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_read_as_kubernetes_writes_them() {
        for text in [
            "",
            "spec",
            "spec.template.spec.containers[0].name",
            "metadata.annotations[example.com/on]",
            "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}",
            "metadata.labels[\"a[b\"]",
            "metadata.labels[\"7\"]",
            "[a.b].c[12][34]",
        ] {
            assert_eq!(FieldPath::parse(text).to_string(), text);
        }
        // Texts that Kubernetes does not write.
        for text in [
            ".", "..", "a..b", "a.", "[]", "[\"", "[\"a\"x]", "]", "a]b", "[0]x",
        ] {
            _ = FieldPath::parse(text).to_string();
        }
        assert_eq!(FieldPath::parse("labels[7]").steps()[1], Step::Index(7));
        assert_eq!(
            FieldPath::parse("labels[07]").steps()[1],
            Step::Key("07".to_owned())
        );
    }

    #[test]
    fn nothing_unseen_is_printed() {
        let path = FieldPath::root()
            .field("a\u{1b}[31m")
            .key("\u{202e}x\u{85}")
            .key("\n");
        assert_eq!(
            path.to_string(),
            r#"["a\u001b[31m"]["\u202ex\u0085"]["\n"]"#
        );
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            "[a-z]{1,4}".prop_map(|name| Step::Field(name.into())),
            any::<usize>().prop_map(Step::Index),
            any::<String>().prop_map(Step::Key),
            "[0-9.\\[\\]\"a]{0,4}".prop_map(Step::Key),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(steps in proptest::collection::vec(step(), 0..6)) {
            let path = FieldPath(steps);
            prop_assert_eq!(FieldPath::parse(&path.to_string()), path);
        }

        #[test]
        fn every_text_reads(text in any::<String>(), odd in "[a.\\[\\]\"0\\\\]{0,12}") {
            for text in [text, odd] {
                let path = FieldPath::parse(&text);
                // A name that is none of a field's reads back as a key.
                let again = FieldPath::parse(&path.to_string());
                prop_assert_eq!(again.to_string(), path.to_string());
            }
        }
    }
}
